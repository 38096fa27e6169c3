"""What every table of a profile has in common: unknown keys are refused, rules find faults, each fact has a source.

The tables in `clues`, `sound`, `parameter`, `control` and `model` are built on it, and the rig's. A fact is one key
with a value. Its source is named beside it in `sources`, else by its table's `source`, else by the profile's own.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Final, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from bridge.profiles.docstrings import docstrings

ASSUMED: Final = "assumed"
"""The source of a fact that nobody has looked up: it is likely, and says so."""

Channel = Annotated[int, Field(ge=1, le=16)]
Number = Annotated[int, Field(ge=0, le=127)]
WIDE: Final = 16_383
Value = Annotated[int, Field(ge=0, le=WIDE)]
Span = Annotated[tuple[Number, Number], Field(strict=False)]  # TOML has lists, no tuples
Text = Annotated[str, Field(min_length=1)]
SourceId = Annotated[str, Field(pattern=r"^[a-z0-9_-]+$", examples=["manual"])]
PROFILE_NAME: Final = r"^[a-z0-9-]+(/[a-z0-9-]+){1,2}$"
ProfileName = Annotated[str, Field(pattern=PROFILE_NAME, examples=["maker/model"])]
Version = Annotated[str, Field(pattern=r"^[0-9A-Za-z.]+$", examples=["1.2.0"])]


class Fault(NamedTuple):
    """What a rule found wrong at one key of a table; no key where it is about the whole table."""

    key: str
    found: str
    allowed: str

    def at(self, table: str) -> str:
        """The fault in one line, with the place of its table in the file."""
        place = ".".join(filter(None, (table, self.key)))
        return f"{place}: {self}" if place else str(self)

    def __str__(self) -> str:
        return f"found {self.found}, allowed: {self.allowed}"


class Refused(ValueError):
    """The faults that the rules of one table found."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.at("") for fault in self.faults))


Rules = tuple[Callable[[], Iterator[Fault]], ...]


class Keys(BaseModel):
    """A table whose keys are all known."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def rules(self) -> Rules:
        """What must hold between its keys, each rule as a call that gives its faults; types and limits are no rules.

        A rule may meet a table of which some keys could not be read: reading such a key raises AttributeError, and
        that rule is passed over.
        """
        return ()

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Its schema with what the docstrings say; pydantic's own way to them costs each start 30 ms."""
        schema = handler(core)
        for key, text in docstrings(cls):
            handler.resolve_ref_schema(schema)["properties"][key]["description"] = text
        return schema

    @model_validator(mode="after")
    def _obey(self) -> Self:
        found = [fault for rule in self.rules() for fault in rule()]
        if found:
            raise Refused(found)
        return self


class Source(Keys):
    """Where facts were read: a manual with its page, a capture, a data set."""

    kind: Literal["manual", "capture", "script", "data set", "standard", "community", "made here"]
    """What sort of thing it is; `made here`: it describes no product, and this file is the truth."""
    says: Text
    """The work, and where in it: "Minitaur Manual (Moog, 2012), pp. 21-24"."""
    link: str | None = None
    """Where it can be read."""
    licence: str | None = None
    """Under which terms facts may be taken over from it."""


class Section(Keys):
    """A table of facts."""

    source: SourceId | None = None
    """The source of all its facts; without it the profile's own."""
    sources: Mapping[str, SourceId] = Field(default_factory=dict)
    """Keys of this table whose source is another: `range = "manual"`."""
    since: Version | None = None
    """The first firmware that it holds for."""
    until: Version | None = None
    """The last firmware that it holds for."""
    note: str | None = None
    """What a reader should know besides."""

    def rules(self) -> Rules:
        """Sources are named for keys that are there."""
        return (self._sourced_keys,)

    def _sourced_keys(self) -> Iterator[Fault]:
        there = sorted(self.model_fields_set - _ABOUT_FACTS)
        for key in self.sources:
            if key not in there:
                yield Fault(f"sources.{key}", "a source for a key that is not there", among(there, key))


_ABOUT_FACTS: Final = frozenset(("source", "sources", "since", "until", "note", "name"))
"""What a table says about its facts, or to tell it from its likes, is no fact itself."""


class Fact(NamedTuple):
    """One key of one table, with the id of its source; None where nothing names one."""

    place: str
    source: str | None


def facts(section: Section, place: str, otherwise: str | None) -> Iterator[Fact]:
    """The facts that one table holds, and those in its own tables; `otherwise` is the source where it names none."""
    own = section.source or otherwise
    for key in type(section).model_fields:
        if key not in section.model_fields_set or key in _ABOUT_FACTS:
            continue
        value = getattr(section, key)
        source = section.sources.get(key, own)
        inner = value if isinstance(value, tuple) else (value,)
        sections = [one for one in inner if isinstance(one, Section)]
        if not sections:
            yield Fact(f"{place}.{key}", source)
        for number, one in enumerate(sections):
            yield from facts(one, f"{place}.{key}[{number}]" if isinstance(value, tuple) else f"{place}.{key}", source)


def among(words: Collection[str], found: str = "") -> str:
    """What is allowed: one of the words, and the one that `found` was likely meant to be."""
    near = nearest(found, words)
    return (", ".join(words) or "none") + (f" (did you mean {near!r}?)" if near else "")


def nearest(found: str, words: Collection[str]) -> str | None:
    """The word that is spelt most like what was found, whatever its case; None where none is like it."""
    by_lower = {word.lower(): word for word in words}
    near = get_close_matches(found.lower(), by_lower, n=1)
    return by_lower[near[0]] if near else None
