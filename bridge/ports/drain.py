"""The one loop that steps paced ports until nothing waits in them.

Called by the commands that send by hand, by whoever closes ports, and by their own closes; what plays steps its ports
in its loop instead.
"""

from collections.abc import Sequence

from bridge.core.clock import Clock
from bridge.errors import Refused
from bridge.ports.base import Paced


def drain(ports: Sequence[object], clock: Clock, last_ns: int | None = None) -> None:
    """Return when the paced ones among `ports` have handed over all that was sent, or at `last_ns`.

    They are stepped side by side, so that none waits for another. Raises the last Refused, when all else is through.
    """
    paced = [port for port in ports if isinstance(port, Paced)]
    refusal: Refused | None = None
    while times := [at_ns for port in paced if (at_ns := port.next_ns) is not None]:
        next_ns = max(min(times), clock.now_ns())
        if last_ns is not None and next_ns > last_ns:
            break
        clock.wait_until(next_ns)
        now_ns = clock.now_ns()
        for port in paced:
            try:
                port.step(now_ns)
            except Refused as refused:
                refusal = refused
    if refusal:
        raise refusal
