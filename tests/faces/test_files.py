"""What every command promises about the files it is given."""

import os
import socket
from pathlib import Path

import pytest

from bridge.errors import BadFile, NotMidi
from bridge.faces import files
from bridge.faces.cli import run

MIDI = b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\4\0\xff\x2f\0"


@pytest.fixture
def bad(tmp_path: Path) -> dict[str, Path]:
    """One of each thing that is no MIDI file."""
    found = {name: tmp_path / name for name in ("missing", "folder", "pipe", "huge", "loop", "text", "empty", "noise")}
    found["folder"].mkdir()
    os.mkfifo(found["pipe"])
    with found["huge"].open("wb") as huge:
        huge.truncate(2 << 30)  # sparse: no byte of it is on the disk
    found["loop"].symlink_to(found["loop"])
    found["text"].write_text("not a song")
    found["empty"].touch()
    found["noise"].write_bytes(bytes(range(255, 0, -1)) * 9)
    found["inside"] = found["text"] / "song.mid"
    found["long"] = tmp_path / ("n" * 300)
    return found


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("missing", "there is no such file"),
        ("folder", "it is a folder"),
        ("pipe", "it is a device or a pipe"),
        ("huge", "it is over 256 MiB"),
        ("loop", "its links lead in a circle"),
        ("inside", "part of the path is no folder"),
        ("long", "the name is too long"),
    ],
)
def test_what_cannot_be_read_as_a_file_is_refused_with_its_name_and_the_reason(
    kind: str, reason: str, bad: dict[str, Path]
) -> None:
    with pytest.raises(BadFile, match=reason) as refused:
        files.read(bad[kind])
    assert str(refused.value).startswith(f"'{bad[kind]}'")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("kind", "looks"), [("text", "text"), ("empty", "empty"), ("noise", "no kind of file known")])
def test_a_file_that_is_no_midi_is_named_with_what_it_looks_like(kind: str, looks: str, bad: dict[str, Path]) -> None:
    with pytest.raises(NotMidi, match=looks) as refused:
        files.read_midi(bad[kind])
    assert str(refused.value).startswith(f"'{bad[kind]}' is no MIDI file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    secret = tmp_path / "secret.mid"
    secret.write_bytes(MIDI)
    secret.chmod(0)
    with pytest.raises(BadFile, match="may not be read"):
        files.read(secret)


def test_a_socket_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("s")
        with pytest.raises(BadFile, match="device or a pipe"):
            files.read(Path("s"))


def test_a_name_with_a_zero_byte_is_a_bad_file_and_no_traceback() -> None:
    with pytest.raises(BadFile, match="no file can have this name"):
        files.read(Path("a\0b"))


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    song = tmp_path / "song.mid"
    song.write_bytes(MIDI)
    data, smf = files.read_midi(song)
    assert (data, len(smf.tracks)) == (MIDI, 1)


@pytest.mark.parametrize("command", [["info"], ["info", "--json"], ["diff"], ["diff", "--json"]])
def test_of_several_files_each_bad_one_is_one_line_and_the_worst_code_wins(
    command: list[str], bad: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, str(bad["text"]), str(bad["huge"])]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split("'")[1] for line in lines] == [str(bad["text"]), str(bad["huge"])]
    assert all(line.startswith("midi-bridge: ") for line in lines)
