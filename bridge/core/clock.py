"""Time as an argument: the protocol of a clock, and the clock that tests and `--fast` runs turn by hand.

Everything inside counts nanoseconds of one monotonic clock (`at_ns`). Only the loop of a program calls
`wait_until`; pure pieces are given `now`.
"""

from typing import Final, Protocol

ATTENTIVE_NS: Final = 50_000_000
"""No wait of a loop is longer, so that a wish to stop is soon seen."""
POLL_NS: Final = 1_000_000
"""An input that cannot wake its loop is asked this often."""


class Clock(Protocol):
    """What a loop needs of time."""

    def now_ns(self) -> int:
        """The monotonic time in nanoseconds."""
        ...

    def wall_ns(self) -> int:
        """The time of day in nanoseconds since 1970-01-01 UTC."""
        ...

    def wait_until(self, at_ns: int) -> None:
        """Return at `at_ns`, or at once if that is past."""
        ...


class ManualClock:
    """A clock that stands still until it is told to go on; waiting is instant."""

    def __init__(self, now_ns: int = 0, wall_ns: int = 0) -> None:
        self._now_ns = now_ns
        self._wall_offset_ns = wall_ns - now_ns

    def now_ns(self) -> int:
        """The time it was last turned to."""
        return self._now_ns

    def wall_ns(self) -> int:
        """The time of day that was given at the start, plus what has passed since."""
        return self._now_ns + self._wall_offset_ns

    def wait_until(self, at_ns: int) -> None:
        """Turn to `at_ns`; time never goes back."""
        self._now_ns = max(self._now_ns, at_ns)
