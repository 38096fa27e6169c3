"""What the ALSA sequencer is to us: its ports, what it says, and the calls that are used of it.

`alsa` is the one that makes them, `sequencer` the one that calls them; tests put a kernel of their own in between.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol


class Address(NamedTuple):
    """A port's numbers, which change when its device is plugged in again."""

    client: int
    port: int


@dataclass(frozen=True, slots=True)
class Seen:
    """One port of the system as the kernel lists it."""

    address: Address
    client_name: str
    port_name: str
    card: int = -1
    """The sound card behind it, -1 for a program."""
    gives: bool = True
    """It can be listened to; `takes`: it can be sent to."""
    takes: bool = True

    @property
    def name(self) -> str:
        """`Client:Port`, without the numbers."""
        return f"{self.client_name}:{self.port_name}"


class Arrived(NamedTuple):
    """Bytes for our own port number `port`, stamped by the queue's clock."""

    port: int
    own_ns: int
    data: bytes


class Came(NamedTuple):
    """A port was announced, or has been changed."""

    address: Address


class Gone(NamedTuple):
    """A port is no more."""

    address: Address


class Overrun(NamedTuple):
    """The kernel threw away all that had waited: arrivals and announcements."""


Heard = Arrived | Came | Gone | Overrun


class Client(Protocol):
    """What is used of the kernel; every call returns at once. Raises DriverError."""

    def fileno(self) -> int:
        """Readable when there is something to `read`."""
        ...

    def make_port(self, name: str, is_output: bool) -> int:
        """Make a port of our own, and return its number."""
        ...

    def drop_port(self, port: int) -> None:
        """Take it away, and what it is connected with."""
        ...

    def connect(self, port: int, far: Address, is_output: bool) -> None:
        """Connect our own port with another."""
        ...

    def seen(self) -> list[Seen]:
        """All ports of others."""
        ...

    def read(self) -> list[Heard]:
        """What has come since the last call."""
        ...

    def write(self, port: int, message: bytes, own_ns: int | None) -> bool:
        """Send to whom our port is connected with, at that time of the queue or now; False where it is full."""
        ...

    def take_back(self, port: int) -> None:
        """Remove all of that port's messages that wait in the queue."""
        ...

    def queue_ns(self) -> int:
        """The queue's time."""
        ...

    def close(self) -> None:
        """Leave the sequencer."""
        ...
