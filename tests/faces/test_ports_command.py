"""`ports` and `monitor` say what there is and what comes in, while it comes, until Ctrl-C."""

import json
import subprocess
from pathlib import Path

import pytest

from bridge.core.message import control, note_off, note_on
from bridge.errors import DriverError
from bridge.ports.listing import Listed, Listing
from bridge.ports.open import open_output
from tests.faces.conftest import ScriptedClock
from tests.faces.person import command, environment, is_one_line, midi_bridge

KEYS = Listed("rtmidi", False, "KeyStep 37:KeyStep 37 MIDI 1 20:0", "rtmidi:KeyStep 37 MIDI 1", "keystep")
SYNTH = Listed("rtmidi", True, "Synth", "rtmidi:Synth", "synth")
TWIN = Listed("rtmidi", True, "Twin", "rtmidi:Twin", "rtmidi:Twin", is_alone=False)
MINITAUR = Listed("rtmidi", True, "Moog Minitaur:Moog Minitaur MIDI 1 20:0", "rtmidi:Moog Minitaur MIDI 1", "moog")
ROLAND = Listed("rtmidi", True, "Roland Toaster", "rtmidi:Roland Toaster", "roland")
EVIL = Listed("rtmidi", True, "a\n\x1b[2J", "rtmidi:a\n\x1b[2J", "a\n\x1b[2j")


@pytest.fixture(name="room")
def _room(monkeypatch: pytest.MonkeyPatch) -> list[Listing]:
    """What the next listings are; the last stays."""
    looks = [Listing((KEYS, SYNTH), {})]
    monkeypatch.setattr("bridge.faces.ports.listing", lambda: looks.pop(0) if len(looks) > 1 else looks[0])
    return looks


def test_every_port_has_a_line_with_the_short_name_and_the_whole_one(room: list[Listing]) -> None:
    assert midi_bridge("ports") == (
        0,
        "input   keystep  rtmidi:KeyStep 37 MIDI 1\noutput  synth    rtmidi:Synth\n",
        "",
    )


def test_behind_each_port_stands_the_device_that_it_is_recognised_as(room: list[Listing]) -> None:
    room[0] = Listing((MINITAUR, ROLAND, TWIN), {})
    assert midi_bridge("ports").out.splitlines() == [
        "output  moog         rtmidi:Moog Minitaur MIDI 1  moog/minitaur",
        "output  roland       rtmidi:Roland Toaster        by Roland",
        "output  rtmidi:Twin  rtmidi:Twin",
    ]
    assert json.loads(midi_bridge("ports", "--json").out)[0]["recognised"]["profiles"] == ["moog/minitaur"]


def test_a_port_of_alsa_s_is_recognised_by_its_usb_ids_too(
    room: list[Listing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.ports.alsa.usb_ids", lambda is_output: {"Pads:Pads MIDI 1": "1234:5678"})
    room[0] = Listing((Listed("alsa", True, "Pads:Pads MIDI 1", "alsa:Pads MIDI 1", "pads"),), {})
    (port,) = json.loads(midi_bridge("ports", "--json").out)
    assert port["recognised"]["why"][0] == "its USB id 1234:5678 belongs to nobody that the profiles know"


def test_a_port_without_hardware_is_no_device() -> None:
    found = json.loads(midi_bridge("ports", "--json").out)
    assert next(port["recognised"] for port in found if port["driver"] == "twin") is None


def test_programs_get_the_same_as_json(room: list[Listing]) -> None:
    ran = midi_bridge("ports", "--json")
    assert json.loads(ran.out)[0] == {
        "driver": "rtmidi",
        "direction": "input",
        "name": "KeyStep 37:KeyStep 37 MIDI 1 20:0",
        "spec": "rtmidi:KeyStep 37 MIDI 1",
        "short": "keystep",
        "alone": True,
        "recognised": {
            "outcome": "unknown",
            "profiles": [],
            "why": ["no profile names 'KeyStep 37:KeyStep 37 MIDI 1 20:0'"],
            "score": 0,
        },
    }
    assert [port["direction"] for port in json.loads(ran.out)] == ["input", "output"]


def test_the_twins_are_there_without_hardware_and_a_driver_that_cannot_list_says_so() -> None:
    ran = midi_bridge("ports")
    assert ran.code == 0
    assert "output  module" in ran.out
    assert all(is_one_line(line) for line in ran.err.splitlines(keepends=True))


def test_a_driver_without_a_service_is_no_fault_of_the_listing(room: list[Listing]) -> None:
    room[0] = Listing((SYNTH,), {"rtmidi": "no sequencer; load it"})
    assert midi_bridge("ports") == (0, "output  synth  rtmidi:Synth\n", "midi-bridge: rtmidi: no sequencer; load it\n")
    assert json.loads(midi_bridge("ports", "--json").out)[0]["short"] == "synth"


def test_two_devices_of_one_name_are_pointed_out(room: list[Listing]) -> None:
    room[0] = Listing((TWIN, TWIN, SYNTH), {})
    assert midi_bridge("ports").err == (
        "midi-bridge: 2 outputs of rtmidi are called 'Twin'; no name means one of them\n"
    )


def test_a_device_cannot_write_on_the_terminal_with_its_name(room: list[Listing]) -> None:
    room[0] = Listing((EVIL,), {})
    assert midi_bridge("ports").out == "output  a\\n\\x1b[2j  rtmidi:a\\n\\x1b[2J\n"


def test_watching_shows_what_comes_and_goes_until_ctrl_c(room: list[Listing], scripted: ScriptedClock) -> None:
    room[:] = [Listing((KEYS,), {}), Listing((KEYS, SYNTH), {}), Listing((SYNTH,), {"din": "gone; plug it in"})]
    scripted.acts += [lambda: None] * 40
    ran = midi_bridge("ports", "--watch")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "= input   keystep  rtmidi:KeyStep 37 MIDI 1",
        "+ output  synth  rtmidi:Synth",
        "- input   keystep  rtmidi:KeyStep 37 MIDI 1",
    ]
    assert ran.err == "midi-bridge: din: gone; plug it in\n"


def test_watching_as_json_is_one_object_a_line(room: list[Listing], scripted: ScriptedClock) -> None:
    room[:] = [Listing((KEYS,), {}), Listing((), {})]
    scripted.acts += [lambda: None] * 20
    lines = [json.loads(line) for line in midi_bridge("ports", "--watch", "--json").out.splitlines()]
    assert [(line["change"], line["short"]) for line in lines] == [("there", "keystep"), ("gone", "keystep")]


def test_what_comes_in_is_printed_with_its_time_its_channel_from_1_and_its_key(scripted: ScriptedClock) -> None:
    def play() -> None:
        port = open_output("loop:heard", scripted)
        for message in (note_on(0, 60, 90), note_off(9, 36), control(15, 64, 127), b"\xfa"):
            port.send(message, 0)

    scripted.acts += [lambda: None, play, lambda: None]
    ran = midi_bridge("monitor", "loop:heard")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "       2.000  note_on channel=1 note=60 velocity=90  C4",
        "       2.000  note_off channel=10 note=36 velocity=64  kick",
        "       2.000  control_change channel=16 control=64 value=127",
        "       2.000  start",
    ]
    assert ran.err == "midi-bridge: listening to 'heard'; Ctrl-C ends it\n"


