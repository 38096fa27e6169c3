"""Opening a session: the one beside a song, made or continued; or one that a command was given.

Used by every face. Reads no clock but the one it is given; says what a person should know as warnings.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.core.clock import Clock
from bridge.core.smf import read
from bridge.core.song import Song
from bridge.engine import unsaved
from bridge.errors import BadFile, BadOption, BadSession, BridgeError, CallerError, DiskError, NotMidi
from bridge.session import disk
from bridge.session.journal import Journal
from bridge.session.session import Session, Source
from bridge.session.stored import NAME_ONE, Stored

SUFFIX: Final = ".bridge"
SOURCE_LABEL: Final = "source_label"  # meta: what the source's author is called
_SONG: Final = b"MThd"
TRACK: Final = "track"  # meta: the one track of a format 2 file that is played


@dataclass(frozen=True, slots=True)
class Opened:
    """A session with its journal, and what to tell the person who opened it."""

    session: Session
    journal: Journal
    warnings: tuple[str, ...] = ()
    is_new: bool = False

    def abandon(self) -> None:
        """Close it with nothing done; one that was only just made is taken away again."""
        self.journal.abandon()
        if self.is_new:
            self.journal.path.unlink(missing_ok=True)


def path_beside(song: Path) -> Path:
    """Where a song's session lies unless a person says otherwise."""
    return song.with_suffix(SUFFIX)


def meant(path: Path) -> Path:
    """The session that a person means by its own name, or by its song's. Raises BadFile for a song that has none."""
    if not os.path.isfile(path) or disk.is_database(path):
        return path
    beside = path_beside(path)
    if os.path.exists(beside):
        return beside
    if disk.begins_with(path, _SONG):
        raise BadFile(f"'{path}' is a song, and no session of it lies beside it; midi-bridge play makes one")
    return path


def song_of(source: Source, track: int | None) -> Song:
    """The song of a source; `track` counts from 1 and is for format 2 files, whose tracks are songs of their own.

    Raises NotMidi with the file's name, BadOption.
    """
    try:
        smf = read(source.data)
    except NotMidi as error:
        raise NotMidi(f"'{source.name}' is {error}") from None
    only = track - 1 if track is not None else 0
    if not 0 <= only < max(1, len(smf.tracks)):
        raise BadOption(f"there is no track {only + 1}; '{source.name}' has {len(smf.tracks)}")
    if smf.format != 2 and track is not None:
        raise BadOption(f"--track is for files of format 2; all tracks of '{source.name}' play together")
    return Song(smf, only)


def stored_song(stored: Stored) -> Song:
    """The song of a session, without its corrections. Raises BadSession."""
    track = stored.meta.get(TRACK)
    try:
        return song_of(stored.source, None if track is None else int(track))
    except (CallerError, ValueError) as failed:
        raise BadSession(f"the session is damaged: its song is not what it was ({failed})") from failed


def restored(stored: Stored) -> Session:
    """A session as it was left. Raises BadSession."""
    return Session.restore(stored.source, stored_song(stored), stored.corrections)


def open_for_song(
    source: Source, path: Path, clock: Clock, run_id: str, track: int | None = None, label: str | None = None
) -> Opened:
    """The session at `path` for that source, made if it is not there.

    Raises NotMidi, BadOption, BadFile, BadSession, SessionLocked, DiskError.
    """
    times = (clock.wall_ns(), clock.now_ns())
    if _holds_something(path):
        opened = _continued(source, _reopened(path, run_id, *times), track)
    else:
        song = song_of(source, track)
        opened = Opened(Session(source, song), Journal.create(path, source, run_id, *times), is_new=True)
        if track is not None:
            opened.journal.put(TRACK, str(track))
    if label:
        opened.journal.put(SOURCE_LABEL, label)
    return opened


def _holds_something(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False
    except OSError as failed:
        raise disk.cannot_write(path, failed) from failed


def _reopened(path: Path, run_id: str, wall_ns: int, start_ns: int) -> Journal:
    """The journal of a session that is there; a file in its place that is none has another way out for `play`."""
    try:
        return Journal.open(path, run_id, wall_ns, start_ns)
    except BadSession as failed:
        what = str(failed).removesuffix(NAME_ONE)
        if what == str(failed):
            raise
        raise BadSession(f"{what}; move it away, or keep the session elsewhere with --session") from failed


def _continued(source: Source, journal: Journal, track: int | None) -> Opened:
    try:
        session = restored(journal.stored)
        _check_track(session, track)
        rescued = take_in(journal)
    except BridgeError:
        journal.abandon()
        raise
    own = {journal.stored.source.sha256, *(export.sha256 for export in journal.stored.exports)}
    warnings: list[str] = []
    if rescued:
        warnings.append(f"{rescued} messages that were played when midi-bridge was killed are in the session now")
    if source.sha256 not in own:
        warnings.append(f"'{source.name}' has changed on disk; the session goes on with its own copy of it")
    return Opened(session, journal, tuple(warnings))


def take_in(journal: Journal) -> int:
    """Bring in what was played when an earlier host was killed, from its rescue files; how many messages.

    Raises DiskError; then the files stay.
    """
    runs = {run.id: run.number for run in journal.stored.runs}
    count = 0
    for path in unsaved.paths_of(journal.path):
        try:
            run, arrivals = unsaved.read(path.read_bytes())
            if run in runs:
                for arrival in arrivals:
                    journal.arrival(arrival, runs[run])
                journal.wait(journal.commit())
                count += len(arrivals)
                with suppress(OSError):  # taken in twice it changes nothing
                    path.unlink()
        except OSError as failed:
            reason = (failed.strerror or str(failed)).lower()
            raise DiskError(f"'{path}' cannot be taken in: {reason}; make it yours, or move it away") from failed
    return count


def _check_track(session: Session, track: int | None) -> None:
    """A session is of one track of a format 2 file for good. Raises BadOption."""
    if track is None:
        return
    if song_of(session.source, track).base.keys() != session.song.base.keys():
        raise BadOption(f"the session is of another track than {track}; keep one for each with --session")
