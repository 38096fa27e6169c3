"""A 5-pin DIN cable that is pulled out is missed by nobody's fault, and found again when it is plugged in."""

import select
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from serial.tools import list_ports

from bridge.core.clock import ManualClock
from bridge.core.message import control, note_off, note_on
from bridge.errors import DriverError
from bridge.ports import serial_line
from bridge.ports.base import InputPort, Paced, Pluggable, Waking
from bridge.ports.din import DinInput, DinOutput
from bridge.ports.open import found_output, open_input, open_output
from bridge.ports.serial_identity import Identity
from bridge.ports.serial_line import Line
from tests.ports.far_end import DEADLINE_S, Cable, FarEnd, wait_for_look

NOTE = note_on(0, 60, 90)
STEP_NS = 10_000_000


@pytest.fixture(name="clock")
def _clock() -> ManualClock:
    return ManualClock(1_000_000_000)


@pytest.fixture(name="cable")
def _cable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cable]:
    monkeypatch.setattr(serial_line, "LOOK_S", 0.001)
    cable = Cable(tmp_path)
    yield cable
    cable.close()


@pytest.fixture(name="out")
def _out(cable: Cable, clock: ManualClock) -> Iterator[DinOutput]:
    port = open_output(f"din:{cable.name}", clock)
    assert isinstance(port, DinOutput)
    yield port
    port.close()


@pytest.fixture(name="into")
def _into(cable: Cable, clock: ManualClock) -> Iterator[DinInput]:
    port = open_input(f"din:{cable.name}", clock)
    assert isinstance(port, DinInput)
    yield port
    port.close()


def go_on(clock: ManualClock, *ports: DinOutput | InputPort, steps: int = 10) -> None:
    """What the loop that waits does."""
    for _ in range(steps):
        clock.wait_until(clock.now_ns() + STEP_NS)
        for port in ports:
            port.step(clock.now_ns()) if isinstance(port, Paced) else port.receive()


def plug_in(cable: Cable) -> None:
    cable.plug()
    wait_for_look(cable.name)


def test_output_and_input_say_whether_their_device_is_there(out: DinOutput, into: DinInput) -> None:
    for port in (out, into):
        assert isinstance(port, Pluggable)
        assert port.is_connected
        assert port.capabilities.sees_unplug


@pytest.mark.parametrize("steps", range(6))
def test_a_device_pulled_out_between_two_writes_hangs_and_raises_nothing(
    out: DinOutput, cable: Cable, clock: ManualClock, steps: int
) -> None:
    for pitch in range(40, 50):
        out.send(note_on(0, pitch, 90), 0)
    for _ in range(steps):
        clock.wait_until(out.next_ns or 0)
        out.step(clock.now_ns())
    cable.unplug()
    go_on(clock, out)
    out.send(NOTE, 0)
    out.cancel()
    assert (out.is_connected, out.next_ns) == (False, None)


def test_one_that_is_pulled_out_in_a_rest_is_noticed_without_a_note(
    out: DinOutput, cable: Cable, clock: ManualClock
) -> None:
    go_on(clock, out)
    cable.unplug()
    go_on(clock, out)
    assert not out.is_connected


def test_plugged_in_again_it_plays_on_and_gets_nothing_of_what_waited(
    out: DinOutput, cable: Cable, clock: ManualClock
) -> None:
    for pitch in range(40, 50):
        out.send(note_on(0, pitch, 90), 0)
    out.step(clock.now_ns() + 1)
    cable.unplug()
    go_on(clock, out)
    out.send(note_on(0, 59, 90), 0)
    plug_in(cable)
    assert out.is_connected
    out.send(NOTE, 0)
    go_on(clock, out)
    assert cable.far.read(3) == NOTE
    assert cable.far.waiting() == b""


def test_the_rest_of_a_message_that_was_cut_off_does_not_reach_it(
    out: DinOutput, cable: Cable, clock: ManualClock
) -> None:
    out.send(NOTE, 0)
    out.send(b"\xf0" + bytes(40) + b"\xf7", 0)
    for _ in range(3):
        out.step(clock.now_ns())
        clock.wait_until(clock.now_ns() + STEP_NS)
    assert not out.lanes.is_empty
    cable.unplug()
    go_on(clock, out)
    plug_in(cable)
    out.send(control(0, 7, 100), 0)
    go_on(clock, out)
    assert cable.far.read(3) == control(0, 7, 100)


def is_readable(port: DinInput, within_s: float = 0.0) -> bool:
    return bool(select.select([port], (), (), within_s)[0])


def test_a_loop_is_woken_by_bytes_and_by_a_pulled_cable_and_sleeps_while_it_is_gone(
    into: DinInput, cable: Cable, clock: ManualClock
) -> None:
    assert isinstance(into, Waking)
    assert not is_readable(into)
    cable.far.play(NOTE)
    assert is_readable(into)
    assert into.receive()
    assert not is_readable(into)
    cable.unplug()
    assert is_readable(into, DEADLINE_S)
    assert not into.receive()
    assert not is_readable(into)
    plug_in(cable)
    cable.far.play(NOTE)
    assert is_readable(into)
    assert into.receive()


def test_an_input_hears_nothing_meanwhile_and_what_had_begun_does_not_go_on(
    into: DinInput, cable: Cable, clock: ManualClock
) -> None:
    cable.far.play(b"\x90\x3c")
    assert into.receive() == []
    cable.unplug()
    go_on(clock, into)
    assert not into.is_connected
    plug_in(cable)
    cable.far.play(b"\x5a" + note_on(0, 62, 90))
    assert [message for _, message in into.receive()] == [note_on(0, 62, 90)]


