"""What the command line promises: quick to answer, one line for a fault, the right exit code."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import click
import pytest

from bridge import __version__
from bridge.errors import BadFile, BridgeError, DiskError
from bridge.faces import cli
from bridge.faces.cli import COMMANDS, Entry, run
from bridge.session.stored import load
from tests.faces.person import command, environment, is_one_line, midi_bridge

HEAVY = ("mido", "rtmidi", "serial", "pydantic", "textual", "asyncio", "sqlite3", "bridge.core.song")
FAILING = "failing"


def imported_by(*arguments: str) -> set[str]:
    """The modules that are there when a command line has been answered, in a process of its own."""
    code = (
        "import sys\nfrom bridge.faces.cli import main\nsys.argv = ['midi-bridge', *sys.argv[1:]]\n"
        "try:\n    main()\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Puts a command into the table that fails as it is told to."""

    def prepare(fault: BaseException) -> None:
        @click.command()
        def fail() -> None:
            raise fault

        monkeypatch.setattr(sys.modules[__name__], "command", fail, raising=False)
        monkeypatch.setitem(COMMANDS, FAILING, Entry(f"{__name__}:command", "Fails."))

    return prepare


@pytest.mark.parametrize("question", ["--version", "--help"])
def test_a_question_about_the_program_loads_nothing_heavy_and_no_command(question: str) -> None:
    found = imported_by(question)
    assert "click" in found
    assert not found & set(HEAVY)
    assert not found & {entry.place.split(":")[0] for entry in COMMANDS.values()}


def test_the_version_is_told_with_the_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"midi-bridge {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_the_help_lists_every_command_with_its_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert all(f"{name} {entry.help}" in told for name, entry in COMMANDS.items())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_is_there_and_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    module, attribute = COMMANDS[name].place.split(":")
    assert isinstance(getattr(import_module(module), attribute), click.Command)
    assert run([name, "--help"]) == 0
    assert f"midi-bridge {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["nope"], "no such command 'nope'; see midi-bridge --help"),
        (["info"], "missing argument 'FILE|SESSION...'; see midi-bridge info --help"),
        (["info", "--nope"], "no such option '--nope'; see midi-bridge info --help"),
        (["diff", "a.mid"], "missing argument 'B.mid'; see midi-bridge diff --help"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_the_callers_fault(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.replace("no such option: --nope", "no such option '--nope'")) == (
        "",
        f"midi-bridge: {line}\n",
    )


@pytest.mark.parametrize("fault", [BadFile("'x' is gone; check the name"), DiskError("the disk is full")])
def test_a_fault_is_one_line_with_the_exit_code_of_its_family(
    fault: BridgeError, failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    failing(fault)
    assert run([FAILING]) == fault.exit_code
    assert capsys.readouterr().err == f"midi-bridge: {fault}\n"


def test_a_full_disk_behind_a_command_is_not_called_an_answer_that_was_not_written(
    failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    failing(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert run([FAILING]) == 1
    assert capsys.readouterr().err == "midi-bridge: something could not be written: no space left on device\n"


def test_a_name_with_a_line_break_in_it_cannot_make_a_second_line(
    failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    failing(BadFile("'a\nb\x1b[31m' is gone"))
    run([FAILING])
    assert capsys.readouterr().err == "midi-bridge: 'a\\nb\\x1b[31m' is gone\n"


def test_ctrl_c_ends_a_command_as_shells_expect(failing: Callable[[BaseException], None]) -> None:
    failing(KeyboardInterrupt())
    assert run([FAILING]) == 130


def test_a_reader_that_goes_away_is_no_fault_to_talk_about(corpus: Path) -> None:
    song = str(corpus / "ai" / "jam__20221206_153823.mid")
    command = [sys.executable, "-m", "bridge", "info", *[song] * 400]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", ["info SONG", "--version", "--help", "play --help"])
def test_an_answer_that_finds_no_room_is_the_worlds_fault(words: str, song: Path) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            command(*words.replace("SONG", str(song)).split()), stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 1
    what = b"the answer" if words.startswith("info") else b"something"
    assert done.stderr == b"midi-bridge: " + what + b" could not be written: no space left on device\n"


@pytest.mark.skipif(os.name != "posix", reason="this system has no such shell")
@pytest.mark.parametrize("closed", ["<&- >&-", "<&- 2>&-", "<&- >&- 2>&-"])
def test_who_has_neither_keyboard_nor_screen_is_played_the_song_all_the_same(closed: str, song: Path) -> None:
    words = command("play", song)
    ran = subprocess.run(["sh", "-c", f'exec "$0" "$@" {closed}', *words], env=environment(), timeout=60, check=False)
    assert ran.returncode == 0
    assert load(song.with_suffix(".bridge")).runs


def test_a_terminal_without_a_dash_still_gets_its_answer(corpus: Path) -> None:
    song = str(corpus / "ai" / "jam__20221206_153823.mid")
    done = subprocess.run(
        [sys.executable, "-m", "bridge", "info", song],
        env=os.environ | {"PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=True,
    )
    assert rb"\u2013" in done.stdout


def test_the_console_script_answers_with_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["midi-bridge", "nope"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2


def test_a_sandbox_without_a_null_device_is_no_hindrance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "devnull", str(tmp_path / "null"))
    monkeypatch.setattr(sys, "argv", ["midi-bridge", "--version"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0


@pytest.mark.usefixtures("homeless")
@pytest.mark.parametrize("words", ["ports", "doctor", "profiles list", "rig show", "play --fast SONG"])
def test_who_has_no_home_is_served_like_anybody(words: str, song: Path) -> None:
    ran = midi_bridge(*words.replace("SONG", str(song)).split())
    assert ran.code == 0 or (words == "doctor" and ran.out), ran  # a doctor may find fault


@pytest.mark.usefixtures("homeless")
def test_who_has_no_home_cannot_make_a_rig_there_and_is_told_what_to_do() -> None:
    ran = midi_bridge("rig", "init", "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert is_one_line(ran.err)
    assert "set HOME, or give a path that ends in .toml" in ran.err
