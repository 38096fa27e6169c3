"""5-pin DIN through a serial device, whose far end is the other end of a pseudo-terminal."""

import os
from collections.abc import Iterator

import pytest

from bridge.core.clock import ManualClock
from bridge.core.message import control, note_off, note_on
from bridge.core.stream import Stream
from bridge.errors import DriverError
from bridge.ports.base import LONGEST_CLOSE_NS, Paced
from bridge.ports.din import AHEAD, DinInput, DinOutput
from bridge.ports.open import open_input, open_output
from bridge.ports.serial_line import Line
from tests.ports.far_end import FarEnd

BYTE_NS = 320_000


@pytest.fixture(name="far")
def _far() -> Iterator[FarEnd]:
    far = FarEnd.plugged()
    yield far
    far.close()


@pytest.fixture(name="clock")
def _clock() -> ManualClock:
    return ManualClock(1_000_000_000)


@pytest.fixture(name="out")
def _out(far: FarEnd, clock: ManualClock) -> Iterator[DinOutput]:
    port = open_output(f"din:{far.name}", clock)
    assert isinstance(port, DinOutput)
    yield port
    port.close()


def run_dry(port: DinOutput, clock: ManualClock) -> None:
    """What the loop that waits does."""
    while (next_ns := port.next_ns) is not None:
        clock.wait_until(next_ns)
        port.step(clock.now_ns())


def test_a_note_leaves_as_its_three_bytes(out: DinOutput, far: FarEnd, clock: ManualClock) -> None:
    out.send(note_on(0, 60, 90), 0)
    run_dry(out, clock)
    assert far.read(3) == note_on(0, 60, 90)
    assert out.next_ns is None


def test_the_loop_knows_it_as_a_port_that_it_must_step(out: DinOutput) -> None:
    assert isinstance(out, Paced)


def test_never_more_than_three_bytes_are_ahead_of_the_wire(out: DinOutput, far: FarEnd, clock: ManualClock) -> None:
    started_ns = clock.now_ns()
    for pitch in range(40, 60):
        out.send(note_on(0, pitch, 90), 0)
    sent = 0
    while (next_ns := out.next_ns) is not None:
        clock.wait_until(next_ns)
        out.step(clock.now_ns())
        before, sent = sent, sent + len(far.read(1))
        assert sent > before
        carried = (clock.now_ns() - started_ns) // BYTE_NS
        assert sent - carried <= AHEAD
    assert sent == 41  # the running status is said once


def test_a_step_before_its_time_sends_nothing(out: DinOutput, far: FarEnd, clock: ManualClock) -> None:
    out.send(note_on(0, 60, 90), 0)
    out.send(note_on(0, 62, 90), 0)
    out.step(clock.now_ns())
    assert far.read(3) == note_on(0, 60, 90)
    out.step(clock.now_ns())
    assert far.waiting() == b""


def test_a_note_passes_the_controllers_that_wait(out: DinOutput, far: FarEnd, clock: ManualClock) -> None:
    for number in range(70, 80):
        out.send(control(0, number, 1), 0)
    out.step(clock.now_ns())
    out.send(note_on(0, 60, 90), 0)
    run_dry(out, clock)
    assert far.read(24).startswith(control(0, 70, 1) + note_on(0, 60, 90) + control(0, 71, 1))


def test_a_panic_calls_back_what_waits_but_not_the_ends_of_notes(
    out: DinOutput, far: FarEnd, clock: ManualClock
) -> None:
    out.send(note_on(0, 60, 90), 0)
    out.step(clock.now_ns())
    for message in (note_on(0, 62, 90), note_off(0, 60), note_off(0, 62)):
        out.send(message, 0)
    out.cancel()
    run_dry(out, clock)
    assert far.read(6) == note_on(0, 60, 90) + note_off(0, 60)


def test_what_silences_the_instrument_leaves_before_the_close(out: DinOutput, far: FarEnd, clock: ManualClock) -> None:
    silence = [note_off(0, pitch) for pitch in range(40, 72)] + [control(0, 123, 0), control(0, 120, 0)]
    for message in silence:
        out.send(message, 0)
    out.close()
    heard = Stream().feed(far.read(69), 0)
    assert [message for _, message in heard] == silence


