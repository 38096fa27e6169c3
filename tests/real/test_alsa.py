"""ALSA's sequencer, USB MIDI and unplugging on the kernel's own drivers, in a virtual machine that boots once.

The kit is looked for where MIDI_BRIDGE_HIL says, else in `shared/hil` beside the checkout.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KIT = Path(os.environ.get("MIDI_BRIDGE_HIL") or ROOT.parent / "shared" / "hil")
GUEST = Path(__file__).parent / "hil" / "guest_alsa.py"
NAMES = re.findall(r"^def (test_\w+)", GUEST.read_text(encoding="utf-8"), re.MULTILINE)
LIMIT_S = 280
NO_BOOT = 125  # what the kit answers then

pytestmark = [pytest.mark.real, pytest.mark.timeout(LIMIT_S + 60)]


@pytest.fixture(name="outcomes", scope="module")
def _outcomes() -> tuple[Mapping[str, str], str]:
    """What became of each test in the guest, and all that it said."""
    if not (KIT / "guest-run.sh").exists():
        pytest.skip(f"there is no kit for a virtual machine in '{KIT}'; MIDI_BRIDGE_HIL says where it is")
    setup = subprocess.run([KIT / "setup.sh"], capture_output=True, text=True, check=False)
    if setup.returncode:
        pytest.skip(f"the virtual machine cannot be set up here: {setup.stderr.strip()}")
    tests = [sys.executable, "-B", "-m", "pytest", "-v", "-m", "real", "-p", "no:cacheprovider", "-o", "timeout=100"]
    ran = subprocess.run(
        [KIT / "guest-run.sh", "-t", str(LIMIT_S), "--", *tests, GUEST],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode == NO_BOOT:
        pytest.skip(f"the virtual machine does not boot here: {ran.stderr.strip()}")
    said = ran.stdout + ran.stderr
    return dict(re.findall(r"::(test_\w+) (PASSED|FAILED|ERROR|SKIPPED)", said)), said


@pytest.mark.parametrize("name", NAMES)
def test_in_the_guest(name: str, outcomes: tuple[Mapping[str, str], str]) -> None:
    found, said = outcomes
    assert found.get(name) == "PASSED", said[-20_000:]
