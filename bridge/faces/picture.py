"""What a report shows, as plain frozen values: faces/render makes the page of it.

Channels count from 1 here, ticks are the source's. Made by hand, or from a session by `picture_of`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, Literal

from bridge.core.edit import Id, Note
from bridge.core.message import SUSTAIN, is_controller
from bridge.core.song import Part, Song
from bridge.faces.words import note_change_words, note_words
from bridge.session.session import SOURCE, AuthoredNote, Correction, Session

State = Literal["same", "changed", "removed", "added"]
_DOWN: Final = 64  # a pedal is down from here (MIDI 1.0, Hold)
_MOST_BARS: Final = 10_000


@dataclass(frozen=True, slots=True)
class RollNote:
    """A note in a roll; `title` is shown when the pointer rests on one that was corrected."""

    tick: int
    length: int
    pitch: int
    velocity: int
    author: str
    state: State = "same"
    title: str = ""


@dataclass(frozen=True, slots=True)
class Pedal:
    """A stretch in which the sustain pedal is down."""

    start: int
    end: int
    author: str


@dataclass(frozen=True, slots=True)
class Roll:
    """What a part plays, before or after."""

    notes: Sequence[RollNote]
    pedals: Sequence[Pedal] = ()


@dataclass(frozen=True, slots=True)
class RollPart:
    """One part, before and after."""

    name: str
    track: int
    channel: int
    before: Roll
    after: Roll

    @property
    def is_corrected(self) -> bool:
        """True where anything was changed."""
        return self.before.pedals != self.after.pedals or any(
            note.state != "same" for roll in (self.before, self.after) for note in roll.notes
        )


@dataclass(frozen=True, slots=True)
class Table:
    """One more table below the picture: its first column names the row, the others are numbers."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole report. `bar_ticks` are the ticks where bars begin, the first bar's first; empty without a beat.

    `corrections` have the shape of corrections.json; `facts` are (what, how much) and stand at the top.
    """

    title: str
    source_name: str
    export_name: str
    end: int
    bar_ticks: Sequence[int]
    parts: Sequence[RollPart]
    corrections: Sequence[Mapping[str, Any]]
    source_label: str = SOURCE
    facts: Sequence[tuple[str, str]] = ()
    tables: Sequence[Table] = ()


def picture_of(
    session: Session,
    export_name: str,
    corrections: Sequence[Mapping[str, Any]],
    *,
    source_label: str = SOURCE,
    facts: Sequence[tuple[str, str]] = (),
    tables: Sequence[Table] = (),
) -> Picture:
    """The picture of a session as it is now; `corrections` as in corrections.json."""
    song = session.song
    before = Song(song.smf, song.tracks[0] if song.smf.format == 2 and song.tracks else None)
    causes = _causes(session.corrections.values())
    rows: defaultdict[Part, list[AuthoredNote]] = defaultdict(list)
    for row in session.authored():
        if note := row.after or row.before:  # no edit moves a note to another part
            rows[Part(note.track, note.channel)].append(row)
    found = chain.from_iterable((row.before, row.after) for row in chain.from_iterable(rows.values()))
    end = max((note.end for note in found if note), default=0)
    parts = [
        RollPart(
            song.name(part.track),
            part.track,
            part.channel + 1,
            Roll(list(_before(rows[part], causes)), _pedals(before, part, {}, end)),
            Roll(list(_after(rows[part], causes)), _pedals(song, part, causes, end)),
        )
        for part in sorted(rows)
    ]
    name, bars = session.source.name, _bar_ticks(song, end)
    return Picture(name, name, export_name, end, bars, parts, corrections, source_label, facts, tables)


def _causes(corrections: Iterable[Correction]) -> dict[Id, Correction]:
    """The newest live correction of every note and event."""
    return {edit.id: correction for correction in corrections if correction.live for edit in correction.edits}


def _before(rows: Iterable[AuthoredNote], causes: Mapping[Id, Correction]) -> Iterator[RollNote]:
    for row in rows:
        if row.before:
            yield _roll_note(row.before, SOURCE, _state(row), _title(row, causes))


def _after(rows: Iterable[AuthoredNote], causes: Mapping[Id, Correction]) -> Iterator[RollNote]:
    for row in rows:
        if row.after:
            author = next((one for one in row.authors.values() if one != SOURCE), SOURCE)
            yield _roll_note(row.after, author, _state(row), _title(row, causes))


def _roll_note(note: Note, author: str, state: State, title: str) -> RollNote:
    return RollNote(note.tick, note.length, note.pitch, note.velocity, author, state, title)


def _state(row: AuthoredNote) -> State:
    if row.before and row.after:
        return "same" if row.before[:-1] == row.after[:-1] else "changed"
    return "removed" if row.before else "added"


def _title(row: AuthoredNote, causes: Mapping[Id, Correction]) -> str:
    state, cause = _state(row), causes.get(row.id)
    if state == "same":
        return ""
    if row.before and row.after:
        told = note_change_words(_data(row.before), _data(row.after))
    else:
        told = f"{note_words(_data(row.before or row.after))}: {state}"
    return f"{told} ({cause})" if cause else told


def _data(note: Note | None) -> dict[str, Any]:
    return note._asdict() | {"channel": note.channel + 1} if note else {}


def _pedals(song: Song, part: Part, causes: Mapping[Id, Correction], end: int) -> list[Pedal]:
    """The stretches with the pedal down; one that is never lifted stays down to the end."""
    spans: list[Pedal] = []
    down: tuple[int, str] | None = None
    for id, event in song.events(part.track):
        if event.channel != part.channel or not is_controller(event.message, SUSTAIN):
            continue
        if event.value >= _DOWN and down is None:
            down = event.tick, causes[id].author if id in causes else SOURCE
        elif event.value < _DOWN and down is not None:
            spans.append(Pedal(down[0], event.tick, down[1]))
            down = None
    return spans if down is None else [*spans, Pedal(down[0], end, down[1])]


def _bar_ticks(song: Song, end: int) -> list[int]:
    if song.bars is None:
        return []
    return [song.bars.tick_of(bar) for bar in range(1, min(song.bars.bar_at(max(0, end - 1)), _MOST_BARS) + 1)]
