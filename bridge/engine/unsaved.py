"""The rescue file of a session: what came in and no host has put on the disk, written by an engine whose host died.

Read by the next opening of the session. It lies beside the session, or, where nothing can be written there, in the
system's temporary folder; a rescue file that is there is never written over. The file is a line that says what it is,
a line with the run's id, then frames of `link`, each behind its length (four bytes, little-endian); a cut-off end
loses only what is cut off.
"""

import glob
import hashlib
import os
import stat
import struct
import sys
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path
from typing import Final

from bridge.core.arrival import Arrival
from bridge.engine.link import decode, encode

SUFFIX: Final = ".rescue."
_MAGIC: Final = b"midi-bridge rescue 1\n"
_HEAD: Final = 4


def path_of(session: Path) -> Path:
    """Where a session's next rescue file may lie: one that nobody has read yet stays. Raises OSError."""
    names = (f"{session.name}{SUFFIX}{number}" for number in count())
    return next(path for name in names if not _is_there(path := session.with_name(name)))


def _is_there(path: Path) -> bool:
    """False for what may be made there; a name that is too long raises OSError while there is still time."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True


def paths_of(session: Path) -> list[Path]:
    """The rescue files of a session: those beside it, then those in the temporary folder."""
    found = _beside(session)
    with suppress(FileNotFoundError):  # a system without one, or a file that is just being cleared away
        found += filter(_is_own, _beside(_elsewhere(session)))
    return found


def _beside(session: Path) -> list[Path]:
    return sorted(session.parent.glob(f"{glob.escape(session.name)}{SUFFIX}*"))


def _is_own(path: Path) -> bool:
    """False for what another user has put into the temporary folder, and for what is no file."""
    found = path.lstat()
    return stat.S_ISREG(found.st_mode) and (sys.platform == "win32" or found.st_uid == os.getuid())


def _elsewhere(session: Path) -> Path:
    """What a session's rescue files are named after where its own folder takes none."""
    mark = hashlib.sha256(os.fsencode(os.path.realpath(session))).hexdigest()[:24]
    return Path(tempfile.gettempdir()) / f"midi-bridge-{mark}"


def write(session: Path, run: str, arrivals: Iterable[Arrival]) -> None:
    """Keep what is unsaved of a session; no file where nothing is. Raises OSError where it can be kept nowhere."""
    kept = list(arrivals)
    if kept:
        data = written(run, kept)
        try:
            _put(data, session)
        except OSError:
            _put(data, _elsewhere(session))


def _put(data: bytes, session: Path) -> None:
    """A new file, on the disk or not there."""
    handle = None
    while handle is None:
        path = path_of(session)
        with suppress(FileExistsError):  # another engine was quicker
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with ExitStack() as undo:
        undo.callback(path.unlink)
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        undo.pop_all()


def written(run: str, arrivals: Iterable[Arrival]) -> bytes:
    """The bytes of a rescue file."""
    frames = [encode(arrival) for arrival in arrivals]
    return _MAGIC + run.encode() + b"\n" + b"".join(len(one).to_bytes(_HEAD, "little") + one for one in frames)


def read(data: bytes) -> tuple[str, list[Arrival]]:
    """The run's id and its arrivals, as many as are whole; nothing for what is no rescue file."""
    if not data.startswith(_MAGIC):
        return "", []
    run, _, rest = data[len(_MAGIC) :].partition(b"\n")
    return run.decode(errors="replace"), list(_arrivals(rest))


def _arrivals(rest: bytes) -> Iterable[Arrival]:
    while len(rest) > _HEAD:
        end = _HEAD + int.from_bytes(rest[:_HEAD], "little")
        if end > len(rest):
            return
        try:
            frame = decode(rest[_HEAD:end])
        except (IndexError, ValueError, struct.error):  # damaged from here on
            return
        if isinstance(frame, Arrival):
            yield frame
        rest = rest[end:]
