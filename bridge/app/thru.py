"""What of a controller is heard at once, and which of its buttons are obeyed at once, as routes for the engine.

The host sends them when it opens the song and whenever the player chooses another part or tool. Everything a person
plays on input 0 that no route names is swallowed.
"""

from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Final

from bridge.arrange.compile import Destination
from bridge.core.message import BEND, CONTROL, NOTE_ON, PRESSURE, SUSTAIN, SYSEX
from bridge.engine.link import Route, Then
from bridge.profiles.control import AT_ONCE, STATUS, ControlMessage, Role
from bridge.profiles.model import Profile

REFLEXES: Final = MappingProxyType({role: Then[role.upper()] for role in AT_ONCE})
"""What the engine does by itself at a button of each of these roles."""
_ANY_CHANNEL: Final = -1
_TRANSPORT: Final = (
    Route(0, 0xFA, _ANY_CHANNEL, 0, 127, Then.AGAIN),  # start is from the top
    Route(0, 0xFB, _ANY_CHANNEL, 0, 127, Then.PLAY),
    Route(0, 0xFC, _ANY_CHANNEL, 0, 127, Then.STOP),
    Route(0, 0xFF, _ANY_CHANNEL, 0, 127, Then.PANIC),  # a system reset is what some panic buttons send
    Route(0, SYSEX, _ANY_CHANNEL, 1, 1, Then.STOP),  # MIDI Machine Control: stop, play, deferred play
    Route(0, SYSEX, _ANY_CHANNEL, 2, 3, Then.PLAY),
)
"""What a controller that nobody knows may send by its transport."""
_EXPRESSION: Final = (BEND, PRESSURE)
_EXPRESSIVE: Final = frozenset(("wheel", "stick", "ribbon", "touchpad"))
"""Controls that bend and press what the keys sound."""
Row = tuple[int, int, int, int]
"""Kind of status, channel, lowest and highest first data byte."""


def routes_for(
    profile: Profile | None, roles: frozenset[Role], target: Destination | None, rules: Sequence[Route] = ()
) -> tuple[Route, ...]:
    """All routes: first the buttons, then the hand by the player's rules, or without any on the part's instrument.

    A note is a key, and CC 64 the pedal, on any channel, unless a control of the profile has it for something else.
    `roles` are those that are heard; `target` is where the selected part goes, if anywhere.
    """
    reflexes = reflex_routes(profile)
    if rules:
        return (*reflexes, *_swallowed(profile, roles), *rules)
    return (*reflexes, *(_part_routes(profile, roles, target) if target else ()))


def reflex_routes(profile: Profile | None) -> tuple[Route, ...]:
    """Routes for the buttons that work whatever part is chosen; where it has none, for what most transports send."""
    buttons = tuple(
        Route(0, *row, then)
        for control in (profile.controls if profile else ())
        if (then := REFLEXES.get(control.means or ""))
        for row in _rows(control.message)
    )
    return buttons or _TRANSPORT


def _part_routes(profile: Profile | None, roles: frozenset[Role], target: Destination) -> Iterator[Route]:
    """Routes that have the roles heard on the part's instrument, and what other controls send not taken for keys."""
    for control in profile.controls if profile else ():
        for message in control.own:
            if control.means in roles and message is control.message:
                yield from (Route(0, *row, Then.THRU, *target) for row in _rows(message))
            elif not (message.type in ("bend", "pressure") and control.kind in _EXPRESSIVE):
                yield from (Route(0, *row, Then.SWALLOW) for row in _rows(message))
    yield from (Route(0, *row, Then.THRU, *target) for row in _of_any(roles))


def _swallowed(profile: Profile | None, roles: frozenset[Role]) -> Iterator[Route]:
    """Routes that keep from every rule what is no music: buttons, and what the hand does for a silent tool."""
    heard = roles | REFLEXES.keys()
    for control in profile.controls if profile else ():
        is_no_music = (control.means or control.kind == "button") and control.means not in heard
        for message in control.own:
            if is_no_music or message is control.touch:
                yield from (Route(0, *row, Then.SWALLOW) for row in _rows(message))
    if "keys" not in roles:
        yield Route(0, NOTE_ON, _ANY_CHANNEL, 0, 127, Then.SWALLOW)


def _of_any(roles: frozenset[Role]) -> Iterator[Row]:
    if "keys" in roles:
        yield from ((kind, _ANY_CHANNEL, 0, 127) for kind in (NOTE_ON, *_EXPRESSION))
    if "pedal" in roles:
        yield CONTROL, _ANY_CHANNEL, SUSTAIN, SUSTAIN


def _rows(message: ControlMessage) -> list[Row]:
    """What a control, or a row of them, sends; of SysEx only a command of MIDI Machine Control."""
    command = message.machine_command
    if command is not None:
        return [(SYSEX, _ANY_CHANNEL, command, command)]
    status = STATUS.get(message.type, 0)
    return [(status, channel - 1, low, high) for channel, low, high in message.runs]
