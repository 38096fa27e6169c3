"""The way back to MIDI: the source's bytes with the corrections in them, written whole or not at all.

Called when a person asks for the file. It refuses to write over a file nobody offered, over the source unless that is
what is asked for (then a copy of it stays), and over anything else where it is.
"""

import os
from pathlib import Path
from typing import Final, NamedTuple

from bridge.core.smf import write
from bridge.errors import RefusedOverwrite
from bridge.session import disk
from bridge.session.session import Session

_JOURNAL: Final = "-journal"  # SQLite's, beside a session: it plays back what is in there, or throws it away


class Saved(NamedTuple):
    """An export on the disk, and the copy of the source that it replaced."""

    sha256: str
    copy: Path | None


def render(session: Session) -> bytes:
    """The song as it is now, as the bytes of a MIDI file."""
    return write(session.song.to_smf())


def save(
    data: bytes, target: Path, *, source: Path | None = None, force: bool = False, in_place: bool = False
) -> Saved:
    """Write an export, which is on the disk when this returns.

    `source` is the song's file where it is known. Raises RefusedOverwrite, BadFile for a target that is no
    regular file, DiskError.
    """
    refuse(target, source=source, force=force, in_place=in_place)
    copy = disk.keep_copy(target) if _is_source(target, source) else None
    disk.write(data, target)
    return Saved(disk.sha256(data), copy)


def refuse(target: Path, *, source: Path | None = None, force: bool = False, in_place: bool = False) -> None:
    """Raise what `save` would refuse, before any work is done."""
    real = disk.target(target)
    if disk.is_database(real):
        raise RefusedOverwrite(f"'{target}' is a session; give another name for the MIDI file")
    if disk.is_database(Path(str(real).removesuffix(_JOURNAL))):
        raise RefusedOverwrite(f"'{target}' is a session's own while it is open; give another name for the MIDI file")
    if _is_source(target, source):
        if not in_place:
            raise RefusedOverwrite(
                f"'{target}' is the source; give --in-place to replace it (a copy is kept), or another name"
            )
    elif in_place and not os.path.exists(real):
        raise RefusedOverwrite(
            f"'{target}' is not there to be replaced; name the source with -o, or leave --in-place out"
        )
    elif in_place:
        raise RefusedOverwrite(f"'{target}' is not the source; leave --in-place out (--force replaces another file)")
    elif os.path.exists(real) and not force:
        raise RefusedOverwrite(f"'{target}' exists; give --force to replace it, or another name")


def _is_source(target: Path, source: Path | None) -> bool:
    return source is not None and os.path.exists(target) and os.path.exists(source) and os.path.samefile(target, source)
