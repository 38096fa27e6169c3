"""Which part goes to which instrument: a proposal from what the parts are and what the instruments can do.

Pure. A *seat* is one channel of one instrument. Parts choose in turn, the choosy ones first; each takes the seat that
fits it best, and none that is taken while a free one would do. What is not to be moved, such as what the session
remembers, has its seats before anybody chooses.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from bridge.arrange.compile import Destination
from bridge.core.message import DRUM_CHANNEL, KEY_PRESSURE, PROGRAM
from bridge.core.song import Part, Song

_BASS_PROGRAMS: Final = range(32, 40)  # General MIDI level 1, programs 33 to 40
_CHORDS_FROM: Final = 0.1
"""The share of notes that begin while another sounds from which a part is no single line."""
_KINDS: Final = {
    "drums": "drum drums drumkit kit percussion perc beat beats kick snare hat hats hihat cymbal cymbals tom toms clap",
    "bass": "bass basses bassline sub 808",
    "tune": (
        "piano keys keyboard organ rhodes guitar guitars strings violin violins viola cello choir voice vocal vocals"
        " vox lead pad pads synth brass horn horns trumpet trombone sax saxophone flute clarinet oboe bassoon harp"
        " melody chords arp arpeggio bell bells pluck marimba vibraphone"
    ),
}
"""What the words of a track's name say of its part, as tools that write MIDI name their tracks; the first kind wins."""
_KIND_OF: Final[Mapping[str, str]] = {word: kind for kind, words in reversed(_KINDS.items()) for word in words.split()}
_HANDS: Final = frozenset(("left", "right", "hand", "lh", "rh", "treble", "upper", "lower", "l", "r"))
"""Words that tell the two hands of one player apart."""
_WORD: Final = re.compile(r"[a-z]+|\d+")


@dataclass(frozen=True, slots=True)
class Seat:
    """One channel (from 0) of an instrument, and what it can play."""

    channel: int
    is_drums: bool = False
    is_mono: bool = False
    range: tuple[int, int] = (0, 127)


@dataclass(frozen=True, slots=True)
class Instrument:
    """What sounds: a port by its place in the rig, and the channels it listens on."""

    name: str
    port: int
    seats: tuple[Seat, ...]

    @property
    def is_drums_only(self) -> bool:
        """True for a drum machine, which plays nothing else."""
        return all(seat.is_drums for seat in self.seats)


@dataclass(frozen=True, slots=True)
class PartTraits:
    """What is to be known of a part: what it plays, what kind it is, and what it has chosen for itself."""

    part: Part
    is_drums: bool
    is_bass: bool
    is_chordal: bool
    range: tuple[int, int]
    follows: Part | None = None
    """The part on the same channel whose controllers and programs are meant for this one too: two hands of a piano."""


def anything(name: str, port: int) -> Instrument:
    """A port behind which nobody knows what stands: sixteen channels, the tenth for drums as General MIDI has it."""
    return Instrument(name, port, tuple(Seat(channel, channel == DRUM_CHANNEL) for channel in range(16)))


def propose(
    song: Song, instruments: Sequence[Instrument], kept: Mapping[Part, Destination] = MappingProxyType({})
) -> dict[Part, Destination]:
    """A destination for each part; parts share a channel only where no other is left, or where they are one player's.

    Those in `kept` stay where they are, on these instruments or elsewhere, and the others are seated around them.
    Nothing that the AI wrote is silent: a part that nothing fits goes where it fits least badly.
    """
    traits = _traits(song)
    seats = [(instrument, seat) for instrument in instruments for seat in instrument.seats]
    chosen = {part: where for part, where in kept.items() if part in traits}
    own = Counter(part.channel for part in traits if part not in chosen)
    taken = Counter[tuple[int, int]](chosen.values())
    ports = {instrument.port for instrument in instruments}
    for one in sorted(traits.values(), key=_turn):
        if one.part in chosen:
            continue
        if one.follows and chosen[one.follows].port in ports:
            chosen[one.part] = chosen[one.follows]
            continue
        own[one.part.channel] -= 1
        instrument, seat = min(seats, key=lambda place: _misfit(one, place[0], place[1], taken, own))
        chosen[one.part] = Destination(instrument.port, seat.channel)
        taken[chosen[one.part]] += 1
    return {part: chosen[part] for part in traits}


