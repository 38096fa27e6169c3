"""Where there is no sequencer, ALSA says so in one line with a way out, and its stand-in is heard."""

import dataclasses
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.core.clock import ManualClock
from bridge.errors import DriverError, UnknownPort
from bridge.ports import alsa
from bridge.ports import open as ports
from bridge.ports.listing import listing
from bridge.ports.open import DRIVERS, Driver
from bridge.ports.sequencer_client import Address, Seen
from bridge.ports.usb_identity import Usb

OPENS: list[Callable[[], object]] = [
    alsa.outputs,
    alsa.inputs,
    lambda: alsa.open_output("synth", ManualClock()),
    lambda: alsa.open_input("synth", ManualClock()),
]
has_library = importlib.util.find_spec("alsa_midi") is not None
on_linux = pytest.mark.skipif(sys.platform != "linux" or not has_library, reason="needs Linux and alsa-midi")


@pytest.mark.parametrize("opens", OPENS)
@on_linux
def test_without_a_sequencer_it_says_how_to_load_it(
    opens: Callable[[], object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(alsa, "DEVICE", str(tmp_path / "seq"))
    with pytest.raises(DriverError, match=r"^there is no .*/seq; load it with modprobe snd-seq, or play on a twin"):
        opens()


@on_linux
def test_a_sequencer_that_may_not_be_opened_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "seq").touch()
    monkeypatch.setattr(alsa, "DEVICE", str(tmp_path / "seq"))
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(DriverError, match="may not be opened; join the group audio"):
        alsa.outputs()


def test_on_another_system_the_other_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(DriverError, match="only Linux has it; install the package python-rtmidi"):
        alsa.outputs()


def test_without_its_library_it_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(alsa, "alsa_midi", None)
    with pytest.raises(DriverError, match="install the package alsa-midi"):
        alsa.outputs()


def test_each_port_of_a_usb_device_has_its_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    class Opened:
        handle = None

        def close(self) -> None:
            pass

    seen = [Seen(Address(20, 0), "KeyStep", "KeyStep MIDI 1", 1), Seen(Address(128, 0), "VMPK", "VMPK Output")]
    monkeypatch.setattr(alsa, "_opened", Opened)
    monkeypatch.setattr(alsa, "_seen", lambda handle: seen)
    monkeypatch.setattr(alsa, "usb_of_card", lambda card: Usb("1c75", "0288", "", "1-1"))
    assert alsa.usb_ids(is_output=True) == {"KeyStep:KeyStep MIDI 1": "1c75:0288"}


def test_without_a_sequencer_no_port_has_ids(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(alsa, "DEVICE", str(tmp_path / "seq"))
    assert alsa.usb_ids(is_output=False) == {}


def test_a_unit_that_is_alone_is_found_by_what_tells_it_from_its_like(monkeypatch: pytest.MonkeyPatch) -> None:
    room = {"alsa": driver(["Synth:Synth MIDI 1", "Organ:MIDI 1"])}
    room["alsa"] = dataclasses.replace(
        room["alsa"], units=lambda: ["Synth:Synth MIDI 1 [A1]", "Synth:Synth MIDI 1 [1-1]"]
    )
    monkeypatch.setattr(ports, "DRIVERS", room)
    assert ports.found_output("alsa:Synth MIDI 1 [a1]").name == "Synth:Synth MIDI 1 [A1]"
    assert ports.found_output("alsa:Synth MIDI 1 [1-1]@din").wire == "din"
    with pytest.raises(
        UnknownPort, match=r"^no port 'Synth MIDI 1 \[B2\]'; there are: Synth:Synth MIDI 1, Organ:MIDI 1$"
    ):
        ports.found_output("alsa:Synth MIDI 1 [B2]")


def test_a_unit_s_number_that_two_share_means_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    alike = dataclasses.replace(driver(["Synth [1-1]", "Synth [1-2]"]), units=lambda: ["Synth [01]", "Synth [01]"])
    monkeypatch.setattr(ports, "DRIVERS", {"alsa": alike})
    with pytest.raises(UnknownPort, match=r"^'Synth \[01\]' may mean several ports: Synth \[01\], Synth \[01\]"):
        ports.found_output("alsa:Synth [01]")


# Its stand-in


def driver(names: list[str] | str, stands_in_for: str = "") -> Driver:
    def listed() -> list[str]:
        if isinstance(names, str):
            raise DriverError(names)
        return names

    return Driver(listed, listed, DRIVERS["loop"].open_output, DRIVERS["loop"].open_input, stands_in_for=stands_in_for)


@pytest.mark.parametrize(
    ("first", "second", "specs", "silent"),
    [
        (["Synth"], ["Synth"], ["alsa:Synth"], {}),
        ("no sequencer", ["Synth"], ["rtmidi:Synth"], {}),
        ("no sequencer", "no driver", [], {"alsa": "no sequencer"}),
    ],
)
def test_a_device_that_two_drivers_reach_is_listed_once(
    first: list[str] | str, second: list[str] | str, specs: list[str], silent: dict[str, str]
) -> None:
    found = listing({"alsa": driver(first), "rtmidi": driver(second, "alsa")})
    assert [port.spec for port in found.ports if port.is_output] == specs
    assert found.silent == silent


def test_a_name_means_one_port_though_two_drivers_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    room = {"alsa": driver(["Synth:MIDI 1"]), "rtmidi": driver(["Synth:MIDI 1 20:0"], "alsa")}
    monkeypatch.setattr(ports, "DRIVERS", room)
    assert ports._resolve("synth", ports.list_outputs) == ("alsa", "Synth:MIDI 1")
    assert ports._resolve("rtmidi:synth", ports.list_outputs) == ("rtmidi", "Synth:MIDI 1 20:0")


def test_where_neither_driver_answers_one_of_them_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    room = {"alsa": driver("no sequencer"), "rtmidi": driver("no driver", "alsa")}
    monkeypatch.setattr(ports, "DRIVERS", room)
    with pytest.raises(UnknownPort, match=r"^no port 'synth'; there are: none; alsa: no sequencer$"):
        ports.open_output("synth", ManualClock())
