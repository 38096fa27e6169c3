"""A person names a port by any part of its name that means one port."""

from pathlib import Path

import pytest

from bridge.core.clock import Clock, ManualClock
from bridge.core.message import note_on
from bridge.errors import DriverError, UnknownPort
from bridge.ports.base import OutputPort
from bridge.ports.loopback import Loopback
from bridge.ports.open import (
    DRIVERS,
    Driver,
    Found,
    find,
    found_output,
    is_there,
    list_inputs,
    list_outputs,
    open_input,
    open_output,
)
from bridge.ports.twin import TwinController, TwinPort
from bridge.ports.wired import Wired

ROOM = ["KeyStep 37:KeyStep 37 MIDI 1 20:0", "Minilogue:MIDI 1 24:0", "Minilogue XD:MIDI 1 28:0", "bass", "Bass"]


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("keystep", "KeyStep 37:KeyStep 37 MIDI 1 20:0"),
        ("24:0", "Minilogue:MIDI 1 24:0"),
        ("minilogue xd", "Minilogue XD:MIDI 1 28:0"),
        ("bass", "bass"),
        ("Bass", "Bass"),
    ],
)
def test_a_part_of_a_name_is_enough_and_the_exact_name_wins(wanted: str, meant: str) -> None:
    assert find(ROOM, wanted) == meant


def test_a_part_of_several_names_is_refused_with_all_of_them() -> None:
    with pytest.raises(UnknownPort) as refused:
        find(ROOM, "minilogue")
    assert str(refused.value) == (
        "'minilogue' may mean several ports: Minilogue:MIDI 1 24:0, Minilogue XD:MIDI 1 28:0; write more of the name"
    )


def test_two_ports_of_one_name_are_never_guessed_between() -> None:
    with pytest.raises(UnknownPort, match="several ports: Synth, Synth"):
        find(["Synth", "Synth"], "Synth")


def test_a_name_that_no_port_has_lists_what_there_is() -> None:
    with pytest.raises(UnknownPort, match=r"^no port 'organ'; there are: bass, drums$"):
        find(["bass", "drums"], "organ")
    with pytest.raises(UnknownPort, match=r"^no port 'organ'; there are: none$"):
        find([], "organ")


def test_twins_are_listed_by_short_names() -> None:
    assert {"bass", "drums", "module"} <= set(list_outputs("twin"))
    assert "controller" in list_inputs("twin")
    assert "controller" not in list_outputs("twin")


def test_a_twin_is_opened_with_its_profile_behind_its_own_wire() -> None:
    clock = ManualClock()
    port = open_output("twin:module", clock)
    assert isinstance(port, TwinPort)
    port.send(note_on(0, 60, 90), 0)
    port.step(10_000)
    assert [twin.name for twin in port.twins] == ["midi-bridge/twin-module"]
    assert port.lateness == [(0, 3_000)]


def test_two_twins_are_chained_on_one_din_wire() -> None:
    port = open_output("twin:bass+dru", ManualClock())
    assert isinstance(port, TwinPort)
    assert port.name == "bass+drums"
    assert [twin.name for twin in port.twins] == ["midi-bridge/twin-bass", "midi-bridge/twin-drums"]
    port.send(note_on(9, 36, 90), 0)
    port.step(1_000_000)
    assert port.lateness == [(9, 960_000)]


def test_the_twin_of_any_profile_is_opened_by_its_whole_name_and_only_the_programs_own_are_listed() -> None:
    port = open_output("twin:generic/piano+moog/minitaur", ManualClock())
    assert isinstance(port, TwinPort)
    assert [twin.name for twin in port.twins] == ["generic/piano", "moog/minitaur"]
    assert all("/" not in name for name in (*list_outputs("twin"), *list_inputs("twin")))


def test_a_twin_is_no_output_if_it_sounds_nothing_and_no_input_if_it_has_no_controls() -> None:
    with pytest.raises(UnknownPort, match=r"is a controller: it sounds nothing; its twin is an input, --from$"):
        open_output("twin:midi-bridge/twin-controller", ManualClock())
    with pytest.raises(UnknownPort, match=r"has no controls; its twin is an output, --to$"):
        open_input("twin:midi-bridge/twin-bass", ManualClock())


def test_a_controller_twin_is_an_input() -> None:
    assert isinstance(open_input("twin:controller", ManualClock()), TwinController)
    with pytest.raises(UnknownPort, match=r"there are: bass, drums, module$"):
        open_output("twin:controller", ManualClock())


def test_a_loop_is_made_by_its_first_name_and_found_by_the_second() -> None:
    clock = ManualClock(9)
    out = open_output("loop:a", clock)
    into = open_input("loop:a", clock)
    out.send(note_on(0, 60, 90), 0)
    assert into.receive() == [(9, note_on(0, 60, 90))]
    out.close()


