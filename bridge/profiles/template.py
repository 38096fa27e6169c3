"""A message as a profile writes it, with placeholders: to be filled with values, and to read them from what came.

Twins call it for SysEx parameters, lights, displays, modes and replies. `vv` is a value, `vh vl` its two halves of
seven bits, `nn` a control's number, `rr gg bb` a colour, `tt` a text of any length; `?` is any digit, `*` any number
of bytes; `( ... ) cs` are bytes and their checksum, which is reckoned when the message is made, and must be right when
it is read. It refuses, with ValueError, a word that is none of these.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

_NAMES: Final = frozenset(("vv", "vh", "vl", "nn", "rr", "gg", "bb"))
_TEXT: Final = "tt"
CHECKSUM: Final = "cs"
SUMMED: Final = ("(", ")", CHECKSUM)
"""What stands around the bytes that a checksum is of, and for the checksum."""
_REST: Final = "*"
_DIGITS: Final = "0123456789ABCDEF"
_ANY: Final = b"[\\x00-\\x7f]"
_SUM: Final = "sum"
_WHOLE: Final = {_REST: _ANY + b"*", "(": b"(?P<sum>", ")": b")", CHECKSUM: b"(?P<cs>" + _ANY + b")"}
"""Words that mean the same wherever they stand."""


class Template:
    """One message with placeholders."""

    def __init__(self, text: str) -> None:
        self._words = text.split()
        seen: set[str] = set()
        self._regex = re.compile(b"".join(_expression(word, seen) for word in self._words), re.DOTALL)

    @property
    def names(self) -> frozenset[str]:
        """The placeholders that stand in it."""
        return frozenset(word for word in self._words if word in _NAMES or word == _TEXT)

    def fill(self, values: Mapping[str, int] | None = None, text: bytes = b"", rest: bytes = b"") -> bytes:
        """The whole message: unknown digits are 0, `rest` stands for `*`; a placeholder without a value is 0."""
        given = values or {}
        whole = {_TEXT: text, _REST: rest, ")": b""} | {name: bytes((given.get(name, 0),)) for name in _NAMES}
        made, summed = b"", 0
        for word in self._words:
            if word == "(":
                summed = len(made)
            elif word == CHECKSUM:
                made += bytes((_checksum(made[summed:]),))
            else:
                made += whole[word] if word in whole else bytes((int(word.replace("?", "0"), 16),))
        return made

    def read(self, message: bytes) -> dict[str, bytes] | None:
        """What stands in place of each placeholder, or None where the message is another or its checksum is wrong."""
        match = self._regex.fullmatch(message)
        found = match.groupdict() if match else None
        if found and _SUM in found and found.pop(CHECKSUM)[0] != _checksum(found.pop(_SUM)):
            return None
        return found


@lru_cache(maxsize=4_096)
def template(text: str) -> Template:
    """The template of that text, made once."""
    return Template(text)


def split(value: int) -> dict[str, int]:
    """A value for the placeholders: whole as `vv`, its upper and lower seven bits as `vh` and `vl`."""
    return {"vv": value & 0x7F, "vh": value >> 7, "vl": value & 0x7F}


def joined(found: Mapping[str, bytes]) -> int | None:
    """The value that the placeholders hold; None where there is none."""
    if "vv" in found:
        return found["vv"][0]
    halves = [found[name][0] if name in found else 0 for name in ("vh", "vl")]
    return halves[0] << 7 | halves[1] if found.keys() & {"vh", "vl"} else None


def _checksum(data: bytes) -> int:
    """What makes the sum of all a multiple of 128, as Roland's exclusive messages have it."""
    return -sum(data) & 0x7F


def _expression(word: str, seen: set[str]) -> bytes:
    if word in _WHOLE:
        return _WHOLE[word]
    if word == _TEXT or word in _NAMES:
        name = word.encode()
        is_known = word in seen
        seen.add(word)
        return b"(?P=" + name + b")" if is_known else b"(?P<" + name + b">" + _ANY + (b"*)" if word == _TEXT else b")")
    if len(word) != 2 or not set(word) <= {*_DIGITS, "?"}:
        raise ValueError(f"found {word!r}, allowed: two hex digits in capitals, ?, *, or a placeholder")
    high, low = (_DIGITS if digit == "?" else digit for digit in word)
    codes = [int(one + other, 16) for one in high for other in low]
    data = [code for code in codes if code < 0x80] or codes  # where a digit is open, data bytes are meant if any can be
    return b"[" + b"".join(b"\\x%02x" % code for code in data) + b"]"
