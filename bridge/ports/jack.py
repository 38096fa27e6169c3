"""JACK's MIDI ports, exact to the frame; the only file that imports JACK-Client.

`jack:CLIENT:PORT` is a port of another program: ours is connected to it, and again when that program comes back.
`jack:=NAME` makes a port `midi-bridge:NAME` that is connected to nothing, for others to connect to.

All opened ports share one client of the server, whose process callback runs on JACK's thread once a cycle. It must
have the interpreter to itself: no other busy thread may live in its process (a busy one lost 91 % of the notes).
What is sent waits here by its due time and is written at its frame; it must be handed over `horizon_ns` ahead, since a
cycle is written as a whole. What comes in is handed to who has attached first; what is sent on while that lasts leaves
in the same cycle at the same frame. Frames are tied to the clock as `core/anchor` says.

It never starts a server. It refuses a system without JACK's library or server, everything once the server has stopped,
and a SysEx that is longer than JACK's buffer: an event there is a whole message, so no pieces may be sent.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from bridge.core.anchor import Follower, unwrapped
from bridge.core.clock import Clock
from bridge.errors import DriverError, UnknownPort
from bridge.ports.base import InputPort, OutputPort
from bridge.ports.jack_ports import OWN, POLL_NS, Handle, JackInput, JackOutput, JackPort

try:
    import jack
except (ImportError, OSError):  # no package, or no libjack behind it
    jack = None

JackError: type[Exception] = jack.JackError if jack else OSError

CLIENT: Final = "midi-bridge"
MAX_SHORT_NAME: Final = 60
_TWIN_INSTEAD: Final = "or play on a twin: --to twin:module"
_ANSWER_NS: Final = 2_000_000_000  # a server that runs has called by then


class Client:
    """The one client of this process, shared by all opened ports; `server` is a `jack.Client`."""

    _opened: "Client | None" = None

    def __init__(self, server: Any, clock: Clock) -> None:
        self.server = server
        self.clock = clock
        self.xruns = 0
        """Cycles that the server or a client of it was too late for."""
        self.refusal = ""
        """Why it is of no use any more; empty while it works."""
        self.cycles = 0
        self.max_event = 0
        """Bytes that an empty buffer holds, once a cycle has run."""
        self.period_ns = round(server.blocksize * 1e9 / server.samplerate)
        self.ports: tuple[JackPort, ...] = ()
        self._outputs: tuple[JackOutput, ...] = ()
        self._inputs: tuple[JackInput, ...] = ()
        self._cycle_lock = threading.Lock()
        self._follower = Follower(server.samplerate)
        self._frame = 0
        self._next_frame = 0
        self._has_slipped = False
        self._came: deque[str] = deque()
        self._stirred = threading.Event()
        self._is_closed = False
        self._activate()
        self._watcher = threading.Thread(target=self._watch, name="jack-connections", daemon=True)
        self._watcher.start()

    @classmethod
    def shared(cls, clock: Clock) -> "Client":
        """The client of this process, made by the first who asks. Raises DriverError."""
        client = cls._opened
        if client is None or client.refusal or client._is_closed:
            client = cls._opened = Client(_server(), clock)
        return client

    @classmethod
    @contextmanager
    def looking(cls) -> Iterator[Any]:
        """A client of the server to look around with: the shared one, or one for the while. Raises DriverError."""
        client = cls._opened
        if client and not client.refusal and not client._is_closed:
            yield client.server
            return
        server = _server()
        try:
            yield server
        finally:
            server.close()

    def output(self, name: str) -> JackOutput:
        """A new output of that name. Raises UnknownPort and DriverError."""
        output = JackOutput(self, name, self._register(name, self.server.midi_outports))
        self._open(output)
        return output

    def input(self, name: str) -> JackInput:
        """A new input of that name. Raises UnknownPort and DriverError."""
        source = JackInput(self, name, self._register(name, self.server.midi_inports))
        self._open(source)
        return source

    def remove(self, port: JackPort) -> None:
        """Take a port out of the cycle and away; with the last one the client goes too."""
        self._set_ports(tuple(one for one in self.ports if one is not port))
        with suppress(JackError):  # the server may be gone
            port.handle.unregister()
        self._close_if_unused()

    def write(self, handle: Handle, offset: int, message: bytes) -> bool:
        """Write into the cycle that runs; False where the buffer is full."""
        try:
            handle.write_midi_event(offset, message)
        except JackError:
            return False
        return True

    def wait_for_cycles(self, count: int, last_ns: int) -> None:
        """Return when so many more have begun, at `last_ns` at the latest, and at once if JACK has stopped."""
        until = self.cycles + count
        while self.cycles < until and not self.refusal and self.clock.now_ns() < last_ns:
            self.clock.wait_until(self.clock.now_ns() + POLL_NS)

    # The cycle, on JACK's thread

    def process(self, frames: int) -> None:
        """Run one cycle; if it fails, JACK never calls again, and the next `send` or `receive` says so."""
        is_whole = False
        try:
            with self._cycle_lock:
                self._run(frames)
            is_whole = True
        finally:
            if not is_whole:
                self._fail("its callback failed")

    def _run(self, frames: int) -> None:
        now_ns = self.clock.now_ns()
        first = self._frame = unwrapped(self._frame, self.server.last_frame_time)
        if first != self._next_frame or self._has_slipped:
            self._has_slipped = False
            self._follower.slip()
        behind = self._next_frame = first + frames
        anchor = self._follower.observe(first, now_ns)
        for source in self._inputs:
            source.inlet.run(first, anchor)
        for output in self._outputs:  # cleared not before all inputs are read: one may lead to another of ours
            output.handle.clear_buffer()
            output.outlet.run(first, behind, anchor)
        if not self.max_event and self._outputs:
            self.max_event = self._outputs[0].handle.max_event_size
        self.cycles += 1

    # What JACK tells, on a thread of its own; it may not be asked anything there

    def _on_xrun(self, delayed_us: float) -> None:
        self.xruns += 1
        self._has_slipped = True

    def _on_registration(self, port: Any, is_there: bool) -> None:
        if port is not None and is_there:
            self._came.append(port.name)
        self._stirred.set()

    def _on_connection(self, source: Any, target: Any, is_there: bool) -> None:
        self._stirred.set()

    def _on_shutdown(self, status: object, reason: str) -> None:
        self._fail(reason)

    def _fail(self, reason: str) -> None:
        self.refusal = f"JACK has stopped ({reason}); start its server, and start again"
        for port in self.ports:
            port.notice()

    def _watch(self) -> None:
        """Follow who is connected, and connect who came back: on a thread, since a callback may not ask for it."""
        while self._stirred.wait() and not self._is_closed:
            self._stirred.clear()
            self.look_around()

    def look_around(self) -> None:
        """See who is connected now, and connect who came back since the last look."""
        if self.refusal:
            return
        came = {self._came.popleft() for _ in range(len(self._came))}
        for port in self.ports:
            with suppress(JackError):  # gone again already
                if port.target in came and not port.handle.is_connected_to(port.target):
                    self._connect(port)
            port.see()

    # Opening and closing

    def _activate(self) -> None:
        self.server.set_process_callback(self.process)
        self.server.set_xrun_callback(self._on_xrun)
        self.server.set_shutdown_callback(self._on_shutdown)
        self.server.set_port_registration_callback(self._on_registration, only_available=False)
        self.server.set_port_connect_callback(self._on_connection, only_available=False)
        with _calling("JACK does not take another client"):
            self.server.activate()

    def _register(self, name: str, kind: Any) -> Handle:
        """A handle of our own; a client without any port goes."""
        try:
            with _calling(f"port '{name}' does not open in JACK", "see that no other has its name"):
                handle: Handle = kind.register(name.removeprefix(OWN) if name.startswith(OWN) else self._short(name))
        except DriverError:
            self._close_if_unused()
            raise
        return handle

    def _short(self, name: str) -> str:
        """What a port is called that leads to the port `name`: like that, and like no other of ours."""
        taken = {port.handle.name for port in self.ports}
        short = name.replace(":", " ")[:MAX_SHORT_NAME]
        tries = (short, *(f"{short} {number}" for number in range(2, len(taken) + 3)))
        return next(one for one in tries if f"{self.server.name}:{one}" not in taken)

    def _open(self, port: JackPort) -> None:
        """Put a port into the cycle and see it run; a failure leaves nothing behind."""
        self._set_ports((*self.ports, port))
        try:
            if port.target:
                self._connect(port)
            port.see()
            self.wait_for_cycles(1, self.clock.now_ns() + _ANSWER_NS)
            if not self.cycles and not self.refusal:
                self.refusal = "JACK's server does not run; start it again, and start again"
            if self.refusal:
                raise DriverError(self.refusal)
        except JackError as failed:
            port.close()
            raise UnknownPort(f"port '{port.name}' is not there any more; midi-bridge ports says what is") from failed
        except DriverError:
            port.close()
            raise

    def _connect(self, port: JackPort) -> None:
        ends = (port.handle.name, port.target)
        self.server.connect(*(ends if isinstance(port, JackOutput) else reversed(ends)))

    def _set_ports(self, ports: tuple[JackPort, ...]) -> None:
        """Between two cycles: none may be using a port that is taken away."""
        with self._cycle_lock:
            self.ports = ports
            self._outputs = tuple(port for port in ports if isinstance(port, JackOutput))
            self._inputs = tuple(port for port in ports if isinstance(port, JackInput))

    def _close_if_unused(self) -> None:
        if self.ports:
            return
        self._is_closed = True
        self._stirred.set()
        self._watcher.join(_ANSWER_NS / 1e9)
        self.server.deactivate()
        self.server.close()


def outputs() -> list[str]:
    """Where other programs take MIDI in; `DriverError` where there is no JACK."""
    return _names(is_input=True)


def inputs() -> list[str]:
    """Where other programs give MIDI out; `DriverError` where there is no JACK."""
    return _names(is_output=True)


def open_output(name: str, clock: Clock) -> OutputPort:
    """The output to the other program's port of exactly that name, or one of our own. Raises as `Client.output`."""
    return Client.shared(clock).output(name)


def open_input(name: str, clock: Clock) -> InputPort:
    """The input from the other program's port of exactly that name, or one of our own. Raises as `Client.input`."""
    return Client.shared(clock).input(name)


def _names(**wanted: bool) -> list[str]:
    with Client.looking() as server, _calling("JACK does not say which ports it has"):
        return [port.name for port in server.get_ports(is_midi=True, **wanted) if not server.owns(port)]


def _server() -> Any:
    if jack is None:
        raise DriverError(f"JACK is not installed; install jackd2 or pipewire-jack, {_TWIN_INSTEAD}")
    jack.set_error_function(_hush)
    jack.set_info_function(_hush)
    try:
        return jack.Client(CLIENT, no_start_server=True)
    except jack.JackOpenError as failed:
        raise DriverError(f"no JACK server runs; start jackd or pipewire, {_TWIN_INSTEAD}") from failed


def _hush(said: str) -> None:
    """What the library would print on the user's stderr; what matters of it, its calls return."""


@contextmanager
def _calling(trouble: str, way_out: str = "see that its server runs") -> Iterator[None]:
    """Turn the driver's exceptions into ours."""
    try:
        yield
    except JackError as failed:
        raise DriverError(f"{trouble}: {failed}; {way_out}") from failed
