"""A hand at a port sends what it is told, and leaves nothing down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.app.hand import Hand
from bridge.core.clock import ManualClock
from bridge.core.message import control, note_off, note_on
from bridge.core.wire import Wire
from bridge.errors import DriverError
from bridge.ports.base import Capabilities
from bridge.ports.loopback import Loopback
from bridge.ports.twin import Twin, TwinPort
from bridge.profiles.load import load

SECOND_NS = 1_000_000_000
PEDAL_DOWN, PEDAL_UP = control(0, 64, 127), control(0, 64, 0)


class Breaking:
    """An output that fails at the nth message, and keeps what left before."""

    name = "synth"
    capabilities = Capabilities()

    def __init__(self, fails_at: int) -> None:
        self.sent: list[bytes] = []
        self._fails_at = fails_at

    def send(self, message: bytes, due_ns: int) -> None:
        if len(self.sent) == self._fails_at:
            self._fails_at = -1
            raise DriverError("the cable is out; put it in")
        self.sent.append(message)

    def close(self) -> None:
        self.sent.append(b"")


def hand_and_cable() -> tuple[Hand, Loopback]:
    clock = ManualClock()
    cable = Loopback("a", clock)
    return Hand(cable, clock), cable


def test_everything_leaves_as_it_is_and_in_order() -> None:
    hand, cable = hand_and_cable()
    messages = [note_on(0, 60, 90), note_on(0, 60, 91), note_off(0, 61), PEDAL_DOWN, b"\xf0\x7d\xf7", b"\xfa"]
    hand.send(messages)
    assert [message for _, message in cable.receive()] == messages


def test_what_is_down_is_let_go_notes_before_pedals() -> None:
    hand, cable = hand_and_cable()
    hand.send([PEDAL_DOWN, note_on(0, 60, 90), note_on(3, 64, 1), note_off(3, 64), note_on(2, 40, 9)])
    cable.receive()
    assert hand.is_down
    hand.let_go()
    assert [message for _, message in cable.receive()] == [note_off(0, 60), note_off(2, 40), PEDAL_UP]
    hand.let_go()
    assert cable.receive() == []


def test_what_was_let_go_by_hand_is_not_let_go_again() -> None:
    hand, _ = hand_and_cable()
    hand.send([PEDAL_DOWN, note_on(0, 60, 90), note_on(0, 60, 0), PEDAL_UP])
    assert not hand.is_down


def test_a_note_rings_for_as_long_as_it_was_asked_or_until_the_end_is() -> None:
    clock = ManualClock()
    hand = Hand(Loopback("a", clock), clock)
    hand.wait(SECOND_NS // 2, lambda: False)
    assert clock.now_ns() == SECOND_NS // 2
    hand.wait(100 * SECOND_NS, lambda: clock.now_ns() >= SECOND_NS)
    assert clock.now_ns() < 2 * SECOND_NS


def test_a_note_whose_sending_failed_is_let_go_too_for_it_may_sound() -> None:
    port = Breaking(fails_at=1)
    hand = Hand(port, ManualClock())
    with pytest.raises(DriverError, match="the cable is out"):
        hand.send([note_on(0, 60, 90), note_on(0, 62, 90), note_on(0, 64, 90)])
    hand.let_go()
    assert port.sent == [note_on(0, 60, 90), note_off(0, 60), note_off(0, 62)]


MESSAGES = st.lists(
    st.one_of(
        st.builds(note_on, st.integers(0, 1), st.integers(60, 62), st.integers(0, 127)),
        st.builds(note_off, st.integers(0, 1), st.integers(60, 62)),
        st.builds(control, st.integers(0, 1), st.sampled_from((64, 66)), st.sampled_from((0, 63, 64, 127))),
    )
)


@given(messages=MESSAGES)
def test_whatever_was_sent_no_twin_sounds_behind_it(messages: list[bytes]) -> None:
    clock = ManualClock()
    twin = Twin(load("midi-bridge/twin-module"))
    port = TwinPort("module", Wire(1_000), [twin], clock)
    hand = Hand(port, clock)
    hand.send(messages)
    hand.let_go()
    port.step(1 << 62)
    assert (twin.sounding, twin.down) == ([], set())
