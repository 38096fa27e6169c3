"""What a person or agent does with a session while nobody plays it: look, take back, export."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.app.sessions import restored
from bridge.core.clock import Clock
from bridge.session import disk, export
from bridge.session.journal import Journal
from bridge.session.session import Correction, Session
from bridge.session.stored import load

PLAYER: Final = "player"


@dataclass(frozen=True, slots=True)
class Exported:
    """An export that is on the disk: its session as it was, its name, bytes and hash.

    `fault` says why the session could not note it; the file is whole all the same.
    """

    session: Session
    name: str
    data: bytes
    sha256: str
    source_label: str | None
    fault: DiskError | None = None


def undo(path: Path, author: str, clock: Clock, run_id: str) -> Correction:
    """Take back the newest live correction of an author.

    Raises CannotRevert, BadFile, BadSession, SessionLocked, DiskError.
    """
    with Journal.open(path, run_id, clock.wall_ns(), clock.now_ns()) as journal:
        correction = restored(journal.stored).undo(author).correction
        journal.correction(correction)
        journal.wait(journal.commit())
    return correction


def export_song(path: Path, target: Path, clock: Clock, run_id: str, *, force: bool, in_place: bool) -> Exported:
    """Write the song with its corrections to a MIDI file; the session remembers its hash.

    The file is written first: a session on a full or read-only disk is exported to another one all the same.
    Raises RefusedOverwrite, BadFile, BadSession, SessionLocked, DiskError.
    """
    stored = load(path)
    source = _source_file(path, target, stored)
    export.refuse(target, source=source, force=force, in_place=in_place)
    fault = None
    with ExitStack() as closing:
        try:
            journal = closing.enter_context(Journal.open(path, run_id, clock.wall_ns(), clock.now_ns()))
            stored = journal.stored
        except DiskError as failed:
            fault = failed
        session = restored(stored)
        data = export.render(session)
        sha256 = export.save(data, target, source=source, force=force, in_place=in_place)
        if fault is None:
            fault = _noted(journal, target.name, sha256, clock)
    return Exported(session, target.name, data, sha256, stored.meta.get(SOURCE_LABEL), fault)


def _source_file(path: Path, target: Path, stored: Stored) -> Path | None:
    """The song's own file: beside its session, or else the target if that has the bytes of the song."""
    if target.is_file() and target.stat().st_size == len(stored.source.data) and not _is_export(target, stored):
        try:
            if target.read_bytes() == stored.source.data:
                return target
        except OSError as failed:
            raise disk.cannot_write(target, failed) from failed
    name = Path(stored.source.name).name
    return path.with_name(name) if name else None
