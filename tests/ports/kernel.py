"""ALSA's sequencer as a test plays it: devices are plugged in and out of it, and what it is given is kept."""

from dataclasses import dataclass, field
from pathlib import Path

from bridge.core.clock import ManualClock
from bridge.errors import DriverError
from bridge.ports.sequencer_client import Address, Arrived, Came, Gone, Heard, Overrun, Seen

QUEUE_STARTED_NS = 700_000_000
"""Our clock when the queue began to count."""


@dataclass(slots=True)
class Device:
    """A device or a program, in the order of its ports."""

    name: str
    ports: list[str]
    serial: str = ""
    socket: str = ""
    """Where it is plugged in; nothing for a program."""
    model: str = "0001"


@dataclass(slots=True)
class Kernel:
    """A fake of `Client`, and the world behind it; `sysfs` is where the devices say what they are."""

    clock: ManualClock
    sysfs: Path
    heard: list[Heard] = field(default_factory=list)
    sent: list[tuple[bytes, int | None]] = field(default_factory=list)
    """(message, our time at which it leaves or None for now), of whom nobody called back."""
    links: dict[int, Address] = field(default_factory=dict)
    is_full: bool = False
    is_busy: bool = False
    is_open: bool = True
    _there: dict[int, Device] = field(default_factory=dict)
    _made: int = 0

    # The world

    def plug(self, *devices: Device) -> None:
        """Plug devices in; each gets the lowest number that is free, as the kernel does it."""
        for device in devices:
            card = next(number for number in range(99) if number not in self._there)
            self._there[card] = device
            if device.socket:
                folder = self.sysfs / "devices" / "usb1" / device.socket
                link = self.sysfs / "class" / "sound" / f"card{card}" / "device"
                (folder / "interface").mkdir(parents=True, exist_ok=True)
                for name, text in (("idVendor", "1c75"), ("idProduct", device.model), ("serial", device.serial)):
                    (folder / name).write_text(f"{text}\n", encoding="utf-8")
                link.parent.mkdir(parents=True, exist_ok=True)
                link.unlink(missing_ok=True)
                link.symlink_to(folder / "interface")
            self.heard += [Came(Address(16 + 4 * card, port)) for port in range(len(device.ports))]

    def unplug(self, *devices: Device) -> None:
        """Pull devices out: their connections are gone."""
        for device in devices:
            card = self.card_of(device)
            del self._there[card]
            gone = [Address(16 + 4 * card, port) for port in range(len(device.ports))]
            self.heard += [Gone(address) for address in gone]
            self.links = {port: far for port, far in self.links.items() if far not in gone}

    def card_of(self, device: Device) -> int:
        """The card that it is now."""
        return next(card for card, there in self._there.items() if there is device)

    def device_of(self, port: int) -> Device | None:
        """The device that our port is connected with."""
        far = self.links.get(port)
        return self._there[(far.client - 16) // 4] if far else None

    def arrive(self, data: bytes, at_ns: int, port: int = 1) -> None:
        """Bytes come from whom our port is connected with."""
        self.heard.append(Arrived(port, at_ns - QUEUE_STARTED_NS, data))

    def overrun(self, *lost: Heard) -> None:
        """Too much has waited: all of it is gone."""
        self.heard = [one for one in self.heard if one not in lost] + [Overrun()]

    # The client

    def fileno(self) -> int:
        return 0

    def make_port(self, name: str, is_output: bool) -> int:
        self._made += 1
        return self._made

    def drop_port(self, port: int) -> None:
        self.links.pop(port, None)

    def connect(self, port: int, far: Address, is_output: bool) -> None:
        if self.is_busy:
            raise DriverError("another program has it")
        self.links[port] = far

    def seen(self) -> list[Seen]:
        return [
            Seen(Address(16 + 4 * card, number), device.name, port, card if device.socket else -1)
            for card, device in self._there.items()
            for number, port in enumerate(device.ports)
        ]

    def read(self) -> list[Heard]:
        heard, self.heard = self.heard, []
        return heard

    def write(self, port: int, message: bytes, own_ns: int | None) -> bool:
        if not (self.is_full and own_ns is not None) and port in self.links:
            self.sent.append((message, None if own_ns is None else own_ns + QUEUE_STARTED_NS))
        return not (self.is_full and own_ns is not None)

    def take_back(self, port: int) -> None:
        now_ns = self.clock.now_ns()
        self.sent = [(message, at_ns) for message, at_ns in self.sent if at_ns is None or at_ns <= now_ns]

    def queue_ns(self) -> int:
        return self.clock.now_ns() - QUEUE_STARTED_NS

    def close(self) -> None:
        self.is_open = False

    def direct(self) -> list[bytes]:
        """What was sent to leave at once."""
        return [message for message, at_ns in self.sent if at_ns is None]
