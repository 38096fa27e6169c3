"""Which device is behind a port, at sight: by what the system says of it, its name and its USB ids. Nothing is sent.

Called by `ports`, by `rig init`, and where `play` is to open a port that no rig describes. It guesses nothing, and says
nothing of ports without hardware, or whose name somebody here has made up. `recognise` asks the devices themselves.
"""

import sys
from collections.abc import Callable
from functools import cached_property
from typing import Final, NamedTuple

from bridge.ports import alsa
from bridge.ports.listing import GUESSED, VIRTUAL
from bridge.ports.open import DRIVERS, UNIT_END
from bridge.profiles.clues import role_of
from bridge.profiles.known import Known
from bridge.profiles.load import load
from bridge.profiles.match import Answer, Clues, Matcher
from bridge.profiles.model import Profile

UNCONFIRMED: Final = "nobody has confirmed its profile on hardware"
_OWN: Final = frozenset(("play", "control"))
"""What those ports of a device are for that lead to itself: behind its 5-pin socket stands another."""
_SYSTEMS: Final = {"linux": "linux", "darwin": "macos", "win32": "windows"}


def this_system() -> str:
    """The system as profiles call it; whatever is none of the three is like Linux."""
    return _SYSTEMS.get(sys.platform, "linux")


def clues_of(driver: str, name: str, usb: str = "", system: str | None = None) -> Clues:
    """What a driver's name of a port, and the USB ids behind it, are to go by."""
    system = system or this_system()
    return Clues(name, system, usb=usb, is_numbered=(system, driver) == ("windows", "rtmidi"))


class Device(NamedTuple):
    """What is behind a port for sure: which model, by which profile."""

    model: str
    profile: Profile

    def __str__(self) -> str:
        """What a person is told of it."""
        said = f"'{self.model}' is {self.profile.name}"
        return f"{said}; {UNCONFIRMED}" if self.profile.needs_hardware else said


class Recogniser:
    """What each port is recognised as; all profiles are looked up when the first is asked for."""

    def __init__(self, known: Callable[[], Known]) -> None:
        self._known = known
        self._usb: dict[tuple[bool, str], str] = {}

    def answer(self, driver: str, name: str, *, is_output: bool) -> Answer | None:
        """What is behind the port of that driver and exact name; None for one without hardware."""
        free = DRIVERS[driver].free
        if driver in VIRTUAL | GUESSED or (free and name.startswith(free)):
            return None
        usb = self._usb_id(name, is_output) if driver == "alsa" else ""
        return self._matcher.answer(clues_of(driver, name, usb))

    def device(self, driver: str, name: str, *, is_output: bool) -> Device | None:
        """The one device behind that port; None where that is not sure, or the port leads to something else."""
        found = self.answer(driver, name, is_output=is_output)
        if found is None or found.outcome != "device":
            return None
        profile = load(found.profiles[0])
        role = role_of(profile.ports, name)
        return Device(found.model or profile.model, profile) if role is None or role.use in _OWN else None

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher(self._known())

    def _usb_id(self, name: str, is_output: bool) -> str:
        """The USB ids of a port of ALSA's, looked up anew where the port is new."""
        plain = name.rpartition(" [")[0] if name.endswith(UNIT_END) else name
        if (is_output, name) not in self._usb:
            self._usb = {(is_out, name): id for is_out in (False, True) for name, id in alsa.usb_ids(is_out).items()}
            self._usb.setdefault((is_output, name), self._usb.get((is_output, plain), ""))
        return self._usb[is_output, name]
