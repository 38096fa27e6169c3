"""Identity replies: which bytes of one tell devices apart, and whether it is what a profile says.

`match` calls it with what came in or was typed. A byte may be unknown (`??`) in a reply too, as lists of replies have
it. It refuses nothing: what is no identity reply has no body.
"""

from functools import lru_cache
from typing import Final, NamedTuple

LONGEST: Final = 256
"""Bytes of a reply that are looked at; the longest known has 35."""
_HEAD: Final = 5  # F0 7E, the device byte, 06 02
_REPLY: Final = (0x06, 0x02)
_SYSEX_END: Final = 0xF7
_REAL_TIME: Final = 0xF8
_STANDARD: Final = 4  # family and member, behind the maker's id


class Byte(NamedTuple):
    """One byte of which the bits in `mask` are known."""

    value: int
    mask: int = 0xFF


Body = tuple[Byte, ...]


def exactly(reply: bytes) -> Body:
    """The bytes of a reply that came in."""
    return tuple(map(Byte, reply[:LONGEST]))


def parse(text: str) -> Body:
    """The bytes of a text such as `F0 7E ?? 06`. Raises ValueError."""
    found = text.replace(",", " ").split()
    if len(found) == 1 and len(text.strip()) > 2:
        found = [text.strip()[place : place + 2] for place in range(0, len(text.strip()), 2)]
    return tuple(_byte(word.lower().removeprefix("0x")) for word in found)


def _byte(word: str) -> Byte:
    if len(word) != 2 or not word.isascii() or not word.replace("?", "0").isalnum():
        raise ValueError(f"found '{word}', allowed: bytes of two hex digits, ?? for an unknown one")
    mask = int("".join("0" if digit == "?" else "f" for digit in word), 16)
    try:
        return Byte(int(word.replace("?", "0"), 16), mask)
    except ValueError:
        raise ValueError(f"found '{word}', allowed: bytes of two hex digits, ?? for an unknown one") from None


def body(reply: Body) -> Body | None:
    """What stands behind `06 02` and before F7, from the maker's id on; None for what is no identity reply.

    Real-time bytes within it are left out, and a frame without its device byte is understood.
    """
    values = [one.value for one in reply[:LONGEST]]
    if values[:2] != [0xF0, 0x7E]:
        return None
    start = next((at for at in (_HEAD, _HEAD - 1) if tuple(values[at - 2 : at]) == _REPLY), None)
    if start is None:
        return None
    rest = [one for one in reply[start:LONGEST] if one.value < _REAL_TIME]
    end = next((at for at, one in enumerate(rest) if one.value == _SYSEX_END), len(rest))
    found = tuple(rest[:end])
    is_sound = len(found) > id_length(found) and all(one.value < 0x80 for one in found)
    return found if is_sound else None


def id_length(found: Body) -> int:
    """How many bytes the maker's id has: three where the first is 0."""
    return 3 if found and found[0] == Byte(0) else 1


def maker_id(found: Body) -> str:
    """The maker's id as text, `00 20 29`."""
    return " ".join(f"{one.value:02X}" for one in found[: id_length(found)])


def pattern_id(pattern: str) -> str:
    """The maker's id of a profile's pattern."""
    found = pattern.split()[_HEAD:]
    return " ".join(found[: 3 if found[:1] == ["00"] else 1])


@lru_cache(maxsize=2_048)
def _compiled(pattern: str) -> tuple[Body, Body | None]:
    """(what it begins with, what it ends with behind a `*`) of a profile's pattern, from the maker's id on."""
    before, star, behind = " ".join(pattern.split()[_HEAD:]).removesuffix("F7").partition("*")
    return parse(before), parse(behind) if star else None


def fits(found: Body, pattern: str) -> bool | None:
    """Whether a reply is what the pattern says; None where only its length is another: more or fewer bytes follow."""
    begin, end = _compiled(pattern)
    common = min(len(found), len(begin))
    if not all(_agree(one, other) for one, other in zip(found[:common], begin)):
        return False
    if common < id_length(found) + _STANDARD and common < len(begin):
        return False
    if end is not None:
        is_long = len(found) >= len(begin) + len(end)
        return is_long and all(_agree(one, other) for one, other in zip(found[len(found) - len(end) :], end))
    return True if len(found) == len(begin) else None


def _agree(one: Byte, other: Byte) -> bool:
    return not (one.value ^ other.value) & one.mask & other.mask
