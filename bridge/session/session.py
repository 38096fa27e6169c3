"""A song with its corrections: who changed what, and how each change is taken back.

Pure: no file, no thread, no clock. Called by the host, or by a command that opens a session itself; one thread.
It refuses to take back what a later correction stands on. The journal keeps what is returned here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import chain, count
from types import MappingProxyType
from typing import Final, NamedTuple

from bridge.core.closure import Change
from bridge.core.edit import NOTE_FIELDS, Edit, Event, Id, Note, changed_fields, merged, touch
from bridge.core.notes import NO_OFF
from bridge.core.song import Song
from bridge.core.wish import Joins, Wish
from bridge.errors import BadEdit, BadSession, CannotRevert

SOURCE: Final = "source"
PLAYER: Final = "player"
_NOTHING: Final = 0  # what a wish came to that made no correction
_UNTOUCHED: Final[Mapping[str, str]] = MappingProxyType(dict.fromkeys(NOTE_FIELDS, SOURCE))


@dataclass(frozen=True, slots=True)
class Source:
    """The file a session began with: its name without a folder, and its bytes."""

    name: str
    sha256: str
    data: bytes = field(repr=False)

    @classmethod
    def of(cls, name: str, data: bytes) -> "Source":
        """The source with that name and those bytes."""
        return cls(name, sha256(data).hexdigest(), data)


@dataclass(frozen=True, slots=True)
class Correction:
    """A named group of edits by one author: what undo takes back and the report lists.

    `n` counts from 1; `bar` is None in a song without bars; one that was taken back is no longer `live`.
    """

    n: int
    author: str
    tool: str
    label: str
    bar: int | None
    live: bool
    edits: tuple[Edit, ...]

    def __str__(self) -> str:
        place = "" if self.bar is None else f", bar {self.bar}"
        return f"correction {self.n} ({self.tool}{place}, by {self.author})"


class Outcome(NamedTuple):
    """A correction as it stands now, and the edits that were just made to the song."""

    correction: Correction
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class AuthoredNote:
    """A note as the source has it and as it is now, None where it is not there; `authors` names one per field."""

    id: Id
    before: Note | None
    after: Note | None
    authors: Mapping[str, str]

    @property
    def tick(self) -> int:
        """Where it stands now, or stood before it was removed."""
        note = self.after or self.before
        return note.tick if note else 0


class Session:
    """A source, its song, and the corrections made to it, in the order of their numbers."""

    def __init__(self, source: Source, song: Song) -> None:
        self.source = source
        self.song = song
        self.corrections: dict[int, Correction] = {}
        self._wished: defaultdict[tuple[str, str], list[int]] = defaultdict(list)

    @classmethod
    def restore(cls, source: Source, song: Song, corrections: Iterable[Correction]) -> "Session":
        """The session as it was left: the live corrections are made again on a fresh song.

        Raises BadSession where they name tracks or events that the source does not have.
        """
        session = cls(source, song)
        for correction in sorted(corrections, key=lambda one: one.n):
            if not all(_fits(song, edit) for edit in correction.edits):
                raise BadSession(f"the session is damaged: {correction} does not fit its song")
            session.corrections[correction.n] = correction
            if correction.live:
                # Field by field: a state may name a value of another correction that was taken back since.
                song.apply(song.reverted(edit.inverse for edit in correction.edits))
        return session

    def correct(self, author: str, wish: Wish) -> Outcome | None:
        """Make what is wished, all of it or nothing; None where nothing changes.

        A wish joins what the newest wish of this author and tool came to; those before it are found again as
        each is replaced by a wish without changes, which takes it back. Where the newest came to nothing or was
        taken back, or a later correction stands on it, the wish becomes a correction of its own. Raises BadEdit,
        with the song as before.
        """
        wished = self._wished[author, wish.tool]
        earlier = self._earlier(wished, wish)
        joined = self._join(earlier, wish) if earlier else None
        if wish.joins is Joins.REPLACES and wished:
            wished.pop()
        if wish.changes and not (joined and wish.joins is Joins.EXTENDS):
            wished.append(joined.correction.n if joined else _NOTHING)
        if joined:
            return joined if joined.correction is not earlier else None
        n = max(self.corrections, default=0) + 1
        edits = merged(chain.from_iterable(self._work_out(n, 0, wish.changes)))
        if not edits:
            return None
        wished[-1] = n
        return self._keep(Correction(n, author, wish.tool, wish.label, self._bar(wish), True, edits), edits)

    def revert(self, n: int) -> Outcome:
        """Take correction `n` back, leaving all others.

        Raises CannotRevert where there is none, it is taken back already, or a later one stands on it.
        """
        correction = self.corrections.get(n)
        if correction is None:
            known = f"the last is {max(self.corrections)}" if self.corrections else "nothing was corrected yet"
            raise CannotRevert(f"there is no correction {n}; {known}")
        if not correction.live:
            raise CannotRevert(f"{correction} is taken back already")
        later = self._standing_on(n, correction.edits)
        if later:
            raise CannotRevert(f"{correction} cannot go: {later} changes the same place; take that back first")
        edits = merged(self.song.reverted(correction.edits))
        self.song.apply(edits)
        return self._keep(replace(correction, live=False), edits)

    def undo(self, author: str) -> Outcome:
        """Take back the newest live correction of that author. Raises CannotRevert."""
        live = [one.n for one in self.corrections.values() if one.live and one.author == author]
        if not live:
            raise CannotRevert(f"nothing to undo: no correction by '{author}' is left")
        return self.revert(max(live))

    def authored(self) -> list[AuthoredNote]:
        """Every note that the source has or the song has now, by track and tick, with the author of each field."""
        authors = self._authors()
        found: list[AuthoredNote] = []
        for track in self.song.tracks:
            notes = [self._authored(id, note, authors) for id, note in self.song.notes(track)]
            gone = (id for id in authors if id.origin == track and not self.song.note(id))
            gone_notes = [self._authored(id, None, authors) for id in gone]
            found += sorted(notes + gone_notes, key=lambda one: one.tick) if gone_notes else notes
        return found

    def _authored(self, id: Id, now: Note | None, authors: Mapping[Id, Mapping[str, str]]) -> AuthoredNote:
        if id not in authors:
            return AuthoredNote(id, now, now, _UNTOUCHED)
        return AuthoredNote(id, _written(self.song, id), now, authors[id])

    def _earlier(self, wished: list[int], wish: Wish) -> Correction | None:
        earlier = self.corrections.get(wished[-1]) if wished and wish.joins is not Joins.NEW else None
        return earlier if earlier and earlier.live else None

    def _join(self, earlier: Correction, wish: Wish) -> Outcome | None:
        """The wish as part of an earlier correction, or in its place; None where a later one stands in the way."""
        if self._standing_on(earlier.n, earlier.edits):
            return None
        replaces = wish.joins is Joins.REPLACES
        going: tuple[Change, ...] = (lambda song, _: song.reverted(earlier.edits),) if replaces else ()
        made = self._work_out(earlier.n, 0 if replaces else _next_number(earlier), going + wish.changes)
        edits = merged(chain.from_iterable(made))
        if self._standing_on(earlier.n, tuple(chain.from_iterable(made))):
            self._take_back(made)
            return None
        kept = merged(chain.from_iterable(made[1:])) if replaces else _continued(earlier.edits, edits)
        if kept == earlier.edits:
            return Outcome(earlier, ())
        bar = self._bar(wish) if replaces else earlier.bar
        joined = replace(earlier, label=wish.label, bar=bar, edits=kept)
        return self._keep(joined if kept else replace(earlier, live=False), edits)

    def _work_out(self, n: int, first: int, changes: Iterable[Change]) -> list[tuple[Edit, ...]]:
        """The edits of each change, made one after the other; new ids count from `first`."""
        numbers = count(first)
        made: list[tuple[Edit, ...]] = []
        try:
            for change in changes:
                edits = change(self.song, lambda: Id(-n, next(numbers)))
                self.song.apply(edits)
                made.append(edits)
        except BadEdit:
            self._take_back(made)
            raise
        return made

    def _take_back(self, made: list[tuple[Edit, ...]]) -> None:
        for edits in reversed(made):
            self.song.apply(edit.inverse for edit in edits)

    def _standing_on(self, n: int, edits: tuple[Edit, ...]) -> Correction | None:
        """The newest live correction behind `n` that touches what these edits touch."""
        own = touch(edits)
        later = (one for number, one in sorted(self.corrections.items(), reverse=True) if number > n and one.live)
        return next((one for one in later if touch(one.edits).intersects(own)), None)

    def _keep(self, correction: Correction, edits: tuple[Edit, ...]) -> Outcome:
        self.corrections[correction.n] = correction
        return Outcome(correction, edits)

    def _bar(self, wish: Wish) -> int | None:
        return self.song.bars.bar_at(wish.tick) if self.song.bars else None

    def _authors(self) -> dict[Id, dict[str, str]]:
        authors: dict[Id, dict[str, str]] = {}
        for correction in self.corrections.values():
            for edit in correction.edits if correction.live else ():
                if edit.kind == "note":
                    fields = dict.fromkeys(changed_fields(edit), correction.author)
                    authors.setdefault(edit.id, dict(_UNTOUCHED)).update(fields)
        return authors


def _next_number(correction: Correction) -> int:
    """The first number that no id of this correction has."""
    ids = (edit.id.number for edit in correction.edits if edit.id.origin == -correction.n)
    return max(ids, default=-1) + 1


def _continued(edits: tuple[Edit, ...], more: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """A correction's edits with later ones of its own, and nothing of what others did to the same notes between."""
    groups = {edit.id: edit for edit in edits}
    for edit in more:
        first = groups.get(edit.id)
        groups[edit.id] = Edit(edit.id, _taken_out(first, edit.before), edit.after) if first else edit
    return tuple(edit for edit in groups.values() if edit.before != edit.after)


