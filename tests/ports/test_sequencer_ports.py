"""Notes leave by the kernel's queue at their time, a SysEx in pieces, and what was called back leaves nothing down."""

from pathlib import Path

import pytest

from bridge.core.clock import ManualClock
from bridge.core.lanes import LIMIT
from bridge.core.message import control, note_off, note_on
from bridge.core.sysex import PIECE
from bridge.errors import DriverError
from bridge.ports.base import Cancelling, Paced, Pluggable, Waking
from bridge.ports.drain import drain
from bridge.ports.sequencer import Sequencer
from bridge.ports.sequencer_ports import HORIZON_NS, SequencerInput, SequencerOutput
from tests.ports.kernel import Device, Kernel

STARTED_NS = 4_000_000_000
NOW_NS = 5_000_000_000
MS = 1_000_000
SYNTH = Device("synth", ["in"])
DUMP = b"\xf0" + bytes(range(100)) * 10 + b"\xf7"
RESET = b"\xf0\x7e\x7f\x09\x01\xf7"


@pytest.fixture(name="clock")
def _clock() -> ManualClock:
    return ManualClock(STARTED_NS)


@pytest.fixture(name="kernel")
def _kernel(clock: ManualClock, tmp_path: Path) -> Kernel:
    kernel = Kernel(clock, tmp_path)
    kernel.plug(SYNTH)
    return kernel


@pytest.fixture(name="out")
def _out(kernel: Kernel, clock: ManualClock) -> SequencerOutput:
    sequencer = Sequencer(kernel, clock, kernel.sysfs)
    clock.wait_until(NOW_NS)
    return SequencerOutput(sequencer.open("synth:in", is_output=True), sequencer, clock)


@pytest.fixture(name="into")
def _into(kernel: Kernel, clock: ManualClock) -> SequencerInput:
    sequencer = Sequencer(kernel, clock, kernel.sysfs)
    clock.wait_until(NOW_NS)
    return SequencerInput(sequencer.open("synth:in", is_output=False), sequencer, clock)


def go(out: SequencerOutput, clock: ManualClock, until_ns: int) -> None:
    """Step the port as a loop does."""
    while (next_ns := out.next_ns) is not None and next_ns <= until_ns:
        clock.wait_until(next_ns)
        out.step(clock.now_ns())
    clock.wait_until(until_ns)
    out.step(clock.now_ns())


def test_what_the_ports_declare_they_are(out: SequencerOutput, into: SequencerInput) -> None:
    for protocol in (Cancelling, Paced, Pluggable, Waking):
        assert isinstance(out, protocol)
    assert isinstance(into, Pluggable)
    assert isinstance(into, Waking)
    assert out.capabilities.horizon_ns == HORIZON_NS


def test_a_note_that_is_due_later_leaves_by_the_queue_at_its_time(out: SequencerOutput, kernel: Kernel) -> None:
    out.send(note_on(0, 60, 90), NOW_NS + 20 * MS)
    assert kernel.sent == [(note_on(0, 60, 90), NOW_NS + 20 * MS)]
    assert out.next_ns is None


def test_what_is_due_now_leaves_at_once_though_later_ones_wait(out: SequencerOutput, kernel: Kernel) -> None:
    out.send(note_on(0, 60, 90), NOW_NS + 20 * MS)
    out.send(note_on(0, 40, 90), NOW_NS)
    out.send(note_off(0, 41), 0)
    assert kernel.direct() == [note_on(0, 40, 90), note_off(0, 41)]


def test_what_ends_a_note_never_arrives_before_it_though_the_kernel_s_queue_runs_late(
    out: SequencerOutput, kernel: Kernel, clock: ManualClock
) -> None:
    song = [note_on(0, 60, 90), control(0, 64, 127)]
    for message in song:
        out.send(message, NOW_NS + MS)  # or a hand's, by a stamp that is a little early
    clock.wait_until(NOW_NS + 2 * MS)
    ends = [note_off(0, 60), control(0, 64, 0), note_on(0, 60, 80), control(0, 123, 0)]
    for message in ends:
        out.send(message, NOW_NS + MS)
    assert kernel.sent == [(one, NOW_NS + MS) for one in song] + [(one, NOW_NS + 2 * MS) for one in ends]
    clock.wait_until(NOW_NS + 200 * MS)
    out.send(note_off(0, 60), NOW_NS)
    assert kernel.direct() == [note_off(0, 60)], "what was queued has long left"


