"""A JACK server in a test's hand: it runs a cycle when it is told to, and checks what JACK demands of its clients."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bridge.core.clock import ManualClock
from bridge.ports.jack import CLIENT, JackError

PERIOD = 128
RATE = 48_000
BUFFER = 1_000


@dataclass(eq=False)
class FakePort:
    """One MIDI port of ours, in JACK-Client's words."""

    server: "FakeServer"
    shortname: str
    is_input: bool
    written: list[tuple[int, bytes]] = field(default_factory=list)
    """What has left, by its frame."""
    coming: list[tuple[int, bytes]] = field(default_factory=list)
    """What comes in with the next cycle, by its offset."""
    room: int = BUFFER
    last: int = 0
    is_cleared: bool = False

    @property
    def name(self) -> str:
        return f"{self.server.name}:{self.shortname}"

    @property
    def max_event_size(self) -> int:
        return self.room

    def clear_buffer(self) -> None:
        self.room, self.last, self.is_cleared = BUFFER, 0, True

    def write_midi_event(self, time: int, event: bytes) -> None:
        assert self.is_cleared
        assert 0 <= time < PERIOD
        if time < self.last or len(event) > self.room:
            raise JackError("Error writing MIDI event")
        self.room, self.last = self.room - len(event), time
        self.written.append((self.server.frame + time, event))

    def incoming_midi_events(self) -> Iterator[tuple[int, bytes]]:
        yield from self.coming
        self.coming.clear()

    def is_connected_to(self, port: str) -> bool:
        return port in self.server.cables.get(self.name, set())

    def unregister(self) -> None:
        self.server.own.remove(self)


@dataclass(eq=False)
class Foreign:
    """A port of another program."""

    name: str


@dataclass
class Registry:
    """`Client.midi_inports` or `midi_outports`."""

    server: "FakeServer"
    is_input: bool

    def register(self, shortname: str) -> FakePort:
        if not shortname or any(port.shortname == shortname for port in self.server.own):
            raise JackError(f"{shortname!r}: port registration failed")
        self.server.own.append(FakePort(self.server, shortname, self.is_input))
        return self.server.own[-1]


class FakeServer:
    """What a `jack.Client` is to the port, with a server and other programs behind it."""

    name = CLIENT
    samplerate = RATE
    blocksize = PERIOD

    def __init__(self, clock: ManualClock, *, takes: tuple[str, ...] = (), gives: tuple[str, ...] = ()) -> None:
        self.clock = clock
        self.frame = (1 << 32) - 10 * PERIOD  # it wraps soon
        self.takes = list(takes)
        self.gives = list(gives)
        self.own: list[FakePort] = []
        self.cables: dict[str, set[str]] = {}
        self.midi_outports = Registry(self, is_input=False)
        self.midi_inports = Registry(self, is_input=True)
        self.is_active = False
        self.is_closed = False
        self.is_dead = False
        self._ns = float(clock.now_ns())

    @property
    def last_frame_time(self) -> int:
        return self.frame % (1 << 32)

    def set_process_callback(self, callback: Callable[[int], None]) -> None:
        self._process = callback

    def set_xrun_callback(self, callback: Callable[[float], None]) -> None:
        self.xrun = callback

    def set_shutdown_callback(self, callback: Callable[[object, str], None]) -> None:
        self.shutdown = callback

    def set_port_registration_callback(
        self, callback: Callable[[object, bool], None], only_available: bool = True
    ) -> None:
        self._registered = callback

    def set_port_connect_callback(
        self, callback: Callable[[object, object, bool], None], only_available: bool = True
    ) -> None:
        self._connected = callback

    def activate(self) -> None:
        self.is_active = True

    def deactivate(self) -> None:
        self.is_active = False

    def close(self) -> None:
        self.is_closed = True

    def get_ports(self, *, is_midi: bool, is_input: bool = False, is_output: bool = False) -> list[object]:
        own: list[object] = [port for port in self.own if port.is_input is is_input]
        return own + [Foreign(name) for name in (self.takes if is_input else self.gives)]

    def owns(self, port: object) -> bool:
        return isinstance(port, FakePort)

    def connect(self, source: str, target: str) -> None:
        ours, theirs = (source, target) if source.startswith(f"{CLIENT}:") else (target, source)
        if theirs not in (self.takes if ours is source else self.gives):
            raise JackError(f"Error connecting {source!r} -> {target!r}")
        self.cables.setdefault(ours, set()).add(theirs)

    # What the test does

    def cycle(self, late_ns: int = 0) -> None:
        """Time goes on by one period, and the callback is called `late_ns` behind."""
        self.frame += PERIOD
        self._ns += PERIOD * 1e9 / RATE
        ManualClock.wait_until(self.clock, round(self._ns) + late_ns)
        self._process(PERIOD)

    def run(self, cycles: int) -> None:
        """So many cycles."""
        for _ in range(cycles):
            self.cycle()

    def skip(self) -> None:
        """A cycle that the client was too late for."""
        self.frame += PERIOD
        self._ns += PERIOD * 1e9 / RATE

    def leave(self, name: str) -> None:
        """Another program ends."""
        for names in (self.takes, self.gives):
            if name in names:
                names.remove(name)
        for cables in self.cables.values():
            cables.discard(name)
        self._registered(None, False)

    def come(self, name: str, *, takes: bool = True) -> None:
        """Another program starts."""
        (self.takes if takes else self.gives).append(name)
        self._registered(Foreign(name), True)


class ServerClock(ManualClock):
    """A clock whose waiting runs the server's cycles, as they run in the world meanwhile."""

    server: FakeServer | None = None

    def wait_until(self, at_ns: int) -> None:
        while self.server and self.server.is_active and not self.server.is_dead and self.now_ns() < at_ns:
            self.server.cycle()
        super().wait_until(at_ns)
