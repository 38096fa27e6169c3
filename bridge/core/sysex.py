"""System exclusive messages: whole ones out of a track's packets, which of them reset an instrument, and what a
controller's transport says by one.

Pure. A file may hold one message as several timed packets (an F0 event, then F7 events; RP-001, p. 6). A port
takes whole messages only, so one is sent at the tick of its last packet, when the instrument can obey it. What
never ends, and what an F7 event holds beside exclusive messages (real-time, notes), is not sent.
"""

from collections.abc import Iterator
from typing import Final

from bridge.core.message import SYSEX, SYSEX_END
from bridge.core.track import Track
from bridge.core.wire import DIN_NS_PER_BYTE

RESET_PAUSE_NS: Final = 50_000_000
"""What an instrument needs behind a reset before it listens again (Roland SC-55 and SC-88 manuals: about 50 ms)."""
PIECE: Final = 256
"""Dumps leave in pieces of so many bytes, 82 ms of a 5-pin wire each; a SysEx no longer than that leaves under notes.

ALSA's snd-seq-midi cuts what does not fit its 4,096, and says nothing (measured).
"""
_REAL_TIME: Final = 0xF8
_MACHINE: Final = 0x06
_MACHINE_BYTES: Final = 6  # a command that carries data is longer
_RESETS: Final = (
    (0x7E, None, 0x09, 0x01),  # General MIDI on
    (0x7E, None, 0x09, 0x02),  # General MIDI off
    (0x7E, None, 0x09, 0x03),  # General MIDI 2 on
    (0x41, None, 0x42, 0x12, 0x40, 0x00, 0x7F),  # Roland GS reset
    (0x41, None, 0x42, 0x12, 0x00, 0x00, 0x7F),  # Roland GS system mode set
    (0x43, None, 0x4C, 0x00, 0x00, 0x7E),  # Yamaha XG system on
    (0x43, None, 0x4C, 0x00, 0x00, 0x7F),  # Yamaha XG all parameters reset
)
"""The bytes behind F0; None is the device's number."""


def messages(track: Track) -> Iterator[tuple[int, bytes | None]]:
    """A track's messages, each with the index of its last packet; None for one that is broken."""
    packets, last = b"", 0
    for index, status in enumerate(track.statuses):
        if status not in (SYSEX, SYSEX_END):
            continue
        payload = track[index].payload
        data = bytes((SYSEX,)) + payload if status == SYSEX else payload
        if data[:1] == bytes((SYSEX,)):
            if packets:
                yield last, None
            packets = data
        elif packets:
            packets += data
        last = index
        if packets and packets[-1] == SYSEX_END:
            yield index, _whole(packets)
            packets = b""
    if packets:
        yield last, None


def is_reset(message: bytes) -> bool:
    """True for what sets a whole instrument back: GM, GS and XG."""
    body = message[1:]
    return message[0] == SYSEX and any(
        len(body) >= len(pattern) and all(want in (None, byte) for want, byte in zip(pattern, body, strict=False))
        for pattern in _RESETS
    )


def machine_command(message: bytes) -> int | None:
    """The one command of MIDI Machine Control in a message, to whatever device; None for anything else.

    F0 7F DEVICE 06 COMMAND F7: 1 is stop, 2 play, 3 play as soon as it can (RP-013, MIDI Machine Control 1.0).
    """
    is_one = len(message) == _MACHINE_BYTES and message[:2] == b"\xf0\x7f" and message[3] == _MACHINE
    return message[4] if is_one else None


def taken_ns(message: bytes) -> int:
    """How long a message keeps a DIN wire, and the instrument behind it, busy."""
    return len(message) * DIN_NS_PER_BYTE + (RESET_PAUSE_NS if is_reset(message) else 0)


def _whole(packets: bytes) -> bytes | None:
    """The message without the real-time bytes in it; None where another status is in it, or nothing at all."""
    message = bytes(byte for byte in packets if byte < _REAL_TIME)
    return message if len(message) > 2 and max(message[1:-1]) < 0x80 else None
