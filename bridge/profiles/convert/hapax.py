"""A profile as an instrument definition of the Squarp Hapax sequencer: a text file for its memory card.

Called by `profiles export`. The form is that of Squarp's own template (squarp.community, "Instrument Definition
Template"), with what claytron/hapax-tui found out on the hardware (its docs on the format, with OS 2.21 and 3.10): one
bad line loses the whole file; a name has only the characters below, and 15 of them are shown; a `#` begins a comment
anywhere; programs count from 1; there are 8 drum lanes, 8 knobs and 64 automation lanes; CC_PAIR is a pair of coarse
and fine controllers.

It refuses, with BadProfile, what makes no sound. What Hapax has no place for is left behind with the reason: RPN and
SysEx, and what must never be sent without being asked for.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple, get_args

from bridge.errors import BadProfile
from bridge.profiles.convert.converted import Left
from bridge.profiles.model import Profile
from bridge.profiles.parameter import Parameter, ParameterRole
from bridge.profiles.sound import Slot

_FORBIDDEN: Final = re.compile(r"""[^A-Za-z0-9 _\-+!"$'()*,./:<=>?@]+""")
_SHOWN: Final = 15
_SHOWN_OF_TRACK: Final = 9
_DRUM_LANES: Final = 8
_KNOBS: Final = 8
_LANES: Final = 64
_PROGRAMS: Final = 128
_LAST_ASSIGNABLE: Final = 119
_WIDE: Final = 127
_ROLES: Final = get_args(ParameterRole)
Leave = Callable[[str, str, str], None]


class _Line(NamedTuple):
    """One entry: its address, its name, and what a knob calls it."""

    section: str
    address: str
    name: str
    default: int | None
    target: str
    role: str | None


def text(profile: Profile, channel: int | None = None) -> tuple[str, tuple[Left, ...]]:
    """The file for the slot on `channel` (1-16; None: the first slot), and what was left behind."""
    if profile.kind != "instrument":
        raise BadProfile(f"'{profile.name}' is a controller; Hapax plays instruments")
    left: list[Left] = []

    def leave(where: str, what: str, why: str) -> None:
        left.append(Left(where, what, why))

    slot = _slot(profile, channel)
    entries = [line for one in _obeyed(profile, slot, leave) for line in _lines(one, leave)]
    chosen = _chosen(entries)
    blocks = [
        _head(profile, slot),
        *_section("DRUMLANES", _drum_lanes(slot, leave)),
        *_section("PC", _programs(profile, leave)),
        *(block for name in ("CC", "CC_PAIR", "NRPN") for block in _section(name, _entries(name, entries, leave))),
        *_section("ASSIGN", (f"{knob} {target}" for knob, target in enumerate(chosen[:_KNOBS], 1))),
        *_section("AUTOMATION", chosen[:_LANES]),
        *_section("COMMENT", _comment(profile)),
    ]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n", tuple(left)


def _slot(profile: Profile, channel: int | None) -> Slot:
    if channel is None:
        return profile.slots[0] if profile.slots else Slot()
    for slot in profile.slots:
        if channel in slot.channels:
            return slot
    raise BadProfile(f"'{profile.name}' has no slot on channel {channel}")


def _head(profile: Profile, slot: Slot) -> list[str]:
    """The track; ports and, where it is not known, the channel stay as they are on Hapax."""
    channel = slot.channels[0] if len(slot.channels) == 1 else "NULL"
    return [
        "VERSION 1",
        f"TRACKNAME {_name(profile.model, _SHOWN_OF_TRACK) or 'NULL'}",
        f"TYPE {'DRUM' if slot.sounds else 'POLY'}",
        "OUTPORT NULL",
        f"OUTCHAN {channel}",
        "INPORT NULL",
        "INCHAN NULL",
        "MAXRATE NULL",
    ]


def _section(name: str, lines: Iterable[str]) -> Iterator[list[str]]:
    inside = list(lines)
    if inside:
        yield [f"[{name}]", *inside, f"[/{name}]"]


def _drum_lanes(slot: Slot, leave: Leave) -> Iterator[str]:
    names = _Names()
    for row, sound in enumerate(slot.sounds, 1):
        if row > _DRUM_LANES:
            leave("sounds", f"key {sound.key}", f"there are {_DRUM_LANES} drum lanes")
        else:
            yield f"{row}:NULL:NULL:{sound.key} {names.fresh(sound.name or sound.role or '', f'Key {sound.key}')}"


