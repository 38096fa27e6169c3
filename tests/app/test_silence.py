"""After a panic nothing sounds, whatever an instrument ignores, and no wire was asked for more than it takes."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.app import local
from bridge.app.silence import by_hosts, open_named, open_real, panic_messages, silence
from bridge.core.clock import Clock, ManualClock
from bridge.core.message import control, is_note_off, note_on
from bridge.core.wire import Wire
from bridge.errors import BadRig, BridgeError, DriverError
from bridge.ports.base import OutputPort
from bridge.ports.drain import drain
from bridge.ports.listing import Listed, Listing
from bridge.ports.loopback import Loopback
from bridge.ports.open import Found
from bridge.ports.twin import Twin, TwinPort
from bridge.profiles.load import load
from tests.app.test_hand import Breaking
from tests.conftest import rig_file

DIN_NS = 320_000
MS = 1_000_000


@dataclass(frozen=True)
class Known:
    """An output that was found by its name, and opens as it is told to."""

    spec: str
    opened: list[str]
    fault: DriverError | None = None
    driver: str = "din"

    @property
    def name(self) -> str:
        return self.spec.partition(":")[2]

    @property
    def place(self) -> tuple[str, str]:
        return self.driver, self.name

    def open(self, clock: Clock) -> Breaking:
        self.opened.append(self.spec)
        if self.fault:
            raise self.fault
        return Breaking(fails_at=-1)


def module(clock: ManualClock, ns_per_byte: int = DIN_NS) -> tuple[TwinPort, Twin]:
    twin = Twin(load("midi-bridge/twin-module"))
    return TwinPort("module", Wire(ns_per_byte), [twin], clock), twin


def test_a_hanging_chord_under_a_pedal_is_silent_within_a_few_dozen_milliseconds_and_every_key_is_up() -> None:
    clock = ManualClock()
    port, twin = module(clock)
    for message in (control(15, 64, 127), note_on(15, 60, 90), note_on(15, 64, 90)):
        port.send(message, 0)
    drain([port], clock)
    assert len(twin.sounding) == 2
    start_ns = clock.now_ns()
    done = silence([port], clock)
    assert (done.names, done.faults, twin.down, twin.sounding) == (["module"], [], set(), [])
    assert max(one.at_ns for one in twin.log if one.kind == "off") - start_ns < 150 * MS
    assert sum(is_note_off(message) for _, message in twin.heard) == 2_048  # none was saved on the wire


def test_an_instrument_that_obeys_note_offs_only_gets_one_for_every_key_of_every_channel() -> None:
    offs = [message for message in panic_messages() if is_note_off(message)]
    assert {(message[0] & 15, message[1]) for message in offs} == {(ch, key) for ch in range(16) for key in range(128)}
    assert len(offs) == 2_048


def test_what_most_obey_comes_before_the_single_keys() -> None:
    kinds = [is_note_off(message) for message in panic_messages()]
    assert kinds == sorted(kinds)


def test_a_panic_is_no_faster_than_a_din_wire_and_takes_about_two_seconds() -> None:
    clock = ManualClock()
    port, _ = module(clock)
    silence([port, Loopback("b", clock)], clock)
    assert 2_000 * MS < clock.now_ns() < 2_200 * MS
    sent = sum(len(message) for message in panic_messages())
    assert clock.now_ns() >= sent * DIN_NS
    assert clock.now_ns() - sent * DIN_NS < 2 * MS  # nothing waited on the wire


def test_a_port_that_fails_does_not_keep_the_others_sounding() -> None:
    clock = ManualClock()
    port, twin = module(clock)
    port.send(note_on(0, 60, 90), 0)
    done = silence([Breaking(fails_at=7), port], clock)
    assert done.names == ["module"]
    assert [str(fault) for fault in done.faults] == ["the cable is out; put it in"]
    assert twin.sounding == []


class Stuck(Breaking):
    """A wire that takes nothing, however often it is asked."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(fails_at=-1)
        self._clock = clock

    @property
    def next_ns(self) -> int:
        return self._clock.now_ns() + MS

    def step(self, now_ns: int) -> None:
        """In vain."""


def test_a_wire_that_takes_nothing_is_said_and_not_waited_for_for_ever() -> None:
    clock = ManualClock()
    port, _ = module(clock)
    done = silence([Stuck(clock), port], clock)
    assert done.names == ["module"]
    (fault,) = done.faults
    assert str(fault).endswith("takes nothing; see that its device is on, or plug it in anew")
    assert clock.now_ns() < 3_000 * MS


