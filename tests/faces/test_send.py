"""What is sent by hand arrives as it was typed, and nothing it pressed stays down; a panic leaves nothing on."""

import signal
from pathlib import Path

import pytest

from bridge.core.message import control, note_off, note_on
from bridge.errors import DriverError
from bridge.ports import tape
from bridge.ports.base import OutputPort
from bridge.ports.listing import Listed, Listing
from bridge.ports.open import Found, found_output
from bridge.ports.twin import TwinPort
from tests.faces.conftest import ScriptedClock
from tests.faces.person import is_one_line, midi_bridge, spawned

NOTE = "note_on channel=1 note=60 velocity=90"
MS = 1_000_000


@pytest.fixture(autouse=True)
def _patient(scripted: ScriptedClock) -> None:
    scripted.acts += [lambda: None] * 10_000


@pytest.fixture(name="recorded")
def _recorded(tmp_path: Path) -> Path:
    return tmp_path / "sent.tape"


def test_a_note_sounds_for_half_a_second_and_is_ended(recorded: Path) -> None:
    ran = midi_bridge("send", f"tape:{recorded}", NOTE)
    assert (ran.code, ran.out, ran.err) == (0, "", f"midi-bridge: 1 message to '{recorded}'\n")
    assert tape.read(str(recorded)) == [(0, note_on(0, 60, 90)), (500 * MS, note_off(0, 60))]


def test_several_messages_in_words_and_bytes_leave_in_order_with_channels_from_1(recorded: Path) -> None:
    words = ["control_change channel=16 control=7 value=99", "90 3C 5A 80 3C 40", "program_change channel=2 program=4"]
    assert midi_bridge("send", f"tape:{recorded}", *words).code == 0
    sent = [control(15, 7, 99), note_on(0, 60, 90), note_off(0, 60), b"\xc1\x04"]
    assert tape.read(str(recorded)) == [(0, message) for message in sent]


def test_the_length_is_chosen_and_a_pedal_is_let_go_behind_the_notes(recorded: Path) -> None:
    midi_bridge("send", f"tape:{recorded}", "B0 40 7F", NOTE, "--for", "2")
    assert tape.read(str(recorded))[2:] == [(2_000 * MS, note_off(0, 60)), (2_000 * MS, control(0, 64, 0))]


def test_who_wants_a_note_to_stay_says_hold(recorded: Path) -> None:
    assert midi_bridge("send", f"tape:{recorded}", NOTE, "--hold").code == 0
    assert tape.read(str(recorded)) == [(0, note_on(0, 60, 90))]


def test_ctrl_c_ends_the_note_at_once(recorded: Path, scripted: ScriptedClock) -> None:
    scripted.acts[:] = [lambda: None, lambda: signal.raise_signal(signal.SIGINT)]
    assert midi_bridge("send", f"tape:{recorded}", NOTE, "--for", "3600").code == 0
    ((_, _), (at_ns, message)) = tape.read(str(recorded))
    assert message == note_off(0, 60)
    assert at_ns <= 200 * MS


def test_nothing_is_sent_if_one_message_is_wrong(recorded: Path) -> None:
    ran = midi_bridge("send", f"tape:{recorded}", NOTE, "note_on channel=17 note=60")
    assert (ran.code, ran.out) == (2, "")
    assert is_one_line(ran.err)
    assert "channels count from 1 to 16" in ran.err
    assert not recorded.exists()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["loop:a"], "missing argument 'MESSAGE...'; see midi-bridge send --help"),
        (["no such port", NOTE], "no port 'no such port'; there are: "),
        (["loop:a", "note_on note=200"], "note goes from 0 to 127"),
        (["loop:a", "F0 " + "00 " * 5_000 + "F7"], "a SysEx of 5,002 bytes is longer than ports send whole (4,096)"),
        (["loop:a", NOTE, "--for", "-1"], "see midi-bridge send --help"),
        (["loop:a", NOTE, "--for", "nan"], "--for 'nan' is no time; give seconds, as 0.5"),
        (["tape:missing/a.tape", NOTE], "there is no such file or folder; check the name"),
    ],
)
def test_what_cannot_be_sent_is_the_callers_fault_in_one_line(words: list[str], line: str) -> None:
    ran = midi_bridge("send", *words)
    assert (ran.code, ran.out) == (2, "")
    assert is_one_line(ran.err)
    assert line in ran.err


