"""What is down, in memory that outlives the engine: whoever watches it can let go of all that it had sent.

The engine's loop and its drivers' threads write, a watchdog in another process reads. A key is marked before its
note-on goes out, and cleared only `GRACE_NS` after its note-off was due: what waits in a queue or on a wire when the
engine dies may never leave. One note-off too many harms nobody.

The file: a head (`_HEAD`), then for each port and channel 128 keys, the pedals of `_PEDALS`, and the bend, one byte
each, 1 for down.
"""

import mmap
import os
from collections.abc import Callable
from pathlib import Path
from struct import Struct
from typing import Final

from bridge.core.ledger import Ledger
from bridge.core.message import (
    BEND,
    CONTROL,
    NOTE_OFF,
    NOTE_ON,
    PEDALS,
    bend_centre,
    control,
    is_note_on,
    note_on,
)

GRACE_NS: Final = 300_000_000
PATIENCE_NS: Final = 500_000_000
"""An engine that does not beat for so long is taken for dead."""
LONG_NS: Final = 60_000_000_000
"""So long one may take that takes a song, or closes its ports."""
_BEAT_NS: Final = 100_000_000
_HEAD: Final = Struct("<8sqqB7x")  # what it is; alive until (0: not begun); the engine's process; 1: has ended
_MAGIC: Final = b"mbpage1\n"
_PEDALS: Final = tuple(sorted(PEDALS))
_BEND: Final = 128 + len(_PEDALS)
_CHANNEL: Final = _BEND + 1
_PORT: Final = 16 * _CHANNEL
_BENT: Final = bytes((0, 0))


class Page:
    """The shared memory of one engine's run, over the file at `path`."""

    def __init__(self, path: Path, *, is_new: bool = False, ports: int = 0) -> None:
        flags = os.O_RDWR | (os.O_CREAT | os.O_TRUNC if is_new else 0)
        with open(os.open(path, flags, 0o600), "r+b") as file:
            if is_new:
                file.truncate(_HEAD.size + ports * _PORT)  # at once, for it may be looked at already
                file.write(_HEAD.pack(_MAGIC, 0, os.getpid(), 0))
                file.flush()
            self._bytes = mmap.mmap(file.fileno(), 0)
        self._ends: dict[int, int] = {}
        self._beat_ns = 0

    # The engine's side

    def step(self, now_ns: int, has_waiting: Callable[[int], bool], patience_ns: int = PATIENCE_NS) -> None:
        """Say that the engine is alive, and clear what has surely left: not of a port of which something waits.

        The engine is heard of again within `patience_ns`.
        """
        while self._ends:
            index, end_ns = next(iter(self._ends.items()))
            if end_ns > now_ns:
                break
            if self._ends.pop(index, None) is None:
                continue
            if has_waiting((index - _HEAD.size) // _PORT):
                self._ends[index] = now_ns + GRACE_NS
            else:
                self._bytes[index] = 0
        if now_ns >= self._beat_ns or self.alive_ns > now_ns + patience_ns:
            self._beat_ns = now_ns + _BEAT_NS
            self.live_until(now_ns + patience_ns)

    def live_until(self, at_ns: int) -> None:
        """Say that the engine will not be heard of before then: it loads a song, or closes its ports."""
        Struct("<q").pack_into(self._bytes, 8, at_ns)

    def end(self) -> None:
        """Say that the engine has let go of everything itself."""
        self._bytes[24] = 1

    def mark(self, port: int, message: bytes, due_ns: int) -> None:
        """Keep account of one message that is about to be sent."""
        status = message[0]
        base = _HEAD.size + port * _PORT + (status & 15) * _CHANNEL
        kind = status & 0xF0
        if kind in (NOTE_ON, NOTE_OFF):
            self._mark(base + message[1], due_ns, is_down=is_note_on(message))
        elif kind == CONTROL and message[1] in PEDALS:
            self._mark(base + 128 + _PEDALS.index(message[1]), due_ns, is_down=message[2] > 0)
        elif kind == BEND:
            self._mark(base + _BEND, due_ns, is_down=message != bend_centre(status & 15))

    def _mark(self, index: int, due_ns: int, *, is_down: bool) -> None:
        self._ends.pop(index, None)
        if is_down:
            self._bytes[index] = 1
        elif self._bytes[index]:
            self._ends[index] = due_ns + GRACE_NS

    # The watchdog's side

    @property
    def process(self) -> int:
        """The engine's process."""
        return int(_HEAD.unpack_from(self._bytes)[2])

    @property
    def has_ended(self) -> bool:
        """True when nothing is left to do."""
        return bool(_HEAD.unpack_from(self._bytes)[3])

    @property
    def alive_ns(self) -> int:
        """When the engine is heard of at the latest; 0 before it has begun."""
        return int(_HEAD.unpack_from(self._bytes)[1])

    def is_dead(self, now_ns: int) -> bool:
        """True when the engine has begun, and was to be heard of before now."""
        return 0 < self.alive_ns < now_ns

    def letting_go(self, port: int) -> list[bytes]:
        """What lets go of everything that is down on a port."""
        ledger = Ledger(port)
        for channel in range(16):
            base = _HEAD.size + port * _PORT + channel * _CHANNEL
            down = self._bytes[base : base + _CHANNEL]
            for key in range(128):
                if down[key]:
                    ledger.hand(note_on(channel, key, 1))
            for place, pedal in enumerate(_PEDALS):
                if down[128 + place]:
                    ledger.hand(control(channel, pedal, 127))
            if down[_BEND]:
                ledger.hand(bytes((BEND | channel,)) + _BENT)
        return ledger.silence()

    def close(self) -> None:
        """Let go of the memory."""
        self._bytes.close()
