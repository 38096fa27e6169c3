"""What leaves on one output, in order; what the output fails with is kept here, so that the others play on.

A playhead has one and calls it from its one thread. An output that has failed is left alone, but for its close.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from bridge.core.clock import Clock
from bridge.core.schedule import Lane, slot_of
from bridge.errors import DriverError, Refused
from bridge.ports.base import LONGEST_CLOSE_NS, Cancelling, OutputPort, Paced
from bridge.ports.drain import drain


class Sender:
    """Gives output number `port` its messages, each told to `mark` before it is sent."""

    def __init__(self, port: int, output: OutputPort, mark: Callable[[bytes, int], None] | None = None) -> None:
        self.port: Final = port
        self.output: Final = output
        self.wire: Final = output if isinstance(output, Paced) else None
        """The output where the loop steps it."""
        self.sent = 0
        """How many messages it has given."""
        self.fault: DriverError | None = None
        self.refusal: Refused | None = None
        """What the output said of the last message that it did not take; it goes on with all else."""
        self._mark = mark
        self._sent_ns: dict[Lane, int] = {}

    @property
    def next_ns(self) -> int | None:
        """When its wire can carry more, None while nothing waits for it."""
        return self.wire.next_ns if self.wire and not self.fault else None

    @property
    def sent_ns(self) -> Mapping[Lane, int]:
        """When each key or lane was last sent something to be heard."""
        return self._sent_ns

    def send(self, messages: Iterable[bytes], due_ns: int) -> None:
        """On one key or lane what is sent later is never due earlier, though much was sent ahead of the hand."""
        for message in messages:
            if self.fault:
                return
            slot = slot_of(self.port, message)
            at_ns = self._sent_ns[slot] = max(due_ns, self._sent_ns.get(slot, due_ns))
            self.sent += 1
            if self._mark:
                self._mark(message, at_ns)
            try:
                self.output.send(message, at_ns)
            except Refused as refusal:
                self.refusal = refusal
            except DriverError as fault:
                self.fault = fault

    def step(self, now_ns: int) -> None:
        """Let the wire have what it can carry."""
        if self.wire and not self.fault:
            self._try(partial(self.wire.step, now_ns))

    def cancel(self) -> bool:
        """Call back what waits, but what lets go; False where the output cannot."""
        if not isinstance(self.output, Cancelling):
            return False
        self._try(self.output.cancel)
        return True

    def close(self) -> None:
        """Give the output back, whatever it has failed with."""
        self._try(self.output.close)

    def _try(self, deed: Callable[[], None]) -> None:
        try:
            deed()
        except Refused as refusal:
            self.refusal = refusal
        except DriverError as fault:
            self.fault = fault


def close(senders: Sequence[Sender], clock: Clock, patience_ns: int = LONGEST_CLOSE_NS) -> None:
    """Let what waits leave on all outputs side by side, for so long at most, then give them back one by one.

    One that takes nothing is waited for once more, by its own close.
    """
    drain(senders, clock, clock.now_ns() + patience_ns)
    for one in senders:
        one.close()
