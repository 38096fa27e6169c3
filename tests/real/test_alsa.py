"""ALSA's sequencer, USB MIDI and unplugging on the kernel's own drivers, in a virtual machine that boots once."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.real.guest import run_in_guest

GUEST = Path(__file__).parent / "hil" / "guest_alsa.py"
NAMES = re.findall(r"^def (test_\w+)", GUEST.read_text(encoding="utf-8"), re.MULTILINE)
LIMIT_S = 280

pytestmark = [pytest.mark.real, pytest.mark.timeout(LIMIT_S + 60)]


@pytest.fixture(name="outcomes", scope="module")
def _outcomes() -> tuple[Mapping[str, str], str]:
    """What became of each test in the guest, and all that it said."""
    tests = [sys.executable, "-B", "-m", "pytest", "-v", "-m", "real", "-p", "no:cacheprovider", "-o", "timeout=100"]
    said = run_in_guest(LIMIT_S, *tests, GUEST)
    return dict(re.findall(r"::(test_\w+) (PASSED|FAILED|ERROR|SKIPPED)", said)), said


@pytest.mark.parametrize("name", NAMES)
def test_in_the_guest(name: str, outcomes: tuple[Mapping[str, str], str]) -> None:
    found, said = outcomes
    assert found.get(name) == "PASSED", said[-20_000:]
