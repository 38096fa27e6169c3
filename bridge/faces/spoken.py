"""Messages as text: mido's words, with channels from 1 to 16 as everywhere here; or raw bytes in hex.

Used by `monitor` and `send`; the only command code that imports mido. It refuses what is no whole message, and a
SysEx that a port might cut.
"""

import re
from collections.abc import Collection
from typing import Final

from mido import Message
from mido.messages.specs import SPEC_BY_TYPE

from bridge.core.message import KEY_PRESSURE, SYSEX
from bridge.core.names import key_name
from bridge.core.stream import Stream
from bridge.errors import BadOption

MAX_SYSEX: Final = 4_096
"""Bytes; ALSA cuts a longer message to 4,095 and says nothing (measured)."""
_TUNE_REQUEST: Final = b"\xf6"  # one whole message, before which anything unfinished is dropped
_HEX: Final = re.compile(r"[0-9A-Fa-f]{2}(\s+[0-9A-Fa-f]{2})*")
_CHANNEL: Final = re.compile(r"\bchannel=(\d+)")
_DATA: Final = re.compile(r"data=\([0-9]{1,3}(,[0-9]{1,3})*\)")
_NUMBER: Final = re.compile(r"-?[0-9]{1,9}")
_RANGES: Final = {"pitch": (-8_192, 8_191), "pos": (0, 16_383), "frame_type": (0, 7), "frame_value": (0, 15)}
_DATA_BYTE: Final = (0, 127)


def text_of(message: bytes) -> str:
    """A whole message in mido's words, its channel from 1; in hex where mido has no word for it."""
    try:
        text = str(Message.from_bytes(message)).rpartition(" time=")[0]
    except (ValueError, LookupError):
        return message.hex(" ").upper()
    return _CHANNEL.sub(lambda found: f"channel={int(found[1]) + 1}", text)


def note_of(message: bytes) -> str | None:
    """The name of the key that a note message is about, None for any other."""
    if message[0] <= KEY_PRESSURE | 0x0F:
        return key_name(message[0] & 0x0F, message[1])
    return None


def channel_of(message: bytes) -> int | None:
    """The channel from 1 to 16, None for a message of the system."""
    return (message[0] & 0x0F) + 1 if message[0] < SYSEX else None


def messages_of(text: str) -> list[bytes]:
    """The messages that a text means: one in words, or one or more in hex. Raises BadOption."""
    stripped = text.strip()
    messages = _from_hex(stripped) if _HEX.fullmatch(stripped) else [_from_words(stripped)]
    for message in messages:
        if len(message) > MAX_SYSEX:
            raise BadOption(
                f"a SysEx of {len(message):,} bytes is longer than ports send whole ({MAX_SYSEX:,}); send it in parts"
            )
    return messages


def _from_hex(text: str) -> list[bytes]:
    stream = Stream(max_sysex=1 << 30)
    cut = stream.feed(bytes.fromhex(text) + _TUNE_REQUEST, 0)
    if stream.dropped:
        raise BadOption(f"'{_short(text)}' is no whole message; write status and data bytes, as 90 3C 5A")
    return [message for _, message in cut[:-1]]


def _from_words(text: str) -> bytes:
    kind, *values = text.split() or [""]
    if kind not in SPEC_BY_TYPE:
        raise BadOption(f"'{_short(text)}' is no message; write one as 'note_on channel=1 note=60 velocity=90', or hex")
    said: set[str] = set()
    for value in values:
        said.add(_word(kind, value, said))
    return bytes(Message.from_str(" ".join([kind, *map(_counted_from_0, values)])).bytes())


def _word(kind: str, value: str, said: Collection[str]) -> str:
    """The word of `word=value`. Raises BadOption for all that mido would not take, or would let pass."""
    word, sign, number = value.partition("=")
    words = SPEC_BY_TYPE[kind]["value_names"]
    if word == "time" and sign:
        raise BadOption(f"'{_short(value)}': messages are sent at once; leave time= out")
    if word not in words:
        there = f"there are {', '.join(words)}" if words else "it has none"
        raise BadOption(f"'{_short(value)}' is no word of {kind}; {there}")
    if not sign:
        raise BadOption(f"'{_short(value)}': write its value behind it, as in {word}=1")
    if word in said:
        raise BadOption(f"'{_short(value)}': {word}= is there twice; say it once")
    if word == "data" and not _DATA.fullmatch(value):
        raise BadOption(f"'{_short(value)}': write the bytes between F0 and F7 as data=(125,1,2)")
    if word not in ("channel", "data") and not _NUMBER.fullmatch(number):
        raise BadOption(f"'{_short(value)}': write a whole number behind {word}=")
    if word != "channel":
        least, most = _RANGES.get(word, _DATA_BYTE)
        if not all(least <= int(one) <= most for one in number.strip("()").split(",")):
            what = "its bytes go" if word == "data" else f"{word} goes"
            raise BadOption(f"'{_short(value)}': {what} from {least} to {most}")
    return word


def _counted_from_0(value: str) -> str:
    """A word of a message as mido counts."""
    name, _, number = value.partition("=")
    if name != "channel":
        return value
    if not number.isascii() or not number.isdigit() or not 1 <= int(number[:4]) <= 16:
        raise BadOption(f"'{_short(value)}': channels count from 1 to 16")
    return f"channel={int(number) - 1}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"
