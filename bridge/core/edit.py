"""The values a song is corrected with: identities, notes, events, edits and what they touch.

An edit is one primitive change, before and after; turning it round is its inverse. A correction is a named
group of edits by one author. The song (core/song) makes edits that keep it readable and takes them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from bridge.core.message import CONTROL, DATA_BYTES

NOTE_FIELDS: Final = ("tick", "length", "pitch", "velocity")
_FOR_EVER: Final = 1 << 62  # a note that nothing ends takes the next note off on its key, however late


class Id(NamedTuple):
    """Who a note or event is, for ever.

    In the source: `origin` is the track and `number` the event's index (a note is its note-on). Added by a
    correction: `origin` is minus the correction's number and `number` counts within it.
    """

    origin: int
    number: int

    @property
    def is_source(self) -> bool:
        """True for what the source file holds."""
        return self.origin >= 0


class Note(NamedTuple):
    """One note; `off` is the event that ends it, None where it is never ended and lasts as long as its track."""

    track: int
    channel: int
    tick: int
    length: int
    pitch: int
    velocity: int
    off: Id | None = None

    @property
    def end(self) -> int:
        """The tick at which it ends."""
        return self.tick + self.length


class Event(NamedTuple):
    """A channel event that is no note, or a note-off that ends nothing: `message` with its status written out."""

    track: int
    tick: int
    message: bytes

    @property
    def channel(self) -> int:
        """The channel, counted from 0."""
        return self.message[0] & 15

    @property
    def lane(self) -> int:
        """What it sets, as one number over 127: its kind, and the controller where it is one."""
        kind = self.message[0] & 0xF0
        return kind << 8 | (self.message[1] if kind == CONTROL else 0)

    @property
    def value(self) -> int:
        """Its last data byte."""
        return self.message[DATA_BYTES[self.message[0]]]


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: `before` is None for what is added, `after` for what is removed."""

    id: Id
    before: Note | Event | None
    after: Note | Event | None

    @property
    def op(self) -> str:
        """`add`, `remove` or `change`."""
        if self.before is None:
            return "add"
        return "remove" if self.after is None else "change"

    @property
    def kind(self) -> str:
        """`note` or `event`."""
        return "note" if isinstance(self.before or self.after, Note) else "event"

    @property
    def inverse(self) -> "Edit":
        """The edit that takes this one back."""
        return Edit(self.id, self.after, self.before)


def changed_fields(edit: Edit) -> tuple[str, ...]:
    """The fields of a note that an edit changes; all of them where the note comes or goes."""
    before, after = edit.before, edit.after
    if not isinstance(before, Note) or not isinstance(after, Note):
        return NOTE_FIELDS
    return tuple(name for name in NOTE_FIELDS if getattr(before, name) != getattr(after, name))


def merged(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Edits in a row as one group: first before and last after of each id; what comes back to itself is left out."""
    groups: dict[Id, Edit] = {}
    for edit in edits:
        first = groups.get(edit.id)
        groups[edit.id] = Edit(edit.id, first.before if first else edit.before, edit.after)
    return tuple(edit for edit in groups.values() if edit.before != edit.after)


class Span(NamedTuple):
    """A stretch of one key or controller of a part, ends included."""

    track: int
    channel: int
    lane: int
    first: int
    last: int


@dataclass(slots=True)
class Touch:
    """What a correction rests on: while a later live correction touches any of it, it cannot be taken back."""

    fields: set[tuple[Id, str]] = field(default_factory=set)
    events: set[Id] = field(default_factory=set)
    spans: list[Span] = field(default_factory=list)

    def intersects(self, other: "Touch") -> bool:
        """True where both touch one field, one event, or one key or controller at one time."""
        if not self.fields.isdisjoint(other.fields) or not self.events.isdisjoint(other.events):
            return True
        return any(_overlap(one, two) for one in self.spans for two in other.spans)


def _overlap(one: Span, two: Span) -> bool:
    return one[:3] == two[:3] and one.first <= two.last and two.first <= one.last


def touch(edits: Iterable[Edit]) -> Touch:
    """What a group of edits touches.

    A key span stands for closure: notes of one key that meet in time share their ends (first in, first out),
    so whoever moves one of them in there must go first.
    """
    found = Touch()
    lanes: dict[tuple[int, int, int], list[int]] = {}
    for edit in edits:
        if edit.kind == "note":
            found.fields.update((edit.id, name) for name in changed_fields(edit))
            found.spans.extend(_key_spans(edit))
            continue
        found.events.add(edit.id)
        for state in (edit.before, edit.after):
            if isinstance(state, Event):
                lanes.setdefault((state.track, state.channel, state.lane), []).append(state.tick)
    found.spans.extend(Span(*lane, min(ticks), max(ticks)) for lane, ticks in lanes.items())
    return found


def _key_spans(edit: Edit) -> Iterator[Span]:
    if changed_fields(edit) == ("velocity",):
        return
    for state in (edit.before, edit.after):
        if isinstance(state, Note):
            last = state.end if state.off else _FOR_EVER
            yield Span(state.track, state.channel, state.pitch, state.tick, last)