def test_what_the_input_notices_the_output_of_the_same_device_knows(
    out: DinOutput, into: DinInput, cable: Cable, clock: ManualClock
) -> None:
    cable.unplug()
    go_on(clock, into)
    assert (out.is_connected, into.is_connected) == (False, False)
    go_on(clock, out)
    plug_in(cable)
    assert (out.is_connected, into.is_connected) == (True, True)


def test_back_again_it_is_ours_alone_and_may_go_again(out: DinOutput, cable: Cable, clock: ManualClock) -> None:
    for _ in range(3):
        cable.unplug()
        go_on(clock, out)
        plug_in(cable)
        with pytest.raises(DriverError, match="another program has it"):
            Line(cable.name)
        out.send(NOTE, 0)
        go_on(clock, out)
        assert cable.far.read(3) == NOTE


def test_one_that_is_closed_while_it_is_gone_is_looked_for_no_more(
    cable: Cable, clock: ManualClock, into: DinInput
) -> None:
    out = open_output(f"din:{cable.name}", clock)
    cable.unplug()
    go_on(clock, into)
    out.close()
    into.close()
    wait_for_look(cable.name)
    cable.plug()
    free = Line.shared(cable.name)
    assert (free.is_connected, free.users) == (True, 1)
    free.release()


def test_the_number_of_a_pseudo_terminal_that_is_gone_is_not_opened_again(
    out: DinOutput, cable: Cable, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def is_reused(_: Identity, real: str) -> bool:
        asked.append(real)
        return len(asked) < 3

    monkeypatch.setattr(Identity, "is_reused", is_reused)
    cable.unplug()
    cable.plug()
    go_on(clock, out)
    wait_for_look(cable.name)
    assert (asked, out.is_connected) == ([cable.far.name] * 3, True)


def test_the_watchdog_opens_a_pseudo_terminal_that_was_never_gone(cable: Cable, clock: ManualClock) -> None:
    out = found_output(f"din:{cable.far.name}").remembered().open(clock)
    assert isinstance(out, DinOutput)
    out.send(NOTE, 0)
    go_on(clock, out)
    assert cable.far.read(3) == NOTE
    out.close()


# Adapters


class Adapters:
    """What the system lists, each on a pseudo-terminal."""

    def __init__(self) -> None:
        self.ends: dict[str, FarEnd] = {}

    def plug(self, *serials: str) -> None:
        """Plug one in for each serial number."""
        self.ends |= {serial: FarEnd.plugged() for serial in serials}

    def listed(self) -> list[SimpleNamespace]:
        """What pyserial says."""
        return [
            SimpleNamespace(device=end.name, vid=0x0403, pid=0x6001, serial_number=serial, location=f"1-{number}")
            for number, (serial, end) in enumerate(self.ends.items())
        ]


@pytest.fixture(name="adapters")
def _adapters(monkeypatch: pytest.MonkeyPatch) -> Iterator[Adapters]:
    adapters = Adapters()
    monkeypatch.setattr(serial_line, "LOOK_S", 0.001)
    monkeypatch.setattr(list_ports, "comports", adapters.listed)
    adapters.plug("A", "B")
    yield adapters
    for end in adapters.ends.values():
        end.close()


def test_an_adapter_is_found_by_its_serial_number_under_another_name(adapters: Adapters, clock: ManualClock) -> None:
    gone = adapters.ends["A"]
    out = open_output(f"din:{gone.name}", clock)
    assert isinstance(out, DinOutput)
    gone.unplug()
    go_on(clock, out)
    del adapters.ends["A"]
    adapters.plug("A")
    wait_for_look(out.name)
    assert (out.is_connected, out.name) == (True, gone.name)
    out.send(NOTE, 0)
    go_on(clock, out)
    assert adapters.ends["A"].read(3) == NOTE
    assert adapters.ends["B"].waiting() == b""
    out.close()
    gone.close()


def test_what_the_watchdog_remembers_is_the_device_and_not_its_name(adapters: Adapters, clock: ManualClock) -> None:
    name = adapters.ends["A"].name
    found = found_output(f"din:{name}").remembered()
    adapters.ends = {"A": adapters.ends["B"], "B": adapters.ends["A"]}
    out = found.open(clock)
    assert isinstance(out, DinOutput)
    out.send(note_off(0, 60), 0)
    go_on(clock, out)
    assert adapters.ends["A"].read(3) == note_off(0, 60)
    out.close()
    del adapters.ends["A"]
    with pytest.raises(
        DriverError, match=rf"^port '{name}' does not open for 5-pin DIN: no such file or directory; see"
    ):
        found.open(clock)


def test_what_is_no_serial_device_is_said_so(clock: ManualClock) -> None:
    says = "port '/dev/null' does not open for 5-pin DIN: it is no serial device; see that it is plugged in"
    with pytest.raises(DriverError, match=f"^{says}"):
        open_output("din:/dev/null", clock)


def test_a_device_that_goes_while_it_is_looked_at_is_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    def listed() -> list[object]:
        raise TypeError("int() can't convert non-string with explicit base")

    monkeypatch.setattr(list_ports, "comports", listed)
    assert serial_line.names() == []


def test_one_device_under_two_names_is_one_line(tmp_path: Path, cable: Cable, clock: ManualClock) -> None:
    other = tmp_path / "by-id"
    other.symlink_to(cable.name)
    out, into = open_output(f"din:{cable.name}", clock), open_input(f"din:{other}", clock)
    cable.far.play(NOTE)
    assert [message for _, message in into.receive()] == [NOTE]
    out.close()
    into.close()
