"""An output and an input joined in one process: what is sent comes back, stamped with the clock at its sending.

For tests, and for trying things without hardware (`--to loop:a`). It refuses use after its close.
"""

from typing import Final

from bridge.core.clock import Clock
from bridge.ports.base import Capabilities, closed


class Loopback:
    """Both ends of one named cable; closing either closes both."""

    capabilities: Final = Capabilities(stamps_input=True, virtual=True)

    def __init__(self, name: str, clock: Clock) -> None:
        self.name = name
        self.clock = clock
        self.is_closed = False
        self._arrived: list[tuple[int, bytes]] = []

    def send(self, message: bytes, due_ns: int) -> None:
        """Put one message in; it arrives now, whenever it was due."""
        self._check_open()
        self._arrived.append((self.clock.now_ns(), bytes(message)))

    def receive(self) -> list[tuple[int, bytes]]:
        """What was sent since the last call, stamped with the time of its sending."""
        self._check_open()
        arrived, self._arrived = self._arrived, []
        return arrived

    def close(self) -> None:
        """Cut the cable; what was not received is gone."""
        self.is_closed = True
        self._arrived.clear()

    def _check_open(self) -> None:
        if self.is_closed:
            raise closed(self.name)
