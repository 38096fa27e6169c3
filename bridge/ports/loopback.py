"""An output and an input joined in one process: what is sent comes back, stamped with the clock at its sending.

For tests, and for trying things without hardware (`--to loop:a`). It refuses use after its close.
"""

from typing import Final

from bridge.core.clock import Clock
from bridge.ports.base import Capabilities, closed


class Loopback:
    """An end of a named cable, for both ways: what one end sends is received once, by whichever asks first."""

    capabilities: Final = Capabilities(stamps_input=True, virtual=True)

    def __init__(self, name: str, clock: Clock, other: "Loopback | None" = None) -> None:
        """With `other`, one more end of its cable."""
        self.name = name
        self.clock = clock
        self.is_closed = False
        self._cable: list[tuple[int, bytes]] = other._cable if other else []

    def is_joined_to(self, port: object) -> bool:
        """True for an end of the same cable."""
        return isinstance(port, Loopback) and port._cable is self._cable

    def send(self, message: bytes, due_ns: int) -> None:
        """Put one message in; it arrives now, whenever it was due."""
        self._check_open()
        self._cable.append((self.clock.now_ns(), bytes(message)))

    def receive(self) -> list[tuple[int, bytes]]:
        """What was sent since the last call, stamped with the time of its sending."""
        self._check_open()
        arrived = self._cable.copy()
        self._cable.clear()
        return arrived

    def close(self) -> None:
        """End this end alone; with the last one, what was not received is gone."""
        self.is_closed = True

    def _check_open(self) -> None:
        if self.is_closed:
            raise closed(self.name)
