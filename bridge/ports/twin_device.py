"""What all twins have in common: bytes come in at their times, whole messages are heard, and some are answered.

`Twin` and `Panel` are built on it. A twin is pure: how late it is stepped changes nothing in its logs. It answers the
Universal Identity Request as its profile says, to its own device number and to all.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final

from bridge.core.stream import Stream
from bridge.ports.twin_intake import Intake
from bridge.ports.twin_log import Sent
from bridge.profiles.model import Profile
from bridge.profiles.template import template

EVERYBODY: Final = 0x7F
_DEVICE: Final = 2  # where the device number stands
_ID_AT: Final = 5  # where the maker's id stands
_BEHIND_ID: Final = 9  # family and member of two bytes each, four of version, F7


def reply_of(profile: Profile, model: str | None = None) -> bytes | None:
    """Its identity reply: the profile's own, else the pattern of that model, else the first; None where it has none.

    What a pattern leaves open is 0, and for `*` as many zeros stand as a reply of the standard length lacks.
    """
    if profile.match and model in profile.match.no_reply_of:
        return None
    if profile.twin and profile.twin.reply and model is None:
        return template(profile.twin.reply).fill()
    replies = [one for one in (profile.match.replies if profile.match else ()) if one.state is None]
    pattern = next((one.pattern for one in replies if model is not None and one.model == model), None)
    if pattern is None and replies:
        pattern = replies[0].pattern
    if pattern is None:
        return None
    bare = template(pattern).fill()
    id_bytes = 3 if bare[_ID_AT : _ID_AT + 1] == b"\x00" else 1
    return template(pattern).fill(rest=bytes(max(0, _ID_AT + id_bytes + _BEHIND_ID - len(bare))))


class Device:
    """A simulated device: what it has heard and what it has sent."""

    def __init__(self, profile: Profile, model: str | None = None) -> None:
        self.profile = profile
        self.name = profile.name
        self.heard: list[tuple[int, bytes]] = []
        """Every whole message that is for it, with the arrival of its last byte in ns."""
        self.sent: list[Sent] = []
        self.intake = Intake(profile.wire)
        self.reply = reply_of(profile, model)
        """What it answers to an identity request; None: nothing."""
        self._stream = Stream()
        self._coming: deque[tuple[int, bytes]] = deque()
        self._received = 0

    @property
    def next_ns(self) -> int | None:
        """When the next bytes arrive that it has been fed and has not handled, or None."""
        return self._coming[0][0] if self._coming else None

    def feed(self, data: bytes, at_ns: int) -> None:
        """Bytes on their way to it, in order; `at_ns` is when the last of them will have arrived."""
        self._coming.append((at_ns, data))

    def step(self, now_ns: int) -> None:
        """Handle what has arrived by `now_ns`."""
        while self._coming and self._coming[0][0] <= now_ns:
            at_ns, data = self._coming.popleft()
            for _, message in self._stream.feed(self.intake.take(data, at_ns), at_ns):
                if self.intake.is_ready(message, at_ns):
                    self._answer(message, at_ns)
                    self._hear(message, at_ns)

    def receive(self) -> list[tuple[int, bytes]]:
        """What it has sent since the last call."""
        fresh, self._received = self.sent[self._received :], len(self.sent)
        return [(one.at_ns, one.message) for one in fresh]

    def send(self, messages: Iterable[bytes], at_ns: int) -> None:
        """It sends these of itself: somebody has moved its controls."""
        for message in messages:
            self._send(message, at_ns)

    def _send(self, message: bytes, at_ns: int) -> None:
        self.sent.append(Sent(at_ns, message))

    def _answer(self, message: bytes, at_ns: int) -> None:
        if self.reply is None or len(message) != 6 or message[:2] + message[3:] != b"\xf0\x7e\x06\x01\xf7":
            return
        if message[_DEVICE] == EVERYBODY or self.reply[_DEVICE] in (EVERYBODY, message[_DEVICE]):
            self._send(self.reply, at_ns)

    def _hear(self, message: bytes, at_ns: int) -> None:
        raise NotImplementedError
