"""Watches an engine, in a process of its own: `python -m bridge.engine.watchdog WATCH`, started by the host alone.

When the engine is gone, or has not been heard of for half a second and is killed, everything that it had down is let
go of, from the page it shared. Being a process it does so too when host and engine were killed together, and however
busy they are. It does nothing when the engine has let go of everything itself.
"""

import json
import os
import select
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from bridge.core.clock import Clock
from bridge.engine.page import PATIENCE_NS, Page
from bridge.engine.priority import PRIORITY, be_on_time
from bridge.engine.sender import Sender, close
from bridge.errors import BridgeError, DriverError
from bridge.ports.base import OutputPort, Paced
from bridge.ports.clock import SystemClock
from bridge.ports.drain import drain
from bridge.ports.open import DRIVERS, Found, Guard, found_output

READY: Final = b"!"
"""What it says on stdout when it watches: nothing is to sound before."""
_LOOK_NS: Final = 50_000_000
_LONGEST_NS: Final = 1_000_000_000  # a wire that has not carried it by then takes nothing
_GROUP_NS: Final = 50_000_000  # a 5-pin wire carries 50 offs in it

Group = Iterable[tuple[int, OutputPort]]
"""Outputs by their numbers, which may be opened as they are asked for."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What is watched: the life line of the engine, its page, its outputs as typed."""

    life: int
    page: str
    outputs: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "Watch":
        """The watch that `str` made this text of."""
        return cls(**json.loads(text))

    def __str__(self) -> str:
        return json.dumps(asdict(self))


def main() -> None:
    """The whole life of a watchdog."""
    watch = Watch.parse(sys.argv[1])
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    clock = SystemClock()
    page = _page(watch)
    if page is None:
        return
    found = _found(watch.outputs)
    outputs = dict(_opened({number: one for number, one in found.items() if one.guard is Guard.BESIDE}, clock))
    be_on_time(PRIORITY + 1)  # an engine that hangs may be one that never sleeps
    os.write(sys.stdout.fileno(), READY)
    end = _end_of(page.process, watch.life)
    _wait_for_the_end(watch.life, page, clock)
    if page.has_ended:
        for output in outputs.values():
            output.close()
    else:
        let_go(page, (outputs.items(), *_later(found, clock)), clock, lambda: _is_over(end, _LONGEST_NS))
    Path(watch.page).unlink(missing_ok=True)  # its host may be gone too


def _page(watch: Watch) -> Page | None:
    """The engine's page, once it is there; None for an engine that ended before."""
    is_over = False
    while not is_over:
        is_over = _is_over(watch.life, _LOOK_NS)
        with suppress(OSError, ValueError):  # not there yet, or not yet as long as it will be
            return Page(Path(watch.page))
    return None


def _is_over(end: int, wait_ns: int) -> bool:
    """True when the engine is gone, after at most so long."""
    return bool(select.select([end], (), (), wait_ns / 1e9)[0])


def _end_of(process: int, life: int) -> int:
    """What becomes readable when the process is gone with all that it had open.

    The life line ends a little before: a queue that the process has at ALSA's sequencer may still put down what was let
    go of already. Only Linux has better than the line, and such a queue.
    """
    if sys.platform == "linux":
        with suppress(OSError):  # it is gone already, or the kernel is older than 5.3
            return os.pidfd_open(process)
    return life


def _wait_for_the_end(life: int, page: Page, clock: Clock) -> None:
    """Look no oftener than the engine's own word makes needful: each look keeps an engine from what it does."""
    while not _is_over(life, max(_LOOK_NS, min(page.alive_ns - clock.now_ns(), PATIENCE_NS))):
        if page.is_dead(clock.now_ns()) and not page.has_ended:
            with suppress(ProcessLookupError):
                os.kill(page.process, signal.SIGKILL)


def _found(specs: Sequence[str]) -> dict[int, Found]:
    """The outputs by their numbers, looked for beforehand: silence is not to wait for that."""
    found: dict[int, Found] = {}
    for number, spec in enumerate(specs):
        with suppress(BridgeError):  # what is not found, the engine could not open either
            found[number] = found_output(spec).remembered()
    return found


def _opened(found: Mapping[int, Found], clock: Clock) -> Group:
    """Those of them that can be opened, each opened when it is asked for."""
    for number, output in found.items():
        with suppress(BridgeError):
            yield number, output.open(clock)


def _later(found: Mapping[int, Found], clock: Clock) -> Iterator[Group]:
    """Those that could not be opened beside the engine, driver by driver."""
    for driver in DRIVERS:
        yield _opened(
            {number: one for number, one in found.items() if (one.driver, one.guard) == (driver, Guard.AFTER)}, clock
        )


def let_go(page: Page, groups: Iterable[Group], clock: Clock, see_off: Callable[[], object] = lambda: None) -> None:
    """Let go of everything that is down by the page, then close; who fails or takes nothing holds up no other.

    One group is silent before the next is opened, which takes a driver long: a JACK client 60 ms, and where its server
    stands still two seconds. At once, and once more when `see_off` has returned and nothing of the engine can play on.
    """
    senders: list[Sender] = []
    for group in groups:
        for number, output in group:
            one = Sender(number, output)
            if isinstance(output, Paced):
                with suppress(DriverError):  # whatever that says, it is told to let go
                    output.step(clock.now_ns())  # its device may have been pulled out and come back since
            one.send(page.letting_go(number), clock.now_ns())
            senders.append(one)
        drain(senders, clock, clock.now_ns() + _GROUP_NS)
    see_off()
    for one in senders:
        one.send(page.letting_go(one.port), clock.now_ns())
    close(senders, clock, _LONGEST_NS)


if __name__ == "__main__":
    main()
