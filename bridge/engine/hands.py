"""What the player's hands hold or moved on all outputs: the song does not take it from them.

One for an engine; its playheads share it.
"""

from dataclasses import dataclass, field

from bridge.core.schedule import Lane


@dataclass(slots=True)
class Hand:
    """What the player's hands hold or moved: pedals that are down, and when in the epoch a lane was last moved."""

    ticks: dict[Lane, int] = field(default_factory=dict)
    pedals: set[Lane] = field(default_factory=set)
