"""What of a controller is heard on the selected part's instrument, as routes for the engine."""

from collections.abc import Iterator

from bridge.arrange.compile import Destination
from bridge.core.message import BEND, CONTROL, NOTE_ON, PRESSURE, SUSTAIN
from bridge.engine.link import Route, Then
from bridge.profiles.model import Profile

_ANY_CHANNEL = -1
_EXPRESSION = (BEND, PRESSURE)


def thru_routes(profile: Profile | None, roles: frozenset[str], target: Destination) -> tuple[Route, ...]:
    """Routes for the roles that are to be heard; without a profile every note is a key, every CC 64 the pedal."""
    rows = _of_profile(profile, roles) if profile else _of_any(roles)
    return tuple(Route(0, *row, Then.THRU, *target) for row in rows)


def _of_profile(profile: Profile, roles: frozenset[str]) -> Iterator[tuple[int, int, int, int]]:
    for control in profile.controls:
        if control.role in roles:
            message = control.message
            yield (NOTE_ON if message.type == "note" else CONTROL), message.channel - 1, *message.span
            if control.role == "keys":
                yield from ((kind, message.channel - 1, 0, 127) for kind in _EXPRESSION)


def _of_any(roles: frozenset[str]) -> Iterator[tuple[int, int, int, int]]:
    if "keys" in roles:
        yield from ((kind, _ANY_CHANNEL, 0, 127) for kind in (NOTE_ON, *_EXPRESSION))
    if "pedal" in roles:
        yield CONTROL, _ANY_CHANNEL, SUSTAIN, SUSTAIN
