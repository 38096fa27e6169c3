"""The last way out of a session that cannot be saved: all of it goes to a new one in the temporary folder.

Called when a session that was played or changed is closed. What it made is an ordinary session, and the one line
that a person gets names it.
"""

import os
import tempfile
from itertools import count
from pathlib import Path
from typing import Final

from bridge.errors import BridgeError, DiskError
from bridge.session.journal import Journal
from bridge.session.session import Session

_NAME: Final = "midi-bridge-rescue-{}{}.bridge"
_LONGEST_STEM: Final = 48  # of a session's name; a file name has 255 bytes


def close(journal: Journal, session: Session) -> None:
    """Save what is queued and let go of the file; what cannot be saved there is saved as a rescue session.

    Raises DiskError, also where everything was rescued: its line says where to.
    """
    try:
        journal.close()
    except DiskError as fault:
        what = str(fault).rpartition(";")[0] or str(fault)
        raise DiskError(f"{what}; {_rescued(journal, session)}") from fault


def _rescued(journal: Journal, session: Session) -> str:
    """Write the rescue session; what to tell about it."""
    try:
        path = _free(journal.path.stem)
        try:
            journal.rescue(path)
        except DiskError:
            _rebuild(journal, session, path)
            return f"all corrections are in the rescue session '{path}', which opens like any other"
    except (BridgeError, OSError) as failed:
        return f"nor could a rescue session be made, so what was not saved is lost: {failed}"
    return f"everything is in the rescue session '{path}', which opens like any other"


def _rebuild(journal: Journal, session: Session, path: Path) -> None:
    """Where the old file cannot even be read any more: its song, and all that is still in memory."""
    run = journal.stored.runs[-1]
    with Journal.create(path, session.source, run.id, run.wall_ns, run.start_ns) as new:
        for key, value in journal.stored.meta.items():
            new.put(key, value)
        for part, where in journal.stored.routing.items():
            new.route(part, where.port, where.channel)
        for one in journal.stored.exports:
            new.export(one.name, one.sha256, one.wall_ns)
        new.take_over(journal)
        for correction in session.corrections.values():
            new.correction(correction)


def _free(stem: str) -> Path:
    """A path in the temporary folder that nothing has yet, with a name that says whose session it is."""
    folder = Path(tempfile.gettempdir())
    names = (_NAME.format(stem[:_LONGEST_STEM], f"-{number}" if number > 1 else "") for number in count(1))
    return next(folder / name for name in names if not os.path.lexists(folder / name))
