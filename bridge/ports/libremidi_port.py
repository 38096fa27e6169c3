"""The system's MIDI ports through pylibremidi, where there is no python-rtmidi; the only file that imports it.

Of pylibremidi 5.4.3 only the wheels for Windows load on Python 3.13 and later: those for Linux and macOS say that they
do (cp312-abi3), and are built for 3.12 alone. Tried on Linux with Python 3.12; on Windows and macOS it is untested.

What arrives waits in a queue of the library until it is polled, so no thread of a driver runs Python. The API is always
named and asked for: in place of one that is not there the library gives a dummy, which has no ports and no errors. Its
error callbacks are left alone: they end the process, since their second argument has no Python type. It refuses, with
the way out, a system whose MIDI does not answer, and every send after one that failed.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from bridge.core.clock import Clock
from bridge.core.stream import Stream
from bridge.errors import DriverError, UnknownPort
from bridge.ports.base import Capabilities, InputPort, OutputPort, closed
from bridge.ports.rtmidi_port import CLIENT, TWIN_INSTEAD, WAYS_OUT, missing_driver

try:
    import pylibremidi
except ImportError:  # not installed, or a wheel that does not load on this Python
    pylibremidi = None

is_installed: Final = pylibremidi is not None
APIS: Final = {"linux": "ALSA_SEQ", "darwin": "COREMIDI", "win32": "WINDOWS_MM"}
LONGEST_WAIT_NS: Final = 1_000_000_000
"""A stamp further back than this is none: the driver's clock is another than it says."""
_LEFT_OUT: Final = frozenset((0xF1, 0xF8, 0xFE))  # time code, clock, Active Sensing: nothing follows them


class Far(Protocol):
    """What is used of `pylibremidi.InputPort` and `pylibremidi.OutputPort` alike."""

    @property
    def display_name(self) -> str:
        """What the system calls it."""
        ...


class Handle(Protocol):
    """What is used of `pylibremidi.MidiOut` and `pylibremidi.MidiIn` alike; an error is true."""

    def open_port(self, port: Far, name: str, /) -> object:
        """Connect to it under the name `name`."""
        ...

    def close_port(self) -> object:
        """Disconnect."""
        ...


class OutHandle(Handle, Protocol):
    """What is used of `pylibremidi.MidiOut`."""

    def send_message(self, message: Sequence[int], /) -> object:
        """Send one whole message now. It takes no bytes, and two integers it takes for an address and a length."""
        ...


class InHandle(Handle, Protocol):
    """What is used of `pylibremidi.MidiIn`."""

    def poll(self) -> None:
        """Hand what has arrived to the configuration's `on_raw_data`, on this thread."""
        ...

    def absolute_timestamp(self) -> int:
        """Now, in ns, by the clock that stamps what arrives."""
        ...


class LibremidiOutput:
    """An opened output of the system."""

    capabilities: Final = Capabilities()

    def __init__(self, name: str, handle: OutHandle) -> None:
        self.name = name
        self._handle: OutHandle | None = handle
        self._refusal = ""

    def send(self, message: bytes, due_ns: int) -> None:
        """Hand one message to the driver now; after a failure every send fails until it is opened again."""
        if self._handle is None:
            raise closed(self.name)
        if self._refusal:
            raise DriverError(self._refusal)
        if failed := self._handle.send_message(list(message)):
            self._refusal = f"port '{self.name}' failed: {failed}; see that its device is on, and start again"
            raise DriverError(self._refusal)

    def close(self) -> None:
        """Give the port back to the system."""
        if self._handle is not None:
            self._handle.close_port()
            self._handle = None  # the library frees its client with the last reference


