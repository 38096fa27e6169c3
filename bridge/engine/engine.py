"""The engine: one object with `step(now)`; it owns the ports, plays the schedule and passes on what comes in.

Called by one loop, in one thread, at or soon after `next_ns`. It does nothing that waits. What it hears of
the host comes through one pipe, what it tells goes through another; how slow they are does not change what
it plays. Each output has a playhead of its own; ports that fail are said and left out, the others play on.
A driver's own thread may hand in what has just arrived (`Direct`), between two steps.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final

from bridge.core.arrival import Arrival, Epoch, Loop
from bridge.core.clock import Clock
from bridge.engine.hands import Hand
from bridge.engine.link import (
    Acknowledged,
    Answer,
    Ask,
    Fault,
    Frame,
    Late,
    Patch,
    Patched,
    Plug,
    Request,
    Routes,
    Tempo,
    Then,
)
from bridge.engine.page import LONG_NS, PATIENCE_NS, Page
from bridge.engine.pipe import Receives, Sends
from bridge.engine.playhead import Playhead
from bridge.engine.routes import Router
from bridge.engine.sender import close
from bridge.engine.transport import Transport
from bridge.errors import DriverError
from bridge.ports.base import Direct, InputPort, OutputPort, Pluggable

LEAD_NS: Final = 50_000_000  # programs and controllers go out this long before the first note
PATIENCE_S: Final = 0.001
"""How long a driver's thread waits for a step to end: less than half a period of 128 frames at 48 kHz."""
_FIRST_VERSION: Final = 1
_REPORT_NS: Final = 1_000_000_000  # what came late is told no oftener
_INPUTS: Final = 1 << 16  # inputs are numbered from here on where outputs are from 0
_BY_HAND: Final = 0  # the number of a request that no host made


