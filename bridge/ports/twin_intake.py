"""How fast a simulated device takes bytes, by the `wire` table of its profile: what comes too fast is lost and counted.

A fact that the profile does not hold is no limit. Pure: times are given.
"""

from typing import Final

from bridge.core import message as midi
from bridge.core.stream import REAL_TIME
from bridge.core.wire import DIN_NS_PER_BYTE
from bridge.ports.twin_log import Lost
from bridge.profiles.sound import Wire

_NS_PER_MS: Final = 1_000_000
_BANKS: Final = (midi.BANK_MSB, midi.BANK_LSB)


class Intake:
    """The way in of one device."""

    def __init__(self, wire: Wire | None) -> None:
        self.lost: list[Lost] = []
        self.early = 0
        """Bytes that arrived sooner than its wire could have carried them; none of them is lost for it."""
        self._ns_per_byte = wire.ns_per_byte if wire else 0
        self._piece = wire.sysex_piece_bytes if wire else None
        self._sysex_gap_ns = _ns(wire.sysex_gap_ms if wire else None)
        self._program_gap_ns = _ns(wire.program_gap_ms if wire else None)
        self._bank_gap_ns = _ns(wire.bank_gap_ms if wire else None)
        self._last_ns: int | None = None
        self._in_sysex = False
        self._is_skipping = False  # a SysEx that came too soon behind the one before
        self._piece_bytes = 0
        self._sysex_ns: int | None = None  # when its last byte came
        self._ready_ns: int | None = None  # a program change or a bank select is being worked on until then
        self._is_selecting = False

    @property
    def lost_bytes(self) -> int:
        """How many bytes it has lost."""
        return sum(one.count for one in self.lost)

    def take(self, data: bytes, at_ns: int) -> bytes:
        """What it gets of bytes of which the last arrives at `at_ns`."""
        if self._last_ns is not None and at_ns < self._last_ns + len(data) * self._ns_per_byte:
            self.early += len(data)
        self._last_ns = at_ns
        if self._piece is None and not self._sysex_gap_ns:
            return data
        first_ns = at_ns - (len(data) - 1) * self._ns_per_byte
        taken = bytes(
            byte for place, byte in enumerate(data) if self._is_taken(byte, first_ns + place * self._ns_per_byte)
        )
        if len(taken) < len(data):
            self.lost.append(Lost(at_ns, len(data) - len(taken), "SysEx faster than it takes"))
        return taken

    def is_ready(self, message: bytes, at_ns: int) -> bool:
        """False for a message that begins while the device works on a program change or a bank select."""
        if message[0] >= REAL_TIME:
            return True
        is_bank = message[0] & 0xF0 == midi.CONTROL and message[1] in _BANKS
        first_ns = at_ns - (len(message) - 1) * self._ns_per_byte
        is_busy = self._ready_ns is not None and first_ns < self._ready_ns
        if is_busy and not (is_bank and self._is_selecting):
            self.lost.append(Lost(at_ns, len(message), "too soon behind a program change or bank select"))
            return False
        self._is_selecting = is_bank
        if is_bank and self._bank_gap_ns:
            self._ready_ns = at_ns + self._bank_gap_ns
        elif message[0] & 0xF0 == midi.PROGRAM and self._program_gap_ns:
            self._ready_ns = at_ns + self._program_gap_ns
        return True

    def _is_taken(self, byte: int, at_ns: int) -> bool:
        if byte >= REAL_TIME:
            return True
        pause_ns = at_ns - self._sysex_ns - self._ns_per_byte if self._sysex_ns is not None else None
        has_paused = pause_ns is None or pause_ns >= self._sysex_gap_ns
        if byte == midi.SYSEX:
            self._in_sysex = True
            self._is_skipping = self._piece is None and not has_paused
        elif byte >= 0x80 and byte != midi.SYSEX_END:
            self._in_sysex = False
        if not self._in_sysex:
            return True
        self._in_sysex = byte != midi.SYSEX_END
        self._sysex_ns = at_ns
        self._piece_bytes = 1 if has_paused else self._piece_bytes + 1
        return not self._is_skipping and (self._piece is None or self._piece_bytes <= self._piece)


def ns_per_byte(wire: Wire | None) -> int:
    """How long a byte takes on the wire of a profile; on 5-pin DIN where it does not say."""
    return wire.ns_per_byte if wire else DIN_NS_PER_BYTE


def _ns(milliseconds: float | None) -> int:
    return round((milliseconds or 0) * _NS_PER_MS)
