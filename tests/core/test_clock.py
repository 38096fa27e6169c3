"""A clock turned by hand waits at once and never goes back."""

from bridge.core.clock import Clock, ManualClock


def test_it_stands_still_until_it_is_told_to_go_on() -> None:
    clock: Clock = ManualClock(5, 1_000)
    assert (clock.now_ns(), clock.now_ns(), clock.wall_ns()) == (5, 5, 1_000)
    clock.wait_until(9)
    assert (clock.now_ns(), clock.wall_ns()) == (9, 1_004)


def test_it_never_goes_back() -> None:
    clock = ManualClock(5)
    clock.wait_until(3)
    assert clock.now_ns() == 5
