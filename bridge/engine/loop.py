"""The one place that waits: steps everything that can be stepped, then sleeps until the next thing is due."""

from collections.abc import Callable, Sequence
from typing import Protocol

from bridge.core.clock import Clock


class Wakes(Protocol):
    """What knows when it has something to do."""

    @property
    def next_ns(self) -> int | None:
        """When it wants to be stepped next, None for nothing in sight."""
        ...


class Stepped(Wakes, Protocol):
    """What does all that is due by now, and never waits."""

    def step(self, now_ns: int) -> None:
        """Do all that is due by `now_ns`."""
        ...


def run(
    clock: Clock,
    steps: Sequence[Stepped],
    wakes: Sequence[Wakes],
    is_over: Callable[[], bool],
    poll_ns: int | None,
) -> None:
    """Step all of `steps` in their order until `is_over`, or until nothing is left to wait for.

    `poll_ns` bounds each wait, for inputs that must be asked; None where everything says when it wakes.
    """
    while True:
        now_ns = clock.now_ns()
        for one in steps:
            one.step(now_ns)
        if is_over():
            return
        times = [at for one in (*steps, *wakes) if (at := one.next_ns) is not None]
        times += [now_ns + poll_ns] if poll_ns is not None else []
        if not times:
            return
        clock.wait_until(min(times))
