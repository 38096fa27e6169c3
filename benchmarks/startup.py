"""How long the command takes to say its version, beside an interpreter that only imports click."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.row import Row

RUNS = 41
COMMAND = Path(sys.executable).with_name("midi-bridge")
NAME = "midi-bridge --version, beside import click"


def _seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def rows() -> Iterator[Row]:
    """The shortest of 41 runs of each, taken by turns."""
    own, peer = [str(COMMAND), "--version"], [sys.executable, "-c", "import click"]
    if not COMMAND.exists():
        yield Row(NAME, None, 1.4, "x", detail="the command is not installed beside this Python")
        return
    pairs = [(_seconds(own), _seconds(peer)) for _ in range(RUNS)]
    least, theirs = (min(taken) for taken in zip(*pairs))
    yield Row(NAME, least / theirs, 1.4, "x", detail=f"{least * 1e3:.1f} ms, click {theirs * 1e3:.1f} ms")
