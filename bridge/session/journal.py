"""The session file while it is written: what is queued here is on the disk when its ticket is done.

Called by the host, or by a command that changes a session, from one thread; a second thread, which this file
alone starts, commits. It refuses a session that another program writes. A disk that fails loses nothing that is
queued and ends nothing: the fault is shown, and what waits is tried again with every commit; only after a failed
sync nothing more is written to the file, since nobody knows then what of it is on the disk.

SQLite with `journal_mode=TRUNCATE` and `synchronous=FULL`: at real power cuts no acknowledged commit was lost,
while `DELETE` lost the last one and WAL `NORMAL` all. `secure_delete` keeps leftovers of memory out of the file,
so that equal calls make equal bytes.
"""

import os
import sqlite3
import sys
import threading
from collections import deque
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Final, NamedTuple

from bridge.core.arrival import Arrival
from bridge.core.song import Part
from bridge.errors import DiskError, RefusedOverwrite, SessionLocked
from bridge.session import disk
from bridge.session.session import Correction, Source
from bridge.session.stored import (
    APPLICATION,
    FORMAT,
    SCHEMA,
    Stored,
    check_is_session,
    connect,
    edit_row,
    reading_failed,
    stored,
)

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_FAR: Final = 1 << 40  # Windows locks bytes, also such as no file has
_PRAGMAS: Final = ("journal_mode=TRUNCATE", "synchronous=FULL", "secure_delete=ON")
_HOPELESS: Final = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_REASONS: Final = {
    sqlite3.SQLITE_FULL: "the disk is full; free some space",
    sqlite3.SQLITE_BUSY: "another program reads it all the time; close it there",
    sqlite3.SQLITE_READONLY: "it is read-only; make it writable",
    sqlite3.SQLITE_CANTOPEN: "its folder cannot be written; make it writable",
    sqlite3.SQLITE_IOERR: "the disk failed; go on in a session on another disk",
    sqlite3.SQLITE_MISMATCH: "something in it is nothing that a session can hold; go on in a new session",
}
_IS_GONE: Final = "was deleted, moved or replaced while it was open; put it back"
_OTHER_REASON: Final = "the file is damaged; go on in a new session"

_ARRIVAL: Final = "INSERT OR IGNORE INTO arrival VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_CORRECTION: Final = (
    "INSERT INTO correction VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (n) DO UPDATE SET author = excluded.author, "
    "tool = excluded.tool, label = excluded.label, bar = excluded.bar, live = excluded.live"
)
_NO_EDITS: Final = "DELETE FROM edit WHERE correction = ?"
_EDIT: Final = "INSERT INTO edit VALUES (?, ?, ?, ?, ?, ?)"
_EXPORT: Final = "INSERT INTO export (name, sha256, wall_ns) VALUES (?, ?, ?)"
_ROUTE: Final = "INSERT OR REPLACE INTO routing VALUES (?, ?, ?, ?)"
_META: Final = "INSERT OR REPLACE INTO meta VALUES (?, ?)"
_RUN: Final = "INSERT INTO run (id, wall_ns, start_ns) VALUES (?, ?, ?)"
_NO_RUN: Final = "DELETE FROM run WHERE number = ? AND number NOT IN (SELECT run FROM arrival)"
_SOURCE: Final = "INSERT INTO source VALUES (?, ?, ?)"


class Statement(NamedTuple):
    """One statement and its values."""

    sql: str
    values: tuple[object, ...] = ()


