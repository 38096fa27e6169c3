"""Which part goes to which instrument: as the session remembers it, else as proposed; and how a person changes it.

Called by a host when it starts and when somebody asks it, and by the command `route` where no host runs. It refuses
parts, instruments and channels that are not there. A proposal may be replaced by another when the rig is another; what
the player has chosen himself stays remembered, also while its instrument is missing.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from bridge.arrange.compile import Destination
from bridge.arrange.route_parts import Instrument, propose
from bridge.core.song import Part, Song
from bridge.errors import BadOption
from bridge.session.journal import Journal
from bridge.session.stored import Stored

_MORE: Final = {"part": "give its number", "instrument": "write more of the name"}
CHOSEN: Final = "chosen"  # meta: the parts that the player has sent somewhere himself, as JSON


def routed(
    song: Song,
    journal: Journal,
    outputs: Sequence[str],
    instruments: Sequence[Instrument],
    absent: Collection[str] = (),
) -> dict[Part, Destination]:
    """Where each part goes: as the session remembers it, else as proposed around that; remembered from then on.

    `absent` are instruments of the rig that are not there now: what is remembered of them stays.
    """
    stored = journal.stored
    routing = propose(song, instruments, remembered(stored, outputs, instruments))
    lasting = chosen(stored) | {part for part, where in stored.routing.items() if where.port in absent}
    for part, where in routing.items():
        name = instrument_at(instruments, where).name
        before = stored.routing.get(part)
        if part not in lasting and (before is None or (before.port, before.channel) != (name, where.channel)):
            journal.route(part, name, where.channel)
    return routing


def remembered(stored: Stored, outputs: Sequence[str], instruments: Sequence[Instrument]) -> Mapping[Part, Destination]:
    """What the session remembers, as far as it is there: by the name of an instrument, or as once of its port."""
    found: dict[Part, Destination] = {}
    for part, where in stored.routing.items():
        for one in instruments:
            is_meant = where.port in (one.name, outputs[one.port] if outputs else "")
            if is_meant and any(seat.channel == where.channel for seat in one.seats):
                found.setdefault(part, Destination(one.port, where.channel))
    return found


def chosen(stored: Stored) -> frozenset[Part]:
    """The parts that the player has sent somewhere himself."""
    try:
        return frozenset(Part(*part) for part in json.loads(stored.meta.get(CHOSEN, "[]")))
    except (ValueError, TypeError):  # of a session that somebody meddled with
        return frozenset()


def name_of(song: Song, part: Part) -> str:
    """What a person calls a part: its track's name, else its channel."""
    return song.name(part.track) or f"channel {part.channel + 1}"


def instrument_at(instruments: Sequence[Instrument], where: Destination) -> Instrument:
    """The instrument that listens there."""
    behind = [one for one in instruments if one.port == where.port]
    return next((one for one in behind if any(seat.channel == where.channel for seat in one.seats)), behind[0])


class RoutingTable:
    """Where each part of a song goes, as a person sees it, and how he changes it; parts count from 1."""

    def __init__(
        self,
        song: Song,
        instruments: Sequence[Instrument],
        routing: Mapping[Part, Destination],
        chosen: Collection[Part],
    ) -> None:
        self.parts = tuple(song.parts())
        self.names = [name_of(song, part) for part in self.parts]
        self.instruments = tuple(instruments)
        self.routing = dict(routing)
        self.chosen = set(chosen)
        self._song = song

    def change(self, text: str) -> Part:
        """Do as `PART=INSTRUMENT[:CHANNEL]` says, as the player's choice; the part it names. Raises BadOption."""
        named, equals, place = text.partition("=")
        if not (named and equals and place):
            raise BadOption(
                f"'{text}' sends no part anywhere; give PART=INSTRUMENT or PART=INSTRUMENT:CHANNEL, as 2=module:3"
            )
        part = self._part(named)
        self._choose(part, self._place(part, place))
        return part

    def onward(self, part: Part) -> None:
        """Send a part to the next instrument, behind the last to the first."""
        place = self.instruments.index(instrument_at(self.instruments, self.routing[part])) + 1
        self._choose(part, self._seat(part, self.instruments[place % len(self.instruments)]))

    def _choose(self, part: Part, where: Destination) -> None:
        self.routing[part] = where
        self.chosen.add(part)

    def as_data(self) -> list[dict[str, object]]:
        """Each part with its place, as plain data."""
        return [
            {
                "part": number,
                "name": name,
                "instrument": instrument_at(self.instruments, self.routing[part]).name,
                "channel": self.routing[part].channel + 1,
                "chosen": part in self.chosen,
            }
            for number, (part, name) in enumerate(zip(self.parts, self.names, strict=True), 1)
            if part in self.routing
        ]

    def _part(self, text: str) -> Part:
        if text.isascii() and text.isdigit():
            if not 1 <= int(text[:9]) <= len(self.parts):
                raise BadOption(f"there is no part {text}; the song has {len(self.parts)}")
            return self.parts[int(text[:9]) - 1]
        return self.parts[_named("part", text, self.names)]

    def _place(self, part: Part, text: str) -> Destination:
        names = [one.name for one in self.instruments]
        named, _, channel = text.rpartition(":")
        if text in names or not named or not (channel.isascii() and channel.isdigit()):
            named, channel = text, ""
        instrument = self.instruments[_named("instrument", named, names)]
        if not channel:
            return self._seat(part, instrument)
        channels = [seat.channel + 1 for seat in instrument.seats]
        if int(channel[:9]) not in channels:
            listens = ", ".join(map(str, channels))
            raise BadOption(
                f"'{instrument.name}' does not listen on channel {channel}; it does on {listens}, "
                "unless the channels of your rig say otherwise"
            )
        return Destination(instrument.port, int(channel) - 1)

    def _seat(self, part: Part, instrument: Instrument) -> Destination:
        """The channel of an instrument that fits the part: one that no other part has, where there is one."""
        others = {other: where for other, where in self.routing.items() if other != part}
        return propose(self._song, [instrument], others)[part]


def remember(journal: Journal, table: RoutingTable, part: Part) -> None:
    """Note in the session where the player has sent a part."""
    where = table.routing[part]
    journal.route(part, instrument_at(table.instruments, where).name, where.channel)
    journal.put(CHOSEN, json.dumps(sorted(table.chosen)))


def _named(kind: str, text: str, names: Sequence[str]) -> int:
    """The index of the one name that is meant: the very name, else the one that has it as a part."""
    for is_meant in (text.__eq__, lambda name: text.casefold() in name.casefold()):
        meant = [index for index, name in enumerate(names) if is_meant(name)]
        if len(meant) == 1:
            return meant[0]
        if meant:
            several = ", ".join(dict.fromkeys(names[index] for index in meant))
            raise BadOption(f"'{text}' may mean several {kind}s: {several}; {_MORE[kind]}")
    raise BadOption(f"there is no {kind} '{text}'; there are: {', '.join(dict.fromkeys(names)) or 'none'}")
