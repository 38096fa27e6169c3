"""The banks and programs that a MIDNAM file names, as the table `programs` of a profile.

Called by `midnam`. Bank bytes are the control changes 0 and 32 that a bank, or each of its programs, sends before the
program change; whatever else it sends is left behind.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol
from xml.etree.ElementTree import Element

from bridge.profiles.convert.converted import plain

_BANK: Final[Mapping[str | None, str]] = {"0": "msb", "32": "lsb"}
_LAST: Final = 127


class Reading(Protocol):
    """The device being read."""

    def leave(self, where: str, what: str, why: str) -> None:
        """Note what is left behind."""

    def used(self, element: Element, tag: str) -> list[Element]:
        """The lists of one kind that stand in an element, or that it names."""


class _Program(NamedTuple):
    msb: int
    lsb: int
    """-1: this byte is not sent."""
    program: int
    name: str
    shown: str


def programs(reading: Reading, sets: Sequence[Element]) -> dict[str, Any]:
    """The key `programs` of the profile; nothing where no program is named."""
    banks: list[dict[str, Any]] = []
    seen: set[tuple[int, int, int]] = set()
    shown: set[int | None] = set()
    for bank in (bank for names in sets for bank in names.iter("PatchBank")):
        fresh = []
        for one in _programs(reading, bank):
            if (one.msb, one.lsb, one.program) in seen:
                continue  # another channel has the same bank
            seen.add((one.msb, one.lsb, one.program))
            shown.add(
                int(one.shown) - one.program
                if one.shown.isascii() and one.shown.isdigit() and len(one.shown) < 5
                else None
            )
            fresh.append(one)
        banks += _runs(plain(bank.get("Name", "")) or "Bank", fresh)
    if not banks:
        return {}
    counts = {"display_from": shown.pop()} if shown in ({0}, {1}) else {}
    return {"programs": {"select": _select(banks), **counts, "banks": banks}}


def _select(banks: Sequence[Mapping[str, Any]]) -> str:
    there = [key for key in ("msb", "lsb") if any(key in bank for bank in banks)]
    return {0: "program", 1: there[0] if there else "", 2: "both"}[len(there)]


def _programs(reading: Reading, bank: Element) -> Iterator[_Program]:
    whole = _bytes(bank.find("MIDICommands"))
    for one in (patch for names in reading.used(bank, "PatchNameList") for patch in names.iter("Patch")):
        commands = one.find("PatchMIDICommands")
        own = whole | _bytes(commands)
        change = commands.find("ProgramChange") if commands is not None else None
        said = one.get("ProgramChange") or (change.get("Number") if change is not None else None)
        name = plain(one.get("Name", ""))
        program = _byte(said)
        if program is None:
            reading.leave(f"Patch {name}", f"program {said}", "no program from 0 to 127 chooses it")
            continue
        for extra in commands if commands is not None else ():
            if extra.tag != "ProgramChange" and extra.get("Control") not in _BANK:
                reading.leave(f"Patch {name}", extra.tag, "a profile chooses a program by bank bytes and program alone")
        yield _Program(own.get("msb", -1), own.get("lsb", -1), program, name, one.get("Number", "").strip())


def _bytes(commands: Element | None) -> dict[str, int]:
    """The bank bytes among some commands."""
    found = {}
    for one in commands.findall("ControlChange") if commands is not None else ():
        key, value = _BANK.get(one.get("Control")), _byte(one.get("Value"))
        if key and value is not None:
            found[key] = value
    return found


def _byte(text: str | None) -> int | None:
    word = (text or "").strip()
    return int(word) if word.isascii() and word.isdigit() and len(word) < 4 and int(word) <= _LAST else None


def _runs(name: str, many: Sequence[_Program]) -> Iterator[dict[str, Any]]:
    """The programs as banks: one for each pair of bank bytes, and for each stretch of programs without a gap."""
    bank: dict[str, Any] = {}
    last: _Program | None = None
    for one in sorted(many, key=lambda one: one[:3]):
        if last is None or one[:3] != (last.msb, last.lsb, last.program + 1):
            if bank:
                yield bank
            msb, lsb = ({key: byte} if byte >= 0 else {} for key, byte in (("msb", one.msb), ("lsb", one.lsb)))
            bank = {"name": name, **msb, **lsb, **({"first": one.program} if one.program else {}), "names": []}
        bank["names"].append(one.name)
        last = one
    if bank:
        yield bank
