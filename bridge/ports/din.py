"""5-pin DIN at 31,250 baud through a serial device.

The output books its own wire, since a serial driver hides a second of it (measured: 4,111 bytes), and hands over at
most `AHEAD` bytes: what waits is in its lanes, where a note passes controllers and panic can call it back. It never
waits for the driver; whoever owns it steps it at `next_ns`. What is sent while the device is gone is dropped.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from bridge.core.clock import Clock
from bridge.core.stream import Stream
from bridge.ports import serial_line
from bridge.ports.base import Capabilities, InputPort, OutputPort, closed
from bridge.ports.serial_identity import Identity
from bridge.ports.serial_line import Line
from bridge.ports.wired import BYTE_NS, PacedOutput

AHEAD: Final = 3
"""Bytes handed over before the wire has carried them: enough for a loop that wakes half a millisecond late."""
HIDDEN: Final = 16
"""Bytes that may wait in the driver, on their way to a USB adapter say; with more the wire is slower than booked."""
_RETRY_NS: Final = 1_000_000  # a driver that is full is asked again after so long
_CHECK_NS: Final = 50_000_000  # so often one that is silent is asked whether it is there


class DinOutput(PacedOutput):
    """An output on a 5-pin DIN wire."""

    capabilities = Capabilities(sees_unplug=True, cancels=True)

    def __init__(self, line: Line, clock: Clock, *, running_status: bool = True) -> None:
        super().__init__(line.name, clock, BYTE_NS, AHEAD - 1, running_status=running_status)
        self._line = line
        self._rest = b""  # taken out of the lanes, and not taken by the driver
        self._check_ns = 0

    @property
    def is_connected(self) -> bool:
        """False while the device is gone: what is sent meanwhile is dropped."""
        return self._line.is_connected

    def step(self, now_ns: int) -> None:
        """Hand over what the wire can carry next; a device that goes in a rest is noticed too."""
        if now_ns >= self._check_ns and not self._is_closed:
            self._check_ns = now_ns + _CHECK_NS
            self._line.hidden()
        super().step(now_ns)

    def _has_waiting(self) -> bool:
        return bool(self._rest) or super()._has_waiting()

    def _forget(self) -> None:
        super()._forget()
        self._rest = b""

    def _hand_over(self, now_ns: int) -> None:
        hidden = self._line.hidden()
        if hidden > HIDDEN:
            self._retry_ns = now_ns + (hidden - HIDDEN) * BYTE_NS
            return
        ahead = -(-max(0, self._wire.free_ns - now_ns) // BYTE_NS)
        data = self._rest or self.lanes.take(AHEAD - ahead, now_ns)
        written = self._line.write(data)
        self._rest = data[written:]
        self._retry_ns = now_ns + _RETRY_NS if self._rest else 0
        self._wire.book(written, now_ns)

    def _hurry(self) -> None:
        """Nothing: a device that has taken nothing for so long takes nothing now."""

    def _release(self) -> None:
        self._line.release()


class DinInput:
    """An input on a 5-pin DIN wire; bytes are stamped when they are asked for, so ask as soon as it can be read."""

    capabilities: Final = Capabilities(sees_unplug=True)

    def __init__(self, line: Line, clock: Clock) -> None:
        self.name = line.name
        self._line = line
        self._clock = clock
        self._stream = Stream()
        self._is_closed = False

    @property
    def is_connected(self) -> bool:
        """False while the device is gone: nothing arrives."""
        return self._line.is_connected

    def fileno(self) -> int:
        """The descriptor that becomes readable when bytes have arrived or the device goes."""
        return self._line.fileno()

    def receive(self) -> list[tuple[int, bytes]]:
        """What has arrived since the last call, all stamped now."""
        if self._is_closed:
            raise closed(self.name)
        now_ns, data = self._clock.now_ns(), self._line.read()
        if not self._line.is_connected:
            self._stream = Stream()  # what had begun does not go on when it is back
        return self._stream.feed(data, now_ns)

    def close(self) -> None:
        """Give the device back."""
        if not self._is_closed:
            self._is_closed = True
            self._line.release()


def names() -> list[str]:
    """The serial devices of the system."""
    return serial_line.names()


def open_output(name: str, clock: Clock, identity: Identity | None = None) -> OutputPort:
    """The output on that serial device, or on the one of that identity. Raises DriverError."""
    return DinOutput(Line.shared(name, identity), clock)


def open_input(name: str, clock: Clock) -> InputPort:
    """The input on that serial device. Raises DriverError."""
    return DinInput(Line.shared(name), clock)


def remember_output(name: str) -> Callable[[Clock], OutputPort]:
    """What opens later the output on the device that has that name now, whatever it is called by then."""
    return partial(open_output, name, identity=serial_line.identify(name))
