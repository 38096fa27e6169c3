"""RPN and NRPN: what is selected, what was entered, and how to get there."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.message import control
from bridge.core.parameters import NUMBERS, Parameters


def heard(*entries: tuple[int, int]) -> Parameters:
    """A channel that has had these controllers."""
    found = Parameters(0)
    for entry in entries:
        found.take(*entry)
    return found


def sent(*entries: tuple[int, int]) -> list[bytes]:
    return [control(0, *entry) for entry in entries]


BEND_RANGE = ((101, 0), (100, 0))
TUNING = ((101, 0), (100, 1))
NULL = ((101, 127), (100, 127))
CUTOFF = ((99, 1), (98, 32))


def test_each_parameter_is_selected_and_entered_and_then_the_selection_stands() -> None:
    song = heard(*BEND_RANGE, (6, 12), *CUTOFF, (6, 90), *BEND_RANGE, (6, 2), (38, 5), *NULL)
    assert song.lacking(Parameters(0)) == sent(*CUTOFF, (6, 90), *BEND_RANGE, (6, 2), (38, 5), *NULL)


def test_only_a_value_that_differs_is_sent() -> None:
    song = heard(*BEND_RANGE, (6, 12), *TUNING, (6, 64), *NULL)
    known = heard(*BEND_RANGE, (6, 2), *TUNING, (6, 64), *NULL)
    assert song.lacking(known) == sent(*BEND_RANGE, (6, 12), *NULL)
    assert song.lacking(known, again=True) == sent(*BEND_RANGE, (6, 12), *TUNING, (6, 64), *NULL)


def test_data_without_a_selection_or_behind_the_null_is_for_nothing() -> None:
    assert heard((6, 12)).values == heard(*NULL, (6, 12)).values == heard((101, 0), (6, 12)).values == {}


def test_a_step_counts_from_a_value_and_is_nothing_without_one() -> None:
    assert heard(*BEND_RANGE, (96, 0)).values == {}
    song = heard(*BEND_RANGE, (6, 2), (96, 0))
    assert song.lacking(Parameters(0)) == sent(*BEND_RANGE, (6, 2), (96, 0), *BEND_RANGE)


def test_a_reset_selects_nothing_and_keeps_the_values() -> None:
    song = heard(*BEND_RANGE, (6, 12))
    song.deselect()
    song.take(6, 99)
    assert song.lacking(Parameters(0)) == sent(*BEND_RANGE, (6, 12), *NULL)


entries = st.lists(st.tuples(st.sampled_from(sorted(NUMBERS)), st.sampled_from((0, 1, 127))), max_size=30)


@given(entries, entries)
def test_whatever_an_instrument_had_it_stands_where_the_song_does_after_what_it_lacked(
    song: list[tuple[int, int]], before: list[tuple[int, int]]
) -> None:
    wanted, known = heard(*song), heard(*before)
    for message in wanted.lacking(known):
        known.take(message[1], message[2])
    assert wanted.lacking(known) == []