class Journal:
    """A session file open for writing. Made by `create` or `open`; `with` closes it, or abandons it at an error.

    `stored` is what the file held when it was opened; `run` is the number of this opening, from 1.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: int) -> None:
        self.path = path
        self.stored: Stored = stored(connection, path)
        self.run: int = self.stored.runs[-1].number
        self._connection = connection
        self._lock = lock
        self._pending: list[Statement] = []
        self._told: list[Statement] = []  # of this run, but messages and corrections
        self._batches: deque[list[Statement]] = deque()
        self._changed = threading.Condition()
        self._tickets = self._done = self._failures = 0
        self._fault: DiskError | None = None
        self._orphan = b""
        self._is_wanted = self._is_hopeless = self._is_closing = self._has_ended = False
        self._thread = threading.Thread(target=self._write_behind, name="session journal", daemon=True)
        self._thread.start()

    @classmethod
    def create(cls, path: Path, source: Source, run_id: str, wall_ns: int, start_ns: int) -> "Journal":
        """A new session for that source, on the disk when this returns; an empty file may be there.

        Raises RefusedOverwrite, SessionLocked, BadFile, DiskError.
        """
        tables = [Statement(sql) for sql in SCHEMA.strip().split(";\n")]
        marks = [Statement(f"PRAGMA application_id={APPLICATION}"), Statement(f"PRAGMA user_version={FORMAT}")]
        rows = [Statement(_SOURCE, (source.name, source.sha256, source.data))]
        rows.append(Statement(_RUN, (run_id, wall_ns, start_ns)))
        with ExitStack() as undo:
            is_new = not os.path.lexists(path)
            lock = _locked(path, undo, os.O_CREAT)
            if os.fstat(lock).st_size:
                raise RefusedOverwrite(f"'{path}' exists; open it, or give another name for the new session")
            if is_new:
                undo.callback(path.unlink)
                undo.callback(Path(f"{path}-journal").unlink, missing_ok=True)
            return cls._begun(path, lock, [*marks, *tables, *rows], undo)

    @classmethod
    def open(cls, path: Path, run_id: str, wall_ns: int, start_ns: int) -> "Journal":
        """Go on with a session in a new run.

        Raises BadFile, BadSession, SessionLocked, DiskError.
        """
        check_is_session(path)
        with ExitStack() as undo:
            lock = _locked(path, undo, 0)
            try:
                with closing(connect(path)) as connection:
                    stored(connection, path)
            except sqlite3.Error as failed:
                raise reading_failed(path, failed) from failed
            return cls._begun(path, lock, [Statement(_RUN, (run_id, wall_ns, start_ns))], undo)

    @classmethod
    def _begun(cls, path: Path, lock: int, first: list[Statement], undo: ExitStack) -> "Journal":
        """The journal with its first transaction on the disk; only then `undo` lets go of the file."""
        try:
            connection = connect(path)
            undo.callback(connection.close)
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            _commit(connection, first)
        except sqlite3.Error as failed:
            if _code(failed) not in _HOPELESS:
                _tidy(connection)
            raise _fault(path, failed) from failed
        journal = cls(path, connection, lock)
        undo.pop_all()
        return journal

    @property
    def done(self) -> int:
        """The newest ticket whose changes are on the disk, with all before it."""
        return self._done

    @property
    def fault(self) -> DiskError | None:
        """Why nothing is saved just now; None while all is well."""
        return self._fault

    @property
    def unsaved(self) -> int:
        """How many commits wait for the disk."""
        return len(self._batches)

    def arrival(self, arrival: Arrival, run: int | None = None) -> None:
        """Queue what came from a controller in this run, or in an earlier one; what is there already stays."""
        row = (arrival.seq, arrival.port, arrival.at_ns, arrival.epoch, arrival.turn, arrival.tick, arrival.message)
        self._pending.append(Statement(_ARRIVAL, (run or self.run, *row)))

    def correction(self, correction: Correction) -> None:
        """Queue a correction, new or as it is now."""
        one = correction
        self._pending.append(Statement(_CORRECTION, (one.n, one.author, one.tool, one.label, one.bar, int(one.live))))
        self._pending.append(Statement(_NO_EDITS, (one.n,)))
        self._pending += (Statement(_EDIT, (one.n, place, *edit_row(edit))) for place, edit in enumerate(one.edits))

    def export(self, name: str, sha256: str, wall_ns: int) -> None:
        """Queue that the song was written to a file of that name, without its folder."""
        self._tell(Statement(_EXPORT, (name, sha256, wall_ns)))

    def route(self, part: Part, port: str, channel: int) -> None:
        """Queue where a part is played; the channel counts from 0."""
        self._tell(Statement(_ROUTE, (*part, port, channel)))

    def put(self, key: str, value: str) -> None:
        """Queue one more thing to know about the session."""
        self._tell(Statement(_META, (key, value)))

    def _tell(self, statement: Statement) -> None:
        self._pending.append(statement)
        self._told.append(statement)

    def commit(self) -> int:
        """Hand all that is queued to the writer as one transaction; returns its ticket, and waits for nothing."""
        with self._changed:
            if self._pending:
                self._batches.append(self._pending)
                self._pending = []
                self._tickets += 1
            self._ask()
            return self._tickets

    def wait(self, ticket: int) -> None:
        """Return when that ticket is done; raise DiskError when the disk fails, after one more try."""
        with self._changed:
            failures, wanted = self._failures, min(ticket, self._tickets)
            self._ask()
            self._changed.wait_for(
                lambda: self._done >= wanted or self._failures > failures or self._is_hopeless or self._has_ended
            )
            if self._done < wanted:
                raise DiskError(str(self._fault or f"'{self.path}' is closed"))

    def close(self) -> None:
        """Save what is queued and let go of the file; raise DiskError where something stays unsaved."""
        self.commit()
        with self._changed:
            is_first = not self._is_closing
            self._is_closing = True
            self._changed.notify_all()
        self._thread.join()
        if is_first:
            self._keep_orphan()
            self._let_go()
        if self._batches or self._orphan:
            raise DiskError(str(self._fault or f"'{self.path}' is closed"))

    def abandon(self) -> None:
        """Let go of the file with nothing done: what is queued goes, and the run, unless messages lie in it."""
        self._pending = [Statement(_NO_RUN, (self.run,))]
        with suppress(DiskError):  # an empty run harms nobody
            self.close()

    def rescue(self, path: Path) -> None:
        """After a close that failed: the whole session with what is unsaved, in a new file.

        Raises RefusedOverwrite, DiskError, BadFile.
        """
        if os.path.lexists(path):
            raise RefusedOverwrite(f"'{path}' exists; give another name")
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))  # others may look in there
            with ExitStack() as undo:
                undo.callback(path.unlink)
                path.write_bytes(self._orphan)
                with closing(connect(path)) as new:
                    if not self._orphan:
                        with closing(connect(self.path)) as old:
                            old.backup(new)
                    _commit(new, [statement for batch in self._batches for statement in batch])
                undo.pop_all()
        except OSError as failed:
            raise disk.cannot_write(path, failed) from failed
        except sqlite3.Error as failed:
            raise _fault(path, failed) from failed

    def take_over(self, other: "Journal") -> None:
        """Queue here what another was told in its run, and the arrivals that it could not save, as this run's."""
        self._pending += other._told
        for statement in (one for batch in other._batches for one in batch if one.sql == _ARRIVAL):
            self._pending.append(Statement(_ARRIVAL, (self.run, *statement.values[1:])))

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if error:
            self.abandon()
        else:
            self.close()

    def _ask(self) -> None:
        self._is_wanted = not self._is_hopeless
        self._changed.notify_all()

    def _keep_orphan(self) -> None:
        """A file that was deleted or replaced under our hands has no name, and goes when we let go: take it along."""
        try:
            if os.path.samestat(os.stat(self.path), os.fstat(self._lock)):
                return
        except FileNotFoundError:
            pass
        except OSError:
            return
        with suppress(OSError), open(self._lock, "rb", closefd=False) as file:
            file.seek(0)
            self._orphan = file.read()
            self._fault = DiskError(f"'{self.path}' {_IS_GONE}")

    def _let_go(self) -> None:
        with ExitStack() as last:
            last.callback(os.close, self._lock)
            last.callback(self._connection.close)
            if not (self._is_hopeless or self._orphan):
                _tidy(self._connection)

    def _write_behind(self) -> None:
        """The writer thread: one transaction after the other, until closed and either done or failed."""
        try:
            while batch := self._next_batch():
                self._attempt(batch)
        finally:
            with self._changed:
                self._has_ended = True
                self._changed.notify_all()

    def _next_batch(self) -> list[Statement] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_closing or (self._batches and self._is_wanted))
            return self._batches[0] if self._batches and self._is_wanted else None

    def _attempt(self, batch: list[Statement]) -> None:
        fault, is_hopeless = None, False
        try:
            _commit(self._connection, batch)
        except sqlite3.Error as failed:
            fault, is_hopeless = _fault(self.path, failed), _code(failed) in _HOPELESS
        with self._changed:
            self._fault = fault
            if fault:
                self._failures += 1
                self._is_hopeless, self._is_wanted = is_hopeless, False
            else:
                self._batches.popleft()
                self._done += 1
            self._changed.notify_all()


