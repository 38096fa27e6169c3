"""What was handed over ahead of time and is called back leaves no note sounding and ends none that sounds anew."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.message import ALL_NOTES_OFF, control, note_off, note_on
from bridge.ports.ahead import EARLY_NS, UNSURE_NS, Ahead

MS = 1_000_000
ON, OFF = note_on(0, 60, 90), note_off(0, 60)


@pytest.fixture(name="ahead")
def _ahead() -> Ahead:
    return Ahead()


def test_the_end_of_a_note_that_has_begun_leaves_at_once(ahead: Ahead) -> None:
    ahead.note(10 * MS, ON, 0)
    ahead.note(25 * MS, OFF, 6 * MS)
    assert ahead.call_back(15 * MS) == [OFF]
    assert ahead.call_back(15 * MS) == []


def test_a_note_that_has_not_begun_leaves_nothing_and_its_later_end_is_swallowed_once(ahead: Ahead) -> None:
    ahead.note(20 * MS, ON, 0)
    assert ahead.call_back(5 * MS) == []
    assert not ahead.admits(OFF)
    assert ahead.admits(OFF)


def test_a_note_called_back_and_struck_again_is_ended(ahead: Ahead) -> None:
    ahead.note(20 * MS, ON, 0)
    ahead.call_back(5 * MS)
    assert ahead.admits(ON)
    assert ahead.admits(OFF)


def test_the_end_of_a_short_note_that_was_called_back_whole_is_not_awaited(ahead: Ahead) -> None:
    ahead.note(15 * MS, ON, 0)
    ahead.note(18 * MS, OFF, 0)
    assert ahead.call_back(5 * MS) == []
    assert ahead.admits(OFF)


def test_of_a_repeated_key_only_the_note_that_sounds_is_ended(ahead: Ahead) -> None:
    ahead.note(0, ON, 0)
    ahead.note(20 * MS, OFF, 10 * MS)
    ahead.note(25 * MS, ON, 10 * MS)
    assert ahead.call_back(12 * MS) == [OFF]
    assert not ahead.admits(OFF)


def test_an_end_that_may_still_wait_is_said_again_but_not_into_a_new_note(ahead: Ahead) -> None:
    ahead.note(0, ON, 0)
    ahead.note(19 * MS, OFF, 0)
    assert ahead.call_back(20 * MS) == [OFF]
    ahead.note(30 * MS, ON, 30 * MS)
    ahead.note(49 * MS, OFF, 40 * MS)
    ahead.note(50 * MS, ON, 50 * MS)  # the hand's, at once
    assert ahead.call_back(51 * MS) == []
    assert ahead.admits(OFF)


def test_what_is_as_good_as_due_is_taken_as_begun(ahead: Ahead) -> None:
    ahead.note(20 * MS, ON, 0)
    ahead.note(30 * MS, OFF, 0)
    assert ahead.call_back(20 * MS - EARLY_NS) == [OFF]


def test_pedals_go_up_and_all_notes_end_whatever_is_called_back(ahead: Ahead) -> None:
    for due, message in enumerate((control(0, 64, 127), control(0, 64, 0), control(3, ALL_NOTES_OFF, 0))):
        ahead.note((10 + due) * MS, message, 0)
    ahead.note(15 * MS, control(0, 7, 99), 0)
    assert ahead.call_back(0) == [control(0, 64, 0), control(3, ALL_NOTES_OFF, 0)]


def test_what_waits_behind_the_queue_is_called_back_too(ahead: Ahead) -> None:
    ahead.note(0, ON, 0)
    waiting = [OFF, note_on(1, 40, 90), note_off(1, 40)]
    assert ahead.call_back(UNSURE_NS * 2, waiting) == [OFF]


def test_a_device_that_was_unplugged_has_nothing_down(ahead: Ahead) -> None:
    ahead.note(0, ON, 0)
    ahead.note(10 * MS, OFF, 0)
    ahead.forget()
    assert ahead.call_back(5 * MS) == []


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20), st.integers(1, 20)), max_size=12), st.integers(0, 60))
def test_after_a_call_back_at_any_time_no_key_is_left_down(notes: list[tuple[int, int, int]], now: int) -> None:
    """Ons and offs alternate; those due by now have left, the others were taken out of the queue."""
    ahead, at = Ahead(), 0
    down: set[int] = set()
    for key, gap, length in notes:
        start, end = at + gap, at + gap + length
        at = end
        for due, message in ((start, note_on(0, key, 90)), (end, note_off(0, key))):
            if due - 20 <= now:
                ahead.note(due * MS, message, max(0, due - 20) * MS)
            if due <= now:
                (down.add if message[0] == 0x90 else down.discard)(key)
    ended = {message[1] for message in ahead.call_back(now * MS)}
    still = {key for key in down if key not in ended}
    handed_ends = sum(1 for key in still if ahead.admits(note_off(0, key)))
    assert handed_ends == len(still), "the off of a note that sounds on is let through when it comes"
