"""Numbers in a musician's words: notes, changes of them, times, counts.

Used by every face. Nothing here is read back: a name is for eyes only.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from bridge.core.message import BEND, CHANNEL_SPECS, CONTROL, META, PEDAL_DOWN, PEDALS, PROGRAM, SYSEX
from bridge.core.names import key_name
from bridge.core.runs import runs
from bridge.faces.talk import printable

_CONTROLLERS: Final = {
    0: "bank",
    1: "modulation",
    7: "volume",
    10: "pan",
    11: "expression",
    32: "bank (fine)",
    64: "sustain pedal",
    66: "sostenuto pedal",
    67: "soft pedal",
    120: "all sound off",
    121: "reset controllers",
    123: "all notes off",
}
_METAS: Final = {
    0x01: "text",
    0x02: "copyright",
    0x03: "name",
    0x04: "instrument name",
    0x05: "lyric",
    0x06: "marker",
    0x2F: "end of track",
    0x51: "tempo",
    0x58: "time signature",
    0x59: "key signature",
}


def spans(numbers: Iterable[int], dash: str = "-") -> str:
    """Numbers with neighbours drawn together: `1-3, 10`."""
    return ", ".join(str(first) if first == last else f"{first}{dash}{last}" for first, last in runs(numbers))


def count_of(number: int, noun: str) -> str:
    """A number with its noun: `1 note`, `2 notes`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def minutes(ns: int) -> str:
    """A time as minutes and seconds: `2:03.4`."""
    tenths = ns // 100_000_000
    return f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}"


def note_words(note: Mapping[str, Any]) -> str:
    """A note in the shape of corrections.json (its channel from 1) as a person says it."""
    return f"{_key(note)}, {count_of(note['length'], 'tick')}, velocity {note['velocity']}"


def note_change_words(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """What became of a note, both in the shape of corrections.json: `E2 → G2, velocity 99 → 80`."""
    told = [_key(before) if before["pitch"] == after["pitch"] else f"{_key(before)} → {_key(after)}"]
    if later := after["tick"] - before["tick"]:
        told.append(f"{count_of(abs(later), 'tick')} {'later' if later > 0 else 'earlier'}")
    if before["length"] != after["length"]:
        told.append(f"length {before['length']:,} → {after['length']:,} ticks")
    if before["velocity"] != after["velocity"]:
        told.append(f"velocity {before['velocity']} → {after['velocity']}")
    return ", ".join(told)


def _key(note: Mapping[str, Any]) -> str:
    return key_name(note["channel"] - 1, note["pitch"])


def event_words(message: bytes) -> str:
    """An event that is no note as a person says it: `sustain pedal down`, `program 5`, `text 'Verse'`."""
    status = message[0]
    if status == META:
        return _meta_words(message)
    if status >= SYSEX:
        return f"system exclusive of {count_of(len(message), 'byte')}"
    kind = status & 0xF0
    if kind == CONTROL:
        return _control_words(message[1], message[2])
    if kind == PROGRAM:
        return f"program {message[1] + 1}"
    if kind == BEND:
        return f"pitch bend {(message[1] | message[2] << 7) - 8192:+}"
    return f"{CHANNEL_SPECS[kind].name} {' '.join(str(byte) for byte in message[1:])}"


def _control_words(number: int, value: int) -> str:
    name = _CONTROLLERS.get(number, f"controller {number}")
    if number in PEDALS and number in _CONTROLLERS:
        state = "down" if value >= PEDAL_DOWN else "up"
        return f"{name} {state}" if value in (0, 127) else f"{name} {state} ({value})"
    return f"{name} {value}"


def _meta_words(message: bytes) -> str:
    kind, content = message[1], message[2:]
    name = _METAS.get(kind, f"meta event {kind}")
    if kind == 0x51 and len(content) >= 3 and any(content[:3]):
        return f"tempo {60_000_000 / int.from_bytes(content[:3]):.4g}"
    if kind == 0x58 and len(content) >= 2:
        return f"time signature {content[0]}/{1 << min(content[1], 16)}"
    if kind <= 0x0F and content:
        return f"{name} '{printable(content.decode('utf-8', errors='replace'))}'"
    return name