def test_a_close_takes_half_a_second_at_most_and_lets_go_first(out: DinOutput, far: FarEnd, clock: ManualClock) -> None:
    out.send(note_on(0, 60, 90), 0)
    out.step(clock.now_ns())
    for pitch in range(1_000):
        out.send(note_on(1, pitch % 128, 90), 0)
        out.send(note_off(1, pitch % 128), 0)
    out.send(note_off(0, 60), 0)
    started_ns = clock.now_ns()
    out.close()
    assert clock.now_ns() - started_ns <= LONGEST_CLOSE_NS
    assert far.read(6) == note_on(0, 60, 90) + note_off(0, 60)


class Sluggish(Line):
    """A line whose driver is full every other time, and else takes one byte."""

    turn = 0

    def write(self, data: bytes) -> int:
        self.turn += 1
        return super().write(data[:1]) if self.turn % 2 else 0


def test_a_driver_that_is_full_makes_nothing_lost(far: FarEnd, clock: ManualClock) -> None:
    line = Sluggish(far.name)
    line.users += 1
    port = DinOutput(line, clock)
    song = [note_on(0, 60, 90), b"\xc1\x05", note_off(0, 60)]
    for message in song:
        port.send(message, 0)
    run_dry(port, clock)
    assert far.read(8) == b"".join(song)
    assert line.turn > 8
    port.close()


class Backlogged(Line):
    """A line whose driver hides bytes that the wire has not carried."""

    backlog = 40

    def hidden(self) -> int:
        return self.backlog


def test_a_wire_that_is_slower_than_booked_gets_no_more_until_it_has_caught_up(far: FarEnd, clock: ManualClock) -> None:
    line = Backlogged(far.name)
    line.users += 1
    port = DinOutput(line, clock)
    port.send(note_on(0, 60, 90), 0)
    port.step(clock.now_ns())
    assert far.waiting() == b""
    assert port.next_ns is not None
    assert port.next_ns > clock.now_ns() + (line.backlog - 20) * BYTE_NS
    line.backlog = 0
    run_dry(port, clock)
    assert far.read(3) == note_on(0, 60, 90)
    port.close()


def test_what_is_played_comes_in_whole_though_the_status_runs(far: FarEnd, clock: ManualClock) -> None:
    port = open_input(f"din:{far.name}", clock)
    assert isinstance(port, DinInput)
    assert port.receive() == []
    clock.wait_until(2_000_000_000)
    arrived: list[tuple[int, bytes]] = []
    for data in (b"\x90\x3c", b"\xf8\x5a\x3c\x00"):
        far.play(data)
        arrived += port.receive()
    assert [message for _, message in arrived] == [b"\xf8", b"\x90\x3c\x5a", b"\x90\x3c\x00"]
    assert {at_ns for at_ns, _ in arrived} == {2_000_000_000}
    port.close()


def test_in_and_out_share_one_device_and_the_second_to_close_gives_it_back(far: FarEnd, clock: ManualClock) -> None:
    out, into = open_output(f"din:{far.name}", clock), open_input(f"din:{far.name}", clock)
    out.close()
    far.play(b"\xc0\x05")
    arrived = into.receive()
    assert arrived == [(clock.now_ns(), b"\xc0\x05")]
    into.close()
    again = Line.shared(far.name)
    assert again.users == 1
    again.release()


def test_what_is_no_serial_device_is_refused_in_one_line(tmp_path: os.PathLike[str], clock: ManualClock) -> None:
    with pytest.raises(DriverError, match=r"^port '/.+' does not open for 5-pin DIN: no such file or directory; see"):
        open_output(f"din:{os.fspath(tmp_path)}/ttyUSB9", clock)


def test_receiving_after_the_close_is_refused_with_the_name(far: FarEnd, clock: ManualClock) -> None:
    port = open_input(f"din:{far.name}", clock)
    port.close()
    port.close()
    with pytest.raises(DriverError, match=f"^port '{far.name}' is closed"):
        port.receive()


def test_a_device_that_another_program_has_is_refused_in_one_line(far: FarEnd, clock: ManualClock) -> None:
    first = Line(far.name)
    refusal = f"^port '{far.name}' does not open for 5-pin DIN: another program has it; see that it is "
    with pytest.raises(DriverError, match=refusal):
        open_output(f"din:{far.name}", clock)
    first.users += 1
    first.release()
