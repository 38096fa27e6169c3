"""SysEx goes to an instrument one behind the other, each when the one before was taken."""

from bridge.core.sysex import RESET_PAUSE_NS, taken_ns
from bridge.engine.set_up import SetUp

GM_ON = bytes.fromhex("f07e7f0901f7")
MASTER_VOLUME = bytes.fromhex("f07f7f04010040f7")


def test_each_is_due_when_the_one_before_was_taken_and_a_reset_has_its_pause() -> None:
    set_up = SetUp()
    set_up.begin(1_000)
    set_up.add(GM_ON)
    set_up.add(MASTER_VOLUME)
    assert (set_up.next_ns, set_up.take()) == (1_000, GM_ON)
    assert (set_up.next_ns, set_up.take()) == (1_000 + taken_ns(GM_ON), MASTER_VOLUME)
    assert set_up.next_ns == 1_000 + taken_ns(GM_ON) + taken_ns(MASTER_VOLUME) > RESET_PAUSE_NS
    assert set_up.take() is None


def test_with_nothing_in_it_it_ends_at_once() -> None:
    set_up = SetUp()
    assert (set_up.is_on, set_up.next_ns) == (False, None)
    set_up.begin(5)
    assert (set_up.is_on, set_up.next_ns, set_up.take()) == (True, 5, None)
    set_up.end()
    assert (set_up.is_on, set_up.next_ns) == (False, None)


def test_what_is_begun_anew_gives_up_what_has_not_left() -> None:
    set_up = SetUp()
    set_up.begin(0)
    set_up.add(GM_ON)
    set_up.begin(7)
    assert (set_up.next_ns, set_up.take()) == (7, None)
