"""The power is cut while corrections are made: none that was acknowledged is lost, and without a sync some are.

`CUTS=12 make test-hil` cuts it so often; twice otherwise. One more cut is the control.
"""

import os
import re
import sys
from pathlib import Path

import pytest

from tests.real.guest import run_in_guest

CUTS = int(os.environ.get("CUTS", "2"))
LIMIT_S = 120
GUEST = Path(__file__).parent / "hil" / "guest_power.py"
pytestmark = [pytest.mark.real, pytest.mark.timeout((CUTS + 1) * 2 * (LIMIT_S + 30))]


def acknowledged_and_kept(folder: Path, what: str, number: int) -> tuple[int, int]:
    """Cut the power once; the last correction that was acknowledged, and how many there are after the next boot."""
    disk = folder / f"{what}-{number}.img"
    session = "/mnt/disk/song.bridge"
    said = run_in_guest(
        LIMIT_S, sys.executable, "-B", GUEST, what, session, options=["--disk", disk, "--cut-on", f"ack {25 + number} "]
    )
    after = run_in_guest(LIMIT_S, sys.executable, "-B", GUEST, "count", session, options=["--disk", disk])
    acknowledged = max((int(one) for one in re.findall(r"^ack (\d+) $", said, re.MULTILINE)), default=0)
    kept = re.search(r"^kept (\d+)", after, re.MULTILINE)
    assert kept, after
    disk.unlink()
    return acknowledged, int(kept[1])


def test_no_acknowledged_correction_is_lost(tmp_path: Path) -> None:
    found = [acknowledged_and_kept(tmp_path, "write", number) for number in range(CUTS)]
    sys.stdout.write(f"\n(acknowledged, kept): {found}\n")
    assert all(acknowledged >= 25 for acknowledged, _ in found)
    assert [one for one in found if one[1] < one[0]] == []


def test_without_a_sync_some_are_lost(tmp_path: Path) -> None:
    acknowledged, kept = acknowledged_and_kept(tmp_path, "unsynced", 0)
    sys.stdout.write(f"\ncontrol (acknowledged, kept): {acknowledged, kept}\n")
    assert kept < acknowledged
