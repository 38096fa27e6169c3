"""How a device is told from others: what it answers to an identity request, its USB ids, the names of its ports.

`match` reads them by way of the index. Patterns are data: bytes with wildcards, names with `*`.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Final, Literal

from pydantic import Field

from bridge.profiles.section import Fault, Rules, Section, Text

_BEGIN: Final = "F0 7E ?? 06 02 "
_REST: Final = "*"
_BYTE: Final = re.compile(r"[0-9A-F?][0-9A-F?]")
System = Literal["linux", "macos", "windows"]
USB_ID: Final = r"^[0-9a-f]{4}:[0-9a-f]{4}$"
UsbId = Annotated[str, Field(pattern=USB_ID, examples=["0944:0117"])]
Pattern = Annotated[str, Field(min_length=2)]
Names = Annotated[tuple[Text, ...], Field(strict=False)]


def pattern_faults(key: str, pattern: str, places: Collection[str] = ()) -> Iterator[Fault]:
    """What is no pattern of bytes in it: two digits each, `?` for any, one `*` for any number of bytes.

    `places` are the words that may stand for a value; `template` reads and fills them.
    """
    words = pattern.split()
    if words.count(_REST) > 1:
        yield Fault(key, f"{_REST} {words.count(_REST)} times in {pattern!r}", "once")
    for place, word in enumerate(words):
        if word not in (_REST, *places) and not _BYTE.fullmatch(word):
            words_too = ", ".join(("two hex digits in capitals", "??", *places))
            yield Fault(key, f"{word!r} as byte {place} of {pattern!r}", f"{words_too}, or {_REST}")


class Reply(Section):
    """What it answers to the Universal Identity Request (F0 7E 7F 06 01 F7)."""

    pattern: Pattern
    """The whole answer, such as `F0 7E ?? 06 02 42 13 01 00 00 * F7`; the device byte is never told by."""
    model: str | None = None
    """Which of the profile's models answers so; none: any of them."""
    state: str | None = None
    """What it tells besides, such as a firmware update being awaited."""

    def rules(self) -> Rules:
        """The pattern is one of bytes, and of an identity reply."""
        return (*super().rules(), lambda: pattern_faults("pattern", self.pattern), self._begins)

    def _begins(self) -> Iterator[Fault]:
        if not self.pattern.startswith(_BEGIN):
            yield Fault("pattern", repr(self.pattern), f"one that begins with '{_BEGIN}'")


class Match(Section):
    """All by which this device can be recognised."""

    replies: Annotated[tuple[Reply, ...], Field(strict=False)] = ()
    """What it is known to answer to an identity request; a device with deviations has several."""
    no_reply: str | None = None
    """Why there is no reply, where there is none."""
    no_reply_of: Mapping[str, Text] = Field(default_factory=dict)
    """Which of the profile's models give no reply though others do, and why: `"Launchpad" = "it answers nothing"`."""
    usb: Annotated[tuple[UsbId, ...], Field(strict=False)] = ()
    """Vendor and product, as `0944:0117`."""
    names: Names = ()
    """Names of its ports or its client on any system, with `*` for anything; case does not matter."""
    names_on: Mapping[System, Names] = Field(default_factory=dict)
    """Names on one system only."""

    def rules(self) -> Rules:
        """It either answers, or there is a reason why not."""
        return (*super().rules(), self._one_of_both)

    def _one_of_both(self) -> Iterator[Fault]:
        if self.replies and self.no_reply:
            yield Fault("no_reply", "a reason beside replies", "one of them")
        for model in sorted({reply.model or "" for reply in self.replies} & self.no_reply_of.keys()):
            yield Fault(f"no_reply_of.{model}", "a reason beside a reply", "one of them")


class PortRole(Section):
    """One of the ports that a device shows, and what it is for."""

    name: Text
    """A part of the port's name, or a pattern with `*`."""
    direction: Literal["in", "out", "both"] = "both"
    """Seen from the computer: in is what the device sends."""
    use: Literal["play", "control", "daw", "din", "update", "unused"]
    """What it is for. play: notes and controls as a musician means them; control: its own surface; daw: a program's
    private talk; din: its 5-pin socket; update: new firmware."""


def role_of(ports: Collection[PortRole], name: str) -> PortRole | None:
    """Which of a device's ports has that name; of several that fit the one that says most."""
    folded = name.casefold()
    meant = [role for role in ports if fnmatchcase(folded, f"*{role.name.casefold()}*")]
    return max(meant, key=lambda role: len(role.name), default=None)
