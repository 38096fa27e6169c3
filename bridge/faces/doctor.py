"""`midi-bridge doctor`: what is right and wrong with this computer and these files, and what mends it."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from bridge.app.doctor import Beside, Examined, Verdict, examine
from bridge.app.sessions import restored
from bridge.app.world import look
from bridge.core.song import Song
from bridge.errors import BridgeError
from bridge.faces import files
from bridge.faces.output import PATH, answer_json, json_option
from bridge.faces.talk import answer, printable
from bridge.ports.listing import listing
from bridge.session import disk
from bridge.session.journal import check_is_free
from bridge.session.stored import Stored, load

_WIDTH: Final = 9


@click.command()
@click.argument("paths", nargs=-1, type=PATH, metavar="[FILE|SESSION...]")
@json_option
def doctor(paths: tuple[Path, ...], as_json: bool) -> int:
    """Check this computer, and the files that are named: OK, warning or error, each with what mends it.

    Needs no rights and no network, and changes nothing. The exit code is 1 if there is an error.
    """
    examined = [_examined(path) for path in paths]
    folders = dict.fromkeys(path.parent for path, one in zip(paths, examined) if one.is_session) or [Path()]
    verdicts = examine(look(listing(), examined, folders))
    if as_json:
        answer_json([asdict(one) for one in verdicts])
    else:
        for one in verdicts:
            answer("\n".join(_lines(one)))
    return int(any(one.level == "error" for one in verdicts))


def _lines(one: Verdict) -> Iterator[str]:
    yield f"{one.level:<7}  {one.check:<{_WIDTH}}  {printable(one.found)}"
    for line in one.mend:
        yield f"{'':<7}  {'':<{_WIDTH}}  → {printable(line)}"


def _examined(path: Path) -> Examined:
    is_session = False
    try:
        files.check_kind(path)  # before anything is opened: a pipe would be waited for
        is_session = disk.is_database(path)
        if not is_session:
            Song(files.read_midi(path)[1])
            return Examined(str(path))
        stored = load(path)
        restored(stored)
    except BridgeError as fault:
        return Examined(str(path), str(fault), is_session)
    return Examined(str(path), None, True, _lock(path), _song_beside(path, stored))


def _lock(path: Path) -> str | None:
    try:
        check_is_free(path)
    except BridgeError as fault:
        return str(fault)
    return None


def _song_beside(path: Path, stored: Stored) -> Beside:
    try:
        found = files.digest(path.with_name(Path(stored.source.name).name))
    except (BridgeError, ValueError):  # ValueError: a damaged session may hold an empty name
        return "missing"
    known = {stored.source.sha256, *(export.sha256 for export in stored.exports)}
    return "same" if found in known else "changed"
