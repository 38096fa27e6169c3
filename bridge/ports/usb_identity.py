"""Which piece of hardware a sound card is: what sysfs says of it, whatever number it has now.

Called when ports are listed or opened and when a device is plugged in. A card that is no USB device has no identity
here. Names and numbers do not tell two alike apart (measured: replugged in the other order they keep both, with the
devices behind them swapped); the serial number does, else the socket.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SYSFS: Final = Path("/sys")


@dataclass(frozen=True, slots=True)
class Usb:
    """One USB device: its maker's and model's numbers, its serial number if it has one, and where it is plugged in."""

    vendor: str
    product: str
    serial: str
    socket: str
    """The hub's path of ports, `1-1.4` say: the same as long as the plug stays in the same socket."""

    def is_like(self, other: "Usb") -> bool:
        """True for two of one model."""
        return (self.vendor, self.product) == (other.vendor, other.product)

    def is_twin(self, other: "Usb") -> bool:
        """True for two of one model that no serial number tells apart: some makers give all the same one."""
        return self.is_like(other) and self.serial == other.serial

    def is_again(self, other: "Usb", *, goes_by_serial: bool, is_alone: bool) -> bool:
        """True if the other is this very one, plugged in anew: by its serial number, its socket, or as the only one."""
        if not self.is_like(other):
            return False
        if goes_by_serial:
            return other.serial == self.serial
        return other.socket == self.socket or (is_alone and self.is_twin(other))


def usb_of_card(card: int, sysfs: Path = SYSFS) -> Usb | None:
    """The USB device behind sound card number `card`, or None."""
    device = Path(os.path.realpath(sysfs / "class" / "sound" / f"card{card}" / "device")).parent
    vendor, product = _read(device / "idVendor"), _read(device / "idProduct")
    if not vendor or not product:
        return None
    return Usb(vendor, product, _read(device / "serial"), device.name)


def _read(path: Path) -> str:
    """What the file says; nothing where there is none, or where its device has just gone."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
