"""A rig on the kernel's own drivers; run inside the virtual machine by tests/real/test_rig.py.

Two pairs of devices have one name each: one pair has serial numbers, the other only its sockets. The kit's `Firmware`
is the device's own side, and the judge of who was played.
"""

import importlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bridge.profiles.rig import load_rig
from tests.faces.person import midi_bridge

KIT = os.environ["HIL_DIR"]
sys.path.insert(0, KIT)
Firmware = importlib.import_module("firmware").Firmware
pytestmark = pytest.mark.real
PATIENCE_S = 15.0
SERIAL_A, SERIAL_B, SOCKET_A, SOCKET_B = NAMES = ("serialA", "serialB", "socketA", "socketB")
IDENTITIES = {SERIAL_A: bytes.fromhex("7d6d6204000000000000")}
"""What one of them answers to an identity request: as the program's own module does."""


def devices(*arguments: str) -> None:
    subprocess.run([f"{KIT}/midi-devices.sh", *arguments], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module", name="firmware")
def _firmware() -> dict[str, Any]:
    devices("start", "--virmidi", "0", "--slots", "4")
    for name in NAMES:
        product, unit = name[:-1], name[-1]
        serial = f"S{unit}" if product == "serial" else ""
        devices("add", name, "--product", f"{product.title()} Synth", "--serial", serial, "--ins", "1", "--outs", "1")
    return {name: Firmware(name, identity=IDENTITIES.get(name)) for name in NAMES}


@pytest.fixture(scope="module", name="rig")
def _rig(firmware: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `rig init` makes of them, in the order in which they are plugged in; its player says that all sound."""
    path = tmp_path_factory.mktemp("rig") / "rig.toml"
    ran = midi_bridge("rig", "init", "--yes", "-o", path)
    assert ran.out == f"{path}: 4 found, 3 of them left for you to fill in; midi-bridge rig check tries them\n"
    path.write_text("\n\n".join(map(sounding, path.read_text().split("\n\n"))))
    return path


def sounding(entry: str) -> str:
    """An entry of the file without the marks of a comment, where it is that of an instrument."""
    head, *lines = entry.splitlines()
    return "\n".join(line.removeprefix("# ") for line in lines) if head.startswith("# If it sounds") else entry


def struck(firmware: dict[str, Any], since_s: float) -> list[str]:
    """Who was played since then, once each, in order."""
    end_s = time.monotonic() + 1.0
    while time.monotonic() < end_s:
        time.sleep(0.05)
    ons = [
        (at_s, name)
        for name, one in firmware.items()
        for at_s, message in list(one.messages)
        if at_s > since_s and message[0] & 0xF0 == 0x90 and message[2]
    ]
    return [name for _, name in sorted(ons)]


def tried(firmware: dict[str, Any], rig: Path) -> tuple[list[str], list[str]]:
    """What `rig check` says of each entry, and who was heard."""
    since_s = time.monotonic()
    ran = midi_bridge("rig", "check", "--rig", rig)
    return [line.split(":")[0] for line in ran.out.splitlines() if line.split()[1] != "controller"], struck(
        firmware, since_s
    )


def plugged(*names: str) -> None:
    """Plug them in, one after the other, and wait until all ports are there."""
    for name in names:
        devices("plug", name)
    time.sleep(1.0)


def test_each_device_has_an_entry_that_means_it_alone(rig: Path) -> None:
    found = load_rig(str(rig))
    assert found
    ports = sorted(one.port for one in found.instruments)
    assert ports[:2] == ["alsa:Serial Synth MIDI 1 [SA]", "alsa:Serial Synth MIDI 1 [SB]"]
    assert all(re.fullmatch(r"alsa:Socket Synth MIDI 1 \[\d-\d\]", port) for port in ports[2:])
    assert len(set(ports)) == len(NAMES)
    assert [(one.port, one.profile) for one in found.instruments if one.profile] == [
        ("alsa:Serial Synth MIDI 1 [SA]", "midi-bridge/twin-module")
    ]


def test_plugged_in_in_the_other_order_each_keeps_its_entry(rig: Path, firmware: dict[str, Any]) -> None:
    said, before = tried(firmware, rig)
    assert sorted(before) == sorted(NAMES)
    for name in NAMES:
        devices("unplug", name)
    time.sleep(0.5)
    plugged(*reversed(NAMES))
    assert tried(firmware, rig) == (said, before)


def test_one_of_two_alike_that_is_unplugged_is_missing_and_its_like_is_not_played_for_it(
    rig: Path, firmware: dict[str, Any]
) -> None:
    _, before = tried(firmware, rig)
    for name in (SERIAL_A, SOCKET_A):
        devices("unplug", name)
    time.sleep(0.5)
    said, heard = tried(firmware, rig)
    assert heard == [name for name in before if name not in (SERIAL_A, SOCKET_A)]
    assert [line.split()[0] for line in said] == [
        "missing" if name in (SERIAL_A, SOCKET_A) else "found" for name in before
    ]
    plugged(SOCKET_A, SERIAL_A)
    assert tried(firmware, rig)[1] == before