class LibremidiInput:
    """An opened input of the system; the library stamps a message when it arrives."""

    capabilities: Final = Capabilities(stamps_input=True)

    def __init__(self, name: str, handle: InHandle, arrived: list[tuple[int, bytes]], clock: Clock) -> None:
        """`arrived` is what the handle's poll fills: (stamp by the driver's clock, bytes)."""
        self.name = name
        self._handle: InHandle | None = handle
        self._arrived = arrived
        self._clock = clock
        self._stream = Stream()
        self._last_ns = 0

    def receive(self) -> list[tuple[int, bytes]]:
        """What has arrived since the last call."""
        if self._handle is None:
            raise closed(self.name)
        self._handle.poll()
        if not self._arrived:
            return []
        now_ns, own_ns = self._clock.now_ns(), self._handle.absolute_timestamp()
        messages: list[tuple[int, bytes]] = []
        for stamp_ns, data in self._arrived:
            messages += self._stream.feed(data, self._at_ns(own_ns - stamp_ns, now_ns))
        self._arrived.clear()
        return [(at_ns, message) for at_ns, message in messages if message[0] not in _LEFT_OUT]

    def _at_ns(self, waited_ns: int, now_ns: int) -> int:
        at_ns = now_ns - waited_ns if 0 <= waited_ns <= LONGEST_WAIT_NS else now_ns
        self._last_ns = max(self._last_ns, at_ns)
        return self._last_ns

    def close(self) -> None:
        """Give the port back to the system."""
        if self._handle is not None:
            self._handle.close_port()
            self._handle = None


def outputs() -> list[str]:
    """The names of the system's outputs; `DriverError` where no driver answers."""
    return [port.display_name for port in _observer().get_output_ports()]


def inputs() -> list[str]:
    """The names of the system's inputs; `DriverError` where no driver answers."""
    return [port.display_name for port in _observer().get_input_ports()]


def open_output(name: str, clock: Clock) -> OutputPort:
    """The output of exactly that name; `UnknownPort` if it has gone, `DriverError` if it does not open."""
    port = _named(name, _observer().get_output_ports())
    handle: OutHandle = pylibremidi.MidiOut(pylibremidi.OutputConfiguration(), _api())
    _open(handle, port)
    return LibremidiOutput(name, handle)


def open_input(name: str, clock: Clock) -> InputPort:
    """The input of exactly that name; `UnknownPort` if it has gone, `DriverError` if it does not open."""
    port = _named(name, _observer().get_input_ports())
    arrived: list[tuple[int, bytes]] = []
    configuration = pylibremidi.InputConfiguration()
    configuration.on_raw_data = _into(arrived)
    handle: InHandle = pylibremidi.MidiIn(configuration, _api())
    _open(handle, port)
    return LibremidiInput(name, handle, arrived, clock)


def _into(arrived: list[tuple[int, bytes]]) -> Callable[[Sequence[int], int], None]:
    def keep(data: Sequence[int], stamp_ns: int) -> None:
        arrived.append((stamp_ns, bytes(data)))

    return keep


def _api() -> Any:
    if pylibremidi is None:
        raise missing_driver(sys.version_info[:2], sys.platform)
    api = getattr(pylibremidi.API, APIS.get(sys.platform, ""), None)
    if api not in pylibremidi.available_apis():
        way_out = WAYS_OUT.get(sys.platform, "see that the system's MIDI service runs,")
        raise DriverError(f"the system's MIDI does not answer pylibremidi; {way_out} {TWIN_INSTEAD}")
    return api


def _observer() -> Any:
    api = _api()
    return pylibremidi.Observer(pylibremidi.ObserverConfiguration(), api)


def _named(name: str, ports: Sequence[Far]) -> Far:
    for port in ports:
        if port.display_name == name:
            return port
    there = ", ".join(port.display_name for port in ports) or "none"
    raise UnknownPort(f"port '{name}' is not there any more; there are: {there}")


def _open(handle: Handle, port: Far) -> None:
    if failed := handle.open_port(port, CLIENT):
        raise DriverError(
            f"port '{port.display_name}' does not open: {failed}; close the program that has it, or unplug it once"
        )