def test_all_real_outputs_are_those_with_an_instrument_behind_them(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    gone = {"rtmidi:gone": DriverError("it is gone")}
    monkeypatch.setattr("bridge.app.silence.found_output", lambda spec: Known(spec, opened, gone.get(spec)))
    ports = [
        Listed(driver, is_output, name, f"{driver}:{name}", name)
        for driver, is_output, name in (
            ("twin", True, "module"),
            ("loop", True, "a"),
            ("rtmidi", False, "keys"),
            ("rtmidi", True, "synth"),
            ("rtmidi", True, "gone"),
            ("din", True, "/dev/ttyUSB0"),  # may be a printer
        )
    ]
    with ExitStack() as undo:
        found, faults = open_real(Listing(tuple(ports), {}), ManualClock(), undo)
    assert opened == ["rtmidi:synth", "rtmidi:gone"]
    assert [str(fault) for fault in faults] == ["it is gone"]
    (synth,) = found
    assert isinstance(synth, Breaking)
    assert synth.sent == [b""]  # closed again


def test_a_serial_port_that_a_session_has_and_has_silenced_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = DriverError("another program has it")
    monkeypatch.setattr("bridge.app.silence.found_output", lambda spec: Known(spec, [], busy))
    with ExitStack() as undo:
        found = open_named(["din:/dev/ttyUSB0", "din:/dev/ttyUSB1"], ManualClock(), undo, ["/dev/ttyUSB0"])
    assert found == ([], [busy])


def test_a_serial_port_that_a_session_has_under_another_name_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(found: Found, clock: Clock) -> OutputPort:
        raise DriverError("another program has it")

    monkeypatch.setattr("bridge.ports.open.Found.open", refuse)
    uart, link = tmp_path / "ttyUSB0", tmp_path / "by-id"
    link.symlink_to(uart)
    with ExitStack() as undo:
        assert open_named([f"din:{uart}"], ManualClock(), undo, [str(link)]) == ([], [])
        assert open_named([f"din:{link}"], ManualClock(), undo, [str(uart)]) == ([], [])


def test_two_names_of_one_serial_device_are_silenced_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.ports.open.Found.open", lambda found, clock: Breaking(fails_at=-1))
    (tmp_path / "by-id").symlink_to(tmp_path / "ttyUSB0")
    with ExitStack() as undo:
        found, _ = open_named([f"din:{tmp_path}/ttyUSB0", f"din:{tmp_path}/by-id"], ManualClock(), undo)
    assert len(found) == 1


def test_what_the_rig_says_is_silenced_too_also_behind_a_serial_port(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uart = home / "uart"
    uart.touch()
    ports = [f"din:{uart}", "din:/dev/none", "twin:module"]
    entries = [f'[[instruments]]\nname = "{number}"\nport = "{port}"\n' for number, port in enumerate(ports)]
    rig_file("".join(entries))
    opened: list[str] = []

    monkeypatch.setattr("bridge.app.silence.found_output", lambda spec: Known(spec, opened))
    with ExitStack() as undo:
        assert open_real(Listing((), {}), ManualClock(), undo)[1] == []
        assert opened == [f"din:{uart}"]
        rig_file("[[instrument]]")
        faults = open_real(Listing((Listed("alsa", True, "a", "alsa:a", "a"),), {}), ManualClock(), undo)[1]
    assert opened[1:] == ["alsa:a"]
    assert [type(fault) for fault in faults] == [BadRig]


def test_a_session_that_refuses_keeps_no_other_from_being_silenced(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(host: Path, what: str) -> local.Message:
        if host.name == "a":
            raise BridgeError("not yet")
        return {"answer": [what]}

    monkeypatch.setattr(local, "running", lambda: [Path("a"), Path("b"), Path("gone")])
    monkeypatch.setattr(local, "dial", lambda path, _: None if path.name == "gone" else path)
    monkeypatch.setattr(local, "ask_on", asked)
    done = by_hosts()
    assert (done.names, [str(fault) for fault in done.faults]) == (["panic"], ["not yet"])


def test_a_host_that_is_busy_is_not_to_be_killed_for_a_panic(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(host: Path, what: str) -> local.Message:
        raise DriverError("it does not answer; end it with kill -9 7")

    monkeypatch.setattr(local, "running", lambda: [Path("a")])
    monkeypatch.setattr(local, "dial", lambda path, _: path)
    monkeypatch.setattr(local, "ask_on", asked)
    (fault,) = by_hosts().faults
    assert str(fault) == (
        "the host of a session that is being played does not answer; only what is said to be silenced is:"
        " if more sounds, do panic again in some seconds"
    )
