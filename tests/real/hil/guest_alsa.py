"""ALSA's ports on the kernel's own drivers; run inside the virtual machine by tests/real/test_alsa.py.

The kit's `Firmware` is the device's own side. Times are those of an emulated machine: what is asserted of them is
loose, what is asserted of messages is exact.
"""

import importlib
import os
import select
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bridge.core.message import note_off, note_on
from bridge.ports import alsa
from bridge.ports.base import InputPort
from bridge.ports.clock import SystemClock
from bridge.ports.listing import listing
from bridge.ports.open import open_output
from bridge.ports.sequencer_ports import SequencerInput, SequencerOutput

KIT = os.environ["HIL_DIR"]
sys.path.insert(0, KIT)
Firmware = importlib.import_module("firmware").Firmware
pytestmark = pytest.mark.real
MS = 1_000_000
PATIENCE_S = 15.0
KEYS = "KeyStep 37:KeyStep 37 MIDI 1"
TWINS = ("Twin Synth:Twin Synth MIDI 1 [2-1]", "Twin Synth:Twin Synth MIDI 1 [3-1]")
CLOCK = SystemClock()


def devices(*arguments: str) -> None:
    subprocess.run([f"{KIT}/midi-devices.sh", *arguments], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module", autouse=True)
def _room() -> None:
    devices("start", "--virmidi", "0", "--slots", "3")
    devices("add", "keys", "--vendor", "Arturia", "--product", "KeyStep 37", "--ins", "1", "--outs", "1")
    for name in ("a", "b"):
        devices("add", name, "--product", "Twin Synth", "--serial", "", "--ins", "1", "--outs", "1")


@pytest.fixture(name="out")
def _out() -> Iterator[SequencerOutput]:
    port = alsa.open_output(KEYS, CLOCK)
    assert isinstance(port, SequencerOutput)
    yield port
    port.close()


@pytest.fixture(name="into")
def _into() -> Iterator[SequencerInput]:
    port = alsa.open_input(KEYS, CLOCK)
    assert isinstance(port, SequencerInput)
    yield port
    port.close()


@pytest.fixture(name="keys")
def _keys() -> Iterator[Any]:
    firmware = Firmware("keys")
    time.sleep(0.05)
    firmware.clear()
    yield firmware
    firmware.close()


def loop(is_done: Callable[[], bool], *ports: SequencerOutput | SequencerInput) -> None:
    """Step the ports as the engine does until `is_done`."""
    end = time.monotonic() + PATIENCE_S
    while not is_done() and time.monotonic() < end:
        select.select([port.fileno() for port in ports], [], [], 0.005)
        for port in ports:
            if isinstance(port, SequencerInput):
                port.receive()
            else:
                port.step(CLOCK.now_ns())
    assert is_done(), "waited in vain"


def receive(into: InputPort, count: int = 1) -> list[tuple[int, bytes]]:
    """The next that arrive."""
    arrived: list[tuple[int, bytes]] = []
    end = time.monotonic() + PATIENCE_S
    while len(arrived) < count and time.monotonic() < end:
        time.sleep(0.002)
        arrived += into.receive()
    return arrived


def heard(firmware: Any) -> list[bytes]:
    return [message for _, message in firmware.messages]


def test_each_device_is_listed_once_and_two_alike_by_their_sockets() -> None:
    outputs = [port for port in listing().ports if port.is_output and port.is_real]
    assert [port.driver for port in outputs] == ["alsa"] * 3
    assert {port.name for port in outputs} == {KEYS, *TWINS}
    assert "keystep" in [port.short for port in outputs]


def test_a_part_of_the_name_opens_it_though_rtmidi_reaches_it_too() -> None:
    port = open_output("keystep", CLOCK)
    assert isinstance(port, SequencerOutput)
    port.close()


def test_notes_leave_by_the_kernel_s_queue_in_order_and_in_time(out: SequencerOutput, keys: Any) -> None:
    start_ns = CLOCK.now_ns() + 50 * MS
    notes = [note_on(0, 60, 1 + number) for number in range(100)]
    for number, message in enumerate(notes):
        due_ns = start_ns + number * 10 * MS
        CLOCK.wait_until(due_ns - 20 * MS)
        out.send(message, due_ns)
    assert keys.wait(lambda messages: len(messages) >= 100, PATIENCE_S)
    assert heard(keys) == notes
    late_ms = [at_s * 1e3 - (start_ns / MS + number * 10) for number, (at_s, _) in enumerate(keys.messages)]
    assert min(late_ms) > -0.5, "nothing leaves before its time"
    assert statistics.median(late_ms) < 10


def test_what_the_hand_plays_passes_what_waits(out: SequencerOutput, keys: Any) -> None:
    out.send(note_on(0, 60, 90), CLOCK.now_ns() + 300 * MS)
    out.send(note_on(0, 40, 90), CLOCK.now_ns())
    assert keys.wait(lambda messages: len(messages) == 2, PATIENCE_S)
    assert heard(keys) == [note_on(0, 40, 90), note_on(0, 60, 90)]


def test_cancel_ends_what_sounds_and_nothing_else_leaves(out: SequencerOutput, keys: Any) -> None:
    now_ns = CLOCK.now_ns()
    out.send(note_on(0, 60, 90), now_ns)
    for due_ms, message in ((2_000, note_off(0, 60)), (2_001, note_on(0, 62, 90)), (2_100, note_off(0, 62))):
        out.send(message, now_ns + due_ms * MS)
    out.cancel()
    assert keys.wait(lambda messages: len(messages) == 2, PATIENCE_S)
    CLOCK.wait_until(now_ns + 2_300 * MS)
    assert heard(keys) == [note_on(0, 60, 90), note_off(0, 60)]


def test_input_is_stamped_between_the_key_and_the_loop_that_sees_it(into: SequencerInput, keys: Any) -> None:
    for pitch in range(20):
        before_ns = CLOCK.now_ns()
        keys.send(note_on(0, pitch, 90))
        arrived: list[tuple[int, bytes]] = []
        end_s = time.monotonic() + PATIENCE_S
        while not arrived and time.monotonic() < end_s:
            time.sleep(0.03)  # a loop that comes late
            arrived = into.receive()
        ((at_ns, message),) = arrived
        assert message == note_on(0, pitch, 90)
        assert before_ns - MS < at_ns < CLOCK.now_ns() - 10 * MS, "the stamp is the kernel's, not the loop's"


def test_64_kib_of_sysex_leave_whole(keys: Any) -> None:
    sequencer = alsa._sequencer(CLOCK)
    out = SequencerOutput(sequencer.open(KEYS, is_output=True), sequencer, CLOCK, ns_per_byte=32_000)
    dump = b"\xf0" + bytes(number * 7 % 128 for number in range(65_534)) + b"\xf7"
    out.send(dump, CLOCK.now_ns())
    out.send(note_on(0, 60, 90), CLOCK.now_ns())
    loop(lambda: out.next_ns is None, out)
    assert keys.wait(lambda messages: len(messages) == 2, PATIENCE_S)
    assert heard(keys) == [dump, note_on(0, 60, 90)]
    out.close()


def test_a_sysex_arrives_whole_at_the_speed_of_din(into: SequencerInput, keys: Any) -> None:
    dump = b"\xf0" + bytes(number % 128 for number in range(4_000)) + b"\xf7"
    keys.send(dump, rate=3_125)
    assert [message for _, message in receive(into)] == [dump]


def test_a_flood_of_sysex_at_usb_speed_breaks_nothing(into: SequencerInput, keys: Any) -> None:
    keys.send(b"\xf0" + bytes(65_534) + b"\xf7")
    time.sleep(0.5)
    into.receive()
    keys.send(b"\xf7" + note_on(0, 60, 90))
    assert [message for _, message in receive(into)] == [note_on(0, 60, 90)]


def test_two_alike_replugged_in_the_other_order_stay_who_they_are() -> None:
    outs = [alsa.open_output(name, CLOCK) for name in TWINS]
    ins = [alsa.open_input(name, CLOCK) for name in TWINS]
    ports = [port for port in (*outs, *ins) if isinstance(port, SequencerOutput | SequencerInput)]
    firmware = [Firmware("a"), Firmware("b")]
    devices("unplug", "a")
    devices("unplug", "b")
    loop(lambda: not any(port.is_connected for port in ports), *ports)
    outs[0].send(note_on(0, 1, 1), CLOCK.now_ns())  # into the void
    devices("plug", "b")
    devices("plug", "a")
    loop(lambda: all(port.is_connected for port in ports), *ports)
    for number, synth in enumerate(firmware):
        synth.clear()
        outs[number].send(note_on(0, 60 + number, 90), CLOCK.now_ns())
        assert synth.wait(lambda messages: bool(messages), PATIENCE_S)
        assert heard(synth) == [note_on(0, 60 + number, 90)]
        synth.send(note_on(1, 70 + number, 90))
        assert [message for _, message in receive(ins[number])] == [note_on(1, 70 + number, 90)]
    for port in ports:
        port.close()
    for synth in firmware:
        synth.close()
