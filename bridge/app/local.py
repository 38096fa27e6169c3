"""The local socket of a session that is being played: other programs of the same person find its host there.

A host has one `Server`, stepped by its one thread; a face, or a command in a second terminal, connects with `call` or
`connect`. Only the owner can open it. Both sides send JSON lines: a client asks `{"do": "undo", …}` and gets one
answer `{"answer": …}` or `{"error": text, "code": n}`; a client that has asked to `watch` gets every event besides.
Who asks in vain says so in one line after a while; what it asked with a time, `until_ns`, is not done behind that.
"""

import hashlib
import json
import os
import socket
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from bridge.engine.outbox import Outbox
from bridge.errors import BridgeError, CallerError, DriverError
from bridge.ports.clock import SystemClock
from bridge.profiles import places
from bridge.session.stored import BUSY_S

Message = dict[str, Any]
_PIECE: Final = 1 << 16
_BOUND: Final = 1 << 20  # bytes that wait for a client that does not read; then it is let go
_LONGEST_ASK: Final = 1 << 16
_PATIENCE_S: Final = 5.0
_ANSWER_S: Final = BUSY_S + 2  # longer than a host waits for one who reads the session's file
_LONGEST_FOLDER: Final = 70  # a socket's path has 103 bytes at most, on macOS


def folder() -> Path:
    """Where sockets and pages of running sessions lie, for their owner alone. Raises DriverError."""
    path = _made()
    found = path.stat()
    if found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise DriverError(f"'{path}' is open to others; remove it, or make it yours alone with chmod 700")
    return path


def _made() -> Path:
    """The folder itself; where the system has none for this user, or none that can be made, one for temporary files."""
    path = places.runtime()
    if len(os.fsencode(path)) <= _LONGEST_FOLDER:
        with suppress(OSError):
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            return path
    try:
        path = Path(tempfile.gettempdir()) / f"midi-bridge-{os.getuid()}"
        path.mkdir(exist_ok=True, mode=0o700)
    except OSError as failed:
        reason = (failed.strerror or str(failed)).lower()
        way_out = "set XDG_RUNTIME_DIR to a folder that is yours alone"
        raise DriverError(f"there is no folder for sessions that are played: '{path}': {reason}; {way_out}") from failed
    return path


def stem_of(session: Path) -> Path:
    """The path that belongs to a session there, without a suffix; the same for every way to write its name."""
    return folder() / hashlib.sha256(os.fsencode(os.path.realpath(session))).hexdigest()[:24]


def socket_of(session: Path) -> Path:
    """Where the host of a session listens."""
    return stem_of(session).with_suffix(".sock")


def log_of(session: Path) -> Path:
    """Where host, engine and watchdog of a session say what should never happen."""
    return stem_of(session).with_suffix(".log")


class Client:
    """One who has connected to a server, as the server sees him."""

    def __init__(self, end: socket.socket) -> None:
        self.is_watching = False
        self.is_gone = False
        self._socket = end
        self._in = bytearray()
        self._out = Outbox(end)

    def fileno(self) -> int:
        """The descriptor of the connection."""
        return self._socket.fileno()

    @property
    def waits_to_send(self) -> bool:
        """True while it has not taken everything."""
        return len(self._out) > 0 and not self.is_gone

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send it one line; one who does not read is let go, since the music must not wait for him."""
        self._out.put(json.dumps(message).encode() + b"\n")
        self.is_gone = self.is_gone or self._out.is_gone or len(self._out) > _BOUND

    def flush(self) -> None:
        """Send what waits, as far as it goes."""
        self._out.flush()
        self.is_gone = self.is_gone or self._out.is_gone

    def asked(self) -> Iterator[Message]:
        """What it has asked since the last call; one who talks no JSON is let go."""
        self._read()
        while b"\n" in self._in:
            line, _, rest = bytes(self._in).partition(b"\n")
            self._in[:] = rest
            try:
                message = json.loads(line)
            except (ValueError, RecursionError):
                message = None
            if not isinstance(message, dict):
                self.is_gone = True
                return
            yield message
        self.is_gone = self.is_gone or len(self._in) > _LONGEST_ASK

    def _read(self) -> None:
        try:
            data = self._socket.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._in += data
        self.is_gone = self.is_gone or not data

    def close(self, patience_s: float = 0.0) -> None:
        """Hang up, once it has read what was told, if it does so in time."""
        with suppress(TimeoutError):
            self._out.drain(patience_s)
        self._socket.close()


class Server:
    """The host's side: `answer` is asked for each request, and gives what to send back."""

    next_ns: Final = None

    def __init__(self, answer: Callable[[Message], Message]) -> None:
        self.clients: list[Client] = []
        self._answer = answer
        self._listener: socket.socket | None = None
        self._path: Path | None = None

    def listen(self, path: Path) -> None:
        """Be found at `path`, for the owner alone; whatever was there is of a host that is gone. Raises OSError."""
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        mask = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(mask)
        listener.listen()
        listener.setblocking(False)
        self._listener, self._path = listener, path

    def adopt(self, end: socket.socket) -> None:
        """Take in one who is connected already, and watches."""
        client = Client(end)
        client.is_watching = True
        self.clients.append(client)

    @property
    def readers(self) -> list[Client | socket.socket]:
        """All whose descriptors may become readable."""
        return [*self.clients, *([self._listener] if self._listener else [])]

    def step(self, now_ns: int) -> None:
        """Take in who has come, answer who has asked, forget who is gone."""
        self._accept()
        for client in self.clients:
            client.flush()
            for message in client.asked():
                if _is_late(message, now_ns):
                    continue
                if message.get("do") == "watch":
                    client.is_watching = True
                client.tell(self._answer(message))
        for client in [one for one in self.clients if one.is_gone]:
            self.clients.remove(client)
            client.close()

    def _accept(self) -> None:
        while self._listener:
            try:
                end, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError):
                return
            self.clients.append(Client(end))

    def tell(self, event: Mapping[str, Any]) -> None:
        """One event for all who watch."""
        for client in self.clients:
            if client.is_watching:
                client.tell(event)

    def close(self) -> None:
        """Be found no more, and let everybody read what was told."""
        if self._listener:
            self._listener.close()
        if self._path:
            self._path.unlink(missing_ok=True)
        for client in self.clients:
            client.close(_PATIENCE_S)
        self.clients.clear()