def test_a_port_that_fails_is_the_worlds_fault_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        name = "synth"

        def send(self, message: bytes, due_ns: int) -> None:
            raise DriverError("port 'synth' failed: it is gone; see that its device is on")

        def close(self) -> None:
            closed.append(self.name)

    closed: list[str] = []
    monkeypatch.setattr("bridge.faces.send.open_output", lambda name, clock: Failing())
    ran = midi_bridge("send", "synth", NOTE)
    assert (ran.code, closed) == (1, ["synth"])
    assert is_one_line(ran.err)


def test_a_named_port_is_silenced_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[OutputPort] = []
    open_it = Found.open

    def kept(found: Found, clock: ScriptedClock) -> OutputPort:
        opened.append(open_it(found, clock))
        opened[-1].send(note_on(0, 60, 90), 0)
        return opened[-1]

    monkeypatch.setattr(Found, "open", kept)
    ran = midi_bridge("panic", "twin:module", "twin:bass+drums", "twin:module")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        f"silenced '{name}': pedals 64, 66, 67, 69 up, all notes off, all sound off, bend centred, and 2,048 note-offs"
        for name in ("module", "bass+drums")
    ]
    twins = [twin for port in opened if isinstance(port, TwinPort) for twin in port.twins]
    assert len(twins) == 3
    assert all(not twin.down and not twin.sounding for twin in twins)


def test_a_port_that_is_not_there_keeps_no_other_from_being_silenced() -> None:
    ran = midi_bridge("panic", "no such port", "twin:module")
    assert ran.code == 2
    assert ran.out.startswith("silenced 'module': ")
    assert is_one_line(ran.err)


def test_without_a_name_all_real_outputs_are_silenced(monkeypatch: pytest.MonkeyPatch, scripted: ScriptedClock) -> None:
    found = Listing((Listed("rtmidi", True, "Synth", "rtmidi:Synth", "synth"),), {})
    monkeypatch.setattr("bridge.faces.send.listing", lambda: found)
    monkeypatch.setattr("bridge.app.silence.found_output", lambda spec: found_output("loop:panic"))
    assert midi_bridge("panic").out.startswith("silenced 'panic': ")


def test_a_runtime_folder_that_others_may_enter_is_said_and_keeps_no_port_from_being_silenced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o755)
    monkeypatch.setattr("bridge.profiles.places.runtime", lambda: tmp_path)
    monkeypatch.setattr("bridge.app.local._LONGEST_FOLDER", 255)
    ran = midi_bridge("panic", "twin:module")
    assert ran.code == 1
    assert ran.out.startswith("silenced 'module': ")
    assert is_one_line(ran.err)
    assert f"sessions that are being played were not asked: '{tmp_path}' is open to others; remove it" in ran.err


def test_where_no_real_output_is_the_driver_is_heard_and_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.faces.send.listing", lambda: Listing((), {"rtmidi": "no sequencer; load it"}))
    ran = midi_bridge("panic")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines() == [
        "midi-bridge: rtmidi: no sequencer; load it",
        "midi-bridge: there is no real output to silence; midi-bridge ports lists what there is",
    ]


def test_a_command_in_a_process_of_its_own_ends_what_it_began(recorded: Path) -> None:
    ran = spawned("send", f"tape:{recorded}", NOTE, "--for", "0")
    assert ran.code == 0
    assert [message for _, message in tape.read(str(recorded))] == [note_on(0, 60, 90), note_off(0, 60)]
