"""The engine's process and its watchdog, as their host sees them: how they are started and how they end.

Called by the host's one thread. It refuses to start on a system that cannot hand a socket on to another process.
"""

import os
import select
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.core.clock import Clock
from bridge.engine import watchdog
from bridge.engine.channel import Channel
from bridge.engine.link import Opened
from bridge.engine.process import Ports, Setup
from bridge.errors import BridgeError, CallerError, DriverError
from bridge.ports.base import LONGEST_CLOSE_NS
from bridge.ports.clock import WakingClock

_PATIENCE_NS: Final = 5_000_000_000  # and what its ports may need to close, one behind the other
_OPENING_NS: Final = 30_000_000_000
_LOOK_NS: Final = 100_000_000


def can_start() -> bool:
    """True where engine and host are processes of their own."""
    return hasattr(socket, "AF_UNIX") and os.name == "posix"


@dataclass(frozen=True, slots=True)
class EngineProcess:
    """A running engine and its watchdog; `channel` is the host's end of the link."""

    channel: Channel
    process: subprocess.Popen[bytes]
    guard: subprocess.Popen[bytes]
    page: Path
    patience_ns: int
    """So long it may take to end."""

    def ports(self, clock: Clock) -> Ports:
        """What it has opened, waiting for its first word. Raises what opening raised, or DriverError."""
        waiting = WakingClock()
        waiting.readers = [self.channel]
        last_ns = clock.now_ns() + _OPENING_NS
        while (now_ns := clock.now_ns()) < last_ns and not self.channel.is_closed:
            for frame in self.channel.receive(now_ns):
                if isinstance(frame, Opened):
                    return self._watched(_accepted(Ports.parse(frame.text)))
            waiting.wait_until(now_ns + _LOOK_NS)
        raise DriverError("the engine did not start; midi-bridge doctor looks for the reason")

    def _watched(self, ports: Ports) -> Ports:
        """The ports, once they are watched. Raises DriverError."""
        assert self.guard.stdout
        has_said, _, _ = select.select([self.guard.stdout], (), (), _OPENING_NS / 1e9)
        if not has_said or self.guard.stdout.read(1) != watchdog.READY:
            raise DriverError("the engine's watchdog did not start; midi-bridge doctor looks for the reason")
        return ports

    def end(self) -> None:
        """Hang up and see it off; one that does not go is killed, and its watchdog silences what it left."""
        self.channel.close()
        for process in (self.process, self.guard):
            try:
                process.wait(self.patience_ns / 1e9)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.page.unlink(missing_ok=True)


def start(
    page: Path, session: Path, run: str, outputs: Sequence[str], source: str | None, latencies_ns: Sequence[int]
) -> EngineProcess:
    """Start an engine on those ports, as typed, and what watches it. Raises DriverError."""
    ours, theirs = socket.socketpair()
    life, held = os.pipe()
    setup = Setup(theirs.fileno(), held, str(page), str(session), run, tuple(outputs), source, tuple(latencies_ns))
    watch = watchdog.Watch(life, str(page), tuple(outputs))
    page.unlink(missing_ok=True)
    try:
        engine = _run("bridge.engine.process", str(setup), (theirs.fileno(), held), subprocess.DEVNULL)
        guard = _run("bridge.engine.watchdog", str(watch), (life,), subprocess.PIPE)
    except OSError as failed:
        raise DriverError(f"the engine could not be started: {(failed.strerror or str(failed)).lower()}") from failed
    finally:
        theirs.close()
        os.close(life)
        os.close(held)
    return EngineProcess(Channel(ours), engine, guard, page, _PATIENCE_NS + len(outputs) * LONGEST_CLOSE_NS)


def _run(module: str, order: str, handed_on: Sequence[int], stdout: int) -> subprocess.Popen[bytes]:
    """A process of its own, which no Ctrl-C and no closed terminal reaches."""
    return subprocess.Popen(
        [sys.executable, "-m", module, order],
        pass_fds=handed_on,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        start_new_session=True,
    )


def _accepted(ports: Ports) -> Ports:
    if ports.refusal:
        raise (CallerError if ports.code == CallerError.exit_code else BridgeError)(ports.refusal)
    return ports
