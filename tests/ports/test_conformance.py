"""Every virtual port keeps what bridge.ports.base promises."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from bridge.core.clock import ManualClock
from bridge.core.message import note_off, note_on
from bridge.core.wire import Wire
from bridge.errors import DriverError
from bridge.ports import tape
from bridge.ports.base import InputPort, OutputPort
from bridge.ports.loopback import Loopback
from bridge.ports.tape import TapeInput
from bridge.ports.twin import Twin, TwinController, TwinPort
from bridge.profiles.load import load

Arrivals = list[tuple[int, bytes]]
LONG_NS = 1_000_000_000
CHORD = [note_on(2, pitch, 90) for pitch in (40, 44, 47)] + [note_off(2, pitch) for pitch in (47, 40, 44)]


@dataclass(frozen=True, slots=True)
class Out:
    """An output and what has arrived at its far end."""

    port: OutputPort
    arrived: Callable[[], Arrivals]


@dataclass(frozen=True, slots=True)
class In:
    """An input and the hand at its far end."""

    port: InputPort
    put: Callable[[bytes, int], None]


def loopback_out(clock: ManualClock, folder: Path) -> Out:
    loop = Loopback("a", clock)
    return Out(loop, loop.receive)


def twin_out(clock: ManualClock, folder: Path) -> Out:
    twin = Twin(load("midi-bridge/twin-bass"))
    port = TwinPort("bass", Wire(320_000), [twin], clock)

    def arrived() -> Arrivals:
        port.step(clock.now_ns() + LONG_NS)
        return twin.heard

    return Out(port, arrived)


def tape_out(clock: ManualClock, folder: Path) -> Out:
    name, start_ns = str(folder / "a.tape"), clock.now_ns()
    return Out(
        tape.open_output(name, clock), lambda: [(start_ns + at_ns, message) for at_ns, message in tape.read(name)]
    )


def loopback_in(clock: ManualClock, folder: Path) -> In:
    loop = Loopback("a", clock)

    def put(message: bytes, at_ns: int) -> None:
        clock.wait_until(at_ns)
        loop.send(message, at_ns)

    return In(loop, put)


def controller_in(clock: ManualClock, folder: Path) -> In:
    controller = TwinController("controller", clock)
    return In(controller, controller.press)


class TapeHand:
    """What is put is on the tape before its first use: nobody plays into a tape that runs."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._start_ns = clock.now_ns()
        self._recorded: Arrivals = []

    @cached_property
    def port(self) -> InputPort:
        return TapeInput("a.tape", self._recorded, self._clock, self._start_ns)

    def put(self, message: bytes, at_ns: int) -> None:
        self._recorded.append((at_ns - self._start_ns, message))


def tape_in(clock: ManualClock, folder: Path) -> TapeHand:
    return TapeHand(clock)


@pytest.fixture(name="clock")
def _clock() -> ManualClock:
    return ManualClock(1_000)


@pytest.fixture(name="out", params=[loopback_out, twin_out, tape_out])
def _out(request: pytest.FixtureRequest, clock: ManualClock, tmp_path: Path) -> Iterator[Out]:
    made: Out = request.param(clock, tmp_path)
    yield made
    made.port.close()


@pytest.fixture(name="into", params=[loopback_in, controller_in, tape_in])
def _into(request: pytest.FixtureRequest, clock: ManualClock, tmp_path: Path) -> In | TapeHand:
    made: In | TapeHand = request.param(clock, tmp_path)
    return made


@pytest.fixture(name="live", params=[loopback_in, controller_in])
def _live(request: pytest.FixtureRequest, clock: ManualClock, tmp_path: Path) -> In:
    """An input that is played while it is open."""
    made: In = request.param(clock, tmp_path)
    return made


@pytest.fixture(name="port", params=[loopback_out, twin_out, tape_out, loopback_in, controller_in, tape_in])
def _port(request: pytest.FixtureRequest, clock: ManualClock, tmp_path: Path) -> Iterator[OutputPort | InputPort]:
    made: OutputPort | InputPort = request.param(clock, tmp_path).port
    yield made
    made.close()


def test_a_chord_arrives_in_the_order_of_its_sending(out: Out, clock: ManualClock) -> None:
    for message in CHORD:
        out.port.send(message, clock.now_ns())
    assert [message for _, message in out.arrived()] == CHORD


def test_nothing_arrives_before_it_is_sent(out: Out, clock: ManualClock) -> None:
    out.port.send(CHORD[0], clock.now_ns() - 500)
    ((at_ns, _),) = out.arrived()
    assert at_ns >= clock.now_ns()


def test_what_arrives_at_a_far_end_never_goes_back_in_time(out: Out, clock: ManualClock) -> None:
    for message in CHORD:
        out.port.send(message, 0)
        clock.wait_until(clock.now_ns() + 100)
    stamps = [at_ns for at_ns, _ in out.arrived()]
    assert len(stamps) == len(CHORD)
    assert stamps == sorted(stamps)


def test_without_a_horizon_a_message_leaves_at_once_though_it_is_due_later(out: Out, clock: ManualClock) -> None:
    assert out.port.capabilities.horizon_ns == 0
    out.port.send(CHORD[0], clock.now_ns() + LONG_NS // 2)
    ((at_ns, _),) = out.arrived()
    assert at_ns < clock.now_ns() + LONG_NS // 2


def test_sending_after_the_close_is_refused_with_the_name(out: Out) -> None:
    out.port.close()
    with pytest.raises(DriverError, match=f"^port '{out.port.name}' is closed"):
        out.port.send(CHORD[0], 0)


def test_what_is_played_is_received_once_and_in_order(into: In | TapeHand, clock: ManualClock) -> None:
    for step, message in enumerate(CHORD):
        into.put(message, 2_000 + step)
    clock.wait_until(3_000)
    assert [message for _, message in into.port.receive()] == CHORD
    assert into.port.receive() == []


def test_input_that_says_it_is_stamped_carries_the_time_of_its_arrival(into: In | TapeHand, clock: ManualClock) -> None:
    into.put(CHORD[0], 2_000)
    clock.wait_until(9_000)
    assert into.port.capabilities.stamps_input
    assert into.port.receive() == [(2_000, CHORD[0])]


def test_stamps_never_go_back_from_one_receive_to_the_next(live: In, clock: ManualClock) -> None:
    stamps = []
    for at_ns in (2_000, 2_500, 1_500, 2_500, 2_600):
        live.put(CHORD[0], at_ns)
        clock.wait_until(2_700)
        stamps += [stamp for stamp, _ in live.port.receive()]
    assert len(stamps) == 5
    assert stamps == sorted(stamps)


def test_receiving_after_the_close_is_refused_with_the_name(into: In | TapeHand) -> None:
    into.port.close()
    with pytest.raises(DriverError, match=f"^port '{into.port.name}' is closed"):
        into.port.receive()


def test_playing_into_a_closed_port_is_refused(live: In) -> None:
    live.port.close()
    with pytest.raises(DriverError, match="is closed"):
        live.put(CHORD[0], 5_000)


def test_closing_twice_is_fine(port: OutputPort | InputPort) -> None:
    port.close()
    port.close()


def test_a_virtual_port_says_so_and_promises_nothing_of_cables(port: OutputPort | InputPort) -> None:
    assert port.capabilities.virtual
    assert not port.capabilities.sees_unplug
    assert not port.capabilities.cancels
    assert not hasattr(port, "cancel")