def _is_late(message: Message, now_ns: int) -> bool:
    """True where whoever asked has been told by now that nobody answers."""
    until_ns = message.get("until_ns")
    return isinstance(until_ns, int) and until_ns < now_ns


class Line:
    """A face's end of a connection; used by one thread, which may wait."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._file = end.makefile("rb")

    @property
    def patience_s(self) -> float | None:
        """How long the host has for its first word; None for ever."""
        return self._socket.gettimeout()

    def ask(self, message: Mapping[str, Any]) -> None:
        """Send one request; one who is gone does not hear it."""
        with suppress(OSError):
            self._socket.sendall(json.dumps(message).encode() + b"\n")

    def read(self) -> Message | None:
        """The next line, waiting for it; None when the host is gone.

        Raises DriverError where patience ends, which is for the first line: who has spoken may be silent for long.
        """
        try:
            line = self._file.readline()
        except TimeoutError:
            raise _silent(self._socket) from None
        except OSError:
            return None
        if not line.endswith(b"\n"):
            return None
        self._socket.settimeout(None)
        message = json.loads(line)
        return message if isinstance(message, dict) else None

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()


def _silent(end: socket.socket) -> DriverError:
    """The one line for a host that stands still, with its process where the system tells."""
    way_out = "end it"
    if sys.platform == "linux":
        pid, _, _ = struct.unpack("3i", end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
        way_out += f" with kill -9 {pid}" if pid else ""  # a process of another namespace has no number here
    what = "the host of a session that is being played does not answer"
    return DriverError(f"{what}; wait for it, or {way_out}: the instruments fall silent, and what was played is kept")


def connect(session: Path) -> Line | None:
    """A connection to the host that plays a session; None where nobody does."""
    return dial(socket_of(session), _ANSWER_S) if hasattr(socket, "AF_UNIX") else None


def dial(path: Path, patience_s: float | None = None) -> Line | None:
    """A connection to whoever listens at `path`, who has `patience_s` for a first word; None where nobody does."""
    end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    end.settimeout(patience_s)
    try:
        end.connect(str(path))
    except OSError:
        end.close()
        return None
    return Line(end)


def running() -> list[Path]:
    """The sockets of all hosts that seem to run."""
    return sorted(folder().glob("*.sock")) if hasattr(socket, "AF_UNIX") else []


def ask(session: Path, what: str, **more: str) -> Message | None:
    """Ask the host of a running session for one thing; its answer, None where nobody plays it.

    Raises what `ask_on` does. Nobody is asked in a folder that is open to others: a session that is played is locked,
    so no harm is done to it.
    """
    try:
        line = connect(session)
    except DriverError:
        return None
    return None if line is None else ask_on(line, what, **more)


def ask_on(line: Line, what: str, **more: str) -> Message | None:
    """Ask for one thing and hang up; None where the host is gone.

    Raises its refusal, and DriverError where patience ends; then it does not do so any more, unless it had begun.
    """
    patience_s = line.patience_s
    until = {} if patience_s is None else {"until_ns": SystemClock().now_ns() + round(patience_s * 1e9)}
    try:
        line.ask({"do": what, **until, **more})
        answered = line.read()
    finally:
        line.close()
    if answered and "error" in answered:
        raise refusal(answered)
    return answered


def refusal(message: Message) -> BridgeError:
    """The error that a host answered with."""
    text, code = str(message["error"]), message.get("code")
    return CallerError(text) if code == CallerError.exit_code else BridgeError(text)
