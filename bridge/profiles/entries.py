"""What the index keeps of one profile file.

Called by `index` for each file that is new to it. A profile written by hand is read and checked as a whole; of a
converted one, which a test has checked and which is long, only the tables that are needed.
"""

import re
import tomllib
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from bridge.errors import BadProfile
from bridge.profiles.clues import Match
from bridge.profiles.complete import is_complete
from bridge.profiles.known import TRIAL, Entry
from bridge.profiles.load import load_file
from bridge.profiles.model import Profile
from bridge.profiles.recognition import name_rules, reply_rules
from bridge.profiles.sound import Slot

_TABLE: Final = re.compile(r"^(?=\[)", re.MULTILINE)
_NEEDED: Final = re.compile(r"(?!\[)|\[\[?(?:match|confirmed|slots)\b")
_CONVERTED: Final = re.compile(r"^origin *= *[\"']converted[\"']", re.MULTILINE)


_MIDDLE_C: Final = 60
_SNARE: Final = 38  # General MIDI level 1; it is in the middle of most kits


class _Sound(BaseModel):
    """One sound of a kit."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    key: int


class _Slot(BaseModel):
    """What sounds, as far as it is tried."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    channels: tuple[int, ...] = ()
    range: tuple[int, int] = (0, 127)
    drums: bool = False
    sounds: tuple[_Sound, ...] = ()


class _Head(BaseModel):
    """The tables of a converted profile that tell it from others."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    name: str
    maker: str
    model: str
    models: tuple[str, ...] = ()
    kind: str = "instrument"
    origin: str = "converted"
    confirmed: tuple[dict[str, object], ...] = ()
    match: Match | None = None
    slots: tuple[_Slot, ...] = ()


def read_entry(path: Path, name: str, own: bool) -> Entry:
    """The profile in the file, which must have the name of its place. Raises BadProfile."""
    profile = (None if own else _head(path)) or load_file(path)
    if profile.name != name:
        raise BadProfile(f"'{path}': name: found {profile.name!r}, allowed: {name!r}, its place")
    rules = profile.match or Match()
    return Entry(
        name,
        profile.maker,
        profile.model,
        tuple(profile.models),
        "controller" if profile.kind == "controller" else "instrument",
        "converted" if profile.origin == "converted" else "written",
        isinstance(profile, Profile) and is_complete(profile),
        bool(profile.confirmed),
        own,
        str(path),
        name_rules(rules.names, rules.names_on),
        reply_rules(rules.replies),
        rules.usb,
        _trial(profile.slots[0]) if profile.slots else TRIAL,
    )


def _trial(slot: Slot | _Slot) -> tuple[int, int]:
    """The channel and key to try it by."""
    keys = [sound.key for sound in slot.sounds] or range(slot.range[0], slot.range[1] + 1)
    wanted = _SNARE if slot.drums else _MIDDLE_C
    return min(slot.channels, default=1), min(keys, key=lambda key: abs(key - wanted), default=wanted)


def _head(path: Path) -> _Head | None:
    """What is needed of a converted profile; None for one that must be read as a whole."""
    try:
        tables = _TABLE.split(path.read_text(encoding="utf-8"))
        if not _CONVERTED.search(tables[0]):
            return None
        return _Head.model_validate(tomllib.loads("".join(filter(_NEEDED.match, tables))))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError):
        return None  # reading the whole says what is wrong
