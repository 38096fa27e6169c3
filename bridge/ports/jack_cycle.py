"""What one JACK cycle does for one port: an outlet writes what is due at its frame, an inlet hands in what has come.

Called by `ports/jack` alone: `run` by its process callback, on JACK's thread, everything else by whoever sends and
receives. Between the threads there are only deques, whose ends are safe to use from two; no lock is held for long.
"""

import heapq
import socket
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from bridge.core.anchor import Anchor
from bridge.core.independence import lets_go
from bridge.core.message import (
    DATA_BYTES,
    SYSEX,
    is_note_off,
    is_note_on,
)
from bridge.core.stream import Stream

LIMIT: Final = 65_536
"""Messages that may wait for a cycle; more only do where JACK has stopped calling."""
_UNFOLLOWED: Final = frozenset((0xF8, 0xFE))  # clock and Active Sensing
_CALL_BACK: Final = b""  # stands for no message among what is handed over: what waits is called back
_FORGET: Final = b"\x00"  # … or dropped

Key = tuple[int, int]
"""(channel, pitch)."""
Waiting = tuple[int, int, int, bytes]
"""When it is due, its number, when it was promised to leave, the message."""


class Outlet:
    """What waits for one output, in the order of (due, sent); `write` puts one message into the cycle's buffer."""

    def __init__(self, write: Callable[[int, bytes], bool]) -> None:
        """`write(offset, message)` says False where the buffer is full."""
        self.late = 0
        """Messages that were handed over in time and left late."""
        self.worst_late_ns = 0
        self.dropped = 0
        """Messages that no empty buffer takes."""
        self._write = write
        self._handed: deque[tuple[int, int, bytes]] = deque()
        self._waiting: list[Waiting] = []
        self._number = 0
        self._sounding: set[Key] = set()  # keys whose on has left and whose off has not
        self._recalled: set[Key] = set()  # keys whose on was called back, and whose off may still come

    @property
    def is_empty(self) -> bool:
        """True when all has left."""
        return not self._handed and not self._waiting

    @property
    def is_stuck(self) -> bool:
        """True when more waits than any cycle leaves waiting."""
        return len(self._handed) > LIMIT

    def put(self, message: bytes, due_ns: int, promised_ns: int) -> None:
        """Hand over one message; it counts as late when it leaves over a frame behind `promised_ns`."""
        self._handed.append((due_ns, promised_ns, message))

    def cancel(self) -> None:
        """Call back all that was put and has not left by the next cycle, but what lets go, which leaves at once."""
        self._handed.append((0, 0, _CALL_BACK))

    def forget(self) -> None:
        """Drop all that was put and has not left: nobody listens any more."""
        self._handed.append((0, 0, _FORGET))

    def run(self, first: int, behind: int, anchor: Anchor) -> None:
        """Write all that is due before the frame `behind` into the cycle that begins with the frame `first`."""
        if self._handed:
            self._take_over(anchor.ns_at(first))
        waiting = self._waiting
        is_fresh = True
        while waiting:
            frame = anchor.frame_at(waiting[0][0])
            if frame >= behind:
                return
            is_written = self._write(max(frame - first, 0), waiting[0][3])
            if not is_written and not is_fresh:
                return  # the next cycle's buffer is empty again
            _, _, promised_ns, message = heapq.heappop(waiting)
            is_fresh = False
            if not is_written:
                self.dropped += 1
                continue
            self._note(message)
            if frame < first:
                self._count(anchor.ns_at(first) - promised_ns, anchor)

    def _take_over(self, now_ns: int) -> None:
        while self._handed:
            due_ns, promised_ns, message = self._handed.popleft()
            if message == _CALL_BACK:
                self._call_back(now_ns)
            elif message == _FORGET:
                self._waiting.clear()
                self._sounding.clear()
                self._recalled.clear()
            elif self._admits(message):
                self._number += 1
                heapq.heappush(self._waiting, (due_ns, self._number, promised_ns, message))

    def _admits(self, message: bytes) -> bool:
        """False for the off of a note that was called back: on the wire ons and offs of a key alternate."""
        if not self._recalled or message[0] >> 4 not in (8, 9):
            return True
        key = _key(message)
        is_off_of_recalled = is_note_off(message) and key in self._recalled
        self._recalled.discard(key)
        return not is_off_of_recalled

    def _call_back(self, now_ns: int) -> None:
        kept: list[Waiting] = []
        sounding = set(self._sounding)
        for _, number, _, message in sorted(self._waiting):
            if is_note_on(message):
                self._recalled.add(_key(message))
            elif is_note_off(message):
                self._recalled.discard(_key(message))
                if _key(message) in sounding:
                    sounding.discard(_key(message))
                    kept.append((now_ns, number, now_ns, message))
            elif lets_go(message):
                kept.append((now_ns, number, now_ns, message))
        self._waiting = kept

    def _note(self, message: bytes) -> None:
        kind = message[0] >> 4
        if kind == 9 and message[2]:
            self._sounding.add(_key(message))
        elif kind in (8, 9):
            self._sounding.discard(_key(message))

    def _count(self, late_ns: int, anchor: Anchor) -> None:
        if late_ns > anchor.ns_per_frame:  # that much a bend of the anchor may take
            self.late += 1
            self.worst_late_ns = max(self.worst_late_ns, late_ns)


