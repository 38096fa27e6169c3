"""Which piece of hardware a serial device is, whatever it is called when it is plugged in again. Pure.

Called by `serial_line` with what the system lists. A USB adapter is known by its serial number, else by its socket,
else by being the only one of its model; anything else by its path. It refuses the number of a pseudo-terminal that is
gone: any terminal may have it next.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from bridge.ports.usb_identity import Usb

_PSEUDO_TERMINALS: Final = "/dev/pts/"


@dataclass(frozen=True, slots=True)
class Listed:
    """One serial device as the system lists it."""

    path: str
    usb: Usb | None = None
    """The adapter that it is on, None for what is no USB device."""
    line: str = ""
    """Which of an adapter's lines it is, where that has several."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a serial device is known by when it comes back; `path` is as typed, `device` what that led to."""

    path: str
    device: Listed
    goes_by_serial: bool = False
    is_alone: bool = True
    """No other of its model was seen beside it: without a serial number, any socket will do."""

    @classmethod
    def of(cls, path: str, real: str, listed: Iterable[Listed]) -> "Identity":
        """The identity of the device at `path`, which leads to `real`."""
        listed = list(listed)
        device = next((one for one in listed if one.path == real), Listed(real))
        usb = device.usb
        twins = [one for one in listed if usb and one.usb and one.usb.socket != usb.socket and usb.is_twin(one.usb)]
        return cls(path, device, bool(usb and usb.serial and not twins)).beside(listed)

    def beside(self, listed: Iterable[Listed]) -> "Identity":
        """The same, with what is plugged in beside it."""
        usb = self.device.usb
        others = [one for one in listed if usb and one.usb and usb.is_like(one.usb) and one.usb.socket != usb.socket]
        return replace(self, is_alone=self.is_alone and not others)

    def is_reused(self, real: str) -> bool:
        """True where a pseudo-terminal is gone and its path leads to that number again, `real`: that is another's."""
        return self.device.usb is None and real == self.device.path and real.startswith(_PSEUDO_TERMINALS)

    def path_in(self, listed: Iterable[Listed]) -> str | None:
        """Where the device is now, None while it is not listed; what is no USB device is at its path, if at all."""
        if self.device.usb is None:
            return self.path
        found = [one for one in listed if self._is_it(one)]
        return found[0].path if len(found) == 1 else None

    def _is_it(self, other: Listed) -> bool:
        usb = self.device.usb
        if not usb or not other.usb or other.line != self.device.line:
            return False
        return usb.is_again(other.usb, goes_by_serial=self.goes_by_serial, is_alone=self.is_alone)
