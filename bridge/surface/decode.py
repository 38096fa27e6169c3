"""What the hand did: a controller's message becomes a gesture, by the controls of its profile.

The surface calls it for every arrival. It says nothing of what a gesture does: that is the tools' affair.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bridge.core.arrival import Arrival
from bridge.core.message import CONTROL, NOTE_OFF, NOTE_ON, SUSTAIN
from bridge.profiles.control import Role
from bridge.profiles.model import Profile

_WITHOUT_PROFILE: Final[Mapping[tuple[str, int | None], tuple[Role, None]]] = MappingProxyType(
    {("note", None): ("keys", None), ("control", SUSTAIN): ("pedal", None)}
)


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
        self._controls = (
            None
            if profile is None
            else {address: control for control in profile.controls for address in control.message.addresses}
        )

    @property
    def has_pads(self) -> bool:
        """True where the controller has pads beside its keys."""
        return any(control.means == "pad" for control in (self._controls or {}).values())

    def decode(self, arrival: Arrival) -> Gesture | None:
        """The gesture in a message; None for what no control of the profile sends."""
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

    def _meaning(self, kind: str, channel: int, number: int) -> tuple[Role, str | int | None] | None:
        if self._controls is None:
            return _WITHOUT_PROFILE.get((kind, number if kind == "control" else None))
        control = self._controls.get((kind, channel, number))
        return None if control is None or control.means is None else (control.means, control.value)
