"""5-pin DIN at 31,250 baud through a serial device; the only file that imports pyserial.

The output books its own wire, since a serial driver hides a second of it (measured: 4,111 bytes), and hands over at
most `AHEAD` bytes: what waits is in its lanes, where a note passes controllers and panic can call it back. It never
waits for the driver; the loop that waits steps it at `next_ns`. It refuses a device that does not open or does not run
at 31,250 baud, and, once the device has been pulled out, everything.
"""

import errno
import os
from typing import Final

import serial
from serial.tools import list_ports

from bridge.core.clock import Clock
from bridge.core.lanes import Lanes
from bridge.core.stream import Stream
from bridge.errors import DriverError
from bridge.ports.base import Capabilities, InputPort, OutputPort, closed
from bridge.ports.wired import BYTE_NS, PacedOutput

BAUD: Final = 31_250
AHEAD: Final = 3
"""Bytes handed over before the wire has carried them: enough for a loop that wakes half a millisecond late."""
HIDDEN: Final = 16
"""Bytes that may wait in the driver, on their way to a USB adapter say; with more the wire is slower than booked."""
_RETRY_NS: Final = 1_000_000  # a driver that is full is asked again after so long


class Line:
    """One opened serial device, shared by the output and the input of one name; no other program gets it meanwhile."""

    _opened: Final[dict[str, "Line"]] = {}

    def __init__(self, name: str) -> None:
        self.name = name
        self.users = 0
        self.refusal = ""
        """Why it is of no use any more; empty while it works."""
        try:
            self._device = serial.Serial(name, BAUD, timeout=0, write_timeout=0, exclusive=True)
        except (OSError, ValueError) as failed:  # SerialException is an OSError; a baud rate refused is a ValueError
            way_out = "see that it is plugged in, free, and yours to open"
            raise DriverError(f"port '{name}' does not open for 5-pin DIN: {_reason(failed)}; {way_out}") from failed

    @classmethod
    def shared(cls, name: str) -> "Line":
        """The line of that name, opened by the first who asks. Raises DriverError."""
        line = cls._opened.get(name)
        if line is None or line.refusal:
            line = cls._opened[name] = Line(name)
        line.users += 1
        return line

    def write(self, data: bytes) -> int:
        """Hand bytes to the driver, as many as it takes now. Raises DriverError when the device is gone."""
        try:
            return os.write(self._device.fileno(), data)
        except BlockingIOError:
            return 0
        except OSError as failed:
            raise self._lost(failed) from failed

    def hidden(self) -> int:
        """Bytes that wait in the driver; it does not count those in the chip. Raises DriverError as `write` does."""
        try:
            return int(self._device.out_waiting)
        except OSError as failed:
            raise self._lost(failed) from failed

    def read(self) -> bytes:
        """What has arrived. Raises DriverError when the device is gone."""
        try:
            count = self._device.in_waiting  # fails on a line that was hung up, where a read only finds nothing
            return os.read(self._device.fileno(), count) if count else b""
        except OSError as failed:
            raise self._lost(failed) from failed

    def release(self) -> None:
        """One user fewer; the last one closes it."""
        self.users -= 1
        if not self.users:
            self._device.close()
            if self._opened.get(self.name) is self:
                del self._opened[self.name]

    def _lost(self, failed: OSError) -> DriverError:
        self.refusal = f"port '{self.name}' is gone: {_reason(failed)}; plug it in, and start again"
        return DriverError(self.refusal)


class DinOutput(PacedOutput):
    """An output on a 5-pin DIN wire."""

    capabilities = Capabilities(sees_unplug=True, cancels=True)

    def __init__(self, line: Line, clock: Clock, *, running_status: bool = True) -> None:
        super().__init__(line.name, clock, Lanes(running_status=running_status), BYTE_NS, AHEAD - 1)
        self._line = line
        self._rest = b""  # taken out of the lanes, and not taken by the driver

    def _has_waiting(self) -> bool:
        return bool(self._rest) or super()._has_waiting()

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

    def _refusal(self) -> str:
        return self._line.refusal

    def _note(self, failed: DriverError) -> None:
        """The line says it itself, to its input as well."""

    def _release(self) -> None:
        self._line.release()


class DinInput:
    """An input on a 5-pin DIN wire; bytes are stamped when they are asked for, so ask often."""

    capabilities: Final = Capabilities(sees_unplug=True)

    def __init__(self, line: Line, clock: Clock) -> None:
        self.name = line.name
        self._line = line
        self._clock = clock
        self._stream = Stream()
        self._is_closed = False

    def receive(self) -> list[tuple[int, bytes]]:
        """What has arrived since the last call, all stamped now; `DriverError` once the device is gone."""
        if self._is_closed:
            raise closed(self.name)
        if self._line.refusal:
            raise DriverError(self._line.refusal)
        now_ns = self._clock.now_ns()
        return self._stream.feed(self._line.read(), now_ns)

    def close(self) -> None:
        """Give the device back."""
        if not self._is_closed:
            self._is_closed = True
            self._line.release()


def names() -> list[str]:
    """The serial devices of the system; whether 5-pin DIN is behind one, nobody can tell."""
    return [port.device for port in list_ports.comports()]


def open_output(name: str, clock: Clock) -> OutputPort:
    """The output on that serial device. Raises DriverError."""
    return DinOutput(Line.shared(name), clock)


def open_input(name: str, clock: Clock) -> InputPort:
    """The input on that serial device. Raises DriverError."""
    return DinInput(Line.shared(name), clock)


def _reason(failed: Exception) -> str:
    """What the system said, without the names that pyserial wraps around it."""
    code = getattr(failed, "errno", None)
    if code == errno.EWOULDBLOCK:  # its lock
        return "another program has it"
    return os.strerror(code).lower() if isinstance(code, int) else str(failed)
