"""What is known of all profiles to recognise devices by: small, and as plain as the index that it is stored in.

`index` makes it from the profile files and from `recognition.toml`; `match` answers by it. All are values.
"""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["instrument", "controller"]
Origin = Literal["written", "converted"]
CONVERTED: Final = ("instrumentdefs", "midi-guide")
"""The folders of converted profiles, the better source first."""
TRIAL: Final = (1, 60)
"""The channel (1-16) and the key that is tried where nothing is known."""
ANY: Final = ""
"""In place of a system or a model: all of them."""


@dataclass(frozen=True, slots=True)
class ReplyRule:
    """An identity reply as a pattern, which model of a family gives it, and what state it tells of."""

    pattern: str
    model: str = ANY
    state: str = ""


@dataclass(frozen=True, slots=True)
class NameRule:
    """A port's name as a pattern, on one system or on any."""

    pattern: str
    system: str = ANY


@dataclass(frozen=True, slots=True)
class Entry:
    """One profile, as far as it is told of in lists and recognised by."""

    name: str
    maker: str
    model: str
    models: tuple[str, ...] = ()
    kind: Kind = "instrument"
    origin: Origin = "written"
    complete: bool = False
    confirmed: bool = False
    """Somebody has tried it on the hardware."""
    own: bool = False
    """It lies in the user's folder, and did not come with the program."""
    path: str = ""
    names: tuple[NameRule, ...] = ()
    replies: tuple[ReplyRule, ...] = ()
    usb: tuple[str, ...] = ()
    trial: tuple[int, int] = TRIAL
    """A channel (1-16) and a key that it sounds by factory setting."""

    @property
    def rank(self) -> tuple[int, str]:
        """Where it stands among profiles of one device: the user's own, written ones, then converted ones."""
        folder = self.name.partition("/")[0]
        place = CONVERTED.index(folder) + 2 if folder in CONVERTED else 1 + len(CONVERTED) * (self.origin != "written")
        return (0 if self.own else place, self.name)


@dataclass(frozen=True, slots=True)
class Maker:
    """A maker by all its names, and the manufacturer ids it answers with, as `00 20 29`."""

    name: str
    also: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Device:
    """How a device is recognised whose profiles were converted from data that do not say so."""

    maker: str
    model: str
    also: tuple[str, ...] = ()
    """Further names of the same model, as other data sets write it."""
    names: tuple[NameRule, ...] = ()
    replies: tuple[ReplyRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """All of it."""

    entries: tuple[Entry, ...] = ()
    makers: tuple[Maker, ...] = ()
    devices: tuple[Device, ...] = ()
    common: frozenset[str] = frozenset()
    """Words that name no device by themselves."""

    @property
    def rules(self) -> tuple[Entry | Device, ...]:
        """All that say by what a device is recognised."""
        return (*self.entries, *self.devices)
