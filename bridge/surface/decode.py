"""What the hand did: a controller's message becomes a gesture, by the controls of its profile.

The surface calls it for every arrival. It says nothing of what a gesture does: that is the tools' affair. A note that
no pad or button of the profile sends is a key, on any channel and in any octave: a keyboard that is not set as it comes
from the factory loses none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bridge.core.arrival import Arrival
from bridge.core.message import CONTROL, NOTE_OFF, NOTE_ON, SUSTAIN
from bridge.profiles.control import Address, Role
from bridge.profiles.model import Profile

_Meaning = tuple[Role, str | int | None]
"""A role, and which part or tool is chosen by it."""
_UNCLAIMED: Final[Mapping[tuple[str, int | None], _Meaning]] = MappingProxyType(
    {("note", None): ("keys", None), ("control", SUSTAIN): ("pedal", None)}
)
"""What a message means that no control of the profile has for itself, by its type and the number of its controller."""


@dataclass(frozen=True, slots=True)
class Gesture:
    """One movement of the hand: which control by its role, down or up, which key or controller, how far.

    `number` is the pitch of a key or pad; `value` its velocity or the controller's value; `means` is what the
    profile says of a button: a part's number (from 1) or a tool's name.
    """

    role: Role
    is_down: bool
    number: int
    value: int
    arrival: Arrival
    means: str | int | None = None


class Decoder:
    """Decodes the messages of one controller; without a profile, notes are keys and CC 64 the pedal."""

    def __init__(self, profile: Profile | None) -> None:
        controls = profile.controls if profile else ()
        self.has_pads = any(control.means == "pad" for control in controls)
        """True where the controller has pads beside its keys."""
        self._claimed: dict[Address, _Meaning | None] = {
            address: (control.means, control.value) if control.means and message is control.message else None
            for control in reversed(controls)  # of two the first counts, as it does for routes
            for message in reversed(control.own)
            for address in message.addresses
        }

    def decode(self, arrival: Arrival) -> Gesture | None:
        """The gesture in a message; None for one that means nothing."""
        message = arrival.message
        status = message[0] & 0xF0
        if status not in (NOTE_OFF, NOTE_ON, CONTROL):
            return None
        kind = "control" if status == CONTROL else "note"
        meaning = self._meaning(kind, (message[0] & 15) + 1, message[1])
        if meaning is None:
            return None
        is_down = message[2] > 0 and status != NOTE_OFF
        return Gesture(meaning[0], is_down, message[1], message[2], arrival, meaning[1])

    def _meaning(self, kind: str, channel: int, number: int) -> _Meaning | None:
        address = (kind, channel, number)
        if address in self._claimed:
            return self._claimed[address]
        return _UNCLAIMED.get((kind, number if kind == "control" else None))
