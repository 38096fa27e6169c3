"""What of a controller is heard, and which of its buttons are obeyed, whatever is chosen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.app.thru import reflex_routes, routes_for
from bridge.app.thru_rules import thru_rule
from bridge.arrange.compile import Destination
from bridge.core.arrival import Arrival
from bridge.core.message import BEND, CONTROL, NOTE_ON, PRESSURE, control, note_off, note_on
from bridge.engine.link import Route, Then
from bridge.engine.routes import Router
from bridge.profiles.control import Role
from bridge.profiles.load import load
from bridge.profiles.model import Profile
from bridge.surface.decode import Decoder
from tests.kit import controllers

TWIN = load("midi-bridge/twin-controller")
MUSIC: frozenset[Role] = frozenset({"keys", "pad", "pedal"})
PIANO = Destination(1, 4)
BUTTONS = {41: Then.STOP, 42: Then.PLAY, 43: Then.AGAIN, 44: Then.PANIC}


def router(
    profile: Profile | None,
    roles: frozenset[Role] = MUSIC,
    target: Destination | None = PIANO,
    rules: tuple[Route, ...] = (),
) -> Router:
    made = Router()
    made.routes = routes_for(profile, roles, target, rules)
    return made


@pytest.mark.parametrize("target", [PIANO, None])
@pytest.mark.parametrize("roles", [MUSIC, frozenset[Role]()])
@pytest.mark.parametrize("rules", [(), thru_rule("", ["module"])])
def test_stop_play_again_and_panic_work_whatever_is_chosen(
    target: Destination | None, roles: frozenset[Role], rules: tuple[Route, ...]
) -> None:
    one = router(TWIN, roles, target, rules)
    pressed = {number: one.reflex(0, control(15, number, 127)) for number in range(128)}
    assert {number: then for number, then in pressed.items() if then} == BUTTONS
    assert [one.route(0, control(15, number, 127)) for number in BUTTONS] == [[]] * 4


def test_a_plain_keyboard_starts_stops_and_silences_with_midi_start_continue_stop_and_reset() -> None:
    one = router(None, target=None)
    pressed = [one.reflex(0, bytes((status,))) for status in (0xFA, 0xFB, 0xFC, 0xFF)]
    assert pressed == [Then.AGAIN, Then.PLAY, Then.STOP, Then.PANIC]
    assert [one.reflex(0, message) for message in (b"\xf8", b"\xfe", control(15, 44, 127))] == [None] * 3
    assert all(route.kind >= 0xF0 for route in reflex_routes(None))


MMC_STOP, MMC_PLAY, MMC_DEFERRED_PLAY = (bytes((0xF0, 0x7F, 0x7F, 0x06, command, 0xF7)) for command in (1, 2, 3))


def test_the_transport_of_a_beatstep_which_speaks_machine_control_is_obeyed() -> None:
    one = router(load("arturia/beatstep"))
    assert [one.reflex(0, message) for message in (MMC_STOP, MMC_PLAY)] == [Then.STOP, Then.PLAY]
    assert one.reflex(0, MMC_DEFERRED_PLAY) is None
    assert one.route(0, MMC_STOP) == []


def test_a_plain_keyboard_may_say_stop_and_play_by_machine_control_to_whatever_device() -> None:
    one = router(None)
    pressed = [one.reflex(0, message) for message in (MMC_STOP, MMC_PLAY, MMC_DEFERRED_PLAY)]
    assert pressed == [Then.STOP, Then.PLAY, Then.PLAY]
    assert one.reflex(0, bytes((0xF0, 0x7F, 0x05, 0x06, 0x01, 0xF7))) is Then.STOP


@pytest.mark.parametrize(
    "message",
    [
        "F0 7F 7F 06 06 F7",  # record
        "F0 7F 7F 06 44 06 01 00 00 00 00 00 F7",  # locate
        "F0 7F 7F 07 01 F7",  # an answer
        "F0 7E 7F 06 01 F7",  # who are you?
        "F0 01 01 01 01 F7",
        "F0 F7",
    ],
)
def test_no_other_exclusive_message_moves_the_transport(message: str) -> None:
    one = router(None)
    assert one.reflex(0, bytes.fromhex(message)) is None


@pytest.mark.parametrize("profile", [TWIN, None])
def test_without_a_rule_keys_and_pedal_are_heard_on_the_part_s_instrument(profile: Profile | None) -> None:
    one = router(profile)
    assert one.route(0, note_on(0, 60, 80)) == [(1, note_on(4, 60, 80))]
    assert one.route(0, control(0, 64, 127)) == [(1, control(4, 64, 127))]
    assert one.route(0, bytes((0xE0, 1, 2))) == [(1, bytes((0xE4, 1, 2)))]
    assert router(profile, target=None).route(0, note_on(0, 60, 80)) == []


@pytest.mark.parametrize("profile", [TWIN, None])
def test_rules_take_the_place_of_the_part_s_instrument(profile: Profile | None) -> None:
    one = router(profile, rules=thru_rule("channel=2 transpose=12", ["module", "bass"]))
    assert one.route(0, note_on(0, 60, 80)) == [(0, note_on(1, 72, 80))]
    assert one.route(0, note_off(0, 60)) == [(0, note_off(1, 72))]
    assert one.route(0, control(0, 1, 5)) == [(0, control(1, 1, 5))]


@pytest.mark.parametrize("number", [20, 27, 30, 33, 40])
def test_no_rule_lets_an_instrument_hear_the_buttons(number: int) -> None:
    one = router(TWIN, rules=thru_rule("", ["module"]))
    assert one.route(0, control(15, number, 127)) == []
    assert one.route(0, control(0, number, 127)) == [(0, control(0, number, 127))]


def test_what_the_hand_does_for_a_silent_tool_is_heard_by_no_rule() -> None:
    everything = thru_rule("", ["module"])
    dynamics = router(TWIN, frozenset({"keys", "pedal"}), rules=everything)
    assert dynamics.route(0, note_on(9, 36, 80)) == []
    assert dynamics.route(0, note_on(0, 60, 80)) == [(0, note_on(0, 60, 80))]
    erase = router(None, frozenset({"pedal"}), rules=everything)
    assert erase.route(0, note_on(0, 60, 80)) == []
    assert erase.route(0, control(0, 64, 127)) == [(0, control(0, 64, 127))]


every_role = st.frozensets(st.sampled_from(sorted(MUSIC)))
channels, numbers = st.integers(0, 15), st.integers(0, 127)


@given(st.sampled_from(controllers()), every_role, st.sampled_from((NOTE_ON, CONTROL)), channels, numbers)
def test_what_is_heard_is_what_the_surface_takes_for_music(
    profile: Profile, roles: frozenset[Role], kind: int, channel: int, number: int
) -> None:
    message = bytes((kind | channel, number, 127))
    gesture = Decoder(profile).decode(Arrival(1, "hands", 0, 0, 0, 0, message))
    heard = router(profile, roles).route(0, message)
    assert heard == ([(1, bytes((kind | 4, number, 127)))] if gesture and gesture.role in roles else [])


@pytest.mark.parametrize("name", ["generic/keys-25", "akai/mpk-mini-mk3", "novation/launchkey-mk3", "ableton/push-2"])
@pytest.mark.parametrize("channel", [0, 6])
def test_a_known_keyboard_bends_and_presses_on_whatever_channel_it_is_set_to(name: str, channel: int) -> None:
    one = router(load(name))
    for kind in (BEND, PRESSURE):
        message = bytes((kind | channel, 5, 6)[: 3 if kind == BEND else 2])
        assert one.route(0, message) == [(1, bytes((kind | 4,)) + message[1:])]


def test_a_fader_that_sends_bend_bends_nothing() -> None:
    desk = load("arturia/keylab-mkii").sent_on("KeyLab mkII 61 DAW")
    assert router(desk).route(0, bytes((BEND | 8, 0, 64))) == []
    assert router(desk).route(0, bytes((BEND | 9, 0, 64))) == [(1, bytes((BEND | 4, 0, 64)))]


def test_wheels_knobs_and_pedals_of_a_known_keyboard_are_heard_by_a_rule() -> None:
    one = router(load("akai/mpk-mini-mk3"), rules=thru_rule("", ["module"]))
    for message in (bytes((BEND, 0, 64)), control(0, 1, 5), control(0, 70, 5), control(0, 64, 127)):
        assert one.route(0, message) == [(0, message)]


def test_a_known_keyboard_without_transport_buttons_has_midi_start_continue_and_stop() -> None:
    assert router(load("generic/keys-25")).reflex(0, b"\xfa") == Then.AGAIN
    assert router(TWIN).reflex(0, b"\xfa") is None
