"""The transport: epochs, and which tick was heard when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.arrival import Epoch, Loop
from bridge.core.tempo import tempo_map
from bridge.engine.transport import SHORTEST_LOOP_NS, Transport

MS = 1_000_000


def transport(*tempi: tuple[int, int]) -> Transport:
    """500 ticks a beat: a tick is a millisecond where no tempo says otherwise."""
    one = Transport()
    one.tempo = tempo_map(500, tempi)
    return one


def test_before_it_plays_the_song_stands_at_its_start() -> None:
    assert transport().tick_at(10**12) == (Epoch(0, 0, 0, 0, rolling=False), 0)


def test_play_ties_ticks_to_time_and_stop_holds_the_tick_that_was_heard() -> None:
    one = transport()
    rolling = one.roll(1_000 * MS, 200, None, 0)
    assert one.tick_at(1_000 * MS + 70 * MS) == (rolling, 270)
    assert one.due_ns(270) == 1_070 * MS
    stopped = one.stop(1_100 * MS)
    assert (stopped.tick, stopped.rolling, stopped.number) == (300, False, 2)
    assert one.tick_at(9_000 * MS) == (stopped, 300)


def test_a_message_from_before_a_turn_still_has_its_own_epoch() -> None:
    one = transport()
    first = one.roll(0, 0, Loop(0, 500), 0)
    second = one.advance(500 * MS)
    assert second
    assert one.tick_at(499 * MS) == (first, 499)
    assert one.tick_at(500 * MS) == (second, 0)


def test_the_next_pass_may_be_asked_for_before_it_begins_and_is_forgotten_where_it_never_does() -> None:
    one = transport()
    first = one.roll(0, 0, Loop(0, 500), 0)
    follower = one.following(first)
    assert follower
    assert one.following(first) is follower
    assert one.epoch is first
    assert one.tick_at(499 * MS) == (first, 499)
    elsewhere = one.locate(480 * MS, 100)
    assert elsewhere.number == follower.number
    assert one.tick_at(501 * MS) == (elsewhere, 121)


def test_a_message_in_the_lead_belongs_to_what_was_before_it() -> None:
    one = transport()
    one.roll(50 * MS, 300, None, 0)
    assert one.tick_at(49 * MS)[0].number == 0
    stopped = one.stop(20 * MS)
    assert one.tick_at(60 * MS) == (stopped, 0)


@given(
    st.integers(1, 2**28),
    st.lists(st.tuples(st.integers(0, 2_000), st.integers(1, 2**24 - 1)), max_size=6).map(sorted),
    st.integers(0, 500),
    st.integers(1, 500),
    st.integers(0, 200),
)
def test_turns_come_exactly_one_loop_apart(
    at_ns: int, tempi: list[tuple[int, int]], start: int, length: int, turns: int
) -> None:
    one = transport(*tempi)
    loop = Loop(start, start + length)
    one.roll(at_ns, start, loop, 0)
    for _ in range(turns):
        follower = one.following(one.epoch)
        assert follower
        assert one.advance(follower.at_ns - 1) is None
        assert one.advance(follower.at_ns) is follower
    pass_ns = one.tempo.ns_at(loop.end) - one.tempo.ns_at(loop.start)
    assert (one.epoch.at_ns, one.epoch.turn, one.epoch.tick) == (at_ns + turns * pass_ns, turns, start)


@given(st.integers(0, 2_000), st.lists(st.tuples(st.integers(0, 2_000), st.integers(1_000, 2**24 - 1))).map(sorted))
def test_a_tick_is_heard_from_the_moment_it_is_due(tick: int, tempi: list[tuple[int, int]]) -> None:
    one = transport(*tempi)
    epoch = one.roll(123_456_789, 0, None, 0)
    assert one.tick_at(one.due_ns(tick)) == (epoch, tick)
    if tick:
        assert one.tick_at(one.due_ns(tick) - 1) == (epoch, tick - 1)


@pytest.mark.parametrize(("passes", "turns"), [(1, 0), (2, 1), (5, 4)])
def test_passes_are_counted(passes: int, turns: int) -> None:
    one = transport()
    one.roll(0, 0, Loop(0, 10), passes)
    for _ in range(turns):
        assert not one.is_last_pass(one.epoch)
        assert one.advance(one.due_ns(10))
    assert one.is_last_pass(one.epoch)
    assert one.following(one.epoch) is None


def test_without_a_number_of_passes_no_pass_is_the_last() -> None:
    one = transport()
    one.roll(0, 0, Loop(0, 10), 0)
    assert not one.is_last_pass(one.epoch)


@pytest.mark.parametrize(("tick", "turn"), [(0, 500), (499, 500), (500, None), (800, None)])
def test_a_loop_turns_only_for_a_song_that_comes_to_its_end(tick: int, turn: int | None) -> None:
    one = transport()
    one.roll(0, 0, Loop(100, 500), 0)
    one.locate(10 * MS, tick)
    assert one.turn_tick(one.epoch) == turn


@pytest.mark.parametrize(("loop", "can"), [(Loop(0, 1), True), (Loop(5, 5), False), (Loop(9, 3), False)])
def test_a_loop_must_last(loop: Loop, can: bool) -> None:
    assert SHORTEST_LOOP_NS == MS
    assert transport().can_turn(loop) is can
    assert not transport((0, 1)).can_turn(Loop(0, 100))  # a hundred ticks of two picoseconds
