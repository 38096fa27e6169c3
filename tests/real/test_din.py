"""5-pin DIN through `play`: how late notes are behind floods of controllers, and that nothing of them is lost.

A pseudo-terminal with a wire clock at its far end. Its bytes are carried by a kernel thread of ordinary priority, which
a serial chip has not: that is why the limits here are loose. The figures are printed.
"""

import os
import subprocess
import sys
import tty
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

import pytest

from benchmarks.din import real_time_child
from bridge.core.message import control, is_note_on, note_off, note_on
from tests.faces.person import spawned
from tests.kit import smf

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

FAR_END = Path(__file__).parents[2] / "benchmarks" / "din_wire.py"
MELODY, CHORD = 0, 1  # channels
KEY = 90
QUIET_MS = [500 + 101 * number for number in range(20)]
SINGLE_MS = [3_500 + 101 * number for number in range(100)]
CHORD_MS = [14_000 + 501 * number for number in range(12)]
FLOOD_MS = (3_000, 20_000)
OWN_MS = 0.96  # what the three bytes of a note take
SINGLE_LIMIT_MS, CHORD_LIMIT_MS = 10.0, 10.0
Events = list[tuple[int, bytes]]


def events(controllers_per_second: int) -> Events:
    """Notes alone, then notes and ten-note chords within the flood: (ms, message)."""
    found: Events = []
    for at in (*QUIET_MS, *SINGLE_MS):
        found += [(at, note_on(MELODY, KEY, 90)), (at + 50, note_off(MELODY, KEY))]
    for at in CHORD_MS:
        for key in range(40, 80, 4):
            found += [(at, note_on(CHORD, key, 100)), (at + 250, note_off(CHORD, key))]
    first, last = FLOOD_MS
    for number in range((last - first) * controllers_per_second // 1_000):
        message = control(number % 2, 1 + number // 2 % 8, number % 128)
        found.append((first + number * 1_000 // max(1, controllers_per_second), message))
    return [*found, (last + 1_000, note_on(MELODY, 0, 1)), (last + 1_100, note_off(MELODY, 0))]


@contextmanager
def far_end() -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """A serial device and who listens at its other end."""
    if os.name != "posix":
        pytest.skip("this system has no pseudo-terminals")
    master, slave = os.openpty()
    tty.setraw(slave)
    pipe = subprocess.PIPE
    command = [sys.executable, str(FAR_END), str(master)]
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, pass_fds=[master], preexec_fn=real_time_child
    ) as process:
        yield os.ttyname(slave), process
    os.close(master)
    os.close(slave)


def messages(lines: list[str]) -> Iterator[tuple[float, bytes]]:
    """Messages of three bytes with the arrival of their last one, in ms; the status may run."""
    status, data = 0, bytearray()
    for byte, at_ns in ((int(byte), int(at)) for byte, at in (line.split() for line in lines)):
        if byte >= 0x80:
            status = byte
        else:
            data.append(byte)
        if len(data) == 2:
            yield at_ns / 1e6, bytes((status, *data))
            data.clear()


def heard(folder: Path, controllers_per_second: int) -> list[tuple[float, bytes]]:
    """What arrives of a whole `play`."""
    song = folder / f"flood{controllers_per_second}.mid"
    song.write_bytes(smf(events(controllers_per_second)))
    with far_end() as (device, process):
        ran = spawned("play", song, "--to", f"din:{device}")
        assert ran.code == 0, ran.err
        out, _ = process.communicate("\n")
    return list(messages(out.splitlines()))


def lateness(arrived: list[tuple[float, bytes]]) -> tuple[list[float], list[float]]:
    """Of single notes and of the last of each chord: ms after they were due, by the quickest of the quiet ones."""
    ons: defaultdict[int, list[float]] = defaultdict(list)
    for at, message in arrived:
        if is_note_on(message):
            ons[message[1]].append(at)
    start = min(at - due for at, due in zip(ons[KEY], QUIET_MS, strict=False)) - OWN_MS
    singles = [at - due - start for at, due in zip(ons[KEY][len(QUIET_MS) :], SINGLE_MS, strict=True)]
    chords = zip(*(ons[key] for key in range(40, 80, 4)), strict=True)
    return singles, [max(chord) - due - start for chord, due in zip(chords, CHORD_MS, strict=True)]


def p99(times: list[float]) -> float:
    return quantiles(times, n=100, method="inclusive")[-1]


@pytest.mark.parametrize("flood", [1_200, 2_400])
def test_behind_a_flood_of_controllers_notes_are_in_time_and_nothing_is_lost(flood: int, tmp_path: Path) -> None:
    arrived = heard(tmp_path, flood)
    notes = [message for _, message in arrived if message[0] < 0xA0]
    assert sorted(notes) == sorted(message for _, message in events(0))
    last = {message[:2]: message for _, message in events(flood) if message[0] >= 0xA0}
    assert {message[:2]: message for _, message in arrived if message[0] >= 0xA0} == last
    singles, chords = lateness(arrived)
    _, alone = lateness(heard(tmp_path, 0))
    later = p99(chords) - p99(alone)
    sys.stdout.write(
        f"\n{flood} controllers a second: a single note p99 {p99(singles):.2f} ms, chords later by {later:.2f}\n"
    )
    assert p99(singles) <= SINGLE_LIMIT_MS
    assert later <= CHORD_LIMIT_MS
