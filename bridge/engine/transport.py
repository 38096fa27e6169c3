"""Where the song is: epochs, the loop and its passes. The engine's alone; everybody else asks.

    STOPPED -> ROLLING -> (turn -> ROLLING)* -> STOPPED

STOPPED: the song stands at a tick. ROLLING: within an epoch tick and time are tied by the tempo map. A turn
of the loop, a locate and a stop are a new epoch each; old epochs are kept for arrivals that came before.
"""

from collections import deque
from typing import Final

from bridge.core.arrival import Epoch, Loop
from bridge.core.tempo import TempoMap, tempo_map

SHORTEST_LOOP_NS: Final = 1_000_000  # a shorter one would do nothing but turn
_REMEMBERED: Final = 64  # epochs; an arrival is read within milliseconds of its time


class Transport:
    """The epoch in force, and how many passes of the loop are left (0: no end)."""

    def __init__(self) -> None:
        self.tempo: TempoMap = tempo_map(480)
        self.epoch = Epoch(0, 0, 0, 0, rolling=False)
        self.passes = 0
        self._past: deque[Epoch] = deque((self.epoch,), maxlen=_REMEMBERED)

    def due_ns(self, tick: int, epoch: Epoch | None = None) -> int:
        """When a tick of the epoch sounds."""
        at = epoch or self.epoch
        return at.at_ns + self.tempo.ns_at(tick) - self.tempo.ns_at(at.tick)

    def tick_at(self, at_ns: int) -> tuple[Epoch, int]:
        """The epoch that was in force at `at_ns`, and the tick that was heard then."""
        epoch = next((one for one in reversed(self._past) if one.at_ns <= at_ns), self._past[0])
        if not epoch.rolling:
            return epoch, epoch.tick
        return epoch, max(epoch.tick, self.tempo.tick_at(at_ns - epoch.at_ns + self.tempo.ns_at(epoch.tick)))

    def roll(self, at_ns: int, tick: int, loop: Loop | None, passes: int) -> Epoch:
        """Start to play from `tick` at `at_ns`."""
        self.passes = passes
        return self._begin(Epoch(self.epoch.number + 1, 0, at_ns, tick, rolling=True, loop=loop))

    def turn(self) -> Epoch:
        """The loop's end is reached: it begins again, at the very time at which it ended."""
        old = self.epoch
        assert old.loop is not None
        at_ns = self.due_ns(old.loop.end)
        return self._begin(Epoch(old.number + 1, old.turn + 1, at_ns, old.loop.start, rolling=True, loop=old.loop))

    def locate(self, at_ns: int, tick: int) -> Epoch:
        """Go on from another tick, rolling or not as before."""
        old = self.epoch
        return self._begin(Epoch(old.number + 1, old.turn, at_ns, tick, old.rolling, old.loop))

    def stop(self, at_ns: int) -> Epoch:
        """Stand still at the tick that is heard at `at_ns`."""
        epoch, tick = self.tick_at(at_ns)
        return self._begin(Epoch(self.epoch.number + 1, epoch.turn, at_ns, tick, rolling=False, loop=epoch.loop))

    @property
    def turn_tick(self) -> int | None:
        """Where the pass ends; None without a loop, or where the song was started behind the loop's end."""
        loop = self.epoch.loop
        return loop.end if loop and self.epoch.tick < loop.end else None

    def can_turn(self, loop: Loop) -> bool:
        """True for a loop that lasts."""
        return self.tempo.ns_at(loop.end) - self.tempo.ns_at(loop.start) >= SHORTEST_LOOP_NS

    @property
    def is_last_pass(self) -> bool:
        """True when the loop must not turn again."""
        return bool(self.passes) and self.epoch.turn + 1 >= self.passes

    def _begin(self, epoch: Epoch) -> Epoch:
        self.epoch = epoch
        self._past.append(epoch)
        return epoch
