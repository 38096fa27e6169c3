"""A correction is made of edits that can be turned round, joined, and asked what they touch."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.edit import Edit, Event, Id, Note, changed_fields, merged, touch

NOTE = Note(track=0, channel=0, tick=10, length=5, pitch=60, velocity=100, off=Id(0, 3))
PEDAL = Event(0, 10, b"\xb0\x40\x7f")
ID, OTHER = Id(0, 1), Id(-2, 0)


def changed(id: Id = ID, before: Note = NOTE, **fields: Any) -> Edit:
    return Edit(id, before, before._replace(**fields))


def meet(one: Edit, other: Edit) -> bool:
    return touch([one]).intersects(touch([other]))


@pytest.mark.parametrize(
    ("edit", "op", "kind"),
    [
        (Edit(ID, None, NOTE), "add", "note"),
        (Edit(ID, NOTE, None), "remove", "note"),
        (changed(pitch=61), "change", "note"),
        (Edit(OTHER, None, PEDAL), "add", "event"),
        (Edit(OTHER, PEDAL, None), "remove", "event"),
    ],
)
def test_an_edit_says_what_it_does(edit: Edit, op: str, kind: str) -> None:
    assert (edit.op, edit.kind) == (op, kind)
    assert edit.inverse.inverse == edit
    assert (edit.inverse.before, edit.inverse.after) == (edit.after, edit.before)


def test_an_id_says_where_it_comes_from() -> None:
    assert ID.is_source
    assert not OTHER.is_source


def test_an_event_says_what_it_sets() -> None:
    assert (PEDAL.channel, PEDAL.value) == (0, 127)
    bend, program = Event(0, 0, b"\xe3\x01\x40"), Event(0, 0, b"\xc3\x05")
    assert (bend.channel, bend.value, program.value) == (3, 64, 5)
    assert len({PEDAL.lane, bend.lane, program.lane, Event(0, 0, b"\xb0\x07\x00").lane}) == 4
    assert min(PEDAL.lane, bend.lane, program.lane) > 127


def test_an_edit_names_the_fields_it_changes() -> None:
    assert changed_fields(changed(pitch=61, velocity=1)) == ("pitch", "velocity")
    assert changed_fields(Edit(ID, NOTE, None)) == ("tick", "length", "pitch", "velocity")


def test_edits_in_a_row_are_joined_and_what_comes_back_is_left_out() -> None:
    there, back = changed(pitch=61), changed(before=NOTE._replace(pitch=61), pitch=60)
    further = changed(before=NOTE._replace(pitch=61), pitch=62)
    assert merged([there, further]) == (changed(pitch=62),)
    assert merged([there, back]) == ()
    assert merged([Edit(OTHER, None, PEDAL), there, Edit(OTHER, PEDAL, None)]) == (there,)


@given(st.lists(st.integers(0, 127), min_size=1, max_size=9))
def test_joined_edits_lead_from_the_first_to_the_last(pitches: list[int]) -> None:
    states = [NOTE, *(NOTE._replace(pitch=pitch) for pitch in pitches)]
    joined = merged(Edit(ID, before, after) for before, after in pairwise(states))
    assert joined == ((Edit(ID, NOTE, states[-1]),) if states[-1] != NOTE else ())


def test_two_fields_of_one_note_do_not_meet() -> None:
    assert not meet(changed(velocity=1), changed(pitch=61))
    assert meet(changed(velocity=1), changed(velocity=2))
    assert meet(changed(velocity=1), Edit(ID, NOTE, None))


@pytest.mark.parametrize(("tick", "is_met"), [(4, False), (5, True), (15, True), (16, False)])
def test_notes_of_one_key_meet_where_they_touch_in_time(tick: int, is_met: bool) -> None:
    other = NOTE._replace(tick=tick, length=5 if tick < 10 else 1, off=Id(0, 9))
    assert meet(Edit(Id(0, 2), other, other._replace(pitch=80)), changed(pitch=90)) == is_met


@pytest.mark.parametrize("other", [NOTE._replace(pitch=61), NOTE._replace(channel=1), NOTE._replace(track=1)])
def test_another_key_channel_or_track_is_not_met(other: Note) -> None:
    assert not meet(Edit(Id(0, 2), other, None), Edit(ID, NOTE, None))


def test_a_note_that_nothing_ends_is_met_however_late() -> None:
    endless, late = NOTE._replace(off=None), NOTE._replace(tick=1 << 40)
    assert meet(Edit(Id(0, 2), endless, None), Edit(ID, None, late))


def test_only_the_dynamics_of_one_key_touch_nothing_but_their_notes() -> None:
    assert touch([changed(velocity=1)]).spans == []
    assert not meet(changed(velocity=1), Edit(Id(0, 2), NOTE, None))


def test_controllers_meet_on_one_lane_and_time() -> None:
    span = [Edit(OTHER, None, PEDAL), Edit(Id(-2, 1), None, PEDAL._replace(tick=20))]
    inside, behind = (Edit(Id(-3, 0), None, PEDAL._replace(tick=tick)) for tick in (15, 21))
    volume = Edit(Id(-3, 0), None, Event(0, 15, b"\xb0\x07\x00"))
    assert touch(span).intersects(touch([inside]))
    assert not touch(span).intersects(touch([behind]))
    assert not touch(span).intersects(touch([volume]))
    assert touch(span).intersects(touch([Edit(OTHER, PEDAL, None)]))