@pytest.mark.parametrize("message", [b"\xf8", b"\xfa", b"\xf6", control(0, 7, 90), b"\xd0\x40"])
def test_what_ends_nothing_passes_a_queue_that_may_run_late(
    message: bytes, out: SequencerOutput, kernel: Kernel, clock: ManualClock
) -> None:
    out.send(note_on(0, 60, 90), NOW_NS + MS)
    clock.wait_until(NOW_NS + 2 * MS)
    out.send(message, NOW_NS + MS)
    assert kernel.direct() == [message]


def test_a_full_queue_holds_up_nobody_and_loses_nothing(
    out: SequencerOutput, kernel: Kernel, clock: ManualClock
) -> None:
    kernel.is_full = True
    later = [note_on(0, pitch, 90) for pitch in range(10)]
    for message in later:
        out.send(message, NOW_NS + 20 * MS)
    assert kernel.sent == []
    kernel.is_full = False
    go(out, clock, NOW_NS + 2 * MS)
    assert kernel.sent == [(message, NOW_NS + 20 * MS) for message in later]


def test_a_queue_that_stays_full_is_no_bottomless_bucket(out: SequencerOutput, kernel: Kernel) -> None:
    kernel.is_full = True
    for _ in range(LIMIT + 5):
        out.send(control(0, 7, 1), NOW_NS + 20 * MS)
    assert out.dropped == 5


def test_cancel_ends_what_sounds_and_calls_back_the_rest(
    out: SequencerOutput, kernel: Kernel, clock: ManualClock
) -> None:
    out.send(note_on(0, 60, 90), NOW_NS)
    clock.wait_until(NOW_NS + 10 * MS)
    for due, message in ((25, note_off(0, 60)), (26, note_on(0, 62, 90)), (27, control(0, 64, 0))):
        out.send(message, NOW_NS + due * MS)
    out.cancel()
    assert kernel.sent == [(message, None) for message in (note_on(0, 60, 90), note_off(0, 60), control(0, 64, 0))]
    out.send(note_off(0, 62), NOW_NS + 10 * MS)
    assert note_off(0, 62) not in kernel.direct()


# SysEx


def test_a_long_sysex_leaves_in_pieces_as_fast_as_din_carries_them(
    out: SequencerOutput, kernel: Kernel, clock: ManualClock
) -> None:
    out.send(DUMP, NOW_NS)
    assert kernel.direct() == [DUMP[:PIECE]]
    go(out, clock, NOW_NS + PIECE * 320_000 - 1)
    assert len(kernel.sent) == 1
    drain([out], clock)
    assert max(map(len, kernel.direct())) <= PIECE
    assert b"".join(kernel.direct()) == DUMP


def test_notes_wait_for_the_end_of_a_sysex_that_has_begun_and_clock_does_not(
    out: SequencerOutput, kernel: Kernel, clock: ManualClock
) -> None:
    out.send(DUMP, NOW_NS)
    out.send(note_on(0, 60, 90), NOW_NS + 5 * MS)
    out.send(b"\xf8", NOW_NS)
    assert kernel.direct() == [DUMP[:PIECE], b"\xf8"]
    drain([out], clock)
    assert kernel.direct()[-1] == note_on(0, 60, 90)
    assert b"".join(kernel.direct()).replace(b"\xf8", b"") == DUMP + note_on(0, 60, 90)


def test_a_sysex_begins_when_the_queue_has_nothing_that_would_leave_within_it(
    out: SequencerOutput, kernel: Kernel, clock: ManualClock
) -> None:
    out.send(note_on(0, 60, 90), NOW_NS + 15 * MS)
    out.send(DUMP, NOW_NS + 16 * MS)
    out.send(note_off(0, 60), NOW_NS + 30 * MS)
    go(out, clock, NOW_NS + 19 * MS)
    assert kernel.sent == [(note_on(0, 60, 90), NOW_NS + 15 * MS)]
    drain([out], clock)
    assert b"".join(kernel.direct()) == DUMP + note_off(0, 60)


