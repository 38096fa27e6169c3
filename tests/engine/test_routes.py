"""Routes: what a hand plays, and where it goes."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.ledger import Ledger
from bridge.core.message import (
    BEND,
    CONTROL,
    KEY_PRESSURE,
    NOTE_ON,
    PRESSURE,
    PROGRAM,
    control,
    is_note_off,
    is_note_on,
    is_pedal_down,
    note_off,
    note_on,
)
from bridge.engine.link import Route, Then
from bridge.engine.routes import Router

DOWN, UP = control(0, 64, 127), control(0, 64, 0)


def thru(kind: int = NOTE_ON, port: int = 0, to_channel: int = 0, *, source: int = 0, channel: int = -1,
         keys: tuple[int, int] = (0, 127), then: Then = Then.THRU) -> Route:  # fmt: skip
    return Route(source, kind, channel, *keys, then, port, to_channel)


def router(*routes: Route) -> Router:
    made = Router()
    made.routes = routes
    return made


def test_the_first_route_that_matches_decides() -> None:
    one = router(thru(port=1, keys=(0, 59)), thru(port=2, to_channel=3))
    assert one.route(0, note_on(5, 59, 80)) == [(1, note_on(0, 59, 80))]
    assert one.route(0, note_on(5, 60, 80)) == [(2, note_on(3, 60, 80))]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (1, note_on(2, 60, 80)),
        (0, note_on(3, 60, 80)),
        (0, note_on(2, 49, 80)),
        (0, note_on(2, 71, 80)),
        (0, b"\xb2\x3c\x50"),
    ],
)
def test_what_no_route_matches_is_not_heard(source: int, message: bytes) -> None:
    assert router(thru(channel=2, keys=(50, 70))).route(source, message) == []


def test_a_swallowed_key_and_its_release_are_not_heard() -> None:
    one = router(thru(then=Then.SWALLOW), thru(port=1))
    assert [one.route(0, message) for message in (note_on(0, 60, 80), note_off(0, 60))] == [[], []]


@pytest.mark.parametrize("message", [bytes((BEND, 1, 2)), bytes((PRESSURE, 9)), control(0, 1, 5), control(0, 64, 30)])
def test_bend_pressure_and_controllers_go_to_the_route_s_channel(message: bytes) -> None:
    one = router(*(thru(kind, 1, 7) for kind in (BEND, PRESSURE, CONTROL)))
    assert one.route(0, message) == [(1, bytes((message[0] | 7,)) + message[1:])]


@pytest.mark.parametrize("message", [b"\xf0\x7e\xf7", b"\xf8", b"\xfe"])
def test_system_messages_have_no_route(message: bytes) -> None:
    assert router(thru(message[0] & 0xF0)).route(0, message) == []


@pytest.mark.parametrize(("down", "up"), [(note_on(0, 60, 80), note_off(0, 60)), (DOWN, UP)])
@pytest.mark.parametrize("routes", [(), (thru(port=1), thru(CONTROL, port=1)), (thru(then=Then.SWALLOW),)])
def test_a_key_or_pedal_is_let_go_where_it_went_down(down: bytes, up: bytes, routes: tuple[Route, ...]) -> None:
    one = router(thru(to_channel=4), thru(CONTROL, to_channel=4))
    one.route(0, down)
    one.routes = routes
    assert one.route(0, up) == [(0, bytes((up[0] | 4,)) + up[1:])]


@pytest.mark.parametrize(("down", "up"), [(note_on(0, 60, 80), note_off(0, 60)), (DOWN, UP)])
def test_a_key_or_pedal_struck_again_elsewhere_is_let_go_first(down: bytes, up: bytes) -> None:
    one = router(thru(), thru(CONTROL))
    one.route(0, down)
    one.routes = (thru(port=1), thru(CONTROL, port=1))
    assert one.route(0, down) == [(0, up), (1, down)]
    assert one.route(0, up) == [(1, up)]


def test_a_note_on_without_velocity_is_a_release() -> None:
    one = router(thru())
    one.route(0, note_on(0, 60, 80))
    assert one.route(0, bytes((NOTE_ON, 60, 0))) == [(0, bytes((NOTE_ON, 60, 0)))]
    assert one.release(0) == []


def test_an_input_that_is_gone_lets_go_of_its_own_keys_and_pedals_only() -> None:
    one = router(thru(), thru(CONTROL), thru(port=1, source=1))
    for source, message in ((0, note_on(0, 60, 80)), (0, DOWN), (1, note_on(0, 62, 80))):
        one.route(source, message)
    assert one.release(0) == [(0, note_off(0, 60)), (0, UP)]
    assert one.release(0) == []
    assert one.release(1) == [(1, note_off(0, 62))]


def layers(*routes: Route) -> Router:
    return router(*(replace(route, goes_on=True) for route in routes))


@pytest.mark.parametrize(("semitones", "sounds"), [(12, 72), (-24, 36), (67, 127), (-60, 0)])
def test_a_transposed_key_is_let_go_at_the_pitch_it_sounds(semitones: int, sounds: int) -> None:
    one = router(replace(thru(), transpose=semitones))
    assert one.route(0, note_on(0, 60, 80)) == [(0, note_on(0, sounds, 80))]
    one.routes = ()
    assert one.route(0, note_off(0, 60, 9)) == [(0, note_off(0, sounds, 9))]


@pytest.mark.parametrize(("semitones", "pitch"), [(12, 116), (-12, 11), (127, 1), (-127, 126)])
def test_a_key_that_is_transposed_beyond_all_keys_is_not_heard(semitones: int, pitch: int) -> None:
    one = router(replace(thru(), transpose=semitones))
    assert [one.route(0, message) for message in (note_on(0, pitch, 80), note_off(0, pitch))] == [[], []]


def test_pressure_on_a_key_is_transposed_with_it_and_controllers_are_not() -> None:
    one = router(*(replace(thru(kind, to_channel=2), transpose=12) for kind in (KEY_PRESSURE, CONTROL, PROGRAM)))
    assert one.route(0, bytes((KEY_PRESSURE, 60, 5))) == [(0, bytes((KEY_PRESSURE | 2, 72, 5)))]
    assert one.route(0, control(0, 7, 5)) == [(0, control(2, 7, 5))]
    assert one.route(0, bytes((PROGRAM, 60))) == [(0, bytes((PROGRAM | 2, 60)))]


@pytest.mark.parametrize(
    ("low", "high", "struck", "heard"),
    [(1, 127, 1, 1), (1, 127, 93, 93), (40, 127, 1, 40), (40, 127, 64, 84), (1, 64, 127, 64), (99, 99, 5, 99)],
)
def test_velocities_are_spread_over_what_the_route_says(low: int, high: int, struck: int, heard: int) -> None:
    one = router(replace(thru(), velocity_low=low, velocity_high=high))
    assert one.route(0, note_on(0, 60, struck)) == [(0, note_on(0, 60, heard))]
    assert one.route(0, note_off(0, 60, 33)) == [(0, note_off(0, 60, 33))]


@given(st.integers(1, 127), st.integers(1, 127))
def test_a_harder_strike_is_never_softer_and_no_velocity_changes_without_need(a: int, b: int) -> None:
    low, high = sorted((a, b))
    one = router(replace(thru(), velocity_low=low, velocity_high=high))
    heard = [one.route(0, note_on(0, 60, velocity))[0][1][2] for velocity in range(1, 128)]
    assert (heard[0], heard[-1], heard) == (low, high, sorted(heard))
    plain = router(thru())
    assert plain.route(0, note_on(0, 60, a)) == [(0, note_on(0, 60, a))]


def test_a_route_may_keep_the_channel() -> None:
    one = router(thru(to_channel=-1))
    assert one.route(0, note_on(11, 60, 80)) == [(0, note_on(11, 60, 80))]
    assert one.route(0, note_off(11, 60)) == [(0, note_off(11, 60))]


def test_a_layered_key_is_heard_on_all_its_instruments_and_let_go_on_all() -> None:
    one = layers(thru(to_channel=1), replace(thru(port=1), transpose=-12), thru(port=2, keys=(61, 127)))
    assert one.route(0, note_on(0, 60, 80)) == [(0, note_on(1, 60, 80)), (1, note_on(0, 48, 80))]
    one.routes = (thru(port=2),)
    assert one.route(0, note_off(0, 60)) == [(0, note_off(1, 60)), (1, note_off(0, 48))]


def test_layers_on_one_instrument_send_it_nothing_twice() -> None:
    one = layers(thru(), replace(thru(), velocity_low=50), thru(CONTROL), thru(CONTROL), thru(BEND), thru(BEND))
    for message in (note_on(0, 60, 80), note_off(0, 60), control(0, 1, 5), DOWN, UP, bytes((BEND, 1, 2))):
        assert one.route(0, message) == [(0, message)]


def test_a_route_that_goes_on_ends_where_one_decides() -> None:
    one = router(replace(thru(), goes_on=True), thru(then=Then.SWALLOW), thru(port=1))
    assert one.route(0, note_on(0, 60, 80)) == [(0, note_on(0, 60, 80))]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((note_on(0, 60, 80), note_off(0, 60)), (note_on(1, 60, 80), note_off(1, 60))),
        ((DOWN, UP), (control(1, 64, 127), control(1, 64, 0))),
    ],
)
def test_what_two_hands_hold_is_let_go_with_the_last(first: tuple[bytes, bytes], second: tuple[bytes, bytes]) -> None:
    one = router(thru(), thru(CONTROL))
    one.route(0, first[0])
    one.route(0, second[0])
    assert one.route(0, first[1]) == []
    assert one.route(0, second[1]) == [(0, first[1])]


def test_two_pedals_on_one_instrument_lift_it_with_the_last_even_half_way() -> None:
    one = router(thru(CONTROL))
    one.route(0, DOWN)
    assert one.route(0, control(1, 64, 30)) == []
    assert one.route(0, control(0, 64, 30)) == [(0, control(0, 64, 30))]
    assert one.route(0, control(1, 64, 20)) == [(0, control(0, 64, 20))]


def test_a_pedal_that_moves_while_it_is_down_is_heard_and_not_lifted() -> None:
    one = router(thru(CONTROL))
    assert [one.route(0, control(0, 64, value)) for value in (70, 100, 90)] == [
        [(0, control(0, 64, value))] for value in (70, 100, 90)
    ]


@pytest.mark.parametrize(("down", "up"), [(note_on(0, 60, 80), note_off(0, 60)), (DOWN, UP)])
def test_a_key_or_pedal_struck_twice_without_a_release_is_let_go_with_one(down: bytes, up: bytes) -> None:
    one = router(thru(), thru(CONTROL))
    assert [one.route(0, message) for message in (down, down, up, up)][:3] == [[(0, down)], [(0, down)], [(0, up)]]
    assert one.release(0) == []


def test_after_a_panic_no_key_that_is_still_held_keeps_another_down() -> None:
    one = router(thru(), thru(port=1, source=1))
    one.route(0, note_on(0, 60, 80))
    one.route(1, note_on(0, 60, 80))
    one.forget()
    assert one.route(0, note_on(1, 60, 80)) == [(0, note_on(0, 60, 80))]
    assert one.route(0, note_off(1, 60)) == [(0, note_off(0, 60))]
    assert one.route(0, note_off(0, 60)) == one.release(1) == []


def test_what_is_held_on_an_output_that_is_gone_is_forgotten_there_only() -> None:
    one = layers(thru(), thru(port=1))
    one.route(0, note_on(0, 60, 80))
    one.forget(1)
    assert one.route(0, note_off(0, 60)) == [(0, note_off(0, 60))]


BUTTON = 44


def panic(kind: int = CONTROL, keys: tuple[int, int] = (BUTTON, BUTTON), channel: int = 15) -> Route:
    return thru(kind, keys=keys, channel=channel, then=Then.PANIC)


@pytest.mark.parametrize(
    ("values", "fires"),
    [
        ((127, 0, 127, 0), (True, False, True, False)),
        ((127, 127, 127), (True, True, True)),
        ((10, 63, 64, 90, 127, 100, 63, 70), (False, False, True, False, False, False, False, True)),
        ((1, 0), (False, False)),
    ],
    ids=["a button", "a button that never sends 0", "a fader", "hardly touched"],
)
def test_a_press_sets_off_its_reflex_once(values: Sequence[int], fires: Sequence[bool]) -> None:
    one = router(panic(), thru(CONTROL))
    messages = [control(15, BUTTON, value) for value in values]
    assert [one.reflex(0, message) is Then.PANIC for message in messages] == list(fires)
    assert [one.route(0, message) for message in messages] == [[]] * len(messages)


def test_a_button_that_is_pulled_out_while_pressed_works_when_it_is_back() -> None:
    one = router(panic())
    assert one.reflex(0, control(15, BUTTON, 100)) is Then.PANIC
    one.release(0)
    assert one.reflex(0, control(15, BUTTON, 100)) is Then.PANIC


def test_a_pad_with_a_reflex_is_obeyed_when_it_is_struck_and_is_not_heard() -> None:
    one = router(panic(NOTE_ON), thru())
    struck = [note_on(15, BUTTON, 1), note_on(15, BUTTON, 0), note_off(15, BUTTON)]
    assert [one.reflex(0, message) for message in struck] == [Then.PANIC, None, None]
    assert [one.route(0, message) for message in struck] == [[], [], []]


@pytest.mark.parametrize("then", [Then.STOP, Then.PLAY, Then.PANIC, Then.AGAIN])
@pytest.mark.parametrize("status", [0xFA, 0xFB, 0xFC])
def test_start_continue_and_stop_may_set_off_any_reflex(status: int, then: Then) -> None:
    one = router(thru(status, then=then))
    assert one.reflex(0, bytes((status,))) is then
    assert one.reflex(1, bytes((status,))) is one.reflex(0, b"\xf8") is None


@pytest.mark.parametrize(
    ("source", "message"), [(1, control(15, BUTTON, 127)), (0, control(14, BUTTON, 127)), (0, control(15, 45, 127))]
)
def test_no_other_control_sets_off_a_reflex(source: int, message: bytes) -> None:
    assert router(panic(), thru(), thru(CONTROL)).reflex(source, message) is None


def test_a_route_before_it_hides_a_reflex_unless_it_goes_on() -> None:
    heard = thru(CONTROL)
    assert router(heard, panic()).reflex(0, control(15, BUTTON, 127)) is None
    one = router(replace(heard, goes_on=True), panic())
    assert one.reflex(0, control(15, BUTTON, 127)) is Then.PANIC
    assert one.route(0, control(15, BUTTON, 127)) == [(0, control(0, BUTTON, 127))]


either = st.integers(0, 1)
presses = st.one_of(
    st.builds(note_on, either, st.integers(60, 61), st.sampled_from((0, 1, 1))),
    st.builds(note_off, either, st.integers(60, 61)),
    st.builds(control, either, st.just(64), st.sampled_from((0, 30, 64, 127))),
)
targets = st.builds(
    Route,
    either,
    st.sampled_from((NOTE_ON, CONTROL)),
    st.sampled_from((-1, 0)),
    st.just(0),
    st.sampled_from((60, 127)),
    st.sampled_from((Then.THRU, Then.THRU, Then.THRU, *Then)),
    either,
    st.integers(-1, 1),
    st.sampled_from((0, 0, 1, -1, 66)),
    goes_on=st.booleans(),
)
hands = st.tuples(either, presses)
lives = st.lists(st.one_of(*[hands] * 6, st.lists(targets, max_size=5)), min_size=10, max_size=40)
AT_FIRST = [thru(kind, source=source, to_channel=-source) for kind in (NOTE_ON, CONTROL) for source in (0, 1)]
Life = list[tuple[int, bytes] | list[Route]]
Place = tuple[int, int, int]


def place(port: int, message: bytes) -> Place:
    """The key or pedal of a port that a message is about."""
    status = message[0] & 15 | (CONTROL if message[0] & 0xF0 == CONTROL else NOTE_ON)
    return port, status, message[1]


def is_down(message: bytes) -> bool:
    return is_note_on(message) or is_pedal_down(message)


@given(lives)
def test_whatever_routes_change_what_went_down_comes_up_once_where_it_went_down(life: Life) -> None:
    """The witness: which key of a hand holds what down, from what was sent alone."""
    one, held = router(*AT_FIRST), dict[Place, set[Place]]()

    def let_go(places: set[Place]) -> set[Place]:
        return places - {held_place for places in held.values() for held_place in places}

    for deed in life:
        if isinstance(deed, list):
            one.routes = deed
            continue
        key, sent = place(*deed), one.route(*deed)
        downs = {place(*out) for out in sent if is_down(out[1])}
        ups = [place(*out) for out in sent if not is_down(out[1])]
        old = held.pop(key, set())
        if is_down(deed[1]):
            held[key] = downs or old
        expected = let_go(old)
        if is_note_off(deed[1]) or old or downs:
            assert sorted(ups) == sorted(expected)
        else:
            assert set(ups) == let_go(set(ups))
    for source in (0, 1):
        gone = {key: held.pop(key) for key in list(held) if key[0] == source}
        ups = [place(*out) for out in one.release(source)]
        assert sorted(ups) == sorted(let_go(set().union(*gone.values())))
    assert not held


@given(lives)
def test_on_the_wire_ons_and_offs_of_a_key_alternate_and_nothing_is_left_down(life: Life) -> None:
    one, ledgers, down = router(*AT_FIRST), (Ledger(0), Ledger(1)), set[Place]()

    def hear(sent: list[tuple[int, bytes]]) -> None:
        for port, message in sent:
            for out in ledgers[port].hand(message):
                key = place(port, out)
                assert out[0] & 0xF0 == CONTROL or is_down(out) is not (key in down)
                (down.add if is_down(out) else down.discard)(key)

    for deed in life:
        if isinstance(deed, list):
            one.routes = deed
        else:
            hear(one.route(*deed))
    hear(one.release(0))
    hear(one.release(1))
    assert not down
