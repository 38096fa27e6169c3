"""The host as a process of its own: `python -m bridge.app.hosting VIEW`, started by `play`; its order comes by stdin.

It opens the session, starts the engine, and plays until the song is over, somebody asks it to stop, or the engine is
gone. Faces are clients of its local socket; the one that started it has a connection from the beginning. Whatever
becomes of them, the music goes on, and everything is on the disk before it ends.
"""

import json
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final
from uuid import uuid4

from bridge.app import engines, local
from bridge.app.host import Host
from bridge.app.player import Wanted, get_ready, introduction
from bridge.app.rig import stands_behind
from bridge.app.routing import routed
from bridge.core.clock import ATTENTIVE_NS
from bridge.engine import unsaved
from bridge.engine.link import Acknowledged, Ask
from bridge.engine.loop import run
from bridge.engine.process import Ports
from bridge.errors import BadOption, BridgeError, DriverError
from bridge.ports.clock import WakingClock
from bridge.session import disk
from bridge.session.session import Source

_BRIEF_NS: Final = 1_000_000_000
"""What takes longer to end is said."""
_FINISHING_NS: Final = 300_000_000_000
"""For so long at most the rest of a song is sent to a slow wire: half a megabyte on 5-pin DIN takes less."""
_ALL: Final = (1 << 32) - 1  # the greatest number that an arrival can have


@dataclass(frozen=True, slots=True)
class Order:
    """What a face wants played: the song, where its session lies, and how."""

    name: str
    data: str
    session: str
    wanted: Wanted

    @classmethod
    def of(cls, source: Source, session: Path, wanted: Wanted) -> "Order":
        """The order for a song."""
        return cls(source.name, source.data.hex(), str(session), wanted)

    @classmethod
    def parse(cls, text: str) -> "Order":
        """The order that `str` made this text of."""
        found = json.loads(text)
        return cls(**{**found, "wanted": Wanted.of(found["wanted"])})

    def __str__(self) -> str:
        return json.dumps(asdict(self))

    @property
    def source(self) -> Source:
        """The song itself."""
        return Source.of(self.name, bytes.fromhex(self.data))


class Hosting:
    """One session being played: its host, its engine's process, and everybody who watches."""

    def __init__(self, order: Order, server: local.Server, clock: WakingClock, undo: ExitStack) -> None:
        self.clock = clock
        self.server = server
        path = Path(order.session).absolute()
        try:
            unsaved.path_of(path)  # says now what nobody could be told when it is needed
        except OSError as failed:
            raise disk.cannot_write(path, failed) from failed
        wanted = order.wanted
        run_id = uuid4().hex
        stem = local.stem_of(path)
        self.ready = ready = get_ready(order.source, path, clock, run_id, wanted)
        self.planned, self.opened, self.loop = ready.planned, ready.opened, ready.loop
        with ExitStack() as abandon:
            abandon.callback(self.opened.abandon)
            self.engine = engines.start(
                stem.with_suffix(f".{run_id[:8]}.page"),
                path,
                run_id,
                self.planned.outputs,
                self.planned.source,
                ready.latencies_ns,
            )
            undo.callback(self.engine.end)
            # Of a play that never was nothing is kept: its run goes too.
            abandon.callback(self.engine.channel.send, Acknowledged(_ALL), 0)
            ports = self.engine.ports(clock)
            self.names = [name for name, _ in ports.outputs]
            self.host = self._host(ports)
            abandon.pop_all()
        self.lines = [*self.opened.warnings, *([ports.note] if ports.note else [])]
        try:
            server.listen(local.socket_of(path))
        except OSError as failed:
            self.lines.append(f"no other terminal can reach this session: {(failed.strerror or str(failed)).lower()}")
        self.lines += introduction(self.host, self.planned)
        self._stop = self._has_asked = False

    def _host(self, ports: Ports) -> Host:
        session, journal = self.opened.session, self.opened.journal
        there = stands_behind(self.names, [twins for _, twins in ports.outputs], self.planned.behind)
        routing = routed(session.song, journal, self.names, there, self.planned.absent)
        link = self.engine.channel
        return Host(
            session, journal, self.ready.surface, routing, link, link, instruments=there, rules=self.ready.rules
        )

    def stop(self) -> None:
        """Ask for an end, from a signal handler too."""
        self._stop = True

    def play(self) -> None:
        """Play until it is over; then everything is silent and saved. Raises DiskError, DriverError."""
        for line in self.lines:
            self.server.tell({"say": line})
        now_ns = self.clock.now_ns()
        self.clock.writers = [self.engine.channel]
        try:
            self.host.open(now_ns)
            self.host.request(Ask.PLAY, now_ns, self.loop.start if self.loop else 0, self.loop)
            self._run(self._is_over)
        finally:
            self._close()

    def answer(self, message: local.Message) -> local.Message:
        """What somebody asked of the running session."""
        deed = _DEEDS.get(str(message.get("do")))
        if deed is None:
            return {"error": f"'{message.get('do')}' is nothing that can be asked of a session", "code": 2}
        try:
            return {"answer": deed(self, message)}
        except BridgeError as fault:
            return {"error": str(fault), "code": fault.exit_code}

    def _is_over(self) -> bool:
        if self.engine.channel.is_closed:
            return True
        if self._stop and not self._has_asked and self.host.epoch.rolling:
            self._has_asked = True
            self.host.request(Ask.STOP, self.clock.now_ns())
        return self.host.has_stopped or (self._stop and not self.host.epoch.rolling and self.host.epoch.number > 0)

    def _show(self) -> None:
        for news in self.host.news:
            self.server.tell({"news": news.kind, "text": news.text})
        self.host.news.clear()

    def _close(self) -> None:
        """Have the engine let go of everything, take in what still came, save it all, see the engine off."""
        has_died = self.engine.channel.is_closed
        with ExitStack() as last:  # from the last line to the first, and each whatever became of those before
            last.callback(self._show)
            last.callback(lambda: self.host.close(self.clock.now_ns()))
            last.callback(self._quit)
            last.callback(self._finish)
        if has_died:
            raise DriverError("the engine ended unexpectedly; what was down was let go of, and everything is saved")

    def _finish(self) -> None:
        """See what waits for a slow wire off, such as a long SysEx, until somebody asks for an end (again)."""
        self._stop = False
        self.host.request(Ask.FINISH, self.clock.now_ns())
        self._wait(_BRIEF_NS, self._has_ended)
        if not self._has_ended():
            self.server.tell({"say": "the rest is on its way to a slow wire; Ctrl-C cuts it off"})
            self._wait(_FINISHING_NS, lambda: self._has_ended() or self._stop)

    def _quit(self) -> None:
        if not self._has_ended():
            self.host.request(Ask.QUIT, self.clock.now_ns())
            self._wait(self.engine.patience_ns, self._has_ended)

    def _has_ended(self) -> bool:
        return self.host.has_quit or self.engine.channel.is_closed

    def _wait(self, patience_ns: int, is_over: Callable[[], bool]) -> None:
        """Go on until it is over, so long at most."""
        last_ns = self.clock.now_ns() + patience_ns
        self._run(lambda: is_over() or self.clock.now_ns() >= last_ns)

    def _run(self, is_over: Callable[[], bool]) -> None:
        """Serve the engine and all who watch until it is over."""

        def shown() -> bool:
            self._show()
            self.clock.readers = [self.engine.channel, *self.server.readers]
            return is_over()

        run(self.clock, (self.host, self.server), (), shown, ATTENTIVE_NS)

    # What others ask

    def undo(self, message: local.Message) -> object:
        """Take back an author's newest correction."""
        correction = self.host.undo(str(message.get("author")), self.clock.now_ns())
        return self.save(message) and f"{correction}: {correction.label}"

    def save(self, message: local.Message) -> object:
        """Return when all that was played and corrected so far is on the disk."""
        self.opened.journal.wait(self.opened.journal.commit())
        return str(self.opened.journal.path)

    def exported(self, message: local.Message) -> object:
        """Note that the song was written to a file."""
        self.opened.journal.export(str(message.get("name")), str(message.get("sha256")), self.clock.wall_ns())
        return self.save(message)

    def watch(self, message: local.Message) -> object:
        """What whoever came later has missed."""
        return [*self.lines, f"now {'playing' if self.host.epoch.rolling else 'stopped'}"]

    def route(self, message: local.Message) -> object:
        """Send parts elsewhere; where each goes then."""
        try:
            changes = json.loads(str(message.get("changes")))
        except (ValueError, RecursionError):
            changes = None
        if not isinstance(changes, list) or not all(isinstance(one, str) for one in changes):
            raise BadOption("what is to be sent elsewhere is no list of texts; midi-bridge route --help says how")
        found = self.host.route(changes, self.clock.now_ns())
        return self.save(message) and found

    def ask_stop(self, message: local.Message) -> object:
        """End the music and the session."""
        self.stop()
        return None

    def panic(self, message: local.Message) -> object:
        """Let go of everything, on every port."""
        self.host.request(Ask.PANIC, self.clock.now_ns())
        return self.names