def _programs(profile: Profile, leave: Leave) -> Iterator[str]:
    """Programs with names, counted from 1; as many as Hapax has room for."""
    names = _Names()
    count = 0
    for bank in profile.programs.banks if profile.programs else ():
        for program, said in enumerate(bank.names, bank.first + 1):
            count += 1
            if count > _PROGRAMS:
                continue
            bytes_ = "".join(f":{'NULL' if one is None else one}" for one in (bank.msb, bank.lsb))
            address = f"{program}{bytes_ if bytes_ != ':NULL:NULL' else ''}"
            yield f"{address} {names.fresh(said, f'Program {program}')}"
    if count > _PROGRAMS:
        leave("programs", f"{count - _PROGRAMS} programs", f"there is room for {_PROGRAMS}")


def _obeyed(profile: Profile, slot: Slot, leave: Leave) -> Iterator[Parameter]:
    """The parameters that this slot obeys and that may be sent."""
    for one in profile.parameters:
        if one.direction == "sent":
            leave("parameters", one.name, "the device sends it, and does not obey it")
        elif one.safety == "stores":
            leave("parameters", one.name, "it changes the device's memory: it is never automated")
        elif one.channels and slot.channels and not set(one.channels) & set(slot.channels):
            leave("parameters", one.name, "it is obeyed on other channels")
        else:
            yield one


def _lines(one: Parameter, leave: Leave) -> Iterator[_Line]:
    """One entry for each message by which it can be reached."""
    if one.cc is not None:
        yield _Line("CC", f"{one.cc}", one.name, _within(one.default, _WIDE), f"CC:{one.cc}", one.role)
    if one.cc14 is not None:
        address = f"{one.cc14[0]}:{one.cc14[1]}"
        yield _Line("CC_PAIR", address, one.name, one.default, f"CC_PAIR:{address}", one.role)
    if one.nrpn is not None:
        span = one.nrpn_range or one.range
        depth = 14 if span and span[1] > _WIDE else 7
        if span is None:
            leave("parameters", f"{one.name}: 14 bits", "its range is not known; 7 bits are taken")
        address = f"{one.nrpn[0]}:{one.nrpn[1]}:{depth}"
        default = one.default if depth == 14 else _within(one.default, _WIDE)
        yield _Line("NRPN", address, one.name, default, f"NRPN:{address}", one.role)
    if one.cc is None and one.cc14 is None and one.nrpn is None:
        leave("parameters", one.name, "Hapax sends no RPN and no SysEx")


def _within(value: int | None, highest: int) -> int | None:
    return value if value is not None and value <= highest else None


def _entries(section: str, entries: Iterable[_Line], leave: Leave) -> Iterator[str]:
    """The lines of one section; an address is named once."""
    names = _Names()
    there: set[str] = set()
    for one in entries:
        if one.section != section:
            continue
        if one.address in there:
            leave("parameters", f"{one.name}: {section} {one.address}", "the address has a name already")
            continue
        there.add(one.address)
        default = "" if one.default is None else f":DEFAULT={one.default}"
        yield f"{one.address}{default} {names.fresh(one.name, f'{section} {one.address}')}"


def _chosen(entries: Iterable[_Line]) -> list[str]:
    """What is worth a knob: the parameters whose role is known, in the order of the roles, each by one message."""
    ranked: dict[str, str] = {}
    for one in entries:
        if one.role and not (one.section == "CC" and int(one.address) > _LAST_ASSIGNABLE):
            ranked.setdefault(one.role, one.target)
    return [ranked[role] for role in sorted(ranked, key=_ROLES.index)]


def _comment(profile: Profile) -> Iterator[str]:
    yield _name(f"{profile.maker} {profile.model}, made by midi-bridge", 200)
    if profile.needs_hardware:
        yield "Nobody has confirmed it on hardware"
    for source in profile.sources.values():
        yield _name(f"From {source.says}{f', {source.licence}' if source.licence else ''}", 200)


class _Names:
    """Names that are told apart in what Hapax shows of them."""

    def __init__(self) -> None:
        self._there: set[str] = set()

    def fresh(self, text: str, otherwise: str) -> str:
        """The name, or the other one where no character of it is left, cut and numbered so that no other is like it."""
        base = _name(text, _SHOWN) or _name(otherwise, _SHOWN)
        name, number = base, 1
        while name in self._there:
            number += 1
            name = f"{base[: _SHOWN - len(str(number)) - 1].rstrip()} {number}"
        self._there.add(name)
        return name


def _name(text: str, longest: int) -> str:
    """The text in the characters that Hapax takes."""
    ascii_ = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(_FORBIDDEN.sub(" ", ascii_).split())[:longest].rstrip()
