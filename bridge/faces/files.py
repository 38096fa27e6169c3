"""The one place where commands read the files they are given, and look at the place of one that they make.

It refuses, in one line that names the file and the way out, what cannot be read as a file: missing, a folder, a
device or pipe, not allowed, over 256 MiB. A fault of the disk itself is the world's.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterable
from hashlib import file_digest
from io import BufferedReader
from pathlib import Path
from typing import Final

from bridge.core import smf
from bridge.core.smf import Smf
from bridge.errors import BadFile, BridgeError, DiskError, NotMidi, RefusedOverwrite
from bridge.faces.talk import complain

MAX_BYTES: Final = 256 * 1024 * 1024
_WRONG_PATHS: Final = {
    errno.ENOENT: "there is no such file; check the name",
    errno.ENOTDIR: "part of the path is no folder; check the name",
    errno.EACCES: "it may not be read; change its permissions",
    errno.EPERM: "it may not be read; change its permissions",
    errno.ELOOP: "its links lead in a circle; give the file itself",
    errno.ENAMETOOLONG: "the name is too long; check it",
    errno.EISDIR: "it is a folder; name a file in it",
    errno.ENXIO: "nothing is behind it; name a file",
}


def read(path: Path) -> bytes:
    """The bytes of a regular file of at most 256 MiB. Raises BadFile, DiskError."""
    if check_kind(path) > MAX_BYTES:
        raise _too_large(path)
    try:
        with _opened(path) as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as failed:
        raise cannot_read(path, failed) from failed
    if len(data) > MAX_BYTES:
        raise _too_large(path)
    return data


def refuse_existing(path: Path) -> None:
    """Raise RefusedOverwrite where anything stands at the place of a new file."""
    if os.path.lexists(path):
        raise RefusedOverwrite(f"'{path}' exists; give another name with -o")


def digest(path: Path) -> str:
    """The SHA-256 of a regular file of any size, in hex digits. Raises BadFile, DiskError."""
    check_kind(path)
    try:
        with _opened(path) as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as failed:
        raise cannot_read(path, failed) from failed


def read_midi(path: Path) -> tuple[bytes, Smf]:
    """The bytes of a MIDI file and what is in them. Raises NotMidi with the file's name, BadFile, DiskError."""
    data = read(path)
    try:
        return data, smf.read(data)
    except NotMidi as failed:
        raise NotMidi(f"'{path}' is {failed}") from failed


def check_kind(path: Path) -> int:
    """The size of a regular file, which is not opened. Raises BadFile for anything else."""
    try:
        found = os.stat(path)
    except (OSError, ValueError) as failed:
        raise cannot_read(path, failed) from failed
    if stat.S_ISDIR(found.st_mode):
        raise BadFile(f"'{path}': {_WRONG_PATHS[errno.EISDIR]}")
    if not stat.S_ISREG(found.st_mode):
        raise BadFile(f"'{path}': it is a device or a pipe; name a file")
    return found.st_size


def cannot_read(path: Path, failed: OSError | ValueError) -> BridgeError:
    """The one line for a file that could not be read: BadFile where the path is wrong, DiskError where the disk is."""
    if not isinstance(failed, OSError):
        return BadFile(f"'{path}': no file can have this name; check it")
    if failed.errno in _WRONG_PATHS:
        return BadFile(f"'{path}': {_WRONG_PATHS[failed.errno]}")
    return DiskError(f"'{path}' cannot be read: {(failed.strerror or str(failed)).lower()}; try a copy of it")


def try_each(paths: Iterable[Path], work: Callable[[Path], None]) -> int:
    """Do the work for every file, complain about each that fails, and return the worst exit code."""
    worst = 0
    for path in paths:
        try:
            work(path)
        except BridgeError as fault:
            worst = max(worst, complain(fault))
    return worst


def _opened(path: Path) -> BufferedReader:
    # Should a pipe take the file's place just now, O_NONBLOCK keeps it from waiting for a writer.
    return open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb")


def _too_large(path: Path) -> BadFile:
    return BadFile(f"'{path}': it is over 256 MiB, too large for a MIDI file; check the name")
