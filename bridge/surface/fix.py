"""The tool *fix*: a wrong note takes the pitch of the key that the player pressed for it.

Which note is meant is a matter of time and of pitch: of the part's notes around the press, the one with the
least cost. A cost is minus the logarithm of how likely such a press is for that note. The same key again at the
same place says "not that one": the next candidate is tried. A key whose pitch is written there already names
its note and changes nothing, so that playing along as written does no harm and held keys can name the voices
of a chord that stay.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from bridge.core.arrival import Arrival
from bridge.core.closure import Change, NewId, change_note
from bridge.core.edit import Edit, Id, Note
from bridge.core.song import Song
from bridge.core.wish import Joins, Wish
from bridge.surface.decode import Gesture
from bridge.surface.place import MS, Field, Standing, around, chord

TOOL: Final = "fix"
AGAIN_NS: Final = 150 * MS  # the same key aimed this close to the same place is another try
REACH_NS: Final = 500 * MS  # no further from where it is expected does a press mean a note


class Lateness(NamedTuple):
    """How late a hand comes: the expected lateness, and how far it strays."""

    mean_ns: int
    spread_ns: int


FIRST_HEARING: Final = Lateness(300 * MS, 90 * MS)  # it has to hear the note first
KNOWN: Final = Lateness(0, 60 * MS)

_COSTS: Final = (-1.0, 0.0, 0.25, 1.8, 1.8, *[4.3] * 8)
_FAR_COST: Final = 7.0
"""By how many semitones the key differs from the written pitch; nought: it is written there already."""
_HELD_BONUS: Final = 3.0


@dataclass(frozen=True, slots=True)
class Fixing:
    """What the tool remembers: the presses of one key at one place, the notes tried for them, the keys down."""

    presses: tuple[Arrival, ...] = ()
    tried: tuple[Id, ...] = ()
    is_made: bool = False
    held: frozenset[int] = frozenset()


class Candidate(NamedTuple):
    """A note that the press may mean, and what it costs to think so."""

    cost: float
    id: Id
    note: Note


def released(state: Fixing, pitch: int) -> Fixing:
    """The state after a key has come up."""
    return replace(state, held=state.held - {pitch})


def pressed(state: Fixing, field: Field, gesture: Gesture) -> tuple[Fixing, Wish | None]:
    """The state after a key has gone down, and the correction that follows, if any."""
    pitch, at, held = gesture.number, gesture.arrival, state.held - {gesture.number}
    is_again = _is_again(state, field, pitch, at)
    presses = (*state.presses, at) if is_again else (at,)
    tried = state.tried if is_again else ()
    is_made = is_again and state.is_made
    candidates = [one for one in _candidates(field, presses, pitch, held) if one.id not in tried]
    best = min(candidates, default=None)
    state = Fixing(presses, tried, False, state.held | {pitch})
    joins = Joins.REPLACES if is_made else Joins.NEW
    if best is None:
        state = replace(state, presses=(), tried=())
        return state, _wish(field, at.tick, (), pitch, joins) if is_made else None
    twins = _doubles(field, best.note)
    state = replace(state, tried=(*tried, *twins))
    if best.note.pitch == pitch:
        return state, _wish(field, at.tick, (), pitch, joins) if is_made else None
    return replace(state, is_made=True), _wish(field, best.note.tick, twins, pitch, joins)


def _is_again(state: Fixing, field: Field, pitch: int, at: Arrival) -> bool:
    if not state.presses or state.presses[-1].message[1] != pitch:
        return False
    aim_ns = _aim_ns(field, at)
    named = field.song.note(state.tried[-1])
    places = [_aim_ns(field, press) for press in state.presses] + ([field.ns_at(named.tick)] if named else [])
    return any(field.apart_ns(aim_ns, place) <= AGAIN_NS for place in places)


def _aim_ns(field: Field, at: Arrival) -> int:
    return field.ns_at(at.tick) - (KNOWN if at.turn else FIRST_HEARING).mean_ns


def _candidates(field: Field, presses: tuple[Arrival, ...], pitch: int, held: frozenset[int]) -> Iterable[Candidate]:
    *earlier, newest = [_time_costs(field, press, pitch) for press in presses]
    for id, (cost, note) in newest.items():
        cost += sum(costs[id][0] if id in costs else NEVER for costs in earlier)
        cost += _interval_cost(pitch - note.pitch)
        if held:
            others = {other.pitch for other_id, other in chord(field, note) if other_id != id}
            if note.pitch in held:
                continue
            if held <= others:
                cost -= _HELD_BONUS
        yield Candidate(cost, id, note)


NEVER = 20.0


def _time_costs(field: Field, at: Arrival, pitch: int) -> dict[Id, tuple[float, Note]]:
    costs: dict[Id, tuple[float, Note]] = {}
    for one in around(field, at, FIRST_HEARING.mean_ns + REACH_NS, REACH_NS):
        cost = _time_cost(one, pitch)
        if one.id not in costs or cost < costs[one.id][0]:
            costs[one.id] = (cost, one.note)
    return costs


def _time_cost(one: Standing, pitch: int) -> float:
    expected = KNOWN if one.turn or one.note.pitch == pitch else FIRST_HEARING
    away = (one.late_ns - expected.mean_ns) / expected.spread_ns
    return away * away / 2


def _interval_cost(interval: int) -> float:
    return _COSTS[abs(interval)] if abs(interval) < len(_COSTS) else _FAR_COST


def _doubles(field: Field, note: Note) -> tuple[Id, ...]:
    same = field.song.part_notes(field.part, note.tick, note.tick + 1)
    return tuple(id for id, other in same if other.pitch == note.pitch)


def _wish(field: Field, tick: int, ids: tuple[Id, ...], pitch: int, joins: Joins) -> Wish:
    label = f"pitch {pitch}"
    return Wish(TOOL, label, tick, tuple(_repitch(id, pitch) for id in ids), joins)


def _repitch(id: Id, pitch: int) -> Change:
    def change(song: Song, new_id: NewId) -> tuple[Edit, ...]:
        return change_note(song, id, pitch=pitch)

    return change
