"""Asks what is behind ports: sends the Universal Identity Request and waits a moment for the answers.

Called where a rig is made or checked, and nowhere else: listing ports sends nothing. Who makes the ports opens and
closes them. A port that fails while it is asked has no answer; the others are asked all the same.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from bridge.core.clock import POLL_NS, Clock
from bridge.engine.loop import run
from bridge.errors import DriverError
from bridge.ports.base import InputPort, OutputPort
from bridge.profiles.replies import body, exactly

REQUEST: Final = bytes((0xF0, 0x7E, 0x7F, 0x06, 0x01, 0xF7))
"""Identity Request to any device (MIDI 1.0, "General Information")."""
WAIT_NS: Final = 300_000_000
"""How long answers are waited for; a slow DIN device that is playing takes most of it."""


class Asked(NamedTuple):
    """An output, and the input on which its device answers; None where there is no such input."""

    output: OutputPort
    input: InputPort | None


class Inquiry:
    """One request to each of some ports, and what comes back by `WAIT_NS` after it; stepped, and never waits."""

    def __init__(self, asked: Sequence[Asked], now_ns: int, wait_ns: int = WAIT_NS) -> None:
        self.replies: list[list[bytes]] = [[] for _ in asked]
        """What each has answered, in the order of coming: behind one port there may be several devices."""
        self._asked = asked
        self._end_ns = now_ns + wait_ns
        self._failed: set[int] = set()
        self._is_sent = False

    @property
    def next_ns(self) -> int | None:
        """When it ends."""
        return self._end_ns

    def step(self, now_ns: int) -> None:
        """Ask, the first time; then take what has come."""
        for number, one in enumerate(self._asked):
            if number in self._failed or one.input is None:
                continue
            try:
                self._take(number, one, one.input, now_ns)
            except DriverError:
                self._failed.add(number)
        self._is_sent = True

    def is_over(self, now_ns: int) -> bool:
        """True when the wait is over."""
        return now_ns >= self._end_ns

    def _take(self, number: int, one: Asked, input: InputPort, now_ns: int) -> None:
        came = [message for _, message in input.receive()]
        if not self._is_sent:  # what came before was no answer
            one.output.send(REQUEST, now_ns)
            return
        self.replies[number] += [message for message in came if body(exactly(message)) is not None]


def recognise(asked: Sequence[Asked], clock: Clock, wait_ns: int = WAIT_NS) -> list[list[bytes]]:
    """What each of the ports answers, all asked at once; takes `wait_ns`."""
    inquiry = Inquiry(asked, clock.now_ns(), wait_ns)
    run(clock, [inquiry], (), lambda: inquiry.is_over(clock.now_ns()), POLL_NS)
    return inquiry.replies
