"""Which note a pressed key means: a matter of when it came and of how far its pitch is from the written one.

The tool *fix* asks. A cost is minus the logarithm of how likely such a press is for that note, up to a constant
that all notes share; the numbers are those of the simulated player in `benchmarks/fix`.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from bridge.core.arrival import Arrival
from bridge.core.edit import Id, Note
from bridge.surface.place import MS, Field, Standing, around, chord


class Lateness(NamedTuple):
    """How late a hand comes: the expected lateness, and how far it strays."""

    mean_ns: int
    spread_ns: int

    def cost(self, late_ns: int) -> float:
        """What it costs to believe that the hand came this late."""
        away = (late_ns - self.mean_ns) / self.spread_ns
        return away * away / 2


FIRST_HEARING: Final = Lateness(300 * MS, 90 * MS)  # the hand has to hear the wrong note first
KNOWN: Final = Lateness(0, 60 * MS)
REACH_NS: Final = 500 * MS  # no further from where it is expected does a press mean a note

_INTERVAL_COSTS: Final = (-1.0, 0.0, 0.25, 1.8, 1.8, *[4.3] * 8)  # by semitones; 0: the pitch is written there
_FAR_COST: Final = 7.0
_ECHO_COST: Final = 3.0  # a key that repeats, late, what it just heard
_HELD_GAIN: Final = 5.0  # the keys that are held are the other voices of its chord
_UNHEARD_COST: Final = 20.0  # an earlier press at this place was out of the note's reach


def lateness(turn: int) -> Lateness:
    """How late a hand comes in a pass."""
    return KNOWN if turn else FIRST_HEARING


class Aim(NamedTuple):
    """A key pressed once or again and again at one place, and the keys that were down before."""

    presses: tuple[Arrival, ...]
    pitch: int
    held: frozenset[int] = frozenset()

    @property
    def newest(self) -> Arrival:
        """The press that came last."""
        return self.presses[-1]


class Candidate(NamedTuple):
    """A note that may be meant, with its exact doubles, and what it costs to think so.

    `is_voice` is True where the keys that are held are other voices of its chord.
    """

    cost: float
    note: Note
    ids: tuple[Id, ...]
    is_voice: bool = False


def best(field: Field, aim: Aim, tried: tuple[Id, ...], was: Mapping[Id, int]) -> Candidate | None:
    """The note that is most likely meant, None where none is near; `tried` are out of the question.

    `was` gives pitches that count in place of those now in the song.
    """
    return min((one for one in _candidates(field, aim, was) if one.ids[0] not in tried), default=None)


def _candidates(field: Field, aim: Aim, was: Mapping[Id, int]) -> Iterator[Candidate]:
    newest, *earlier = (_in_time(field, press, aim.pitch, was) for press in reversed(aim.presses))
    for place, one in newest.items():
        note = one.note
        if note.pitch in aim.held:
            continue
        is_voice = bool(aim.held) and aim.held <= _others(field, note, was)
        cost = one.cost + sum(before[place].cost if place in before else _UNHEARD_COST for before in earlier)
        cost += _interval_cost(aim.pitch - note.pitch)
        cost -= _HELD_GAIN if is_voice or (aim.held and note.pitch == aim.pitch) else 0.0
        yield Candidate(cost, note, one.ids, is_voice)


def _others(field: Field, note: Note, was: Mapping[Id, int]) -> set[int]:
    """The pitches that begin with a note, but its own."""
    return {was.get(id, beside.pitch) for id, beside in chord(field, note)} - {note.pitch}


def _in_time(field: Field, at: Arrival, pitch: int, was: Mapping[Id, int]) -> dict[tuple[int, int], Candidate]:
    """What stands near a press, by onset and pitch, with the cost of its time alone."""
    found: dict[tuple[int, int], Candidate] = {}
    for one in around(field, at, FIRST_HEARING.mean_ns + REACH_NS, REACH_NS):
        note = one.note._replace(pitch=was.get(one.id, one.note.pitch))
        cost = _time_cost(one, note.pitch == pitch)
        known = found.get((note.tick, note.pitch))
        ids = known.ids if known else ()
        cost = min(cost, known.cost) if known else cost
        found[note.tick, note.pitch] = Candidate(cost, note, ids if one.id in ids else (*ids, one.id))
    return found


def _time_cost(one: Standing, is_written: bool) -> float:
    cost = lateness(one.turn).cost(one.late_ns)
    if one.turn == 0 and is_written:
        return min(KNOWN.cost(one.late_ns), cost + _ECHO_COST)
    return cost


def _interval_cost(interval: int) -> float:
    return _INTERVAL_COSTS[abs(interval)] if abs(interval) < len(_INTERVAL_COSTS) else _FAR_COST
