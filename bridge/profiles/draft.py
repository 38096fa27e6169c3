"""The beginning of a profile: a TOML file of what is known at once, with comments on what is to be added.

Made by the command `profiles new`, of what somebody says or of a table of MIDI Guide. It passes the check; what nobody
said is not in it, but stands there as a comment to be filled in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from bridge.core.wire import DIN_NS_PER_BYTE
from bridge.profiles.convert.converted import filled
from bridge.profiles.convert.toml_out import quoted, tables
from bridge.profiles.sound import NS_PER_SECOND

DIN_BYTES_PER_SECOND: Final = NS_PER_SECOND // DIN_NS_PER_BYTE
USB_BYTES_PER_SECOND: Final = 1_000_000
_HEAD: Final = """\
#:schema {schema}
# {about}. `midi-bridge profiles check` says what is missing; docs/profiles.md says how it is written.
name = {name}
maker = {maker}
model = {model}
kind = "{kind}"

# Where facts were read. "assumed" is the source of all that names no other: change it, or give a table its own with
# source = "manual", or one key of a table with sources = {{ range = "manual" }}.
source = "assumed"
"""


class _Room(NamedTuple):
    """A part of the file: the key it is for, what is said of it, and what may stand there."""

    key: str
    says: str
    example: str
    kind: str = ""
    """The only kind of device that has it."""
    is_list: bool = False
    grows: bool = False
    """The example stands there also where there are some: more are added like it."""


_ROOMS: Final = (
    _Room(
        "sources.manual",
        "A work that facts were read in: its title, and where in it.",
        'kind = "manual"\nsays = "MODEL Owner\'s Manual (MAKER, 2024), pp. 40-44"',
    ),
    _Room(
        "match",
        "By what it is recognised. `midi-bridge ports` says the names of its ports.",
        'names = ["MODEL*"]\n'
        'replies = [{ pattern = "F0 7E ?? 06 02 00 20 7F * F7" }]\n'
        'no_reply = "its manual\'s chart says that it answers none"  # in place of replies',
    ),
    _Room(
        "wire",
        "Its sockets for MIDI (usb, din or both), and how many bytes it takes in a second. 5-pin DIN takes 3125:\n"
        "31,250 baud, ten bits a byte. How fast USB is, is seldom printed.",
        f'connector = "din"\nspeed_bytes_per_second = {DIN_BYTES_PER_SECOND}',
    ),
    _Room(
        "slots",
        "What sounds: its channels, how many notes at once, and the lowest and the highest key that sound.",
        "channels = [1]\npolyphony = 1\nrange = [0, 127]",
        "instrument",
        is_list=True,
    ),
    _Room("programs", "How its sounds are chosen.", 'select = "program"', "instrument"),
    _Room("has", "How many parameters its manual lists.", "parameters = 1", "instrument"),
    _Room(
        "parameters",
        "What can be turned in it: one table each. A role says what it does in words that all instruments share;\n"
        "safety whether it is harmless, jumps audibly, or stores, which is never automated.",
        'name = "Cutoff"\ncc = 74\nrange = [0, 127]\nrole = "cutoff"\nsafety = "harmless"',
        "instrument",
        is_list=True,
        grows=True,
    ),
    _Room(
        "ports",
        "Each port that it shows, and what it is for.",
        'name = "MODEL"\nuse = "play"',
        "controller",
        is_list=True,
    ),
    _Room(
        "has",
        'How many of each kind there are, and whether its lights are described, "none" or "unknown".',
        'controls = { keys = 25, knob = 8 }\nlights = "unknown"',
        "controller",
    ),
    _Room(
        "controls",
        "What is under the hand: one table for each control, or for a row of like ones.",
        'name = "K{}"\nkind = "knob"\nmessage = { type = "control", channel = 1, range = [70, 77] }',
        "controller",
        is_list=True,
        grows=True,
    ),
    _Room(
        "confirmed",
        "Who has tried it on the device itself. Empty: nobody has, and the program says so.",
        'by = "Ada"\non = "2026-11-25"\nfirmware = "1.2"',
        is_list=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody says of a device at first; None for what is not known."""

    name: str
    maker: str
    model: str
    kind: str
    connector: str
    channel: int
    polyphony: int | None = None
    range: tuple[int, int] | None = None
    """The keys that sound, or of a controller those that it has."""
    controller: int | None = None
    """The number that the first knob of a controller without keys sends."""

    def data(self) -> dict[str, Any]:
        """The profile as plain data."""
        speed = USB_BYTES_PER_SECOND if self.connector == "usb" else DIN_BYTES_PER_SECOND
        return {
            "name": self.name,
            "maker": self.maker,
            "model": self.model,
            "kind": self.kind,
            "wire": {"connector": self.connector, "speed_bytes_per_second": speed},
            **({"slots": [self._slot()]} if self.kind == "instrument" else {"controls": [self._control()]}),
        }

    def _slot(self) -> dict[str, Any]:
        return filled({"channels": [self.channel], "polyphony": self.polyphony, "range": self.range})

    def _control(self) -> dict[str, Any]:
        if self.range:
            return {"kind": "keys", "message": {"type": "note", "channel": self.channel, "range": self.range}}
        sent = {"type": "control", "channel": self.channel, "number": self.controller or 0}
        return {"kind": "knob", "message": sent}


def to_go_on_with(converted: Mapping[str, Any]) -> dict[str, Any]:
    """What a converter made of a data set, for a person to add to.

    Parameters name the set as their source, and slots, to which most is to be added, for each of their keys: so
    nothing that he adds seems to come from there by mistake.
    """
    source = converted["source"]
    parameters = [{**one, "source": source} for one in converted.get("parameters", ())]
    slots = [{**one, "sources": dict.fromkeys(one, source)} for one in converted.get("slots", ())]
    kept = {key: value for key, value in converted.items() if key not in ("source", "origin")}
    return kept | filled({"parameters": parameters or None, "slots": slots or None})


def text(data: Mapping[str, Any], schema: str) -> str:
    """The file of what is known, with the place of the schema for editors in its first line."""
    head = _HEAD.format(
        schema=schema,
        about=" ".join(_plain(data[key]) for key in ("maker", "model")),
        kind=data["kind"],
        **{key: quoted(data[key]) for key in ("name", "maker", "model")},
    )
    rooms = [line for room in _ROOMS if room.kind in ("", data["kind"]) for line in _room(room, data)]
    known = [line for id, one in data.get("sources", {}).items() for line in ("", *tables(f"sources.{id}", one))]
    return "\n".join([head.rstrip("\n"), *known, *rooms]) + "\n"


def _room(room: _Room, data: Mapping[str, Any]) -> Iterator[str]:
    """One part of the file: what is known as it is, what may be added as comments."""
    yield from ("", *(f"# {line}" for line in room.says.splitlines()))
    there = data.get(room.key)
    example = room.example.replace("MAKER", _plain(data["maker"])).replace("MODEL", _plain(data["model"])).splitlines()
    if not there or room.grows:
        yield from (f"# {line}" for line in (f"[[{room.key}]]" if room.is_list else f"[{room.key}]", *example))
    if there and room.grows:
        yield ""
    if there:
        known = there[0] if room.is_list else there
        more = [] if room.grows else [f"# {line}" for line in example if line.partition(" = ")[0] not in known]
        yield from tables(room.key, there, more)


def _plain(word: str) -> str:
    """A text inside a comment: TOML allows no control characters there, and no quotes in the examples."""
    return "".join(one for one in word if one.isprintable() and one not in '"\\')
