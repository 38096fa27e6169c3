"""Sixteen ports with a thousand messages a second each: what the engine's loop needs of a processor, and what is late.

The loop is the one that plays songs, on the real clock; behind the ports is nothing: the loop alone is measured.
"""

import gc
import time
from collections.abc import Iterator
from typing import Final

from benchmarks.row import Row
from bridge.core.arrival import Loop
from bridge.core.message import note_on
from bridge.core.schedule import Item
from bridge.core.tempo import tempo_map
from bridge.engine.engine import Engine
from bridge.engine.link import Ask, Patch, Request, Tempo
from bridge.engine.loop import run
from bridge.engine.pipe import Pipe
from bridge.ports.base import Capabilities, OutputPort
from bridge.ports.clock import WakingClock

PORTS: Final = 16
PER_SECOND: Final = 1_000
SECONDS: Final = 5
HORIZONS_MS: Final = {"leaves when it is sent": 0, "is taken 20 ms beforehand": 20}
_DIVISION: Final = 24_000
_S: Final = 2 * _DIVISION  # ticks in a second at 120 beats a minute
_STEP: Final = 2 * _S // PER_SECOND  # between two notes of a port: on and off are two messages
_KEYS: Final = 80


class Nowhere:
    """A port that counts."""

    def __init__(self, number: int, horizon_ms: int) -> None:
        self.name = f"port {number}"
        self.capabilities = Capabilities(horizon_ns=horizon_ms * 1_000_000)
        self.sent = 0

    def send(self, message: bytes, due_ns: int) -> None:
        """Count it."""
        self.sent += 1

    def close(self) -> None:
        """Nothing to give back."""


def song() -> tuple[Item, ...]:
    """A second of notes for each port, a little apart from those of the others."""
    return tuple(
        Item(
            tick := number * _STEP + port * _STEP // (2 * PORTS),
            port,
            number,
            1,
            0,
            port,
            number,
            port,
            tick + _STEP // 2,
            note_on(port, 20 + number % _KEYS, 1 + number % 127),
        )
        for port in range(PORTS)
        for number in range(PER_SECOND // 2)
    )


def measure(horizon_ms: int) -> tuple[int, float, Engine]:
    """Play it for a while: what was sent, the seconds of processor it took, the engine."""
    clock, down = WakingClock(), Pipe()
    outputs = [Nowhere(number, horizon_ms) for number in range(PORTS)]
    ports: list[OutputPort] = [*outputs]
    engine = Engine(ports, [], down, Pipe(), clock)
    down.send(Tempo(tempo_map(_DIVISION)), 0)
    down.send(Patch(1, (), song()), 0)
    engine.step(clock.now_ns())
    down.send(Request(1, Ask.PLAY, 0, Loop(0, _S)), 0)
    gc.collect()
    gc.freeze()
    gc.disable()
    end_ns, began_s = clock.now_ns() + SECONDS * 1_000_000_000, time.process_time()
    run(clock, (engine,), (), lambda: clock.now_ns() > end_ns, None)
    used_s = time.process_time() - began_s
    gc.enable()
    gc.unfreeze()
    return sum(port.sent for port in outputs), used_s, engine


def rows() -> Iterator[Row]:
    """Both kinds of ports."""
    for kind, horizon_ms in HORIZONS_MS.items():
        sent, used_s, engine = measure(horizon_ms)
        late = sum(one.lateness.late for one in engine.playheads)
        worst_ms = max(one.lateness.worst_ns for one in engine.playheads) / 1e6
        goal = 0.5 if horizon_ms else None
        each = f"{sent / SECONDS:,.0f} messages a second, {1e6 * used_s / sent:.1f} us each"
        yield Row(f"{kind}: of a processor", used_s / SECONDS, goal, "part", detail=each)
        yield Row(
            f"{kind}: over 1 ms late",
            late,
            0 if horizon_ms else None,
            "messages",
            detail=f"the latest {worst_ms:.1f} ms",
        )
