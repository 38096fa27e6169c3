"""What `midi-bridge info` tells about a file or session."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import mido
import pytest

from bridge.core.clock import ManualClock
from bridge.faces.cli import run
from bridge.session.journal import Journal
from bridge.session.session import Source

SONG = "jam__20221206_153823.mid"
FIELDS = {"file", "sha256", "format", "division", "tracks", "notes", "findings"}


@pytest.fixture
def song(corpus: Path, tmp_path: Path) -> Path:
    """The demo's song in a folder of its own."""
    return Path(shutil.copy(corpus / "ai" / SONG, tmp_path))


@pytest.fixture
def session(song: Path) -> Path:
    """A session of that song, beside it."""
    path = song.with_suffix(".bridge")
    clock = ManualClock()
    Journal.create(path, Source.of(song.name, song.read_bytes()), "run", clock.wall_ns(), clock.now_ns()).close()
    return path


def info_json(capsys: pytest.CaptureFixture[str], *paths: Path) -> list[dict[str, Any]]:
    assert run(["info", "--json", *map(str, paths)]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_a_song_is_told_with_its_tracks_channels_and_notes(song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = info_json(capsys, song)
    assert found.keys() == FIELDS
    assert found["tracks"][1:] == [
        {"name": "Drums", "channels": [10], "notes": 89},
        {"name": "Electric Piano 2", "channels": [2], "notes": 192},
        {"name": "Electric Bass (pick)", "channels": [3], "notes": 41},
        {"name": "Lead 2 (sawtooth)", "channels": [4], "notes": 17},
    ]
    assert (found["file"], found["format"], found["division"], found["notes"]) == (str(song), 1, 384, 339)
    assert found["sha256"] == hashlib.sha256(song.read_bytes()).hexdigest()
    assert found["findings"] == []


def test_a_faulty_file_is_an_answer_with_findings(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = info_json(capsys, corpus / "smf" / "syn__truncated-mid-event.mid")
    assert {"chunk-cut", "event-cut"} <= {finding["code"] for finding in found["findings"]}
    assert all(finding.keys() == {"code", "offset", "text"} for finding in found["findings"])


def test_mido_counts_the_same_notes_in_every_ai_file(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = sorted((corpus / "ai").glob("*.mid"))
    counted = [
        sum(
            message.type == "note_on" and message.velocity > 0
            for track in mido.MidiFile(path).tracks
            for message in track
        )
        for path in paths
    ]
    assert [found["notes"] for found in info_json(capsys, *paths)] == counted


def test_every_file_of_the_corpus_is_told_or_refused_in_a_line(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = sorted(path for path in (corpus / "smf").iterdir() if path.suffix in (".mid", ".midi2"))
    assert run(["info", *map(str, paths)]) == 2
    refused = capsys.readouterr().err.splitlines()
    assert len(refused) == 11
    assert all(" is no MIDI file: " in line for line in refused)


def test_the_tracks_of_a_format_2_file_are_all_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    song = tmp_path / "two.mid"
    tracks = [b"\0\x90\x3c\x40\x30\x3c\0\0\xff\x2f\0", b"\0\x91\x3e\x40\0\x41\x40\0\xff\x2f\0"]
    chunks = b"".join(b"MTrk" + len(track).to_bytes(4) + track for track in tracks)
    song.write_bytes(b"MThd\0\0\0\6\0\2\0\2\0\x60" + chunks)
    (found,) = info_json(capsys, song)
    assert [(track["channels"], track["notes"]) for track in found["tracks"]] == [([1], 1), ([2], 2)]
    assert [finding["code"] for finding in found["findings"]] == ["unended-note", "unended-note"]
    run(["info", str(song)])
    assert "each track is a song of its own; the first is played" in capsys.readouterr().out


def test_a_musician_reads_length_bars_tempo_and_ranges(song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["info", str(song)]) == 0
    told = capsys.readouterr().out
    assert "0:16.0 long, 8 bars, tempo 120, meter 4/4" in told
    assert "Electric Bass (pick)  3             41  E1 to D2" in told
    assert "nothing is wrong with it" in told


def test_a_song_without_a_beat_says_so(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["info", str(corpus / "smf" / "syn__smpte-25-40.mid")])
    told = capsys.readouterr().out
    assert "no beat was found" in told
    assert "bar," not in told


def test_system_exclusive_is_counted_in_whole_messages(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["info", str(corpus / "smf" / "midly__SysExTest.mid")])
    assert "system exclusive message" in capsys.readouterr().out


def test_findings_of_one_kind_are_told_once_with_their_number(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["info", str(corpus / "smf" / "midly__SysExTest.mid")])
    assert "no-end-of-track: The track has no end-of-track mark. (2 times, first at byte 55)" in capsys.readouterr().out


def test_a_session_tells_its_song_and_whether_the_file_is_still_the_same(
    session: Path, song: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (found,) = info_json(capsys, session)
    own = hashlib.sha256(song.read_bytes()).hexdigest()
    assert (found["source_sha256"], found["disk_sha256"], found["notes"]) == (own, own, 339)
    assert found["sha256"] == hashlib.sha256(session.read_bytes()).hexdigest()
    song.write_bytes(b"something else")
    (found,) = info_json(capsys, session)
    assert (found["source_sha256"], found["disk_sha256"]) == (own, hashlib.sha256(b"something else").hexdigest())
    song.unlink()
    assert info_json(capsys, session)[0]["disk_sha256"] is None


def test_a_changed_song_file_is_told_to_the_person_too(
    session: Path, song: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    song.write_bytes(b"something else")
    run(["info", str(session)])
    assert "the song's file has changed since; the session goes by its own copy" in capsys.readouterr().out


def test_a_database_of_another_program_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.bridge"
    other.write_bytes(b"SQLite format 3\0" + bytes(84))
    assert run(["info", str(other)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_track_name_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = b"\x1b]0;x\x07\n"
    body = b"\0\xff\x03" + bytes((len(name),)) + name + b"\0\xff\x2f\0"
    song = tmp_path / "song.mid"
    song.write_bytes(b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk" + len(body).to_bytes(4) + body)
    run(["info", str(song)])
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert r"\x1b]0;x\x07\n" in told
