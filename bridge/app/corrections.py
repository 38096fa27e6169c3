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
    """An export that is on the disk: its session as it was, its name, bytes and hash."""

    session: Session
    name: str
    data: bytes
    sha256: str
    source_label: str | None


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

    The file is written first and is whole even if the session can then not be kept. Raises RefusedOverwrite,
    BadFile, BadSession, SessionLocked, DiskError.
    """
    source = path.with_name(load(path).source.name)
    export.refuse(target, source=source, force=force, in_place=in_place)
    with Journal.open(path, run_id, clock.wall_ns(), clock.now_ns()) as journal:
        session = restored(journal.stored)
        data = export.render(session)
        sha256 = export.save(data, target, source=source, force=force, in_place=in_place)
        journal.export(target.name, sha256, clock.wall_ns())
        journal.wait(journal.commit())
        return Exported(session, target.name, data, disk.sha256(data), journal.stored.meta.get("source_label"))
