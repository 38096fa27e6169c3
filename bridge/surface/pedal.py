"""The tool *pedal*: the foot writes CC 64 where it was heard, into the part's own track and channel.

While the pedal is open, what stood there of CC 64 gives way, earlier passes' included; half-pedal values are
kept as they come. An open pedal is closed at the loop's end, and opens again with the loop where the foot stays
down; it is closed where playing ends. A pass is one correction.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

from bridge.core.closure import NewId, add_event, remove_event
from bridge.core.edit import Edit, Event, Id
from bridge.core.message import SUSTAIN, control, is_controller
from bridge.core.song import Part, Song
from bridge.core.wish import Joins, Wish
from bridge.surface.decode import Gesture
from bridge.surface.place import Field

TOOL: Final = "pedal"


@dataclass(frozen=True, slots=True)
class Pedalling:
    """What the tool remembers: the value that the pass stands at, since which tick, and if it has a correction."""

    value: int = 0
    tick: int = 0
    is_begun: bool = False

    def touched(self, field: Field, gesture: Gesture) -> tuple[Self, tuple[Wish, ...]]:
        """The state after the foot has moved, and the event that follows; none where the value is the same."""
        if gesture.value == self.value:
            return self, ()
        return self._moved(field, gesture.value, gesture.arrival.tick)

    def turned(self, field: Field, turn: int) -> tuple[Self, tuple[Wish, ...]]:
        """An open pedal is closed at the loop's end, and opened again at its start in a correction of pass `turn`."""
        if not field.loop or not self.value:
            return replace(self, is_begun=False), ()
        _, closing = self._moved(field, 0, field.loop.end, is_end=True)
        state, opening = replace(self, value=0, is_begun=False)._moved(field, self.value, field.loop.start)
        return state, closing + opening

    def ended(self, field: Field, tick: int) -> tuple[Self, tuple[Wish, ...]]:
        """An open pedal is closed at `tick`, and the correction is whole."""
        wishes = self._moved(field, 0, tick, is_end=True)[1] if self.value else ()
        return replace(self, value=0, is_begun=False), wishes

    def _moved(self, field: Field, value: int, tick: int, is_end: bool = False) -> tuple[Self, tuple[Wish, ...]]:
        written = _Written(field.part, self.tick + 1 if self.value else tick, tick, value, is_end)
        joins = Joins.EXTENDS if self.is_begun else Joins.NEW
        wish = Wish(TOOL, "sustain pedal", tick, (written,), joins)
        return replace(self, value=value, tick=tick, is_begun=True), (wish,)


@dataclass(frozen=True, slots=True)
class _Written:
    """The change that writes one value at `tick`, in place of all that stood from `first` on.

    Where it only ends an open pedal, a pedal that the song presses at that very tick stays, and no other end
    is needed.
    """

    part: Part
    first: int
    tick: int
    value: int
    is_end: bool

    def __call__(self, song: Song, new_id: NewId) -> tuple[Edit, ...]:
        standing = self._standing(song)
        may_stay = self.is_end and self.first <= self.tick  # else what stands there is this pass's own
        kept = [id for id, event in standing if may_stay and event.tick == self.tick and event.value]
        gone = [edit for id, _ in standing if id not in kept for edit in remove_event(song, id)]
        if kept:
            return tuple(gone)
        message = control(self.part.channel, SUSTAIN, self.value)
        return (*gone, *add_event(song, new_id(), Event(self.part.track, self.tick, message)))

    def _standing(self, song: Song) -> list[tuple[Id, Event]]:
        first = min(self.first, self.tick)
        return [
            (id, event)
            for id, event in song.events(self.part.track, first, self.tick + 1)
            if event.channel == self.part.channel and is_controller(event.message, SUSTAIN)
        ]
