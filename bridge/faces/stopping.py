"""Ctrl-C, a kill and a closed terminal end the music before they end the program.

Used by commands that play. A second signal while the first is obeyed does no harm.
"""

import signal
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP


@contextmanager
def on_signals(stop: Callable[[], None], but: Container[int] = ()) -> Iterator[None]:
    """Call `stop` at each such signal but for some; afterwards, if none came, they mean what they meant before.

    Main thread only.
    """
    has_come = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal has_come
        has_come = True
        stop()

    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name) and getattr(signal, name) not in but]
    kept = {number: signal.getsignal(number) for number in numbers}
    wanted = [number for number in numbers if number == signal.SIGINT or kept[number] is not signal.SIG_IGN]
    for number in wanted:  # one that is ignored stays so: nohup; a shell ignores SIGINT for every job behind an `&`
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number in () if has_come else wanted:  # an impatient Ctrl-C may still come while the program ends
            signal.signal(number, kept[number])
