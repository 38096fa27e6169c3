"""What a controller sends means what its profile says, and nothing else."""

import pytest

from bridge.core.arrival import Arrival
from bridge.core.message import control, note_off, note_on
from bridge.profiles.load import load
from bridge.surface.decode import Decoder

TWIN = Decoder(load("midi-bridge/twin-controller"))
ANY = Decoder(None)


def arrival(message: bytes) -> Arrival:
    return Arrival(1, "twin", 0, 0, 0, 0, message)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (note_on(0, 60, 90), ("keys", True, 60, 90, None)),
        (note_off(0, 60, 64), ("keys", False, 60, 64, None)),
        (note_on(0, 60, 0), ("keys", False, 60, 0, None)),
        (note_on(9, 42, 1), ("pad", True, 42, 1, None)),
        (control(0, 64, 63), ("pedal", True, 64, 63, None)),
        (control(0, 64, 0), ("pedal", False, 64, 0, None)),
        (control(15, 22, 127), ("part", True, 22, 127, 3)),
        (control(15, 33, 127), ("tool", True, 33, 127, "erase")),
        (control(15, 40, 0), ("undo", False, 40, 0, None)),
        (control(15, 44, 127), ("panic", True, 44, 127, None)),
    ],
)
def test_a_control_of_the_profile_is_a_gesture_of_its_role(message: bytes, expected: tuple[object, ...]) -> None:
    gesture = TWIN.decode(arrival(message))
    assert gesture is not None
    assert (gesture.role, gesture.is_down, gesture.number, gesture.value, gesture.means) == expected
    assert gesture.arrival.message == message


@pytest.mark.parametrize(
    "message", [note_on(1, 60, 90), note_on(9, 60, 90), control(0, 1, 5), bytes((0xE0, 0, 64)), b"\xf8", b"\xfa"]
)
def test_what_no_control_sends_is_no_gesture(message: bytes) -> None:
    assert TWIN.decode(arrival(message)) is None


def test_without_a_profile_notes_are_keys_and_controller_64_is_the_pedal() -> None:
    roles = [ANY.decode(arrival(message)) for message in (note_on(4, 127, 1), control(7, 64, 9), control(15, 30, 1))]
    assert [gesture.role if gesture else None for gesture in roles] == ["keys", "pedal", None]
    assert (TWIN.has_pads, ANY.has_pads) == (True, False)
