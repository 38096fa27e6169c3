"""Messages sent by hand to one output, which leaves nothing down behind it.

Called by the command `send`. What it refuses is the port's own refusal.
"""

from collections.abc import Callable, Sequence

from bridge.core.clock import ATTENTIVE_NS, Clock
from bridge.core.message import control, is_note_off, is_note_on, is_pedal, is_pedal_down, note_off
from bridge.ports.base import OutputPort
from bridge.ports.drain import drain


class Hand:
    """Sends everything as it is, and knows which keys and pedals it has put down by that."""

    def __init__(self, port: OutputPort, clock: Clock) -> None:
        self._port = port
        self._clock = clock
        self._down: dict[tuple[int, int], bytes] = {}  # (status kind and channel, key or pedal) → what lets it go

    @property
    def is_down(self) -> bool:
        """True while a key or a pedal that it pressed is down."""
        return bool(self._down)

    def send(self, messages: Sequence[bytes]) -> None:
        """Send these now, in order. Raises DriverError."""
        for message in messages:
            self._note(message)  # before it leaves: one that fails half-way may sound
            self._port.send(message, self._clock.now_ns())
        drain([self._port], self._clock)

    def wait(self, for_ns: int, is_over: Callable[[], bool]) -> None:
        """Keep down what is down for that long, or until `is_over`."""
        end_ns = self._clock.now_ns() + for_ns
        while not is_over() and (now_ns := self._clock.now_ns()) < end_ns:
            self._clock.wait_until(min(end_ns, now_ns + ATTENTIVE_NS))

    def let_go(self) -> None:
        """End every note and lift every pedal that is down: notes first. Raises DriverError."""
        releases = sorted(self._down.values(), key=is_pedal)
        self._down.clear()
        self.send(releases)

    def _note(self, message: bytes) -> None:
        channel = message[0] & 0x0F
        if is_note_on(message):
            self._down[(channel, message[1])] = note_off(channel, message[1])
        elif is_note_off(message):
            self._down.pop((channel, message[1]), None)
        elif is_pedal_down(message):
            self._down[(channel, -message[1])] = control(channel, message[1], 0)
        elif is_pedal(message):
            self._down.pop((channel, -message[1]), None)
