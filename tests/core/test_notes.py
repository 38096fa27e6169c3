"""Which note-off ends which note is decided as every reader of files does: first in, first out."""

from hypothesis import given

from bridge.core.finding import Findings
from bridge.core.notes import NO_OFF, Notes, pair
from bridge.core.track import scan
from tests.core.strategies import bodies, events, midi
from tests.core.witnesses import own_rows, paired


def notes_in(body: bytes) -> tuple[Notes, Findings]:
    findings = Findings()
    return pair(scan(body, 0, len(body), Findings()), findings), findings


def test_the_first_note_takes_the_first_end() -> None:
    notes, findings = notes_in(events((0, "90 3c 64"), (5, "90 3c 64"), (10, "80 3c 40"), (20, "80 3c 40")))
    assert (list(notes.ons), list(notes.offs)) == ([0, 1], [2, 3])
    assert len(findings) == 0


def test_keys_and_channels_do_not_meet() -> None:
    notes, _ = notes_in(events((0, "90 3c 64"), (0, "91 3c 64"), (0, "90 3d 64"), (1, "81 3c 40"), (2, "80 3d 40")))
    assert list(notes.offs) == [NO_OFF, 3, 4]
    assert notes.by_key.keys() == {60, 1 << 7 | 60, 61}


def test_a_note_on_without_velocity_is_an_end() -> None:
    notes, _ = notes_in(events((0, "90 3c 64"), (5, "90 3c 00")))
    assert list(notes.offs) == [1]


def test_an_end_before_a_start_at_one_tick_ends_the_note_before() -> None:
    notes, findings = notes_in(events((0, "90 3c 64"), (5, "80 3c 40"), (5, "90 3c 64"), (9, "80 3c 40")))
    assert list(notes.offs) == [1, 3]
    assert len(findings) == 0


def test_an_end_without_a_note_and_a_note_without_an_end_are_told() -> None:
    notes, findings = notes_in(events((0, "80 3c 40"), (5, "90 3c 64")))
    assert [(finding.code, finding.offset) for finding in findings] == [("orphan-off", 0), ("unended-note", 4)]
    assert list(notes.orphans[60]) == [0]
    assert list(notes.offs) == [NO_OFF]


def test_notes_are_found_by_place_and_by_key() -> None:
    notes, _ = notes_in(events((0, "90 3c 64"), (5, "80 3c 40"), (7, "90 3c 64")))
    assert [notes.number(on) for on in (0, 1, 2, 3, 99)] == [0, None, 1, None, None]
    assert [notes.first_at(tick) for tick in (0, 1, 7, 8)] == [0, 1, 1, 2]
    assert notes.reach(0) == 5
    assert notes.reach(1) > 1 << 60


@given(bodies())
def test_a_plain_reading_of_the_events_finds_the_same_notes(body: bytes) -> None:
    notes, _ = notes_in(body)
    ticks, last = notes.track.ticks, notes.track.last_tick
    lengths = [(last if off == NO_OFF else ticks[off]) - ticks[on] for on, off in zip(notes.ons, notes.offs)]
    plain = list(paired(own_rows(midi(body))[0]))
    assert [(ticks[on], length) for on, length in zip(notes.ons, lengths)] == [note[1:3] for note in plain]


@given(bodies())
def test_on_one_key_notes_end_in_the_order_they_began(body: bytes) -> None:
    notes, _ = notes_in(body)
    for numbers in notes.by_key.values():
        reaches = [notes.reach(number) for number in numbers]
        assert reaches == sorted(reaches)
