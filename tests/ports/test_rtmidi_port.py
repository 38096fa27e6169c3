"""The system's driver fails in one line of ours, with a way out, and says nothing of its own."""

import importlib.util
import os
import sys
from collections.abc import Callable

import pytest

from bridge.core.clock import ManualClock
from bridge.core.message import note_off, note_on
from bridge.errors import DriverError, Refused
from bridge.ports import rtmidi_port
from bridge.ports.rtmidi_port import RtmidiInput, RtmidiOutput, missing_driver

has_rtmidi = importlib.util.find_spec("rtmidi") is not None
no_driver_here = pytest.mark.skipif(
    not has_rtmidi or sys.platform != "linux" or os.path.exists("/dev/snd/seq"),
    reason="needs python-rtmidi and a Linux without an ALSA sequencer",
)


class Handle:
    """What rtmidi gives, played by a test: messages sent are kept, and the nth send fails."""

    def __init__(self, waiting: list[bytes] | None = None, fails_at: int | None = None) -> None:
        self.sent: list[bytes] = []
        self.calls: list[str] = []
        self._waiting = list(waiting or [])
        self._fails_at = fails_at

    def get_ports(self) -> list[str]:
        return ["Synth:Synth MIDI 1 20:0"]

    def open_port(self, port: int, name: str) -> None:
        self.calls.append("open")

    def open_virtual_port(self, name: str) -> None:
        self.calls.append("make")

    def close_port(self) -> None:
        self.calls.append("close")

    def delete(self) -> None:
        self.calls.append("delete")

    def ignore_types(self, sysex: bool, timing: bool, active_sense: bool) -> None:
        self.calls.append("ignore")

    def send_message(self, message: bytes) -> None:
        if len(self.sent) == self._fails_at:
            raise OSError("MidiOutAlsa::sendMessage: error sending MIDI message.")
        self.sent.append(message)

    def get_message(self) -> tuple[list[int], float] | None:
        return (list(self._waiting.pop(0)), 0.0) if self._waiting else None


@no_driver_here
@pytest.mark.parametrize("ask", [rtmidi_port.outputs, rtmidi_port.inputs])
def test_a_system_without_a_sequencer_gets_one_line_with_the_way_out(
    ask: Callable[[], list[str]], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DriverError) as refused:
        ask()
    assert str(refused.value) == (
        "the system's MIDI driver failed: error creating ALSA sequencer client object; load it with"
        " modprobe snd-seq, see that you may open /dev/snd/seq, or play on a twin: --to twin:module"
    )
    assert capfd.readouterr().err == ""


@no_driver_here
def test_the_users_own_stderr_works_again_afterwards(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DriverError):
        rtmidi_port.open_output("Synth", ManualClock())
    os.write(2, b"still here")
    assert capfd.readouterr().err == "still here"


@no_driver_here
def test_a_closed_stderr_gets_the_same_line() -> None:
    kept = os.dup(2)
    os.close(2)
    try:
        with pytest.raises(DriverError, match="error creating ALSA sequencer client object"):
            rtmidi_port.outputs()
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@pytest.mark.parametrize(
    ("system", "way_out"),
    [
        ("linux", "no such driver for Python 3.13 yet; name the port alsa:NAME, or play on a twin: "),
        ("darwin", "no such driver for Python 3.13 yet; use Python 3.11 or 3.12, or play on a twin: "),
        ("win32", "the MIDI driver is not installed; install the package pylibremidi, or play on a twin: "),
    ],
)
def test_a_python_for_which_there_is_no_such_driver_is_told_what_else_there_is(system: str, way_out: str) -> None:
    assert str(missing_driver((3, 13), system)).startswith(way_out)


def test_a_python_that_could_have_the_driver_is_told_its_package() -> None:
    assert "install the package python-rtmidi" in str(missing_driver((3, 12), "linux"))


@pytest.mark.skipif(has_rtmidi, reason="python-rtmidi is installed")
def test_without_the_package_listing_says_what_is_missing() -> None:
    with pytest.raises(DriverError, match="driver"):
        rtmidi_port.outputs()


def test_messages_leave_as_they_are() -> None:
    handle = Handle()
    port = RtmidiOutput("Synth", handle)
    port.send(note_on(0, 60, 90), 0)
    port.send(note_off(0, 60), 0)
    assert handle.sent == [note_on(0, 60, 90), note_off(0, 60)]


def test_after_a_failed_send_every_send_fails() -> None:
    handle = Handle(fails_at=1)
    port = RtmidiOutput("Synth", handle)
    port.send(note_on(0, 60, 90), 0)
    for _ in range(2):
        with pytest.raises(DriverError, match=r"^port 'Synth' failed: error sending MIDI message; see that its device"):
            port.send(note_off(0, 60), 0)
    assert len(handle.sent) == 1


def test_a_sysex_that_the_driver_would_cut_is_refused_and_the_port_lives() -> None:
    handle = Handle()
    port = RtmidiOutput("Synth", handle, max_sysex=4_096)
    with pytest.raises(Refused, match="SysEx of 4,097 bytes"):
        port.send(b"\xf0" + bytes(4_095) + b"\xf7", 0)
    port.send(note_on(0, 60, 90), 0)
    assert handle.sent == [note_on(0, 60, 90)]


def test_input_is_polled_until_nothing_waits_and_stamped_now() -> None:
    clock = ManualClock(500)
    port = RtmidiInput("Keys", Handle([note_on(0, 60, 90), note_off(0, 60)]), clock)
    assert port.receive() == [(500, note_on(0, 60, 90)), (500, note_off(0, 60))]
    assert port.receive() == []


def test_the_rest_of_a_lost_sysex_spoils_no_note() -> None:
    port = RtmidiInput("Keys", Handle([b"\x01\x02\xf7", note_on(0, 60, 90)]), ManualClock())
    assert [message for _, message in port.receive()] == [note_on(0, 60, 90)]


def test_ports_close_once_and_refuse_use_afterwards() -> None:
    out, into = Handle(), Handle()
    output, keys = RtmidiOutput("Synth", out), RtmidiInput("Keys", into, ManualClock())
    for port in (output, keys, output, keys):
        port.close()
    assert out.calls == into.calls == ["close", "delete"]
    with pytest.raises(DriverError, match="'Synth' is closed"):
        output.send(note_on(0, 60, 90), 0)
    with pytest.raises(DriverError, match="'Keys' is closed"):
        keys.receive()
