"""What a port is: the two protocols that engine and host are written against, and what a port declares of itself.

The conformance suite in tests/ports runs every virtual port through what is promised here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

from bridge.errors import DriverError

LONGEST_CLOSE_NS: Final = 500_000_000
"""A close waits no longer for what is still to leave."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a port's driver can do; what it declares is tested."""

    sees_unplug: bool = False
    """A device that is pulled out is noticed."""
    stamps_input: bool = False
    """Input carries the time at which it arrived, not the time at which it was asked for."""
    cancels: bool = False
    """What was handed over and has not left can be called back."""
    horizon_ns: int = 0
    """How long before it is due a message may be handed over; 0: it leaves when it is sent."""
    virtual: bool = False
    """No hardware is behind it."""


class OutputPort(Protocol):
    """A way out: whole messages, in order."""

    @property
    def name(self) -> str:
        """What a person calls it."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What its driver can do."""
        ...

    def send(self, message: bytes, due_ns: int) -> None:
        """Send one whole message that was to leave at `due_ns`; `DriverError` if closed or failed.

        `Refused` where it does not take this one message, such as a SysEx too long for its driver.
        """
        ...

    def close(self) -> None:
        """Let it go; closing twice is fine."""
        ...


class InputPort(Protocol):
    """A way in: whole messages, in order, each with the time of its arrival."""

    @property
    def name(self) -> str:
        """What a person calls it."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What its driver can do."""
        ...

    def receive(self) -> list[tuple[int, bytes]]:
        """What has arrived since the last call as (at_ns, message); never waits; `DriverError` if closed."""
        ...

    def close(self) -> None:
        """Let it go; closing twice is fine."""
        ...


@runtime_checkable
class Simulated(Protocol):
    """A port that knows when it has something to do: the loop that waits asks it when to wake."""

    @property
    def next_ns(self) -> int | None:
        """When the next thing happens in it, or None."""
        ...


@runtime_checkable
class Paced(Simulated, Protocol):
    """An output that gives its wire only what it can carry: whoever owns it steps it at its `next_ns`."""

    def step(self, now_ns: int) -> None:
        """Hand over what may go by `now_ns`; never waits."""
        ...


@runtime_checkable
class Cancelling(Protocol):
    """An output whose `capabilities.cancels`: what waits in it can be called back."""

    def cancel(self) -> None:
        """Call back all that has not left, but what lets go of notes and pedals."""
        ...


@runtime_checkable
class Pluggable(Protocol):
    """A port whose `capabilities.sees_unplug`, and which finds its device again when it is plugged in anew."""

    @property
    def is_connected(self) -> bool:
        """False while the device is gone: what is sent meanwhile is dropped, nothing arrives, nothing is raised."""
        ...


@runtime_checkable
class Direct(Protocol):
    """An input whose driver has a thread of its own that hands over each message when it arrives.

    So what goes thru it leaves within the driver's cycle, whatever the loop is doing.
    """

    def attach(self, take: Callable[[int, bytes], bool]) -> None:
        """Call `take(at_ns, message)` for each message, in order; what it refuses (False) waits for `receive`.

        After one that was refused all wait, until `receive` has taken them: order stays.
        """
        ...


@runtime_checkable
class Waking(Protocol):
    """A port with a file descriptor that becomes readable when there is something to `receive` or to notice."""

    def fileno(self) -> int:
        """The descriptor."""
        ...


def closed(name: str) -> DriverError:
    """The error of using a port after its close."""
    return DriverError(f"port '{name}' is closed; open it again to use it")