def test_what_is_due_behind_a_sysex_that_may_not_begin_yet_leaves_in_time(
    out: SequencerOutput, kernel: Kernel, clock: ManualClock
) -> None:
    out.send(note_on(0, 60, 90), NOW_NS + 15 * MS)
    out.send(DUMP, NOW_NS + 10 * MS)
    out.send(note_off(0, 60), NOW_NS + 16 * MS)
    go(out, clock, NOW_NS + 16 * MS)
    assert kernel.sent == [(note_on(0, 60, 90), NOW_NS + 15 * MS), (note_off(0, 60), NOW_NS + 16 * MS)]


def test_between_two_sysex_notes_get_through(out: SequencerOutput, kernel: Kernel, clock: ManualClock) -> None:
    short = b"\xf0" + bytes(98) + b"\xf7"
    for _ in range(3):
        out.send(short, NOW_NS)
    out.send(note_on(0, 60, 90), NOW_NS)
    assert kernel.direct() == [short, note_on(0, 60, 90)]
    drain([out], clock)
    assert kernel.direct() == [short, note_on(0, 60, 90), short, short]


def test_a_reset_of_the_instrument_keeps_its_place_among_the_notes(out: SequencerOutput, kernel: Kernel) -> None:
    due_ns = NOW_NS + 10 * MS
    for message in (note_on(0, 60, 90), RESET, note_on(0, 62, 90)):
        out.send(message, due_ns)
    assert kernel.sent == [(message, due_ns) for message in (note_on(0, 60, 90), RESET, note_on(0, 62, 90))]


def test_many_short_sysex_do_not_flood_the_device(out: SequencerOutput, kernel: Kernel, clock: ManualClock) -> None:
    for _ in range(100):
        out.send(RESET, NOW_NS)
    assert sum(map(len, kernel.direct())) < 200
    drain([out], clock)
    assert kernel.direct() == [RESET] * 100
    assert clock.now_ns() - NOW_NS > 100 * len(RESET) * 320_000 - 60 * MS


def test_cancel_ends_a_sysex_that_has_begun(out: SequencerOutput, kernel: Kernel, clock: ManualClock) -> None:
    out.send(DUMP, NOW_NS)
    out.send(DUMP, NOW_NS)
    out.cancel()
    drain([out], clock)
    assert kernel.direct() == [DUMP[:PIECE], b"\xf7"]


# Coming and going


def test_what_is_sent_to_a_device_that_is_gone_is_dropped_without_a_word(
    out: SequencerOutput, kernel: Kernel, clock: ManualClock
) -> None:
    out.send(note_on(0, 60, 90), NOW_NS + 20 * MS)
    out.send(DUMP, NOW_NS)
    kernel.unplug(SYNTH)
    out.step(NOW_NS)
    assert (out.is_connected, kernel.sent) == (False, [])
    out.send(note_on(0, 62, 90), NOW_NS)
    assert (out.next_ns, kernel.sent) == (None, [])
    kernel.plug(SYNTH)
    out.step(NOW_NS)
    out.send(note_on(0, 64, 90), NOW_NS)
    assert (out.is_connected, kernel.sent) == (True, [(note_on(0, 64, 90), None)])


def test_an_output_notices_an_unplugging_that_an_input_has_read(
    out: SequencerOutput, kernel: Kernel, clock: ManualClock
) -> None:
    sequencer = out._sequencer
    into = SequencerInput(sequencer.open("synth:in", is_output=False), sequencer, clock)
    kernel.unplug(SYNTH)
    assert into.receive() == []
    assert (into.is_connected, out.is_connected) == (False, False)


def test_input_has_the_kernel_s_stamps_and_each_port_its_own(
    into: SequencerInput, kernel: Kernel, clock: ManualClock
) -> None:
    sequencer = into._sequencer
    other = SequencerInput(sequencer.open("synth:in", is_output=False), sequencer, clock)
    kernel.arrive(note_on(0, 60, 90), NOW_NS - 3 * MS)
    kernel.arrive(note_on(0, 62, 90), NOW_NS - 2 * MS, port=2)
    assert into.receive() == [(NOW_NS - 3 * MS, note_on(0, 60, 90))]
    assert other.receive() == [(NOW_NS - 2 * MS, note_on(0, 62, 90))]
    assert into.receive() == []


def test_a_sysex_in_pieces_arrives_whole(into: SequencerInput, kernel: Kernel) -> None:
    for start in range(0, len(DUMP), PIECE):
        kernel.arrive(DUMP[start : start + PIECE], NOW_NS)
    assert into.receive() == [(NOW_NS, DUMP)]


