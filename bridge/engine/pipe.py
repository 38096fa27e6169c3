"""What engine and host need of the link between them, and the link within one process.

`Pipe` carries real encoded frames and delivers each after a delay that a test may choose; between processes `channel`
does it.
"""

from collections import deque
from collections.abc import Iterator
from typing import Protocol

from bridge.engine.link import Frame, decode, encode


class Sends(Protocol):
    """Where frames go."""

    is_closed: bool
    """True once the other side is gone."""

    def send(self, frame: Frame, now_ns: int) -> bool:
        """Give the other side a frame; False for an arrival that it has no room for."""
        ...


class Receives(Protocol):
    """Where frames come from."""

    @property
    def next_ns(self) -> int | None:
        """When the next frame is through, as far as that is known."""
        ...

    def receive(self, now_ns: int) -> Iterator[Frame]:
        """The frames that are through by now, one by one; those that are not taken out stay."""
        ...


class Pipe:
    """One direction of the link within a process: bytes come out `delay_ns` after they went in, in order."""

    def __init__(self, delay_ns: int = 0) -> None:
        self.is_closed = False
        self.delay_ns = delay_ns
        self._waiting: deque[tuple[int, bytes]] = deque()

    def send(self, frame: Frame, now_ns: int) -> bool:
        """Put a frame in; it is never refused."""
        self._waiting.append((now_ns + self.delay_ns, encode(frame)))
        return True

    def receive(self, now_ns: int) -> Iterator[Frame]:
        """Take out the frames that are through by now, one by one."""
        while self._waiting and self._waiting[0][0] <= now_ns:
            yield decode(self._waiting.popleft()[1])

    @property
    def next_ns(self) -> int | None:
        """When the next frame is through, None where none is under way."""
        return self._waiting[0][0] if self._waiting else None