_DEEDS: Final[dict[str, Callable[[Hosting, local.Message], object]]] = {
    "undo": Hosting.undo,
    "save": Hosting.save,
    "exported": Hosting.exported,
    "route": Hosting.route,
    "watch": Hosting.watch,
    "stop": Hosting.ask_stop,
    "panic": Hosting.panic,
}


def main() -> None:
    """The whole life of a host."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    order = Order.parse(sys.stdin.read())
    clock = WakingClock()
    log = local.log_of(Path(order.session))
    with ExitStack() as undo:
        hosting: Hosting | None = None
        server = local.Server(lambda message: hosting.answer(message) if hosting else {"error": "not yet", "code": 1})
        undo.callback(_forget_log, log)
        undo.callback(server.close)
        undo.push(partial(_tell_why, server, log))
        server.adopt(socket.socket(fileno=int(sys.argv[1])))
        try:
            hosting = Hosting(order, server, clock, undo)
            signal.signal(signal.SIGTERM, lambda *_: hosting.stop())
            if order.wanted.selftest_load == "gil":
                threading.Thread(target=_be_busy, daemon=True).start()
            hosting.play()
            made = sum(one.live for one in hosting.opened.session.corrections.values())
            code = 1 if hosting.host.has_failed else 0
            server.tell({"end": code, "corrections": made, "session": order.session})
        except BridgeError as fault:
            server.tell({"error": str(fault), "code": fault.exit_code})


def _tell_why(
    server: local.Server,
    log: Path,
    kind: type[BaseException] | None,
    fault: BaseException | None,
    at: TracebackType | None,
) -> bool:
    """Put what should never happen into the log, and its reason into the one line that everybody gets."""
    if fault is None:
        return False
    traceback.print_exception(fault)
    reason = traceback.format_exception_only(fault)[-1].strip()
    server.tell({"error": f"the host failed: {reason}; see '{log}'", "code": BridgeError.exit_code})
    return True


def _forget_log(log: Path) -> None:
    """Leave no log behind in which nothing stands."""
    if log.exists() and not log.stat().st_size:
        log.unlink()


def _be_busy() -> None:
    """A thread that never lets go of the interpreter, for measuring that the music does not care."""
    number = 0
    while True:
        number = (number * 1_103_515_245 + 12_345) & 0x7FFFFFFF


if __name__ == "__main__":
    main()
