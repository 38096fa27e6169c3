"""The computer's own clock: the one place of the program that reads time and waits for it."""

import select
import time
from collections.abc import Sequence
from typing import Protocol


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
    """A clock whose wait ends early when one of its `readers` has something to read.

    The last `spin_ns` of a wait are spent awake: a sleep ends late by what the scheduler needs.
    """

    def __init__(self) -> None:
        self.readers: list[Readable] = []
        self.writers: Sequence[Writing] = ()
        self.spin_ns = 0

    def wait_until(self, at_ns: int) -> None:
        """Return at `at_ns`, or when something can be read; others get the interpreter meanwhile, if only once."""
        wait_ns = max(0, at_ns - self.spin_ns - time.monotonic_ns())
        pending = [one for one in self.writers if one.waits_to_send]
        readable, writable, _ = select.select(self.readers, pending, (), wait_ns / 1e9)
        if not readable and not writable:
            while time.monotonic_ns() < at_ns:
                pass
