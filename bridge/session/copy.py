"""A copy of a session as it stands at one moment, also while another program writes it.

Called by the command `session copy`: a copy by hand of a file that is being written is a damaged one. It refuses a
target that exists unless it may be replaced, and always the session itself or one that another program has open.
Made by SQLite's backup under another name, checked, and only then put in place.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from itertools import count
from pathlib import Path
from typing import Final

from bridge.errors import BridgeError, DiskError, RefusedOverwrite
from bridge.session import disk
from bridge.session.journal import check_is_free
from bridge.session.stored import Stored, check_is_session, connect, load, reading_failed, stored

_PAGES: Final = 2_560  # 10 MiB at a time: so long the writer waits
_PATIENCE: Final = 8  # a commit in between makes the backup begin anew; so often, then all at once, the writer waiting
_TARGETS: Final = {
    sqlite3.SQLITE_FULL: "the disk is full; free some space and try again",
    sqlite3.SQLITE_READONLY: "the disk is read-only; choose another folder",
    sqlite3.SQLITE_IOERR: "one of the two disks failed; copy to another one",
}


class _Restarted(Exception):
    """The session was written too often to be copied piece by piece."""


def copy_session(
    session: Path, target: Path, *, force: bool, progress: Callable[[int, int], None] = lambda done, all: None
) -> Stored:
    """Copy a session and return what is in the copy, which is on the disk then.

    `progress` gets bytes done and bytes in all. Raises BadFile, BadSession, SessionLocked, RefusedOverwrite, DiskError.
    """
    check_is_session(session)
    real = disk.target(target)
    _refuse(session, target, real, force=force)
    try:
        with ExitStack() as undo:
            part = _new_part(real, undo)
            copied = _fill(part, session, target, progress)
            shutil.copymode(session, part)
            Path(f"{real}-journal").unlink(missing_ok=True)  # SQLite would play it into the copy
            disk.put_in_place(part, real)
            undo.pop_all()
        return copied
    except OSError as failed:
        raise disk.cannot_write(target, failed) from failed


def _refuse(session: Path, target: Path, real: Path, *, force: bool) -> None:
    if os.path.exists(real) and os.path.samefile(real, session):
        raise RefusedOverwrite(f"'{target}' is the session itself; give another name for the copy")
    if os.path.exists(real):
        if not force:
            raise RefusedOverwrite(f"'{target}' exists; give --force to replace it, or another name")
        check_is_free(real)
    elif os.path.lexists(f"{real}-journal") and not force:
        raise RefusedOverwrite(f"'{target}-journal' is left from another session; give another name for the copy")


def _new_part(real: Path, undo: ExitStack) -> Path:
    """An empty file beside the target that nobody else may read, taken away again by `undo`. Raises OSError."""
    for part in (real.with_name(f".midi-bridge-{n}.part") for n in count(1)):
        with suppress(FileExistsError):
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            undo.callback(part.unlink, missing_ok=True)
            undo.callback(Path(f"{part}-journal").unlink, missing_ok=True)
            return part
    raise AssertionError("names never end")


def _fill(part: Path, session: Path, target: Path, progress: Callable[[int, int], None]) -> Stored:
    try:
        with closing(connect(session)) as old, closing(connect(part)) as new:
            stored(old, session)  # says what is wrong with it before anything is copied
            try:
                _back_up(old, new, progress)
            except sqlite3.Error as failed:
                raise _cannot_copy(target, session, failed) from failed
    except sqlite3.Error as failed:
        raise reading_failed(session, failed) from failed
    return load(part)


def _cannot_copy(target: Path, session: Path, failed: sqlite3.Error) -> BridgeError:
    code = getattr(failed, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _TARGETS:
        return DiskError(f"'{target}' cannot be written: {_TARGETS[code]}")
    return reading_failed(session, failed)


def _back_up(old: sqlite3.Connection, new: sqlite3.Connection, progress: Callable[[int, int], None]) -> None:
    """All of it, in steps so that the writer gets its turns; it begins anew by itself when something was written."""
    page = old.execute("PRAGMA page_size").fetchone()[0]
    restarts, least = 0, 1 << 62

    def step(status: int, remaining: int, total: int) -> None:
        nonlocal restarts, least
        restarts += remaining >= least
        least = remaining
        if restarts > _PATIENCE:
            raise _Restarted
        progress((total - remaining) * page, total * page)

    try:
        old.backup(new, pages=_PAGES, progress=step)
    except _Restarted:
        old.backup(new)
