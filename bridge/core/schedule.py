"""The song compiled for the rig: what goes to which port at which tick, in the order in which it goes.

Owned by the engine, changed only by patches from the host. A note is one item, on and off together, so that
neither can be changed without the other.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from bridge.core.edit import Event, Id
from bridge.core.message import (
    BANK_LSB,
    BANK_MSB,
    BEND,
    CONTROL,
    NOTE_OFF,
    NOTE_ON,
    PEDALS,
    PRESSURE,
    PROGRAM,
    SYSEX,
    bend_centre,
    note_off,
)
from bridge.core.parameters import NUMBERS, Parameters
from bridge.core.sysex import is_reset

NO_END: Final = -1
_NEAR: Final = 2_000  # places; moving one further costs as much as taking it out and putting it in
_LOOKED_AT: Final = 2_000  # items looked through for a channel's next note: a quarter of a millisecond
BANKS: Final = (CONTROL << 8 | BANK_MSB, CONTROL << 8 | BANK_LSB)
"""Kinds of lane: bank select, of which an instrument takes notice at the next program."""
PROGRAMS: Final = PROGRAM << 8
PARAMETERS: Final = CONTROL << 8 | min(NUMBERS)
"""The one kind of lane for all that selects an RPN or NRPN or enters data into it."""
RESET: Final = CONTROL << 8 | 121
"""The kind that sets controllers back (reset all controllers)."""
SYSTEM: Final = SYSEX << 8
"""The kind of a SysEx; a lane of the whole port, with channel 0."""
SYSTEM_RESET: Final = SYSTEM | 1
"""The kind of a SysEx that sets the whole instrument back."""
_DEFAULTS: Final = {1: 0, 7: 100, 10: 64, 11: 127, 64: 0, 65: 0, 66: 0, 67: 0, 68: 0, 69: 0}
"""What a controller stands at before the song says anything (GM level 1, RP-015); others have no default."""
_MOMENTS: Final = frozenset((CONTROL << 8 | 120, RESET, CONTROL << 8 | 123, SYSTEM, SYSTEM_RESET))
"""Kinds that do something and set nothing: all sound off, reset all controllers, all notes off, SysEx."""
_SET_BACK: Final = {CONTROL << 8 | number: value for number, value in ((1, 0), (33, 0), (11, 127), (43, 127))} | {
    CONTROL << 8 | number: 0 for number in PEDALS[:4]
}
"""Controllers that a 121 sets back, and to what (RP-015); bend and pressure go back too, the others stay."""


class Item(NamedTuple):
    """One note or event for one port; the fields up to `number` are its order.

    `place`, `stands` and `rank` order it within its track at one tick (see Song.place); `origin` and `number`
    are its id. `end` is the tick of a note's off, -1 for an event. `message` carries the port's own channel.
    """

    tick: int
    track: int
    place: int
    stands: int
    rank: int
    origin: int
    number: int
    port: int
    end: int
    message: bytes

    @property
    def id(self) -> Id:
        """The id of the note or event in the song."""
        return Id(self.origin, self.number)

    @property
    def is_note(self) -> bool:
        """True for a note."""
        return self.end != NO_END

    @property
    def key(self) -> tuple[int, int, int]:
        """Port, channel and pitch: what a note occupies while it sounds."""
        return self.port, self.message[0] & 15, self.message[1]

    @property
    def lane(self) -> "Lane":
        """What an event sets."""
        return lane_of(self.port, self.message)

    @property
    def off(self) -> bytes:
        """The note-off that ends it."""
        return note_off(self.message[0] & 15, self.message[1])


class Lane(NamedTuple):
    """One thing that can be set on one channel of one port: a controller, the program, the bend …"""

    port: int
    channel: int
    kind: int


def lane_of(port: int, message: bytes) -> Lane:
    """The lane that a message sets; all that selects a parameter or enters data into one is one lane."""
    if message[0] >= SYSEX:
        return Lane(port, 0, SYSTEM_RESET if is_reset(message) else SYSTEM)
    kind = Event(0, 0, message).lane
    if kind >> 8 == CONTROL and message[1] in NUMBERS:
        kind = PARAMETERS
    return Lane(port, message[0] & 15, kind)


def slot_of(port: int, message: bytes) -> Lane:
    """The key or lane that a message is for; a note's off is for the same as its on."""
    kind = message[0] & 0xF0
    if kind in (NOTE_OFF, NOTE_ON):
        return Lane(port, message[0] & 15, NOTE_ON << 8 | message[1])
    return lane_of(port, message)


