"""The driver that stands in for python-rtmidi: its traps are stepped around, and its failures are one line of ours."""

import sys
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import pytest

from bridge.core.clock import ManualClock
from bridge.core.message import note_off, note_on
from bridge.errors import DriverError, UnknownPort
from bridge.ports import libremidi_port
from bridge.ports.libremidi_port import LONGEST_WAIT_NS
from bridge.ports.open import DRIVERS

SEQUENCER, RAW = object(), object()
SYSEX = b"\xf0" + bytes(40) + b"\xf7"


class Library:
    """What pylibremidi gives, played by a test: one port each way, and messages that wait to be polled."""

    def __init__(self) -> None:
        self.API = SimpleNamespace(ALSA_SEQ=SEQUENCER, COREMIDI=SEQUENCER, WINDOWS_MM=SEQUENCER, ALSA_RAW=RAW)
        self.apis: list[object] = [RAW, SEQUENCER]
        self.error = ""
        self.sent: list[Sequence[int]] = []
        self.calls: list[str] = []
        self.waiting: list[tuple[int, Sequence[int]]] = []
        self.own_ns = 0
        self.ObserverConfiguration = self.OutputConfiguration = SimpleNamespace

    def available_apis(self) -> list[object]:
        return self.apis

    def InputConfiguration(self) -> SimpleNamespace:
        return SimpleNamespace(on_raw_data=None, on_error=None)

    def Observer(self, configuration: object, api: object) -> SimpleNamespace:
        assert api is SEQUENCER
        ports = [SimpleNamespace(display_name=name) for name in ("Synth MIDI 1", "Keys")]
        return SimpleNamespace(get_output_ports=lambda: ports, get_input_ports=lambda: ports)

    def MidiOut(self, configuration: object, api: object) -> "Handle":
        return Handle(self, lambda data, stamp_ns: None)

    def MidiIn(self, configuration: SimpleNamespace, api: object) -> "Handle":
        assert configuration.on_error is None
        return Handle(self, configuration.on_raw_data)


class Handle:
    """One opened port of the library."""

    def __init__(self, library: Library, on_raw_data: Callable[[Sequence[int], int], None]) -> None:
        self._library = library
        self._on_raw_data = on_raw_data

    def open_port(self, port: object, name: str) -> str:
        self._library.calls.append(f"open {name}")
        return self._library.error

    def close_port(self) -> str:
        self._library.calls.append("close")
        return ""

    def send_message(self, message: Sequence[int]) -> str:
        assert isinstance(message, list)
        self._library.sent.append(message)
        return self._library.error

    def poll(self) -> None:
        waiting, self._library.waiting = self._library.waiting, []
        for stamp_ns, data in waiting:
            self._on_raw_data(data, stamp_ns)

    def absolute_timestamp(self) -> int:
        return self._library.own_ns


@pytest.fixture(name="library")
def _library(monkeypatch: pytest.MonkeyPatch) -> Library:
    library = Library()
    monkeypatch.setattr(libremidi_port, "pylibremidi", library)
    return library


@pytest.mark.usefixtures("library")
def test_ports_are_called_what_the_system_calls_them() -> None:
    assert libremidi_port.outputs() == libremidi_port.inputs() == ["Synth MIDI 1", "Keys"]


def test_a_system_whose_midi_does_not_answer_is_no_empty_list(library: Library) -> None:
    library.apis = [RAW]
    with pytest.raises(DriverError, match=r"^the system's MIDI does not answer pylibremidi; .+ --to twin:module$"):
        libremidi_port.outputs()


def test_without_the_package_listing_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libremidi_port, "pylibremidi", None)
    with pytest.raises(DriverError, match="driver"):
        libremidi_port.inputs()


def test_messages_leave_as_they_are(library: Library) -> None:
    port = libremidi_port.open_output("Keys", ManualClock())
    for message in (note_on(0, 60, 90), b"\xc0\x05", b"\xf8", SYSEX):
        port.send(message, 0)
    assert [bytes(message) for message in library.sent] == [note_on(0, 60, 90), b"\xc0\x05", b"\xf8", SYSEX]
    assert library.calls == ["open midi-bridge"]


def test_after_a_failed_send_every_send_fails(library: Library) -> None:
    port = libremidi_port.open_output("Keys", ManualClock())
    library.error = "No such device"
    for _ in range(2):
        with pytest.raises(DriverError, match=r"^port 'Keys' failed: No such device; see that its device is on"):
            port.send(note_on(0, 60, 90), 0)
    assert len(library.sent) == 1


def test_a_port_that_has_gone_or_does_not_open_is_said_in_one_line(library: Library) -> None:
    with pytest.raises(UnknownPort, match=r"^port 'Organ' is not there any more; there are: Synth MIDI 1, Keys$"):
        libremidi_port.open_output("Organ", ManualClock())
    library.error = "Device or resource busy"
    with pytest.raises(DriverError, match=r"^port 'Keys' does not open: Device or resource busy; close the program"):
        libremidi_port.open_input("Keys", ManualClock())


def test_what_waited_in_the_library_carries_the_time_of_its_arrival(library: Library) -> None:
    clock = ManualClock(90_000_000_000)
    port = libremidi_port.open_input("Keys", clock)
    assert port.receive() == []
    library.own_ns = 7_000_000
    library.waiting = [(5_000_000, list(note_on(0, 60, 90))), (6_000_000, list(note_off(0, 60)))]
    assert port.receive() == [(89_998_000_000, note_on(0, 60, 90)), (89_999_000_000, note_off(0, 60))]
    assert port.receive() == []


@pytest.mark.parametrize("waited_ns", [-1, LONGEST_WAIT_NS + 1])
def test_a_stamp_of_another_clock_is_not_believed(library: Library, waited_ns: int) -> None:
    port = libremidi_port.open_input("Keys", ManualClock(90_000_000_000))
    library.own_ns = 5_000_000_000
    library.waiting = [(library.own_ns - waited_ns, list(note_on(0, 60, 90)))]
    assert port.receive() == [(90_000_000_000, note_on(0, 60, 90))]


def test_stamps_never_go_back(library: Library) -> None:
    port = libremidi_port.open_input("Keys", ManualClock(1_000))
    library.own_ns = 500
    library.waiting = [(490, list(note_on(0, 60, 90))), (480, list(note_off(0, 60)))]
    assert [at_ns for at_ns, _ in port.receive()] == [990, 990]


def test_a_sysex_in_pieces_is_put_together_and_the_clock_left_out(library: Library) -> None:
    port = libremidi_port.open_input("Keys", ManualClock(1_000))
    pieces = [SYSEX[at : at + 3] for at in range(0, len(SYSEX), 3)]
    library.waiting = [(0, list(data)) for data in (b"\xf8", *pieces, b"\xfe", b"\xf1\x10")]
    assert [message for _, message in port.receive()] == [SYSEX]


def test_ports_close_once_and_refuse_use_afterwards(library: Library) -> None:
    output = libremidi_port.open_output("Keys", ManualClock())
    keys = libremidi_port.open_input("Keys", ManualClock())
    for port in (output, keys, output, keys):
        port.close()
    assert library.calls[2:] == ["close", "close"]
    with pytest.raises(DriverError, match="'Keys' is closed"):
        output.send(note_on(0, 60, 90), 0)
    with pytest.raises(DriverError, match="'Keys' is closed"):
        keys.receive()


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="there is no python-rtmidi for this Python")
def test_where_there_is_python_rtmidi_it_is_the_driver() -> None:
    assert DRIVERS["rtmidi"].outputs.__module__ == "bridge.ports.rtmidi_port"
