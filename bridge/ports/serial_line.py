"""A serial device opened for MIDI, found again after it was pulled out; the only file that imports pyserial.

The ports of `din` share one for each name and call it from the one thread of the loop, where nothing waits: while the
device is gone, a thread of its own closes it, looks for it and opens it anew, all of which may take long, and hands the
opened device over. It refuses a device that does not open or does not run at 31,250 baud.
"""

import errno
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

import serial
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from bridge.errors import DriverError
from bridge.ports.serial_identity import Identity, Listed
from bridge.ports.usb_identity import Usb

try:
    from termios import error as _terminal_error
except ImportError:  # Windows has no terminals of this kind
    _terminal_error = OSError  # type: ignore[assignment,misc]  # a class for `except`, either way

BAUD: Final = 31_250
LOOK_S: Final = 0.25
"""So often a device that is gone is looked for, and for so long at least it counts as gone: everybody sees it."""
_FAILURES: Final = (OSError, ValueError, _terminal_error)
"""A SerialException is an OSError; a baud rate refused is a ValueError; what goes while it is opened, the last."""
_REASONS: Final = {
    errno.EWOULDBLOCK: "another program has it",  # its lock
    errno.ENOTTY: "it is no serial device",
}
Answer = TypeVar("Answer")


class Line:
    """One serial device, shared by its output and its input; no other program gets it meanwhile."""

    _opened: Final[dict[str, "Line"]] = {}

    def __init__(self, name: str, identity: Identity | None = None) -> None:
        """With `identity` that very device is opened, wherever it is by now. Raises DriverError."""
        self.name = name
        self.users = 0
        self._path = os.path.realpath(name)
        self._identity = identity or identify(name)
        self._released = threading.Event()
        self._handing_over = threading.Lock()
        try:
            path = _path(identity) if identity else name
            self._device: serial.Serial | None = _opened(path)
        except _FAILURES as failed:
            way_out = "see that it is plugged in, free, and yours to open"
            raise DriverError(f"port '{name}' does not open for 5-pin DIN: {_reason(failed)}; {way_out}") from failed
        self._nothing = socket.socket(type=socket.SOCK_DGRAM)  # bound nowhere, so that it is never readable

    @classmethod
    def shared(cls, name: str, identity: Identity | None = None) -> "Line":
        """The line of that name, opened by the first who asks. Raises DriverError."""
        path = os.path.realpath(name)  # a device may have several names
        line = cls._opened.get(path)
        if line is None:
            line = cls._opened[path] = Line(name, identity)
        line.users += 1
        return line

    @property
    def is_connected(self) -> bool:
        """False while the device is gone: nothing is read, and what is written is not taken."""
        return self._device is not None

    def fileno(self) -> int:
        """What becomes readable when something has arrived or the device goes, and never while it is gone."""
        device = self._device
        return (device or self._nothing).fileno()

    def write(self, data: bytes) -> int:
        """Hand bytes to the driver, as many as it takes now."""
        return self._ask(lambda device: os.write(device.fileno(), data), 0)

    def hidden(self) -> int:
        """Bytes that wait in the driver; it does not count those in the chip."""
        return self._ask(lambda device: int(device.out_waiting), 0)

    def read(self) -> bytes:
        """What has arrived."""
        return self._ask(_read, b"")

    def release(self) -> None:
        """One user fewer; the last one closes it."""
        self.users -= 1
        if self.users:
            return
        self._released.set()
        with self._handing_over:
            device, self._device = self._device, None
        if device:
            device.close()
        self._nothing.close()
        if self._opened.get(self._path) is self:
            del self._opened[self._path]

    def _ask(self, question: Callable[[serial.Serial], Answer], otherwise: Answer) -> Answer:
        """What the device answers; a device that does not is gone."""
        device = self._device
        if device is None:
            return otherwise
        try:
            return question(device)
        except BlockingIOError:
            return otherwise
        except OSError:
            self._device = None
            threading.Thread(target=self._look, args=(device,), name=f"look for {self.name}", daemon=True).start()
            return otherwise

    def _look(self, gone: serial.Serial) -> None:
        """Close what is gone, and look for it until it is back or nobody wants it any more."""
        with suppress(OSError):
            gone.close()  # a driver may wait here for what it cannot send
        self._identity = self._identity.beside(_listed())
        while not self._released.wait(LOOK_S):
            with suppress(*_FAILURES):  # not there, or not ours yet: rights are given a moment after it is
                if not self._identity.is_reused(os.path.realpath(self.name)):
                    self._take_over(_opened(_path(self._identity)))
                    return

    def _take_over(self, device: serial.Serial) -> None:
        with self._handing_over:
            if not self._released.is_set():
                self._device = device
                return
        device.close()


def identify(name: str) -> Identity:
    """What the device of that name is known by."""
    return Identity.of(name, os.path.realpath(name), _listed())


def names() -> list[str]:
    """The serial devices of the system; whether 5-pin DIN is behind one, nobody can tell."""
    return [one.path for one in _listed()]


def _listed() -> list[Listed]:
    try:
        ports = list_ports.comports()
    except (TypeError, ValueError, OSError):  # pyserial reads the numbers of a device that has just gone
        return []
    return [_one(port) for port in ports]


def _one(port: ListPortInfo) -> Listed:
    if port.vid is None or port.pid is None:
        return Listed(port.device)
    socket, _, line = (port.location or "").partition(":")
    return Listed(port.device, Usb(f"{port.vid:04x}", f"{port.pid:04x}", port.serial_number or "", socket), line)


def _path(identity: Identity) -> str:
    path = identity.path_in(_listed())
    if path is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return path


def _opened(path: str) -> serial.Serial:
    return serial.Serial(path, BAUD, timeout=0, write_timeout=0, exclusive=True)


def _read(device: serial.Serial) -> bytes:
    count = device.in_waiting  # fails on a line that was hung up, where a read only finds nothing
    return os.read(device.fileno(), count) if count else b""


def _reason(failed: Exception) -> str:
    """What the system said, without the names that pyserial wraps around it."""
    said = [(getattr(one, "errno", None), *getattr(one, "args", ())[:1]) for one in (failed, failed.__context__)]
    codes = [code for one in said for code in one if isinstance(code, int)]  # a terminal's error has it in its args
    return _REASONS.get(codes[0]) or os.strerror(codes[0]).lower() if codes else str(failed)
