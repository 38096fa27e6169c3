"""What a controller sends means what its profile says; any other note is a key, and any other CC 64 the pedal."""

from collections.abc import Collection

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.core.arrival import Arrival
from bridge.core.message import SUSTAIN, control, note_off, note_on
from bridge.profiles.control import STATUS, Address
from bridge.profiles.load import load
from bridge.profiles.model import Profile
from bridge.surface.decode import Decoder
from tests.kit import controllers, hit
from tests.surface.hands import Hands

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


@pytest.mark.parametrize("message", [control(0, 1, 5), control(15, 46, 127), bytes((0xE0, 0, 64)), b"\xf8", b"\xfa"])
def test_what_means_nothing_is_no_gesture(message: bytes) -> None:
    assert TWIN.decode(arrival(message)) is None


def test_without_a_profile_notes_are_keys_and_controller_64_is_the_pedal() -> None:
    roles = [ANY.decode(arrival(message)) for message in (note_on(4, 127, 1), control(7, 64, 9), control(15, 30, 1))]
    assert [gesture.role if gesture else None for gesture in roles] == ["keys", "pedal", None]
    assert (TWIN.has_pads, ANY.has_pads) == (True, False)


def known(profile: Profile) -> st.SearchStrategy[Profile]:
    """It as a whole, or as one of its ports shows it."""
    return st.sampled_from([profile, *(profile.sent_on(role.name) for role in profile.ports)])


def claimed(profile: Profile) -> Collection[Address]:
    """What the pads, buttons and knobs of a controller send, their touch too."""
    others = [control for control in profile.controls if control.kind != "keys"]
    messages = [message for control in others for message in (control.message, control.touch) if message]
    return {address for message in messages for address in message.addresses}


profiles = st.sampled_from(controllers()).flatmap(known)


@given(profiles, st.integers(0, 15), st.integers(0, 127))
def test_a_key_corrects_the_song_on_any_channel_that_is_no_pad_s_or_button_s(
    profile: Profile, channel: int, pitch: int
) -> None:
    assume(("note", channel + 1, pitch) not in claimed(profile))
    hands = Hands(*hit(60, 0, 400), profile=profile)
    hands.send(note_on(channel, pitch, 80), 20)
    assert hands.pitches() == [pitch]


@given(profiles, st.integers(0, 15))
def test_the_sustain_pedal_is_one_on_any_channel_that_is_no_knob_s_or_button_s(profile: Profile, channel: int) -> None:
    others = profile.model_copy(update={"controls": [one for one in profile.controls if one.means != "pedal"]})
    assume(("control", channel + 1, SUSTAIN) not in claimed(others))
    hands = Hands(*hit(60, 0, 400), tool="pedal", profile=profile)
    hands.send(control(channel, SUSTAIN, 127), 100)
    assert hands.pedal() == [(100, 127)]


@pytest.mark.parametrize("profile", controllers(), ids=lambda profile: profile.name)
def test_pads_and_buttons_mean_what_the_profile_says(profile: Profile) -> None:
    decoder = Decoder(profile)
    for one in [one for one in profile.controls if one.means != "keys"]:
        for kind, channel, number in one.message.addresses:
            gesture = decoder.decode(arrival(bytes((STATUS[kind] | channel - 1, number, 127))))
            expected = (one.means, one.value) if one.means and kind in ("note", "control") else None
            assert (gesture and (gesture.role, gesture.means)) == expected


def test_to_touch_a_knob_is_to_do_nothing() -> None:
    push = load("ableton/push-2")
    (touch,) = [one.touch for one in push.controls if one.kind == "ribbon" and one.touch]
    ((_, channel, number),) = touch.addresses
    assert Decoder(push).decode(arrival(note_on(channel - 1, number, 127))) is None
