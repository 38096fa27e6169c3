"""Where what comes in goes at once: a table of routes, first match wins, decided without the host.

A key that was sent on is let go where it was struck, even if the routes have changed in between.
"""

from bridge.core.message import SYSEX, is_note_off, is_note_on, note_off
from bridge.engine.link import Route, Then


class Router:
    """The routes in force and the keys that hands hold through them."""

    def __init__(self) -> None:
        self.routes: tuple[Route, ...] = ()
        self._held: dict[tuple[int, int, int], tuple[int, bytes]] = {}

    def route(self, source: int, message: bytes) -> list[tuple[int, bytes]]:
        """The (output port, message) that one message from an input becomes; none where it is swallowed."""
        if message[0] >= SYSEX:
            return []
        if is_note_off(message):
            held = self._held.pop((source, message[0] & 15, message[1]), None)
            return [(held[0], _on_channel(message, held[1][0] & 15))] if held else []
        route = self._match(source, message)
        if route is None or route.then is Then.SWALLOW:
            return []
        sent = _on_channel(message, route.to_channel)
        if not is_note_on(message):
            return [(route.port, sent)]
        key = (source, message[0] & 15, message[1])
        old = self._held.get(key)
        self._held[key] = (route.port, sent)
        if old and (old[0], old[1][0]) != (route.port, sent[0]):
            return [(old[0], note_off(old[1][0] & 15, old[1][1])), (route.port, sent)]
        return [(route.port, sent)]

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
