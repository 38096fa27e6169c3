"""A session without a host, for tests: song, engine, pipes, hands and ports that keep what they hear, on one clock.

    stage = Stage(smf(hit(60, 0, 400), [(100, control(0, 64, 127))]))
    stage.play(loop=Loop(0, 500), passes=2)
    stage.run()
    assert stage.heard() == [(0, note_on(0, 60, 90)), ...]

A tick is a millisecond unless tempi are given. Play that is asked for at 0 sounds from `LEAD`, so tick 0 of the
first pass is 0 in `heard`, and what went out before it has times under 0.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from bridge.arrange.compile import Destination, changed, items
from bridge.core.arrival import Arrival, Epoch, Loop
from bridge.core.clock import ManualClock
from bridge.core.edit import Edit, Id
from bridge.core.message import (
    CONTROL,
    META,
    NOTE_ON,
    SUSTAIN,
    control,
    is_controller,
    is_note_off,
    is_note_on,
    note_off,
    note_on,
)
from bridge.core.schedule import Item
from bridge.core.smf import read
from bridge.core.song import Part, Song
from bridge.core.splice import write_number
from bridge.engine.engine import LEAD_NS, Engine
from bridge.engine.link import Ask, Frame, Patch, Request, Route, Routes, Tempo, Then
from bridge.engine.pipe import Pipe
from bridge.errors import DriverError
from bridge.ports.base import Capabilities
from bridge.ports.twin import TwinController
from bridge.profiles.known import CONVERTED
from bridge.profiles.load import load, names
from bridge.profiles.model import Profile

MS: Final = 1_000_000
LEAD: Final = LEAD_NS // MS
BAR: Final = Loop(0, 500)
PEDAL_DOWN: Final = control(0, SUSTAIN, 127)
PEDAL_UP: Final = control(0, SUSTAIN, 0)
Timed = tuple[int, bytes]


@cache
def controllers() -> tuple[Profile, ...]:
    """Every profile written by hand of something that has controls."""
    written = [load(name) for name in names() if name.partition("/")[0] not in CONVERTED]
    return tuple(profile for profile in written if profile.controls)


def hit(pitch: int, tick: int, end: int, channel: int = 0, velocity: int = 90) -> list[Timed]:
    """A note's on and off."""
    return [(tick, note_on(channel, pitch, velocity)), (end, note_off(channel, pitch))]


def smf(*tracks: Iterable[Timed], tempi: Iterable[tuple[int, int]] = ()) -> bytes:
    """A format 1 file, 500 ticks a beat: behind a track of (tick, microseconds a beat), one for each list of events."""
    first = [(tick, bytes((META, 0x51, 3)) + tempo.to_bytes(3)) for tick, tempo in tempi]
    bodies = [_chunk(track) for track in (first, *tracks)]
    return b"MThd\0\0\0\6\0\1" + len(bodies).to_bytes(2) + (500).to_bytes(2) + b"".join(bodies)


def _chunk(track: Iterable[Timed]) -> bytes:
    body, now = b"", 0
    for tick, message in sorted(track, key=lambda one: one[0]):
        body += write_number(tick - now) + message
        now = tick
    body += b"\0\xff\x2f\0"
    return b"MTrk" + len(body).to_bytes(4) + body


def on(pitch: int = 60) -> bytes:
    """The note-on that `hit` makes."""
    return note_on(0, pitch, 90)


def off(pitch: int = 60) -> bytes:
    """The note-off that `hit` makes."""
    return note_off(0, pitch)


class Recorder:
    """An output that keeps (due_ns, message), says what is down, and counts ons and offs that do not alternate."""

    def __init__(self, name: str = "recorder", horizon_ms: int = 0) -> None:
        self.name = name
        self.capabilities = Capabilities(virtual=True, horizon_ns=horizon_ms * MS)
        self.sent: list[Timed] = []
        self.down: set[tuple[int, int]] = set()
        """(channel, pitch) of the keys, and (channel, controller) of the sustain pedals in `pedals`."""
        self.pedals: set[tuple[int, int]] = set()
        self.faults: list[Timed] = []
        self.is_closed = False
        self.is_broken = False

    def send(self, message: bytes, due_ns: int) -> None:
        """Keep it; a broken one raises."""
        if self.is_broken:
            raise DriverError(f"'{self.name}' was pulled out")
        self.sent.append((due_ns, message))
        key = (message[0] & 15, message[1])
        if is_note_on(message) or is_note_off(message):
            if is_note_on(message) == (key in self.down):
                self.faults.append((due_ns, message))
            (self.down.add if is_note_on(message) else self.down.discard)(key)
        elif is_controller(message, SUSTAIN):
            (self.pedals.add if message[2] >= 64 else self.pedals.discard)(key)

    def close(self) -> None:
        """Note that it was closed."""
        self.is_closed = True


