"""What a person types for a port is short, and means that port and no other."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.clock import ManualClock
from bridge.errors import DriverError
from bridge.ports.listing import VIRTUAL, Listed, Listing, listing
from bridge.ports.open import DRIVERS, Driver, find, open_output

ALSA = [
    "Midi Through:Midi Through Port-0 14:0",
    "KeyStep 37:KeyStep 37 MIDI 1 20:0",
    "Synth:Synth MIDI 1 24:0",
    "Synth:Synth MIDI 1 28:0",
    "A name that is cut to thirty ch:A name that is cut to thirty ch 32:0",
    "A name that is cut to thirty ch:A name that is cut to thirty ch 32:1",
]


def driver(outputs: list[str], inputs: list[str] | None = None) -> Driver:
    def unopened(name: str, clock: object) -> object:
        raise AssertionError("a listing opens nothing")

    return Driver(lambda: outputs, lambda: inputs or [], unopened, unopened)  # type: ignore[arg-type]  # never called


def outputs(found: Listing) -> list[Listed]:
    return [port for port in found.ports if port.is_output]


def test_a_system_s_port_is_named_without_what_it_says_twice_or_what_changes_at_a_replug() -> None:
    found = outputs(listing({"rtmidi": driver(ALSA), "twin": driver(["bass"])}))
    assert [port.spec for port in found] == [
        "rtmidi:Midi Through Port-0",
        "rtmidi:KeyStep 37 MIDI 1",
        "rtmidi:Synth MIDI 1 24:0",
        "rtmidi:Synth MIDI 1 28:0",
        "rtmidi:A name that is cut to thirty ch 32:0",
        "rtmidi:A name that is cut to thirty ch 32:1",
        "twin:bass",
    ]
    assert [port.short for port in found[:3]] == ["midi through", "keystep", "rtmidi:Synth MIDI 1 24:0"]
    assert all(port.is_alone for port in found)


def test_a_name_that_another_driver_has_too_is_typed_with_its_driver() -> None:
    found = outputs(listing({"rtmidi": driver(["bass"]), "twin": driver(["bass", "drums"])}))
    assert [(port.short, port.is_alone) for port in found] == [
        ("rtmidi:bass", True),
        ("twin:bass", True),
        ("drums", True),
    ]


def test_an_input_and_an_output_of_one_device_share_its_name() -> None:
    found = listing({"rtmidi": driver(ALSA[1:2], ALSA[1:2])}).ports
    assert [(port.is_output, port.short) for port in found] == [(False, "keystep"), (True, "keystep")]


def test_a_path_keeps_its_letters() -> None:
    (port,) = outputs(listing({"din": driver(["/dev/ttyS0"])}))
    assert (port.spec, port.short, port.is_real) == ("din:/dev/ttyS0", "/dev/ttyS0", False)


def test_two_ports_of_one_very_name_are_marked() -> None:
    found = outputs(listing({"rtmidi": driver(["Synth", "Synth", "Organ"])}))
    assert [port.is_alone for port in found] == [False, False, True]


def test_a_driver_that_cannot_list_hides_no_other_and_is_heard() -> None:
    def broken() -> list[str]:
        raise DriverError("no sequencer; load it")

    found = listing(
        {"rtmidi": Driver(broken, broken, DRIVERS["rtmidi"].open_output, DRIVERS["rtmidi"].open_input)}
        | {"twin": driver(["bass"])}
    )
    assert [port.spec for port in found.ports] == ["twin:bass"]
    assert found.silent == {"rtmidi": "no sequencer; load it"}


NAMES = st.lists(st.text("aAbB 0:1", min_size=1, max_size=9), max_size=6)


def test_a_driver_that_most_machines_are_without_is_not_missed_aloud() -> None:
    def none() -> list[str]:
        raise DriverError("no server runs")

    extra = replace(driver([]), outputs=none, is_extra=True)
    found = listing({"jack": extra, "twin": driver(["bass"])})
    assert ([port.name for port in found.ports], found.silent) == (["bass"], {})


@given(first=NAMES, second=NAMES)
def test_whatever_ports_are_called_each_name_that_is_alone_finds_its_port(first: list[str], second: list[str]) -> None:
    everywhere = [*first, *second]
    for port in outputs(listing({"rtmidi": driver(first), "twin": driver(second)})):
        own = first if port.driver == "rtmidi" else second
        if port.is_alone:
            assert find(own, port.spec.partition(":")[2]) == port.name
            assert port.short == port.spec or find(everywhere, port.short) == port.name


@pytest.mark.parametrize("name", sorted(VIRTUAL))
def test_a_driver_that_is_called_virtual_opens_virtual_ports(name: str, tmp_path: object) -> None:
    spec = {"twin": "twin:module", "loop": "loop:listing", "tape": f"tape:{tmp_path}/a.tape"}[name]
    port = open_output(spec, ManualClock())
    assert port.capabilities.virtual
    port.close()
