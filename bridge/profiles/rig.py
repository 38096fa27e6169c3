"""The player's rig as a TOML file: which instruments and controllers are in the room, and on which ports.

`app/rig` opens what it says. A rig is refused as a profile is: file, key, what was found, what is allowed, all faults
in one line. Channels count from 1: a person writes these files.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, ValidationError

from bridge.errors import BadProfile, BadRig
from bridge.profiles import places
from bridge.profiles.faults import faults
from bridge.profiles.load import names, place_of, read, unreadable
from bridge.profiles.section import PROFILE_NAME, Channel, Fault, Keys, ProfileName, Rules, Text, nearest
from bridge.profiles.sound import once_faults

LONGEST_LATENCY_MS: Final = 500
SUFFIX: Final = ".toml"


class Entry(Keys):
    """One device of the rig."""

    name: Text
    """What the player calls it; a name is there once."""
    profile: ProfileName | None = None
    """What it is, as `midi-bridge profiles list` names it; without it nobody knows."""
    port: Text
    """Where it is, as it is typed for `--to` and `--from`. In `alsa:KeyStep 37 MIDI 1 [AB12]` the last word is the
    serial number of this very device, or its USB socket, `[1-1.4]`: another of its kind is never taken for it."""


class InstrumentEntry(Entry):
    """Something that sounds."""

    channels: Annotated[tuple[Channel, ...], Field(strict=False)] = ()
    """The channels (1-16) that it is set to; without it those of its profile, and all where it has none."""
    latency_ms: Annotated[float, Field(ge=0, le=LONGEST_LATENCY_MS, strict=False)] | None = None
    """How long it takes from a note to its sound; without it what its profile says, else 0."""

    def rules(self) -> Rules:
        """A channel is named once."""
        return (lambda: once_faults("channels", "channel", self.channels),)


class ControllerEntry(Entry):
    """Something with keys, knobs and pads."""


class RigFile(Keys):
    """All that is in the room."""

    instruments: Annotated[tuple[InstrumentEntry, ...], Field(strict=False)] = ()
    """What sounds."""
    controllers: Annotated[tuple[ControllerEntry, ...], Field(strict=False)] = ()
    """What has keys, knobs and pads; the first that is there corrects the song."""

    def rules(self) -> Rules:
        """Each name is there once, and on one port each channel."""
        return (self._distinct_names, self._distinct_channels)

    def _distinct_names(self) -> Iterator[Fault]:
        names = [repr(one.name) for one in (*self.instruments, *self.controllers)]
        yield from once_faults("", "the name", names)

    def _distinct_channels(self) -> Iterator[Fault]:
        claims = [f"{channel} of '{one.port}'" for one in self.instruments for channel in {*one.channels}]
        yield from once_faults("instruments", "channel", claims)


def folder() -> Path:
    """Where the player's rigs lie. Raises BadRig where there is no such place."""
    found = places.settings()
    if found == places.NOWHERE:
        raise BadRig(f"there is no home folder to keep rigs in; set HOME, or give a path that ends in {SUFFIX}")
    return found


def path_of(name: str | None = None) -> Path:
    """Where a rig lies: the player's own without a name, one of several by its name, or any file by its path.

    Raises BadRig for what is no name.
    """
    if name is None:
        return folder() / f"rig{SUFFIX}"
    if not name.strip(" .") or not name.isprintable():
        raise BadRig(f"{name!r} is no name of a rig; give a word, as stage, or a path that ends in {SUFFIX}")
    is_path = name.endswith(SUFFIX) or Path(name).name != name
    return Path(name) if is_path else folder() / "rigs" / f"{name}{SUFFIX}"


def load_rig(name: str | None = None) -> RigFile | None:
    """The rig of that name or path; without a name None where the player has made none yet. Raises BadRig."""
    if name is None and places.settings() == places.NOWHERE:
        return None
    path = path_of(name)
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        if name is None:
            return None
        raise BadRig(f"no rig '{name}': '{path}' does not exist; {_way_out(name)}") from None
    except OSError as failed:
        raise BadRig(str(unreadable(path, failed))) from failed
    try:
        data = read(path)
    except BadProfile as bad:
        raise BadRig(str(bad)) from bad
    return check(data, str(path))


def check(data: Mapping[str, Any], file: str) -> RigFile:
    """The rig in `data`; `BadRig` names `file` and every fault in one line."""
    found: list[str] = []
    try:
        rig = RigFile.model_validate(data)
    except ValidationError as refused:
        found = faults(RigFile, refused, data)
    found += _unknown_profiles(data)
    if found:
        raise BadRig(f"'{file}': {'; '.join(found)}")
    return rig


def _unknown_profiles(data: Mapping[str, Any]) -> Iterator[str]:
    """A fault for each profile that is well written and not there."""
    for kind in ("instruments", "controllers"):
        entries = data.get(kind)
        for number, one in enumerate(entries if isinstance(entries, list) else ()):
            name = one.get("profile") if isinstance(one, Mapping) else None
            if isinstance(name, str) and re.fullmatch(PROFILE_NAME, name) and not _is_there(name):
                near = nearest(name, names())
                meant = f" (did you mean '{near}'?)" if near else ""
                yield f"{kind}[{number}].profile: found '{name}', allowed: what profiles list names{meant}"


def _is_there(profile: str) -> bool:
    try:
        place_of(profile)
    except BadProfile:
        return False
    return True


def _way_out(name: str) -> str:
    near = nearest(name, sorted(path.stem for path in (places.settings() / "rigs").glob(f"*{SUFFIX}")))
    return f"did you mean '{near}'?" if near else f"midi-bridge rig init --rig {name} makes it"