def test_a_flood_that_the_kernel_could_not_keep_is_counted(into: SequencerInput, kernel: Kernel) -> None:
    kernel.overrun()
    assert into.receive() == []
    assert into.lost == 1


# Closing


def test_close_lets_the_queue_and_a_sysex_finish(out: SequencerOutput, kernel: Kernel, clock: ManualClock) -> None:
    out.send(DUMP[:300] + b"\xf7", NOW_NS)
    out.send(note_off(0, 60), NOW_NS + 15 * MS)
    out.close()
    assert b"".join(kernel.direct()) == DUMP[:300] + b"\xf7" + note_off(0, 60)
    assert not kernel.is_open
    assert clock.now_ns() - NOW_NS < 600 * MS


def test_close_waits_no_longer_than_half_a_second(out: SequencerOutput, kernel: Kernel, clock: ManualClock) -> None:
    out.send(b"\xf0" + bytes(64_000) + b"\xf7", NOW_NS)
    out.close()
    assert clock.now_ns() - NOW_NS <= 500 * MS
    assert kernel.direct()[-1] == b"\xf7"


def test_a_close_that_fails_gives_the_port_back_all_the_same(
    out: SequencerOutput, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(kernel: Kernel, port: int) -> None:
        raise DriverError("ALSA's sequencer does not answer")

    monkeypatch.setattr(Kernel, "take_back", fails)
    out.send(b"\xf0" + bytes(64_000) + b"\xf7", NOW_NS)
    with pytest.raises(DriverError, match="does not answer"):
        out.close()
    out.close()
    assert not kernel.is_open


def test_closed_ports_refuse_and_close_again(out: SequencerOutput) -> None:
    out.close()
    out.close()
    with pytest.raises(DriverError, match="is closed"):
        out.send(note_off(0, 60), 0)


def test_a_closed_input_refuses_and_closes_again(into: SequencerInput) -> None:
    into.close()
    into.close()
    with pytest.raises(DriverError, match="is closed"):
        into.receive()


def test_what_leaves_while_the_queue_is_taken_back_counts_as_left(clock: ManualClock, tmp_path: Path) -> None:
    class Slow(Kernel):
        """One that is put aside by the scheduler for 3 ms."""

        def take_back(self, port: int) -> None:
            clock.wait_until(clock.now_ns() + 3 * MS)
            super().take_back(port)

    kernel = Slow(clock, tmp_path)
    kernel.plug(SYNTH)
    sequencer = Sequencer(kernel, clock, kernel.sysfs)
    clock.wait_until(NOW_NS)
    out = SequencerOutput(sequencer.open("synth:in", is_output=True), sequencer, clock)
    out.send(note_on(0, 60, 90), clock.now_ns() + 2 * MS)
    out.cancel()
    out.send(note_off(0, 60), clock.now_ns())
    clock.wait_until(clock.now_ns() + 100 * MS)
    assert [message for message, _ in kernel.sent] == [note_on(0, 60, 90), note_off(0, 60)]


def test_what_lets_go_waits_behind_a_dump_though_too_much_waits_already(
    out: SequencerOutput, kernel: Kernel, clock: ManualClock
) -> None:
    out.send(note_on(0, 60, 90), clock.now_ns())
    out.send(DUMP, clock.now_ns())
    for number in range(LIMIT + 10):
        out.send(control(0, 1, number % 128), clock.now_ns())
    for message in (note_off(0, 60), control(0, 64, 0)):
        out.send(message, clock.now_ns())
    go(out, clock, clock.now_ns() + 2_000 * MS)
    left = [message for message, _ in kernel.sent]
    assert left[-2:] == [note_off(0, 60), control(0, 64, 0)]
    assert out.dropped


def test_a_step_of_an_output_leaves_what_has_arrived_to_the_input_that_is_asked_for_it(
    kernel: Kernel, clock: ManualClock
) -> None:
    sequencer = Sequencer(kernel, clock, kernel.sysfs)
    clock.wait_until(NOW_NS)
    out = SequencerOutput(sequencer.open("synth:in", is_output=True), sequencer, clock)
    into = SequencerInput(sequencer.open("synth:in", is_output=False), sequencer, clock)
    kernel.arrive(note_on(0, 60, 90), clock.now_ns(), port=2)
    out.step(clock.now_ns())
    assert kernel.heard, "so that its descriptor still wakes the loop"
    assert [message for _, message in into.receive()] == [note_on(0, 60, 90)]
