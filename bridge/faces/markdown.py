"""Markdown for pages that are made from data: plain text made safe, tables without empty columns, footnotes.

Called by what draws the page of a device. Whatever the data say, they cannot become markup.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from bridge.faces.talk import printable

_MARKUP: Final = re.compile(r"^[#>+=-]|[\\`*\[\]<|~]|&(?=#?\w+;)|(?<!\w)_|_(?!\w)")

_ADDRESS: Final = re.compile(r"https?://[^\s<>|]+")


def plain(text: str) -> str:
    """A text as it is, in one line."""
    return _MARKUP.sub(r"\\\g<0>", printable(" ".join(text.split())))


def sentence(text: str) -> str:
    """A text as a sentence of its own."""
    return ended(text[:1].upper() + text[1:])


def ended(text: str) -> str:
    """A text with the stop that it may lack."""
    return plain(text) + ("" if text.endswith((".", "!", "?")) else ".")


def link(address: str) -> str:
    """An address that can be followed; what is none stays a text."""
    return f"<{address}>" if _ADDRESS.fullmatch(address) else plain(address)


def code(text: str) -> str:
    """A text as it is typed or sent."""
    kept = printable(" ".join(text.split())).replace("|", "\\|")
    return f"`{kept}`" if "`" not in kept else f"`` {kept} ``"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table, its cells already in Markdown, without the columns that no row fills; nothing without rows."""
    kept = list(rows)
    filled = [column for column in range(len(head)) if any(row[column] for row in kept)]
    lines = [[row[column] for column in filled] for row in (head, ["---"] * len(head), *kept)]
    return ["| " + " | ".join(line) + " |" for line in lines] if kept else []


class Footnotes:
    """The notes at the foot of one page: equal ones stand there once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, text: str) -> str:
        """What refers to the note; nothing for an empty one."""
        return f"[^{self._numbers.setdefault(text, len(self._numbers) + 1)}]" if text else ""

    def lines(self) -> list[str]:
        """The notes in the order in which they were first referred to."""
        return [f"[^{number}]: {text}" for text, number in self._numbers.items()]
