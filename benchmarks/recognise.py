"""How long it takes to say what is plugged in, with 500 profiles: what `ports` and `rig check` add to a listing."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.load_save import seconds
from benchmarks.row import Row
from bridge.profiles.index import Folders, current, folders
from bridge.profiles.match import Clues, Matcher

PROFILES = 500
PORTS = 20
GOAL_MS = 50
_FILE = """\
name = "midi-guide/acme/box-{number}"
maker = "Acme"
model = "Box {number}"
kind = "instrument"
origin = "converted"
source = "made"

[sources.made]
kind = "made here"
says = "made for this bench; it describes no product"

[match]
names = ["Acme Box {number}"]

[[match.replies]]
pattern = "F0 7E ?? 06 02 42 {low:02X} {high:02X} 00 00 ?? ?? ?? ?? F7"
"""


def rows() -> Iterator[Row]:
    """The index read, and 20 ports recognised by it; and what making it anew takes."""
    with tempfile.TemporaryDirectory() as folder:
        where = _many(Path(folder))
        made = _seconds(where)
        _check(where)
        name = f"{PORTS} ports recognised, {PROFILES} profiles"
        yield Row(name, seconds(lambda: _recognise(where), 9) * 1e3, GOAL_MS, "ms")
        yield Row(f"index of {PROFILES} short profiles made anew", made, None, "s")
        real = Folders(folders().program, Path(folder, "own"), Path(folder, "real"))
        taken = _seconds(real)
        yield Row(f"index of the program's own {len(current(real).known.entries)} made anew", taken, None, "s")


def _many(folder: Path) -> Folders:
    place = folder / "program" / "midi-guide" / "acme"
    place.mkdir(parents=True)
    for number in range(PROFILES):
        text = _FILE.format(number=number, low=number % 128, high=number // 128)
        (place / f"box-{number}.toml").write_text(text, encoding="utf-8")
    return Folders(folder / "program", folder / "own", folder / "cache")


def _seconds(where: Folders) -> float:
    start = time.perf_counter()
    current(where)
    return time.perf_counter() - start


def _recognise(where: Folders) -> list[str]:
    matcher = Matcher(current(where).known)
    names = [f"Acme Box {number}:Acme Box {number} MIDI 1 24:0" for number in range(PORTS)]
    return [" ".join(matcher.answer(Clues(name)).profiles) for name in names]


def _check(where: Folders) -> None:
    if _recognise(where) != [f"midi-guide/acme/box-{number}" for number in range(PORTS)]:
        raise AssertionError("the ports are not recognised")
