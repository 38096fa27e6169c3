"""The tool *erase*: while a key or pad is held, the part's notes of that key go, exact doubles too.

A note goes where its onset lies in the hold. A hold over the loop's end goes on at its start; one longer than
a pass is the whole loop. A hold is one correction.
"""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Self

from bridge.core.closure import Change, NewId, remove_note
from bridge.core.edit import Edit, Id
from bridge.core.names import key_name
from bridge.core.song import Song
from bridge.core.wish import Joins, Wish
from bridge.surface.decode import Gesture
from bridge.surface.place import Field

TOOL: Final = "erase"


class Hold(NamedTuple):
    """A key that is held, and from which tick on its notes are still to go."""

    pitch: int
    tick: int


@dataclass(frozen=True, slots=True)
class Erasing:
    """What the tool remembers: the keys held, and the one that the newest correction belongs to while it is open."""

    holds: tuple[Hold, ...] = ()
    open_pitch: int | None = None

    def touched(self, field: Field, gesture: Gesture) -> tuple[Self, tuple[Wish, ...]]:
        """The state after a key has moved; what it was held over goes when it comes up."""
        pitch, tick = gesture.number, gesture.arrival.tick
        others = tuple(hold for hold in self.holds if hold.pitch != pitch)
        if gesture.is_down:
            return replace(self, holds=(*others, Hold(pitch, tick))), ()
        found = [hold for hold in self.holds if hold.pitch == pitch]
        state, wishes = self._erased(field, found, tick)
        return replace(state, holds=others, open_pitch=None if state.open_pitch == pitch else state.open_pitch), wishes

    def turned(self, field: Field, turn: int) -> tuple[Self, tuple[Wish, ...]]:
        """What lies between each hold's start and the loop's end goes now; the hold goes on at the loop's start."""
        if not field.loop:
            return self, ()
        state, wishes = self._erased(field, self.holds, field.loop.end)
        return replace(state, holds=tuple(hold._replace(tick=field.loop.start) for hold in self.holds)), wishes

    def ended(self, field: Field, tick: int) -> tuple[Self, tuple[Wish, ...]]:
        """Every hold ends at `tick`."""
        return replace(self, holds=(), open_pitch=None), self._erased(field, self.holds, tick)[1]

    def _erased(self, field: Field, holds: tuple[Hold, ...] | list[Hold], behind: int) -> tuple[Self, tuple[Wish, ...]]:
        """The wishes for the notes of each hold with their onset before `behind`; a touch is at least a tick long."""
        open_pitch, wishes = self.open_pitch, []
        for pitch, first in holds:
            span = field.song.part_notes(field.part, first, max(behind, first + 1))
            notes = [(id, note) for id, note in span if note.pitch == pitch]
            if notes:
                joins = Joins.EXTENDS if open_pitch == pitch else Joins.NEW
                changes = tuple(_removed(id) for id, _ in notes)
                wishes.append(Wish(TOOL, key_name(field.part.channel, pitch), notes[0][1].tick, changes, joins))
                open_pitch = pitch
        return replace(self, open_pitch=open_pitch), tuple(wishes)


def _removed(id: Id) -> Change:
    def change(song: Song, new_id: NewId) -> tuple[Edit, ...]:
        return remove_note(song, id) if song.note(id) else ()

    return change
