"""What a person or agent does with a session: look, take back, export; while it is played, by way of its host."""

from dataclasses import dataclass, replace
from pathlib import Path

from bridge.app import local
from bridge.app.sessions import SOURCE_LABEL, restored
from bridge.core.clock import Clock
from bridge.errors import BadSession, BridgeError, DiskError, RefusedOverwrite
from bridge.session import disk, export
from bridge.session.journal import Journal
from bridge.session.session import Session
from bridge.session.stored import Stored, load


@dataclass(frozen=True, slots=True)
class Exported:
    """An export that is on the disk: its session as it was, its name, bytes and hash; `copy` is of what it replaced.

    `fault` says why the session could not note it; the file is whole all the same.
    """

    session: Session
    name: str
    data: bytes
    sha256: str
    copy: Path | None
    source_label: str | None
    fault: BridgeError | None = None


def undo(path: Path, author: str, clock: Clock, run_id: str) -> str:
    """Take back the newest live correction of an author; which it was.

    Raises CannotRevert, BadFile, BadSession, SessionLocked, DiskError.
    """
    answered = local.ask(path, "undo", author=author)
    if answered:
        return str(answered["answer"])
    with Journal.open(path, run_id, clock.wall_ns(), clock.now_ns()) as journal:
        correction = restored(journal.stored).undo(author).correction
        journal.correction(correction)
        journal.wait(journal.commit())
    return f"{correction}: {correction.label}"


def current(path: Path) -> tuple[Stored, BridgeError | None]:
    """A session as it lies on the disk, and why not all that its host has in memory is there, where that is so.

    Raises BadFile, BadSession, SessionLocked, DiskError.
    """
    fault = None
    try:
        local.ask(path, "save")
    except BridgeError as failed:
        fault = failed
    return load(path), fault


def source_beside(path: Path) -> Path:
    """Where the song of a session lies, if it was not moved. Raises BadFile, BadSession, DiskError."""
    name = load(path).source.name
    beside = _beside(path, name)
    if beside is None:
        raise BadSession(f"'{path}' is damaged: its song is called '{name}', as no file is; name the file with -o")
    return beside


def export_song(path: Path, target: Path, clock: Clock, run_id: str, *, force: bool, in_place: bool) -> Exported:
    """Write the song with its corrections to a MIDI file; the session remembers its hash.

    The file is written first: a session on a full or read-only disk is exported to another one all the same.
    Raises RefusedOverwrite, BadFile, BadSession, SessionLocked, DiskError.
    """
    is_played = local.ask(path, "save") is not None
    stored = load(path)
    is_source = _is_the_song(target, stored) or (in_place and _was_the_song(target, stored))
    source = target if is_source else _beside(path, stored.source.name)
    export.refuse(target, source=source, force=force, in_place=in_place)
    if in_place and not force and not _is_known(target, stored):
        raise RefusedOverwrite(
            f"'{target}' has changed since the session read it, and the export would not have the change; "
            "give another name with -o, or --force too to replace it (a copy is kept)"
        )

    def write(stored: Stored) -> Exported:
        session = restored(stored)
        data = export.render(session)
        sha256, copy = export.save(data, target, source=source, force=force, in_place=in_place)
        return Exported(session, target.name, data, sha256, copy, stored.meta.get(SOURCE_LABEL))

    if is_played:
        exported = write(stored)
        try:
            local.ask(path, "exported", name=target.name, sha256=exported.sha256)
        except BridgeError as fault:
            return replace(exported, fault=fault)
        return exported
    try:
        journal = Journal.open(path, run_id, clock.wall_ns(), clock.now_ns())
    except DiskError as fault:
        return replace(write(stored), fault=fault)
    noted: Exported | None = None
    try:
        with journal:
            noted = write(journal.stored)
            journal.export(target.name, noted.sha256, clock.wall_ns())
    except DiskError as fault:
        if noted is None:
            raise
        return replace(noted, fault=fault)
    return noted


def _beside(path: Path, name: str) -> Path | None:
    """The file of that name beside a session; None for what is no name."""
    return path.with_name(name) if name and name == Path(name).name else None


def _is_the_song(target: Path, stored: Stored) -> bool:
    """True for a file with the bytes the session began with, wherever it is, unless the session wrote it itself."""
    real = disk.target(target)
    try:
        is_same = real.exists() and real.stat().st_size == len(stored.source.data)
        return is_same and real.read_bytes() == stored.source.data and not _is_export(target.name, stored)
    except OSError as failed:
        raise disk.cannot_write(target, failed) from failed


def _was_the_song(target: Path, stored: Stored) -> bool:
    """True for a file that the session has replaced in place before, wherever it is."""
    return target.name == stored.source.name and _is_known(target, stored)


def _is_known(target: Path, stored: Stored) -> bool:
    """True for a file with the bytes that the session began with, or of one of its exports."""
    real = disk.target(target)
    try:
        found = disk.sha256(real.read_bytes()) if real.exists() else ""
    except OSError as failed:
        raise disk.cannot_write(target, failed) from failed
    return found in {stored.source.sha256, *(one.sha256 for one in stored.exports)}


def _is_export(name: str, stored: Stored) -> bool:
    return any((one.name, one.sha256) == (name, stored.source.sha256) for one in stored.exports)
