"""Everything that plays one session, put together: ports, engine, host, the pipes between them, one loop.

The composition root of `demo` and of `play --fast`, in one process and on any clock; where engine and host are
processes it is `hosting`. The two know each other only by the frames in the pipes. Whatever ends the loop, every
instrument is silent and everything is on disk before the stage is left.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from enum import IntEnum

from bridge.app.host import Host, News
from bridge.app.rig import Rig
from bridge.app.routing import routed
from bridge.core.arrival import Loop
from bridge.core.clock import ATTENTIVE_NS, POLL_NS, Clock
from bridge.engine.engine import Engine
from bridge.engine.link import Ask, Route
from bridge.engine.loop import Stepped, Wakes, run
from bridge.engine.pipe import Pipe
from bridge.ports.base import InputPort, Paced, Simulated
from bridge.ports.drain import drain
from bridge.session.journal import Journal
from bridge.session.session import Session
from bridge.surface.surface import Surface


class _Stop(IntEnum):
    """How far a wish to stop has come."""

    NOT_ASKED = 0
    WANTED = 1
    ASKED = 2
    AT_ONCE = 3
    """Asked again: what still waits for a slow wire is cut off."""


class Stage:
    """A session on a rig; made, played, and closed once."""

    def __init__(
        self,
        clock: Clock,
        session: Session,
        journal: Journal,
        rig: Rig,
        surface: Surface,
        inputs: Sequence[InputPort] = (),
        *,
        rules: Sequence[Route] = (),
        latencies_ns: Sequence[int] = (),
        absent: Collection[str] = (),
        delay_ns: int = 0,
        waits_for_disk: bool = False,
    ) -> None:
        self.clock = clock
        self.rig = rig
        down, up = Pipe(delay_ns), Pipe(delay_ns)
        routing = routed(session.song, journal, [port.name for port in rig.outputs], rig.instruments, absent)
        self.engine = Engine(rig.outputs, inputs, down, up, clock, latencies_ns)
        self.host = Host(
            session,
            journal,
            surface,
            routing,
            down,
            up,
            instruments=rig.instruments,
            rules=rules,
            waits_for_disk=waits_for_disk,
        )
        self._wakes: list[Wakes] = [port for port in inputs if isinstance(port, Simulated)]
        self._paced = [port for port in rig.outputs if isinstance(port, Paced)]
        self._poll_ns = POLL_NS if len(self._wakes) < len(inputs) else ATTENTIVE_NS
        self._stop = _Stop.NOT_ASKED
        self._delay_ns = delay_ns

    def stop(self) -> None:
        """Ask for an end, from a signal handler too: the music stops, then `play` returns."""
        self._stop = _Stop.WANTED if self._stop < _Stop.ASKED else _Stop.AT_ONCE

    def play(
        self,
        loop: Loop | None = None,
        passes: int = 0,
        others: Sequence[Stepped] = (),
        show: Callable[[News], None] = lambda news: None,
    ) -> None:
        """Play once, or round a loop, until the last note has rung out or `stop`; then leave the stage."""

        def is_over() -> bool:
            self._show(show)
            return self._is_over()

        try:
            now_ns = self.clock.now_ns()
            self.host.open(now_ns)
            self.host.request(Ask.PLAY, now_ns, loop.start if loop else 0, loop, passes)
            steps = (*others, self.engine, self.host)
            run(self.clock, steps, self._wakes, is_over, self._poll_ns)
        finally:
            self.close(show)

    def _is_over(self) -> bool:
        """True when the song has stopped and nothing is under way between engine, host, disk and wires."""
        if self._stop is _Stop.WANTED:
            self._stop = _Stop.ASKED
            self.host.request(Ask.STOP, self.clock.now_ns())
        has_ended = self.host.has_stopped or (self._stop and not self.host.epoch.rolling)
        has_waiting = self._stop < _Stop.AT_ONCE and any(port.next_ns is not None for port in self._paced)
        return bool(has_ended) and self.host.next_ns is self.engine.down.next_ns is None and not has_waiting

    def _show(self, show: Callable[[News], None]) -> None:
        for news in self.host.news:
            show(news)
        self.host.news.clear()

    def close(self, show: Callable[[News], None]) -> None:
        """Silence every instrument, let what is on the wires arrive, put everything on disk."""
        now_ns = self.clock.now_ns()
        with ExitStack() as last:  # from the last line to the first, and each whatever became of those before
            last.callback(self._ring_out)
            last.callback(self._show, show)
            last.callback(self.host.close, now_ns)
            last.callback(self.host.step, now_ns + self._delay_ns)
            last.callback(self.engine.close, now_ns)

    def _ring_out(self) -> None:
        drain(self._paced, self.clock)
