"""The virtual machine with real ALSA and USB: its kit is where MIDI_BRIDGE_HIL says, else beside the checkout."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KIT = Path(os.environ.get("MIDI_BRIDGE_HIL") or ROOT.parent / "shared" / "hil")
NO_BOOT = 125  # what the kit answers then


def run_in_guest(limit_s: int, *words: object, options: Sequence[object] = ()) -> str:
    """Run a command there, with this checkout to import from; all that it said. Skips the test where it cannot be."""
    if not (KIT / "guest-run.sh").exists():
        pytest.skip(f"there is no kit for a virtual machine in '{KIT}'; MIDI_BRIDGE_HIL says where it is")
    setup = subprocess.run([KIT / "setup.sh"], capture_output=True, text=True, check=False)
    if setup.returncode:
        pytest.skip(f"the virtual machine cannot be set up here: {setup.stderr.strip()}")
    ran = subprocess.run(
        [
            KIT / "guest-run.sh",
            "-t",
            str(limit_s),
            *map(str, options),
            "--",
            "env",
            f"PYTHONPATH={ROOT}",
            *map(str, words),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode == NO_BOOT:
        pytest.skip(f"the virtual machine does not boot here: {ran.stderr.strip()}")
    return ran.stdout + ran.stderr
