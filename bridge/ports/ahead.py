"""What was handed to a driver ahead of time: what of it may still be called back, and what must leave all the same.

Called by an output with a horizon for each message that it hands over, in the order of their times. It keeps no more
than the horizon holds. Who cannot know whether a message has just left takes it as left: an end too many is no harm.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final

from bridge.core.independence import lets_go
from bridge.core.message import is_note_off, is_note_on

UNSURE_NS: Final = 5_000_000
"""For so long behind its time a message may still wait in the driver: a busy kernel dispatches late."""
EARLY_NS: Final = 1_000_000
"""So long before its time a message may have left: two clocks are never quite alike."""

Key = tuple[int, int]
"""(channel, pitch)."""


class Ahead:
    """One output's messages between handing over and leaving."""

    def __init__(self) -> None:
        self._handed: deque[tuple[int, bytes]] = deque()
        self._down: set[Key] = set()  # keys whose on has left for sure, and whose off has not been handed over before
        self._recalled: set[Key] = set()  # keys whose on was called back, and whose off will come

    def admits(self, message: bytes) -> bool:
        """False for the off of a note that was called back: on the wire ons and offs of a key alternate."""
        if is_note_on(message):
            self._recalled.discard(_key(message))
        elif is_note_off(message) and _key(message) in self._recalled:
            self._recalled.discard(_key(message))
            return False
        return True

    def holds(self, message: bytes) -> bool:
        """True where a note of the same key may still be in the driver."""
        return is_note_on(message) and any(
            _key(one) == _key(message) for _, one in self._handed if is_note_on(one) or is_note_off(one)
        )

    def note(self, due_ns: int, message: bytes, now_ns: int) -> None:
        """Remember one that was handed over to leave at `due_ns`."""
        self._settle(now_ns)
        if _matters(message):
            self._handed.append((max(due_ns, now_ns), message))

    def call_back(self, now_ns: int, waiting: Iterable[bytes] = ()) -> list[bytes]:
        """What must leave now, of all that the driver has given back and of what was `waiting` behind it."""
        self._settle(now_ns)
        left_ns = now_ns + EARLY_NS
        handed = sorted(self._handed, key=lambda one: one[0])
        ends: dict[Key, bytes] = {}
        releases: list[bytes] = []
        for has_left, message in [(due_ns <= left_ns, message) for due_ns, message in handed] + [
            (False, message) for message in waiting if _matters(message)
        ]:
            if is_note_on(message):
                self._call_back_on(_key(message), has_left, ends)
            elif is_note_off(message):
                self._call_back_off(message, ends)
            else:
                releases.append(message)
        self._handed.clear()
        return [*ends.values(), *releases]

    def forget(self) -> None:
        """Nothing is in the driver, nothing is down: the device has gone."""
        self._handed.clear()
        self._down.clear()
        self._recalled.clear()

    def _call_back_on(self, key: Key, has_left: bool, ends: dict[Key, bytes]) -> None:
        if has_left:
            self._down.add(key)
            ends.pop(key, None)  # its end came before: to send it now would end the new note
        else:
            self._recalled.add(key)

    def _call_back_off(self, message: bytes, ends: dict[Key, bytes]) -> None:
        key = _key(message)
        self._recalled.discard(key)
        if key in self._down:
            self._down.discard(key)
            ends[key] = message

    def _settle(self, now_ns: int) -> None:
        while self._handed and self._handed[0][0] < now_ns - UNSURE_NS:
            _, message = self._handed.popleft()
            if is_note_on(message):
                self._down.add(_key(message))
            elif is_note_off(message):
                self._down.discard(_key(message))


def _key(message: bytes) -> Key:
    return message[0] & 15, message[1]


def _matters(message: bytes) -> bool:
    """True for notes and for what ends sound on a whole channel."""
    return message[0] >> 4 in (8, 9) or lets_go(message)
