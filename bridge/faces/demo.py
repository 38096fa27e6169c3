"""`midi-bridge demo`: the main job with no hardware, from the AI's file to the corrected one and its report."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import click

from bridge.app import showcase
from bridge.app.corrections import export_song
from bridge.app.demo import PASSES, SOURCE_MID, perform
from bridge.app.host import News
from bridge.core.clock import ManualClock
from bridge.faces.corrections import write_report
from bridge.faces.output import PATH, answer_json, json_option
from bridge.faces.page import page
from bridge.faces.picture import Table
from bridge.faces.talk import answer, complain, say
from bridge.ports.clock import SystemClock
from bridge.session import disk
from bridge.session.report import corrections_json

_OUT_HELP: Final = "Where to leave what comes of it."
_LATENESS: Final = "Lateness of note-ons: last byte received − due time, in milliseconds"
_FAST_RUN: Final = "demo"
_FAST_WALL_NS: Final = 1_767_225_600_000_000_000  # 2026-01-01 UTC: a fast run is the same on every day


@click.command()
@click.option("--fast", is_flag=True, help="In seconds, on a clock of its own.")
@click.option("--out", type=PATH, default=Path("midi-bridge-demo"), show_default=True, metavar="DIR", help=_OUT_HELP)
@json_option
def demo(fast: bool, out: Path, as_json: bool) -> int:
    """Show the whole way with no hardware: an AI's song, simulated instruments, a scripted player.

    Leaves source.mid, corrected.mid, demo.bridge, report.html, corrections.json and summary.json in DIR, and
    replaces only what an earlier demo left there.
    """
    clock = ManualClock(wall_ns=_FAST_WALL_NS) if fast else SystemClock()
    run_id = _FAST_RUN if fast else uuid4().hex
    session = out / showcase.SESSION
    showcase.make_room(out, run_id)
    performance = perform(clock, session, run_id, is_fast=fast, show=_shown(fast))
    exported = export_song(session, out / showcase.CORRECTED_MID, clock, run_id, force=False, in_place=False)
    made = exported.session
    disk.write(made.source.data, out / SOURCE_MID)
    figures = showcase.figures(performance, made, exported.data)
    record = corrections_json(made.source, made.corrections.values(), exported.name, exported.sha256)
    facts, tables = _facts(figures)
    write_report(
        out, page(made, exported.name, exported.data, exported.source_label, facts=facts, tables=tables), record
    )
    disk.write(json.dumps(figures, indent=2).encode() + b"\n", out / showcase.SUMMARY)
    if as_json:
        answer_json(figures)
    else:
        answer("\n".join(_table(figures, exported.source_label or "source")))
    say(f"everything is in '{out}'; open report.html there")
    return complain(exported.fault) if exported.fault else 0


def _shown(fast: bool) -> Callable[[News], None]:
    """Progress for a terminal; nothing in a pipe."""
    if not sys.stderr.isatty():
        return lambda news: None
    minutes = "" if fast else f" of {PASSES}, 16 seconds each"

    def show(news: News) -> None:
        if news.kind != "more":
            say(f"{news.text}{minutes}" if news.kind == "epoch" and news.text.startswith("pass") else f"  {news.text}")

    return show


def _facts(figures: dict[str, Any]) -> tuple[list[tuple[str, str]], list[Table]]:
    """What only the demo knows of its song: what the twins heard."""
    rows = [
        [row["twin"], str(row["notes"]), *(f"{row[name]:.3f}" for name in ("median_ms", "p99_ms", "max_ms"))]
        for row in figures["lateness"]
    ]
    head = ("twin", "notes", "median", "p99", "max")
    return [("keys still down at any twin", str(figures["keys_down"]))], [Table(_LATENESS, head, rows)]


def _table(figures: dict[str, Any], source_label: str) -> list[str]:
    """The demo's last word: the rig, whose notes, which corrections, what stands, what is down, how late."""
    lines = ["the rig, simulated from these profiles"]
    lines += (f"  {name:<12} {profile}" for name, profile in figures["rig"].items())
    lines.append("notes by author")
    for author, counted in figures["notes"].items():
        changed = ", ".join(f"{name} {count}" for name, count in counted.items() if count and name != "notes")
        name = source_label if author == "source" else author
        lines.append(f"  {name:<12} {counted['notes']:>5}" + (f"   {changed}" if changed else "   as written"))
    lines.append("corrections by tool")
    for tool, counted in figures["corrections"].items():
        back = f", {counted['taken_back']} taken back" if counted["taken_back"] else ""
        lines.append(f"  {tool:<12} {counted['live']:>5}{back}")
    events = figures["events"]
    lines.append(f"events of the source that stand unchanged: {events['unchanged']} of {events['source']}")
    lines.append(f"keys still down at any twin: {figures['keys_down']}")
    lines.append("lateness of note-ons       notes  median     p99     max  (ms, last byte − due)")
    lines += (
        f"  {row['twin']:<22} {row['notes']:>7} {row['median_ms']:>7.3f} {row['p99_ms']:>7.3f} {row['max_ms']:>7.3f}"
        for row in figures["lateness"]
    )
    return lines