def _taken_out(edit: Edit, now: Note | Event | None) -> Note | Event | None:
    """What a note or event would be now without that edit."""
    if not isinstance(now, Note) or not isinstance(edit.before, Note) or not isinstance(edit.after, Note):
        return edit.before
    differing = (name for name in Note._fields if getattr(edit.before, name) != getattr(edit.after, name))
    return now._replace(**{name: getattr(edit.before, name) for name in differing})


def _written(song: Song, id: Id) -> Note | None:
    """The note as the source has it."""
    base = song.base.get(id.origin)
    number = base.number(id.number) if base else None
    if base is None or number is None:
        return None
    track, off = base.track, base.offs[number]
    tick, end = track.ticks[id.number], track.last_tick if off == NO_OFF else track.ticks[off]
    channel, off_id = track.statuses[id.number] & 15, None if off == NO_OFF else Id(id.origin, off)
    return Note(id.origin, channel, tick, end - tick, track.data1[id.number], track.data2[id.number], off_id)


def _fits(song: Song, edit: Edit) -> bool:
    """True where every id and track that an edit names can be in the song."""
    states = [state for state in (edit.before, edit.after) if state]
    named = [(edit.id, state.track) for state in states]
    named += [(state.off, state.track) for state in states if isinstance(state, Note) and state.off]
    return all(
        track in song.base and (not id.is_source or (id.origin == track and id.number < len(song.smf.tracks[track])))
        for id, track in named
    )
