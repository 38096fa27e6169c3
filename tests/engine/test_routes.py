"""Routes: what a hand plays, and where it goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.message import BEND, CONTROL, NOTE_ON, PRESSURE, control, note_off, note_on
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


presses = st.one_of(
    st.builds(note_on, st.integers(0, 1), st.integers(60, 62), st.integers(0, 1)),
    st.builds(note_off, st.integers(0, 1), st.integers(60, 62)),
    st.builds(control, st.integers(0, 1), st.just(64), st.sampled_from((0, 30, 64, 127))),
)
kinds, channels, highest = st.sampled_from((NOTE_ON, CONTROL)), st.sampled_from((-1, 0)), st.sampled_from((60, 127))
either = st.integers(0, 1)
targets = st.builds(Route, either, kinds, channels, st.just(0), highest, st.sampled_from(Then), either, either)


@given(st.lists(st.one_of(st.tuples(st.integers(0, 1), presses), st.lists(targets, max_size=4)), max_size=40))
def test_no_change_of_routes_leaves_a_key_or_pedal_down(life: list[tuple[int, bytes] | list[Route]]) -> None:
    one, down = Router(), dict[tuple[object, ...], int]()
    for deed in life:
        if isinstance(deed, list):
            one.routes = tuple(deed)
            continue
        for port, message in one.route(*deed):
            is_down = message[0] & 0xF0 != 0x80 and message[2] >= (64 if message[0] & 0xF0 == CONTROL else 1)
            key = (port, message[0] & 15, message[1], message[0] & 0xF0 == CONTROL)
            down[key] = is_down
    for source in (0, 1):
        for port, message in one.release(source):
            down[port, message[0] & 15, message[1], message[0] & 0xF0 == CONTROL] = False
    assert not any(down.values())