class Plugged(Recorder):
    """A recorder on a cable."""

    is_connected = True

    def send(self, message: bytes, due_ns: int) -> None:
        """Keep it, unless it is unplugged."""
        if self.is_connected:
            super().send(message, due_ns)


class Stage:
    """The song on outputs (by default one recorder that gets every part on its own channel), and one pair of hands."""

    def __init__(
        self,
        data: bytes,
        outputs: int = 1,
        routing: dict[Part, Destination] | None = None,
        *,
        horizons_ms: Sequence[int] = (),
        latencies_ms: Sequence[int] = (),
    ) -> None:
        self.clock = ManualClock()
        self.song = Song(read(data))
        self.routing = routing or {part: Destination(0, part.channel) for part in self.song.parts()}
        horizons_ms = [*horizons_ms, *[0] * outputs]
        self.outputs = [Plugged(f"out {number}", horizons_ms[number]) for number in range(outputs)]
        self.hands = TwinController("hands", self.clock)
        self.down, self.up = Pipe(), Pipe()
        self.engine = Engine(
            self.outputs, [self.hands], self.down, self.up, self.clock, [ms * MS for ms in latencies_ms]
        )
        self.frames: list[Frame] = []
        self._version = 0
        self.tell(Tempo(self.song.tempo))
        self.patch((), tuple(items(self.song, self.routing)))

    def tell(self, frame: Frame) -> None:
        """Send the engine a frame, and let it act."""
        self.down.send(frame, self.clock.now_ns())
        self.step()

    def ask(self, ask: Ask, tick: int = 0, loop: Loop | None = None, passes: int = 0) -> None:
        """Ask something of the transport."""
        self.tell(Request(1, ask, tick, loop, passes))

    def play(self, tick: int = 0, loop: Loop | None = None, passes: int = 0) -> None:
        """Ask for play."""
        self.ask(Ask.PLAY, tick, loop, passes)

    def patch(self, drops: tuple[Id, ...], puts: tuple[Item, ...]) -> None:
        """Change the schedule."""
        self._version += 1
        self.tell(Patch(self._version, drops, puts))

    def edit(self, edits: Sequence[Edit]) -> None:
        """Correct the song, and send the engine what follows."""
        self.song.apply(edits)
        self.patch(*changed(self.song, self.routing, edits))

    def thru(self, kinds: Sequence[int], port: int = 0, channel: int = 0, then: Then = Then.THRU) -> None:
        """Let the hands be heard there, and only there."""
        self.tell(Routes(tuple(Route(0, kind, -1, 0, 127, then, port, channel) for kind in kinds)))

    def press(self, message: bytes, tick: int | None = None) -> None:
        """The hands send a message, now or at a tick of the first pass."""
        self.hands.press(message, self.clock.now_ns() if tick is None else (LEAD + tick) * MS)

    def step(self) -> None:
        """Let the engine do what is due, and take what it says."""
        self.engine.step(self.clock.now_ns())
        self.frames += self.up.receive(self.clock.now_ns())

    def leap(self, tick: int) -> None:
        """Come to a tick of the first pass in one late step."""
        self.clock.wait_until((LEAD + tick) * MS)
        self.step()

    def run(self, tick: int | None = None) -> None:
        """Step whenever something is due, up to and with a tick of the first pass, or until nothing is left to do."""
        end_ns = None if tick is None else (LEAD + tick) * MS
        while True:
            times = [at for at in (self.engine.next_ns, self.hands.next_ns) if at is not None]
            if not times or (end_ns is not None and min(times) > end_ns):
                break
            self.clock.wait_until(min(times))
            self.step()
        if end_ns is not None:
            self.leap(tick or 0)

    def close(self) -> None:
        """Close the engine."""
        self.engine.close(self.clock.now_ns())

    def heard(self, output: int = 0, *, since: int | None = None) -> list[Timed]:
        """What an output got, and the millisecond it was due at; all of it, or from one millisecond on."""
        found = [(due_ns // MS - LEAD, message) for due_ns, message in self.outputs[output].sent]
        return [one for one in found if since is None or one[0] >= since]

    @property
    def epochs(self) -> list[Epoch]:
        """The epochs that the engine told of."""
        return [frame for frame in self.frames if isinstance(frame, Epoch)]

    @property
    def arrivals(self) -> list[Arrival]:
        """The arrivals that the engine told of."""
        return [frame for frame in self.frames if isinstance(frame, Arrival)]


def playing(*events: Timed, until: int, loop: Loop | None = BAR) -> Stage:
    """The events, played up to a tick."""
    stage = Stage(smf(events))
    stage.play(loop=loop)
    stage.run(until)
    return stage


def with_hands(*events: Timed) -> Stage:
    """The events in a loop, and hands whose keys and controllers are heard."""
    stage = Stage(smf(events))
    stage.thru([NOTE_ON, CONTROL])
    stage.play(loop=BAR)
    return stage
