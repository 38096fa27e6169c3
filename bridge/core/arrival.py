"""What comes up from the engine, with its true time and its place in the song.

An arrival carries the epoch, pass and tick that were in force when it came; nobody recomputes them later.
"""

from dataclasses import dataclass
from typing import NamedTuple


class Loop(NamedTuple):
    """A stretch that is played again and again: [start, end) in ticks."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Epoch:
    """A stretch of time in which ticks and nanoseconds are tied: new at start, locate, loop turn and stop.

    At `at_ns` the song stood at `tick`; `turn` counts the passes since play was asked for, from 0.
    """

    number: int
    turn: int
    at_ns: int
    tick: int
    rolling: bool
    loop: Loop | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message from a controller: `seq` counts from 1 within a run, `tick` is where the song was heard to be."""

    seq: int
    port: str
    at_ns: int
    epoch: int
    turn: int
    tick: int
    message: bytes
