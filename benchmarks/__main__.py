"""`python -m benchmarks [NAME...] [--json]`: every figure beside its goal; exit 1 if one is missed.

A bench is a module with `rows()`, which gives `Row`s; it is named in BENCHES and nowhere else. Peers are
measured in the same run, so that a slow machine slows both.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict

from benchmarks import din, fix, gesture, hostile, load_save, ports, recognise, startup
from benchmarks.row import Row

BENCHES: dict[str, tuple[str, Callable[[], Iterator[Row]]]] = {
    "load-save": ("a 100,000-note file, loaded and saved", load_save.rows),
    "hostile": ("files made to cost much", hostile.rows),
    "gesture": ("from a gesture to the patch that follows, without the commit", gesture.rows),
    "recognise": ("what is plugged in, told from the index of all profiles", recognise.rows),
    "startup": ("the start of the command", startup.rows),
    "din": ("notes behind floods of controllers on a 31,250 baud wire", din.rows),
    "ports": ("sixteen ports with a thousand messages a second each", ports.rows),
    "fix": ("2,000 simulated presses on the corpus", fix.rows),
}
"""Name → (what it measures, its rows)."""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").split(":", 1)[1])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which to run: {', '.join(BENCHES)} (all)")
    parser.add_argument("--json", action="store_true", help="print one JSON list and no table")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHES]
    if unknown:
        parser.error(f"there is no bench '{unknown[0]}'; there are {', '.join(BENCHES)}")
    return options


def main() -> int:
    """Run the benches asked for; the exit code is 1 where a goal is missed."""
    options = _options()
    found: list[dict[str, object]] = []
    for name in options.names or BENCHES:
        title, rows = BENCHES[name]
        if not options.json:
            print(f"{name}: {title}", flush=True)
        for row in rows():
            found.append({"bench": name, **asdict(row), "is_met": row.is_met})
            if not options.json:
                print(row, flush=True)
    if options.json:
        print(json.dumps(found, indent=2))
    return 1 if any(row["is_met"] is False for row in found) else 0


if __name__ == "__main__":
    sys.exit(main())
