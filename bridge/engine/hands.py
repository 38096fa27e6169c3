"""What the player's hands hold or moved on all outputs: the song does not take it from them.

One for an engine; its playheads share it.
"""

from dataclasses import dataclass, field

from bridge.core.message import is_pedal_down
from bridge.core.schedule import RESET, Lane


@dataclass(slots=True)
class Hand:
    """What the player's hands hold or moved: pedals that are down, and when in the epoch a lane was last moved."""

    ticks: dict[Lane, int] = field(default_factory=dict)
    pedals: set[Lane] = field(default_factory=set)

    def move(self, lane: Lane, message: bytes, tick: int | None) -> None:
        """The hand has set a lane, at a tick of the epoch in force or None; a 121 lifts the pedals of its channel."""
        if tick is not None:
            self.ticks[lane] = tick
        (self.pedals.add if is_pedal_down(message) else self.pedals.discard)(lane)
        if lane.kind == RESET:
            self.pedals.difference_update([one for one in self.pedals if one[:2] == lane[:2]])

    def held(self, port: int) -> list[Lane]:
        """The pedals of a port that the hand has down."""
        return [lane for lane in self.pedals if lane.port == port]