def test_an_end_of_a_loop_that_is_closed_ends_itself_alone() -> None:
    clock = ManualClock()
    out, other, into = open_output("loop:b", clock), open_output("loop:b", clock), open_input("loop:b", clock)
    out.send(note_on(0, 60, 90), 0)
    for _ in range(2):
        out.close()
    with pytest.raises(DriverError, match="'b' is closed"):
        out.send(note_on(0, 61, 90), 0)
    other.send(note_on(0, 62, 90), 0)
    assert into.receive() == [(0, note_on(0, 60, 90)), (0, note_on(0, 62, 90))]
    other.close()
    assert "b" in list_outputs("loop")
    into.close()
    assert "b" not in list_outputs("loop")


def test_a_loop_whose_ends_are_closed_or_of_another_run_is_made_anew() -> None:
    clock = ManualClock()
    out = open_output("loop:b", clock)
    out.send(note_on(0, 60, 90), 0)
    out.close()
    again, other = open_output("loop:b", clock), open_input("loop:b", clock)
    assert other.receive() == []
    again.send(note_on(0, 60, 90), 0)
    of_another_run = open_input("loop:b", ManualClock())
    assert of_another_run.receive() == []
    for port in (again, other, of_another_run):
        port.close()


def test_only_a_device_file_is_the_same_under_another_name(tmp_path: Path) -> None:
    (tmp_path / "link.toml").symlink_to(tmp_path / "profile")
    assert found_output(f"din:{tmp_path}/link.toml").place == ("din", f"{tmp_path}/profile")
    for spec in (f"twin:{tmp_path}/link.toml", f"twin:{tmp_path}/a.toml+{tmp_path}/b.toml"):
        assert found_output(spec).place == tuple(spec.split(":"))
    assert Found("jack", "/x//y", "").place == ("jack", "/x//y")


def test_only_a_device_file_is_missing_where_no_file_has_its_name(tmp_path: Path) -> None:
    assert not is_there("din", f"{tmp_path}/none")
    assert is_there("twin", f"{tmp_path}/a.toml+{tmp_path}/b.toml")
    assert is_there("jack", "/x//y")


def test_without_a_driver_all_that_can_list_are_searched() -> None:
    assert isinstance(open_output("modul", ManualClock()), TwinPort)


def test_a_colon_in_a_name_names_no_driver() -> None:
    with pytest.raises(UnknownPort, match=r"^no port 'KeyStep 99:MIDI 1'; there are: .*twin:module"):
        open_output("KeyStep 99:MIDI 1", ManualClock())


def test_every_driver_in_the_table_lists_or_says_why_not() -> None:
    assert set(DRIVERS) == {"twin", "loop", "tape", "din", "alsa", "jack", "rtmidi"}
    with pytest.raises(UnknownPort) as refused:
        open_output("no such port", ManualClock())
    assert "twin:bass" in str(refused.value)


def test_a_cable_that_ends_in_5_pin_din_is_said_behind_the_name() -> None:
    port = open_output("twin:module@din", ManualClock())
    assert isinstance(port, Wired)
    assert (port.name, type(port.output)) == ("module", TwinPort)
    assert isinstance(open_output("MODULE@din", ManualClock()), Wired)
    loop = open_output("loop:c@din", ManualClock())
    assert (loop.name, "c" in list_outputs("loop")) == ("c", True)
    loop.close()


def test_a_port_with_an_at_in_its_name_is_found_and_its_wire_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def opens(name: str, clock: Clock) -> OutputPort:
        opened.append(name)
        return Loopback(name, clock)

    driver = Driver(lambda: ["Desk@Home", "Old@din"], list, opens, DRIVERS["loop"].open_input)
    monkeypatch.setitem(DRIVERS, "rtmidi", driver)
    ports = [open_output(spec, ManualClock()) for spec in ("rtmidi:desk@home", "rtmidi:Old@din", "desk@home@din")]
    assert opened == ["Desk@Home", "Old@din", "Desk@Home"]
    assert [type(port) for port in ports] == [Loopback, Loopback, Wired]


def test_a_wire_that_does_not_exist_is_refused_in_one_line() -> None:
    refusal = "no port 'twin:module@usb'; 'twin:module' is one, and behind its @ may stand: din"
    with pytest.raises(UnknownPort) as refused:
        open_output("twin:module@usb", ManualClock())
    assert str(refused.value) == refusal
    with pytest.raises(UnknownPort, match=r"^no port 'organ'; there are: "):
        open_output("twin:organ@din", ManualClock())
    with pytest.raises(UnknownPort, match=r"^no port 'organ@usb'; there are: "):
        open_output("twin:organ@usb", ManualClock())