def shared(routing: Mapping[Part, Destination]) -> dict[Destination, list[Part]]:
    """The channels to which several parts go, with those parts."""
    parts: dict[Destination, list[Part]] = {}
    for part, where in routing.items():
        parts.setdefault(where, []).append(part)
    return {where: several for where, several in parts.items() if len(several) > 1}


def _turn(one: PartTraits) -> tuple[bool, bool, bool]:
    """Who chooses first: drums, then basses; who follows another after all of them."""
    return one.follows is not None, not one.is_drums, not one.is_bass


def _misfit(
    one: PartTraits,
    instrument: Instrument,
    seat: Seat,
    taken: Mapping[tuple[int, int], int],
    own: Mapping[int, int],
) -> tuple[int | bool, ...]:
    """How badly a seat fits a part: the smaller the better, and what stands first matters most."""
    low, high = seat.range
    load = sum(taken[instrument.port, other.channel] for other in instrument.seats)
    return (
        one.is_drums != seat.is_drums,
        taken[instrument.port, seat.channel],
        one.is_chordal and seat.is_mono,
        one.is_bass != seat.is_mono,
        one.is_drums != instrument.is_drums_only,
        not (low <= one.range[0] and one.range[1] <= high),
        load,
        seat.channel != one.part.channel,
        own[seat.channel] > 0,  # a part that is still to choose has it as its own
    )


def _traits(song: Song) -> dict[Part, PartTraits]:
    parts = song.parts()
    programs, has_events = _events(song)
    on_track = Counter(part.track for part in parts)
    names = {part: _words(song.name(part.track)) if on_track[part.track] == 1 else () for part in parts}
    found: dict[Part, PartTraits] = {}
    for part, (spans, low, high) in _played(song).items():
        kind = next((_KIND_OF[word] for word in names[part] if word in _KIND_OF), "")
        is_drums = kind == "drums" or (part.channel == DRUM_CHANNEL and kind in ("", "drums"))
        is_bass = not is_drums and (kind == "bass" or (not kind and programs.get(part, -1) in _BASS_PROGRAMS))
        leader = next((other for other in parts if other in has_events and _leads(other, part, names)), None)
        follows = leader if part not in has_events else None
        found[part] = PartTraits(part, is_drums, is_bass, _is_chordal(spans), (low, high), follows)
    return found


def _leads(other: Part, part: Part, names: Mapping[Part, Sequence[str]]) -> bool:
    """True for two parts on one channel that differ by the hand alone, if at all."""
    played = [[word for word in names[one] if word not in _HANDS] for one in (other, part)]
    return other != part and other.channel == part.channel and played[0] == played[1]


def _words(name: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(name.casefold().replace("hi-hat", "hihat")))


def _played(song: Song) -> dict[Part, tuple[list[tuple[int, int]], int, int]]:
    """Of each part when its notes begin and end, and its lowest and highest key."""
    spans: dict[Part, list[tuple[int, int]]] = {part: [] for part in song.parts()}
    keys: dict[Part, tuple[int, int]] = {}
    for track in song.tracks:
        for _, note in song.notes(track):
            part = Part(track, note.channel)
            if part not in spans:
                continue  # a part of a session that somebody meddled with
            spans[part].append((note.tick, note.end))
            low, high = keys.get(part, (note.pitch, note.pitch))
            keys[part] = min(low, note.pitch), max(high, note.pitch)
    return {part: (found, *keys.get(part, (60, 60))) for part, found in spans.items()}


def _is_chordal(spans: Iterable[tuple[int, int]]) -> bool:
    in_order = sorted(spans)
    together = sum(
        later[0] < earlier[1] and later[0] - earlier[0] < (earlier[1] - earlier[0]) / 2
        for earlier, later in pairwise(in_order)
    )
    return together > _CHORDS_FROM * len(in_order)


def _events(song: Song) -> tuple[dict[Part, int], set[Part]]:
    """The first program of each part, and the parts that have programs, controllers or bends of their own."""
    programs: dict[Part, int] = {}
    has_events: set[Part] = set()
    for track in song.tracks:
        for _, event in song.events(track):
            status = event.message[0] & 0xF0
            if status >= KEY_PRESSURE:
                has_events.add(Part(track, event.channel))
            if status == PROGRAM:
                programs.setdefault(Part(track, event.channel), event.message[1])
    return programs, has_events
