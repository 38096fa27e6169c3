"""Bad input to every command: one clear line on stderr, the right exit code, nothing on stdout, nothing left behind."""

import os
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.faces.person import SONG, command, corrected, environment, is_one_line, midi_bridge, python, spawned

SONGS = ("info", "play --fast", "diff")
SESSIONS = ("log", "undo", "export -o out.mid")
EVERY = (*SONGS, *SESSIONS)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2 << 30)


def _database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")


def _newer(path: Path) -> None:
    corrected(path.parent).rename(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version=99")


def _damaged(path: Path) -> None:
    made = corrected(path.parent)
    path.write_bytes(made.read_bytes()[: 3 * 4096] + b"\xa5" * 9_000)
    made.unlink()


def _socket(path: Path) -> None:
    os.mknod(path, 0o140600)


# What it is, how it comes to be, the exit code of a command for songs, and of one for sessions.
BAD: dict[str, tuple[Callable[[Path], object], int, int]] = {
    "missing": (lambda path: None, 2, 2),
    "empty": (Path.touch, 2, 1),
    "a folder": (Path.mkdir, 2, 2),
    "noise": (lambda path: path.write_bytes(bytes(range(7, 250)) * 17), 2, 1),
    "text": (lambda path: path.write_text("Dear player, this is a letter.\n"), 2, 1),
    "two gigabytes of nothing": (_sparse, 2, 1),
    "a pipe": (os.mkfifo, 2, 2),
    "a socket": (_socket, 2, 2),
    "a device": (lambda path: path.symlink_to("/dev/zero"), 2, 2),
    "a link to itself": (lambda path: path.symlink_to(path.name), 2, 2),
    "a sound file": (lambda path: path.write_bytes(b"RIFF\x24\0\0\0WAVEfmt " + bytes(28)), 2, 1),
    "another program's database": (_database, 2, 1),
    "a session of a newer program": (_newer, 2, 1),
    "a damaged session": (_damaged, 2, 1),
    "half a header": (lambda path: path.write_bytes(b"MTh"), 2, 1),
}


@pytest.mark.parametrize("command", EVERY)
@pytest.mark.parametrize("kind", BAD)
def test_every_command_says_in_one_line_what_is_wrong_with_a_file(
    kind: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bad = tmp_path / "bad\nname.mid"
    try:
        BAD[kind][0](bad)
    except PermissionError:
        pytest.skip(f"only root can make {kind} here")
    before = sorted(tmp_path.iterdir())
    words = [*command.split(), bad, *([bad] if command == "diff" else [])]
    ran = midi_bridge(*words)
    wants_session = command in SESSIONS or (command == "info" and _is_database(bad))
    assert ran.code == BAD[kind][2 if wants_session else 1]
    lines = ran.err.splitlines(keepends=True)
    assert len(lines) == (2 if command == "diff" else 1)
    assert all(is_one_line(line) and "bad\\nname.mid" in line for line in lines)
    assert not ran.out
    assert sorted(tmp_path.iterdir()) == before


def _is_database(path: Path) -> bool:
    return path.is_file() and path.stat().st_size < 1 << 20 and path.read_bytes().startswith(b"SQLite")


@pytest.mark.parametrize("command", EVERY)
def test_a_command_in_its_own_process_ends_without_a_traceback(command: str, tmp_path: Path) -> None:
    noise = tmp_path / "noise"
    noise.write_bytes(bytes(range(7, 250)) * 17)
    ran = spawned(*command.split(), noise, *([noise] if command == "diff" else []))
    assert ran.code == (1 if command in SESSIONS else 2)
    assert all(is_one_line(line) for line in ran.err.splitlines(keepends=True))
    assert not ran.out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize(("stream", "code"), [("stdout", 1), ("stderr", 2)])
def test_a_full_stream_ends_without_a_traceback(stream: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "song.mid").write_bytes(SONG)
    name = "song.mid" if stream == "stdout" else "missing.mid"
    redirection = {"stdout": ">", "stderr": "2>"}[stream]
    words = ["sh", "-c", f'exec "$@" {redirection}/dev/full', "sh", *command("info", tmp_path / name)]
    child = subprocess.run(words, env=environment(), capture_output=True, text=True, timeout=60, check=False)
    assert (child.returncode, child.stdout) == (code, "")
    assert stream == "stderr" or is_one_line(child.stderr)


_WITHOUT_RIGHTS = """
import contextlib, difflib, io, os, shutil, sys, tempfile
from bridge.faces.cli import run

song = sys.argv[1]
home = tempfile.mkdtemp()
os.chmod(home, 0o777)
os.chdir(home)
secret, closed = os.path.join(home, "secret"), os.path.join(home, "closed")
os.mkdir(closed)
inside = os.path.join(closed, "inside")
for path in (secret, inside):
    with open(path, "wb") as file:
        file.write(b"MThd")
    os.chmod(path, 0)
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    # Whatever is imported late must be there before the rights are given up.
    run(["play", song, "--fast", "--session", closed + "/warm.bridge"])
    run(["demo", "--fast", "--out", closed + "/warm"])
    run(["diff", song, song])
os.chmod(closed, 0)


def tried():
    for path in (secret, inside):
        for words in (["info"], ["play", "--fast"], ["log"], ["undo"], ["export", "-o", "out.mid"], ["diff", path]):
            yield run([*words, path])
    yield run(["demo", "--fast", "--out", closed + "/demo"])
    yield run(["play", "--fast", song, "--session", closed + "/song.bridge"])


try:
    if child := os.fork() if os.geteuid() == 0 else 0:
        os.waitpid(child, 0)
    elif os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        print(*tried(), flush=True)
        os._exit(0)
    else:
        print(*tried())
finally:
    if os.geteuid() == os.stat(home).st_uid:
        os.chmod(closed, 0o700)
        shutil.rmtree(home)
"""


def test_what_may_not_be_read_is_said_so(tmp_path: Path, corpus: Path) -> None:
    song = next((corpus / "ai").glob("jam*.mid"))
    ran = python(_WITHOUT_RIGHTS, song)
    assert "Traceback" not in ran.err
    codes = [int(code) for code in ran.out.split()]
    assert codes == [2] * 12 + [1, 1]
    assert len(ran.err.splitlines()) == 16  # diff has two files
    assert all(is_one_line(line) for line in ran.err.splitlines(keepends=True))


@pytest.mark.parametrize("words", [*EVERY, "attach", "route", "session copy x", "play", "doctor"])
def test_in_a_folder_that_was_removed_a_file_is_refused_in_one_line(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    ran = midi_bridge(*words.split(), "song.mid", *(["song.mid"] if words == "diff" else []))
    assert (ran.code, ran.out) == (2, "")
    assert is_one_line(ran.err)
    assert ran.err.endswith(": the folder that you are in was removed; go to another one\n")


@pytest.mark.parametrize("command", ["info"])
def test_of_several_files_all_are_tried_and_the_worst_code_wins(command: str, tmp_path: Path) -> None:
    good, noise, old = tmp_path / "good.mid", tmp_path / "noise.mid", tmp_path / "old.bridge"
    good.write_bytes(SONG)
    noise.write_bytes(b"\x01\x02" * 99)
    _database(old)
    ran = midi_bridge(command, old, noise, good)
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 2
    assert "good.mid" in ran.out
    assert midi_bridge(command, old, good).code == 1


def test_findings_and_differences_are_answers_and_no_faults(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.mid", tmp_path / "cut.mid"
    whole.write_bytes(SONG)
    cut.write_bytes(SONG[:-30])
    assert (midi_bridge("info", cut).code, midi_bridge("diff", whole, cut).code) == (0, 0)


HARM = (
    "UPDATE source SET name = ''",
    "UPDATE source SET name = '../../x'",
    "UPDATE source SET name = '..'",
    "UPDATE source SET name = 'a' || char(0) || 'b'",
    "UPDATE source SET data = x'00', sha256 = '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'",
    "DELETE FROM source",
    "DELETE FROM run",
    "INSERT INTO meta VALUES ('track', 'two')",
    "INSERT INTO meta VALUES ('track', '9')",
    "INSERT INTO meta VALUES ('track', '-3')",
    "INSERT INTO meta VALUES ('source_label', char(27) || '[2J<script>')",
    "INSERT OR REPLACE INTO routing VALUES (1, 0, 'module', 99)",
    "INSERT OR REPLACE INTO routing VALUES (1, 0, 'module', -1)",
    "INSERT OR REPLACE INTO routing VALUES (-7, 88, 'nowhere', 3)",
    "UPDATE correction SET live = 7, bar = -4, label = char(10)",
    "UPDATE correction SET n = -n",
    "UPDATE correction SET n = n + 4000000000000",
    "UPDATE correction SET tool = '', author = ''",
    "DELETE FROM correction",
    "DELETE FROM edit",
    "UPDATE edit SET origin = 99",
    "UPDATE edit SET number = -1",
    "UPDATE edit SET number = number + 1",
    "UPDATE edit SET number = 4611686018427387904",
    "UPDATE edit SET before = NULL",
    "UPDATE edit SET after = NULL",
    "UPDATE edit SET after = before",
    "UPDATE edit SET after = 'null'",
    "UPDATE edit SET after = '[]'",
    "UPDATE edit SET after = json_set(after, '$.pitch', 128)",
    "UPDATE edit SET after = json_set(after, '$.pitch', 1.5)",
    "UPDATE edit SET after = json_set(after, '$.velocity', 0)",
    "UPDATE edit SET after = json_set(after, '$.track', 0)",
    "UPDATE edit SET after = json_set(after, '$.channel', 9)",
    "UPDATE edit SET after = json_set(after, '$.tick', 4611686018427387904)",
    "UPDATE edit SET after = json_set(after, '$.length', 4611686018427387904)",
    "UPDATE edit SET after = json_set(after, '$.off', json('[1, 0]'))",
    "UPDATE edit SET after = json_set(after, '$.off', json('[[], 0]'))",
    "DROP TABLE meta",
    "ALTER TABLE edit RENAME COLUMN after TO later",
)


@pytest.mark.parametrize("harm", HARM)
def test_a_session_that_somebody_meddled_with_is_opened_or_refused_in_one_line(
    harm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    session = corrected(tmp_path)
    with closing(sqlite3.connect(session)) as connection:
        connection.execute("PRAGMA ignore_check_constraints=ON")
        connection.execute(harm)
        connection.commit()
    bytes_before = session.read_bytes()
    for number, words in enumerate(
        (["log"], ["log", "--json"], ["info"], ["export", "-o", f"{tmp_path}/out.mid", "--report", f"{tmp_path}/r"])
    ):
        ran = midi_bridge(*words, session)
        assert ran.code in (0, 1), (words, ran)
        assert ran.code == 0 or is_one_line(ran.err), ran
        assert number or ran.code == 0 or session.read_bytes() == bytes_before
    assert midi_bridge("undo", session).code in (0, 1, 2)
    assert midi_bridge("play", tmp_path / "song.mid", "--fast").code in (0, 1)


def test_a_session_with_flipped_bytes_never_ends_in_a_traceback(tmp_path: Path) -> None:
    whole = corrected(tmp_path).read_bytes()
    session = tmp_path / "flipped.bridge"
    codes = set()
    for place in range(0, len(whole), max(1, len(whole) // 150)):
        session.write_bytes(whole[:place] + bytes((whole[place] ^ 0xFF,)) + whole[place + 1 :])
        for words in (["log", "--json"], ["undo"], ["info"]):
            ran = midi_bridge(*words, session)
            assert ran.code in (0, 1, 2), (place, words)
            assert ran.code == 0 or is_one_line(ran.err), (place, words, ran)
            codes.add(ran.code)
    assert codes >= {0, 1}


@pytest.mark.parametrize(
    "words",
    [
        ["nothing"],
        ["play"],
        ["play", "a.mid", "b.mid"],
        ["play", "a.mid", "--tool", "hammer"],
        ["play", "a.mid", "--track", "one"],
        ["export", "a.bridge"],
        ["demo", "--what"],
        ["diff", "a.mid"],
        ["undo"],
    ],
)
def test_a_command_line_that_is_wrong_is_answered_in_one_line(words: list[str]) -> None:
    ran = midi_bridge(*words)
    assert (ran.code, ran.out) == (2, "")
    assert is_one_line(ran.err)
    assert "--help" in ran.err
