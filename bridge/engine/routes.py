"""Where what comes in goes at once: a table of routes, first match wins, decided without the host.

A key or pedal that went down is let go where it went down, even if the routes have changed in between.
"""

from bridge.core.message import SYSEX, control, is_note_off, is_note_on, is_pedal, is_pedal_down, note_off
from bridge.engine.link import Route, Then

Held = tuple[int, int, int, bool]
"""Input, channel and number of a key (or, where the last is True, of a pedal) that a hand holds."""


class Router:
    """The routes in force, and the keys and pedals that hands hold through them."""

    def __init__(self) -> None:
        self.routes: tuple[Route, ...] = ()
        self._held: dict[Held, tuple[int, bytes]] = {}

    def route(self, source: int, message: bytes) -> list[tuple[int, bytes]]:
        """The (output port, message) that one message from an input becomes; none where it is swallowed."""
        if message[0] >= SYSEX:
            return []
        key = (source, message[0] & 15, message[1], is_pedal(message))
        if is_note_on(message) or is_pedal_down(message):
            return self._press(key, message)
        if (is_note_off(message) or is_pedal(message)) and key in self._held:
            port, sent = self._held.pop(key)
            return [(port, _on_channel(message, sent[0] & 15))]
        return [] if is_note_off(message) else self._through(source, message)

    def release(self, source: int) -> list[tuple[int, bytes]]:
        """Let go of all that is held through an input, which is gone."""
        held = [self._held.pop(key) for key in list(self._held) if key[0] == source]
        return [(port, _up(sent)) for port, sent in held]

    def _press(self, key: Held, message: bytes) -> list[tuple[int, bytes]]:
        """A key or pedal goes down; one that is still down elsewhere is let go there first."""
        through = self._through(key[0], message)
        if not through:
            return []
        old = self._held.get(key)
        self._held[key] = through[0]
        if old and (old[0], old[1][0]) != (through[0][0], through[0][1][0]):
            return [(old[0], _up(old[1])), *through]
        return through

    def _through(self, source: int, message: bytes) -> list[tuple[int, bytes]]:
        route = self._match(source, message)
        if route is None or route.then is Then.SWALLOW:
            return []
        return [(route.port, _on_channel(message, route.to_channel))]

    def _match(self, source: int, message: bytes) -> Route | None:
        kind, channel = message[0] & 0xF0, message[0] & 15
        return next(
            (
                route
                for route in self.routes
                if route.source == source
                and route.kind == kind
                and route.channel in (-1, channel)
                and route.low <= message[1] <= route.high
            ),
            None,
        )


def _on_channel(message: bytes, channel: int) -> bytes:
    return bytes((message[0] & 0xF0 | channel,)) + message[1:]


def _up(message: bytes) -> bytes:
    """What lets go of the key or pedal that a message put down."""
    channel, number = message[0] & 15, message[1]
    return control(channel, number, 0) if is_pedal(message) else note_off(channel, number)
