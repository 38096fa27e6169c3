"""`rig init`, `show` and `check`: a rig is made without a question too many, never over another, and tried."""

import json
import signal
from pathlib import Path

import click
import pytest

from bridge.app.rig_scan import Sighting
from bridge.faces import rig as face
from bridge.profiles.match import Answer
from bridge.profiles.rig import RigFile, load_rig, path_of
from tests.faces.conftest import ScriptedClock
from tests.faces.person import is_one_line, midi_bridge

pytestmark = pytest.mark.usefixtures("home")

STUDIO = """
[[instruments]]
name = "Moog"
profile = "midi-bridge/twin-bass"
port = "twin:bass"
channels = [7]
latency_ms = 4.5

[[instruments]]
name = "Module"
profile = "midi-bridge/twin-module"
port = "twin:module"

[[controllers]]
name = "Hands"
port = "twin:controller"
"""
CABLE = Sighting("UM-ONE MIDI 1", "alsa:UM-ONE MIDI 1", "alsa:UM-ONE MIDI 1", Answer("unknown", (), ()))
BASS = Sighting("Twin Bass", "alsa:Twin Bass", None, Answer("device", ("midi-bridge/twin-bass",), ("it answers",)))


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    path = tmp_path / "studio.toml"
    path.write_text(STUDIO, encoding="utf-8")
    return path


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a player at a terminal types, one question after the other."""
    given: list[str] = []

    class Terminal:
        def isatty(self) -> bool:
            return True

    def prompt(question: str, **_: object) -> str:
        click.echo(question, err=True)
        return given.pop(0)

    monkeypatch.setattr(click, "prompt", prompt)
    monkeypatch.setattr("bridge.faces.rig.sys.stdin", Terminal())
    return given


def made(monkeypatch: pytest.MonkeyPatch, *seen: Sighting) -> tuple[RigFile, str]:
    """The rig that `rig init` makes of these, and what was said and asked meanwhile."""
    monkeypatch.setattr(face, "scan", lambda *_: list(seen))
    ran = midi_bridge("rig", "init")
    assert ran.code == 0, ran.err
    rig = load_rig()
    assert rig
    return rig, ran.err


def test_in_a_pipe_nothing_is_asked_and_the_file_says_what_to_fill_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face, "scan", lambda *_: [BASS, CABLE])
    ran = midi_bridge("rig", "init")
    said = "2 found, 1 of them left for you to fill in; midi-bridge rig check tries them"
    assert (ran.code, ran.out) == (0, f"{path_of()}: {said}\n")
    assert '# # profile = "maker/model"' in path_of().read_text(encoding="utf-8")
    rig = load_rig()
    assert rig
    assert [(one.name, one.profile) for one in rig.instruments] == [("Twin Bass", "midi-bridge/twin-bass")]


@pytest.mark.parametrize(
    ("typed", "instruments", "controllers"),
    [(["", "i", "3"], [(3,)], 0), (["", "x", "c"], [], 1), (["", ""], [], 0)],
)
def test_of_what_nobody_knows_the_player_is_asked_whether_it_sounds(
    monkeypatch: pytest.MonkeyPatch, answers: list[str], typed: list[str], instruments: list[object], controllers: int
) -> None:
    answers += typed
    rig, said = made(monkeypatch, CABLE)
    assert answers == []
    assert [one.channels for one in rig.instruments] == instruments
    assert len(rig.controllers) == controllers
    assert ("'x' is neither; type i or c, or nothing" in said) == ("x" in typed)


def test_only_what_no_device_tells_is_asked(monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> None:
    answers += ["", "minitaur", "2"]
    rig, said = made(monkeypatch, BASS, CABLE)
    assert answers == []
    assert [(one.profile, one.channels, one.port) for one in rig.instruments] == [
        ("midi-bridge/twin-bass", (3,), "alsa:Twin Bass"),
        ("moog/minitaur", (2,), "alsa:UM-ONE MIDI 1"),
    ]
    assert "'Twin Bass' is midi-bridge/twin-bass" in said
    assert "which channel is 'Twin Bass' set to (1 to 16, several as 1,2,10; nothing: 3)" in said
    assert "what is 'UM-ONE MIDI 1', or behind it (a profile; nothing: unknown; -: leave it out)" in said


def test_an_answer_that_is_none_is_asked_again(monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> None:
    answers += ["xyzzyx", "roland", "moog/minitaur", "x", "17", "0", "5, 1"]
    rig, said = made(monkeypatch, CABLE)
    assert answers == []
    assert rig.instruments[0].channels == (1, 5)
    assert "no profile 'xyzzyx'; midi-bridge profiles list says which there are" in said
    assert "no profile 'roland'; did you mean roland/" in said
    assert "'17' is no channel; give numbers from 1 to 16, as 1,2,10" in said


def test_what_the_player_leaves_out_is_not_in_the_rig(monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> None:
    answers += ["-"]
    assert made(monkeypatch, CABLE)[0] == RigFile()


def test_with_yes_nobody_is_asked(monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> None:
    monkeypatch.setattr(face, "scan", lambda *_: [BASS, CABLE])
    assert midi_bridge("rig", "init", "--yes").code == 0


def test_a_rig_that_is_there_is_never_replaced(studio: Path) -> None:
    ran = midi_bridge("rig", "init", "-o", studio)
    assert (ran.code, ran.err) == (2, f"midi-bridge: '{studio}' exists; edit it, or give another name with -o\n")
    assert studio.read_text(encoding="utf-8") == STUDIO


def test_a_rig_may_have_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face, "scan", lambda *_: [BASS])
    assert midi_bridge("rig", "init", "--rig", "stage").code == 0
    assert path_of("stage").exists()
    assert not path_of().exists()


def test_a_rig_of_a_name_that_is_there_is_never_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face, "scan", lambda *_: [BASS])
    assert midi_bridge("rig", "init").code == 0
    ran = midi_bridge("rig", "init")
    assert (ran.code, ran.err) == (2, f"midi-bridge: '{path_of()}' exists; edit it, or give another name with --rig\n")


@pytest.mark.parametrize("option", ["-o", "--rig"])
@pytest.mark.parametrize(
    ("place", "says"), [("nowhere/rig.toml", "its folder does not exist"), ("file/rig.toml", "part of its path is no")]
)
def test_a_rig_is_written_to_no_folder_that_is_not_there(option: str, place: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ran = midi_bridge("rig", "init", option, tmp_path / place)
    assert ran.code == 2
    assert is_one_line(ran.err)
    assert f"'{tmp_path / place}': {says}" in ran.err
    assert not (tmp_path / "nowhere").exists()


def test_without_a_rig_the_twins_are_it() -> None:
    ran = midi_bridge("rig", "show")
    assert ran.code == 0
    assert ran.out == "instrument  module  midi-bridge/twin-module  twin:module  channels 1-16\n"
    assert ran.err == (
        "midi-bridge: there is no rig yet, so the program's own twins are it; midi-bridge rig init makes one\n"
    )


def test_a_rig_is_shown_with_channels_and_latency(studio: Path) -> None:
    ran = midi_bridge("rig", "show", "--rig", studio)
    assert [line.split() for line in ran.out.splitlines()] == [
        ["instrument", "Moog", "midi-bridge/twin-bass", "twin:bass", "channel", "7", "4.5", "ms"],
        ["instrument", "Module", "midi-bridge/twin-module", "twin:module", "channels", "1-16"],
        ["controller", "Hands", "?", "twin:controller"],
    ]
    assert ran.err == f"midi-bridge: the rig of '{studio}'\n"
    data = json.loads(midi_bridge("rig", "show", "--rig", studio, "--json").out)
    assert data[0] == {
        "kind": "instrument",
        "name": "Moog",
        "profile": "midi-bridge/twin-bass",
        "port": "twin:bass",
        "confirmed": False,
        "channels": [7],
        "latency_ms": 4.5,
    }
    assert [one["kind"] for one in data] == ["instrument", "instrument", "controller"]


def test_a_rig_is_tried_and_all_of_it_is_there(studio: Path, scripted: ScriptedClock) -> None:
    scripted.acts = [lambda: None] * 99
    ran = midi_bridge("rig", "check", "--rig", studio)
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "found    Moog: C4 on channel 7 of 'twin:bass'",
        "found    Module: C4 on channel 1 of 'twin:module'",
        "found    Hands: twin:controller",
    ]


def test_what_is_missing_is_said_and_the_exit_code_tells(studio: Path, scripted: ScriptedClock) -> None:
    studio.write_text(STUDIO.replace("twin:bass", "twin:organ").replace("twin:module", "twin:d"), encoding="utf-8")
    ran = midi_bridge("rig", "check", "--rig", studio)
    assert ran.code == 1
    assert ran.out.splitlines() == [
        "missing  Moog: no port 'organ'",
        "several  Module: 'd' may mean several ports: drums, module",
        "found    Hands: twin:controller",
    ]
    assert ran.err.splitlines()[-1] == "midi-bridge: not all of the rig can be played: Moog, Module"
    data = json.loads(midi_bridge("rig", "check", "--rig", studio, "--json").out)
    assert [(one["name"], one["state"], one["channel"], one["key"]) for one in data] == [
        ("Moog", "missing", None, None),
        ("Module", "several", None, None),
        ("Hands", "found", None, None),
    ]


def test_ctrl_c_ends_the_trial(studio: Path, scripted: ScriptedClock) -> None:
    scripted.acts = [lambda: signal.raise_signal(signal.SIGINT)]
    ran = midi_bridge("rig", "check", "--rig", studio)
    assert ran.out.splitlines() == ["found    Moog: C4 on channel 7 of 'twin:bass'"]


def test_a_rig_with_a_mistake_is_refused_by_each_command(studio: Path) -> None:
    studio.write_text(STUDIO.replace("channels", "chanels"), encoding="utf-8")
    for command in ("show", "check"):
        ran = midi_bridge("rig", command, "--rig", studio)
        assert ran.code == 2
        assert is_one_line(ran.err)
        assert "(did you mean 'channels'?)" in ran.err


@pytest.mark.parametrize("command", ["show", "check"])
def test_a_rig_with_nothing_in_it_says_so(tmp_path: Path, command: str) -> None:
    empty = tmp_path / "empty.toml"
    empty.write_text("# nothing was found\n", encoding="utf-8")
    ran = midi_bridge("rig", command, "--rig", empty)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.splitlines()[1] == "midi-bridge: there is nothing in it; docs/rig.md shows how an entry is written"


def test_the_group_alone_says_what_it_can() -> None:
    ran = midi_bridge("rig")
    assert (ran.code, ran.err) == (0, "")
    assert "init   Make a rig of what is plugged in and switched on." in ran.out
