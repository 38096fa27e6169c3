"""Where what comes in goes at once, or what is done at once: a table of routes, decided without the host.

Called for each message that comes in, by whoever holds the engine: its loop or a driver's thread. A key or pedal
that went down is let go where it went down, even if the routes have changed in between; where several keys hold one
key of an instrument, it is let go with the last of them.
"""

from collections.abc import Iterator, Sequence
from itertools import filterfalse
from typing import Final

from bridge.core.message import (
    CONTROL,
    KEY_PRESSURE,
    NOTE_ON,
    SYSEX,
    is_note_off,
    is_note_on,
    is_pedal_down,
    note_off,
)
from bridge.core.sysex import machine_command
from bridge.engine.link import Route, Then

Place = tuple[int, int, int]
"""Port, status (of a key the note-on's) and number of a key or controller; of an input or of an output."""

_HEARD: Final = (Then.SWALLOW, Then.THRU)  # every other route is a reflex
_PRESSED: Final = 64  # a button is pressed from this value on, like a pedal (MIDI 1.0, table III)
_FULL: Final = 127


class Router:
    """The routes in force, and the keys and pedals that hands hold through them."""

    def __init__(self) -> None:
        self._routes: tuple[Route, ...] = ()
        self._matching: dict[tuple[int, int], list[Route]] = {}  # by (input, status)
        self._held: dict[Place, tuple[Place, ...]] = {}  # what a hand holds at an input → what it holds down
        self._holders: dict[Place, int] = {}  # how many hold it down
        self._values: dict[Place, int] = {}  # where the controllers with reflexes stand

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes in force."""
        return self._routes

    @routes.setter
    def routes(self, routes: Sequence[Route]) -> None:
        """Put these in the place of all; what is held stays held."""
        matching: dict[tuple[int, int], list[Route]] = {}
        for route in routes:
            for status in _statuses(route):
                matching.setdefault((route.source, status), []).append(route)
        self._routes, self._matching = tuple(routes), matching

    def reflex(self, source: int, message: bytes) -> Then | None:
        """The reflex that a message sets off, if any; to be called once for each message, before `route`."""
        for route in self._matches(source, message):
            if route.then not in _HEARD and self._is_pressed(source, message):
                return route.then
        return None

    def route(self, source: int, message: bytes) -> list[tuple[int, bytes]]:
        """The (output port, message) that one message from an input becomes; none where it is swallowed."""
        if message[0] >= SYSEX:
            return []
        if is_note_on(message) or is_pedal_down(message):
            return self._press((source, message[0], message[1]), message)
        if is_note_off(message):
            return self._lift((source, NOTE_ON | message[0] & 15, message[1]), message)
        key = (source, message[0], message[1])
        if key in self._held:
            return self._lift(key, message)
        sent = self._through(source, message).items()
        return [(place[0], out) for place, out in sent if place not in self._holders]

    def release(self, source: int) -> list[tuple[int, bytes]]:
        """Let go of all that is held through an input, which is gone."""
        for key in [key for key in self._values if key[0] == source]:
            del self._values[key]
        return [up for key in list(self._held) if key[0] == source for up in self._ups(self._held.pop(key))]

    def forget(self, port: int | None = None) -> None:
        """What hands hold has been let go by other means: on all outputs by panic, on one since its device is gone.

        That one's pedals are held further: when it is back, it is told where they are.
        """

        def is_over(place: Place) -> bool:
            return port is None or (place[0] == port and place[1] & 0xF0 != CONTROL)

        for key, places in list(self._held.items()):
            self._held[key] = tuple(filterfalse(is_over, places))
            if not self._held[key]:
                del self._held[key]
        for place in list(filter(is_over, self._holders)):
            del self._holders[place]

    def _matches(self, source: int, message: bytes) -> Iterator[Route]:
        """The routes that decide about a message, in their order."""
        number = machine_command(message) if message[0] == SYSEX else message[1] if len(message) > 1 else 0
        if number is None:
            return
        for route in self._matching.get((source, message[0]), ()):
            if route.low <= number <= route.high:
                yield route
                if not route.goes_on:
                    return

    def _through(self, source: int, message: bytes) -> dict[Place, bytes]:
        """What is sent, by where: no key or controller of an output twice."""
        found: dict[Place, bytes] = {}
        for route in self._matches(source, message):
            sent = _sent(route, message) if route.then is Then.THRU else b""
            if sent:
                found.setdefault((route.port, sent[0], sent[1]), sent)
        return found

    def _press(self, key: Place, message: bytes) -> list[tuple[int, bytes]]:
        """A key or pedal goes down; one that is still down elsewhere is let go there first."""
        through = self._through(key[0], message)
        if not through:
            return []
        old = self._held.get(key, ())
        self._held[key] = tuple(through)
        for place in through:
            if place not in old:
                self._holders[place] = self._holders.get(place, 0) + 1
        ups = self._ups(tuple(place for place in old if place not in through)) if old else []
        return ups + [(place[0], sent) for place, sent in through.items()]

    def _lift(self, key: Place, message: bytes) -> list[tuple[int, bytes]]:
        """A key or pedal comes up, wherever it was down, unless another holds it there."""
        kind = message[0] & 0xF0
        freed = self._freed(self._held.pop(key, ()))
        return [(port, bytes((kind | status & 15, number)) + message[2:]) for port, status, number in freed]

    def _ups(self, places: tuple[Place, ...]) -> list[tuple[int, bytes]]:
        """What lets go of keys and pedals without a hand."""
        return [(place[0], _up(place)) for place in self._freed(places)]

    def _freed(self, places: tuple[Place, ...]) -> list[Place]:
        """One holder less; those that nobody holds any more."""
        freed = []
        for place in places:
            self._holders[place] -= 1
            if not self._holders[place]:
                del self._holders[place]
                freed.append(place)
        return freed

    def _is_pressed(self, source: int, message: bytes) -> bool:
        """True for a button that goes down, and once for a fader on its way up.

        Some buttons send 127 at each press and never 0.
        """
        if message[0] >= SYSEX:
            return True
        if message[0] & 0xF0 != CONTROL:
            return is_note_on(message)
        key, value = (source, message[0], message[1]), message[2]
        before, self._values[key] = self._values.get(key, 0), value
        return value >= _PRESSED and (before < _PRESSED or before == value == _FULL)


def _statuses(route: Route) -> Sequence[int]:
    """Every status byte that a route is for."""
    if route.kind >= SYSEX:
        return (route.kind,)
    return range(route.kind, route.kind + 16) if route.channel < 0 else (route.kind | route.channel,)


def _sent(route: Route, message: bytes) -> bytes:
    """What goes out of a message by a thru; nothing where its key lies beyond all keys."""
    kind = message[0] & 0xF0
    status = message[0] if route.to_channel < 0 else kind | route.to_channel
    if kind not in (NOTE_ON, KEY_PRESSURE):
        return bytes((status,)) + message[1:]
    pitch = message[1] + route.transpose
    if not 0 <= pitch <= 127:
        return b""
    return bytes((status, pitch, _velocity(route, message[2]) if kind == NOTE_ON else message[2]))


def _velocity(route: Route, velocity: int) -> int:
    """1 to 127 spread evenly over what the route says, to the nearest."""
    low, high = route.velocity_low, route.velocity_high
    return low + ((velocity - 1) * (high - low) + 63) // 126


def _up(place: Place) -> bytes:
    """What lets go of a key or pedal."""
    _, status, number = place
    return note_off(status & 15, number) if status & 0xF0 == NOTE_ON else bytes((status, number, 0))
