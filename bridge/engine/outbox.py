"""What waits to be written to a socket that must never be waited for: kept in memory, handed over as far as it goes.

The link and the local socket have one for each of their connections.
"""

import socket
from typing import Final

_PIECE: Final = 1 << 16


class Outbox:
    """The bytes for one socket, in order; `is_gone` once the other side is."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self.is_gone = False
        self._socket = end
        self._bytes = bytearray()

    def __len__(self) -> int:
        return len(self._bytes)

    def put(self, data: bytes) -> None:
        """Let bytes wait, and hand over what goes at once."""
        self._bytes += data
        self.flush()

    def flush(self) -> None:
        """Hand over what waits, as far as the socket takes it."""
        while self._bytes and not self.is_gone:
            try:
                del self._bytes[: self._socket.send(self._bytes[:_PIECE])]
            except BlockingIOError:
                return
            except OSError:
                self.is_gone = True

    def drain(self, patience_s: float) -> None:
        """Hand over all of it, waiting so long at most."""
        self._socket.settimeout(patience_s)
        self.flush()
