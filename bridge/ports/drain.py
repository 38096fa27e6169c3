"""Waiting until what was sent has left, for programs that send and have no loop of their own.

Called by the commands that send by hand and by the mido backend; what plays steps its ports in its loop instead.
"""

from bridge.core.clock import Clock
from bridge.ports.base import OutputPort, Paced


def drain(port: OutputPort, clock: Clock) -> None:
    """Return when a paced port has handed over all that was sent; at once for any other."""
    while isinstance(port, Paced) and (next_ns := port.next_ns) is not None:
        clock.wait_until(next_ns)
        port.step(clock.now_ns())
