"""The engine: one object with `step(now)`; it owns the ports, plays the schedule and passes on what comes in.

Called by one loop, in one thread, at or soon after `next_ns`. It does nothing that waits. What it hears of
the host comes through one pipe, what it tells goes through another; how slow they are does not change what
it plays. Each output has a playhead of its own; ports that fail are said and left out, the others play on.
"""

from collections.abc import Sequence
from typing import Final

from bridge.core.arrival import Arrival, Epoch, Loop
from bridge.engine.link import Acknowledged, Answer, Ask, Fault, Frame, Patch, Patched, Pipe, Request, Routes, Tempo
from bridge.engine.playhead import Hand, Playhead
from bridge.engine.routes import Router
from bridge.engine.transport import Transport
from bridge.errors import DriverError
from bridge.ports.base import InputPort, OutputPort

LEAD_NS: Final = 50_000_000  # programs and controllers go out this long before the first note
_FIRST_VERSION: Final = 1


class Engine:
    """Plays a schedule on outputs and routes inputs; `latencies_ns` are the outputs', in their order (none: 0)."""

    def __init__(
        self,
        outputs: Sequence[OutputPort],
        inputs: Sequence[InputPort],
        down: Pipe,
        up: Pipe,
        latencies_ns: Sequence[int] = (),
    ) -> None:
        self.outputs = tuple(outputs)
        self.inputs = dict(enumerate(inputs))
        self.down = down
        self.up = up
        self.transport = Transport()
        self.router = Router()
        self.hand = Hand()
        latencies = [*latencies_ns, *[0] * len(self.outputs)]
        self.playheads = tuple(
            Playhead(port, output, self.transport, self.hand, latencies[port])
            for port, output in enumerate(self.outputs)
        )
        self.unacknowledged: list[Arrival] = []
        self._lead_ns = LEAD_NS + max((one.lead_ns for one in self.playheads), default=0)
        self._told: set[int] = set()
        self._seq = 0
        self._patched_ns = 0

    @property
    def next_ns(self) -> int | None:
        """When the engine has something to do next, as far as it can know; None for nothing in sight."""
        times = [one.next_ns for one in self.playheads]
        times += [self.down.next_ns, self._end_ns()]
        follower = self.transport.following(self.transport.epoch)
        times += [follower.at_ns] if follower else []
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
        for one in self.playheads:
            one.silence(now_ns)
        for output in self.outputs:
            output.close()
        for source in self.inputs.values():
            source.close()
        self._tell_faults(now_ns)

    def _tell_faults(self, now_ns: int) -> None:
        for one in self.playheads:
            if one.fault and one.port not in self._told:
                self._told.add(one.port)
                self.up.send(Fault(one.output.name, str(one.fault)), now_ns)

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
        self.inputs.pop(source).close()
        for port, sent in self.router.release(source):
            self.playheads[port].hand(sent, now_ns)

    def _arrive(self, source: int, at_ns: int, message: bytes, now_ns: int) -> None:
        """Thru first, so that the hand is heard at once; then the arrival goes up."""
        for port, sent in self.router.route(source, message):
            self.playheads[port].hand(sent, at_ns)
        epoch, tick = self.transport.tick_at(at_ns)
        self._seq += 1
        arrival = Arrival(self._seq, self.inputs[source].name, at_ns, epoch.number, epoch.turn, tick, message)
        self.unacknowledged.append(arrival)
        self.up.send(arrival, now_ns)

    # What sounds

    def _play(self, until_ns: int) -> None:
        """All that must be sent by `until_ns`; passes that have begun by then, and the end of the song, are told."""
        for one in self.playheads:
            one.play(until_ns)
        while epoch := self.transport.advance(until_ns):
            self._announce(epoch, epoch.at_ns)
        end_ns = self._end_ns()
        if end_ns is not None and end_ns <= until_ns:
            self._stop(end_ns)

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
                self.unacknowledged = [one for one in self.unacknowledged if one.seq > frame.seq]

    def _request(self, request: Request, now_ns: int) -> None:
        refusal = self._refusal(request)
        if not refusal:
            if request.ask is Ask.PLAY:
                self._begin(now_ns, request.tick, request.loop, request.passes)
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

    def _begin(self, now_ns: int, tick: int, loop: Loop | None, passes: int) -> None:
        epoch = self.transport.roll(now_ns + self._lead_ns, tick, loop, passes)
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


_REFUSALS: Final = {
    (True, Ask.PLAY): "already playing",
    (False, Ask.STOP): "not playing",
}
"""Transport requests that the engine turns down, by whether it rolls."""
