"""A twin at the far end of a cable takes what its wire carries, and says what happens in the order of times."""

from collections import deque

import pytest

from bridge.app.far_end import FarEnd, device_of
from bridge.core.clock import ManualClock
from bridge.core.message import note_off, note_on
from bridge.engine.loop import run
from bridge.ports.twin_log import Line, Lit, Sent, Sounded
from bridge.profiles.model import Profile
from tests.ports.twins import profile, slot

MS = 1_000_000
ASK = bytes.fromhex("F0 7E 7F 06 01 F7")
SYNTH = profile(
    wire={"connector": "din", "speed_bytes_per_second": 3_125},
    slots=[slot()],
    match={"replies": [{"pattern": "F0 7E ?? 06 02 42 13 01 00 00 * F7"}]},
)
KNOB = {"kind": "knob", "name": "K1", "message": {"type": "control", "channel": 1, "number": 20}}


class Cable:
    """An end of which the test holds the other side."""

    name = "cable"

    def __init__(self, clock: ManualClock) -> None:
        self.waiting = b""
        self.sent: list[tuple[int, bytes]] = []
        self._clock = clock

    def read(self, most: int) -> bytes:
        data, self.waiting = self.waiting[:most], self.waiting[most:]
        return data

    def write(self, message: bytes) -> None:
        self.sent.append((self._clock.now_ns(), message))

    def close(self) -> None:
        """Nothing is held."""


class Room:
    """A far end that somebody looks at."""

    def __init__(self, of: Profile) -> None:
        self.clock = ManualClock(MS)
        self.cable = Cable(self.clock)
        self.shown: list[Line] = []
        self.refused: list[str] = []
        self.hand: deque[str] = deque()
        self.far_end = FarEnd(device_of(of), self.cable, self.shown.append, self.hand, self.refused.append)

    def go_on(self, milliseconds: int) -> None:
        end_ns = self.clock.now_ns() + milliseconds * MS
        run(self.clock, (self.far_end,), (), lambda: self.clock.now_ns() >= end_ns, MS)


def test_a_note_sounds_when_the_wire_has_carried_it() -> None:
    room = Room(SYNTH)
    room.cable.waiting = note_on(0, 60, 90)
    room.go_on(5)
    assert room.shown == [Sounded(MS + 3 * 320_000, "on", 0, 60, 90)]


def test_a_flood_is_taken_at_the_speed_of_the_wire_and_the_rest_waits_outside() -> None:
    room = Room(SYNTH)
    room.cable.waiting = b"".join(note_on(0, 60, 90) + note_off(0, 60) for _ in range(200))
    room.go_on(100)
    taken = 1_200 - len(room.cable.waiting)
    assert 100 / 0.32 <= taken <= 100 / 0.32 + 16
    room.go_on(300)
    assert room.cable.waiting == b""
    assert room.shown[-1].at_ns == MS + 1_200 * 320_000


def test_a_loop_that_comes_late_takes_as_much_as_the_wire_would_have() -> None:
    room = Room(SYNTH)
    room.cable.waiting = bytes(4_000)
    for _ in range(100):
        room.clock.wait_until(room.clock.now_ns() + 6 * MS)
        room.far_end.step(room.clock.now_ns())
    assert abs(4_000 - len(room.cable.waiting) - 594 / 0.32) <= 16


def test_two_answers_leave_one_behind_the_other() -> None:
    room = Room(SYNTH)
    room.cable.waiting = ASK + ASK
    room.go_on(20)
    assert [len(message) for _, message in room.cable.sent] == [15, 15]
    (first_ns, _), (second_ns, _) = room.cable.sent
    assert second_ns - first_ns >= 15 * 320_000
    assert isinstance(room.shown[0], Sent)


def test_a_hand_moves_controls_by_lines_and_a_bad_line_is_complained_of() -> None:
    room = Room(profile("controller", controls=[KNOB]))
    room.hand.extend(["K1 64", "K1 +3\n", "K1", "K2 5", "K1 200"])
    room.go_on(5)
    assert [message.hex(" ") for _, message in room.cable.sent] == ["b0 14 40", "b0 14 43"]
    assert room.refused == [
        "found 'K1', allowed: a control and its value, as 'K1 64', or a turn: 'K1 +3'",
        "no control 'K2'",
        "'K1' goes from 0 to 127, not to 200",
    ]


def test_an_instrument_may_have_keys_of_its_own_and_one_without_says_so() -> None:
    keys = profile(slots=[slot()], controls=[KNOB])
    with_keys, without = Room(keys), Room(SYNTH)
    for room in (with_keys, without):
        room.hand.append("K1 5")
        room.go_on(3)
    assert [message for _, message in with_keys.cable.sent] == [b"\xb0\x14\x05"]
    assert without.refused == ["'a/b' has no controls"]


def test_the_lights_of_a_controller_are_shown() -> None:
    room = Room(profile("controller", controls=[{**KNOB, "light": {"type": "control"}}]))
    room.cable.waiting = b"\xb0\x14\x07"
    room.go_on(5)
    assert [(line.control, line.value) for line in room.shown if isinstance(line, Lit)] == [("K1", 7)]


@pytest.mark.parametrize("kind", ["instrument", "controller"])
def test_nothing_is_said_while_nothing_happens(kind: str) -> None:
    room = Room(SYNTH if kind == "instrument" else profile("controller", controls=[KNOB]))
    room.go_on(50)
    assert (room.shown, room.cable.sent) == ([], [])
