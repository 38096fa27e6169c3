"""Which part goes to which instrument: a proposal from what the parts are and what the instruments can do.

Pure: a table of rules tried in order, first that fits wins. The player's own routing, kept in the session,
comes before any of it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.arrange.compile import Destination
from bridge.core.message import DRUM_CHANNEL, PROGRAM
from bridge.core.song import Part, Song

_BASS_PROGRAMS: Final = range(32, 40)  # General MIDI level 1, programs 33 to 40


@dataclass(frozen=True, slots=True)
class Instrument:
    """What sounds: a port by its place in the rig, the channels it listens on (from 0), and what it is for."""

    name: str
    port: int
    channels: tuple[int, ...]
    is_drums: bool = False
    is_mono: bool = False


@dataclass(frozen=True, slots=True)
class PartTraits:
    """What a rule may know of a part."""

    is_drums: bool
    is_bass: bool


_RULES: Final[tuple[Callable[[PartTraits, Instrument], bool], ...]] = (
    lambda part, instrument: part.is_drums and instrument.is_drums and len(instrument.channels) == 1,
    lambda part, instrument: part.is_bass and instrument.is_mono,
    lambda part, instrument: not instrument.is_mono and len(instrument.channels) > 1,
    lambda part, instrument: part.is_drums == instrument.is_drums,
)


def propose(song: Song, instruments: Sequence[Instrument]) -> dict[Part, Destination]:
    """A destination for each part; its own channel where the instrument listens there, else its first one.

    Instruments that fit equally well share the parts out in turn. A part that no rule places goes to the first
    instrument, so that nothing the AI wrote is silent.
    """
    programs = _programs(song)
    routing: dict[Part, Destination] = {}
    taken: Counter[tuple[str, int]] = Counter()
    for part in song.parts():
        traits = PartTraits(part.channel == DRUM_CHANNEL, programs.get(part, -1) in _BASS_PROGRAMS)
        chosen = min(_fitting(traits, instruments), key=lambda one: taken[one.name, one.port])
        taken[chosen.name, chosen.port] += 1
        channel = part.channel if part.channel in chosen.channels else chosen.channels[0]
        routing[part] = Destination(chosen.port, channel)
    return routing


def _fitting(traits: PartTraits, instruments: Sequence[Instrument]) -> list[Instrument]:
    for rule in _RULES:
        if fits := [one for one in instruments if rule(traits, one)]:
            return fits
    return [instruments[0]]


def _programs(song: Song) -> dict[Part, int]:
    """The first program of each part."""
    found: dict[Part, int] = {}
    for track in song.tracks:
        for _, event in song.events(track):
            if event.message[0] & 0xF0 == PROGRAM:
                found.setdefault(Part(track, event.channel), event.message[1])
    return found
