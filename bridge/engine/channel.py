"""One end of the link between two processes: the frames of `link` over a stream socket, in both directions.

Engine and host have one each, used by their one thread. Nothing here waits: what the socket does not take stays in
memory, so that a host that stands still cannot stop the engine. Over `bound` bytes arrivals are refused; the gap in
their numbers tells the host how many. An end that is gone is `is_closed`.

On the socket each frame is its length (four bytes, little-endian) and its bytes.
"""

import socket
from collections.abc import Iterator
from typing import Final

from bridge.core.arrival import Arrival
from bridge.engine.link import Frame, decode, encode
from bridge.engine.outbox import Outbox

BOUND: Final = 64 << 20
"""Bytes that may wait for the other end before arrivals are refused: a million of them, hours of playing."""
_PIECE: Final = 1 << 16
_HEAD: Final = 4


class Channel:
    """Frames to and from another process."""

    def __init__(self, end: socket.socket, bound: int = BOUND) -> None:
        self.is_closed = False
        self._socket = end
        self._bound = bound
        self._out = Outbox(end)
        self._in = bytearray()

    def fileno(self) -> int:
        """The descriptor that becomes readable when frames have come."""
        return self._socket.fileno()

    @property
    def next_ns(self) -> int | None:
        """0 (at once) while a whole frame waits; when the next comes nobody knows, the socket wakes the loop."""
        return 0 if self._has_frame else None

    @property
    def waits_to_send(self) -> bool:
        """True while the other end has not taken everything."""
        return len(self._out) > 0 and not self.is_closed

    def send(self, frame: Frame, now_ns: int) -> bool:
        """Give the other end a frame; False for an arrival that is refused. When, a socket does not care about."""
        if self.is_closed or (len(self._out) > self._bound and isinstance(frame, Arrival)):
            return False
        data = encode(frame)
        self._out.put(len(data).to_bytes(_HEAD, "little") + data)
        self.is_closed = self._out.is_gone
        return True

    def flush(self) -> None:
        """Hand over what waits, as far as the socket takes it."""
        self._out.flush()
        self.is_closed = self.is_closed or self._out.is_gone

    def receive(self, now_ns: int) -> Iterator[Frame]:
        """The frames that have come, one by one; those that are not taken out wait."""
        self._read()
        self.flush()
        while self._has_frame:
            end = _HEAD + int.from_bytes(self._in[:_HEAD], "little")
            frame = decode(bytes(self._in[_HEAD:end]))
            del self._in[:end]
            yield frame

    @property
    def _has_frame(self) -> bool:
        return len(self._in) >= _HEAD and len(self._in) >= _HEAD + int.from_bytes(self._in[:_HEAD], "little")

    def _read(self) -> None:
        while not self.is_closed:
            try:
                data = self._socket.recv(_PIECE)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            self._in += data
            self.is_closed = not data

    def close(self) -> None:
        """Let the other end see that this one is gone."""
        self.is_closed = True
        self._socket.close()
