"""A cable with 5-pin DIN at its far end: messages go to the driver no sooner than the wire behind it can carry them."""

from collections.abc import Iterator
from statistics import quantiles

import pytest

from bridge.core.clock import ManualClock
from bridge.core.message import control, is_note_on, note_off, note_on
from bridge.core.wire import DIN_NS_PER_BYTE, Wire
from bridge.errors import DriverError
from bridge.ports.base import LONGEST_CLOSE_NS, Cancelling, Capabilities, Paced, Pluggable, Waking
from bridge.ports.din import DinOutput
from bridge.ports.open import open_output
from bridge.ports.twin import Twin, TwinPort
from bridge.ports.wired import AHEAD, BYTE_NS, Wired, wired
from bridge.profiles.load import load
from tests.ports.far_end import FarEnd

DUMP = b"\xf0" + bytes(998) + b"\xf7"
MESSAGE_NS = 3 * DIN_NS_PER_BYTE


class Cable:
    """An output that takes everything at once and hides what waits behind it."""

    name = "UM-ONE"
    capabilities = Capabilities(sees_unplug=True, horizon_ns=20_000_000)

    def __init__(self, clock: ManualClock) -> None:
        self.taken: list[tuple[int, bytes]] = []
        self.dues: list[int] = []
        self.is_connected = True
        self.is_broken = False
        self.is_closed = False
        self.cancelled = 0
        self._clock = clock

    def send(self, message: bytes, due_ns: int) -> None:
        if self.is_broken:
            raise DriverError("port 'UM-ONE' failed: no such device; see that its device is on, and start again")
        if self.is_connected:
            self.taken.append((self._clock.now_ns(), message))
            self.dues.append(due_ns)

    def cancel(self) -> None:
        self.cancelled += 1

    def close(self) -> None:
        self.is_closed = True

    @property
    def messages(self) -> list[bytes]:
        return [message for _, message in self.taken]


@pytest.fixture(name="clock")
def _clock() -> ManualClock:
    return ManualClock(1_000_000_000)


@pytest.fixture(name="cable")
def _cable(clock: ManualClock) -> Cable:
    return Cable(clock)


@pytest.fixture(name="out")
def _out(cable: Cable, clock: ManualClock) -> Wired:
    return Wired(cable, clock)


def run_dry(port: Paced, clock: ManualClock, until_ns: int | None = None) -> None:
    """What the loop that waits does."""
    while (next_ns := port.next_ns) is not None and (until_ns is None or next_ns <= until_ns):
        clock.wait_until(next_ns)
        port.step(clock.now_ns())
    if until_ns is not None:
        clock.wait_until(until_ns)


