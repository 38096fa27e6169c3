"""Other programs read what this one reads, and find in a corrected file exactly the corrected notes."""

from pathlib import Path
from random import Random

import pytest

from bridge.core.edit import Id
from bridge.core.smf import read, write
from bridge.core.song import Song
from tests.core.strategies import WHATS, Hand, done, notes_of
from tests.core.test_smf import MIDI
from tests.core.witnesses import (
    MIDICSV,
    MIDO_ERRORS,
    midicsv_part,
    midicsv_rows,
    mido_rows,
    own_rows,
    paired,
)

MIDO_REFUSES = {
    "jazz__test-corrupt-file-missing-byte.mid": "the file is cut inside an event",
    "jazz__test-illegal-message-all.mid": "undefined status bytes",
    "jazz__test-illegal-message-f5.mid": "an undefined status byte",
    "jazz__test-illegal-message-f9.mid": "an undefined status byte",
    "jazz__test-illegal-message-fd.mid": "an undefined status byte",
    "syn__data-byte-over-127.mid": "a data byte over 127",
    "syn__header-says-5-tracks-has-2.mid": "tracks are missing",
    "syn__keysig-out-of-range.mid": "a key of nine sharps",
    "syn__riff-rmid-wrapped.mid": "a RIFF container",
    "syn__status-f4-undefined.mid": "an undefined status byte",
    "syn__truncated-mid-event.mid": "the file is cut inside an event",
    "syn__unknown-chunk-between-tracks.mid": "a chunk that is no track",
}
MIDO_DIFFERS = {
    "syn__header-says-1-track-has-3.mid": "it drops the tracks beyond the header's count",
    "syn__running-status-across-sysex.mid": "it takes a note in running status for SysEx data",
    "syn__tempo-meta-4-bytes.mid": "it drops the fourth byte of a tempo",
}
MIDICSV_REFUSES = {
    "syn__header-length-10.mid": "it knows no header longer than 6 bytes",
    "syn__header-says-5-tracks-has-2.mid": "it writes without end where tracks are missing",
    "syn__riff-rmid-wrapped.mid": "a RIFF container",
    "syn__unknown-chunk-between-tracks.mid": "a chunk that is no track",
}
MIDICSV_DIFFERS = {
    "jazz__test-corrupt-file-missing-byte.mid": "it reads on behind the end of the file",
    "jazz__test-illegal-message-all.mid": "it takes the data of a system message for time",
    "jazz__test-illegal-message-f1-xx.mid": "it takes the data of a system message for time",
    "jazz__test-illegal-message-f2-xx-xx.mid": "it takes the data of a system message for time",
    "midly__SysExTest.mid": "it reads the packets of a split SysEx as notes",
    "syn__data-byte-over-127.mid": "it leaves data bytes over 127",
    "syn__events-after-eot.mid": "it stops at the first end of track",
    "syn__header-says-1-track-has-3.mid": "it drops the tracks beyond the header's count",
    "syn__tempo-meta-4-bytes.mid": "it drops the fourth byte of a tempo",
    "syn__truncated-mid-event.mid": "it reads on behind the end of the file",
}
BY_NAME = {path.name: path for path in MIDI}
MIDO_AGREES = sorted(BY_NAME.keys() - MIDO_REFUSES.keys() - MIDO_DIFFERS.keys())
MIDICSV_AGREES = sorted(BY_NAME.keys() - MIDICSV_REFUSES.keys() - MIDICSV_DIFFERS.keys())

needs_midicsv = pytest.mark.skipif(MIDICSV is None, reason="midicsv is not installed (Debian: apt install midicsv)")


def test_every_exception_names_a_file_of_the_corpus() -> None:
    assert MIDO_REFUSES.keys() | MIDO_DIFFERS.keys() | MIDICSV_REFUSES.keys() | MIDICSV_DIFFERS.keys() <= BY_NAME.keys()


@pytest.mark.parametrize("name", MIDO_AGREES)
def test_mido_agrees_on_every_event_and_tick(name: str) -> None:
    data = BY_NAME[name].read_bytes()
    assert own_rows(data) == mido_rows(data)


@pytest.mark.parametrize("name", MIDO_REFUSES)
def test_mido_refuses_a_file_that_is_read_here(name: str) -> None:
    data = BY_NAME[name].read_bytes()
    with pytest.raises(MIDO_ERRORS):
        mido_rows(data)
    assert any(own_rows(data))


@pytest.mark.parametrize("name", MIDO_DIFFERS)
def test_mido_reads_a_file_otherwise(name: str) -> None:
    data = BY_NAME[name].read_bytes()
    assert own_rows(data) != mido_rows(data)


@needs_midicsv
@pytest.mark.parametrize("name", MIDICSV_AGREES)
def test_midicsv_agrees_on_every_channel_event_and_tempo(name: str) -> None:
    path = BY_NAME[name]
    assert [midicsv_part(rows) for rows in own_rows(path.read_bytes())] == midicsv_rows(path)


@needs_midicsv
@pytest.mark.parametrize("name", MIDICSV_REFUSES)
def test_midicsv_refuses_a_file_that_is_read_here(name: str) -> None:
    with pytest.raises(OSError, match=r"midicsv|header|Standard MIDI"):
        midicsv_rows(BY_NAME[name])


@needs_midicsv
@pytest.mark.parametrize("name", MIDICSV_DIFFERS)
def test_midicsv_reads_a_file_otherwise(name: str) -> None:
    path = BY_NAME[name]
    assert [midicsv_part(rows) for rows in own_rows(path.read_bytes())] != midicsv_rows(path)


def drawn(random: Random, end: int) -> Hand:
    return Hand(random.choice(WHATS), random.randrange(1_000), random.randrange(end + 100), random.randrange(128))


def corrected_song(path: Path, corrections: int) -> Song:
    """The file with so many corrections, drawn evenly but always the same for the same file."""
    song, random = Song(read(path.read_bytes())), Random(path.name)
    for number in range(corrections):
        done(song, drawn(random, song.end).bound(song, Id(-1 - number, 0)))
    return song


@pytest.mark.parametrize("name", MIDO_AGREES)
def test_mido_finds_exactly_the_corrected_notes(name: str) -> None:
    song = corrected_song(BY_NAME[name], 12)
    exported = write(song.to_smf())
    assert own_rows(exported) == (rows := mido_rows(exported))
    assert [list(paired(track)) for track in rows] == notes_of(song)


@needs_midicsv
@pytest.mark.parametrize("name", sorted({*MIDO_AGREES} & {*MIDICSV_AGREES}))
def test_midicsv_finds_exactly_the_corrected_notes(name: str, tmp_path: Path) -> None:
    song = corrected_song(BY_NAME[name], 12)
    exported = tmp_path / "corrected.mid"
    exported.write_bytes(write(song.to_smf()))
    assert [list(paired(track)) for track in midicsv_rows(exported)] == notes_of(song)


def test_most_corrections_drawn_here_change_something() -> None:
    changed = [name for name in MIDO_AGREES if corrected_song(BY_NAME[name], 12).to_smf().bodies]
    with_notes = [name for name in MIDO_AGREES if Song(read(BY_NAME[name].read_bytes())).parts()]
    assert set(changed) >= set(with_notes)
