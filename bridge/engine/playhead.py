"""One output being played: its share of the schedule, what is down on it, and how far ahead of the ear it is.

The engine has one for each output and calls it from its one thread. A playhead runs early by its port's latency
(the instrument sounds later than it is told) and horizon (the driver wants messages beforehand), and turns the
loop at its own due time. What it has sent no correction reaches; a patch changes what is still to come.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable
from heapq import heappop, heappush
from typing import Final

from bridge.core.arrival import Epoch
from bridge.core.edit import Id
from bridge.core.ledger import Ledger
from bridge.core.message import KEY_PRESSURE, NOTE_ON, PEDAL_DOWN, SYSEX, control, is_pedal_down, note_off
from bridge.core.schedule import BANKS, PROGRAMS, RESET, Item, Lane, Schedule, is_setting, lane_of, slot_of
from bridge.core.sysex import is_reset, taken_ns
from bridge.engine.chase import Wanted, at_start, lacking
from bridge.engine.hands import Hand
from bridge.engine.lateness import Lateness
from bridge.engine.transport import Transport
from bridge.errors import DriverError
from bridge.ports.base import Cancelling, OutputPort

PIECE: Final = 256
"""The longest SysEx that leaves in its place under notes: the pieces in which dumps are sent, 82 ms of a 5-pin wire."""
_UNSEEN_NS: Final = 1_000_000_000  # so long before a driver sees it a device may have been gone
_GATHER_NS: Final = 2_000_000  # so much less ahead is enough for the loop to wake: what follows soon goes along
_UNHEARD_NS: Final = 20_000_000  # for so long behind a note's start nobody hears what a controller stood at


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
        self.output = output
        self.latency_ns = latency_ns
        self.ledger = Ledger(port)
        self.schedule = Schedule()
        self.fault: DriverError | None = None
        self.refusal: DriverError | None = None
        """What the port said of the last SysEx that it did not take; it goes on with all else."""
        self.is_lost = False
        """True while the device is unplugged: time goes on and nothing is sent."""
        self.lateness = Lateness()
        self._left: list[bytes] = []  # what lets go of all that a device that is gone had down
        self.epoch: Epoch = transport.epoch
        self._transport = transport
        self._hand = hand
        self._mark = mark
        self._horizon_ns = output.capabilities.horizon_ns
        self._gather_ns = min(_GATHER_NS, self._horizon_ns // 4)
        self._head = 0
        self._sounding: dict[Id, Item] = {}
        self._offs: list[tuple[int, Id]] = []
        self._sent_ns: dict[Lane, int] = {}
        self._sent = 0
        self._begun_ns = 0
        self._set_up: deque[tuple[int, bytes]] = deque()
        self._early: set[Id] = set()
        self._said: set[Id] = set()
        self._waiting: dict[Id, bytes] = {}

    @property
    def next_ns(self) -> int | None:
        """When it must send next; None while nothing is left of the pass or the song stands."""
        tick = self._next_tick()
        times = [] if tick is None else [self._due_ns(tick)]
        times += [self._set_up[0][0]] if self._set_up else []
        return min(times) - self._horizon_ns + self._gather_ns if times else None

    @property
    def lead_ns(self) -> int:
        """How long before it is heard a message is sent."""
        return self.latency_ns + self._horizon_ns

    @property
    def heard_ns(self) -> int:
        """When the last of what it has sent is heard."""
        return max(self._sent_ns.values(), default=0) + self.latency_ns

    def setup_ns(self, tick: int) -> int:
        """How long the SysEx that goes before a start at `tick` keeps the wire and the instrument busy; 0 without."""
        return sum(taken_ns(item.message) for item in self.schedule.sysex(tick + 1))

    def play(self, until_ns: int) -> None:
        """Send everything that must be sent by `until_ns`, in the order of its due time."""
        self._play_set_up(until_ns)
        while (tick := self._next_tick()) is not None and self._due_ns(tick) - self._horizon_ns <= until_ns:
            sent, must_ns = self._sent, max(self._due_ns(tick), self._begun_ns)
            self._play_tick(tick)
            self.lateness = self.lateness.plus(self._sent - sent, until_ns - must_ns)

    def begin(self, epoch: Epoch, at_ns: int, *, is_start: bool = False) -> None:
        """Go on in another epoch; at a start the song's SysEx and settings go before the first note."""
        self._begun_ns = at_ns
        self._release(at_ns)
        self.epoch = epoch
        self._head = self.schedule.head(epoch.tick)
        if is_start:
            self._start_over(at_ns)
        else:
            self._catch_up(epoch.tick, at_ns)

    def stop(self, epoch: Epoch, at_ns: int) -> None:
        """Let go of the song's notes and of all pedals but the hand's; SysEx that waited for this goes now."""
        self._release(at_ns)
        self.epoch = epoch
        self._send(self.ledger.lift_pedals(self._hand.pedals), at_ns)
        for message in self._waiting.values():
            self._send(self.ledger.set(message), at_ns)
        self._waiting.clear()

    def silence(self, at_ns: int, *, is_panic: bool = True) -> None:
        """Call back what waits and let go of everything; what was set may not have arrived, so it counts as unknown."""
        self._forget()
        self._waiting.clear()
        letting_go = self.ledger.silence(is_panic=is_panic)
        if isinstance(self.output, Cancelling):
            self.output.cancel()
            self.ledger.forget()
        self._send(letting_go, at_ns)

    def lose(self) -> None:
        """The device is gone: nothing sounds any more, and nothing is sent until it is back."""
        self.is_lost = True
        self._forget()
        self._waiting.clear()
        self._left = self._left or [*self._lately_ended(), *self.ledger.silence(is_panic=False)]
        self.ledger = Ledger(self.port)

    def _lately_ended(self) -> list[bytes]:
        """Offs again for keys whose own may have gone into the void before the driver saw that the device was gone."""
        late_ns = max(self._sent_ns.values(), default=0) - _UNSEEN_NS
        recent = [lane for lane, sent_ns in self._sent_ns.items() if sent_ns >= late_ns and lane.kind >> 8 == NOTE_ON]
        keys = [(lane.channel, lane.kind & 0x7F) for lane in recent]
        return [note_off(*key) for key in keys if key not in self.ledger.voices]

    def regain(self, now_ns: int) -> None:
        """The device is back: let go of what it had down, set it to where the song is; notes from their next onset."""
        self.play(now_ns)
        self.is_lost = False
        self._begun_ns = now_ns
        self._send(self._left, now_ns)  # one that kept its power still sounds
        self._left = []
        for lane in [one for one in self._hand.pedals if one.port == self.port]:
            self._send(self.ledger.set(control(lane.channel, lane.kind & 0x7F, 2 * PEDAL_DOWN - 1)), now_ns)
        self._catch_up(max(self._sent_tick(now_ns) + 1, self.epoch.tick), now_ns)

    def hand(self, message: bytes, at_ns: int) -> None:
        """Send what the hand plays, now."""
        if KEY_PRESSURE <= message[0] < SYSEX:
            lane = lane_of(self.port, message)
            epoch, tick = self._transport.tick_at(at_ns)
            if epoch is self._transport.epoch:
                self._hand.ticks[lane] = tick
            (self._hand.pedals.add if is_pedal_down(message) else self._hand.pedals.discard)(lane)
            if lane.kind == RESET:
                self._hand.pedals.difference_update([one for one in self._hand.pedals if one[:2] == lane[:2]])
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
        if self.is_lost or item.id in self._early:
            self._early.discard(item.id)
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
        self._set_up.clear()
        self._early.clear()

    def _release(self, at_ns: int) -> None:
        self._forget()
        self._send(self.ledger.release_song(), at_ns)

    # What is set before notes

    def _start_over(self, at_ns: int) -> None:
        """First the song's SysEx up to here, then all that the song has set, then what it sets at this very tick."""
        tick, free_ns = self.epoch.tick, at_ns
        ledger = self.ledger
        self._said.clear()
        for item in self.schedule.sysex(tick + 1):
            self._said.add(item.id)
            self._set_up.append((free_ns, item.message))
            free_ns += taken_ns(item.message)
            ledger = Ledger(self.port) if is_reset(item.message) else ledger
        wanted = Wanted(self.schedule, tick, again=True)
        early = list(at_start(self.schedule, self._head, tick))
        self._early.update(item.id for item in early)
        self._said |= self._early
        settings = [*lacking(wanted, ledger, self.schedule.lanes, self._is_exposed), *(one.message for one in early)]
        self._set_up.extend((free_ns, message) for message in settings)
        self._play_set_up(at_ns)

    def _play_set_up(self, until_ns: int) -> None:
        while self._set_up and self._set_up[0][0] - self._horizon_ns <= until_ns:
            due_ns, message = self._set_up.popleft()
            self._set(message, due_ns)

    def _catch_up(self, tick: int, at_ns: int) -> None:
        """Bring every lane to where the song has it at `tick`."""
        wanted = Wanted(self.schedule, tick)
        for message in list(lacking(wanted, self.ledger, self.schedule.lanes, self._is_exposed)):
            self._set(message, at_ns)

    def _is_exposed(self, lane: Lane) -> bool:
        """True where a note is heard before the song first sets a lane, or the lane is a pedal that is down."""
        first = self.schedule.first(lane)
        known = self.ledger.lanes.get(lane)
        if first is None or (known and is_pedal_down(known)):
            return True
        tempo = self._transport.tempo
        heard = tempo.tick_at(max(0, tempo.ns_at(first.tick) - _UNHEARD_NS))
        return self.schedule.plays(self._head, heard, lane.channel)

    def _send(self, messages: list[bytes], due_ns: int) -> None:
        """On one key or lane what is sent later is never due earlier, though much was sent ahead of the hand."""
        for message in messages:
            if self.fault or self.is_lost:
                return
            slot = slot_of(self.port, message)
            self._sent_ns[slot] = max(due_ns, self._sent_ns.get(slot, due_ns))
            self._sent += 1
            if self._mark:
                self._mark(message, self._sent_ns[slot])
            try:
                self.output.send(message, self._sent_ns[slot])
            except DriverError as error:
                self._fail(message, error)

    def _fail(self, message: bytes, error: DriverError) -> None:
        """A SysEx that is refused may only be too long for its driver; a port that is gone fails again."""
        if message[0] == SYSEX:
            self.refusal = error
        else:
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

        A lane whose last event was taken out of the song goes back to its default, if it was ever set.
        """
        behind = [item for item in changed if not item.is_note and item.tick <= sent]
        lanes = {item.lane for item in behind if self._hand.ticks.get(item.lane, -1) < item.tick}
        reset = {lane.channel for lane in lanes if lane.kind == RESET}
        lanes |= {lane for lane in self.schedule.lanes if reset and lane.channel in reset}
        last_ns = self._set_up[-1][0] if self._set_up else None
        wanted = Wanted(self.schedule, sent + 1, again=last_ns is not None)
        known = self.ledger.lanes.__contains__
        for message in list(lacking(wanted, self.ledger, filter(is_setting, lanes), known)):
            if last_ns is None:
                self._set(message, now_ns)
            else:  # behind a reset that is still to take effect
                self._set_up.append((last_ns, message))
