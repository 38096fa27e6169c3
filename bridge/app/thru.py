"""What of a controller is heard at once, and which of its buttons are obeyed at once, as routes for the engine.

The host sends them when it opens the song and whenever the player chooses another part or tool. Everything a person
plays on input 0 that no route names is swallowed.
"""

from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Final

from bridge.arrange.compile import Destination
from bridge.core.message import BEND, CONTROL, NOTE_ON, PRESSURE, SUSTAIN
from bridge.engine.link import Route, Then
from bridge.profiles.control import STATUS, Control, Role
from bridge.profiles.model import Profile

REFLEXES: Final = MappingProxyType(
    {"stop": Then.STOP, "play": Then.PLAY, "panic": Then.PANIC, "again": Then.AGAIN},
)
"""What the engine does by itself at a button of each of these roles."""
_REAL_TIME: Final = MappingProxyType(  # start is from the top; a system reset is what some panic buttons send
    {0xFA: Then.AGAIN, 0xFB: Then.PLAY, 0xFC: Then.STOP, 0xFF: Then.PANIC}
)
_ANY_CHANNEL: Final = -1
_EXPRESSION: Final = (BEND, PRESSURE)
Row = tuple[int, int, int, int]
"""Kind of status, channel, lowest and highest first data byte."""


def routes_for(
    profile: Profile | None, roles: frozenset[Role], target: Destination | None, rules: Sequence[Route] = ()
) -> tuple[Route, ...]:
    """All routes: first the buttons, then the hand by the player's rules, or without any on the part's instrument.

    `roles` are those that are heard; `target` is where the selected part goes, if anywhere.
    """
    reflexes = reflex_routes(profile)
    if rules:
        return (*reflexes, *_swallowed(profile, roles), *rules)
    return (*reflexes, *(_part_routes(profile, roles, target) if target else ()))


def reflex_routes(profile: Profile | None) -> tuple[Route, ...]:
    """Routes for the buttons that work whatever part is chosen; without one, for start, continue, stop and reset."""
    if profile is None:
        return tuple(Route(0, status, _ANY_CHANNEL, 0, 127, then) for status, then in _REAL_TIME.items())
    return tuple(
        Route(0, *row, then)
        for control in profile.controls
        if (then := REFLEXES.get(control.means or ""))
        for row in _rows(control)
    )


def _part_routes(profile: Profile | None, roles: frozenset[Role], target: Destination) -> tuple[Route, ...]:
    """Routes for the roles that are to be heard; without a profile every note is a key, every CC 64 the pedal."""
    rows = _of_profile(profile, roles) if profile else _of_any(roles)
    return tuple(Route(0, *row, Then.THRU, *target) for row in rows)


def _swallowed(profile: Profile | None, roles: frozenset[Role]) -> Iterator[Route]:
    """Routes that keep from every rule what is no music: buttons, and what the hand does for a silent tool."""
    if profile is None:
        rows = [] if "keys" in roles else [(NOTE_ON, _ANY_CHANNEL, 0, 127)]
    else:
        heard = roles | REFLEXES.keys()
        rows = [row for control in profile.controls if control.means not in heard for row in _rows(control)]
    return (Route(0, *row, Then.SWALLOW) for row in rows)


def _of_profile(profile: Profile, roles: frozenset[Role]) -> Iterator[Row]:
    for control in profile.controls:
        if control.means in roles:
            yield from _rows(control)
            if control.means == "keys":
                channels = {channel for channel, _, _ in control.message.runs}
                yield from ((kind, channel - 1, 0, 127) for channel in channels for kind in _EXPRESSION)


def _of_any(roles: frozenset[Role]) -> Iterator[Row]:
    if "keys" in roles:
        yield from ((kind, _ANY_CHANNEL, 0, 127) for kind in (NOTE_ON, *_EXPRESSION))
    if "pedal" in roles:
        yield CONTROL, _ANY_CHANNEL, SUSTAIN, SUSTAIN


def _rows(control: Control) -> list[Row]:
    """The messages of a control, or of a row of them; of one that sends SysEx none."""
    status = STATUS.get(control.message.type, 0)
    return [(status, channel - 1, low, high) for channel, low, high in control.message.runs]
