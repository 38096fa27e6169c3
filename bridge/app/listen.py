"""What is watched for as long as a person likes: the messages of one input, and ports that come and go.

Stepped by the loop of `app/loop`; neither waits, and neither prints: what is new is handed to `show`.
"""

from collections.abc import Callable
from typing import Final, Protocol

from bridge.core.clock import ATTENTIVE_NS, POLL_NS, Clock
from bridge.engine.loop import Stepped, run
from bridge.ports.base import InputPort, Simulated
from bridge.ports.listing import Listed, Listing

_LIST_NS: Final = 500_000_000  # a listing opens a client of the driver's each time: not more often


class Watched(Stepped, Protocol):
    """What is stepped while somebody looks on."""

    @property
    def has_ended(self) -> bool:
        """True when nothing can come any more."""
        ...

    @property
    def poll_ns(self) -> int:
        """How often it must be asked at least."""
        ...


class Attention:
    """Goes on until somebody asks for an end, from a signal handler too."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.is_over = False
        """True once an end was asked for."""

    def stop(self) -> None:
        """Ask for an end."""
        self.is_over = True

    def pay(self, watched: Watched) -> None:
        """Step what is watched until `stop`, or until nothing can come any more."""
        run(self.clock, (watched,), (), lambda: self.is_over or watched.has_ended, watched.poll_ns)


class Listener:
    """One input: each message with the time since the start."""

    def __init__(self, port: InputPort, start_ns: int, show: Callable[[int, bytes], None]) -> None:
        self._port = port
        self._start_ns = start_ns
        self._show = show

    @property
    def poll_ns(self) -> int:
        """How often it must be asked at least."""
        return ATTENTIVE_NS if isinstance(self._port, Simulated) else POLL_NS

    @property
    def next_ns(self) -> int | None:
        """When the next message comes, where that is known."""
        return self._port.next_ns if isinstance(self._port, Simulated) else None

    @property
    def has_ended(self) -> bool:
        """True for a tape or script that is through."""
        return isinstance(self._port, Simulated) and self._port.next_ns is None

    def step(self, now_ns: int) -> None:
        """Show what has come."""
        for at_ns, message in self._port.receive():
            self._show(at_ns - self._start_ns, message)


class Watcher:
    """The list of ports: each that has come or gone since the last look, twice a second."""

    has_ended: Final = False
    poll_ns: Final = ATTENTIVE_NS

    def __init__(
        self, look: Callable[[], Listing], show: Callable[[str, Listed], None], tell: Callable[[str, str], None]
    ) -> None:
        """`show` gets `=` for what is there at the start, `+` and `-` later; `tell` a driver and what it says."""
        self._look = look
        self._show = show
        self._tell = tell
        self._known: Listing | None = None
        self._next_ns = 0

    @property
    def next_ns(self) -> int | None:
        """When it looks again."""
        return self._next_ns

    def step(self, now_ns: int) -> None:
        """Look, if it is time."""
        if now_ns < self._next_ns:
            return
        self._next_ns = now_ns + _LIST_NS
        before, now = self._known, self._look()
        self._known = now
        for driver, text in now.silent.items():
            if before is None or before.silent.get(driver) != text:
                self._tell(driver, text)
        known = {_key(port): port for port in before.ports} if before else {}
        found = {_key(port): port for port in now.ports}
        for key, port in known.items():
            if key not in found:
                self._show("-", port)
        for key, port in found.items():
            if key not in known:
                self._show("+" if before else "=", port)


def _key(port: Listed) -> tuple[str, bool, str]:
    return port.driver, port.is_output, port.name