class Engine:
    """Plays a schedule on outputs and routes inputs; `latencies_ns` are the outputs', in their order (none: 0).

    What is down is written to `page`, if there is one, before it sounds.
    """

    def __init__(
        self,
        outputs: Sequence[OutputPort],
        inputs: Sequence[InputPort],
        down: Receives,
        up: Sends,
        clock: Clock,
        latencies_ns: Sequence[int] = (),
        page: Page | None = None,
    ) -> None:
        self.outputs = tuple(outputs)
        self.inputs = dict(enumerate(inputs))
        self.down = down
        self.up = up
        self.page = page
        self._clock = clock
        self.transport = Transport()
        self.router = Router()
        self.hand = Hand()
        latencies = [*latencies_ns, *[0] * len(self.outputs)]
        marks = [partial(page.mark, port) if page else None for port in range(len(self.outputs))]
        self.playheads = tuple(
            Playhead(port, output, self.transport, self.hand, latencies[port], marks[port])
            for port, output in enumerate(self.outputs)
        )
        self.unacknowledged: deque[Arrival] = deque()
        self.is_closed = False
        self.wake: Callable[[], None] = lambda: None
        """Called on a driver's thread when the loop has something to do at once."""
        self._reflexes: deque[Then] = deque()
        self._is_waiting = False  # something that a hand played waits for a port to be stepped
        self._lead_ns = LEAD_NS + max((one.lead_ns for one in self.playheads), default=0)
        self._told: list[DriverError] = []
        self._late: dict[int, int] = {}
        self._report_ns = 0
        self._plugs = _plugs(self.outputs) | _plugs(inputs, _INPUTS)
        self._connected = dict.fromkeys(self._plugs, True)
        self._seq = 0
        self._patched_ns = 0
        self._finish: Request | None = None  # to quit, once nothing waits for a wire
        self._lock = threading.RLock()  # a close may be asked for within a step
        for source, port in self.inputs.items():
            if isinstance(port, Direct):
                port.attach(partial(self.take, source))

    @property
    def ports(self) -> tuple[OutputPort | InputPort, ...]:
        """Those that are asked what has come: none that failed, and behind a close none at all."""
        outputs = [one.sender.output for one in self.playheads if not one.sender.fault]
        return () if self.is_closed else (*outputs, *self.inputs.values())

    @property
    def next_ns(self) -> int | None:
        """When the engine has something to do next, as far as it can know; None for nothing in sight."""
        with self._lock:  # a driver's thread looks for the next pass too
            times = [at for one in self.playheads for at in (one.next_ns, one.sender.next_ns)]
            times += [self.down.next_ns, self._end_ns()]
            follower = self.transport.following(self.transport.epoch)
        times += [follower.at_ns] if follower else []
        return min((at for at in times if at is not None), default=None)

    def step(self, now_ns: int) -> None:
        """Do all that is due by now: what came in, what is to sound, what the host asks; one patch at most."""
        with self._lock:
            self._step(now_ns)

    def take(self, source: int, at_ns: int, message: bytes) -> bool:
        """Take one message from a driver's own thread; False where it must wait for the next step instead."""
        if not self._lock.acquire(timeout=PATIENCE_S):
            return False
        try:
            if source not in self.inputs:
                return False
            self._arrive(source, at_ns, message, at_ns)
        finally:
            self._lock.release()
        if self._reflexes or self._is_waiting:
            self._is_waiting = False
            self.wake()
        return True

    def _step(self, now_ns: int) -> None:
        if self.page:
            self.page.step(now_ns, self._has_waiting, PATIENCE_NS if self._patched_ns else LONG_NS)  # to take a song
        self._watch_plugs(now_ns)
        for source, at_ns, message in self._received(now_ns):
            self._play(min(at_ns, now_ns))
            self._arrive(source, at_ns, message, now_ns)
        while self._reflexes:
            self._react(self._reflexes.popleft(), now_ns)
        self._sound(now_ns)  # at once: a note that is due waits for no frame
        for frame in self.down.receive(now_ns):
            self._obey(frame, now_ns)
            self._sound(now_ns)
            if isinstance(frame, Patch):
                break  # the next one waits for the next step, so that none lasts long
        if self._finish and not any(map(self._has_waiting, range(len(self.outputs)))):
            request, self._finish = self._finish, None
            self._request(replace(request, ask=Ask.QUIT), now_ns)
        self._tell_faults(now_ns)
        self._tell_lateness(now_ns)

    def _sound(self, now_ns: int) -> None:
        """Send all that is due by now, and let each wire have what it can carry."""
        self._play(now_ns)
        for one in self.playheads:
            one.sender.step(now_ns)

    def _has_waiting(self, port: int) -> bool:
        return self.playheads[port].sender.next_ns is not None

    def close(self, now_ns: int) -> None:
        """Let go of everything on every port, then close them."""
        with self._lock:
            if self.page:  # a second close does nothing but this: the rescue file may take a slow disk long
                self.page.live_until(now_ns + LONG_NS)
            if self.is_closed:
                return
            self.is_closed = True
            for one in self.playheads:
                one.silence(now_ns, is_panic=False)
            close([one.sender for one in self.playheads], self._clock)
            for source, at_ns, message in self._received(now_ns):  # what was played into the end
                self._tell(source, at_ns, message, now_ns)
            for source in list(self.inputs):
                with suppress(DriverError):
                    self.inputs.pop(source).close()
            self._plugs.clear()
            self._tell_faults(now_ns)

    def _tell_faults(self, now_ns: int) -> None:
        for one in self.playheads:
            for fault in (one.sender.refusal, one.sender.fault):
                if fault and fault not in self._told:
                    self._told.append(fault)
                    self.up.send(Fault(one.sender.output.name, str(fault)), now_ns)

    def _tell_lateness(self, now_ns: int) -> None:
        """What left late, when it has doubled since that was told; the loop is near, so it never adds a wait."""
        if now_ns < self._report_ns:
            return
        self._report_ns = now_ns + _REPORT_NS
        for one in self.playheads:
            lateness = one.lateness
            if lateness.late > 2 * self._late.get(one.port, 0):
                self._late[one.port] = lateness.late
                self.up.send(Late(one.sender.output.name, lateness.late, lateness.worst_ns), now_ns)

    def _watch_plugs(self, now_ns: int) -> None:
        """Devices that were pulled out or came back since the last step."""
        for number, port in self._plugs.items():
            if (is_connected := port.is_connected) is not self._connected[number]:
                self._connected[number] = is_connected
                self._plug(number, now_ns, is_connected=is_connected)

    def _plug(self, number: int, now_ns: int, *, is_connected: bool) -> None:
        """Nobody lets go of what was held through a device that is gone; one that is back starts anew."""
        source = number - _INPUTS
        if source in self.inputs:
            name = self.inputs[source].name
            if not is_connected:
                self._let_go(source, now_ns)
        else:
            playhead = self.playheads[number]
            name = playhead.sender.output.name
            if is_connected:
                playhead.regain(now_ns)
            else:
                playhead.lose()
                self.router.forget(number)
        self.up.send(Plug(name, is_connected), now_ns)

    # What comes in

    def _received(self, now_ns: int) -> list[tuple[int, int, bytes]]:
        found = []
        for source, port in list(self.inputs.items()):
            try:
                found += [(source, at_ns, message) for at_ns, message in port.receive()]
            except DriverError as error:
                self.up.send(Fault(port.name, str(error)), now_ns)
                self._lose(source, now_ns)
        return sorted(found, key=lambda one: one[1])

    def _lose(self, source: int, now_ns: int) -> None:
        """An input is gone: nobody will let go of what was held through it."""
        with suppress(DriverError):  # a driver that is gone fails at that too
            self.inputs.pop(source).close()
        self._plugs.pop(source + _INPUTS, None)
        self._let_go(source, now_ns)

    def _let_go(self, source: int, now_ns: int) -> None:
        for port, sent in self.router.release(source):
            self.playheads[port].hand(sent, now_ns)

    def _arrive(self, source: int, at_ns: int, message: bytes, now_ns: int) -> None:
        """Thru first, so that the hand is heard at once; then the arrival goes up; a reflex is for the step."""
        self._turn(at_ns)
        if reflex := self.router.reflex(source, message):
            self._reflexes.append(reflex)
        for port, sent in self.router.route(source, message):
            self.playheads[port].hand(sent, at_ns)
            self._is_waiting = self._is_waiting or self.playheads[port].sender.wire is not None
        self._tell(source, at_ns, message, now_ns)

    def _tell(self, source: int, at_ns: int, message: bytes, now_ns: int) -> None:
        epoch, tick = self.transport.tick_at(at_ns)
        self._seq += 1
        arrival = Arrival(self._seq, self.inputs[source].name, at_ns, epoch.number, epoch.turn, tick, message)
        if self.up.send(arrival, now_ns) or self.up.is_closed:  # with nobody there, it is for the rescue file
            self.unacknowledged.append(arrival)

    # What sounds

    def _play(self, until_ns: int) -> None:
        """All that must be sent by `until_ns`; passes that have begun by then, and the end of the song, are told."""
        for one in self.playheads:
            one.play(until_ns)
        self._turn(until_ns)
        end_ns = self._end_ns()
        if end_ns is not None and end_ns <= until_ns:
            self._stop(end_ns)

    def _turn(self, until_ns: int) -> None:
        """Tell of the passes that have begun by then: before any arrival that belongs to them."""
        while epoch := self.transport.advance(until_ns):
            self._announce(epoch, epoch.at_ns)

    def _end_ns(self) -> int | None:
        """When the song is over: at the end of the last pass, or when the last note has ended; None if not in sight."""
        epoch = self.transport.epoch
        if not epoch.rolling:
            return None
        turn = self.transport.turn_tick(epoch)
        if turn is not None:
            return self.transport.due_ns(turn) if self.transport.is_last_pass(epoch) else None
        if any(one.next_ns is not None for one in self.playheads):
            return None
        return max(epoch.at_ns, self._patched_ns, *(one.heard_ns for one in self.playheads))

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
                while self.unacknowledged and self.unacknowledged[0].seq <= frame.seq:
                    self.unacknowledged.popleft()

    def _react(self, reflex: Then, now_ns: int) -> None:
        """The player's button; of a stop the host is told that it was no end of the song."""
        epoch = self.transport.epoch
        request = Request(_BY_HAND, Ask[reflex.name], epoch.tick, epoch.loop, self.transport.passes)
        if not self._refusal(request):
            if request.ask is Ask.STOP:
                self.up.send(Answer(_BY_HAND, epoch.number), now_ns)
            self._do(request, now_ns)

    def _request(self, request: Request, now_ns: int) -> None:
        if request.ask is Ask.FINISH:
            self._finish = request
            return
        if not (refusal := self._refusal(request)):
            self._do(request, now_ns)
        self.up.send(Answer(request.number, self.transport.epoch.number, refusal), now_ns)

    def _refusal(self, request: Request) -> str:
        if request.ask is Ask.PLAY and request.loop and not self.transport.can_turn(request.loop):
            return "the loop is too short to play"
        return _REFUSALS.get((self.transport.epoch.rolling, request.ask), "")

    def _do(self, request: Request, now_ns: int) -> None:
        deeds: dict[Ask, Callable[[], None]] = {
            Ask.PLAY: lambda: self._begin(now_ns, request.tick, request.loop, request.passes),
            Ask.STOP: lambda: self._stop(now_ns),
            Ask.LOCATE: lambda: self._locate(request.tick, now_ns),
            Ask.PANIC: lambda: self._panic(now_ns),
            Ask.AGAIN: lambda: self._again(now_ns),
            Ask.QUIT: lambda: self.close(now_ns),
        }
        deeds[request.ask]()

    def _again(self, now_ns: int) -> None:
        loop = self.transport.epoch.loop
        self._begin(now_ns, loop.start if loop else 0, loop, self.transport.passes)

    def _begin(self, now_ns: int, tick: int, loop: Loop | None, passes: int) -> None:
        setup_ns = max((one.setup_ns(tick) for one in self.playheads), default=0)
        epoch = self.transport.roll(now_ns + self._lead_ns + setup_ns, tick, loop, passes)
        for one in self.playheads:
            one.begin(epoch, now_ns, is_start=True)
        self._announce(epoch, now_ns)

    def _locate(self, tick: int, now_ns: int) -> None:
        epoch = self.transport.locate(now_ns, tick)
        for one in self.playheads:
            one.begin(epoch, now_ns)
        self._announce(epoch, now_ns)

    def _stop(self, at_ns: int) -> None:
        epoch = self.transport.stop(at_ns)
        for one in self.playheads:
            one.stop(epoch, at_ns)
        self._announce(epoch, at_ns)

    def _panic(self, now_ns: int) -> None:
        self.hand.pedals.clear()
        self.router.forget()
        for one in self.playheads:
            one.silence(now_ns)

    def _announce(self, epoch: Epoch, now_ns: int) -> None:
        self.hand.ticks.clear()
        self.up.send(epoch, now_ns)

    def _patch(self, patch: Patch, now_ns: int) -> None:
        for one in self.playheads:
            if patch.version == _FIRST_VERSION:
                one.load(patch.puts, now_ns)
            else:
                one.patch(patch.drops, patch.puts, now_ns)
        self._patched_ns = now_ns
        self.up.send(Patched(patch.version, now_ns, self.transport.tick_at(now_ns)[1]), now_ns)


def _plugs(ports: Sequence[object], first: int = 0) -> dict[int, Pluggable]:
    """The ports that say whether their device is there, by their numbers."""
    return {number: port for number, port in enumerate(ports, first) if isinstance(port, Pluggable)}


_REFUSALS: Final = {
    (True, Ask.PLAY): "already playing",
    (False, Ask.STOP): "not playing",
}
"""Transport requests that the engine turns down, by whether it rolls."""
