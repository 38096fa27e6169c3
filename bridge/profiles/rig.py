"""The player's rig as a TOML file: which instruments and controllers are in the room, and on which ports.

`app/rig` opens what it says. A rig is refused as a profile is: file, key, what was found, what is allowed, all faults
in one line. Channels count from 1: a person writes these files.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Self

from platformdirs import user_config_path
from pydantic import Field, ValidationError, model_validator

from bridge.errors import BadRig
from bridge.profiles.faults import said
from bridge.profiles.section import Channel, Keys, Text
from bridge.profiles.sound import check_once

LONGEST_LATENCY_MS: Final = 500
ProfileName = Annotated[str, Field(pattern=r"^[a-z0-9-]+(/[a-z0-9-]+){1,2}$")]


class Entry(Keys):
    """One device of the rig."""

    name: Text
    """What the player calls it; each name is there once."""
    profile: ProfileName | None = None
    """What it is, as `profiles list` names it; none: something that nobody knows."""
    port: Text
    """Where it is, as it is typed for `--to` or `--from`: `[DRIVER:]NAME`."""
    unit: str | None = None
    """Which of several alike: the USB serial number, or the socket where there is none, as `ports` shows it."""

    @property
    def spec(self) -> str:
        """What a driver is asked for."""
        return f"{self.port} [{self.unit}]" if self.unit else self.port


class InstrumentEntry(Entry):
    """Something that sounds."""

    channels: Annotated[tuple[Channel, ...], Field(strict=False)] = ()
    """The channels it listens on now; none named: those of its profile."""
    latency_ms: Annotated[float, Field(ge=0, le=LONGEST_LATENCY_MS, strict=False)] | None = None
    """How long it takes from a note to its sound; none: what its profile says, else 0."""


class ControllerEntry(Entry):
    """Something with keys, knobs and pads."""


class Rig(Keys):
    """All that is in the room."""

    instruments: Annotated[tuple[InstrumentEntry, ...], Field(strict=False)] = ()
    controllers: Annotated[tuple[ControllerEntry, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_once("instruments and controllers", "name", [one.name for one in (*self.instruments, *self.controllers)])
        claims = [(one.spec, channel) for one in self.instruments for channel in one.channels]
        check_once("instruments", "port and channel", claims)
        return self


@dataclass(frozen=True, slots=True)
class RigFile:
    """A rig and the file that says it."""

    path: Path
    rig: Rig


def path_of(name: str | None) -> Path:
    """Where a rig lies: the player's own without a name, one of several by its name, or any file by its path."""
    folder = user_config_path("midi-bridge", appauthor=False)
    if name is None:
        return folder / "rig.toml"
    return Path(name) if name.endswith(".toml") else folder / "rigs" / f"{name}.toml"


def load_rig(name: str | None = None) -> RigFile | None:
    """The rig of that name; without a name None where the player has made none yet. Raises BadRig."""
    path = path_of(name)
    if name is None and not path.exists():
        return None
    return RigFile(path, check(read_toml(path), str(path)))


def read_toml(path: Path) -> Mapping[str, object]:
    """What a TOML file holds. Raises BadRig."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as failed:
        raise BadRig(f"cannot read '{path}': {(failed.strerror or str(failed)).lower()}; midi-bridge rig init makes one")
    except UnicodeDecodeError as failed:
        raise BadRig(f"'{path}' is not UTF-8 text: byte {failed.start}") from failed
    except tomllib.TOMLDecodeError as failed:
        raise BadRig(f"'{path}' is not TOML: {failed}") from failed


def check(data: Mapping[str, object], file: str) -> Rig:
    """The rig in `data`; `BadRig` names `file` and every fault in one line."""
    try:
        return Rig.model_validate(data)
    except ValidationError as refused:
        raise BadRig(f"'{file}': {said(Rig, refused)}") from None
