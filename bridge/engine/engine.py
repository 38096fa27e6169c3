"""The engine: one object with `step(now)`; it owns the ports, plays the schedule and passes on what comes in.

Called by one loop, in one thread, at or soon after `next_ns`. It does nothing that waits. What it hears of
the host comes through one pipe, what it tells goes through another; how slow they are does not change what
it plays. Ports that fail are said and left out; the others play on.
"""

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Final

from bridge.core.arrival import Arrival, Epoch, Loop
from bridge.core.edit import Id
from bridge.core.ledger import Ledger, is_pedal_down
from bridge.core.message import BANK_LSB, BANK_MSB, CONTROL, KEY_PRESSURE, PROGRAM, SYSEX
from bridge.core.schedule import Item, Lane, Schedule, default_of, lane_of
from bridge.engine.link import Acknowledged, Answer, Ask, Fault, Frame, Patch, Patched, Pipe, Request, Routes, Tempo
from bridge.engine.routes import Router
from bridge.engine.transport import Transport
from bridge.errors import DriverError
from bridge.ports.base import InputPort, OutputPort

LEAD_NS: Final = 50_000_000  # programs and controllers go out this long before the first note
_FIRST_VERSION: Final = 1


class Engine:
    """Plays a schedule on outputs, routes inputs, and keeps the ledger of what is down."""

    def __init__(self, outputs: Sequence[OutputPort], inputs: Sequence[InputPort], down: Pipe, up: Pipe) -> None:
        self.outputs = tuple(outputs)
        self.inputs = dict(enumerate(inputs))
        self.down = down
        self.up = up
        self.transport = Transport()
        self.schedule = Schedule()
        self.ledgers = tuple(Ledger(port) for port in range(len(self.outputs)))
        self.router = Router()
        self.unacknowledged: list[Arrival] = []
        self._head = 0
        self._sounding: dict[Id, Item] = {}
        self._offs: list[tuple[int, Id]] = []
        self._hand_ticks: dict[Lane, int] = {}
        self._hand_pedals: set[Lane] = set()
        self._failed: set[int] = set()
        self._faults: list[Fault] = []
        self._seq = 0
        self._played_ns = 0

    @property
    def next_ns(self) -> int | None:
        """When the engine has something to do next, as far as it can know; None for nothing in sight."""
        times = (self._next_due_ns(), self.down.next_ns)
        return min((at for at in times if at is not None), default=None)

    def step(self, now_ns: int) -> None:
        """Do all that is due by now: what came in, what is to sound, what the host asks."""
        for source, at_ns, message in self._received(now_ns):
            self._play(min(at_ns, now_ns))
            self._arrive(source, at_ns, message, now_ns)
        self._play(now_ns)
        for frame in self.down.receive(now_ns):
            self._obey(frame, now_ns)
            self._play(now_ns)
        self._tell_faults(now_ns)

    def close(self, now_ns: int) -> None:
        """Let go of everything on every port, then close them."""
        for port in range(len(self.outputs)):
            self._send(port, self.ledgers[port].silence(), now_ns)
        for output in self.outputs:
            output.close()
        for source in self.inputs.values():
            source.close()
        self._tell_faults(now_ns)

    def _tell_faults(self, now_ns: int) -> None:
        while self._faults:
            self.up.send(self._faults.pop(0), now_ns)

    # What comes in

    def _received(self, now_ns: int) -> list[tuple[int, int, bytes]]:
        found = []
        for source, port in list(self.inputs.items()):
            try:
                found += [(source, at_ns, message) for at_ns, message in port.receive()]
            except DriverError as error:
                self._faults.append(Fault(port.name, str(error)))
                self._lose(source, now_ns)
        return sorted(found, key=lambda one: one[1])

    def _lose(self, source: int, now_ns: int) -> None:
        """An input is gone: nobody will let go of what was held through it."""
        self.inputs.pop(source).close()
        for port, sent in self.router.release(source):
            self._hand(port, sent, now_ns)

    def _arrive(self, source: int, at_ns: int, message: bytes, now_ns: int) -> None:
        """Thru first, so that the hand is heard at once; then the arrival goes up."""
        for port, sent in self.router.route(source, message):
            self._hand(port, sent, at_ns)
        epoch, tick = self.transport.tick_at(at_ns)
        self._seq += 1
        arrival = Arrival(self._seq, self.inputs[source].name, at_ns, epoch.number, epoch.turn, tick, message)
        self.unacknowledged.append(arrival)
        self.up.send(arrival, now_ns)

    def _hand(self, port: int, message: bytes, at_ns: int) -> None:
        if KEY_PRESSURE <= message[0] < SYSEX:
            lane = lane_of(port, message)
            epoch, tick = self.transport.tick_at(at_ns)
            if epoch is self.transport.epoch:
                self._hand_ticks[lane] = tick
            if is_pedal_down(message):
                self._hand_pedals.add(lane)
            else:
                self._hand_pedals.discard(lane)
        self._send(port, self.ledgers[port].hand(message), at_ns)

    # What the host asks

    def _obey(self, frame: Frame, now_ns: int) -> None:
        match frame:
            case Tempo():
                self.transport.tempo = frame.map
            case Patch():
                self._patch(frame, now_ns)
            case Routes():
                self.router.routes = frame.routes
            case Request():
                self._request(frame, now_ns)
            case Acknowledged():
                self.unacknowledged = [one for one in self.unacknowledged if one.seq > frame.seq]

    def _request(self, request: Request, now_ns: int) -> None:
        refusal = self._refusal(request)
        if not refusal:
            if request.ask is Ask.PLAY:
                self._begin(now_ns + LEAD_NS, request.tick, request.loop, request.passes)
            elif request.ask is Ask.STOP:
                self._stop(now_ns)
            elif request.ask is Ask.LOCATE:
                self._locate(request.tick, now_ns)
            else:
                self._panic(now_ns)
        self.up.send(Answer(request.number, self.transport.epoch.number, refusal), now_ns)

    def _refusal(self, request: Request) -> str:
        if request.ask is Ask.PLAY and request.loop and not self.transport.can_turn(request.loop):
            return "the loop is too short to play"
        return _REFUSALS.get((self.transport.epoch.rolling, request.ask), "")

    def _begin(self, at_ns: int, tick: int, loop: Loop | None, passes: int) -> None:
        epoch = self.transport.roll(at_ns, tick, loop, passes)
        self._chase(tick + 1, at_ns - LEAD_NS, again=True)
        self._head = self.schedule.head(tick)
        self._announce(epoch, at_ns - LEAD_NS)

    def _locate(self, tick: int, now_ns: int) -> None:
        self._release(now_ns)
        epoch = self.transport.locate(now_ns, tick)
        self._chase(tick, now_ns)
        self._head = self.schedule.head(tick)
        self._announce(epoch, now_ns)

    def _stop(self, at_ns: int) -> None:
        self._release(at_ns)
        for port, ledger in enumerate(self.ledgers):
            self._send(port, ledger.lift_pedals(self._hand_pedals), at_ns)
        self._announce(self.transport.stop(at_ns), at_ns)

    def _panic(self, now_ns: int) -> None:
        self._hand_pedals.clear()
        self._sounding.clear()
        self._offs.clear()
        for port, ledger in enumerate(self.ledgers):
            self._send(port, ledger.silence(), now_ns)

    def _announce(self, epoch: Epoch, now_ns: int) -> None:
        self._hand_ticks.clear()
        self.up.send(epoch, now_ns)

    # What sounds

    def _next_due_ns(self) -> int | None:
        """When the next off, item or end of a pass is due; None while the song stands."""
        epoch = self.transport.epoch
        return self.transport.due_ns(self._next_tick()) if epoch.rolling else None

    def _next_tick(self) -> int:
        """The tick of the next thing to do; the epoch's own where nothing is left but to stop."""
        items, turn = self.schedule.items, self.transport.turn_tick
        while self._offs and not self._is_due(self._offs[0]):
            heappop(self._offs)
        ticks = [items[self._head].tick] if self._head < len(items) else []
        ticks += [self._offs[0][0]] if self._offs else []
        ticks += [turn] if turn is not None else []
        return min(ticks, default=self.transport.epoch.tick)

    def _is_due(self, off: tuple[int, Id]) -> bool:
        """False for the end of a note that is gone, or that ends elsewhere now."""
        item = self._sounding.get(off[1])
        return item is not None and item.end == off[0]

    def _play(self, until_ns: int) -> None:
        """Everything that is due by `until_ns`, in the order of its due time."""
        while (due_ns := self._next_due_ns()) is not None and due_ns <= until_ns:
            self._play_next(due_ns)

    def _play_next(self, due_ns: int) -> None:
        """At one tick: first ends, then the turn of the loop, then starts; when all is played, the stop."""
        tick = self._next_tick()
        if self._offs and self._offs[0][0] == tick:
            self._cut(heappop(self._offs)[1], due_ns)
        elif tick == self.transport.turn_tick:
            self._turn(due_ns)
        elif self._head < len(self.schedule.items):
            self._head += 1
            self._start(self.schedule.items[self._head - 1], due_ns)
        else:
            self._stop(max(self._played_ns, self.transport.epoch.at_ns))
            return
        self._played_ns = due_ns

    def _start(self, item: Item, due_ns: int) -> None:
        ledger = self.ledgers[item.port]
        if item.is_note:
            self._send(item.port, ledger.song_on(item.id, item.message), due_ns)
            self._sounding[item.id] = item
            heappush(self._offs, (item.end, item.id))
        elif not (_is_selection(item.message) and ledger.lanes.get(item.lane) == item.message):
            self._set(item.lane, item.message, due_ns)

    def _cut(self, id: Id, at_ns: int) -> None:
        """End a note, if it sounds."""
        item = self._sounding.pop(id, None)
        if item:
            self._send(item.port, self.ledgers[item.port].song_off(id, item.off), at_ns)

    def _set(self, lane: Lane, message: bytes, at_ns: int) -> None:
        """The song sets a lane; a pedal that the hand holds is the hand's, and while the song stands none goes down."""
        if lane in self._hand_pedals or (is_pedal_down(message) and not self.transport.epoch.rolling):
            return
        self._send(lane.port, self.ledgers[lane.port].set(message), at_ns)

    def _turn(self, due_ns: int) -> None:
        if self.transport.is_last_pass:
            self._stop(due_ns)
            return
        self._release(due_ns)
        epoch = self.transport.turn()
        self._chase(epoch.tick, due_ns)
        self._head = self.schedule.head(epoch.tick)
        self._announce(epoch, due_ns)

    def _release(self, at_ns: int) -> None:
        self._sounding.clear()
        self._offs.clear()
        for port, ledger in enumerate(self.ledgers):
            self._send(port, ledger.release_song(), at_ns)

    def _chase(self, tick: int, at_ns: int, *, again: bool = False) -> None:
        """Bring every lane to where the song has it at `tick`."""
        for lane, message in self.schedule.state_at(tick).items():
            if again or self.ledgers[lane.port].lanes.get(lane) != message:
                self._set(lane, message, at_ns)

    def _send(self, port: int, messages: list[bytes], due_ns: int) -> None:
        if port in self._failed:
            return
        try:
            for message in messages:
                self.outputs[port].send(message, due_ns)
        except DriverError as error:
            self._failed.add(port)
            self._faults.append(Fault(self.outputs[port].name, str(error)))

    # What is changed while it sounds

    def _patch(self, patch: Patch, now_ns: int) -> None:
        heard = self._heard_tick(now_ns)
        if patch.version == _FIRST_VERSION:
            self.schedule.load(list(patch.puts))
            changed: list[Item] = []
        else:
            changed = [item for id in patch.drops for item in self._drop(id, now_ns)]
            changed += [item for put in patch.puts for item in self._put(put, heard, now_ns)]
        self._head = self.schedule.head(heard + 1)
        self._chase_behind(changed, max(heard, self.transport.epoch.tick), now_ns)
        self._played_ns = now_ns
        self.up.send(Patched(patch.version, now_ns, max(0, heard)), now_ns)

    def _heard_tick(self, now_ns: int) -> int:
        """The last tick of which everything was sent: before the first note sounds, the one before it."""
        epoch = self.transport.epoch
        return epoch.tick - 1 if now_ns < epoch.at_ns else self.transport.tick_at(now_ns)[1]

    def _drop(self, id: Id, now_ns: int) -> tuple[Item, ...]:
        """Take a note or event out; a note that sounds ends now."""
        old = self.schedule.get(id)
        self.schedule.drop(id)
        self._cut(id, now_ns)
        return (old,) if old else ()

    def _put(self, item: Item, heard: int, now_ns: int) -> tuple[Item, ...]:
        """Put a note or event in; a note that sounds ends now, or where its end is if it would still sound."""
        old = self.schedule.get(item.id)
        self.schedule.put(item)
        sounding = self._sounding.get(item.id)
        if sounding and sounding.key == item.key and item.tick <= heard < item.end:
            self._sounding[item.id] = item
            heappush(self._offs, (item.end, item.id))
        else:
            self._cut(item.id, now_ns)
        return (old, item) if old else (item,)

    def _chase_behind(self, changed: list[Item], heard: int, now_ns: int) -> None:
        """Controllers, bend and programs that changed behind the head are brought up to date, but for the hand's.

        A lane whose last event was taken out of the song goes back to its default.
        """
        events = [item for item in changed if not item.is_note and item.tick <= heard]
        state = self.schedule.state_at(heard + 1) if events else {}
        for item in events:
            message = state.get(item.lane) or default_of(item.message)
            is_hands = self._hand_ticks.get(item.lane, -1) >= item.tick
            if message and not is_hands and self.ledgers[item.port].lanes.get(item.lane) != message:
                self._set(item.lane, message, now_ns)


def _is_selection(message: bytes) -> bool:
    """True for what need not be said twice: bank and program."""
    if message[0] & 0xF0 == CONTROL:
        return message[1] in (BANK_MSB, BANK_LSB)
    return message[0] & 0xF0 == PROGRAM


_REFUSALS: Final = {
    (True, Ask.PLAY): "already playing",
    (False, Ask.STOP): "not playing",
}
"""Transport requests that the engine turns down, by whether it rolls."""
