"""Unplugged and plugged in again, two devices alike: none is confused, nothing hangs, the rest plays on.

`ROUNDS=100 make test-hil` does it so often; a few times otherwise.
"""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.real.guest import run_in_guest

ROUNDS = int(os.environ.get("ROUNDS", "3"))
LIMIT_S = 240 + 20 * ROUNDS
GUEST = Path(__file__).parent / "hil" / "guest_unplug.py"
pytestmark = [pytest.mark.real, pytest.mark.timeout(LIMIT_S + 60)]


def test_two_alike_come_back_as_themselves_and_nothing_hangs() -> None:
    ran = run_in_guest(LIMIT_S, sys.executable, "-B", GUEST, ROUNDS, "/tmp")
    answer = json.loads(next(line for line in reversed(ran.splitlines()) if line.startswith("{")))
    sys.stdout.write(f"\n{json.dumps(answer)}\n")
    assert answer["code"] == 0
    assert answer["foreign"] == {"keys": 0, "a": 0, "b": 0}
    assert answer["down"] == {"keys": [], "a": [], "b": []}
    assert all(answer["notes"].values())