class Inlet:
    """What has come in at one input; `fileno` of its `bell` is readable while something waits."""

    def __init__(self, read: Callable[[], Iterable[tuple[int, bytes]]]) -> None:
        """`read` gives the (offset, message) of the cycle that runs."""
        self.take: Callable[[int, bytes], bool] | None = None
        self.bell = Bell()
        self._read = read
        self._stream = Stream()
        self._waiting: deque[tuple[int, bytes]] = deque()

    def run(self, first: int, anchor: Anchor) -> None:
        """Hand in all that has come in the cycle that begins with the frame `first`, each with its moment."""
        for offset, data in self._read():
            message, at_ns = bytes(data), anchor.ns_at(first + offset)
            if _is_plain(message):
                self._put(at_ns, message)
                continue
            # An event is a whole message by JACK's rules; who breaks them, by sending a SysEx in pieces, is understood.
            for _, whole in self._stream.feed(message, at_ns):
                self._put(at_ns, whole)

    def receive(self) -> list[tuple[int, bytes]]:
        """What nobody has taken, in order."""
        self.bell.still()
        arrived = []
        while self._waiting:
            arrived.append(self._waiting.popleft())
        return arrived

    def _put(self, at_ns: int, message: bytes) -> None:
        if message[0] in _UNFOLLOWED:
            return
        if self.take and not self._waiting and self.take(at_ns, message):
            return
        self._waiting.append((at_ns, message))
        if len(self._waiting) == 1:
            self.bell.ring()


class Bell:
    """Wakes a loop that waits for descriptors; ringing never waits."""

    def __init__(self) -> None:
        self._is_rung = False
        self._rung, self._ringing = socket.socketpair()
        self._rung.setblocking(False)
        self._ringing.setblocking(False)

    def fileno(self) -> int:
        """Readable from a `ring` to the next `still`."""
        return self._rung.fileno()

    def ring(self) -> None:
        """Make it readable."""
        try:
            self._ringing.send(b"\x00")
        except OSError:  # it is full, so it rings already; or it is closed
            return
        self._is_rung = True

    def still(self) -> None:
        """Make it unreadable."""
        if not self._is_rung:
            return
        self._is_rung = False
        try:
            self._rung.recv(4_096)
        except OSError:  # nothing has rung
            return

    def close(self) -> None:
        """Give the descriptors back."""
        self._rung.close()
        self._ringing.close()


def _is_plain(message: bytes) -> bool:
    """True for a whole channel message."""
    if not message or not 0x80 <= message[0] < SYSEX:
        return False
    return len(message) == DATA_BYTES[message[0]] + 1 and message[1] < 0x80 > message[-1]


def _key(message: bytes) -> Key:
    return message[0] & 15, message[1]
