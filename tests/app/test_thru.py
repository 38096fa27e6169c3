"""What of a controller is heard, and which of its buttons are obeyed, whatever is chosen."""

import pytest

from bridge.app.thru import reflex_routes, routes_for
from bridge.app.thru_rules import thru_rule
from bridge.arrange.compile import Destination
from bridge.core.message import control, note_off, note_on
from bridge.engine.link import Route, Then
from bridge.engine.routes import Router
from bridge.profiles.control import Role
from bridge.profiles.load import load
from bridge.profiles.model import Profile

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
