"""A simulated controller: a hand moves its controls, and messages to it set its lights, displays and modes.

`midi-bridge twin` and `TwinController` call it. Built from the profile alone, and pure: times are given.
"""

from collections import defaultdict
from typing import Final

from bridge.core import message as midi
from bridge.ports.twin_controls import Controls, Place
from bridge.ports.twin_device import Device
from bridge.ports.twin_log import Lit
from bridge.profiles.model import Profile
from bridge.profiles.template import joined, template

_TYPES: Final = {midi.NOTE_ON: "note", midi.NOTE_OFF: "note", midi.CONTROL: "control", midi.BEND: "bend"}
_COLOUR: Final = ("rr", "gg", "bb")


class Panel(Device):
    """A simulated controller."""

    def __init__(self, profile: Profile, model: str | None = None) -> None:
        """`model` is one of a family that the profile describes together."""
        super().__init__(profile, model)
        self.controls = Controls(profile)
        self.lit: list[Lit] = []
        self.lights: dict[str, int] = {}
        """What each light was last set to, by the name of its control."""
        self._by_address: defaultdict[tuple[str, int, int], list[Place]] = defaultdict(list)
        self._by_sysex: defaultdict[str, list[Place]] = defaultdict(list)
        for place in self.controls.places:
            self._learn(place)

    def _learn(self, place: Place) -> None:
        light = place.control.light
        if light is None:
            return
        if light.type == "sysex":
            self._by_sysex[light.sysex or ""].append(place)
            return
        _, channel, number = place.address or ("", 0, 0)
        own = light.number_at(place.row, number)
        self._by_address[light.type, light.channel or channel, 0 if light.type == "bend" else own].append(place)

    def _hear(self, message: bytes, at_ns: int) -> None:
        self.heard.append((at_ns, message))
        if message[0] == midi.SYSEX:
            self._sysex(message, at_ns)
            return
        kind = _TYPES.get(message[0] & 0xF0)
        if kind is None:
            return
        is_bend = kind == "bend"
        value = message[1] | message[2] << 7 if is_bend else 0 if midi.is_note_off(message) else message[2]
        self._light(self._by_address.get((kind, (message[0] & 15) + 1, 0 if is_bend else message[1]), []), value, at_ns)

    def _sysex(self, message: bytes, at_ns: int) -> None:
        for text, places in self._by_sysex.items():
            found = template(text).read(message)
            if found is None:
                continue
            number = found["nn"][0] if "nn" in found else None
            meant = [place for place in places if number is None or _number(place) == number]
            colour = b"".join(found[name] for name in _COLOUR if name in found)
            self._light(
                meant, joined(found) if joined(found) is not None else max(colour, default=0), at_ns, colour.hex()
            )
        for display in self.profile.displays:
            shown = template(display.sysex).read(message)
            if shown is not None:
                self.lit.append(Lit(at_ns, display.name, 0, shown.get("tt", b"").decode("ascii")))
        self._change_mode(message)

    def _change_mode(self, message: bytes) -> None:
        for mode in self.profile.modes:
            if template(mode.enter).read(message) is not None:
                self.controls.enter(mode.name)
            elif self.controls.mode == mode.name and template(mode.leave).read(message) is not None:
                self.controls.leave()

    def _light(self, places: list[Place], value: int | None, at_ns: int, text: str = "") -> None:
        """Set the light; of several that are set by one message, those on this page."""
        here = [place for place in places if place.control.page in (None, self.controls.page)]
        for place in here or places[:1]:
            names = place.control.light.values if place.control.light else {}
            said = text or next((name for name, known in names.items() if known == value), "")
            self.lights[place.label] = value or 0
            self.lit.append(Lit(at_ns, place.label, value or 0, said))


def _number(place: Place) -> int:
    own = place.address[2] if place.address else 0
    return place.control.light.number_at(place.row, own) if place.control.light else own