def _commit(connection: sqlite3.Connection, statements: list[Statement]) -> None:
    """All of it or nothing. Raises sqlite3.Error, also for what SQLite cannot hold."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement.sql, tuple(map(_storable, statement.values)))
        connection.execute("COMMIT")
    except (ValueError, OverflowError) as failed:
        fault = sqlite3.DataError(str(failed))
        fault.sqlite_errorcode = sqlite3.SQLITE_MISMATCH
        raise fault from failed
    finally:
        if connection.in_transaction:
            connection.rollback()


def _storable(value: object) -> object:
    """Text as it can be stored: what of a name or a typed word is no character is written as its escape."""
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


def _tidy(connection: sqlite3.Connection) -> None:
    """Leave no empty file beside the session, where that can be had; the last commit is synced already."""
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA journal_mode=DELETE")


def _locked(path: Path, undo: ExitStack, flags: int) -> int:
    """A descriptor of the file that keeps other writers out until it is closed; SQLite's own locks let readers in."""
    real = disk.target(path)
    try:
        with suppress(FileNotFoundError):
            os.lstat(f"{real}-journal")  # SQLite's own file must find room for its name, too
        handle = os.open(path, os.O_RDWR | flags, 0o666)
    except OSError as failed:
        raise disk.cannot_write(path, failed) from failed
    undo.callback(os.close, handle)
    try:
        if sys.platform == "win32":
            os.lseek(handle, _FAR, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as failed:
        raise SessionLocked(f"'{path}' is open in another program; close it there first") from failed
    return handle


def check_is_free(path: Path) -> None:
    """Raise SessionLocked where another program has the session open; BadFile, DiskError where it cannot be written."""
    with ExitStack() as undo:
        _locked(path, undo, 0)


def _code(failed: sqlite3.Error) -> int:
    return int(getattr(failed, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


def _fault(path: Path, failed: sqlite3.Error) -> DiskError:
    if getattr(failed, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY_DBMOVED:
        return DiskError(f"'{path}' {_IS_GONE}")
    return DiskError(f"'{path}' cannot be saved: {_REASONS.get(_code(failed), _OTHER_REASON)}")
