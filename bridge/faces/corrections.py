"""`midi-bridge log`, `undo` and `export`: a session's corrections looked at, taken back, written out."""

import json
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import click

from bridge.app.corrections import current, export_song, source_beside
from bridge.app.corrections import undo as take_back
from bridge.app.sessions import restored
from bridge.errors import RefusedOverwrite
from bridge.faces.output import PATH, answer_json, json_option
from bridge.faces.page import page
from bridge.faces.session import meant_by
from bridge.faces.talk import answer, complain, printable, say
from bridge.faces.words import count_of
from bridge.ports.clock import SystemClock
from bridge.session import disk
from bridge.session.export import refuse
from bridge.session.report import corrections_json, corrections_list
from bridge.session.session import PLAYER, Correction

REPORT_FILES: Final = ("report.html", "corrections.json")
_session = click.argument("session", type=PATH, metavar="SESSION", callback=meant_by)


@click.command()
@_session
@json_option
def log(session: Path, as_json: bool) -> int:
    """List every correction of a session, by whom and where, also those that were taken back.

    Where its host cannot save what it has, or stands still, the list is that of the file; then a line says so.
    """
    stored, fault = current(session)
    corrections = list(restored(stored).corrections.values())
    if as_json:
        answer_json(corrections_list(corrections))
    elif not corrections:
        say(f"nothing was corrected yet in '{session}'")
    else:
        answer("\n".join(map(_line, corrections)))
    return complain(fault) if fault else 0


@click.command()
@_session
@click.option("--author", default=PLAYER, show_default=True, metavar="NAME", help="Whose correction to take back.")
def undo(session: Path, author: str) -> int:
    """Take back the newest correction that still stands, of one author."""
    answer(printable(f"taken back: {take_back(session, author, SystemClock(), uuid4().hex)}"))
    return 0


@click.command()
@_session
@click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="OUT.mid",
    help="The MIDI file to write; may be left out with --in-place.",
)
@click.option(
    "--report",
    type=PATH,
    metavar="DIR",
    help="Write report.html and corrections.json there.",
)
@click.option("--force", is_flag=True, help="Replace OUT.mid, and the report, if they exist.")
@click.option(
    "--in-place", is_flag=True, help="Replace the source itself; a copy of it is kept. With --force also if it changed."
)
def export(session: Path, output: Path | None, report: Path | None, force: bool, in_place: bool) -> int:
    """Write the song with its corrections: untouched events keep their bytes."""
    if output is None and not in_place:
        way_out = "name the file to write with -o, or give --in-place to replace the source"
        raise click.UsageError(way_out, click.get_current_context())
    target = output or source_beside(session)
    if report:
        _refuse_report(report, target, force=force)
    exported = export_song(session, target, SystemClock(), uuid4().hex, force=force, in_place=in_place)
    live = sum(one.live for one in exported.session.corrections.values())
    kept = f"; the file it replaced is kept as '{exported.copy}'" if exported.copy else ""
    answer(printable(f"{target}: {count_of(live, 'correction')}, sha256 {exported.sha256}{kept}"))
    if report:
        made = exported.session
        record = corrections_json(made.source, made.corrections.values(), exported.name, exported.sha256)
        html = page(made, exported.name, exported.data, exported.source_label)
        write_report(report, html, record)
        say(f"report written to '{report}'")
    return complain(exported.fault) if exported.fault else 0


def _refuse_report(folder: Path, output: Path, *, force: bool) -> None:
    """Raise before anything is written: BadFile for what can be no folder, RefusedOverwrite for what is there."""
    _made(folder)
    for name in REPORT_FILES:
        refuse(folder / name, force=force)
        if disk.target(folder / name) == disk.target(output):
            raise RefusedOverwrite(f"'{output}' is a name of the report's; give another name for the MIDI file")


def write_report(folder: Path, html: str, record: dict[str, Any]) -> None:
    """Put report.html and corrections.json into a folder, made if it is not there. Raises BadFile, DiskError."""
    _made(folder)
    texts = (html, json.dumps(record, indent=2) + "\n")
    for name, text in zip(REPORT_FILES, texts, strict=True):
        disk.write(text.encode(errors="backslashreplace"), folder / name)  # a name in it may be no text


def _made(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failed:
        raise disk.cannot_write(folder, failed) from failed


def _line(one: Correction) -> str:
    bar = "" if one.bar is None else f"bar {one.bar}"
    state = "" if one.live else "  (taken back)"
    return printable(f"{one.n:>4}  {bar:<8} {one.tool:<10} {one.author:<10} {one.label}{state}")
