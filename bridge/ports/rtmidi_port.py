"""The system's MIDI ports through python-rtmidi; the only file that imports it.

Sends at once and receives by polling, without a callback, so that no thread of the driver runs Python. The API is
always named: left to itself, rtmidi falls through from ALSA to JACK. It refuses, with the way out, a Python for which
there is no driver, a system whose driver does not open, and every send after one that failed. A device that is pulled
out makes no error here at all (measured), so `sees_unplug` is False.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from bridge.core.clock import Clock
from bridge.core.stream import Stream
from bridge.errors import DriverError, Refused, UnknownPort
from bridge.ports.base import Capabilities, InputPort, OutputPort, closed

try:
    import rtmidi
except ImportError:  # there are no wheels for Python 3.13 and later: there libremidi_port takes its place
    rtmidi = None

is_installed: Final = rtmidi is not None

CLIENT: Final = "midi-bridge"
QUEUE: Final = 16_384
"""Messages that wait in the driver between two polls; more are lost by it (python-rtmidi's default is 1,024)."""
MAX_SYSEX: Final = {"linux": 4_096}
"""ALSA cuts a longer SysEx to 4,095 bytes and says nothing (measured; snd-seq-midi's output_buffer_size)."""
FIRST_PYTHON_WITHOUT_WHEELS: Final = (3, 13)
APIS: Final = {"linux": "API_LINUX_ALSA", "darwin": "API_MACOSX_CORE", "win32": "API_WINDOWS_MM"}
WAYS_OUT: Final = {"linux": "load it with modprobe snd-seq, see that you may open /dev/snd/seq,"}
TWIN_INSTEAD: Final = "or play on a twin: --to twin:module"


class Handle(Protocol):
    """What is used of `rtmidi.MidiOut` and `rtmidi.MidiIn` alike."""

    def get_ports(self) -> list[str]:
        """The names of the system's ports, in the order of their numbers."""
        ...

    def open_port(self, port: int, name: str) -> object:
        """Connect to port number `port` under the name `name`."""
        ...

    def open_virtual_port(self, name: str) -> object:
        """Make a port of that name, which other programs connect to; `NotImplementedError` where none can be made."""
        ...

    def close_port(self) -> None:
        """Disconnect."""
        ...

    def delete(self) -> None:
        """Free the driver's client."""
        ...


class OutHandle(Handle, Protocol):
    """What is used of `rtmidi.MidiOut`."""

    def send_message(self, message: bytes) -> None:
        """Send one whole message now."""
        ...


class InHandle(Handle, Protocol):
    """What is used of `rtmidi.MidiIn`."""

    def get_message(self) -> tuple[list[int], float] | None:
        """The next waiting message and the seconds since the one before, or None."""
        ...

    def ignore_types(self, sysex: bool, timing: bool, active_sense: bool) -> None:
        """Leave these kinds of messages out."""
        ...


class RtmidiOutput:
    """An opened output of the system."""

    capabilities: Final = Capabilities()

    def __init__(self, name: str, handle: OutHandle, max_sysex: int | None = None) -> None:
        self.name = name
        self._handle = handle
        self._max_sysex = max_sysex
        self._refusal: str | None = None
        self._is_closed = False

    def send(self, message: bytes, due_ns: int) -> None:
        """Hand one message to the driver now; after a failure every send fails until it is opened again."""
        if self._is_closed:
            raise closed(self.name)
        if self._refusal:
            raise DriverError(self._refusal)
        if self._max_sysex and len(message) > self._max_sysex:
            raise Refused(
                f"port '{self.name}': a SysEx of {len(message):,} bytes is longer than its driver sends whole"
                f" ({self._max_sysex:,}); take it out of the file, or send it with another program"
            )
        try:
            self._handle.send_message(message)
        except (OSError, ValueError) as failed:  # RtMidiError is an OSError
            self._refusal = f"port '{self.name}' failed: {_reason(failed)}; see that its device is on, and start again"
            raise DriverError(self._refusal) from failed

    def close(self) -> None:
        """Give the port back to the system."""
        if not self._is_closed:
            self._is_closed = True
            _release(self._handle)


class RtmidiInput:
    """An opened input of the system; a message is stamped when it is asked for, so ask often."""

    capabilities: Final = Capabilities()

    def __init__(self, name: str, handle: InHandle, clock: Clock) -> None:
        self.name = name
        self._handle = handle
        self._clock = clock
        self._stream = Stream()
        self._is_closed = False

    def receive(self) -> list[tuple[int, bytes]]:
        """What the driver has received since the last call, all stamped now."""
        if self._is_closed:
            raise closed(self.name)
        now_ns = self._clock.now_ns()
        arrived: list[tuple[int, bytes]] = []
        for _ in range(QUEUE):  # a flood may not keep the loop here
            received = self._handle.get_message()
            if received is None:
                break
            # After an overrun a SysEx arrives without its head, or glued to the next: the stream drops what is broken.
            arrived += self._stream.feed(bytes(received[0]), now_ns)
        return arrived

    def close(self) -> None:
        """Give the port back to the system."""
        if not self._is_closed:
            self._is_closed = True
            _release(self._handle)


def outputs() -> list[str]:
    """The names of the system's outputs; `DriverError` where no driver answers."""
    return _list(_new_output())


def inputs() -> list[str]:
    """The names of the system's inputs; `DriverError` where no driver answers."""
    return _list(_new_input())


def open_output(name: str, clock: Clock) -> OutputPort:
    """The output of exactly that name; `UnknownPort` if it has gone, `DriverError` if it does not open."""
    handle = _new_output()
    _open(handle, name)
    return RtmidiOutput(name, handle, MAX_SYSEX.get(sys.platform))


def open_input(name: str, clock: Clock) -> InputPort:
    """The input of exactly that name; `UnknownPort` if it has gone, `DriverError` if it does not open."""
    handle = _new_input()
    # Clock and Active Sensing stay outside: nothing follows them, and they would fill the session with themselves.
    handle.ignore_types(sysex=False, timing=True, active_sense=True)
    _open(handle, name)
    return RtmidiInput(name, handle, clock)


def make_ports(name: str, clock: Clock) -> tuple[InputPort, OutputPort]:
    """A port of that name that other programs see, both ways. Raises DriverError where the system makes none."""
    into, out = _new_input(name), _new_output(name)
    into.ignore_types(sysex=False, timing=False, active_sense=False)
    try:
        with _driver_call():
            into.open_virtual_port(name)
            out.open_virtual_port(name)
    except NotImplementedError:
        raise DriverError("this system makes no virtual ports; use --on socket") from None
    return RtmidiInput(name, into, clock), RtmidiOutput(name, out)


def missing_driver(python: tuple[int, int], system: str) -> DriverError:
    """The error of a Python with neither python-rtmidi nor pylibremidi."""
    if python < FIRST_PYTHON_WITHOUT_WHEELS:
        return DriverError(f"the MIDI driver is not installed; install the package python-rtmidi, {TWIN_INSTEAD}")
    if system == "win32":
        return DriverError(f"the MIDI driver is not installed; install the package pylibremidi, {TWIN_INSTEAD}")
    found = f"no such driver for Python {'.'.join(map(str, python))} yet"
    way_out = "name the port alsa:NAME," if system == "linux" else "use Python 3.11 or 3.12,"
    return DriverError(f"{found}; {way_out} {TWIN_INSTEAD}")


def _new_output(client: str = CLIENT) -> OutHandle:
    api = _api()
    with _driver_call():
        handle: OutHandle = rtmidi.MidiOut(rtapi=api, name=client)
    return handle


def _new_input(client: str = CLIENT) -> InHandle:
    api = _api()
    with _driver_call():
        handle: InHandle = rtmidi.MidiIn(rtapi=api, name=client, queue_size_limit=QUEUE)
    return handle


def _api() -> int:
    if rtmidi is None:
        raise missing_driver(sys.version_info[:2], sys.platform)
    api = APIS.get(sys.platform)
    if api is None:
        raise DriverError(f"no MIDI driver for this system ({sys.platform}); play on a twin: --to twin:module")
    return int(getattr(rtmidi, api))


def _list(handle: Handle) -> list[str]:
    with _driver_call():
        names = handle.get_ports()
    handle.delete()
    return names


def _open(handle: Handle, name: str) -> None:
    with _driver_call():
        names = handle.get_ports()
        if name in names:
            handle.open_port(names.index(name), CLIENT)
    if name not in names:
        handle.delete()
        raise UnknownPort(f"port '{name}' is not there any more; there are: {', '.join(names) or 'none'}")


def _release(handle: Handle) -> None:
    handle.close_port()
    handle.delete()


@contextmanager
def _driver_call() -> Iterator[None]:
    """Turn the driver's exceptions into ours, and keep what its C code prints off the user's stderr."""
    try:
        with _quiet_stderr():
            yield
    except OSError as failed:  # RtMidiError is one; `rtmidi.SystemError` is not the built-in of that name
        way_out = WAYS_OUT.get(sys.platform, "see that the system's MIDI service runs,")
        raise DriverError(f"the system's MIDI driver failed: {_reason(failed)}; {way_out} {TWIN_INSTEAD}") from failed


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """File descriptor 2 leads nowhere meanwhile, for the whole process: ports are opened where nothing else talks."""
    try:
        kept = os.dup(2)
    except OSError:  # the user has closed it: nothing is heard there anyway
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _reason(failed: Exception) -> str:
    """What the driver said, without the name of the C++ method that said it."""
    return str(failed).rpartition("::")[2].partition(": ")[2].rstrip(".") or str(failed)
