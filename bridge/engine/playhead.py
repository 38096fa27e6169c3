"""One output being played: its share of the schedule, what is down on it, and how far ahead of the ear it is.

The engine has one for each output and calls it from its one thread. A playhead runs early by its port's latency
(the instrument sounds later than it is told) and horizon (the driver wants messages beforehand), and turns the
loop at its own due time. What it has sent no correction reaches; a patch changes what is still to come.
"""

from collections.abc import Callable, Collection, Iterable
from functools import partial
from heapq import heappop, heappush
from typing import Final

from bridge.core.arrival import Epoch
from bridge.core.edit import Id
from bridge.core.ledger import Ledger
from bridge.core.message import KEY_PRESSURE, PEDAL_DOWN, SYSEX, control, is_pedal_down
from bridge.core.schedule import BANKS, PROGRAMS, RESET, Item, Schedule, is_setting, lane_of
from bridge.core.sysex import PIECE, taken_ns
from bridge.engine.chase import Wanted, at_start, is_exposed, lacking
from bridge.engine.hands import Hand
from bridge.engine.lateness import Lateness
from bridge.engine.left_down import left_down
from bridge.engine.sender import Sender
from bridge.engine.set_up import SetUp
from bridge.engine.transport import Transport
from bridge.ports.base import OutputPort

_SETTLING_NS: Final = 50_000_000  # behind the settings of a device that is back: on a wire a note would pass some
_GATHER_NS: Final = 2_000_000  # so much less ahead is enough for the loop to wake: what follows soon goes along


