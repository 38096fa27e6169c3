"""A port's speed as a resource: a byte clock, first in, first out.

A port calls it before its bytes go out, to know when they will have arrived. It sends nothing and reads no clock.
"""

from typing import Final

DIN_NS_PER_BYTE: Final = 320_000
"""A byte on 5-pin DIN: 31,250 baud, 10 bits a byte (MIDI 1.0 Detailed Specification, "Hardware")."""


class Wire:
    """One direction of one cable, on which a byte takes `ns_per_byte`; 0 is a wire that takes no time."""

    def __init__(self, ns_per_byte: int) -> None:
        self.ns_per_byte = ns_per_byte
        self.free_ns = 0
        """When the last byte booked so far has arrived and the wire falls idle."""

    def book(self, count: int, now_ns: int) -> tuple[int, int]:
        """Put `count` bytes behind what waits: (when the first starts, when the last has arrived), in ns."""
        start_ns = max(now_ns, self.free_ns)
        self.free_ns = start_ns + count * self.ns_per_byte
        return start_ns, self.free_ns
