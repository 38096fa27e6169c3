"""The song compiled for the rig: what goes to which port at which tick, in the order in which it goes.

Owned by the engine, changed only by patches from the host. A note is one item, on and off together, so that
neither can be changed without the other.
"""

from bisect import bisect_left, insort
from typing import Final, NamedTuple

from bridge.core.edit import Event, Id
from bridge.core.message import (
    BANK_LSB,
    BANK_MSB,
    BEND,
    CONTROL,
    PRESSURE,
    PROGRAM,
    note_off,
)

NO_END: Final = -1
_DEFAULTS: Final = {1: 0, 7: 100, 10: 64, 11: 127, 64: 0, 65: 0, 66: 0, 67: 0, 68: 0, 69: 0}
"""What a controller stands at before the song says anything (GM level 1, RP-015); others have no default."""
_MOMENTS: Final = frozenset(CONTROL << 8 | number for number in (120, 121, 123))
"""Kinds that do something and set nothing: all sound off, reset all controllers, all notes off."""
_SEND_RANKS: Final = {CONTROL << 8 | BANK_MSB: 0, CONTROL << 8 | BANK_LSB: 1, PROGRAM << 8: 2} | {
    CONTROL << 8 | number: 3 for number in range(98, 102)
}
"""Bank, then program, which takes the bank that stands before it; NRPN and RPN before their data (MIDI 1.0)."""
_SEND_LAST: Final = 4


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
    """The lane that a channel message sets."""
    return Lane(port, message[0] & 15, Event(0, 0, message).lane)


class Schedule:
    """All items of a song, sorted; every item's id is in it once."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self._by_id: dict[Id, Item] = {}
        self._lanes: dict[Lane, list[Item]] = {}

    def get(self, id: Id) -> Item | None:
        """The item of that id, None where there is none."""
        return self._by_id.get(id)

    def load(self, items: list[Item]) -> None:
        """Take many items at once in place of all others."""
        self.items = sorted(items)
        self._by_id = {item.id: item for item in self.items}
        self._lanes.clear()
        for item in self.items:
            if _is_set(item):
                self._lanes.setdefault(item.lane, []).append(item)

    def put(self, item: Item) -> None:
        """Add an item, in place of the one with its id."""
        self.drop(item.id)
        self._by_id[item.id] = item
        insort(self.items, item)
        if _is_set(item):
            insort(self._lanes.setdefault(item.lane, []), item)

    def drop(self, id: Id) -> None:
        """Take an item out, if it is there."""
        item = self._by_id.pop(id, None)
        if item is None:
            return
        del self.items[bisect_left(self.items, item)]
        if _is_set(item):
            lane = self._lanes[item.lane]
            del lane[bisect_left(lane, item)]
            if not lane:
                del self._lanes[item.lane]

    def head(self, tick: int) -> int:
        """The place in `items` of the first at or behind `tick`."""
        return bisect_left(self.items, (tick,))

    def state_at(self, tick: int) -> dict[Lane, bytes]:
        """What every lane that the song sets anywhere stands at just before `tick`, in the order to send it.

        A lane whose first event lies behind `tick` stands at its default, where it has one.
        """
        found = {lane: message for lane, events in self._lanes.items() if (message := _standing(events, tick))}
        return dict(sorted(found.items(), key=lambda pair: _send_place(pair[0])))


def default_of(message: bytes) -> bytes | None:
    """What the lane that a message sets stands at before the song says anything; None where nobody knows."""
    kind = message[0] & 0xF0
    if kind == BEND:
        return bytes((message[0], 0, 64))
    if kind == PRESSURE:
        return bytes((message[0], 0))
    if kind == CONTROL and message[1] in _DEFAULTS:
        return bytes((message[0], message[1], _DEFAULTS[message[1]]))
    return None


def _is_set(item: Item) -> bool:
    return not item.is_note and item.lane.kind not in _MOMENTS


def _standing(events: list[Item], tick: int) -> bytes | None:
    """What a lane's events leave it at just before `tick`."""
    at = bisect_left(events, (tick,))
    return events[at - 1].message if at else default_of(events[0].message)


def _send_place(lane: Lane) -> tuple[int, int, int, int]:
    return lane.port, lane.channel, _SEND_RANKS.get(lane.kind, _SEND_LAST), lane.kind
