"""The foot writes the sustain pedal where it was heard, and leaves no pedal open."""

from bridge.core.message import control
from tests.kit import Timed, hit
from tests.surface.hands import Hands

NOTES = (*hit(60, 0, 1_900), *hit(62, 2_000, 4_000))


def cc64(*moves: tuple[int, int]) -> list[Timed]:
    return [(tick, control(0, 64, value)) for tick, value in moves]


def pedalling(*events: Timed, loop: tuple[int, int] | None = (0, 2_000)) -> Hands:
    hands = Hands(*NOTES, *events, loop=loop, tool="pedal")
    hands.turn(1)
    return hands


def test_the_pedal_lands_in_the_parts_own_track_and_channel() -> None:
    hands = pedalling()
    hands.foot(127, 100)
    hands.foot(0, 700)
    assert hands.pedal() == [(100, 127), (700, 0)]
    part = next(iter(hands.song.parts()))
    events = [event for _, event in hands.song.events(part.track)]
    assert {event.channel for event in events} == {part.channel}
    assert [one.tool for one in hands.live] == ["pedal"]


def test_half_pedal_values_are_kept_as_they_come() -> None:
    hands = pedalling()
    for tick, value in ((100, 20), (110, 64), (120, 90), (300, 45), (400, 0)):
        hands.foot(value, tick)
    assert hands.pedal() == [(100, 20), (110, 64), (120, 90), (300, 45), (400, 0)]


def test_what_stood_where_the_pedal_was_open_gives_way_and_the_rest_stays() -> None:
    hands = pedalling(*cc64((50, 127), (200, 0), (300, 127), (500, 0), (800, 127), (900, 0)))
    hands.foot(100, 100)
    hands.foot(0, 500)
    assert hands.pedal() == [(50, 127), (100, 100), (500, 0), (800, 127), (900, 0)]


def test_an_earlier_passs_pedal_gives_way_too_and_undo_brings_it_back() -> None:
    hands = pedalling()
    hands.foot(127, 100)
    hands.foot(0, 700)
    hands.turn(2)
    hands.foot(80, 50, turn=2)
    hands.foot(0, 900, turn=2)
    assert hands.pedal() == [(50, 80), (900, 0)]
    assert len(hands.live) == 2
    hands.button(40, turn=2)
    assert hands.pedal() == [(100, 127), (700, 0)]


def test_other_controllers_and_other_channels_stay() -> None:
    others = [(200, control(0, 1, 5)), (200, control(3, 64, 127))]
    hands = pedalling(*others)
    hands.foot(127, 100)
    hands.foot(0, 300)
    kept = [event.message for _, event in hands.song.events(next(iter(hands.song.parts())).track)]
    assert all(message in kept for _, message in others)


def test_an_open_pedal_closes_at_the_loops_end_and_opens_again_where_the_foot_stays_down() -> None:
    hands = pedalling()
    hands.foot(127, 1_500)
    hands.turn(2)
    assert hands.pedal() == [(0, 127), (1_500, 127), (2_000, 0)]
    hands.foot(0, 300, turn=2)
    assert hands.pedal() == [(0, 127), (300, 0), (1_500, 127), (2_000, 0)]
    assert len(hands.live) == 2


def test_a_foot_that_never_lifts_makes_one_pedal_for_the_whole_loop() -> None:
    hands = pedalling()
    hands.foot(127, 1_500)
    for turn in (2, 3, 4):
        hands.turn(turn)
    assert hands.pedal() == [(0, 127), (2_000, 0)]


def test_a_pedal_that_the_song_presses_at_the_loops_end_is_not_lifted() -> None:
    hands = pedalling(*cc64((2_000, 127), (2_500, 0)))
    hands.foot(127, 1_500)
    hands.turn(2)
    hands.foot(0, 100, turn=2)
    assert hands.pedal() == [(0, 127), (100, 0), (1_500, 127), (2_000, 127), (2_500, 0)]


def test_an_open_pedal_closes_where_playing_stops() -> None:
    hands = pedalling(loop=None)
    hands.foot(127, 1_500)
    hands.stop(2_200)
    hands.stop(2_200)
    assert hands.pedal() == [(1_500, 127), (2_200, 0)]
    assert len(hands.live) == 1


def test_a_pedal_pressed_as_playing_stops_is_not_left_open() -> None:
    hands = pedalling(loop=None)
    hands.foot(127, 1_500)
    hands.stop(1_500)
    assert [value for _, value in hands.pedal()] == [0]


def test_a_jump_closes_the_pedal_where_the_song_had_come_to() -> None:
    hands = pedalling(loop=None)
    hands.turn(1, tick=0, at_ns=0)
    hands.foot(127, 400)
    hands.turn(1, tick=1_600, at_ns=900_000_000)
    assert hands.pedal() == [(400, 127), (900, 0)]


def test_an_epoch_that_goes_on_where_the_last_one_was_closes_nothing() -> None:
    hands = pedalling(loop=None)
    hands.turn(1, tick=0, at_ns=0)
    hands.foot(127, 400)
    hands.turn(1, tick=900, at_ns=900_000_000)
    assert hands.pedal() == [(400, 127)]


def test_laying_the_tool_down_closes_the_pedal() -> None:
    hands = pedalling()
    hands.foot(127, 400)
    hands.tool("fix", tick=800)
    assert hands.pedal() == [(400, 127), (800, 0)]
    assert hands.foot(0, 900) == []
