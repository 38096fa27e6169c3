"""Whatever the hand does, what is written reads back as the same notes, and can be taken back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.closure import add_event, change_event, change_note, remove_event, remove_note
from bridge.core.edit import Event, Id, Touch, touch
from bridge.core.smf import read, write
from bridge.core.song import Song
from bridge.errors import BadEdit
from tests.core.strategies import Hand, bodies, corrected, done, events, events_of, files, hands, midi, notes_of

ONE = midi(events((0, "90 3c 64"), (10, "80 3c 40"), (20, "90 3e 64"), (30, "80 3e 40")))
FIRST, SECOND = Id(0, 0), Id(0, 2)


def song_of(data: bytes) -> Song:
    return Song(read(data))


def read_back(song: Song) -> Song:
    return song_of(write(song.to_smf()))


def assert_reads_back(song: Song) -> None:
    again = read_back(song)
    assert notes_of(again) == notes_of(song)
    assert events_of(again) == events_of(song)


@given(files(), st.lists(hands, max_size=6))
def test_what_is_written_reads_back_as_the_same_notes_after_every_correction(data: bytes, drawn: list[Hand]) -> None:
    song = song_of(data)
    assert_reads_back(song)
    for number, hand in enumerate(drawn):
        done(song, hand.bound(song, Id(-1 - number, 0)))
        assert_reads_back(song)


def allowed(touches: list[Touch], index: int) -> bool:
    return not any(touches[index].intersects(later) for later in touches[index + 1 :])


@given(files(), st.lists(hands, max_size=6), st.data())
def test_corrections_taken_back_in_any_allowed_order_leave_the_source(
    data: bytes, drawn: list[Hand], choice: st.DataObject
) -> None:
    song = song_of(data)
    live = [edits for _, edits in corrected(song, drawn)]
    while live:
        touches = [touch(edits) for edits in live]
        free = [index for index in range(len(live)) if allowed(touches, index)]
        assert len(live) - 1 in free
        song.apply(song.reverted(live.pop(choice.draw(st.sampled_from(free)))))
        assert_reads_back(song)
    assert write(song.to_smf()) == data


@given(bodies(), st.lists(hands, min_size=2, max_size=5), st.integers(0, 4))
def test_a_correction_taken_back_was_never_made(body: bytes, drawn: list[Hand], pick: int) -> None:
    data = midi(body)
    song = song_of(data)
    made = corrected(song, drawn)
    touches = [touch(edits) for _, edits in made]
    free = [index for index in range(len(made)) if allowed(touches, index)]
    if not free:
        return
    taken = free[pick % len(free)]
    song.apply(song.reverted(made[taken][1]))
    without = song_of(data)
    for index, (do, _) in enumerate(made):
        if index != taken:
            done(without, do)
    assert write(song.to_smf()) == write(without.to_smf())
    assert notes_of(song) == notes_of(without)


def test_a_new_pitch_changes_the_notes_own_two_bytes_and_nothing_else() -> None:
    song = song_of(ONE)
    assert [edit.id for edit in done(song, lambda s: change_note(s, FIRST, pitch=61))] == [FIRST]
    assert write(song.to_smf()) == ONE.replace(b"\x3c", b"\x3d")


def test_a_note_that_moves_past_another_takes_its_place_in_time() -> None:
    song = song_of(ONE)
    done(song, lambda s: change_note(s, FIRST, tick=24, length=4))
    assert notes_of(song) == [[(0, 20, 10, 62, 100), (0, 24, 4, 60, 100)]]
    assert_reads_back(song)


def test_a_note_that_comes_to_a_key_where_one_sounds_shares_its_ends_in_order() -> None:
    song = song_of(midi(events((0, "90 3c 64"), (5, "90 3e 64"), (10, "80 3e 40"), (20, "80 3c 40"))))
    edits = done(song, lambda s: change_note(s, Id(0, 1), pitch=60))
    assert notes_of(song) == [[(0, 0, 10, 60, 100), (0, 5, 15, 60, 100)]]
    assert {edit.id for edit in edits} == {Id(0, 0), Id(0, 1)}


def test_a_stray_off_that_would_end_a_note_goes_along_and_comes_back_with_it() -> None:
    data = midi(events((0, "90 3c 64"), (5, "80 3e 40"), (10, "80 3c 40")))
    song = song_of(data)
    edits = done(song, lambda s: change_note(s, FIRST, pitch=62))
    assert [(edit.kind, edit.op) for edit in edits] == [("note", "change"), ("event", "remove")]
    assert notes_of(read_back(song)) == [[(0, 0, 10, 62, 100)]]
    song.apply(song.reverted(edits))
    assert write(song.to_smf()) == data


def test_an_unended_note_that_comes_to_a_key_takes_the_first_end_there() -> None:
    song = song_of(midi(events((50, "90 3c 64"), (92, "90 3e 64"), (95, "80 3e 40"), (100, "b0 07 7f"))))
    done(song, lambda s: change_note(s, FIRST, tick=0, pitch=62))
    assert notes_of(song) == [[(0, 0, 95, 62, 100), (0, 92, 8, 62, 100)]]
    assert_reads_back(song)


def test_a_removed_unended_note_cannot_come_back_before_a_later_note_came_to_its_key() -> None:
    song = song_of(midi(events((0, "90 3c 64"), (10, "90 3e 64"), (20, "80 3e 40"))))
    gone = done(song, lambda s: remove_note(s, FIRST))
    came = done(song, lambda s: change_note(s, Id(0, 1), pitch=60, tick=500))
    assert touch(gone).intersects(touch(came))


def test_an_unended_note_ends_with_its_track_also_where_the_track_got_shorter() -> None:
    song = song_of(midi("00 90 3c 64  10 b0 07 7f"))
    assert song.note(FIRST) == (0, 0, 0, 16, 60, 100, None)
    done(song, lambda s: remove_event(s, Id(0, 1)))
    assert notes_of(song) == notes_of(read_back(song)) == [[(0, 0, 0, 60, 100)]]


def test_a_longer_note_moves_the_end_of_its_track() -> None:
    song = song_of(ONE)
    done(song, lambda s: change_note(s, SECOND, length=1_000))
    assert song.last_tick(0) == read_back(song).last_tick(0) == 1_020


def test_a_wait_that_one_number_cannot_hold_is_bridged() -> None:
    song = song_of(ONE)
    done(song, lambda s: change_note(s, SECOND, tick=1 << 30))
    assert_reads_back(song)


@given(st.integers(0, 127))
def test_a_release_velocity_and_the_kind_of_off_are_kept(release: int) -> None:
    for off in (f"80 3c {release:02x}", "90 3c 00"):
        song = song_of(midi(events((0, "90 3c 64"), (10, off))))
        done(song, lambda s: change_note(s, FIRST, pitch=61))
        assert write(song.to_smf()) == midi(events((0, "90 3d 64"), (10, off.replace("3c", "3d", 1))))


def test_nothing_to_change_is_no_edit() -> None:
    song = song_of(midi(events((0, "90 3c 64"), (4, "b0 07 10"), (10, "80 3c 40"))))
    assert change_note(song, FIRST, pitch=60, velocity=100) == ()
    assert change_event(song, Id(0, 1), 16) == ()


REFUSED = {
    "there is no note": lambda s: change_note(s, Id(0, 1), pitch=61),
    "there is no note (9": lambda s: remove_note(s, Id(9, 0)),
    "a note has no 'channel'": lambda s: change_note(s, FIRST, channel=1),
    "a note's pitch must be 0 to 127, not 128": lambda s: change_note(s, FIRST, pitch=128),
    "a note's velocity must be 1 to 127, not 0": lambda s: change_note(s, FIRST, velocity=0),
    "a note's length must be 1 to": lambda s: change_note(s, FIRST, length=0),
    "a note's tick must be 0 to": lambda s: change_note(s, FIRST, tick=-1),
    "there is no controller event (0, 0)": lambda s: remove_event(s, FIRST),
    "a value must be 0 to 127, not 128": lambda s: change_event(s, Id(0, 4), 128),
    "only a whole controller": lambda s: add_event(s, Id(-1, 0), Event(0, 0, b"\x90\x3c\x40")),
    "only a whole": lambda s: add_event(s, Id(-1, 0), Event(0, 0, b"\xb0\x40")),
    "track 7 has no tick 0": lambda s: add_event(s, Id(-1, 0), Event(7, 0, b"\xb0\x40\x7f")),
    "the id (0, 99) is taken": lambda s: add_event(s, Id(0, 99), Event(0, 0, b"\xb0\x40\x7f")),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_a_song_cannot_take_is_refused_with_the_reason(reason: str) -> None:
    song = song_of(
        midi(events((0, "90 3c 64"), (10, "80 3c 40"), (20, "90 3e 64"), (30, "80 3e 40"), (31, "b0 07 10")))
    )
    with pytest.raises(BadEdit) as caught:
        REFUSED[reason](song)
    assert str(caught.value).startswith(reason)


def test_an_unended_note_has_no_length_to_change() -> None:
    song = song_of(midi(events((0, "90 3c 64"), (10, "b0 07 7f"))))
    with pytest.raises(BadEdit, match="no end of its own"):
        change_note(song, FIRST, length=5)


def test_a_note_without_length_is_heard_elsewhere_only_with_a_length() -> None:
    song = song_of(midi(events((5, "90 3c 64"), (5, "80 3c 40"))))
    with pytest.raises(BadEdit, match="give it a length"):
        change_note(song, FIRST, tick=9)
    done(song, lambda s: change_note(s, FIRST, tick=9, length=2))
    assert notes_of(song) == notes_of(read_back(song)) == [[(0, 9, 2, 60, 100)]]


def test_nothing_is_put_before_data_that_it_would_turn_into_notes() -> None:
    song = song_of(midi("05 3c 05 40  05 90 3c 64  0a 80 3c 40  00 ff 2f 00"))
    with pytest.raises(BadEdit, match="data that has no status"):
        change_note(song, Id(0, 2), tick=0)
    with pytest.raises(BadEdit, match="data that has no status"):
        add_event(song, Id(-1, 0), Event(0, 0, b"\xb0\x40\x7f"))
    done(song, lambda s: add_event(s, Id(-1, 0), Event(0, 12, b"\xb0\x40\x7f")))
    assert_reads_back(song)


def test_a_note_gets_its_own_end_back_also_where_the_track_has_grown_in_between() -> None:
    data = midi(events((0, "90 3c 01"), (0, "90 3d 01"), (0, "90 3d 00"), (0, "91 40 01"), (0, "91 40 00")))
    song = song_of(data)
    came = done(song, lambda s: change_note(s, FIRST, pitch=61))
    done(song, lambda s: change_note(s, Id(0, 3), length=9))
    song.apply(song.reverted(came))
    assert notes_of(song) == [[(0, 0, 9, 60, 1), (0, 0, 0, 61, 1), (1, 0, 9, 64, 1)]]
