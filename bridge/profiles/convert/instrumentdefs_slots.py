"""What an instrument of PyMidiInstrumentDefs plays with, as slots: its parts where their channels are fixed.

Called by `instrumentdefs`. Most definitions say only that a channel can be set; such an instrument has one slot whose
channels are not known. Parts that an owner puts on channels as he likes are left behind with the reason.
"""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from bridge.profiles.convert.converted import plain
from bridge.profiles.convert.roles import drum_role

Table = Mapping[str, Any]
_CHANNELS: Final = 16
_MOST_VOICES: Final = 256
_LEARNED: Final = "its owner can move the keys"


class Reading(Protocol):
    """The definition being read."""

    def table(self, key: str) -> Table:
        """One of its tables; an empty one where it is missing or says `none`."""

    def leave(self, where: str, what: str, why: str) -> None:
        """Note what is left behind."""


def slots(reading: Reading) -> dict[str, Any]:
    """The keys `note`, `polyphony` and `slots` of the profile, as far as they are known."""
    voice, parts = reading.table("voice"), reading.table("parts")
    placed = {name: _channels(reading, name, part) for name, part in parts.items()}
    own = _fixed(reading.table("midi"))
    facts = _facts(reading, "voice", voice)
    shared = _polyphony(reading, voice, has_parts=bool(parts))
    whole = facts | ({} if parts or not shared else {"polyphony": shared})
    found = [
        slot
        for name, channels in placed.items()
        if channels
        for slot in _of_part(reading, name, parts[name], channels, {} if "sounds" in facts else facts)
    ]
    if not found and voice.get("addressing") != "none" and whole and not _is_many(parts):
        found = [({"channels": own} if own else {}) | whole]
    elif not found and facts:
        reading.leave("voice", ", ".join(facts), "its parts have no fixed channels, and a slot needs them")
    elsewhere = [
        plain(part.get("label") or name) for name, part in parts.items() if not placed[name] and _is_many({name: part})
    ]
    note = f"not described as slots, since their channels are their owner's to set: {', '.join(elsewhere)}"
    return {
        **({"note": note} if found and elsewhere else {}),
        **({"polyphony": shared} if shared and (parts or not found) else {}),
        **({"slots": found} if found else {}),
    }


def _is_many(parts: Table) -> bool:
    """True where notes reach it, or may reach it, in several places, so that one slot would not tell of it."""
    return any("notes" in (*part.get("receives", ("notes",)), *part.get("unrecorded", ())) for part in parts.values())


def _fixed(midi: Table) -> list[int]:
    """The channel that it is on where no setting moves it."""
    channels = midi.get("channels")
    return [channels[0]] if channels and channels[0] == channels[1] else []


def _channels(reading: Reading, name: str, part: Table) -> list[int]:
    """The channels of a part that notes reach; none where they are its owner's to set."""
    if "notes" not in (part.get("receives") or ()):
        return []
    mode = part.get("mode")
    if mode and not reading.table("modes").get(mode, {}).get("factory"):
        reading.leave(f"parts.{name}", plain(part.get("label") or name), f"it is there only in mode {mode}")
        return []
    base = _fixed(reading.table("midi"))
    channel, offset, count = part.get("channel"), part.get("channel_offset"), part.get("count", 1)
    first = channel if isinstance(channel, int) else base[0] + offset if base and offset is not None else None
    if first is None or first + count - 1 > _CHANNELS:
        reading.leave(f"parts.{name}", plain(part.get("label") or name), "its channels are its owner's to set")
        return []
    return list(range(first, first + count))


def _of_part(reading: Reading, name: str, part: Table, channels: list[int], facts: Table) -> list[dict[str, Any]]:
    """Its slots: one a channel where each has voices of its own."""
    own = {**facts, **_facts(reading, f"parts.{name}", part)}
    polyphony = part.get("polyphony")
    if polyphony is None or part.get("polyphony_shared"):
        return [{"channels": channels} | own]
    return [{"channels": [channel], "polyphony": polyphony} | own for channel in channels]


def _polyphony(reading: Reading, voice: Table, has_parts: bool) -> int | None:
    """The voices of the whole instrument; None where it is not known that its parts share them."""
    polyphony: int | None = voice.get("polyphony")
    if polyphony is None:
        return None
    if polyphony > _MOST_VOICES:
        reading.leave("voice.polyphony", str(polyphony), f"a profile counts up to {_MOST_VOICES}")
        return None
    if has_parts and not voice.get("polyphony_shared"):
        reading.leave("voice.polyphony", str(polyphony), "it is not said that its parts share the voices")
        return None
    return polyphony


def _facts(reading: Reading, where: str, table: Table) -> dict[str, Any]:
    """What is said of how it plays, in the table of the instrument or of one part."""
    facts: dict[str, Any] = {}
    if table.get("note_range"):
        facts["range"] = list(table["note_range"])
    if table.get("addressing") in ("any", "relative"):
        facts["note"] = f"notes are read as {table['addressing']}: the key does not choose a pitch by itself"
    velocity = table.get("velocity")
    if isinstance(velocity, Mapping) and velocity.get("note_on") == "ignored":
        facts["velocity"] = [127, 127]
    bend = table.get("pitch_bend")
    if isinstance(bend, Mapping) and bend.get("semitones") is not None:
        facts["bend"] = {"semitones": bend["semitones"]} | (
            {"set_by": "fixed"} if bend.get("programmable") is False else {}
        )
    if table.get("voices"):
        facts |= {"drums": True, "sounds": _sounds(reading, where, table["voices"])}
        if table.get("note_map") == "learned":
            facts["note"] = _LEARNED
    return facts


def _sounds(reading: Reading, where: str, voices: Table) -> list[dict[str, Any]]:
    """The keys that strike each voice; a key that strikes two is the first one's."""
    sounds: dict[int, dict[str, Any]] = {}
    for name, keys in voices.items():
        words, role = plain(name.replace("_", " ")), drum_role(name)
        for key in keys if isinstance(keys, list) else [keys]:
            if key in sounds:
                reading.leave(f"{where}.voices.{name}", f"key {key}", f"it strikes {sounds[key]['name']!r} already")
            else:
                sounds[key] = {"key": key} | ({"role": role} if role else {}) | {"name": words}
    return [sounds[key] for key in sorted(sounds)]
