"""The rescue file of a session: what came in and no host has put on the disk, written by an engine whose host died.

Read by the next opening of the session. The file is a line that says what it is, a line with the run's id, then
frames of `link`, each behind its length (four bytes, little-endian); a cut-off end loses only what is cut off.
"""

import glob
import os
import struct
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Final

from bridge.core.arrival import Arrival
from bridge.engine.link import decode, encode

SUFFIX: Final = ".rescue."
_MAGIC: Final = b"midi-bridge rescue 1\n"
_HEAD: Final = 4


def path_of(session: Path) -> Path:
    """Where a session's next rescue file will lie: one that nobody has read yet stays. Raises OSError."""
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
    """The rescue files of a session, the oldest first."""
    return sorted(session.parent.glob(f"{glob.escape(session.name)}{SUFFIX}*"))


def write(path: Path, run: str, arrivals: Iterable[Arrival]) -> None:
    """Keep what is unsaved; no file where nothing is. Raises OSError."""
    kept = list(arrivals)
    if kept:
        with open(path, "wb") as file:
            file.write(written(run, kept))
            file.flush()
            os.fsync(file.fileno())


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
