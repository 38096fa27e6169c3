"""Looks for what is plugged in, to make a rig of it: every port with hardware behind it, and which device that is.

Called by `rig init`, and nowhere else: it opens the ports and sends an identity request to each. A port that another
program has for itself is known by its name alone. It guesses nothing: what is not known is for the player to say.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Final

from bridge.app.at_sight import clues_of
from bridge.app.recognise import Asked, recognise
from bridge.core.clock import Clock
from bridge.errors import BridgeError
from bridge.ports.base import InputPort
from bridge.ports.listing import Listed
from bridge.ports.open import UNIT_END, open_input, open_output
from bridge.ports.usb_identity import Usb
from bridge.profiles.clues import role_of
from bridge.profiles.load import load
from bridge.profiles.match import Answer, Clues, Matcher
from bridge.profiles.model import Profile
from bridge.profiles.replies import exactly

DRIVERS: Final = ("alsa", "rtmidi")
"""The drivers whose ports are hardware, each device once; JACK shows the same again."""
_THROUGH: Final = "midi through"  # ALSA's cable from programs to programs
_PLAYED: Final = frozenset(("play", "control", "din"))
"""What ports are for that a person means to use; the others are for a maker's own programs."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One device, or what is behind one cable: its ports as they are typed, and what is known of it."""

    name: str
    """What its port is called."""
    output: str | None
    input: str | None
    answer: Answer
    is_direct: bool = True
    """Its own port tells what it is; else it has answered through another's, such as a cable with 5-pin DIN."""


@dataclass(frozen=True, slots=True)
class _Ends:
    """Both directions of one port."""

    output: Listed | None
    input: Listed | None

    @property
    def port(self) -> Listed:
        """The one that stands for both."""
        found = self.output or self.input
        assert found
        return found


def scan(
    ports: Sequence[Listed], usb: Mapping[str, Usb], matcher: Matcher, clock: Clock, system: str | None = None
) -> list[Sighting]:
    """What is plugged in; takes as long as devices have to answer. `usb` are the devices behind ports, by name."""
    ends = _pairs(ports)
    found: list[Sighting] = []
    for one, replies in zip(ends, _asked(ends, clock), strict=True):
        device = usb.get(one.port.name)
        id = f"{device.vendor}:{device.product}" if device else ""
        clues = clues_of(one.port.driver, one.port.name, id, system)
        found += _sightings(one, device, clues, replies, matcher)
    return [one for one in found if _is_played(one)]


def _pairs(ports: Sequence[Listed]) -> list[_Ends]:
    """The ports with hardware behind them, the two directions of each together."""
    found: dict[tuple[str, str], dict[bool, Listed]] = {}
    for one in ports:
        if one.driver in DRIVERS and one.is_alone and not one.name.casefold().startswith(_THROUGH):
            found.setdefault((one.driver, one.name), {})[one.is_output] = one
    return [_Ends(both.get(True), both.get(False)) for both in found.values()]


def _asked(ends: Sequence[_Ends], clock: Clock) -> list[list[bytes]]:
    """What each answers to an identity request; nothing from one that does not open."""
    opened: dict[int, Asked] = {}
    with ExitStack() as undo:
        for number, one in enumerate(ends):
            try:
                if one.output and one.input:
                    output = open_output(one.output.spec, clock)
                    undo.callback(output.close)
                    opened[number] = Asked(output, _opened(one.input.spec, clock, undo))
            except BridgeError:
                continue
        replies = dict(zip(opened, recognise([*opened.values()], clock))) if opened else {}
    return [replies.get(number, []) for number in range(len(ends))]


def _opened(spec: str, clock: Clock, undo: ExitStack) -> InputPort:
    port = open_input(spec, clock)
    undo.callback(port.close)
    return port


def _sightings(
    ends: _Ends, device: Usb | None, clues: Clues, replies: Sequence[bytes], matcher: Matcher
) -> Iterator[Sighting]:
    """The devices of one port: the one that it belongs to, or all that have answered through it."""
    output = _spec(ends.output, device)
    input = _spec(ends.input, device)
    name = ends.port.spec.partition(":")[2]
    own = matcher.answer(clues)
    told = [matcher.answer(Clues(reply=exactly(reply))) for reply in dict.fromkeys(replies)]
    strangers = [one for one in told if one.profiles and not set(one.profiles) & set(own.profiles)]
    if strangers:
        yield from (Sighting(name, output, input, one, is_direct=False) for one in strangers)
        return
    for reply in replies[:1]:
        own = matcher.answer(replace(clues, reply=exactly(reply)))
    yield Sighting(name, output, input, own)


def _spec(port: Listed | None, device: Usb | None) -> str | None:
    """What means this very device, wherever it is plugged in, where it has a serial number."""
    if port is None:
        return None
    is_known = device is None or not device.serial or port.spec.endswith(UNIT_END) or port.driver != "alsa"
    return port.spec if is_known or device is None else f"{port.spec} [{device.serial}{UNIT_END}"


def _is_played(one: Sighting) -> bool:
    """False for a port that its profile says to be for other programs."""
    return one.answer.outcome != "device" or use_of(load(one.answer.profiles[0]), one.name) in _PLAYED


def use_of(profile: Profile, port: str) -> str:
    """What a device's port of that name is for; one of which its profile says nothing is to play on."""
    role = role_of(profile.ports, port)
    return role.use if role else "play"
