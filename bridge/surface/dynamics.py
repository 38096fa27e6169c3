"""The tool *dynamics*: hits on one pad give the notes of the part their velocities, chord by chord.

A hit takes the nearest chord that no hit of the pass has taken; its loudest note gets the velocity of the hit,
the others keep their proportion to it. What is not hit stays. The hits of a pass are one correction.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

from bridge.core.arrival import Arrival
from bridge.core.closure import Change, NewId, change_note
from bridge.core.edit import Edit, Id
from bridge.core.song import Song
from bridge.core.wish import Joins, Wish
from bridge.surface.decode import Gesture
from bridge.surface.place import MS, Field, around, chord

TOOL: Final = "dynamics"
REACH_NS: Final = 120 * MS  # a hit further from every onset means none


@dataclass(frozen=True, slots=True)
class Striking:
    """What the tool remembers: which notes are taken in which pass, and how many hits made this pass's correction."""

    taken: frozenset[tuple[int, Id]] = frozenset()
    hits: int = 0

    def touched(self, field: Field, gesture: Gesture) -> tuple[Self, tuple[Wish, ...]]:
        """The state after a hit (nothing comes of letting go), and the velocities that follow."""
        return self._struck(field, gesture.value, gesture.arrival) if gesture.is_down else (self, ())

    def turned(self, field: Field, turn: int) -> tuple[Self, tuple[Wish, ...]]:
        """The pass's correction is whole; only a hit that came early for pass `turn`, or late, is remembered."""
        return replace(self, taken=frozenset(one for one in self.taken if one[0] >= turn - 1), hits=0), ()

    def ended(self, field: Field, tick: int) -> tuple[Self, tuple[Wish, ...]]:
        """The pass's correction is whole, and nothing is taken any more."""
        return replace(self, taken=frozenset(), hits=0), ()

    def _struck(self, field: Field, velocity: int, at: Arrival) -> tuple[Self, tuple[Wish, ...]]:
        near = [one for one in around(field, at, REACH_NS, REACH_NS) if (one.turn, one.id) not in self.taken]
        if not near:
            return self, ()
        nearest = min(near, key=lambda one: (abs(one.late_ns), one.turn, one.note.tick))
        group = [pair for pair in chord(field, nearest.note) if (nearest.turn, pair[0]) not in self.taken]
        taken = self.taken | {(nearest.turn, id) for id, _ in group}
        loudest = max(note.velocity for _, note in group)
        changes = tuple(
            _revalued(id, _in_proportion(note.velocity, velocity, loudest))
            for id, note in group
            if _in_proportion(note.velocity, velocity, loudest) != note.velocity
        )
        if not changes:
            return replace(self, taken=taken), ()
        joins = Joins.EXTENDS if self.hits else Joins.NEW
        hits = self.hits + 1
        wish = Wish(TOOL, "1 hit" if hits == 1 else f"{hits} hits", nearest.note.tick, changes, joins)
        return replace(self, taken=taken, hits=hits), (wish,)


def _in_proportion(velocity: int, hit: int, loudest: int) -> int:
    return max(1, min(127, (2 * velocity * hit + loudest) // (2 * loudest)))


def _revalued(id: Id, velocity: int) -> Change:
    def change(song: Song, new_id: NewId) -> tuple[Edit, ...]:
        return change_note(song, id, velocity=velocity) if song.note(id) else ()

    return change
