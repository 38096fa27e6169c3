"""`recognition.toml`: makers by all their names and ids, and how devices are recognised that were converted.

Called by `index` when it is made. The file lies beside the profiles, and each fact in it has a source, as theirs have.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, ValidationError

from bridge.errors import BadProfile
from bridge.profiles.clues import Names, Reply, System
from bridge.profiles.faults import said
from bridge.profiles.known import Device, Known, Maker, NameRule, ReplyRule
from bridge.profiles.load import read
from bridge.profiles.section import ASSUMED, Fault, Keys, Rules, Section, Source, SourceId, Text, among, facts

FILE: Final = "recognition.toml"
ManufacturerId = Annotated[str, Field(pattern=r"^(00 [0-9A-F]{2} )?[0-9A-F]{2}$")]


class MakerTable(Section):
    """One maker: the name it goes by here, its other names, and its manufacturer ids."""

    name: Text
    also: Names = ()
    ids: Annotated[tuple[ManufacturerId, ...], Field(strict=False)] = ()


class DeviceTable(Section):
    """One device: its identity replies and the names of its ports, for whatever profile describes it."""

    maker: Text
    model: Text
    also: Names = ()
    replies: Annotated[tuple[Reply, ...], Field(strict=False)] = ()
    names: Names = ()
    names_on: Mapping[System, Names] = Field(default_factory=dict)


class Recognition(Keys):
    """The whole file."""

    source: SourceId
    sources: Mapping[SourceId, Source]
    common: Annotated[frozenset[Text], Field(strict=False)] = frozenset()
    """Words that do not tell a device without its maker's name."""
    makers: Annotated[tuple[MakerTable, ...], Field(strict=False)] = ()
    devices: Annotated[tuple[DeviceTable, ...], Field(strict=False)] = ()

    def rules(self) -> Rules:
        """Every fact has a source."""
        return (*super().rules(), self._sourced)

    def _sourced(self) -> Iterator[Fault]:
        there = sorted((*self.sources, ASSUMED))
        for key, tables in (("makers", self.makers), ("devices", self.devices)):
            for number, table in enumerate(tables):
                for fact in facts(table, f"{key}[{number}]", self.source):
                    if fact.source not in there:
                        yield Fault(fact.place, f"source {fact.source!r}", among(there, fact.source or ""))

    @property
    def known(self) -> Known:
        """What it says as `match` takes it, without profiles."""
        makers = tuple(Maker(one.name, one.also, one.ids) for one in self.makers)
        devices = tuple(
            Device(one.maker, one.model, one.also, name_rules(one.names, one.names_on), reply_rules(one.replies))
            for one in self.devices
        )
        return Known((), makers, devices, self.common)


def name_rules(names: Names, names_on: Mapping[System, Names]) -> tuple[NameRule, ...]:
    """A table's names as `match` takes them."""
    return (
        *(NameRule(one) for one in names),
        *(NameRule(one, system) for system, some in names_on.items() for one in some),
    )


def reply_rules(replies: tuple[Reply, ...]) -> tuple[ReplyRule, ...]:
    """A table's replies as `match` takes them."""
    return tuple(ReplyRule(one.pattern, one.model or "", one.state or "") for one in replies)


def load(path: Path) -> Recognition:
    """The file at that path. Raises BadProfile."""
    data = read(path)
    try:
        return Recognition.model_validate(data)
    except ValidationError as refused:
        raise BadProfile(f"'{path}': {said(Recognition, refused, data)}") from None
