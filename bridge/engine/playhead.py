"""One output being played: its share of the schedule, what is down on it, and how far ahead of the ear it is.

The engine has one for each output and calls it from its one thread. A playhead runs early by its port's latency
(the instrument sounds later than it is told) and horizon (the driver wants messages beforehand), and turns the
loop at its own due time. What it has sent no correction reaches; a patch changes what is still to come.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from bridge.core.arrival import Epoch
from bridge.core.edit import Id
from bridge.core.ledger import Ledger
from bridge.core.message import (
    BANK_LSB,
    BANK_MSB,
    CONTROL,
    KEY_PRESSURE,
    NOTE_OFF,
    NOTE_ON,
    PROGRAM,
    SYSEX,
    is_pedal_down,
)
from bridge.core.schedule import Item, Lane, Schedule, default_of, lane_of
from bridge.engine.transport import Transport
from bridge.errors import DriverError
from bridge.ports.base import Cancelling, OutputPort


@dataclass(slots=True)
class Hand:
    """What the player's hands hold or moved: pedals that are down, and when in the epoch a lane was last moved."""

    ticks: dict[Lane, int] = field(default_factory=dict)
    pedals: set[Lane] = field(default_factory=set)


class Playhead:
    """Plays one port's items; `latency_ns` is how long after a message its instrument is heard."""

    def __init__(self, port: int, output: OutputPort, transport: Transport, hand: Hand, latency_ns: int = 0) -> None:
        self.port = port
        self.output = output
        self.latency_ns = latency_ns
        self.ledger = Ledger(port)
        self.schedule = Schedule()
        self.fault: DriverError | None = None
        self.epoch: Epoch = transport.epoch
        self._transport = transport
        self._hand = hand
        self._horizon_ns = output.capabilities.horizon_ns
        self._head = 0
        self._sounding: dict[Id, Item] = {}
        self._offs: list[tuple[int, Id]] = []
        self._sent_ns: dict[Lane, int] = {}

    @property
    def next_ns(self) -> int | None:
        """When it must send next; None while nothing is left of the pass or the song stands."""
        tick = self._next_tick()
        return None if tick is None else self._due_ns(tick) - self._horizon_ns

    @property
    def lead_ns(self) -> int:
        """How long before it is heard a message is sent."""
        return self.latency_ns + self._horizon_ns

    @property
    def heard_ns(self) -> int:
        """When the last of what it has sent is heard."""
        return max(self._sent_ns.values(), default=0) + self.latency_ns

    def play(self, until_ns: int) -> None:
        """Send everything that must be sent by `until_ns`, in the order of its due time."""
        while (tick := self._next_tick()) is not None and self._due_ns(tick) - self._horizon_ns <= until_ns:
            self._play_tick(tick)

    def begin(self, epoch: Epoch, at_ns: int, *, is_start: bool = False) -> None:
        """Go on in another epoch; at a start every lane is set before the first note, whatever the ledger says."""
        self._release(at_ns)
        self.epoch = epoch
        self._chase(epoch.tick + is_start, at_ns, again=is_start)
        self._head = self.schedule.head(epoch.tick)

    def stop(self, epoch: Epoch, at_ns: int) -> None:
        """Let go of the song's notes and of all pedals but the hand's."""
        self._release(at_ns)
        self.epoch = epoch
        self._send(self.ledger.lift_pedals(self._hand.pedals), at_ns)

    def silence(self, at_ns: int) -> None:
        """Call back what waits and let go of everything; what was set may not have arrived, so it counts as unknown."""
        self._forget()
        letting_go = self.ledger.silence()
        if isinstance(self.output, Cancelling):
            self.output.cancel()
            self.ledger.lanes.clear()
        self._send(letting_go, at_ns)

    def hand(self, message: bytes, at_ns: int) -> None:
        """Send what the hand plays, now."""
        if KEY_PRESSURE <= message[0] < SYSEX:
            lane = lane_of(self.port, message)
            epoch, tick = self._transport.tick_at(at_ns)
            if epoch is self._transport.epoch:
                self._hand.ticks[lane] = tick
            (self._hand.pedals.add if is_pedal_down(message) else self._hand.pedals.discard)(lane)
        self._send(self.ledger.hand(message), at_ns)

    def load(self, items: Iterable[Item], now_ns: int) -> None:
        """Take a whole song in place of what was there."""
        self.schedule.load([item for item in items if item.port == self.port])
        self._head = self.schedule.head(self._sent_tick(now_ns) + 1)

    def patch(self, drops: Iterable[Id], puts: Iterable[Item], now_ns: int) -> None:
        """Change what is to come: notes that go or change their key end now, later ends move, lanes are caught up."""
        sent = self._sent_tick(now_ns)
        changed = [item for id in drops for item in self._drop(id, now_ns)]
        for item in puts:
            changed += self._put(item, sent, now_ns) if item.port == self.port else self._drop(item.id, now_ns)
        self._head = self.schedule.head(sent + 1)
        self._chase_behind(changed, max(sent, self.epoch.tick), now_ns)

    # Time

    def _due_ns(self, tick: int) -> int:
        return self._transport.due_ns(tick, self.epoch) - self.latency_ns

    def _sent_tick(self, now_ns: int) -> int:
        """The last tick of which everything was sent; the one before the epoch's while nothing was."""
        reached_ns = now_ns + self.lead_ns
        return self.epoch.tick - 1 if reached_ns < self.epoch.at_ns else self._transport.tick_in(self.epoch, reached_ns)

    def _next_tick(self) -> int | None:
        """The tick of the next thing to do: an end, the end of the pass, a start."""
        if not self.epoch.rolling:
            return None
        items, turn = self.schedule.items, self._transport.turn_tick(self.epoch)
        while self._offs and not self._is_due(self._offs[0]):
            heappop(self._offs)
        ticks = [items[self._head].tick] if self._head < len(items) else []
        ticks += [self._offs[0][0]] if self._offs else []
        ticks += [turn] if turn is not None else []
        return min(ticks, default=None)

    def _is_due(self, off: tuple[int, Id]) -> bool:
        """False for the end of a note that is gone, or that ends elsewhere now."""
        item = self._sounding.get(off[1])
        return item is not None and item.end == off[0]

    # What sounds

    def _play_tick(self, tick: int) -> None:
        """One thing at a tick: first ends, then the turn of the loop, then starts."""
        due_ns = self._due_ns(tick)
        if self._offs and self._offs[0][0] == tick:
            self._cut(heappop(self._offs)[1], due_ns)
        elif tick == self._transport.turn_tick(self.epoch):
            self._turn(due_ns)
        else:
            self._head += 1
            self._start(self.schedule.items[self._head - 1], due_ns)

    def _start(self, item: Item, due_ns: int) -> None:
        if item.is_note:
            self._send(self.ledger.song_on(item.id, item.message), due_ns)
            self._sounding[item.id] = item
            heappush(self._offs, (item.end, item.id))
        elif not (_is_selection(item.message) and self.ledger.lanes.get(item.lane) == item.message):
            self._set(item.lane, item.message, due_ns)

    def _cut(self, id: Id, at_ns: int) -> None:
        """End a note, if it sounds."""
        item = self._sounding.pop(id, None)
        if item:
            self._send(self.ledger.song_off(id, item.off), at_ns)

    def _set(self, lane: Lane, message: bytes, at_ns: int) -> None:
        """The song sets a lane; a pedal that the hand holds is the hand's, and while the song stands none goes down."""
        if lane in self._hand.pedals or (is_pedal_down(message) and not self.epoch.rolling):
            return
        self._send(self.ledger.set(message), at_ns)

    def _turn(self, due_ns: int) -> None:
        """The pass is over: on to the next one, or, behind the last, no further."""
        following = self._transport.following(self.epoch)
        if following:
            self.begin(following, due_ns)
        else:
            self._release(due_ns)
            self.epoch = self._transport.halted(self.epoch)

    def _forget(self) -> None:
        self._sounding.clear()
        self._offs.clear()

    def _release(self, at_ns: int) -> None:
        self._forget()
        self._send(self.ledger.release_song(), at_ns)

    def _chase(self, tick: int, at_ns: int, *, again: bool) -> None:
        """Bring every lane to where the song has it at `tick`."""
        for lane, message in self.schedule.state_at(tick).items():
            if again or self.ledger.lanes.get(lane) != message:
                self._set(lane, message, at_ns)

    def _send(self, messages: list[bytes], due_ns: int) -> None:
        """On one key or lane what is sent later is never due earlier, though much was sent ahead of the hand."""
        if self.fault:
            return
        try:
            for message in messages:
                slot = _slot(self.port, message)
                self._sent_ns[slot] = max(due_ns, self._sent_ns.get(slot, due_ns))
                self.output.send(message, self._sent_ns[slot])
        except DriverError as error:
            self.fault = error

    # What is changed while it sounds

    def _drop(self, id: Id, now_ns: int) -> tuple[Item, ...]:
        """Take a note or event out; a note that sounds ends now."""
        old = self.schedule.get(id)
        self.schedule.drop(id)
        self._cut(id, now_ns)
        return (old,) if old else ()

    def _put(self, item: Item, sent: int, now_ns: int) -> tuple[Item, ...]:
        """Put a note or event in; a note that sounds ends now, or where its end is if it would still sound."""
        old = self.schedule.get(item.id)
        self.schedule.put(item)
        sounding = self._sounding.get(item.id)
        if sounding and sounding.key == item.key and item.tick <= sent < item.end:
            self._sounding[item.id] = item
            heappush(self._offs, (item.end, item.id))
        else:
            self._cut(item.id, now_ns)
        return (old, item) if old else (item,)

    def _chase_behind(self, changed: list[Item], sent: int, now_ns: int) -> None:
        """Controllers, bend and programs that changed behind the head are brought up to date, but for the hand's.

        A lane whose last event was taken out of the song goes back to its default.
        """
        events = [item for item in changed if not item.is_note and item.tick <= sent]
        state = self.schedule.state_at(sent + 1) if events else {}
        for item in events:
            message = state.get(item.lane) or default_of(item.message)
            is_hands = self._hand.ticks.get(item.lane, -1) >= item.tick
            if message and not is_hands and self.ledger.lanes.get(item.lane) != message:
                self._set(item.lane, message, now_ns)


def _is_selection(message: bytes) -> bool:
    """True for what need not be said twice: bank and program."""
    if message[0] & 0xF0 == CONTROL:
        return message[1] in (BANK_MSB, BANK_LSB)
    return message[0] & 0xF0 == PROGRAM


def _slot(port: int, message: bytes) -> Lane:
    """The key or lane that a message is for; a note's off is for the same as its on."""
    kind = message[0] & 0xF0
    if kind in (NOTE_OFF, NOTE_ON):
        return Lane(port, message[0] & 15, NOTE_ON << 8 | message[1])
    return lane_of(port, message)
