"""What goes to an instrument before the song does: SysEx, one behind the other, each when the one before was taken.

A playhead has one. It is filled at a start and when a device comes back; until its end the song sends nothing else.
Pure: it says when the next is due, and takes no notice of time itself.
"""

from collections import deque

from bridge.core.sysex import taken_ns


class SetUp:
    """The SysEx under way to one instrument, and the time at which that can obey what comes behind."""

    def __init__(self) -> None:
        self._ends_ns: int | None = None
        self._waiting: deque[tuple[int, bytes]] = deque()

    @property
    def is_on(self) -> bool:
        """True until its end."""
        return self._ends_ns is not None

    @property
    def next_ns(self) -> int | None:
        """When the next is due, behind the last the end; None where nothing is under way."""
        return self._waiting[0][0] if self._waiting else self._ends_ns

    @property
    def has_more(self) -> bool:
        """True while there is SysEx that has not been taken."""
        return bool(self._waiting)

    def begin(self, at_ns: int) -> None:
        """Start anew; as long as nothing is added it ends at once."""
        self._waiting.clear()
        self._ends_ns = at_ns

    def add(self, message: bytes) -> None:
        """Put one more at the end of what is under way."""
        assert self._ends_ns is not None
        self._waiting.append((self._ends_ns, message))
        self._ends_ns += taken_ns(message)

    def take(self) -> bytes | None:
        """The one that is due next, None where only the end is left."""
        return self._waiting.popleft()[1] if self._waiting else None

    def end(self) -> None:
        """Nothing is under way any more; what has not left is given up."""
        self._waiting.clear()
        self._ends_ns = None
