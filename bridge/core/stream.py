"""Wire bytes in, whole messages out: the only place that knows running status and interleaved real-time bytes.

An input port or a twin calls it with whatever has arrived, in pieces of any size; how the bytes are cut changes
nothing. It refuses nothing: a byte that belongs to no whole message is dropped and counted. Source of the rules:
MIDI 1.0 Detailed Specification, "Running Status" and "Types of Messages"; undefined status bytes are ignored.
"""

from typing import Final

from bridge.core.message import DATA_BYTES, SYSEX, SYSEX_END, SYSTEM_SPECS

REAL_TIME: Final = 0xF8
UNDEFINED: Final = frozenset(status for status, spec in SYSTEM_SPECS.items() if spec.name == "undefined")
UNUSABLE: Final = UNDEFINED | {SYSEX_END}
"""Status bytes that begin no message: the undefined ones, and an end without its SysEx."""


class Stream:
    """Cuts one wire's bytes into whole messages, each with its own status byte."""

    def __init__(self, max_sysex: int = 65_536) -> None:
        """A SysEx longer than `max_sysex` bytes, F0 and F7 included, is dropped."""
        self.dropped = 0
        """Bytes received that are in no message: strays, broken-off messages, SysEx too long, undefined statuses."""
        self._max_sysex = max_sysex
        self._pending = bytearray()  # the message being collected, its status first
        self._running = 0  # the status that a data byte may take up; 0: none
        self._is_implied = False  # the pending status was taken up, not received

    def feed(self, data: bytes, at_ns: int) -> list[tuple[int, bytes]]:
        """The messages that `data` completes, in order, each stamped `at_ns`."""
        messages = []
        for byte in data:
            message = self._take(byte)
            if message:
                messages.append((at_ns, message))
        return messages

    def _take(self, byte: int) -> bytes:
        if byte >= REAL_TIME:
            return self._real_time(byte)
        return self._status(byte) if byte >= 0x80 else self._data(byte)

    def _real_time(self, byte: int) -> bytes:
        if byte in UNDEFINED:
            self.dropped += 1
            return b""
        return bytes((byte,))

    def _status(self, byte: int) -> bytes:
        if byte == SYSEX_END and self._in_sysex():
            self._pending.append(byte)
            return self._finish()
        self._drop_pending()
        self._running = byte if byte < SYSEX else 0
        if byte in UNUSABLE:
            self.dropped += 1
            return b""
        self._pending.append(byte)
        return b"" if DATA_BYTES[byte] else self._finish()

    def _data(self, byte: int) -> bytes:
        if not self._pending and not self._take_up_running():
            self.dropped += 1
            return b""
        self._pending.append(byte)
        if self._in_sysex():
            if len(self._pending) >= self._max_sysex:  # no room is left for its end; what follows is stray
                self._drop_pending()
            return b""
        return self._finish() if len(self._pending) > DATA_BYTES[self._pending[0]] else b""

    def _in_sysex(self) -> bool:
        return self._pending[:1] == b"\xf0"

    def _take_up_running(self) -> bool:
        if self._running:
            self._pending.append(self._running)
            self._is_implied = True
        return self._is_implied

    def _finish(self) -> bytes:
        message = bytes(self._pending)
        self._pending.clear()
        self._is_implied = False
        return message

    def _drop_pending(self) -> None:
        self.dropped += len(self._pending) - self._is_implied
        self._pending.clear()
        self._is_implied = False