class Playhead:
    """Plays one port's items; `latency_ns` is how long after a message its instrument is heard.

    `mark` is told of each message and its due time before it is sent.
    """

    def __init__(
        self,
        port: int,
        output: OutputPort,
        transport: Transport,
        hand: Hand,
        latency_ns: int = 0,
        mark: Callable[[bytes, int], None] | None = None,
    ) -> None:
        self.port = port
        self.sender = Sender(port, output, mark)
        self.latency_ns = latency_ns
        self.ledger = Ledger(port)
        self.schedule = Schedule()
        self.is_lost = False
        """True while the device is unplugged: time goes on and nothing is sent."""
        self.lateness = Lateness()
        self._left: list[bytes] = []  # what lets go of all that a device that is gone had down
        self.epoch: Epoch = transport.epoch
        self._transport = transport
        self._hand = hand
        self._horizon_ns = output.capabilities.horizon_ns
        self._gather_ns = min(_GATHER_NS, self._horizon_ns // 4)
        self._head = 0
        self._sounding: dict[Id, Item] = {}
        self._offs: list[tuple[int, Id]] = []
        self._begun_ns = 0
        self._resumes_ns = 0  # no note of the song begins before
        self._set_up = SetUp()
        self._early: set[Id] = set()
        self._said: set[Id] = set()
        self._waiting: dict[Id, bytes] = {}

    @property
    def next_ns(self) -> int | None:
        """When it must send next; None while nothing is left of the pass or the song stands."""
        tick = self._next_tick()
        times = [self._set_up.next_ns, None if tick is None else self._due_ns(tick)]
        next_ns = min((at_ns for at_ns in times if at_ns is not None), default=None)
        return None if next_ns is None else next_ns - self._horizon_ns + self._gather_ns

    @property
    def lead_ns(self) -> int:
        """How long before it is heard a message is sent."""
        return self.latency_ns + self._horizon_ns

    @property
    def heard_ns(self) -> int:
        """When the last of what it has sent is heard."""
        return max(self.sender.sent_ns.values(), default=0) + self.latency_ns

    def setup_ns(self, tick: int) -> int:
        """How long the SysEx that goes before a start at `tick` keeps the wire and the instrument busy; 0 without."""
        return sum(taken_ns(item.message) for item in self.schedule.sysex(tick + 1))

    def play(self, until_ns: int) -> None:
        """Send everything that must be sent by `until_ns`, in the order of its due time."""
        self._play_set_up(until_ns)
        self._play_song(until_ns)

    def _play_song(self, until_ns: int) -> None:
        while (tick := self._next_tick()) is not None and self._due_ns(tick) - self._horizon_ns <= until_ns:
            sent, must_ns = self.sender.sent, max(self._due_ns(tick), self._begun_ns)
            self._play_tick(tick)
            self.lateness = self.lateness.plus(self.sender.sent - sent, until_ns - must_ns)

    def begin(self, epoch: Epoch, at_ns: int, *, is_start: bool = False) -> None:
        """Go on in another epoch; at a start the song's SysEx and settings go before the first note."""
        self._begun_ns = at_ns
        self._release(at_ns)
        self.epoch = epoch
        self._head = self.schedule.head(epoch.tick)
        if is_start or self._set_up.is_on:
            self._start_over(epoch.tick, at_ns, None if is_start else PIECE)
        else:
            self._catch_up(epoch.tick, at_ns)

    def stop(self, epoch: Epoch, at_ns: int) -> None:
        """Let go of the song's notes and of all pedals but the hand's; SysEx that waited for this goes now."""
        self._set_up.end()
        self._release(at_ns)
        self.epoch = epoch
        self._send(self.ledger.lift_pedals(self._hand.pedals), at_ns)
        for message in self._waiting.values():
            self._send(self.ledger.set(message), at_ns)
        self._waiting.clear()

    def silence(self, at_ns: int, *, is_panic: bool = True) -> None:
        """Call back what waits and let go of everything; what was set may not have arrived, so it counts as unknown."""
        was_set_up = is_panic and self._set_up.is_on
        self._set_up.end()
        self._forget()
        self._waiting.clear()
        letting_go = self.ledger.silence(is_panic=is_panic)
        if self.sender.cancel():
            self.ledger.forget()
        self._send(letting_go, at_ns)
        if was_set_up:  # of which some was called back
            self._start_over(max(self._sent_tick(at_ns) + 1, self.epoch.tick), at_ns, PIECE)

    def lose(self) -> None:
        """The device is gone: nothing sounds any more, and nothing is sent until it is back."""
        self.is_lost = True
        self._set_up.end()
        self._forget()
        self._waiting.clear()
        self._left = self._left or left_down(self.ledger, self.sender.sent_ns)
        self.ledger = Ledger(self.port)

    def regain(self, now_ns: int) -> None:
        """The device is back, perhaps from no power: let go of what it had down, then set it up as at a start."""
        self.play(now_ns)
        self.is_lost = False
        self._send(self._left, now_ns)  # one that kept its power still sounds
        self._left = []
        self._start_over(max(self._sent_tick(now_ns) + 1, self.epoch.tick), now_ns, PIECE)

    def hand(self, message: bytes, at_ns: int) -> None:
        """Send what the hand plays, now."""
        if KEY_PRESSURE <= message[0] < SYSEX:
            lane = lane_of(self.port, message)
            epoch, tick = self._transport.tick_at(at_ns)
            self._hand.move(lane, message, tick if epoch is self._transport.epoch else None)
        if not self.is_lost:
            self._send(self.ledger.hand(message), at_ns)

    def load(self, items: Iterable[Item], now_ns: int) -> None:
        """Take a whole song in place of what was there."""
        self.schedule.load([item for item in items if item.port == self.port])
        self._head = self.schedule.head(self._sent_tick(now_ns) + 1)

    def patch(self, drops: Iterable[Id], puts: Collection[Item], now_ns: int) -> None:
        """Change what is to come: notes that go or change their key end now, later ends move, lanes are caught up."""
        sent = self._sent_tick(now_ns)
        mine = {item.id: item for item in puts if item.port == self.port}
        gone = [*drops, *(item.id for item in puts if item.id not in mine)]
        changed = [item for id in gone for item in self._drop(id, now_ns)]
        for item in mine.values():
            changed += self._put(item, sent, now_ns)
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
        if self.is_lost or item.id in self._early or (item.is_note and due_ns < self._resumes_ns):
            self._early.discard(item.id)
        elif self._set_up.is_on:  # settings are caught up with at its end
            self._add_set_up(item, PIECE)
        elif item.is_note:
            self._send(self.ledger.song_on(item.id, item.message), due_ns)
            self._sounding[item.id] = item
            heappush(self._offs, (item.end, item.id))
        elif item.message[0] == SYSEX:
            self._start_sysex(item, due_ns)
        elif not (item.id in self._said and self.ledger.lanes.get(item.lane) == item.message):
            if item.lane.kind in (*BANKS, PROGRAMS):
                self._said.add(item.id)
            self._set(item.message, due_ns)

    def _start_sysex(self, item: Item, due_ns: int) -> None:
        """What was sent before the start is not sent again; one that would hold notes up for long waits for stop."""
        if item.id in self._said:
            return
        if len(item.message) <= PIECE or self._is_quiet(due_ns + taken_ns(item.message)):
            self._set(item.message, due_ns)
        else:
            self._waiting[item.id] = item.message

    def _is_quiet(self, until_ns: int) -> bool:
        """True where nothing sounds and no note starts until then."""
        turn = self._transport.turn_tick(self.epoch)
        if self.ledger.voices or (turn is not None and self._due_ns(turn) < until_ns):
            return False
        until = self._transport.tick_in(self.epoch, until_ns + self.latency_ns)
        return not self.schedule.plays(self._head, until + 1)

    def _cut(self, id: Id, at_ns: int) -> None:
        """End a note, if it sounds."""
        item = self._sounding.pop(id, None)
        if item:
            self._send(self.ledger.song_off(id, item.off), at_ns)

    def _set(self, message: bytes, at_ns: int) -> None:
        """The song sets a lane; a pedal that the hand holds is the hand's, and while the song stands none goes down."""
        lane = lane_of(self.port, message)
        if self.is_lost or lane in self._hand.pedals or (is_pedal_down(message) and not self.epoch.rolling):
            return
        held = [self.ledger.lanes.get(one) for one in self._hand.pedals if one[:2] == lane[:2]]
        self._send(self.ledger.set(message), at_ns)
        if lane.kind == RESET:
            self._send([sent for pedal in held if pedal for sent in self.ledger.set(pedal)], at_ns)

    def _turn(self, due_ns: int) -> None:
        """The pass is over: on to the next one, or, behind the last, no further."""
        following = self._transport.following(self.epoch)
        self._release(due_ns)
        if following:
            self.epoch = following
            self._head = self.schedule.head(following.tick)
            self._catch_up(following.tick, due_ns)
        else:
            self.epoch = self._transport.halted(self.epoch)

    def _forget(self) -> None:
        self._sounding.clear()
        self._offs.clear()
        self._early.clear()

    def _release(self, at_ns: int) -> None:
        self._forget()
        self._send(self.ledger.release_song(), at_ns)

    # What is set before notes

    def _start_over(self, tick: int, at_ns: int, longest: int | None) -> None:
        """First the song's SysEx up to `tick`, over `longest` at stop, then all settings, and only then its notes."""
        self._begun_ns = at_ns
        self._said.clear()
        self._set_up.begin(at_ns)
        for item in self.schedule.sysex(tick + 1):
            self._add_set_up(item, longest)
        self._play_set_up(at_ns)

    def _add_set_up(self, item: Item, longest: int | None) -> None:
        if item.message[0] != SYSEX or item.id in self._said:
            return
        if longest and self.epoch.rolling and len(item.message) > longest:
            self._waiting[item.id] = item.message
            return
        self._waiting.pop(item.id, None)
        self._said.add(item.id)
        self._set_up.add(item.message)

    def _play_set_up(self, until_ns: int) -> None:
        while (due_ns := self._set_up.next_ns) is not None and due_ns - self._horizon_ns <= until_ns:
            if message := self._set_up.take():
                self._set(message, due_ns)
            else:
                self._settle(due_ns)

    def _settle(self, at_ns: int) -> None:
        """The instrument is set up: bring it to where the song is by now, and set what that sets where it begins."""
        reached_ns = max(at_ns - self._horizon_ns, self._begun_ns)
        self._play_song(reached_ns)  # sends nothing, but may find more SysEx
        if self._set_up.has_more:
            return
        self._set_up.end()
        for lane in [one for one in self._hand.held(self.port) if one not in self.ledger.lanes]:
            self._send(self.ledger.set(control(lane.channel, lane.kind & 0x7F, 2 * PEDAL_DOWN - 1)), at_ns)
        tick = max(self._sent_tick(reached_ns) + 1, self.epoch.tick)
        self._catch_up(tick, at_ns, again=True)
        if tick > self.epoch.tick:
            self._resumes_ns = at_ns + _SETTLING_NS
        elif self.epoch.rolling:
            for item in at_start(self.schedule, self._head, tick):
                self._early.add(item.id)
                self._said.add(item.id)
                self._set(item.message, at_ns)

    def _catch_up(self, tick: int, at_ns: int, *, again: bool = False) -> None:
        """Bring every lane to where the song has it at `tick`; while it is set up that is for the end of it."""
        if self._set_up.is_on:
            return
        exposed = partial(is_exposed, self.ledger, self.schedule, self._head, self._transport.tempo)
        for message in list(lacking(Wanted(self.schedule, tick, again), self.ledger, self.schedule.lanes, exposed)):
            self._set(message, at_ns)

    def _send(self, messages: list[bytes], due_ns: int) -> None:
        if not self.is_lost:
            self.sender.send(messages, due_ns)

    # What is changed while it sounds

    def _drop(self, id: Id, now_ns: int) -> tuple[Item, ...]:
        """Take a note or event out; a note that sounds ends now."""
        old = self.schedule.drop(id)
        self._cut(id, now_ns)
        return (old,) if old else ()

    def _put(self, item: Item, sent: int, now_ns: int) -> tuple[Item, ...]:
        """Put a note or event in; a note that sounds ends now, or where its end is if it would still sound."""
        old = self.schedule.put(item)
        sounding = self._sounding.get(item.id)
        if sounding and sounding.key == item.key and item.tick <= sent < item.end:
            self._sounding[item.id] = item
            heappush(self._offs, (item.end, item.id))
        else:
            self._cut(item.id, now_ns)
        return (old, item) if old else (item,)

    def _chase_behind(self, changed: list[Item], sent: int, now_ns: int) -> None:
        """Controllers, bend and programs that changed behind the head are brought up to date, but for the hand's.

        A lane whose last event was taken out of the song goes back to its default, if it was ever set.
        """
        behind = [item for item in changed if not item.is_note and item.tick <= sent]
        lanes = {item.lane for item in behind if self._hand.ticks.get(item.lane, -1) < item.tick}
        reset = {lane.channel for lane in lanes if lane.kind == RESET}
        lanes |= {lane for lane in self.schedule.lanes if reset and lane.channel in reset}
        known = self.ledger.lanes.__contains__
        for message in list(lacking(Wanted(self.schedule, sent + 1), self.ledger, filter(is_setting, lanes), known)):
            self._set(message, now_ns)
