"""The ports of JACK as the engine sees them: an output that waits for its frame, an input that knows it.

Made by the client in `ports/jack`, which says what they are connected to. They refuse what `ports/jack` says.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, Protocol

from bridge.core.clock import Clock
from bridge.errors import DriverError, Refused
from bridge.ports.base import LONGEST_CLOSE_NS, Capabilities, closed
from bridge.ports.jack_cycle import Inlet, Outlet

OWN: Final = "="
"""Begins the name of a port that is made and not connected."""
HORIZON_NS: Final = 20_000_000
"""Messages are handed over so long ahead at least: the engine's loop may stand still for as long."""
POLL_NS: Final = 1_000_000
"""How often is looked whether something has left."""
_DELIVERY: Final = 2  # cycles that must have begun after a message was written before its port may go


class Handle(Protocol):
    """What is used of `jack.OwnMidiPort`."""

    name: str
    max_event_size: int

    def clear_buffer(self) -> None:
        """Begin the cycle with nothing written."""
        ...

    def write_midi_event(self, time: int, event: bytes) -> None:
        """Write one event at a frame of this cycle; an error of JACK's if the buffer is full."""
        ...

    def incoming_midi_events(self) -> Iterable[tuple[int, bytes]]:
        """The frame and bytes of each event of this cycle."""
        ...

    def is_connected_to(self, port: str) -> bool:
        """True while a cable leads there."""
        ...

    def unregister(self) -> None:
        """Take the port away."""
        ...


class Connected(Protocol):
    """What the ports ask of the client that made them."""

    clock: Clock
    refusal: str
    xruns: int
    period_ns: int
    max_event: int

    def write(self, handle: Handle, offset: int, message: bytes) -> bool:
        """Write into the cycle that runs; False where the buffer is full."""
        ...

    def wait_for_cycles(self, count: int, last_ns: int) -> None:
        """Return when so many more have begun, at `last_ns` at the latest."""
        ...

    def remove(self, port: "JackPort") -> None:
        """Take a port away."""
        ...


class JackPort:
    """What an output and an input have in common."""

    def __init__(self, client: Connected, name: str, handle: Handle) -> None:
        self.name = name
        self.handle = handle
        self.target = "" if name.startswith(OWN) else name
        """The port of the other program, empty for one that is made."""
        self.is_connected = True
        """False while the other program is gone or the cable is pulled out."""
        self._client = client
        self._is_closed = False

    @property
    def xruns(self) -> int:
        """Cycles that the server or a client of it was too late for, since the first port was opened."""
        return self._client.xruns

    def see(self) -> None:
        """Look whether the other end is there."""
        is_connected = not self.target or bool(self.handle.is_connected_to(self.target))
        if is_connected is not self.is_connected:
            self.is_connected = is_connected
            self.notice()

    def notice(self) -> None:
        """Something is to be seen at this port."""

    def close(self) -> None:
        """Take the port away; closing twice is fine."""
        if not self._is_closed:
            self._is_closed = True
            self._client.remove(self)

    def _check(self) -> None:
        if self._is_closed:
            raise closed(self.name)
        if self._client.refusal:
            raise DriverError(self._client.refusal)


class JackOutput(JackPort):
    """An output into JACK."""

    def __init__(self, client: Connected, name: str, handle: Handle) -> None:
        super().__init__(client, name, handle)
        horizon_ns = max(2 * client.period_ns, HORIZON_NS)
        self.capabilities = Capabilities(sees_unplug=bool(self.target), cancels=True, horizon_ns=horizon_ns)
        self.outlet = Outlet(partial(client.write, handle))

    @property
    def late(self) -> int:
        """Messages that were handed over in time, or just at it, and left over a cycle late."""
        return self.outlet.late

    @property
    def worst_late_ns(self) -> int:
        """The worst of them."""
        return self.outlet.worst_late_ns

    def send(self, message: bytes, due_ns: int) -> None:
        """Let it leave at `due_ns`, with the next cycle if that is past; from any thread, the callback's too."""
        self._check()
        if not self.is_connected:
            return
        if self._client.max_event and len(message) > self._client.max_event:
            raise Refused(
                f"port '{self.name}': a SysEx of {len(message):,} bytes is longer than JACK's buffer"
                f" ({self._client.max_event:,}); take it out of the file, or send it with another program"
            )
        if self.outlet.is_stuck:
            raise DriverError("JACK has stopped calling; start its server again, and start again")
        now_ns = self._client.clock.now_ns()
        self.outlet.put(message, due_ns, due_ns if due_ns > now_ns else now_ns + self._client.period_ns)

    def cancel(self) -> None:
        """Call back all that has not left, but what lets go of notes and pedals."""
        self.outlet.cancel()

    def notice(self) -> None:
        """Who is gone hears nothing of what waited meanwhile."""
        if not self.is_connected:
            self.outlet.forget()

    def close(self) -> None:
        """Let what waits leave, after half a second only what lets go, then take the port away."""
        if self._is_closed:
            return
        clock = self._client.clock
        last_ns = clock.now_ns() + LONGEST_CLOSE_NS
        while not self.outlet.is_empty and not self._client.refusal and clock.now_ns() < last_ns:
            clock.wait_until(clock.now_ns() + POLL_NS)
        self.outlet.cancel()
        self._client.wait_for_cycles(_DELIVERY, max(last_ns, clock.now_ns() + 2 * _DELIVERY * self._client.period_ns))
        super().close()


class JackInput(JackPort):
    """An input from JACK; each message has the moment of its frame."""

    def __init__(self, client: Connected, name: str, handle: Handle) -> None:
        super().__init__(client, name, handle)
        self.capabilities = Capabilities(sees_unplug=bool(self.target), stamps_input=True)
        self.inlet = Inlet(handle.incoming_midi_events)

    def attach(self, take: Callable[[int, bytes], bool]) -> None:
        """Call `take` for each message in its own cycle; what it refuses waits for `receive`, and all behind it."""
        self.inlet.take = take

    def receive(self) -> list[tuple[int, bytes]]:
        """What has come in and was not taken, in order; `DriverError` once closed or once JACK has stopped."""
        self._check()
        return self.inlet.receive()

    def fileno(self) -> int:
        """Readable while something waits, and when there is something to notice."""
        return self.inlet.bell.fileno()

    def notice(self) -> None:
        """Wake who waits."""
        self.inlet.bell.ring()

    def close(self) -> None:
        """Take the port away, and the descriptor with it."""
        super().close()
        self.inlet.bell.close()