def test_a_tape_is_listened_to_at_its_times_and_ends_by_itself(scripted: ScriptedClock, tmp_path: Path) -> None:
    (tmp_path / "a.tape").write_text("1500000 90 3C 5A\n90000000 80 3C 40\n")
    scripted.acts += [lambda: None] * 20
    ran = midi_bridge("monitor", f"tape:{tmp_path}/a.tape", "--json")
    assert ran.code == 0
    assert [json.loads(line) for line in ran.out.splitlines()] == [
        {
            "at_ms": 1.5,
            "bytes": "90 3C 5A",
            "text": "note_on channel=1 note=60 velocity=90",
            "channel": 1,
            "note": "C4",
        },
        {
            "at_ms": 90.0,
            "bytes": "80 3C 40",
            "text": "note_off channel=1 note=60 velocity=64",
            "channel": 1,
            "note": "C4",
        },
    ]
    assert "nothing more can come from" in ran.err


def test_a_port_that_fails_while_it_is_listened_to_ends_in_one_line(
    scripted: ScriptedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing:
        name = "keys"

        def receive(self) -> list[tuple[int, bytes]]:
            raise DriverError("port 'keys' failed: it is gone; see that its device is on")

        def close(self) -> None:
            closed.append(self.name)

    closed: list[str] = []
    monkeypatch.setattr("bridge.faces.monitor.open_input", lambda name, clock: Failing())
    ran = midi_bridge("monitor", "keys")
    assert (ran.code, ran.out, closed) == (1, "", ["keys"])
    assert ran.err.splitlines()[-1] == "midi-bridge: port 'keys' failed: it is gone; see that its device is on"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["monitor", "no such port"], "no port 'no such port'; there are: "),
        (["monitor", "tape:missing.tape"], "'missing.tape': there is no such file or folder; check the name"),
        (["monitor", "twin:nobody"], "no port 'nobody'; there are: controller"),
        (["monitor"], "missing argument '[DRIVER:]NAME'; see midi-bridge monitor --help"),
        (["ports", "extra"], "got unexpected extra argument (extra); see midi-bridge ports --help"),
    ],
)
def test_a_port_that_is_not_there_is_the_callers_fault_in_one_line(words: list[str], line: str) -> None:
    ran = midi_bridge(*words)
    assert (ran.code, ran.out) == (2, "")
    assert is_one_line(ran.err)
    assert line in ran.err


def test_a_reader_that_goes_away_ends_the_listening_quietly(tmp_path: Path) -> None:
    (tmp_path / "a.tape").write_text("0 90 3C 5A\n" * 30_000)
    words = command("monitor", f"tape:{tmp_path}/a.tape")
    with subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read().decode().splitlines() == [
            f"midi-bridge: listening to '{tmp_path}/a.tape'; Ctrl-C ends it"
        ]
