"""`midi-bridge route`: which part of a session goes to which instrument, looked at and changed, also while it plays."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import click

from bridge.app.reroute import reroute
from bridge.faces.output import PATH, answer_json, json_option
from bridge.faces.session import meant_by
from bridge.faces.talk import answer, printable
from bridge.ports.clock import SystemClock


@click.command()
@click.argument("session", type=PATH, metavar="SESSION", callback=meant_by)
@click.argument("changes", nargs=-1, metavar="[PART=INSTRUMENT[:CHANNEL]...]")
@click.option("--rig", metavar="NAME|PATH", help="Which rig it will be played on; while it plays it is that one.")
@json_option
def route(session: Path, changes: tuple[str, ...], rig: str | None, as_json: bool) -> int:
    """Say which part of a session goes to which instrument, and send parts elsewhere.

    A PART is its number from 1, or a part of its name; an INSTRUMENT a part of its name. Without a CHANNEL (1 to 16)
    one is taken that fits. What you choose is remembered in the session; what you do not is proposed anew for another
    rig. While it plays, it is heard at once.
    """
    rows = reroute(session, changes, rig, SystemClock(), uuid4().hex)
    if as_json:
        answer_json(rows)
    else:
        for line in _table(rows):
            answer(line)
    return 0


def _table(rows: Sequence[dict[str, Any]]) -> list[str]:
    cells = [
        (
            f"{row['part']:>3}",
            printable(row["name"]),
            printable(row["instrument"]),
            f"channel {row['channel']}",
            "" if row["chosen"] else "(proposed)",
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(f"{text:<{width}}" for text, width in zip(row, widths)).rstrip() for row in cells]
