"""The ports of this program for programs that use mido: `MIDO_BACKEND=bridge.ports.mido_backend`.

Loaded by mido alone, never by midi-bridge. Names are those of `midi-bridge ports`. As mido expects, what cannot be
done is an OSError with one line: a port that is not there, a virtual port, a callback.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from mido.messages import Message
from mido.ports import BaseInput, BaseOutput

from bridge.errors import BridgeError
from bridge.ports.base import InputPort, OutputPort
from bridge.ports.clock import SystemClock
from bridge.ports.drain import drain
from bridge.ports.listing import listing
from bridge.ports.open import open_input, open_output

_CLOCK: Final = SystemClock()  # one for all, so that both ends of a loop find each other


def get_devices(**_: object) -> list[dict[str, Any]]:
    """Every port by the name that opens it, as mido lists them; a driver that cannot list has none."""
    ports = listing().ports
    inputs = {port.spec for port in ports if not port.is_output}
    outputs = {port.spec for port in ports if port.is_output}
    names = dict.fromkeys(port.spec for port in ports)
    return [{"name": name, "is_input": name in inputs, "is_output": name in outputs} for name in names]


class Input(BaseInput):  # type: ignore[misc]  # mido ships no types
    """An input by `[DRIVER:]NAME`; without a name, the first there is."""

    name: str | None
    _port: InputPort

    def _open(self, virtual: bool = False, callback: object = None, **_: object) -> None:
        self.name = name = _name(self.name, "is_input", virtual)
        if callback is not None:
            raise OSError("callbacks are not supported by midi-bridge; use receive, poll or iter_pending")
        with _as_os_error():
            self._port = open_input(name, _CLOCK)

    def _receive(self, block: bool = True) -> None:
        with _as_os_error():
            self._messages.extend(Message.from_bytes(message) for _, message in self._port.receive())

    def _close(self) -> None:
        with _as_os_error():
            self._port.close()


class Output(BaseOutput):  # type: ignore[misc]  # mido ships no types
    """An output by `[DRIVER:]NAME`; without a name, the first there is."""

    name: str | None
    _port: OutputPort

    def _open(self, virtual: bool = False, **_: object) -> None:
        self.name = name = _name(self.name, "is_output", virtual)
        with _as_os_error():
            self._port = open_output(name, _CLOCK)

    def _send(self, message: Message) -> None:
        with _as_os_error():
            self._port.send(bytes(message.bytes()), _CLOCK.now_ns())
            drain([self._port], _CLOCK)

    def _close(self) -> None:
        with _as_os_error():
            self._port.close()


def _name(wanted: str | None, direction: str, virtual: bool) -> str:
    if virtual:
        raise OSError("virtual ports are not supported by midi-bridge; open one that `midi-bridge ports` lists")
    if wanted:
        return wanted
    names = [str(device["name"]) for device in get_devices() if device[direction]]
    if not names:
        raise OSError("there is no such port at all; see midi-bridge ports")
    return names[0]


@contextmanager
def _as_os_error() -> Iterator[None]:
    try:
        yield
    except BridgeError as fault:
        raise OSError(str(fault)) from fault
