"""The format of a device profile: what one model of device is, as its TOML file says it.

`load` calls `check` with what it read. It refuses unknown keys, wrong types, values out of range and keys that
contradict each other, and names all faults of a file in one line. Channels count from 1 here: a person writes these
files. The tables are in `clues`, `sound`, `parameter` and `control`; what is common to them in `section`.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from bridge.errors import BadProfile
from bridge.profiles.clues import Match, PortRole, pattern_faults, role_of
from bridge.profiles.control import Address, Control, Display, Has, Mode, Page
from bridge.profiles.faults import faults, said
from bridge.profiles.parameter import Parameter
from bridge.profiles.section import (
    ASSUMED,
    Fact,
    Fault,
    Keys,
    ProfileName,
    Rules,
    Section,
    Source,
    SourceId,
    Text,
    Version,
    among,
    facts,
)
from bridge.profiles.sound import Programs, Quirks, Slot, Sync, Timing, Voices, Wire, once_faults

Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-11-25"])]


class Confirmed(Keys):
    """Somebody who has tried this profile on the hardware, when, and with which firmware."""

    by: Text
    """Who."""
    on: Day
    """The day, as "2026-11-25"."""
    firmware: str | None = None
    """With which firmware."""
    note: str | None = None
    """What was tried, and what was not."""


_REPLY: Final = re.compile(r"F0 7E \S+ 06 02 .*F7")


class TwinModel(Section):
    """What its twin needs beyond what the device is."""

    reply: str | None = None
    """The whole identity reply, byte for byte, where a pattern does not say it."""

    def rules(self) -> Rules:
        """The reply is bytes, and one to an identity request."""
        return (*super().rules(), lambda: pattern_faults("reply", self.reply or ""), self._answers)

    def _answers(self) -> Iterator[Fault]:
        if self.reply is not None and not _REPLY.fullmatch(self.reply):
            yield Fault("reply", repr(self.reply), "one from F0 7E to F7, with 06 02 behind the device byte")


class Profile(Keys):
    """What one model of device is: an instrument with its slots, or a controller with its controls."""

    name: ProfileName
    """Its place: the folders and the file, `maker/model`."""
    maker: Text
    """Who makes it, for people."""
    model: Text
    """What it is called, for people."""
    models: Annotated[tuple[Text, ...], Field(strict=False)] = ()
    """The models of a family that this file describes together."""
    kind: Literal["instrument", "controller"]
    """Something that sounds, or something with keys, pads and knobs. A keyboard synthesiser is an instrument that has
    controls too."""
    product: bool = True
    """False for what describes no product, but any device of its kind, or a simulated one."""
    firmware: Version | None = None
    """The firmware that its facts were read of."""
    source: SourceId | None = None
    """The source of whatever names no other."""
    origin: Literal["written", "converted"] = "written"
    """By whom it was made. written: by hand; converted: by a program from a data set, and only as complete
    as that."""
    note: str | None = None
    """What a reader should know besides."""
    sources: Mapping[SourceId, Source] = Field(default_factory=dict)
    """The works that its facts were read in, each by an id; the id `assumed` is always there."""
    confirmed: Annotated[tuple[Confirmed, ...], Field(strict=False)] = ()
    """Who has tried it on the hardware; empty: nobody has."""
    match: Match | None = None
    """By what it is recognised."""
    ports: Annotated[tuple[PortRole, ...], Field(strict=False)] = ()
    """The ports that it shows, and what each is for."""
    wire: Wire | None = None
    """How it is reached."""
    timing: Timing | None = None
    """How long it takes to sound."""
    polyphony: Voices | None = None
    """Voices that all slots share; without it each slot has its own."""
    polyphony_source: SourceId | None = None
    """The source of `polyphony`, where it is not that of the file."""
    slots: Annotated[tuple[Slot, ...], Field(strict=False)] = ()
    """What an instrument plays with: its multitimbral parts. A controller has none."""
    programs: Programs | None = None
    """How its sounds are chosen."""
    parameters: Annotated[tuple[Parameter, ...], Field(strict=False)] = ()
    """What can be turned in it by messages."""
    sync: Sync | None = None
    """How it keeps time with others."""
    quirks: Quirks | None = None
    """Where it does not do what MIDI says."""
    modes: Annotated[tuple[Mode, ...], Field(strict=False)] = ()
    """Modes that a program enters and leaves by a message."""
    pages: Annotated[tuple[Page, ...], Field(strict=False)] = ()
    """The pages that `page` of its controls names, and how each is entered."""
    controls: Annotated[tuple[Control, ...], Field(strict=False)] = ()
    """What is under the hand: a controller has at least one."""
    displays: Annotated[tuple[Display, ...], Field(strict=False)] = ()
    """What text can be written on."""
    has: Has | None = None
    """How many controls and parameters there are to be described."""
    twin: TwinModel | None = None
    """What its twin needs besides."""

    def rules(self) -> Rules:
        """A controller sounds nothing; nothing is claimed twice; what is named is there; each fact has a source."""
        return (
            self._has_controls,
            self._has_no_sound,
            lambda: once_faults("slots", "channel", (channel for slot in self.slots for channel in slot.channels)),
            self._one_unplaced_slot,
            self._sourced_polyphony,
            self._distinct_controls,
            self._known_models,
            self._known_ports,
            self._known_modes,
            self._known_pages,
            self._sourced,
        )

    def _has_controls(self) -> Iterator[Fault]:
        if self.kind == "controller" and not self.controls:
            yield Fault("controls", "none", "1 or more beside kind 'controller'")

    def _has_no_sound(self) -> Iterator[Fault]:
        for key in ("slots", "parameters", "programs", "polyphony"):
            if self.kind == "controller" and getattr(self, key):
                yield Fault(key, "some", "none beside kind 'controller'")

    def _one_unplaced_slot(self) -> Iterator[Fault]:
        unplaced = sum(not slot.channels for slot in self.slots)
        if unplaced > 1:
            yield Fault("slots", f"{unplaced} without channels", "one")

    def _sourced_polyphony(self) -> Iterator[Fault]:
        if self.polyphony_source and self.polyphony is None:
            yield Fault("polyphony_source", "a source for a key that is not there", "none without polyphony")

    def _distinct_controls(self) -> Iterator[Fault]:
        claimed: defaultdict[tuple[str | None, str | None], list[Address]] = defaultdict(list)
        for control in self.controls:
            if not (control.since or control.until):  # of two firmwares each may send the same by another control
                claimed[control.page, control.port] += control.message.addresses
        for claims in claimed.values():
            yield from once_faults("controls", "message", claims)

    def _known_models(self) -> Iterator[Fault]:
        for number, reply in enumerate(self.match.replies if self.match else ()):
            yield from _unknown(f"match.replies[{number}].model", reply.model, self.models)
        for model in self.match.no_reply_of if self.match else ():
            yield from _unknown("match.no_reply_of", model, self.models)

    def _known_ports(self) -> Iterator[Fault]:
        for number, control in enumerate(self.controls):
            yield from _unknown(f"controls[{number}].port", control.port, [port.name for port in self.ports])

    def _known_modes(self) -> Iterator[Fault]:
        for number, page in enumerate(self.pages):
            yield from _unknown(f"pages[{number}].mode", page.mode, [mode.name for mode in self.modes])

    def _known_pages(self) -> Iterator[Fault]:
        for number, control in enumerate(self.controls if self.pages else ()):
            yield from _unknown(f"controls[{number}].page", control.page, [page.name for page in self.pages])

    def _sourced(self) -> Iterator[Fault]:
        known = sorted((*self.sources, ASSUMED))
        bare = [fact.place for fact in self.facts() if fact.source is None]
        if bare:
            more = f", as have {len(bare) - 1} more" if bare[1:] else ""
            yield Fault(bare[0], f"no source{more}", f"{among(known)}, here, for its table or for the whole file")
        for fact in self.facts():
            if fact.source is not None and fact.source not in known:
                yield Fault(fact.place, f"source {fact.source!r}", among(known, fact.source))

    @property
    def needs_hardware(self) -> bool:
        """True where nobody has confirmed it on the device itself."""
        return not self.confirmed

    def sent_on(self, port: str) -> "Profile":
        """It with the controls alone that are sent on its port of that name.

        A name that says nothing is that of the port to play on; of a device that has none, all are.
        """
        role = role_of(self.ports, port) or next((one for one in self.ports if one.use == "play"), None)
        if role is None:
            return self
        there = tuple(one for one in self.controls if one.port in (None, role.name))
        return self.model_copy(update={"controls": there})

    def facts(self) -> Iterator[Fact]:
        """Every fact of it with its source."""
        if self.polyphony is not None:
            yield Fact("polyphony", self.polyphony_source or self.source)
        for key in [key for key in type(self).model_fields if key in self.model_fields_set]:
            value = getattr(self, key)
            for number, one in enumerate(value if isinstance(value, tuple) else (value,)):
                if isinstance(one, Section):
                    yield from facts(one, f"{key}[{number}]" if isinstance(value, tuple) else key, self.source)


def faults_of(data: Mapping[str, object]) -> list[str]:
    """Every fault of the profile in `data`, each in one line with its key; nothing for a good one."""
    try:
        Profile.model_validate(data)
    except ValidationError as refused:
        return faults(Profile, refused, data)
    return []


def check(data: Mapping[str, object], file: str) -> Profile:
    """The profile in `data`; `BadProfile` names `file` and every fault in one line."""
    try:
        return Profile.model_validate(data)
    except ValidationError as refused:
        raise BadProfile(f"'{file}': {said(Profile, refused, data)}") from None


def _unknown(key: str, name: str | None, there: Collection[str]) -> Iterator[Fault]:
    if name is not None and name not in there:
        yield Fault(key, repr(name), among(there, name))
