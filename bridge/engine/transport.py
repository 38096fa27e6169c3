"""Where the song is: epochs, the loop and its passes. The engine's alone; everybody else asks.

    STOPPED -> ROLLING -> (turn -> ROLLING)* -> STOPPED

STOPPED: the song stands at a tick. ROLLING: within an epoch tick and time are tied by the tempo map. A turn
of the loop, a locate and a stop are a new epoch each; old epochs are kept for arrivals that came before, and a
port that plays ahead of the ear may ask for the pass behind the one that is heard.
"""

from collections import deque
from dataclasses import replace
from typing import Final

from bridge.core.arrival import Epoch, Loop
from bridge.core.tempo import TempoMap, tempo_map

SHORTEST_LOOP_NS: Final = 1_000_000  # a shorter one would do nothing but turn
_REMEMBERED: Final = 64  # epochs; an arrival is read within milliseconds of its time


class Transport:
    """The epoch in force, those to come that somebody has asked for, and how often the loop is played (0: no end)."""

    def __init__(self) -> None:
        self.tempo: TempoMap = tempo_map(480)
        self.epoch = Epoch(0, 0, 0, 0, rolling=False)
        self.passes = 0
        self._known: deque[Epoch] = deque((self.epoch,), maxlen=_REMEMBERED)

    def due_ns(self, tick: int, epoch: Epoch | None = None) -> int:
        """When a tick of the epoch is to be heard."""
        at = epoch or self.epoch
        return at.at_ns + self.tempo.ns_at(tick) - self.tempo.ns_at(at.tick)

    def tick_in(self, epoch: Epoch, at_ns: int) -> int:
        """The tick that an epoch has reached at `at_ns`."""
        if not epoch.rolling:
            return epoch.tick
        return max(epoch.tick, self.tempo.tick_at(at_ns - epoch.at_ns + self.tempo.ns_at(epoch.tick)))

    def tick_at(self, at_ns: int) -> tuple[Epoch, int]:
        """The epoch that was in force at `at_ns`, and the tick that was heard then."""
        epoch = next((one for one in reversed(self._known) if one.at_ns <= at_ns), self._known[0])
        return epoch, self.tick_in(epoch, at_ns)

    def roll(self, at_ns: int, tick: int, loop: Loop | None, passes: int) -> Epoch:
        """Start to play from `tick` at `at_ns`."""
        self.passes = passes
        return self._begin(Epoch(self.epoch.number + 1, 0, at_ns, tick, rolling=True, loop=loop))

    def locate(self, at_ns: int, tick: int) -> Epoch:
        """Go on from another tick, rolling or not as before."""
        old = self.epoch
        return self._begin(Epoch(old.number + 1, old.turn, at_ns, tick, old.rolling, old.loop))

    def stop(self, at_ns: int) -> Epoch:
        """Stand still at the tick that is heard at `at_ns`."""
        epoch, tick = self.tick_at(at_ns)
        return self._begin(Epoch(self.epoch.number + 1, epoch.turn, at_ns, tick, rolling=False, loop=epoch.loop))

    def following(self, epoch: Epoch) -> Epoch | None:
        """The pass behind an epoch, begun at the very time at which that ends; None where the loop does not turn."""
        turn = self.turn_tick(epoch)
        if turn is None or epoch.loop is None or self.is_last_pass(epoch):
            return None
        at_ns = self.due_ns(turn, epoch)
        known = next((one for one in reversed(self._known) if one.number == epoch.number + 1), None)
        if known is None:
            known = Epoch(epoch.number + 1, epoch.turn + 1, at_ns, epoch.loop.start, rolling=True, loop=epoch.loop)
            self._known.append(known)
        return known

    def advance(self, until_ns: int) -> Epoch | None:
        """The next pass, in force from now on, where it has begun by `until_ns`."""
        follower = self.following(self.epoch)
        if follower is None or follower.at_ns > until_ns:
            return None
        self.epoch = follower
        return follower

    def halted(self, epoch: Epoch) -> Epoch:
        """What a playhead stands in behind the last pass, until the stop is told."""
        return replace(epoch, rolling=False)

    def turn_tick(self, epoch: Epoch) -> int | None:
        """Where the pass ends; None without a loop, or where the song was started behind the loop's end."""
        loop = epoch.loop
        return loop.end if loop and epoch.rolling and epoch.tick < loop.end else None

    def can_turn(self, loop: Loop) -> bool:
        """True for a loop that lasts."""
        return self.tempo.ns_at(loop.end) - self.tempo.ns_at(loop.start) >= SHORTEST_LOOP_NS

    def is_last_pass(self, epoch: Epoch) -> bool:
        """True when the loop must not turn again behind that epoch."""
        return bool(self.passes) and epoch.turn + 1 >= self.passes

    def _begin(self, epoch: Epoch) -> Epoch:
        """A new epoch in force; passes that were to come do not."""
        while self._known and self._known[-1].number > self.epoch.number:
            self._known.pop()
        self.epoch = epoch
        self._known.append(epoch)
        return epoch
