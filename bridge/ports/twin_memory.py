"""What a simulated instrument is set to: programs, the bend and every parameter of its profile, as they stand.

`Twin` calls it for every message that is not a note. A parameter is named by its place in the profile. A value that
the profile does not allow is taken as the nearest that it does, and counted. Channels count from 0. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.core import message as midi
from bridge.core.parameters import DATA_LSB, DATA_MSB, NUMBERS, Parameters
from bridge.core.parameters import Parameter as Numbered
from bridge.ports.twin_log import Changed
from bridge.ports.twin_voices import slots_of
from bridge.profiles.model import Profile
from bridge.profiles.parameter import DataEntry, Parameter
from bridge.profiles.section import WIDE
from bridge.profiles.template import joined, template

_STEPS: Final = {96: 1, 97: -1}  # data increment and decrement
_RPN: Final = (101, 100)
_NRPN: Final = (99, 98)
_BEND_RANGE: Final = (_RPN, 0, 0)
"""The registered parameter that sets the bend range: semitones, then cents (MIDI 1.0, table IIIa)."""
Entries = Sequence[tuple[int, int]]


@dataclass(slots=True)
class Chosen:
    """What one channel was told of programs; None: nothing yet."""

    program: int | None = None
    msb: int | None = None
    lsb: int | None = None
    """The bank bytes that were obeyed with the program."""


class Memory:
    """The state of one instrument."""

    def __init__(self, profile: Profile, channels: Iterable[int]) -> None:
        """`channels` are those on which it plays; a parameter may be obeyed on others."""
        self.changes: list[Changed] = []
        self.beyond = 0
        """Values that were out of their parameter's range."""
        self.chosen: defaultdict[int, Chosen] = defaultdict(Chosen)
        """The program of each channel."""
        self._profile = profile
        self._slots = slots_of(profile)
        self._names = [": ".join(filter(None, (one.group, one.name))) for one in profile.parameters]
        self._channels = [
            frozenset(channel - 1 for channel in one.channels) or frozenset(channels) for one in profile.parameters
        ]
        self._values: dict[tuple[int, int], int] = {}
        self._numbered = {channel: Parameters(channel) for channel in range(16)}
        self._controllers: dict[tuple[int, int], int] = {}
        self._banks: dict[tuple[int, int], int] = {}
        self._by_cc: defaultdict[int, list[int]] = defaultdict(list)
        self._by_number: defaultdict[tuple[tuple[int, int], int, int], list[int]] = defaultdict(list)
        self._by_sysex: list[int] = []
        for place, parameter in enumerate(profile.parameters):
            if parameter.direction != "sent":
                self._learn(place, parameter)

    @property
    def channels(self) -> frozenset[int]:
        """Every channel on which some parameter is obeyed."""
        return frozenset().union(*self._channels)

    @property
    def stored(self) -> int:
        """How often its memory was changed."""
        return sum(change.is_stored for change in self.changes)

    def value(self, place: int, channel: int) -> int | None:
        """What a parameter stands at; its default while nobody has set it, None where that is not known."""
        return self._values.get((place, channel), self._profile.parameters[place].default)

    def table(self, channel: int) -> dict[str, int]:
        """Every parameter with a value that is known, by its name."""
        values = {name: self.value(place, channel) for place, name in enumerate(self._names)}
        return {name: value for name, value in values.items() if value is not None}

    def bend_semitones(self, channel: int) -> float | None:
        """How far a full bend goes; None where the profile does not say."""
        slot = next((one for one in self._slots if channel + 1 in one.channels), None)
        if slot is None or slot.bend is None:
            return None
        entries = self._entered(_BEND_RANGE, channel) if slot.bend.set_by == "rpn" else ()
        given = dict(entries)
        return given.get(DATA_MSB, slot.bend.semitones) + given.get(DATA_LSB, 0) / 100

    def control(self, channel: int, number: int, value: int, at_ns: int) -> None:
        """A controller."""
        if number in (midi.BANK_MSB, midi.BANK_LSB):
            self._banks[channel, number] = value
        self._controllers[channel, number] = value
        if number in NUMBERS:
            self._numbered[channel].take(number, value)
        for place in self._by_cc[number]:
            self._set_by_cc(place, channel, number, at_ns)
        if number in (DATA_MSB, DATA_LSB, *_STEPS) and self._by_number:
            self._set_by_number(channel, at_ns)

    def program(self, channel: int, number: int) -> bool:
        """A program change; False where it takes none."""
        select = self._profile.programs.select if self._profile.programs else "both"
        if select == "none":
            return False
        msb, lsb = (self._banks.get((channel, one)) for one in (midi.BANK_MSB, midi.BANK_LSB))
        self.chosen[channel] = Chosen(
            number, msb if select in ("msb", "both") else None, lsb if select in ("lsb", "both") else None
        )
        return True

    def program_name(self, channel: int) -> str | None:
        """What the profile calls the program of that channel."""
        chosen = self.chosen[channel]
        for bank in self._profile.programs.banks if self._profile.programs else ():
            is_here = bank.msb in (None, chosen.msb or 0) and bank.lsb in (None, chosen.lsb or 0)
            if is_here and chosen.program is not None and 0 <= chosen.program - bank.first < len(bank.names):
                return bank.names[chosen.program - bank.first]
        return None

    def sysex(self, message: bytes, at_ns: int) -> None:
        """An exclusive message; what it sets, it sets for all channels of the parameter."""
        for place in self._by_sysex:
            parameter = self._profile.parameters[place]
            found = template(parameter.sysex or "").read(message)
            value = joined(found) if found is not None else None
            for channel in sorted(self._channels[place]) if value is not None else ():
                self._set(place, channel, _own(value or 0, parameter), self._range(place, parameter.most), at_ns)

    def _learn(self, place: int, parameter: Parameter) -> None:
        for number in {parameter.cc, *(parameter.cc14 or ())} - {None}:
            self._by_cc[number or 0].append(place)
        for kinds, pair in ((_RPN, parameter.rpn), (_NRPN, parameter.nrpn)):
            if pair is not None:
                self._by_number[kinds, *pair].append(place)
        if parameter.sysex is not None:
            self._by_sysex.append(place)

    def _range(self, place: int, high: int) -> tuple[int, int]:
        return self._profile.parameters[place].range or (0, high)

    def _set_by_cc(self, place: int, channel: int, number: int, at_ns: int) -> None:
        parameter = self._profile.parameters[place]
        if number == parameter.cc:
            self._set(place, channel, self._controllers[channel, number], self._range(place, 127), at_ns)
        if parameter.cc14 and number in parameter.cc14:
            coarse, fine = parameter.cc14
            if number == coarse:  # a new coarse value sets the fine one to nothing (MIDI 1.0, "Control Change")
                self._controllers.pop((channel, fine), None)
            known = [
                (entry, self._controllers.get((channel, cc))) for entry, cc in ((DATA_MSB, coarse), (DATA_LSB, fine))
            ]
            entries = [(entry, value) for entry, value in known if value is not None]
            span = self._range(place, WIDE)
            self._set(place, channel, value_of(entries, span[1]) or 0, span, at_ns)

    def _set_by_number(self, channel: int, at_ns: int) -> None:
        selection = self._numbered[channel].selection
        if len(selection) < 2:
            return
        (first, msb), (second, lsb) = selection
        entries = self._entered(((first, second), msb, lsb), channel)
        for place in self._by_number.get(((first, second), msb, lsb), ()) if entries else ():
            parameter = self._profile.parameters[place]
            span = (parameter.nrpn_range if first == _NRPN[0] else None) or self._range(place, WIDE)
            value = value_of(entries, span[1], parameter.data_entry)
            if value is not None:
                self._set(place, channel, value, span, at_ns)

    def _entered(self, number: tuple[tuple[int, int], int, int], channel: int) -> Entries:
        return self._numbered[channel].values.get(Numbered(*number), ())

    def _set(self, place: int, channel: int, value: int, span: tuple[int, int], at_ns: int) -> None:
        if channel not in self._channels[place]:
            return
        nearest = min(max(value, span[0]), span[1])
        self.beyond += nearest != value
        self._values[place, channel] = nearest
        is_stored = self._profile.parameters[place].safety == "stores"
        self.changes.append(Changed(at_ns, channel, self._names[place], nearest, is_stored))


def value_of(entries: Entries, high: int, held_by: DataEntry | None = None) -> int | None:
    """The value that data entries mean for a parameter whose highest value is `high`; None where none was entered.

    `held_by` says which entries count. Where it is not known, of more than seven bits both do, else the first alone, or
    the second behind a first of 0.
    """
    given = dict(entry for entry in entries if entry[0] in (DATA_MSB, DATA_LSB))
    msb, lsb = given.get(DATA_MSB), given.get(DATA_LSB)
    values = {"msb": msb, "lsb": lsb, "both": (msb or 0) << 7 | (lsb or 0)}
    value = values[held_by or ("both" if high > 127 or not msb else "msb")]
    return None if value is None else value + sum(_STEPS.get(number, 0) for number, _ in entries)


def _own(value: int, parameter: Parameter) -> int:
    """What of a value in a message is the parameter's."""
    return value >> parameter.bits[0] & parameter.most if parameter.bits else value