def arrivals(taken: list[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """When each message has arrived at the far end of an unforgiving wire, first in, first out."""
    free_ns = 0
    for at_ns, message in taken:
        free_ns = max(free_ns, at_ns) + len(message) * DIN_NS_PER_BYTE
        yield free_ns, message


def test_it_is_a_port_that_the_loop_steps_and_a_panic_empties(out: Wired) -> None:
    assert isinstance(out, Paced)
    assert isinstance(out, Cancelling)
    assert isinstance(out, Pluggable)
    assert out.capabilities == Capabilities(sees_unplug=True, cancels=True, horizon_ns=0)


def test_a_message_is_due_when_it_is_handed_over(out: Wired, cable: Cable, clock: ManualClock) -> None:
    out.send(note_on(0, 60, 90), clock.now_ns() + 5_000_000)
    run_dry(out, clock)
    assert cable.taken == [(1_000_000_000, note_on(0, 60, 90))]
    assert cable.dues == [1_000_000_000]


def test_the_driver_never_has_more_than_a_message_and_two_bytes(out: Wired, cable: Cable, clock: ManualClock) -> None:
    for pitch in range(40, 80):
        out.send(note_on(0, pitch, 90), 0)
    run_dry(out, clock)
    assert cable.messages == [note_on(0, pitch, 90) for pitch in range(40, 80)]
    for (at_ns, _), (end_ns, message) in zip(cable.taken, arrivals(cable.taken), strict=True):
        assert end_ns - at_ns <= (len(message) + AHEAD) * DIN_NS_PER_BYTE


def test_the_wire_is_never_idle_while_something_waits(out: Wired, cable: Cable, clock: ManualClock) -> None:
    for pitch in range(100):
        out.send(note_on(0, pitch, 90), 0)
    run_dry(out, clock)
    ends = [end_ns for end_ns, _ in arrivals(cable.taken)]
    assert ends[-1] - ends[0] <= 99 * 3 * BYTE_NS


def test_a_note_behind_a_flood_of_controllers_is_at_most_3_ms_late(
    out: Wired, cable: Cable, clock: ManualClock
) -> None:
    start_ns = clock.now_ns()
    dues: dict[bytes, int] = {}
    song = [(start_ns + number * 416_667, control(number % 2, number % 8, number % 128)) for number in range(4_800)]
    for pitch in range(40, 80):
        dues[note_on(2, pitch, 90)] = start_ns + 17 + (pitch - 40) * 47_111_000
    song += [(due_ns, message) for message, due_ns in dues.items()]
    for due_ns, message in sorted(song):
        run_dry(out, clock, until_ns=due_ns)
        out.send(message, due_ns)
    run_dry(out, clock)
    late = [at_ns - dues[message] for at_ns, message in arrivals(cable.taken) if is_note_on(message)]
    assert len(late) == len(dues)
    assert quantiles(late, n=100)[-1] <= 3_000_000
    last = {message[:2]: message for _, message in sorted(song) if not is_note_on(message)}
    assert {one[:2]: one for one in cable.messages if not is_note_on(one)} == last


def test_a_panic_calls_back_what_waits_but_not_the_ends_of_notes(out: Wired, cable: Cable, clock: ManualClock) -> None:
    out.send(note_on(0, 60, 90), 0)
    out.step(clock.now_ns())
    for message in (note_on(0, 62, 90), note_off(0, 60), note_off(0, 62)):
        out.send(message, 0)
    out.cancel()
    run_dry(out, clock)
    assert cable.messages == [note_on(0, 60, 90), note_off(0, 60)]
    assert cable.cancelled == 1


def test_behind_a_dump_that_a_panic_ended_nothing_waits_for_the_rest_of_it(
    out: Wired, cable: Cable, clock: ManualClock
) -> None:
    out.send(DUMP, 0)
    out.step(clock.now_ns())
    out.cancel()
    out.send(note_on(0, 60, 90), 0)
    assert out.next_ns is not None
    assert out.next_ns <= clock.now_ns()


def test_a_dump_leaves_in_one_piece_and_only_the_clock_does_not_wait_for_its_wire(
    out: Wired, cable: Cable, clock: ManualClock
) -> None:
    start_ns = clock.now_ns()
    out.send(DUMP, 0)
    out.step(start_ns)
    for message in (note_on(0, 60, 90), b"\xf8"):
        out.send(message, 0)
    run_dry(out, clock)
    assert cable.taken[:2] == [(start_ns, DUMP), (start_ns, b"\xf8")]
    ((at_ns, message),) = cable.taken[2:]
    assert message == note_on(0, 60, 90)
    assert at_ns >= start_ns + (len(DUMP) - AHEAD) * DIN_NS_PER_BYTE


def test_what_waited_for_a_device_that_was_pulled_out_does_not_reach_it_when_it_is_back(
    out: Wired, cable: Cable, clock: ManualClock
) -> None:
    for pitch in range(40, 50):
        out.send(note_on(0, pitch, 90), 0)
    out.step(clock.now_ns())
    cable.is_connected = False
    assert not out.is_connected
    out.send(note_on(0, 60, 90), 0)
    run_dry(out, clock)
    cable.is_connected = True
    out.send(note_on(0, 61, 90), 0)
    run_dry(out, clock)
    assert cable.messages == [note_on(0, 40, 90), note_on(0, 61, 90)]


def test_a_driver_that_fails_is_said_by_the_next_send(out: Wired, cable: Cable, clock: ManualClock) -> None:
    cable.is_broken = True
    out.send(note_on(0, 60, 90), 0)
    run_dry(out, clock)
    with pytest.raises(DriverError, match=r"^port 'UM-ONE' failed: no such device; see"):
        out.send(note_off(0, 60), 0)
    assert out.next_ns is None


def test_a_close_lets_what_waits_leave_and_closes_the_output_behind(
    out: Wired, cable: Cable, clock: ManualClock
) -> None:
    song = [note_off(0, pitch) for pitch in range(20)]
    for message in song:
        out.send(message, 0)
    out.close()
    out.close()
    assert cable.messages == song
    assert cable.is_closed
    with pytest.raises(DriverError, match=r"^port 'UM-ONE' is closed"):
        out.send(note_on(0, 60, 90), 0)


def test_a_close_takes_half_a_second_at_most(out: Wired, cable: Cable, clock: ManualClock) -> None:
    out.send(note_on(0, 60, 90), 0)
    out.step(clock.now_ns())
    for _ in range(1_000):
        out.send(note_on(0, 62, 90), 0)
        out.send(note_off(0, 62), 0)
    out.send(note_off(0, 60), 0)
    started_ns = clock.now_ns()
    out.close()
    assert clock.now_ns() - started_ns <= LONGEST_CLOSE_NS
    assert cable.messages == [note_on(0, 60, 90), note_off(0, 60)]


def test_an_output_behind_that_must_be_stepped_itself_is_stepped(clock: ManualClock) -> None:
    twin = Twin(load("midi-bridge/twin-module"))
    out = Wired(TwinPort("module", Wire(1_000), [twin], clock), clock)
    for pitch in (60, 64, 67):
        out.send(note_on(0, pitch, 90), 0)
    run_dry(out, clock)
    assert [message for _, message in twin.heard] == [note_on(0, pitch, 90) for pitch in (60, 64, 67)]
    assert twin.heard[-1][0] - twin.heard[0][0] >= 2 * MESSAGE_NS - AHEAD * BYTE_NS
    assert out.is_connected


class Watched(Cable):
    """A cable whose driver has a descriptor."""

    def fileno(self) -> int:
        return 7


def test_the_loop_wakes_for_what_the_driver_behind_notices(clock: ManualClock) -> None:
    assert not isinstance(wired(Cable(clock), clock), Waking)
    port = wired(Watched(clock), clock)
    assert isinstance(port, Waking)
    assert port.fileno() == 7
    assert isinstance(port, Paced)


def test_a_din_port_has_its_wire_already(clock: ManualClock) -> None:
    far = FarEnd.plugged()
    port = open_output(f"din:{far.name}@din", clock)
    assert isinstance(port, DinOutput)
    port.close()
    far.close()
