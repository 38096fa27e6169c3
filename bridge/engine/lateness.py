"""How late the messages of a song were sent: counted where they are sent, told by the engine."""

from dataclasses import dataclass
from typing import Final

LATE_NS: Final = 1_000_000
"""A message counts as late when it is sent this long after it had to be."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """How many messages of the song were sent so far, how many of them over 1 ms late, and the latest by how much."""

    sent: int = 0
    late: int = 0
    worst_ns: int = 0

    def plus(self, sent: int, late_ns: int) -> "Lateness":
        """With so many messages more, sent together so long after they had to be."""
        if not sent:
            return self
        late = sent if late_ns > LATE_NS else 0
        return Lateness(self.sent + sent, self.late + late, max(self.worst_ns, late_ns))