class Schedule:
    """All items of a song, sorted; every item's id is in it once."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self._by_id: dict[Id, Item] = {}
        self._lanes: dict[Lane, list[Item]] = {}

    def load(self, items: list[Item]) -> None:
        """Take many items at once in place of all others."""
        self.items = sorted(items)
        self._by_id = {item.id: item for item in self.items}
        self._lanes.clear()
        for item in self.items:
            if not item.is_note:
                self._lanes.setdefault(item.lane, []).append(item)

    def put(self, item: Item) -> Item | None:
        """Add an item, in place of the one with its id, which is returned."""
        old = self._by_id.get(item.id)
        self._by_id[item.id] = item
        if old is None:
            insort(self.items, item)
        else:
            _replace(self.items, old, item)
        self._file(old, item)
        return old

    def drop(self, id: Id) -> Item | None:
        """Take an item out and return it, if it is there."""
        item = self._by_id.pop(id, None)
        if item is not None:
            del self.items[bisect_left(self.items, item)]
            self._file(item, None)
        return item

    def head(self, tick: int) -> int:
        """The place in `items` of the first at or behind `tick`."""
        return bisect_left(self.items, (tick,))

    def plays(self, at: int, behind: int, channel: int | None = None) -> bool:
        """True where a note, on that channel, starts before tick `behind` from place `at` on; or may, very far on."""
        for item in islice(self.items, at, at + _LOOKED_AT):
            if item.tick >= behind:
                return False
            if item.is_note and channel in (None, item.message[0] & 15):
                return True
        return at + _LOOKED_AT < len(self.items)

    @property
    def lanes(self) -> Iterator[Lane]:
        """Every lane that the song sets anywhere."""
        return (lane for lane in self._lanes if is_setting(lane))

    def first(self, lane: Lane) -> Item | None:
        """The first event of a lane."""
        events = self._lanes.get(lane)
        return events[0] if events else None

    def sysex(self, tick: int) -> list[Item]:
        """Every SysEx before `tick`, in order, for as many ports as there are items of."""
        found = (item for lane in self._lanes if lane.kind in (SYSTEM, SYSTEM_RESET) for item in self._lanes[lane])
        return sorted(item for item in found if item.tick < tick)

    def standing(self, lane: Lane, tick: int) -> bytes | None:
        """What the song has set a lane to just before `tick`; None where it has not, or not since a reset of all."""
        last = self._last(lane, (tick,))
        reset = self._last(lane._replace(kind=RESET), (tick,))
        if reset and (last is None or last < reset) and (message := _set_back(lane)):
            return message
        return last.message if last else None

    def sound_at(self, port: int, channel: int, tick: int) -> tuple[dict[int, bytes], bytes | None, dict[int, bytes]]:
        """The banks that the last program before `tick` took, that program, and the banks that came behind it."""
        program = self._last(Lane(port, channel, PROGRAMS), (tick,))
        banks, behind = {}, {}
        for kind in BANKS:
            lane = Lane(port, channel, kind)
            last, taken = self._last(lane, (tick,)), self._last(lane, program) if program else None
            if taken:
                banks[kind] = taken.message
            if last and last != taken:
                behind[kind] = last.message
        return banks, program.message if program else None, behind

    def parameters_at(self, port: int, channel: int, tick: int) -> Parameters:
        """What the song has selected and entered just before `tick`, RPN and NRPN."""
        found = Parameters(channel)
        resets = self._before(Lane(port, channel, RESET), tick)
        entries = self._before(Lane(port, channel, PARAMETERS), tick)
        for item in sorted(entries + resets) if resets else entries:
            if item.message[1] in NUMBERS:
                found.take(item.message[1], item.message[2])
            else:
                found.deselect()
        return found

    def _file(self, old: Item | None, new: Item | None) -> None:
        """Keep an event in its lane."""
        if old and not old.is_note:
            lane = self._lanes[old.lane]
            del lane[bisect_left(lane, old)]
            if not lane:
                del self._lanes[old.lane]
        if new and not new.is_note:
            insort(self._lanes.setdefault(new.lane, []), new)

    def _before(self, lane: Lane, tick: int) -> list[Item]:
        """A lane's events before `tick`, since the last reset of the whole instrument."""
        events = self._lanes.get(lane, [])
        return events[bisect_left(events, (self._reset_tick(lane.port, tick),)) : bisect_left(events, (tick,))]

    def _last(self, lane: Lane, behind: tuple[int] | Item) -> Item | None:
        """A lane's last event before a tick or item, if no reset of the whole instrument came since."""
        events = self._lanes.get(lane)
        at = bisect_left(events, behind) if events else 0
        if not events or not at or events[at - 1].tick < self._reset_tick(lane.port, behind[0]):
            return None
        return events[at - 1]

    def _reset_tick(self, port: int, tick: int) -> int:
        """The tick of the last reset before `tick`; what stands at that same tick was set behind it."""
        resets = self._lanes.get(Lane(port, 0, SYSTEM_RESET))
        at = bisect_left(resets, (tick,)) if resets else 0
        return resets[at - 1].tick if resets and at else -1


def _replace(items: list[Item], old: Item, new: Item) -> None:
    """Put one item for another: what lies between is moved, not all behind, unless that is less work."""
    at, to = bisect_left(items, old), bisect_left(items, new)
    if abs(to - at) > _NEAR:
        del items[at]
        insort(items, new)
    elif to > at:
        items[at : to - 1] = items[at + 1 : to]
        items[to - 1] = new
    else:
        items[to + 1 : at + 1] = items[to:at]
        items[to] = new


def default_of(lane: Lane) -> bytes | None:
    """What a lane stands at before the song says anything; None where nobody knows."""
    kind, number = lane.kind >> 8, lane.kind & 0x7F
    if kind == BEND:
        return bend_centre(lane.channel)
    if kind == PRESSURE:
        return bytes((PRESSURE | lane.channel, 0))
    if kind == CONTROL and number in _DEFAULTS:
        return bytes((CONTROL | lane.channel, number, _DEFAULTS[number]))
    return None


def is_setting(lane: Lane) -> bool:
    """True for a lane that something stands at; False for what only happens, and for SysEx."""
    return lane.kind not in _MOMENTS


def set_back(lanes: Iterable[Lane]) -> dict[Lane, bytes]:
    """What a 121 on their channel leaves these lanes at, of those that it sets back."""
    return {lane: message for lane in lanes if (message := _set_back(lane))}


def _set_back(lane: Lane) -> bytes | None:
    if lane.kind in _SET_BACK:
        return bytes((CONTROL | lane.channel, lane.kind & 0x7F, _SET_BACK[lane.kind]))
    return default_of(lane) if lane.kind >> 8 in (BEND, PRESSURE) else None
