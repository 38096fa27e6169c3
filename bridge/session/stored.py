"""What a session file holds, read without holding up whoever writes it.

Called by every command that opens a session, and by the journal before it writes on. It refuses files that are
no session, are damaged, or were made by a newer program. One SQLite file:

    meta        what else is known: key, value
    source      the MIDI file the session began with: name, hash, bytes
    run         one opening for writing: the run's id, wall time and monotonic time at its start
    arrival     every message from a controller, with its run
    correction  author, tool, label, bar, and whether it is live
    edit        a correction's edits in their order; states as JSON, channels counted from 0
    export      what was written from it: name, hash, wall time
    routing     which part goes to which port and channel
"""

import json
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bridge.core.edit import Edit, Event, Id, Note
from bridge.core.message import DATA_BYTES, NOTE_OFF, SYSEX
from bridge.core.song import Part
from bridge.errors import BadFile, BadSession, BridgeError, DiskError, SessionLocked
from bridge.session import disk
from bridge.session.session import Correction, Source

APPLICATION: Final = 0x4D427264  # "MBrd"
FORMAT: Final = 1
NAME_ONE: Final = "; name one, or the song it lies beside"
"""What to do about a file that is no session, for who wanted to look at one."""
_FAR: Final = 1 << 40  # ticks: no song is longer, and no file could say it in reasonable time
BUSY_S: Final = 5.0  # how long one program waits for another to finish reading or committing

