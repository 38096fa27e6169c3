"""`doctor` says what is right and wrong, to people and programs, and ends with 1 if something must be mended."""

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.app.doctor import Examined, World
from bridge.session.journal import Journal
from tests.app.test_doctor import HEALTHY
from tests.faces.person import SONG, corrected, midi_bridge


@pytest.fixture(name="computer")
def _computer(monkeypatch: pytest.MonkeyPatch) -> list[World]:
    """The computer that is looked at; the files are those that are named."""
    worlds = [HEALTHY]

    def look(found: object, files: list[Examined], folders: list[Path]) -> World:
        return replace(worlds[0], files=tuple(files), free={str(folder): 1 << 40 for folder in folders})

    monkeypatch.setattr("bridge.faces.doctor.look", look)
    return worlds


def test_a_healthy_computer_is_told_so_line_by_line(computer: list[World]) -> None:
    ran = midi_bridge("doctor")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[0] == "OK       python     3.12.0"
    assert all(line.startswith("OK  ") for line in ran.out.splitlines())


def test_a_warning_is_shown_with_its_mend_and_is_no_fault(computer: list[World]) -> None:
    computer[0] = replace(HEALTHY, rt_priority=0)
    ran = midi_bridge("doctor")
    assert ran.code == 0
    lines = ran.out.splitlines()
    at = lines.index("warning  real time  not allowed: a busy computer makes notes late")
    assert lines[at + 2 : at + 4] == [
        "                    → ana - rtprio 80",
        "                    → ana - memlock unlimited",
    ]


def test_an_error_ends_with_1(computer: list[World]) -> None:
    computer[0] = replace(HEALTHY, sequencer="missing")
    ran = midi_bridge("doctor")
    assert ran.code == 1
    assert "error    sequencer  there is no /dev/snd/seq, so no USB device can be reached\n" in ran.out


def test_programs_get_the_same_as_json(computer: list[World]) -> None:
    computer[0] = replace(HEALTHY, has_driver=False)
    ran = midi_bridge("doctor", "--json")
    assert ran.code == 1
    assert json.loads(ran.out)[0] == {
        "check": "python",
        "level": "error",
        "found": "3.12.0, but the MIDI driver is not installed",
        "mend": ["install the package python-rtmidi"],
    }


def of_file(*paths: object) -> tuple[int, list[str]]:
    ran = midi_bridge("doctor", "--json", *paths)
    assert ran.err == ""
    return ran.code, [f"{one['level']}: {one['found']}" for one in json.loads(ran.out) if one["check"] == "file"]


def test_a_song_and_its_session_are_looked_at(computer: list[World], tmp_path: Path) -> None:
    session = corrected(tmp_path)
    assert of_file(tmp_path / "song.mid", session) == (
        0,
        [f"OK: '{tmp_path}/song.mid' can be played", f"OK: '{session}' is whole and free, and its song is beside it"],
    )


def test_a_session_whose_song_changed_or_went_is_told(computer: list[World], tmp_path: Path) -> None:
    session = corrected(tmp_path)
    (tmp_path / "song.mid").write_bytes(SONG + b"\0")
    assert of_file(session) == (0, [f"warning: '{session}' is whole, but the song beside it has changed since"])
    (tmp_path / "song.mid").unlink()
    assert of_file(session) == (0, [f"warning: '{session}' is whole, but its song is not beside it"])


def test_a_session_that_another_program_plays_is_told_and_left_alone(computer: list[World], tmp_path: Path) -> None:
    session = corrected(tmp_path)
    with Journal.open(session, "playing", 0, 0) as journal:
        assert of_file(session) == (0, [f"warning: '{session}' is open in another program"])
        journal.put("still", "writing")
        journal.wait(journal.commit())


def test_what_cannot_be_read_is_an_error_with_a_mend_each(computer: list[World], tmp_path: Path) -> None:
    damaged, noise, other = tmp_path / "damaged.bridge", tmp_path / "noise", tmp_path / "other.bridge"
    damaged.write_bytes(corrected(tmp_path).read_bytes()[: 3 * 4096] + b"\xa5" * 9_000)
    noise.write_bytes(b"\x01\x02" * 99)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    code, found = of_file(damaged, noise, other, tmp_path / "missing", tmp_path)
    assert code == 1
    assert len(found) == 5
    assert all(one.startswith("error: ") for one in found)
    assert "is damaged and cannot be read" in found[0]
    assert "there is no such file" in found[3]


def test_what_is_no_file_is_not_waited_for(computer: list[World], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    code, found = of_file(tmp_path / "pipe", "/dev/zero", tmp_path / "loop", "a" * 300)
    assert code == 1
    assert [one.partition(": ")[0] for one in found] == ["error"] * 4


def test_the_room_beside_a_session_is_looked_at(computer: list[World], tmp_path: Path) -> None:
    found = json.loads(midi_bridge("doctor", "--json", corrected(tmp_path)).out)
    assert [one["found"] for one in found if one["check"] == "space"] == [f"1,048,576 MiB free in '{tmp_path}'"]


def test_this_very_computer_is_examined_without_a_fault_of_ours() -> None:
    ran = midi_bridge("doctor")
    assert ran.code in (0, 1)
    assert ran.err == ""
    assert {line.split()[0] for line in ran.out.splitlines()} <= {"OK", "warning", "error", "→"}
