"""Where another program finds a twin: a pseudo-terminal, a socket, or virtual ports of the system.

`midi-bridge twin` calls it. Each end takes what has come and gives what the twin sends; pacing is the caller's affair.
A pseudo-terminal is opened as a serial device is (`--to din:/dev/pts/5`), a socket as mido's sockets are: bare MIDI
bytes over TCP, on this machine only. It refuses a system that has no such thing.
"""

import os
import socket
from collections.abc import Callable
from typing import Final, Protocol

from bridge.core.clock import Clock
from bridge.errors import BadOption, DriverError
from bridge.ports import alsa, jack, rtmidi_port
from bridge.ports.base import InputPort, OutputPort
from bridge.ports.jack_ports import OWN
from bridge.profiles.model import Profile

try:
    import tty
except ImportError:  # Windows has no terminals of this kind
    tty = None  # type: ignore[assignment]  # a module or nothing

_HAS_TERMINALS: Final = os.name == "posix"
_HERE: Final = "127.0.0.1"
_HIGHEST_PORT: Final = 65_535


class End(Protocol):
    """One place where a twin can be reached."""

    @property
    def name(self) -> str:
        """What another program opens."""
        ...

    def read(self, most: int) -> bytes:
        """What has come, at most so many bytes where they can be left waiting; never waits."""
        ...

    def write(self, message: bytes) -> None:
        """Send a whole message; it is lost where nobody takes it."""
        ...

    def close(self) -> None:
        """Take the place away."""
        ...


class PseudoTerminal:
    """A serial device whose other side is the twin."""

    def __init__(self) -> None:
        if not _HAS_TERMINALS:
            raise DriverError("this system has no pseudo-terminals; use --on socket")
        try:
            self._master, self._slave = os.openpty()  # the slave stays open: a program may come and go
        except OSError as failed:
            reason = (failed.strerror or str(failed)).lower()
            raise DriverError(f"this system gives no pseudo-terminal: {reason}; use --on socket") from failed
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.name = os.ttyname(self._slave)

    def read(self, most: int) -> bytes:
        """What has come."""
        try:
            return os.read(self._master, most)
        except BlockingIOError:
            return b""

    def write(self, message: bytes) -> None:
        """Send a message; what does not fit, because nobody reads, is lost."""
        try:
            os.write(self._master, message)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Pull the cable out."""
        os.close(self._master)
        os.close(self._slave)


class Socket:
    """A TCP port of this machine; every program that connects hears and is heard."""

    def __init__(self, number: int = 0) -> None:
        """With 0 the system picks one that is free."""
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._listener.bind((_HERE, number))
        except OSError as failed:
            self._listener.close()
            reason = (failed.strerror or str(failed)).lower()
            raise DriverError(f"port {number} cannot be had: {reason}; leave the number out") from failed
        self._listener.listen()
        self._listener.setblocking(False)
        self._clients: list[socket.socket] = []
        self.name = f"{_HERE}:{self._listener.getsockname()[1]}"

    def read(self, most: int) -> bytes:
        """What has come from the first of the programs that has sent something."""
        self._accept()
        for client in list(self._clients):
            try:
                data = client.recv(most)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if data:
                return data
            self._drop(client)
        return b""

    def write(self, message: bytes) -> None:
        """Send a message to all who listen."""
        for client in list(self._clients):
            try:
                client.sendall(message)
            except BlockingIOError:
                continue
            except OSError:
                self._drop(client)

    def close(self) -> None:
        """Hang up."""
        for client in (*self._clients, self._listener):
            client.close()

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except BlockingIOError:
            return
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._clients.append(client)

    def _drop(self, client: socket.socket) -> None:
        client.close()
        self._clients.remove(client)


class Ports:
    """A pair of ports of one of the drivers."""

    def __init__(self, name: str, into: InputPort, out: OutputPort) -> None:
        self.name = name
        self._into = into
        self._out = out

    def read(self, most: int) -> bytes:
        """All that has come: a driver leaves nothing waiting."""
        return b"".join(message for _, message in self._into.receive())

    def write(self, message: bytes) -> None:
        """Send a message now."""
        self._out.send(message, 0)

    def close(self) -> None:
        """Give the ports back."""
        self._into.close()
        self._out.close()


def port_name(profile: Profile) -> str:
    """What a port of the device is called: the first name by which it is known, else its model."""
    names = profile.match.names if profile.match else ()
    return next((name for name in names if "*" not in name), profile.model)


def open_end(where: str, profile: Profile, clock: Clock) -> End:
    """The place that `where` says, such as `pty` or `socket:8080`. Raises BadOption and DriverError."""
    kind, _, detail = where.partition(":")
    if kind not in ENDS:
        raise BadOption(f"no place '{where}' for a twin; there are: {', '.join(ENDS)}")
    return ENDS[kind](detail, profile, clock)


def _pseudo_terminal(detail: str, profile: Profile, clock: Clock) -> End:
    return PseudoTerminal()


def _socket(detail: str, profile: Profile, clock: Clock) -> End:
    if detail and not (detail.isascii() and detail.isdecimal() and int(detail) <= _HIGHEST_PORT):
        raise BadOption(f"found port '{detail}', allowed: a number up to {_HIGHEST_PORT:,}")
    return Socket(int(detail or 0))


def _virtual(detail: str, profile: Profile, clock: Clock) -> End:
    name = detail or port_name(profile)
    return Ports(name, *rtmidi_port.make_ports(name, clock))


def _alsa(detail: str, profile: Profile, clock: Clock) -> End:
    port = alsa.MadePort(detail or port_name(profile), clock)
    return Ports(port.name, port, port)


def _jack(detail: str, profile: Profile, clock: Clock) -> End:
    name = detail or port_name(profile)
    into, out = jack.open_input(f"{OWN}{name} in", clock), jack.open_output(f"{OWN}{name} out", clock)
    return Ports(f"{jack.CLIENT}:{name}", into, out)


ENDS: Final[dict[str, Callable[[str, Profile, Clock], End]]] = {
    "pty": _pseudo_terminal,
    "socket": _socket,
    "alsa": _alsa,
    "rtmidi": _virtual,
    "jack": _jack,
}
"""Each kind of place; behind a colon may stand the number of the socket's port, or the name of the ports."""
EASIEST: Final = "pty" if _HAS_TERMINALS else "socket"
