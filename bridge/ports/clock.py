"""The computer's own clock: the one place of the program that reads time and waits for it."""

import time


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
