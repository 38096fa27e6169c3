"""Outputs with a wire of their own in front of them: what waits is in its lanes, and leaves when the wire can carry it.

`PacedOutput` is what they have in common: `din` gives a serial device bytes, `Wired` here gives any other output whole
messages. That is for a cable or an interface whose far end is 5-pin DIN: USB takes messages far faster than DIN carries
them and hides what waits, where no note can pass a controller and nothing can be called back. Whoever owns a
port steps it at its `next_ns`; nothing here waits, but the close.
"""

import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import replace
from typing import Final

from bridge.core.clock import Clock
from bridge.core.lanes import Lanes
from bridge.core.wire import DIN_NS_PER_BYTE, Wire
from bridge.errors import DriverError, Refused
from bridge.ports.base import LONGEST_CLOSE_NS, Cancelling, Capabilities, OutputPort, Paced, Pluggable, Waking, closed
from bridge.ports.drain import drain

BYTE_NS: Final = DIN_NS_PER_BYTE * 104 // 100
"""A byte of DIN as it is booked. A serial chip may be 1 % slow (MIDI 1.0, "Hardware"), and what once came late must
catch up: booked without slack, each delay behind the driver would last as long as the flood (measured: 3 ms on every
note)."""
AHEAD: Final = 2
"""Bytes that the wire may still have to carry when the next go: 0.7 ms, for a loop that wakes half of one late."""


class PacedOutput(ABC):
    """An output that hands over no more than its wire can carry; a driver's own thread may send to it too."""

    capabilities: Capabilities = Capabilities(cancels=True)

    def __init__(self, name: str, clock: Clock, byte_ns: int, ahead: int, *, running_status: bool = False) -> None:
        self.name = name
        self.lanes = Lanes(running_status=running_status)
        self._clock = clock
        self._wire = Wire(byte_ns)
        self._ahead_ns = ahead * byte_ns
        self._running_status = running_status
        self._retry_ns = 0  # a driver that takes nothing now is asked again then
        self._lock = threading.Lock()
        self._is_closed = False

    @property
    def next_ns(self) -> int | None:
        """When the next may go, None while nothing waits."""
        return self._next_ns()

    @property
    @abstractmethod
    def is_connected(self) -> bool:
        """False while the device is gone: what is sent meanwhile is dropped."""

    def send(self, message: bytes, due_ns: int) -> None:
        """Let one message wait for the wire, which takes it when stepped; `DriverError` once closed."""
        if self._is_closed:
            raise closed(self.name)
        with self._lock:
            if self.is_connected:
                self.lanes.put(message)

    def step(self, now_ns: int) -> None:
        """Hand over what the wire can carry next."""
        with self._lock:
            if not self.is_connected:
                self._forget()
            elif (next_ns := self._next_ns()) is not None and next_ns <= now_ns:
                self._hand_over(now_ns)

    def cancel(self) -> None:
        """Call back all that has not left, but what lets go of notes and pedals."""
        with self._lock:
            self.lanes.cancel()

    def close(self) -> None:
        """Let what waits leave, if too much does only what lets go, then give the device back: in half a second."""
        if self._is_closed:
            return
        now_ns = self._clock.now_ns()
        last_ns = now_ns + LONGEST_CLOSE_NS
        if now_ns + self.lanes.waiting_bytes * self._wire.ns_per_byte > last_ns:
            self.cancel()
        with suppress(Refused):
            drain([self], self._clock, last_ns)
        if self._has_waiting():
            self.cancel()
            self._hurry()
        self._clock.wait_until(min(self._wire.free_ns, last_ns))
        self._is_closed = True
        self._release()

    def _next_ns(self) -> int | None:
        if self._is_closed or not self._has_waiting():
            return None
        return max(self._wire.free_ns - self._ahead_ns, self._retry_ns)

    def _has_waiting(self) -> bool:
        return not self.lanes.is_empty

    def _forget(self) -> None:
        """What waited for a device that is gone may not reach it when it is back, nor go on where it was."""
        self.lanes = Lanes(running_status=self._running_status)
        self._wire = Wire(self._wire.ns_per_byte)
        self._retry_ns = 0

    @abstractmethod
    def _hand_over(self, now_ns: int) -> None:
        """Give the device what it may have now, and book the wire."""

    @abstractmethod
    def _hurry(self) -> None:
        """At the end of all patience, give the device what still waits, if it takes that."""

    @abstractmethod
    def _release(self) -> None:
        """Give the device back."""


class Wired(PacedOutput):
    """Any output with a wire in front of it.

    Only whole messages go to it, so what comes behind a SysEx waits for its end; F8 to FF go to the driver at once.
    """

    def __init__(self, output: OutputPort, clock: Clock, byte_ns: int = BYTE_NS, ahead: int = AHEAD) -> None:
        super().__init__(output.name, clock, byte_ns, ahead)
        self.output = output
        """What is behind the wire."""
        self.capabilities = replace(output.capabilities, cancels=True, horizon_ns=0)
        self._paced = output if isinstance(output, Paced) else None
        self._pluggable = output if isinstance(output, Pluggable) else None
        self._fault = ""

    @property
    def next_ns(self) -> int | None:
        """When the next may go, or the output behind has something to do."""
        times = (self._next_ns(), self._paced.next_ns if self._paced else None)
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    @property
    def is_connected(self) -> bool:
        """What the output behind says; True where that cannot see it."""
        return self._pluggable is None or self._pluggable.is_connected

    def send(self, message: bytes, due_ns: int) -> None:
        """Let one message wait for the wire; `DriverError` once the output behind has failed."""
        if self._fault and not self._is_closed:
            raise DriverError(self._fault)
        super().send(message, due_ns)

    def step(self, now_ns: int) -> None:
        """Step the output behind, and hand over what the wire can carry next. Raises Refused for what that refuses."""
        if self._paced:
            self._paced.step(now_ns)
        super().step(now_ns)

    def cancel(self) -> None:
        """Call back all that has not left, but what lets go of notes and pedals."""
        super().cancel()
        if isinstance(self.output, Cancelling):
            self.output.cancel()
            self._wire.free_ns = 0  # a SysEx that was on it has been ended

    def _next_ns(self) -> int | None:
        next_ns = None if self._fault else super()._next_ns()
        return next_ns if next_ns is None or not self.lanes.has_real_time else self._retry_ns

    def _hand_over(self, now_ns: int) -> None:
        message = self.lanes.take_message()
        try:
            self.output.send(message, now_ns)
        except Refused:  # the wire carries none of it
            raise
        except DriverError as failed:
            self._fault = str(failed)
        self._wire.book(len(message), now_ns)

    def _hurry(self) -> None:
        while not (self.lanes.is_empty or self._fault):
            with suppress(Refused):
                self._hand_over(self._clock.now_ns())

    def _release(self) -> None:
        self.output.close()


class WakingWired(Wired):
    """The same in front of an output whose descriptor says that there is something to notice."""

    def fileno(self) -> int:
        """The descriptor of the output behind, which must be `Waking`."""
        assert isinstance(self.output, Waking)
        return self.output.fileno()


def wired(output: OutputPort, clock: Clock) -> OutputPort:
    """The output with a DIN wire in front of it; a DIN port has that already."""
    if isinstance(output, PacedOutput):
        return output
    return WakingWired(output, clock) if isinstance(output, Waking) else Wired(output, clock)
