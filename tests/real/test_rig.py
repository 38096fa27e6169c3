"""Two devices of one name keep their entries in the rig, whatever the order in which they are plugged in."""

import sys
from pathlib import Path

import pytest

from tests.real.guest import run_in_guest

LIMIT_S = 300
GUEST = Path(__file__).parent / "hil" / "guest_rig.py"
pytestmark = [pytest.mark.real, pytest.mark.timeout(LIMIT_S + 60)]


def test_a_rig_knows_two_devices_of_one_name_apart_on_real_usb() -> None:
    ran = run_in_guest(
        LIMIT_S, sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "real", GUEST
    )
    assert " passed" in ran.splitlines()[-1], ran
    assert "failed" not in ran.splitlines()[-1], ran
