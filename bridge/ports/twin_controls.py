"""The controls of a simulated device under a simulated hand: what is pressed or turned, and the bytes that it sends.

`Panel`, `TwinController` and `midi-bridge twin` call it. A control is named as it is printed beside it; like ones of
which no name tells them apart are told by the number of their message. It refuses, with BadOption, a control that is
not there or not on this page, and a value that it cannot send.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bridge.core import message as midi
from bridge.errors import BadOption
from bridge.profiles.control import STATUS, Address, Control, Encoding
from bridge.profiles.model import Profile
from bridge.profiles.section import WIDE, nearest
from bridge.profiles.template import template

FULL: Final = 127
_TURNS: Final[Mapping[Encoding, Callable[[int], int]]] = {
    "twos complement": lambda detents: detents & 0x7F,
    "sign bit": lambda detents: detents if detents > 0 else 64 - detents,
    "offset 64": lambda detents: 64 + detents,
}
"""What a turn by some detents sends; right is more than 0."""
MOST_DETENTS: Final = 63
"""In one message; a longer turn is sent as several."""
_MOMENTARY: Final = frozenset(("button", "pad", "keys", "pedal", "touch"))


@dataclass(frozen=True, slots=True)
class Place:
    """One control of the device."""

    label: str
    control: Control
    address: Address | None
    """What it sends; None: a SysEx."""
    row: int
    """Where it stands in its row, from 0."""

    @property
    def is_relative(self) -> bool:
        """It sends how far it was turned, not where it stands."""
        return self.control.encoding != "absolute"

    @property
    def span(self) -> tuple[int, int]:
        """The lowest and highest value that it sends; what is pressed and not turned has 0 and what a press sends."""
        is_bend = self.address is not None and self.address[0] == "bend"
        return (0, WIDE) if is_bend and "range" not in self.control.model_fields_set else self.control.range


class Controls:
    """The controls of one profile, and how they stand."""

    def __init__(self, profile: Profile) -> None:
        self.places = _places(profile)
        named = [page.name for page in profile.pages]
        used = [place.control.page for place in self.places if place.control.page is not None]
        modes = {mode.name for mode in profile.modes}
        self.pages: list[str] = list(dict.fromkeys([*named, *used]))
        """The names of its pages, in the order of the profile."""
        self.modes: dict[str, str] = {name: name for name in self.pages if name in modes}
        """The mode that some of the pages need."""
        self.modes |= {page.name: page.mode for page in profile.pages if page.mode is not None}
        self.page: str | None = None
        """The page that it is on: at first the first that needs no mode."""
        self.leave()
        self._stands: dict[tuple[str | None, str], int] = {}

    @property
    def here(self) -> list[Place]:
        """The controls that work on this page."""
        return [place for place in self.places if place.control.page in (None, self.page)]

    @property
    def mode(self) -> str | None:
        """The mode that it is in."""
        return self.modes.get(self.page or "")

    def enter(self, mode: str) -> None:
        """A program has brought it into a mode; it shows the first page that needs it."""
        self.page = next((page for page in self.pages if self.modes.get(page) == mode), self.page)

    def leave(self) -> None:
        """It is as it was when it was switched on."""
        self.page = next((page for page in self.pages if page not in self.modes), None)

    def find(self, label: str) -> Place:
        """The control of that name on this page. Raises BadOption."""
        found = [place for place in self.here if place.label.lower() == label.lower()]
        if found:
            return next((place for place in found if place.control.page is not None), found[0])
        elsewhere = [place.control.page or "" for place in self.places if place.label.lower() == label.lower()]
        if elsewhere:
            raise BadOption(f"'{label}' is on another page: {', '.join(elsewhere)}")
        near = nearest(label, [place.label for place in self.here])
        raise BadOption(f"no control '{label}'" + (f"; did you mean '{near}'?" if near else ""))

    def move(self, label: str, value: int) -> list[bytes]:
        """The messages of a control that is brought to `value`; of what is pressed 0 is the release.

        Raises BadOption.
        """
        place = self.find(label)
        if place.is_relative:
            raise BadOption(f"'{label}' turns without end; turn it by +1 or -1")
        low, high = place.span
        is_release = value == 0 and place.control.kind in _MOMENTARY
        if not low <= value <= high and not is_release:
            raise BadOption(f"'{label}' goes from {low} to {high}, not to {value}")
        self._stands[place.control.page, place.label] = value
        return _sent(place, value, is_release)

    def turn(self, label: str, detents: int) -> list[bytes]:
        """The messages of a control that is turned to the right, or with less than 0 to the left. Raises BadOption."""
        place = self.find(label)
        if not place.is_relative:
            low, high = place.span
            stands = self._stands.get((place.control.page, place.label), low)
            return self.move(label, min(max(stands + detents, low), high))
        messages = []
        while detents and place.address:
            some = min(max(detents, -MOST_DETENTS), MOST_DETENTS)
            messages.append(_message(place.address, _TURNS[place.control.encoding](some)))
            detents -= some
        return messages

    def touch(self, label: str, is_on: bool) -> list[bytes]:
        """The messages of a hand that is laid on a control, or taken away; none where it feels nothing."""
        place = self.find(label)
        if place.control.touch is None:
            return []
        addresses = place.control.touch.addresses
        address = addresses[min(place.row, len(addresses) - 1)]
        return [_message(address, FULL if is_on else 0)]

    def squeeze(self, label: str, value: int) -> list[bytes]:
        """The messages of a key or pad that is pressed harder while it is down; none where it feels nothing."""
        place = self.find(label)
        if place.address is None or place.control.pressure is None:
            return []
        kind = "pressure" if place.control.pressure == "channel" else "key pressure"
        return [_message((kind, *place.address[1:]), value)]


def _places(profile: Profile) -> tuple[Place, ...]:
    found = [
        Place(label, control, address, row)
        for control in profile.controls
        if control.message.type != "other"  # no MIDI
        for row, (address, label) in enumerate(_labels(control))
    ]
    for tell_apart in (_by_number, _by_address):
        names = Counter((place.control.page, place.label) for place in found)
        found = [tell_apart(one) if names[one.control.page, one.label] > 1 else one for one in found]
    return tuple(found)


def _labels(control: Control) -> list[tuple[Address | None, str]]:
    return [*control.labels()] or [(None, control.name or control.kind)]


def _by_number(place: Place) -> Place:
    """The same control with its number in its name: `keys 60`."""
    return place if place.address is None else replace(place, label=f"{place.label} {place.address[2]}")


def _by_address(place: Place) -> Place:
    """The same control with type and channel too: `keys 60 (note, channel 1)`."""
    if place.address is None:
        return place
    return replace(place, label=f"{place.label} ({place.address[0]}, channel {place.address[1]})")


def _sent(place: Place, value: int, is_release: bool) -> list[bytes]:
    style = place.control.release
    if is_release and style == "none":
        return []
    if place.address is None:
        return [] if is_release else [template(place.control.message.sysex or "").fill()]
    kind, channel, number = place.address
    if kind == "program":
        return [] if is_release else [_message(place.address, number)]
    if kind == "note" and value == 0 and style != "note on 0":
        return [midi.note_off(channel - 1, number)]
    return [_message(place.address, value)]


def _message(address: Address, value: int) -> bytes:
    """A message of that type with that value."""
    kind, channel, number = address
    status = STATUS[kind] | (channel - 1)
    if kind == "bend":
        return bytes((status, value & 0x7F, value >> 7))
    if kind in ("pressure", "program"):
        return bytes((status, value))
    return bytes((status, number, value))
