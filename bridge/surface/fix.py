"""The tool *fix*: a wrong note takes the pitch of the key that the player pressed for it.

The same key again at the same place says "not that one": the correction is taken back and the next candidate
tried. A key whose pitch is written there already names its note and changes nothing, so that playing along as
written does no harm and held keys can name the voices of a chord that stay. What a key did before the hand
turned out to be gripping a chord is taken back.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final, NamedTuple, Self

from bridge.core.arrival import Arrival
from bridge.core.closure import Change, NewId, change_note
from bridge.core.edit import Edit, Id, Note
from bridge.core.names import key_name
from bridge.core.song import Song
from bridge.core.wish import Joins, Wish
from bridge.surface.aim import Aim, Candidate, best, lateness
from bridge.surface.decode import Gesture
from bridge.surface.place import MS, Field, around

TOOL: Final = "fix"
AGAIN_NS: Final = 150 * MS  # the same key aimed this close to the same place is another try
ON_BEAT_NS: Final = 30 * MS  # a hand that plays along as written comes this near to the onset


class Made(NamedTuple):
    """A correction that stands: what was aimed, the notes changed, their pitch before, is the key still down."""

    aim: Aim
    ids: tuple[Id, ...]
    was: int
    is_held: bool = True


class _Choice(NamedTuple):
    """What a press comes to: the aim, its note if any, what was tried, how many corrections are taken back."""

    aim: Aim
    found: Candidate | None
    tried: tuple[Id, ...]
    taken_back: int


@dataclass(frozen=True, slots=True)
class Fixing:
    """What the tool remembers: the newest aim, the notes tried for it, and the surface's newest corrections.

    `made` ends with the newest; it reaches back no further than the newest one whose key has come up.
    """

    aim: Aim | None = None
    tried: tuple[Id, ...] = ()
    made: tuple[Made, ...] = ()

    def touched(self, field: Field, gesture: Gesture) -> tuple[Self, tuple[Wish, ...]]:
        """The state after a key has moved, and what is to be done, in this order; mostly one wish or none."""
        if gesture.is_down:
            return self._pressed(field, gesture.number, gesture.arrival)
        made = tuple(one._replace(is_held=False) if one.aim.pitch == gesture.number else one for one in self.made)
        reach = max((index for index, one in enumerate(made) if not one.is_held), default=0)
        return replace(self, made=made[reach:]), ()

    def turned(self, field: Field, turn: int) -> tuple[Self, tuple[Wish, ...]]:
        """Nothing ends with a pass: the next try may come in the next one."""
        return self, ()

    def ended(self, field: Field, tick: int) -> tuple[Self, tuple[Wish, ...]]:
        """Nothing ends with playing: the next try may come when the place is played again."""
        return self, ()

    def _pressed(self, field: Field, pitch: int, at: Arrival) -> tuple[Self, tuple[Wish, ...]]:
        aim = Aim((at,), pitch, field.held - {pitch})
        again = self.aim if self.aim and self._is_again(self.aim, field, aim) else None
        if again:
            aim = aim._replace(presses=(*again.presses, at))
        own = int(bool(again) and self._stands(again))
        strays = tuple(takewhile(lambda one: one.is_held, reversed(self.made[: len(self.made) - own])))
        return self._done(_chosen(field, aim, self.tried if again else (), strays, own))

    def _is_again(self, last: Aim, field: Field, aim: Aim) -> bool:
        """True for another try: the same key, aimed at the same place.

        Within a pass that is near an earlier press or a note tried for it. From pass to pass it is enough that
        both were aimed near one note, unless nothing was changed: there the hand may be playing along.
        """
        is_same_pass = (last.newest.epoch, last.newest.turn) == (aim.newest.epoch, aim.newest.turn)
        stands = self._stands(last)
        if last.pitch != aim.pitch or (not stands and (is_same_pass or self._plays_along(last, field, aim))):
            return False
        places = [_aimed_ns(field, press) for press in last.presses]
        places += [field.ns_at(note.tick) for id in self.tried if (note := field.song.note(id))]
        if stands and not is_same_pass:
            places += [field.ns_at(note.tick) for press in last.presses for note in _aimed_at(field, press)]
        aimed_ns = _aimed_ns(field, aim.newest)
        return any(field.apart_ns(aimed_ns, place) <= AGAIN_NS for place in places)

    def _plays_along(self, last: Aim, field: Field, aim: Aim) -> bool:
        """True where a press names a note not tried yet, or twice on its beat the one that is right already."""
        named = best(field, aim, (), {})
        if named is None or named.ids[0] not in self.tried:
            return True
        onset_ns = field.ns_at(named.note.tick)
        presses = (last.newest, aim.newest)
        return all(field.apart_ns(onset_ns, field.ns_at(press.tick)) <= ON_BEAT_NS for press in presses)

    def _stands(self, aim: Aim | None) -> bool:
        """True where the last correction is what that aim came to."""
        return bool(self.made) and self.made[-1].aim == aim

    def _done(self, choice: _Choice) -> tuple[Self, tuple[Wish, ...]]:
        """The state behind a choice, and its wishes: first what is taken back, the last one with the new pitch."""
        aim, found, tried, taken_back = choice
        made = self.made[: len(self.made) - taken_back]
        if found is None:
            return replace(self, aim=None, tried=(), made=made), _taking_back(taken_back, aim)
        state = replace(self, aim=aim, tried=(*tried, *found.ids), made=made)
        was = found.note.pitch
        if was == aim.pitch:
            return state, _taking_back(taken_back, aim)
        joins = Joins.REPLACES if taken_back else Joins.NEW
        changes = tuple(_repitched(id, aim.pitch) for id in found.ids)
        was_called, is_called = (key_name(found.note.channel, pitch) for pitch in (was, aim.pitch))
        wish = Wish(TOOL, f"{was_called} → {is_called}", found.note.tick, changes, joins)
        state = replace(state, made=(*made, Made(aim, found.ids, was)))
        return state, (*_taking_back(taken_back - 1, aim), wish)


def _aimed_ns(field: Field, at: Arrival) -> int:
    return field.ns_at(at.tick) - lateness(at.turn).mean_ns


def _aimed_at(field: Field, at: Arrival) -> Iterator[Note]:
    """The notes that a press was aimed near enough to."""
    mean_ns = lateness(at.turn).mean_ns
    return (one.note for one in around(field, at, AGAIN_NS + mean_ns, AGAIN_NS - mean_ns))


def _chosen(field: Field, aim: Aim, tried: tuple[Id, ...], strays: tuple[Made, ...], own: int) -> _Choice:
    """The note that is meant, first as if the keys held had changed nothing, then as things are.

    `strays` are what the keys held did last, newest first; `own` is 1 where the aim's own correction goes.
    """
    if strays:
        found = best(field, aim, tried, {id: stray.was for stray in strays for id in stray.ids})
        if found and found.is_voice:
            return _Choice(aim, found, tried, own + len(strays))
        if found and found.note.pitch == aim.pitch and found.ids[0] in strays[0].ids:
            return _instead(field, strays[0], aim.pitch, own)
    return _Choice(aim, best(field, aim, tried, {}), tried, own)


def _instead(field: Field, stray: Made, pitch: int, own: int) -> _Choice:
    """A held key had taken the note that this key names: it takes its next candidate instead."""
    aim = stray.aim._replace(held=stray.aim.held | {pitch})
    found = best(field, aim, stray.ids, dict.fromkeys(stray.ids, stray.was))
    return _Choice(aim, found, stray.ids, own + 1)


def _taking_back(count: int, aim: Aim) -> tuple[Wish, ...]:
    """Wishes that only take the place of the last corrections, one each, and put nothing there."""
    return (Wish(TOOL, "taken back", aim.newest.tick, (), Joins.REPLACES),) * count


def _repitched(id: Id, pitch: int) -> Change:
    def change(song: Song, new_id: NewId) -> tuple[Edit, ...]:
        return change_note(song, id, pitch=pitch) if song.note(id) else ()

    return change
