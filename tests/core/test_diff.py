"""What `core/diff` promises: exact first, nearest next, nothing twice, nothing lost."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.diff import Diff, diff
from bridge.core.edit import Note
from bridge.core.smf import Smf, read
from bridge.core.splice import write_number
from bridge.errors import BadOption

BEAT = 96
Row = tuple[int, int, int, int]  # onset, length, pitch, velocity

notes = st.lists(
    st.tuples(st.integers(0, 400), st.integers(1, 100), st.integers(58, 64), st.integers(1, 127)), max_size=12
)


def song(*rows: Row, division: int = BEAT, more: tuple[tuple[int, bytes], ...] = (), end: int = 1_000) -> Smf:
    """A file with one track on channel 1: the notes, and other messages at their ticks."""
    events = [(tick, 1, bytes((0x90, pitch, velocity))) for tick, _, pitch, velocity in rows]
    events += [(tick + length, 0, bytes((0x80, pitch, 64))) for tick, length, pitch, _ in rows]
    events += [(tick, 0, message) for tick, message in more]
    body, now = b"", 0
    for tick, _, message in sorted(events):
        body += write_number(tick - now) + message
        now = tick
    body += write_number(max(0, end - now)) + b"\xff\x2f\x00"
    head = b"MThd" + (6).to_bytes(4) + bytes((0, 0, 0, 1)) + division.to_bytes(2)
    return read(head + b"MTrk" + len(body).to_bytes(4) + body)


def rows(*found: Note) -> list[Row]:
    return [(note.tick, note.length, note.pitch, note.velocity) for note in found]


def test_a_song_does_not_differ_from_itself(corpus: Path) -> None:
    data = (corpus / "ai" / "jam__20221206_153823.mid").read_bytes()
    assert diff(read(data), read(data)) == Diff(339, (), (), (), ())


def test_a_louder_note_is_the_same_note_changed() -> None:
    found = diff(song((0, 48, 60, 90)), song((0, 48, 60, 45)))
    assert [rows(*both) for both in found.changed] == [[(0, 48, 60, 90), (0, 48, 60, 45)]]
    assert (found.same, found.added, found.removed, found.events) == (0, (), (), ())


def test_one_voice_of_a_chord_that_moves_leaves_the_other_voices_alone() -> None:
    chord = [(0, 48, 60, 90), (0, 48, 64, 90), (0, 48, 67, 90)]
    found = diff(song(*chord), song(chord[0], (0, 48, 65, 90), chord[2]))
    assert found.same == 2
    assert [rows(*both) for both in found.changed] == [[(0, 48, 64, 90), (0, 48, 65, 90)]]


def test_of_a_chord_with_a_voice_less_the_nearest_pitches_are_taken_for_each_other() -> None:
    found = diff(song((0, 48, 60, 90), (0, 48, 67, 90)), song((0, 48, 66, 90)))
    assert [rows(*both) for both in found.changed] == [[(0, 48, 67, 90), (0, 48, 66, 90)]]
    assert rows(*found.removed) == [(0, 48, 60, 90)]


def test_a_note_that_comes_late_has_moved() -> None:
    found = diff(song((0, 48, 60, 90)), song((20, 48, 60, 90)))
    assert [rows(*both) for both in found.changed] == [[(0, 48, 60, 90), (20, 48, 60, 90)]]


def test_a_note_further_off_than_a_beat_is_another_note() -> None:
    found = diff(song((0, 48, 60, 90)), song((BEAT + 1, 48, 60, 90)))
    assert (found.changed, rows(*found.removed), rows(*found.added)) == (
        (),
        [(0, 48, 60, 90)],
        [(BEAT + 1, 48, 60, 90)],
    )


def test_one_of_two_doubled_notes_that_goes_is_one_note_removed() -> None:
    found = diff(song((0, 48, 60, 90), (0, 48, 60, 90)), song((0, 48, 60, 90)))
    assert (found.same, rows(*found.removed), found.changed) == (1, [(0, 48, 60, 90)], ())


def test_a_pedal_that_the_file_never_had_is_told_as_events() -> None:
    found = diff(song((0, 48, 60, 90)), song((0, 48, 60, 90), more=((0, b"\xb0\x40\x7f"), (48, b"\xb0\x40\x00"))))
    assert [tuple(one) for one in found.events] == [
        (0, 0, None, b"\xb0\x40\x7f"),
        (0, 48, None, b"\xb0\x40\x00"),
    ]


def test_a_controller_with_another_value_at_its_tick_is_one_change() -> None:
    found = diff(song(more=((9, b"\xb0\x07\x50"),)), song(more=((9, b"\xb0\x07\x60"),)))
    assert [tuple(one) for one in found.events] == [(0, 9, b"\xb0\x07\x50", b"\xb0\x07\x60")]


def test_the_same_music_in_finer_ticks_does_not_differ() -> None:
    coarse = song((96, 48, 60, 90), (192, 24, 62, 80), division=96)
    fine = song((480, 240, 60, 90), (960, 120, 62, 80), division=480, end=5_000)
    assert diff(coarse, fine) == Diff(2, (), (), (), ())


def test_each_note_is_told_in_the_ticks_of_its_own_file() -> None:
    found = diff(song((96, 48, 60, 90), division=96), song((480, 120, 60, 90), division=480, end=5_000))
    assert [rows(*both) for both in found.changed] == [[(96, 48, 60, 90), (480, 120, 60, 90)]]


@pytest.mark.parametrize(("one", "other"), [(96, 0xE728), (0, 96), (0xE728, 0xE250)])
def test_times_that_have_nothing_in_common_are_refused_with_both_named(one: int, other: int) -> None:
    with pytest.raises(BadOption, match=r"ticks are .* in one, .* in the other"):
        diff(song(division=one), song(division=other))


def test_a_track_that_only_one_file_has_is_added_whole(corpus: Path) -> None:
    data = (corpus / "ai" / "jam__20221206_153823.mid").read_bytes()
    whole = read(data)
    last = max(chunk.start for chunk in whole.chunks)
    found = diff(read(data[:last]), whole)
    assert (found.same, len(found.added), found.removed, found.changed) == (322, 17, (), ())


@given(notes, notes)
def test_every_note_of_both_files_is_told_exactly_once(first: list[Row], second: list[Row]) -> None:
    one, other = song(*first), song(*second)
    found = diff(one, other)
    assert found.same + len(found.changed) + len(found.removed) == len(first)
    assert found.same + len(found.changed) + len(found.added) == len(second)
    assert all(before != after for before, after in found.changed)


@given(notes, notes)
def test_the_way_back_is_the_way_there_turned_round(first: list[Row], second: list[Row]) -> None:
    there, back = diff(song(*first), song(*second)), diff(song(*second), song(*first))
    assert there.same == back.same
    assert (len(there.added), len(there.removed)) == (len(back.removed), len(back.added))


@given(notes)
def test_the_order_in_which_notes_of_a_tick_are_written_does_not_matter(played: list[Row]) -> None:
    distinct = list({(tick, pitch): (tick, 1, pitch, velocity) for tick, _, pitch, velocity in played}.values())
    backwards = sorted(distinct, key=lambda row: (row[0], -row[2]))
    assert diff(song(*distinct), song(*backwards)).is_empty
