"""What waits for one wire, and in which order it leaves: whole messages in, bytes out as the wire takes them.

A port that books its own wire calls it from the one thread that writes. Lanes reorder only what is independent:

- notes and state (bank, program, RPN and NRPN, pedals, 84, 88, bend, 120 to 127) leave in the order in which they came;
- they pass waiting controllers and pressure, of which only the newest value leaves, in the place of the one before;
- of bends one behind the other, and of data for the RPN or NRPN that is selected, only the newest leaves as well;
- data on a channel where none has been selected is a controller like any other;
- a program change, a controller 121 and a short SysEx change what controllers mean: nothing passes them;
- a long SysEx lets everything pass while it waits, and only F8 to FF once it has begun.

It loses nothing else until `limit` things wait: then new notes are refused whole, and of a state only the last stays.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from bridge.core.independence import (
    Lane,
    is_data,
    is_selected,
    is_selection,
    is_value,
    joins,
    lane_of,
    lets_go,
    meant,
    replaced,
    thing_of,
)
from bridge.core.message import SYSEX, SYSEX_END, is_note_off, is_note_on

LONG_SYSEX: Final = 32
"""Bytes from which a SysEx is a dump and no setting: 10 ms of a DIN wire. The resets of GM, GS and XG have 6 to 11."""
REPEAT_BYTES: Final = 64
"""A status is said again after so many bytes at the latest, and …"""
REPEAT_NS: Final = 100_000_000
"""… after so long, so that a receiver that was plugged in late soon understands the running status."""
LIMIT: Final = 4_096
"""Things that may wait, some four seconds of a DIN wire, before notes are refused."""
_MAX_BULK: Final = 1 << 20  # bytes of long SysEx that may wait: five minutes of a DIN wire
_MAX_SYSTEM: Final = 256  # real-time and common messages that may wait; they leave first, so only where nobody takes
_PATIENCE: Final = 16  # notes in a row, a full chord, after which the oldest controller queues up behind the others

_REAL_TIME: Final = 0xF8
_SONG_POSITION: Final = 0xF2
_ACTIVE_SENSING: Final = 0xFE


@dataclass(slots=True, eq=False)
class _Item:
    """Messages that leave one behind the other."""

    messages: list[bytes]
    has_begun: bool = False


@dataclass(slots=True, eq=False)
class _Stretch:
    """What waits between two short SysEx: notes and state in order, values by what they set, then the SysEx."""

    ordered: deque[_Item] = field(default_factory=deque)
    values: dict[Lane, list[bytes]] = field(default_factory=dict)
    last: dict[int, _Item] = field(default_factory=dict)  # of each channel, the newest in `ordered`
    sysex: bytes = b""


class Lanes:
    """All that waits for one wire."""

    def __init__(self, *, running_status: bool = False, limit: int = LIMIT) -> None:
        """With `running_status` a status that stands already is left out."""
        self.coalesced = 0
        """Messages that never left because a newer value took their place."""
        self.dropped = 0
        """Messages refused or given up because too much waited, and offs whose ons were called back."""
        self._uses_running_status = running_status
        self._limit = limit
        self._real_time: deque[int] = deque()
        self._common: deque[bytes] = deque()
        self._stretches: deque[_Stretch] = deque([_Stretch()])
        self._bulk: deque[bytes] = deque()
        self._bulk_bytes = 0
        self._count = 0  # items, values and short SysEx that wait
        self._item: list[bytes] = []  # the rest of what has begun
        self._message = b""  # the message under way, of which `_at` bytes have left
        self._at = 0
        self._in_row = 0  # ordered items that left in a row while values waited
        self._round = 0  # values that go before the next long SysEx
        self._down: set[Lane] = set()  # keys whose on was taken in and whose off was not
        self._selecting: set[int] = set()  # channels on which an RPN or NRPN has been selected
        self._refused: set[Lane] = set()  # keys whose on was refused or called back
        self._sounding: set[Lane] = set()  # keys whose on has left and whose off has not
        self._status = 0  # the running status on the wire
        self._since = 0  # bytes since it was said
        self._said_ns = 0

    @property
    def is_empty(self) -> bool:
        """True when nothing waits and nothing is under way."""
        is_idle = self._at == len(self._message) and not self._item
        return is_idle and not (self._count or self._real_time or self._common or self._bulk)

    @property
    def has_real_time(self) -> bool:
        """True when a byte of F8 to FF waits, which may leave inside of what is under way."""
        return bool(self._real_time)

    @property
    def waiting_bytes(self) -> int:
        """Bytes that would leave if nothing more came, with every status said."""
        waiting = [len(self._message) - self._at, len(self._real_time), self._bulk_bytes]
        waiting += [len(message) for message in (*self._item, *self._common)]
        for stretch in self._stretches:
            items = (*(item.messages for item in stretch.ordered), *stretch.values.values())
            waiting += [len(message) for messages in items for message in messages]
            waiting.append(len(stretch.sysex))
        return sum(waiting)

    def put(self, message: bytes) -> None:
        """Let one whole message wait for its turn."""
        if message[0] >= _REAL_TIME:
            self._put_real_time(message)
        elif message[0] == SYSEX:
            self._put_sysex(message)
        elif message[0] > SYSEX:
            self._put_common(message)
        elif is_value(message) or (is_data(message) and message[0] & 15 not in self._selecting):
            self._put_value(message)
        elif self._admits(message):
            self._put_ordered(message)
        else:
            self.dropped += 1

    def take(self, count: int, now_ns: int) -> bytes:
        """The next bytes for the wire, at most `count`; a real-time byte goes first, wherever another message is."""
        out = bytearray()
        while len(out) < count:
            if self._real_time:
                out.append(self._real_time.popleft())
            elif self._at < len(self._message) or self._begin(now_ns):
                out.append(self._message[self._at])
                self._at += 1
                self._since += 1
            else:
                break
        return bytes(out)

    def take_message(self) -> bytes:
        """The next whole message, its status said, for a driver that takes no parts of one; empty if nothing waits.

        A port takes either messages or bytes.
        """
        if self._real_time:
            return bytes((self._real_time.popleft(),))
        if not self._begin(0):
            return b""
        self._at = len(self._message)
        return self._message

    def cancel(self) -> None:
        """Give up all that waits but what lets go: ends of notes that have begun, lifted pedals, all off.

        A message under way is finished, a SysEx under way is ended at once.
        """
        if self._message[:1] == b"\xf0" and self._at < len(self._message):
            self._message, self._at = bytes((SYSEX_END,)), 0
        stretches, self._stretches = self._stretches, deque([_Stretch()])
        self._item, self._count, self._bulk_bytes = [], 0, 0
        self._common.clear()
        self._bulk.clear()
        waiting = [one for stretch in stretches for item in stretch.ordered for one in item.messages]
        ended = self._sounding - self._down
        ends = {lane_of(one): one for one in waiting if is_note_off(one) and lane_of(one) in ended}
        for message in (*ends.values(), *(one for one in waiting if lets_go(one))):
            self._append(self._stretches[-1], _Item([message]))
        self._refused |= self._down - self._sounding  # their ons never left, so neither will their offs
        self._down &= self._sounding

    # What comes in

    def _put_real_time(self, message: bytes) -> None:
        """At once; but what a clock does after a song position that still waits belongs behind it."""
        is_behind = message[0] < _ACTIVE_SENSING and any(one[0] == _SONG_POSITION for one in self._common)
        if is_behind:
            self._put_common(message)
        elif len(self._real_time) < _MAX_SYSTEM:
            self._real_time.append(message[0])
        else:
            self.dropped += 1

    def _put_common(self, message: bytes) -> None:
        if len(self._common) < _MAX_SYSTEM:
            self._common.append(message)
        else:
            self.dropped += 1

    def _put_sysex(self, message: bytes) -> None:
        if len(message) >= LONG_SYSEX and self._bulk_bytes + len(message) <= max(_MAX_BULK, len(message)):
            self._bulk.append(message)
            self._bulk_bytes += len(message)
        elif len(message) < LONG_SYSEX and self._count < self._limit:
            self._stretches[-1].sysex = message
            self._stretches.append(_Stretch())
            self._count += 1
        else:
            self.dropped += 1

    def _put_value(self, message: bytes) -> None:
        """The newest value takes the place of the one before; the other half of its 14 bits stays."""
        values, lane = self._stretches[-1].values, thing_of(message)
        waiting = values.get(lane)
        if waiting is None:
            if self._count >= self._limit:
                self._give_up_older(message)
            values[lane] = [message]
            self._count += 1
            return
        kept = [one for one in waiting if lane_of(one) != lane_of(message)]
        self.coalesced += len(waiting) - len(kept)
        waiting[:] = [*kept, message]

    def _admits(self, message: bytes) -> bool:
        """False for a note-on when too much waits, for its off, and for an off that ends nothing when too much does."""
        lane, is_full = lane_of(message), self._count >= self._limit
        if is_note_on(message):
            (self._refused if is_full else self._down).add(lane)
            return not is_full
        if is_note_off(message):
            is_down = lane in self._down
            is_refused = not is_down and lane in self._refused
            (self._refused if is_refused else self._down).discard(lane)
            return is_down or not (is_refused or is_full)
        if is_full:
            self._give_up_older(message)
        return True

    def _put_ordered(self, message: bytes) -> None:
        stretch, channel = self._stretches[-1], message[0] & 15
        if is_selection(message):
            self._selecting.add(channel)
        for lane in meant(message, stretch.values):
            self._append(stretch, _Item(stretch.values.pop(lane)))
            self._count -= 1
        last = stretch.last.get(channel)
        waiting = [] if last is None or last.has_begun else last.messages
        if is_selected(message, waiting):
            self.coalesced += 1
        elif (older := replaced(message, waiting)) is not None:
            del waiting[older]
            waiting.append(message)
            self.coalesced += 1
        elif joins(message, waiting) and self._count < self._limit:
            waiting.append(message)
        else:
            self._append(stretch, _Item([message]))

    def _append(self, stretch: _Stretch, item: _Item) -> None:
        stretch.ordered.append(item)
        stretch.last[item.messages[0][0] & 15] = item
        self._count += 1

    def _give_up_older(self, message: bytes) -> None:
        """Too much waits: of what sets the same thing only the newest stays, so that there is an end to it."""
        thing = thing_of(message)
        for stretch in self._stretches:
            older = stretch.values.pop(thing, None) or _taken_out(stretch.ordered, message[0], thing)
            if older:
                self._count -= 1
                self.dropped += len(older)
                return

    # What leaves

    def _begin(self, now_ns: int) -> bool:
        """Put the next message under way, if there is one."""
        if not self._item:
            self._item = self._next_item()
        if not self._item:
            return False
        self._message, self._at = self._item.pop(0), 0
        if is_note_on(self._message):
            self._sounding.add(lane_of(self._message))
        elif is_note_off(self._message):
            self._sounding.discard(lane_of(self._message))
        if self._uses_running_status and self._stands(self._message[0], now_ns):
            self._at = 1
        else:
            self._status = self._message[0] if self._message[0] < SYSEX else self._status_behind(self._message[0])
            self._since, self._said_ns = 0, now_ns
        return True

    def _stands(self, status: int, now_ns: int) -> bool:
        is_fresh = self._since < REPEAT_BYTES and now_ns - self._said_ns < REPEAT_NS
        return status == self._status and status < SYSEX and is_fresh

    def _status_behind(self, system: int) -> int:
        """F0 to F7 end the running status, F8 to FF leave it (MIDI 1.0, "Running Status")."""
        return self._status if system >= _REAL_TIME else 0

    def _next_item(self) -> list[bytes]:
        if self._common:
            return [self._common.popleft()]
        stretch = self._stretches[0]
        if len(self._message) >= LONG_SYSEX:  # what has waited for it goes before the next one
            self._round = len(stretch.values)
        if stretch.ordered:
            return self._next_ordered(stretch)
        self._in_row = 0
        if self._bulk and not stretch.sysex and not (stretch.values and self._round):
            self._bulk_bytes -= len(self._bulk[0])
            return [self._bulk.popleft()]
        if not self._count:
            return []
        self._count -= 1
        if stretch.values:
            self._round = max(0, self._round - 1)
            return stretch.values.pop(next(iter(stretch.values)))
        self._stretches.popleft()
        return [stretch.sysex]

    def _next_ordered(self, stretch: _Stretch) -> list[bytes]:
        """The next note or state; now and then a value that waits queues up behind them, or it might wait for ever."""
        item = stretch.ordered.popleft()
        item.has_begun = True
        self._count -= 1
        self._in_row = self._in_row + 1 if stretch.values else 0
        if self._in_row >= _PATIENCE:
            self._in_row = 0
            self._append(stretch, _Item(stretch.values.pop(next(iter(stretch.values)))))
            self._count -= 1
        return item.messages


def _taken_out(ordered: deque[_Item], status: int, thing: Lane) -> list[bytes]:
    """The first of them that sets that thing alone, which waits no longer; thousands may, so a look costs little."""
    for item in ordered:
        if item.messages[0][0] == status and all(thing_of(one) == thing for one in item.messages):
            ordered.remove(item)
            item.has_begun = True  # nothing joins it any more
            return item.messages
    return []
