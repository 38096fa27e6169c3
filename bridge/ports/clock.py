"""The computer's own clock: the one place of the program that reads time and waits for it."""

import select
import time
from collections.abc import Sequence
from typing import Final, Protocol

from bridge.core.clock import ATTENTIVE_NS

SPIN_SHARE: Final = 4
"""One part in so many of all time may be spent awake. A loop in real time that never sleeps keeps the processor from
the kernel's own threads, which carry a serial line's bytes (measured: notes behind a flood came 58 ms late)."""
CLOSE_NS: Final = 100_000
"""The very last of a wait spent awake: longer than one turn of the loop takes (30 to 60 µs)."""
_SPINS_SAVED: Final = 10  # so many waits in a row may be spent awake to their end after a time of rest


class Readable(Protocol):
    """What has a descriptor that becomes readable."""

    def fileno(self) -> int:
        """The descriptor."""
        ...


class Writing(Readable, Protocol):
    """What may have something to write that its descriptor did not take."""

    @property
    def waits_to_send(self) -> bool:
        """True while it has."""
        ...


class SystemClock:
    """Monotonic time of this machine; waiting sleeps."""

    def now_ns(self) -> int:
        """The monotonic time in nanoseconds."""
        return time.monotonic_ns()

    def wall_ns(self) -> int:
        """The time of day in nanoseconds since 1970-01-01 UTC."""
        return time.time_ns()

    def wait_until(self, at_ns: int) -> None:
        """Sleep until `at_ns`; returns at once if that is past."""
        wait_ns = at_ns - time.monotonic_ns()
        if wait_ns > 0:
            time.sleep(wait_ns / 1e9)


class WakingClock(SystemClock):
    """A clock whose wait ends early when one of its `readers` has something to read, and after `patience_ns` always.

    The last `spin_ns` of a wait are spent awake, while that is no more than one part in `SPIN_SHARE` of all time: a
    sleep ends late by what the scheduler needs, and a processor that has slept is slow in what it does first. So the
    loop turns then, without a rest, until the last `CLOSE_NS` are watched go by.
    """

    def __init__(self) -> None:
        self.readers: list[Readable] = []
        self.writers: Sequence[Writing] = ()
        self.spin_ns = 0
        self.patience_ns = ATTENTIVE_NS
        self._saved_ns = 0  # time that may be spent awake, as of `_seen_ns`
        self._seen_ns = 0
        self._is_awake = False  # what has passed since then was

    def wait_until(self, at_ns: int) -> None:
        """Return at `at_ns` or before; in the part that is spent awake again and again."""
        now_ns = time.monotonic_ns()
        wait_ns = min(self.patience_ns, max(0, at_ns - self._may_spin_ns(now_ns) - now_ns))
        pending = [one for one in self.writers if one.waits_to_send]
        readable, writable, _ = select.select(self.readers, pending, (), wait_ns / 1e9)
        if readable or writable or wait_ns:
            return
        self._is_awake = now_ns < at_ns
        if at_ns - now_ns <= CLOSE_NS:
            while time.monotonic_ns() < at_ns:
                pass

    def _may_spin_ns(self, now_ns: int) -> int:
        passed_ns, self._seen_ns = now_ns - self._seen_ns, now_ns
        spent_ns, self._is_awake = passed_ns if self._is_awake else 0, False
        self._saved_ns = min(_SPINS_SAVED * self.spin_ns, self._saved_ns + passed_ns // SPIN_SHARE - spent_ns)
        return max(0, min(self.spin_ns, self._saved_ns))
