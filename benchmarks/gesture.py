"""From a gesture to the patch that follows: how long the host takes, and how long the engine takes to obey.

The commit is another thread's affair and not waited for. A long song must cost no more than a short one.
"""

import gc
import random
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import perf_counter_ns
from typing import NamedTuple

from benchmarks.row import Row
from bridge.app.host import Host
from bridge.app.rig import open_rig
from bridge.app.sessions import open_for_song
from bridge.arrange.route_parts import propose
from bridge.core.arrival import Arrival, Epoch, Loop
from bridge.core.clock import ManualClock
from bridge.core.message import note_off, note_on
from bridge.engine.engine import Engine
from bridge.engine.pipe import Pipe
from bridge.session.session import Source
from bridge.surface.surface import Surface

SHORT, LONG = 1_000, 100_000
ROUNDS = 3
PRESSES = 400
TRACKS = 8
_DIVISION = 480
_STEP = 60  # ticks between the notes of a track


class Cost(NamedTuple):
    """Milliseconds at the 99th percentile."""

    notes: int
    to_patch_ms: float
    to_schedule_ms: float


def song_bytes(notes: int) -> bytes:
    """A song of that many notes on eight tracks and channels, with a controller now and then."""
    rng = random.Random(notes)
    chunks = [b"MThd" + (6).to_bytes(4) + (1).to_bytes(2) + TRACKS.to_bytes(2) + _DIVISION.to_bytes(2)]
    for channel in range(TRACKS):
        body = bytearray()
        for number in range(notes // TRACKS):
            pitch = rng.randint(36, 84)
            body += b"\0" + note_on(channel, pitch, rng.randint(1, 127))
            body += bytes((_STEP,)) + note_off(channel, pitch)
            if number % 50 == 0:
                body += bytes((0, 0xB0 | channel, 1, number % 128))
        body += b"\0\xff\x2f\0"
        chunks.append(b"MTrk" + len(body).to_bytes(4) + bytes(body))
    return b"".join(chunks)


def cost(notes: int) -> Cost:
    """Fix presses all over a song of that many notes."""
    clock = ManualClock()
    with TemporaryDirectory() as folder:
        source = Source.of("bench.mid", song_bytes(notes))
        opened = open_for_song(source, Path(folder) / "bench.bridge", clock, "bench")
        song = opened.session.song
        rig = open_rig(["twin:module"], clock)
        down, up = Pipe(), Pipe()
        engine = Engine(rig.outputs, [], down, up, clock)
        host = Host(opened.session, opened.journal, Surface(song, None), propose(song, rig.instruments), down, up)
        host.open(0)
        engine.step(0)
        host.step(0)
        up.send(Epoch(1, 1, 0, 0, True, Loop(0, song.end)), 0)
        host.step(0)
        to_patch, to_schedule = _presses(host, engine, up, song.end)
        host.close(0)
    return Cost(notes, to_patch, to_schedule)


def _presses(host: Host, engine: Engine, up: Pipe, end: int) -> tuple[float, float]:
    rng = random.Random(1)
    to_patch, to_schedule = [], []
    gc.collect()
    gc.freeze()
    gc.disable()
    for seq in range(1, PRESSES + 1):
        pitch, tick = rng.randint(36, 84), rng.randrange(end)
        arrival = Arrival(seq, "keys", 0, 1, 1, tick, note_on(0, pitch, 90))
        up.send(arrival, 0)
        started = perf_counter_ns()
        host.step(0)
        patched = perf_counter_ns()
        engine.step(0)
        to_schedule.append(perf_counter_ns() - patched)
        to_patch.append(patched - started)
        up.send(Arrival(PRESSES + seq, "keys", 0, 1, 1, tick + 10, note_off(0, pitch)), 0)
        host.step(0)
    gc.enable()
    gc.unfreeze()
    return _p99_ms(to_patch), _p99_ms(to_schedule)


def _p99_ms(times_ns: list[int]) -> float:
    return quantiles(times_ns, n=100)[-1] / 1e6


def rows() -> Iterator[Row]:
    """The quietest of three rounds of each, taken by turns: what a neighbour on the machine costs is not ours."""
    rounds = [(cost(SHORT), cost(LONG)) for _ in range(ROUNDS)]
    short, long = (min((pair[at] for pair in rounds), key=lambda one: one.to_patch_ms) for at in (0, 1))
    detail = f"then {long.to_schedule_ms:.2f} ms in the engine"
    yield Row(f"gesture to patch, {LONG:,} notes, p99", long.to_patch_ms, 5, "ms", detail=detail)
    more = long.to_patch_ms - short.to_patch_ms
    yield Row(f"more than at {SHORT:,} notes", more, 1, "ms", detail=f"there {short.to_patch_ms:.2f} ms")
