"""A file that nobody corrected comes back byte for byte, whatever is in it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.closure import change_note
from bridge.core.edit import Id
from bridge.core.smf import Smf, read, write
from bridge.core.song import Song
from bridge.errors import NotMidi
from tests.core.strategies import END, chunk, events, files, header, midi

CORPUS = Path(__file__).parent.parent / "corpus"
FILES = sorted(path for path in CORPUS.glob("*/*") if path.suffix != ".csv" and path.parent.name != "licences")
MIDI = [path for path in FILES if b"MThd" in path.read_bytes()[:4100]]
OTHERS = [path for path in FILES if path not in MIDI]
NOTE = midi(events((0, "90 3c 64"), (10, "80 3c 40")))


def riff(data: bytes, tail: bytes = b"", kind: bytes = b"RMID") -> bytes:
    """A RIFF file with this data chunk, padded to an even length, and what follows it."""
    body = kind + b"data" + len(data).to_bytes(4, "little") + data + bytes(len(data) % 2) + tail
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def codes(smf: Smf) -> set[str]:
    return {finding.code for finding in smf.findings}


def with_other_pitch(data: bytes, pitch: int = 61) -> bytes:
    """The file with its first note on another pitch."""
    song = Song(read(data))
    song.apply(change_note(song, Id(0, 0), pitch=pitch))
    return write(song.to_smf())


def assert_tiled(data: bytes) -> None:
    at = 0
    for span in read(data).spans():
        assert span.start == at < span.end
        at = span.end
    assert at == len(data)


def test_the_corpus_holds_121_midi_files_and_11_others() -> None:
    assert (len(MIDI), len(OTHERS)) == (121, 11)


@pytest.mark.parametrize("path", MIDI, ids=lambda path: path.name)
def test_a_file_comes_back_byte_for_byte_and_its_spans_tile_it(path: Path) -> None:
    data = path.read_bytes()
    assert write(read(data)) == data
    assert_tiled(data)


@pytest.mark.parametrize("path", MIDI, ids=lambda path: path.name)
def test_a_track_rewritten_without_a_change_is_the_same_track(path: Path) -> None:
    smf = read(path.read_bytes())
    bodies = {index: smf.data[track.start : track.end] for index, track in enumerate(smf.tracks)}
    whole = [
        chunk for chunk in smf.chunks if chunk.end - chunk.body == int.from_bytes(smf.data[chunk.body - 4 : chunk.body])
    ]
    if len(whole) == len(list(smf.chunks)):
        assert write(smf.with_bodies(bodies)) == smf.data


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.name)
def test_what_is_no_midi_file_is_named(path: Path) -> None:
    name = "a MIDI 2.0 clip" if path.suffix == ".midi2" else "text"
    with pytest.raises(NotMidi) as caught:
        read(path.read_bytes())
    assert str(caught.value) == f"no MIDI file: it looks like {name}"


NAMED = {
    "it is empty": b"",
    "it looks like a WAV sound file": b"RIFF\x24\0\0\0WAVEfmt " + bytes(40) + NOTE,
    "it looks like a RIFF file without MIDI in it": b"RIFF\x24\0\0\0AVI LIST",
    "it looks like text": b"MTrk and MThd are chunks.\n" * 3,
    "it looks like a MIDI 2.0 container": b"SMF2CON1" + bytes(8),
    "it looks like a MIDI 2.0 clip": b"SMF2CLIP" + NOTE,
    "it looks like a database or a midi-bridge session": b"SQLite format 3\0" + bytes(80),
    "it looks like a zip archive": b"PK\3\4" + bytes(20),
    "it looks like a gzip archive": b"\x1f\x8b\x08" + bytes(20),
    "it looks like an MP3": b"ID3\3" + bytes(20),
    "it looks like a FLAC sound file": b"fLaC" + bytes(20),
    "it looks like an Ogg sound file": b"OggS" + bytes(20),
    "it looks like an AIFF sound file": b"FORM" + bytes(20),
    "it looks like a PNG picture": b"\x89PNG\r\n\x1a\n",
    "it looks like a JPEG picture": b"\xff\xd8\xff\xe0",
    "it looks like a PDF": b"%PDF-1.7\n\xff",
    "it looks like a program": b"\x7fELF\2",
    "it looks like a file of system exclusive messages": bytes.fromhex("f0 43 00 f7"),
    "it looks like no kind of file known here": bytes(5000) + NOTE,
}


@pytest.mark.parametrize("name", NAMED)
def test_what_has_no_header_is_refused_by_what_it_looks_like(name: str) -> None:
    with pytest.raises(NotMidi) as caught:
        read(NAMED[name])
    assert str(caught.value) == f"no MIDI file: {name}"


@pytest.mark.parametrize("text", ["é", "Grüße\t€", "a" * 4093 + "€uro", "\r\n"])
def test_any_language_is_text(text: str) -> None:
    with pytest.raises(NotMidi, match="text"):
        read(text.encode())


@pytest.mark.parametrize("data", [b"\xf8\xf8", b"ab\xff", b"\xc3"])
def test_a_few_bytes_that_are_no_letters_are_no_text(data: bytes) -> None:
    with pytest.raises(NotMidi, match="no kind of file known here"):
        read(data)


@given(st.binary(max_size=300))
def test_any_bytes_behind_the_four_letters_come_back(rest: bytes) -> None:
    data = b"MThd" + rest
    assert write(read(data)) == data
    assert_tiled(data)


@given(st.binary(max_size=200), st.integers(0, 70_000), st.integers(0, 65_535))
def test_any_bytes_in_a_track_come_back_and_make_a_song(body: bytes, length: int, division: int) -> None:
    data = header(1, 1, division) + b"MTrk" + length.to_bytes(4) + body
    smf = read(data)
    assert write(smf) == data
    assert_tiled(data)
    song = Song(smf)
    assert song.end >= 0
    assert all(finding.text for finding in (*smf.findings, *song.findings))
    assert [note.length >= 0 for track in song.tracks for _, note in song.notes(track)].count(False) == 0


@given(files())
def test_any_music_comes_back_and_its_columns_say_what_its_events_do(data: bytes) -> None:
    smf = read(data)
    assert write(smf) == data
    assert_tiled(data)
    for track in smf.tracks:
        ticks = [track[index].tick for index in range(len(track))]
        assert ticks == sorted(ticks)
        assert all(track[index].end == track[index + 1].start for index in range(len(track) - 1))


@given(files(), st.binary(max_size=6))
def test_a_riff_wrapping_changes_nothing_inside(data: bytes, tail: bytes) -> None:
    inner, outer = read(data), read(riff(data, tail))
    assert write(outer) == outer.data == riff(data, tail)
    assert_tiled(outer.data)
    assert [list(track.ticks) for track in outer.tracks] == [list(track.ticks) for track in inner.tracks]
    assert codes(outer) == codes(inner) | {"riff-wrapped"}


def grown(data: bytes) -> bytes:
    """The file with an explicit status more: a correction that changes the length of a track."""
    song = Song(read(data))
    song.apply(change_note(song, Id(0, 0), length=1_000))
    return write(song.to_smf())


@pytest.mark.parametrize("tail", [b"", b"LIST\4\0\0\0INFO"])
@pytest.mark.parametrize("text", ["", "00 ff 01 01 41", "00 ff 01 02 41 41"])
def test_a_corrected_riff_file_says_its_new_lengths(text: str, tail: bytes) -> None:
    data = midi(bytes.fromhex(text) + events((0, "90 3c 64"), (10, "80 3c 40")))
    song = Song(read(riff(data, tail)))
    id = song.notes(0)[0][0]
    song.apply(change_note(song, id, length=1_000))
    plain = Song(read(data))
    plain.apply(change_note(plain, id, length=1_000))
    assert write(song.to_smf()) == riff(write(plain.to_smf()), tail)


def test_a_riff_file_whose_writer_forgot_the_pad_byte_loses_nothing() -> None:
    data = midi(events((0, "90 3c 64"), (10, "80 3c 40"), (12, "ff 01 01 41")))
    assert len(data) % 2
    body = b"RMIDdata" + len(data).to_bytes(4, "little") + data + b"LIST\4\0\0\0INFO"
    assert with_other_pitch(b"RIFF" + len(body).to_bytes(4, "little") + body).endswith(b"LIST\4\0\0\0INFO")


@pytest.mark.parametrize(
    "before", [b"RIFF\xff\0\0\0AVI LIST", b"RIFF\xff\0\0\0RMIDLIST\2\0\0\0ab", bytes(128), bytes(4096)]
)
def test_bytes_before_the_header_stay_as_they_are_when_a_note_is_corrected(before: bytes) -> None:
    smf = read(before + NOTE)
    assert smf.origin == len(before)
    assert codes(smf) == {"leading-bytes"}
    assert with_other_pitch(before + NOTE) == before + with_other_pitch(NOTE)


def test_a_header_more_than_4_kib_into_a_file_is_not_looked_for() -> None:
    with pytest.raises(NotMidi):
        read(bytes(4097) + NOTE)


def test_chunks_between_and_behind_the_tracks_stay_where_they_are() -> None:
    other, junk = chunk("01 02 03", b"XFIH"), b"\xff\xfe\xfd"
    note = chunk(events((0, "90 3c 64"), (10, "80 3c 40")))
    data = header(2) + other + note + junk + note + other + b"rest"
    assert [track.start for track in read(data).tracks] == [
        14 + len(other) + 8,
        len(data) - 4 - len(other) - len(note) + 8,
    ]
    assert with_other_pitch(data) == data.replace(b"\x3c", b"\x3d", 2)


def test_a_track_beyond_the_headers_count_is_a_track_all_the_same() -> None:
    data = header(1) + chunk(END) + chunk(events((0, "90 3c 64"), (10, "80 3c 40")))
    assert Song(read(data)).parts() == {(1, 0): 1}


def test_format_2_plays_the_one_track_that_was_chosen() -> None:
    data = midi(events((0, "90 3c 64"), (5, "80 3c 40")), events((0, "91 3c 64"), (7, "81 3c 40")), format=2)
    assert Song(read(data)).parts() == {(0, 0): 1}
    assert Song(read(data), only=1).parts() == {(1, 1): 1}
    assert Song(read(data), only=1).end == 7


@pytest.mark.parametrize("length", [1, 100, 0xFFFFFFFF - 20])
def test_a_track_that_the_file_cuts_off_stays_cut_off_when_a_note_is_corrected(length: int) -> None:
    body = bytes.fromhex("00 90 3c 64  0a 80 3c 40  05 90")
    data = header() + b"MTrk" + (len(body) + length).to_bytes(4) + body
    assert with_other_pitch(data) == data.replace(b"\x3c", b"\x3d")
    assert codes(read(grown(data))) == codes(read(data))
