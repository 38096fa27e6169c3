"""The clock that a loop waits by."""

import pytest

from bridge.ports import clock as clocks
from bridge.ports.clock import CLOSE_NS, SPIN_SHARE, WakingClock

SPIN_NS = 300_000
LOOK_NS = 200  # what it takes to look at the clock
TURN_NS = 20_000


class Machine:
    """Time that goes on by sleeping and by looking at it; a sleep ends `late_ns` late."""

    def __init__(self, late_ns: int = 0) -> None:
        self.now_ns = 1_000_000_000
        self.slept_ns = 0
        self.late_ns = late_ns

    def monotonic_ns(self) -> int:
        self.now_ns += LOOK_NS
        return self.now_ns

    def select(self, _r: object, _w: object, _x: object, wait_s: float) -> tuple[list[int], list[int], list[int]]:
        slept_ns = round(wait_s * 1e9) + (self.late_ns if wait_s else 0)
        self.slept_ns += slept_ns
        self.now_ns += slept_ns
        return [], [], []


def wait(clock: WakingClock, machine: Machine, due_ns: int) -> int:
    """Turn as a loop does until it is time; how often."""
    turns = 0
    while machine.now_ns < due_ns:
        clock.wait_until(due_ns)
        machine.now_ns += TURN_NS
        turns += 1
    return turns


def on(machine: Machine, patch: pytest.MonkeyPatch) -> WakingClock:
    patch.setattr(clocks, "time", machine)
    patch.setattr(clocks, "select", machine)
    clock = WakingClock()
    clock.spin_ns = SPIN_NS
    return clock


def test_a_loop_with_time_to_rest_is_awake_when_its_moment_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(late_ns=SPIN_NS // 2)
    clock = on(machine, monkeypatch)
    for _ in range(100):
        due_ns = machine.now_ns + 10_000_000
        turns = wait(clock, machine, due_ns)
        assert 0 <= machine.now_ns - TURN_NS - due_ns <= 2 * LOOK_NS
        assert turns == 2 + (SPIN_NS - SPIN_NS // 2 - CLOSE_NS) // TURN_NS, "so that it is quick when it counts"


def test_a_loop_with_something_to_do_every_moment_still_sleeps_most_of_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine()
    clock = on(machine, monkeypatch)
    began_ns, due_ns = machine.now_ns, machine.now_ns
    for _ in range(10_000):
        due_ns += SPIN_NS
        wait(clock, machine, due_ns)
    passed_ns = machine.now_ns - began_ns
    awake_ns = passed_ns - machine.slept_ns - 10_000 * TURN_NS  # but for what it has to do
    assert 0.9 / SPIN_SHARE < awake_ns / passed_ns < 1.1 / SPIN_SHARE


def test_a_loop_that_must_ask_asks_each_millisecond_and_sleeps_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine()
    clock = on(machine, monkeypatch)
    clock.patience_ns = 1_000_000
    began_ns = machine.now_ns
    for turn in range(1, 90):
        clock.wait_until(began_ns + 100_000_000)
        assert machine.now_ns - began_ns == pytest.approx(turn * clock.patience_ns, rel=0.01)
    assert machine.slept_ns == 89 * clock.patience_ns
