"""How bytes reach a disk and stay there: whole or not at all, and never over what must be kept.

Called by whatever leaves a file behind (export, report, journal). It refuses targets that are no regular
files; a disk that fails becomes one line with the reason.
"""

import errno
import os
import shutil
import stat
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from hashlib import sha256 as _sha256
from itertools import count
from pathlib import Path
from typing import Final

from bridge.errors import BadFile, BridgeError, DiskError

DATABASE: Final = b"SQLite format 3\0"
_KINDS: Final = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_REASONS: Final = {
    errno.ENOSPC: "the disk is full; free some space and try again",
    errno.EDQUOT: "your share of the disk is full; free some space and try again",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.EACCES: "writing is not allowed there; choose another folder",
    errno.EPERM: "writing is not allowed there; choose another folder",
    errno.EFBIG: "the file would be larger than is allowed here; choose another disk",
}
_CALLERS: Final = {
    errno.ENOENT: "its folder does not exist",
    errno.ENOTDIR: "part of its path is no folder",
    errno.ENAMETOOLONG: "its name is too long",
    errno.ELOOP: "its links lead in a circle",
    errno.EISDIR: "it is a folder, no file",
    errno.EEXIST: "it is a file, no folder",
}


def sha256(data: bytes) -> str:
    """The SHA-256 of bytes, in hex digits."""
    return _sha256(data).hexdigest()


def cannot_write(path: Path, failed: OSError) -> BridgeError:
    """The one line for a write that failed: BadFile where the path is wrong, DiskError where the disk is."""
    if failed.errno in _CALLERS:
        return BadFile(f"'{path}': {_CALLERS[failed.errno]}")
    reason = _REASONS.get(failed.errno or 0, f"{failed.strerror or failed}; choose another disk")
    return DiskError(f"'{path}' cannot be written: {reason}")


def target(path: Path) -> Path:
    """The real path behind any links; it may not exist yet. Raises BadFile for what is no regular file."""
    real = Path(os.path.realpath(path))
    try:
        mode = real.stat().st_mode
    except FileNotFoundError:
        return real
    except OSError as failed:
        raise cannot_write(path, failed) from failed
    if not stat.S_ISREG(mode):
        kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "something else")
        raise BadFile(f"'{path}' is {kind}, no file; give another name")
    return real


def is_database(path: Path) -> bool:
    """True for a file that begins as a session does, whether it is whole or not."""
    return begins_with(path, DATABASE)


def begins_with(path: Path, head: bytes) -> bool:
    """True for a file that can be read and begins so."""
    try:
        with path.open("rb") as file:
            return file.read(len(head)) == head
    except OSError:
        return False


def write(data: bytes, path: Path) -> None:
    """Put bytes in place of whatever file is there, by a temporary name in the same folder and a rename.

    When it returns they are on the disk; when it raises (BadFile, DiskError) a whole file stands there: the old one,
    unless only the last sync failed.
    """
    real = target(path)
    try:
        with ExitStack() as undo:
            part = _new_file(data, real, (f".midi-bridge-{n}.part" for n in count(1)))
            undo.callback(part.unlink, missing_ok=True)
            put_in_place(part, real)
            undo.pop_all()
    except OSError as failed:
        raise cannot_write(path, failed) from failed


def put_in_place(part: Path, real: Path) -> None:
    """Rename a whole file over whatever is there in the same folder; on the disk when it returns. Raises OSError."""
    part.replace(real)
    _sync_folder(real.parent)


def keep_copy(path: Path) -> Path:
    """Copy a file to `NAME.bak` beside it, or to `NAME.bak.2` and so on: no copy is ever overwritten."""
    real = target(path)
    names = (f"{real.name}.bak" if n == 1 else f"{real.name}.bak.{n}" for n in count(1))
    try:
        copy = _new_file(real.read_bytes(), real, names)
        _sync_folder(real.parent)
    except OSError as failed:
        raise cannot_write(path.with_name(f"{path.name}.bak"), failed) from failed
    return copy


def _new_file(data: bytes, beside: Path, names: Iterable[str]) -> Path:
    """A new file with the first free name, and the permissions of `beside` where that exists; whole or not there."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    for path in (beside.with_name(name) for name in names):
        try:
            handle = os.open(path, flags, 0o666)
        except FileExistsError:
            continue
        with ExitStack() as undo:
            undo.callback(path.unlink)
            with open(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if beside.exists():
                shutil.copymode(beside, path)
            undo.pop_all()
        return path
    raise AssertionError("names never end")


def _sync_folder(folder: Path) -> None:
    """A rename is on the disk only when its folder is; Windows has no such call."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