SCHEMA: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE source (name TEXT NOT NULL, sha256 TEXT NOT NULL, data BLOB NOT NULL) STRICT;
CREATE TABLE run (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, wall_ns INTEGER NOT NULL, start_ns INTEGER NOT NULL
) STRICT;
CREATE TABLE arrival (
    run INTEGER NOT NULL, seq INTEGER NOT NULL, port TEXT NOT NULL, at_ns INTEGER NOT NULL, epoch INTEGER NOT NULL,
    turn INTEGER NOT NULL, tick INTEGER NOT NULL, message BLOB NOT NULL, PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE correction (
    n INTEGER PRIMARY KEY, author TEXT NOT NULL, tool TEXT NOT NULL, label TEXT NOT NULL, bar INTEGER,
    live INTEGER NOT NULL
) STRICT;
CREATE TABLE edit (
    correction INTEGER NOT NULL, place INTEGER NOT NULL, origin INTEGER NOT NULL, number INTEGER NOT NULL,
    before TEXT, after TEXT, PRIMARY KEY (correction, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE export (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, wall_ns INTEGER NOT NULL
) STRICT;
CREATE TABLE routing (
    track INTEGER NOT NULL, channel INTEGER NOT NULL, port TEXT NOT NULL, to_channel INTEGER NOT NULL,
    PRIMARY KEY (track, channel)
) STRICT, WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One opening for writing: monotonic times of its arrivals count from `start_ns`, when it was `wall_ns`."""

    number: int
    id: str
    wall_ns: int
    start_ns: int


@dataclass(frozen=True, slots=True)
class Export:
    """A MIDI file that was written from the session; its name is without a folder."""

    name: str
    sha256: str
    wall_ns: int


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a part is played: a port's name, and a channel counted from 0."""

    port: str
    channel: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A session as it lies on the disk."""

    source: Source
    corrections: tuple[Correction, ...]
    routing: Mapping[Part, Routed]
    exports: tuple[Export, ...]
    runs: tuple[Run, ...]
    arrivals: int
    meta: Mapping[str, str]


def load(path: Path) -> Stored:
    """Read a session, also while another program writes it; nothing is changed but an unfinished commit undone.

    Raises BadFile, BadSession, DiskError, and SessionLocked where the other program leaves no gap.
    """
    check_is_session(path)
    try:
        with closing(connect(path)) as connection:
            connection.execute("PRAGMA query_only=ON")
            return stored(connection, path)
    except sqlite3.Error as failed:
        raise reading_failed(path, failed) from failed


def check_is_session(path: Path) -> None:
    """Raise BadFile where nothing can be read there, BadSession for an empty file; SQLite looks at the rest.

    The file is not opened here: closing it would drop the locks SQLite holds on it for this process.
    """
    try:
        size = disk.target(path).stat().st_size
    except FileNotFoundError as failed:
        raise BadFile(f"'{path}' does not exist; check the name") from failed
    except DiskError as failed:
        raise BadFile(f"'{path}' cannot be read: you are not allowed to; change its permissions") from failed
    if not os.access(path, os.R_OK):
        raise BadFile(f"'{path}' cannot be read: you are not allowed to; change its permissions")
    if not size:
        raise BadSession(f"'{path}' is no midi-bridge session: it is empty{NAME_ONE}")


def connect(path: Path) -> sqlite3.Connection:
    """A connection to a file that exists; nothing is read yet. It may be used by any thread, one at a time."""
    address = f"{Path(os.path.abspath(path)).as_uri()}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)


def stored(connection: sqlite3.Connection, path: Path) -> Stored:
    """Everything but the arrivals, as it stood at one moment. Raises BadSession, sqlite3.Error."""
    connection.execute("BEGIN")
    _check_format(connection, path)
    try:
        found = _read(connection)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as failed:
        raise _damaged(path) from failed
    connection.execute("COMMIT")
    if disk.sha256(found.source.data) != found.source.sha256:
        raise _damaged(path)
    return found


def reading_failed(path: Path, failed: sqlite3.Error) -> BridgeError:
    """The one line for a session that could not be read."""
    code = getattr(failed, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return SessionLocked(f"'{path}' is in use by another program all the time; try again, or close it there")
    if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return DiskError(f"'{path}' cannot be read: {failed}; copy it to another disk with what lies beside it")
    if code == sqlite3.SQLITE_NOTADB:
        return BadSession(f"'{path}' is no midi-bridge session{NAME_ONE}")
    return _damaged(path)


def edit_row(edit: Edit) -> tuple[int, int, str | None, str | None]:
    """An edit as the columns origin, number, before, after."""
    return *edit.id, _text(edit.before), _text(edit.after)


def _text(state: Note | Event | None) -> str | None:
    if state is None:
        return None
    fields = state._asdict()
    if isinstance(state, Event):
        fields["message"] = state.message.hex()
    return json.dumps(fields, separators=(",", ":"))


def _state(text: str | None) -> Note | Event | None:
    """The note or event in a column; ValueError, TypeError or KeyError for what can be none."""
    if text is None:
        return None
    fields: dict[str, Any] = json.loads(text)
    if "message" in fields:
        message = bytes.fromhex(fields["message"])
        if not message or not NOTE_OFF <= message[0] < SYSEX or len(message) != 1 + DATA_BYTES[message[0]]:
            raise ValueError("no channel message")
        _check(max(message[1:]), 127)
        return Event(_check(fields["track"]), _check(fields["tick"], _FAR), message)
    limits = {"channel": 15, "pitch": 127, "velocity": 127, "tick": _FAR, "length": _FAR}
    numbers = {name: _check(fields[name], limits.get(name)) for name in Note._fields if name != "off"}
    return Note(**numbers, off=None if fields["off"] is None else _id(*fields["off"]))


def _id(origin: object, number: object) -> Id:
    if not isinstance(origin, int):
        raise TypeError("no id")
    return Id(origin, _check(number))


def _check(value: object, limit: int | None = None) -> int:
    if not isinstance(value, int) or value < 0 or (limit is not None and value > limit):
        raise ValueError(f"{value!r} is out of range")
    return value


def _check_format(connection: sqlite3.Connection, path: Path) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION:
        raise BadSession(f"'{path}' is no midi-bridge session, but another program's database{NAME_ONE}")
    if version > FORMAT:
        raise BadSession(f"'{path}' was made by a newer midi-bridge; this one reads sessions up to format {FORMAT}")


def _read(connection: sqlite3.Connection) -> Stored:
    rows = connection.execute
    (source,) = (Source(*row) for row in rows("SELECT name, sha256, data FROM source"))
    edits: dict[int, list[Edit]] = {}
    for n, origin, number, before, after in rows(
        "SELECT correction, origin, number, before, after FROM edit ORDER BY correction, place"
    ):
        states = _state(before), _state(after)
        if states == (None, None):
            raise ValueError("an edit of nothing")
        edits.setdefault(n, []).append(Edit(_id(origin, number), *states))
    corrections = rows("SELECT n, author, tool, label, bar, live FROM correction ORDER BY n")
    routing = rows("SELECT track, channel, port, to_channel FROM routing ORDER BY track, channel")
    return Stored(
        source,
        tuple(
            Correction(n, author, tool, label, bar, bool(live), tuple(edits.get(n, ())))
            for n, author, tool, label, bar, live in corrections
        ),
        {Part(track, channel): Routed(port, _check(to, 15)) for track, channel, port, to in routing},
        tuple(Export(*row) for row in rows("SELECT name, sha256, wall_ns FROM export ORDER BY number")),
        tuple(Run(*row) for row in rows("SELECT number, id, wall_ns, start_ns FROM run ORDER BY number")),
        rows("SELECT count(*) FROM arrival").fetchone()[0],
        dict(rows("SELECT key, value FROM meta ORDER BY key")),
    )


def _damaged(path: Path) -> BadSession:
    return BadSession(f"'{path}' is damaged and cannot be read; go back to a copy of it")
