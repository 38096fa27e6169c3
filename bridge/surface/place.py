"""Where the notes of a part stand to a touch of the hand, in the song's own time.

Every tool asks here. A loop is a circle: a touch just before its end may mean its first note, and one just
behind its start its last. Nothing here knows any other time than the tick and the pass of the touch.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from bridge.core.arrival import Arrival, Loop
from bridge.core.edit import Id, Note
from bridge.core.song import Part, Song

MS: Final = 1_000_000
CHORD_NS: Final = 30 * MS  # onsets this close are one chord to the ear and to a hand


class Field(NamedTuple):
    """What a tool works on: the part, the loop that is played, if any, and the keys and pads that are down."""

    song: Song
    part: Part
    loop: Loop | None = None
    held: frozenset[int] = frozenset()

    @property
    def loop_ns(self) -> int:
        """How long a pass of the loop lasts; 0 without a loop."""
        return self.ns_at(self.loop.end) - self.ns_at(self.loop.start) if self.loop else 0

    def ns_at(self, tick: int) -> int:
        """The song's own time at a tick."""
        return self.song.tempo.ns_at(tick)

    def apart_ns(self, one: int, other: int) -> int:
        """How far two times in the song are apart, the short way round where there is a loop."""
        way = abs(one - other)
        round_ns = self.loop_ns
        return min(way % round_ns, -way % round_ns) if round_ns else way


class Standing(NamedTuple):
    """A note as it stands to a touch: how late the touch came after its onset in pass `turn` (under 0: early)."""

    id: Id
    note: Note
    turn: int
    late_ns: int


def around(field: Field, at: Arrival, late_ns: int, early_ns: int) -> Iterator[Standing]:
    """The part's notes that began at most `late_ns` before the touch or begin at most `early_ns` after it.

    In a loop a note stands there once for each pass in which it is that near.
    """
    loop = field.loop if field.loop and at.tick < field.loop.end else None
    now_ns = field.ns_at(at.tick)
    for step in (-1, 0, 1) if loop else (0,):
        turn, here_ns = at.turn + step, now_ns - step * field.loop_ns
        if turn < 0:
            continue
        first, last = (field.song.tempo.tick_at(ns) for ns in (here_ns - late_ns, here_ns + early_ns))
        if loop:
            first = max(first, loop.start) if turn or at.tick >= loop.start else first
            last = min(last, loop.end - 1)
        for id, note in field.song.part_notes(field.part, max(0, first), last + 1):
            late = here_ns - field.ns_at(note.tick)
            if -early_ns <= late <= late_ns:
                yield Standing(id, note, turn, late)


def chord(field: Field, of: Note) -> list[tuple[Id, Note]]:
    """The part's notes that begin with a note, itself among them; of the loop's, none from outside it."""
    at_ns, loop = field.ns_at(of.tick), field.loop
    first, last = (field.song.tempo.tick_at(at_ns + way) for way in (-CHORD_NS, CHORD_NS))
    if loop and loop.start <= of.tick < loop.end:
        first, last = max(first, loop.start), min(last, loop.end - 1)
    found = field.song.part_notes(field.part, max(0, first), last + 1)
    return [(id, note) for id, note in found if abs(field.ns_at(note.tick) - at_ns) <= CHORD_NS]
