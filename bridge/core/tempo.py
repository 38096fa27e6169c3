"""Ticks and nanoseconds, bars and beats.

Exact integers throughout: a segment keeps its start in (nanoseconds × division), so that a million tempo
events add up to no rounding, and `tick_at(ns_at(tick)) == tick` wherever a tick is at least 1 ns long.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

DEFAULT_TEMPO: Final = 500_000  # microseconds a quarter: 120 a minute where the file is silent (RP-001, p. 10)
_FRAME_RATES: Final = {24: (24, 1), 25: (25, 1), 29: (30_000, 1_001), 30: (30, 1)}
_NO_BEAT_TICK_NS: Final = 1_000_000  # division 0 has no meaning; such ticks are played as milliseconds


class Segment(NamedTuple):
    """A stretch of one tempo: from `tick`, at `scaled_ns / per_tick_den`, `per_tick` scaled nanoseconds a tick."""

    tick: int
    scaled_ns: int
    per_tick: int


@dataclass(frozen=True, slots=True)
class TempoMap:
    """What turns ticks of one song into nanoseconds from its start, and back."""

    segments: tuple[Segment, ...]
    scale: int

    def ns_at(self, tick: int) -> int:
        """Nanoseconds from the song's start to `tick`, rounded up to whole ones."""
        segment = self.segments[max(0, bisect_right(self.segments, tick, key=lambda one: one.tick) - 1)]
        return -(-(segment.scaled_ns + (tick - segment.tick) * segment.per_tick) // self.scale)

    def tick_at(self, ns: int) -> int:
        """The tick that is under way `ns` after the song's start."""
        scaled = ns * self.scale
        segment = self.segments[max(0, bisect_right(self.segments, scaled, key=lambda one: one.scaled_ns) - 1)]
        return segment.tick + (scaled - segment.scaled_ns) // segment.per_tick


def tempo_map(division: int, changes: Iterable[tuple[int, int]] = ()) -> TempoMap:
    """The map for a file's division field and its (tick, microseconds a quarter) events in tick order.

    Of several events at one tick the last counts; a tempo of 0 is read as the default; under SMPTE division
    tempo events have no say (RP-001, p. 5).
    """
    if division == 0:
        return TempoMap((Segment(0, 0, _NO_BEAT_TICK_NS),), 1)
    if division >= 0x8000:
        numerator, denominator = _FRAME_RATES.get(0x100 - (division >> 8), (0x100 - (division >> 8), 1))
        return TempoMap((Segment(0, 0, 1_000_000_000 * denominator),), numerator * max(1, division & 0xFF))
    segments = [Segment(0, 0, DEFAULT_TEMPO * 1_000)]
    for tick, tempo in changes:
        last = segments[-1]
        start = last.scaled_ns + (tick - last.tick) * last.per_tick
        if tick == last.tick:
            segments.pop()
        segments.append(Segment(tick, start, (tempo or DEFAULT_TEMPO) * 1_000))
    return TempoMap(tuple(segments), division)


class Meter(NamedTuple):
    """A time signature from `tick` on, `bar` being the number of the bar that starts there (the first is 1)."""

    tick: int
    bar: int
    beats: int
    beat_ticks: int


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars of a song that has them."""

    meters: tuple[Meter, ...]

    def bar_at(self, tick: int) -> int:
        """The number of the bar that `tick` lies in; the first bar is 1."""
        meter = self._meter(tick)
        return meter.bar + (tick - meter.tick) // (meter.beats * meter.beat_ticks)

    def position(self, tick: int) -> str:
        """Bar and beat as a person writes them: `3.2` is the second beat of bar 3."""
        meter = self._meter(tick)
        bar, rest = divmod(tick - meter.tick, meter.beats * meter.beat_ticks)
        return f"{meter.bar + bar}.{rest // meter.beat_ticks + 1}"

    def tick_of(self, bar: int) -> int:
        """The tick at which bar `bar` starts."""
        meter = self.meters[max(0, bisect_right(self.meters, bar, key=lambda one: one.bar) - 1)]
        return meter.tick + (bar - meter.bar) * meter.beats * meter.beat_ticks

    def _meter(self, tick: int) -> Meter:
        return self.meters[max(0, bisect_right(self.meters, tick, key=lambda one: one.tick) - 1)]


def bars(division: int, signatures: Iterable[tuple[int, int, int]] = ()) -> Bars | None:
    """The bars for (tick, beats, beat as a power of two) events in tick order; None where time has no beats.

    A signature in mid-bar starts a new bar there, as notation programs read it.
    """
    if division == 0 or division >= 0x8000:
        return None
    return Bars(tuple(_meters(division, signatures)))


def _meters(division: int, signatures: Iterable[tuple[int, int, int]]) -> Iterator[Meter]:
    meter = Meter(0, 1, 4, division)
    for tick, beats, power in signatures:
        if tick > meter.tick:
            yield meter
        length = meter.beats * meter.beat_ticks
        bar = meter.bar + -(-(tick - meter.tick) // length)
        meter = Meter(tick, bar, beats or 4, max(1, division * 4 >> min(power, 16)))
    yield meter


def grid_share(onsets: Iterable[int], division: int) -> float:
    """The share of onsets within a tick of a sixteenth or of a triplet eighth or sixteenth (1.0 for none).

    Under a half, ticks are mostly milliseconds in disguise and bars are fiction (41 % of AI files).
    """
    steps = [step for parts in (4, 6) if (step := division / parts) >= 1] or [1.0]
    total = met = 0
    for tick in onsets:
        total += 1
        met += any(abs(tick - round(tick / step) * step) <= 1 for step in steps)
    return met / total if total else 1.0
