"""The last way out of a session that cannot be saved: all of it goes to a new one in the temporary folder.

Called when a session that was played or changed is closed. What it made is an ordinary session, and the one line
that a person gets names it.
"""

import tempfile
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Final

from bridge.errors import BridgeError, DiskError, RefusedOverwrite
from bridge.session.journal import Journal

_NAME: Final = "midi-bridge-rescue-{}{}.bridge"
_LONGEST_STEM: Final = 48  # of a session's name; a file name has 255 bytes
_TRIES: Final = 1_000


def close(journal: Journal) -> None:
    """Save what is queued and let go of the file; what cannot be saved there is saved as a rescue session.

    Raises DiskError, also where everything was rescued: its line says where to.
    """
    try:
        journal.close()
    except DiskError as fault:
        what = str(fault).rpartition(";")[0] or str(fault)
        raise DiskError(f"{what}; {_rescued(journal)}") from fault


def _rescued(journal: Journal) -> str:
    """Write the rescue session; what to tell about it."""
    try:
        for path in islice(_paths(journal.path.stem), _TRIES):
            try:
                journal.rescue(path)
            except RefusedOverwrite:
                continue
            return f"everything is in the rescue session '{path}', copy it to where there is room"
    except (BridgeError, OSError) as failed:
        return f"nor could a rescue session be made, so what was not saved yet is lost: {failed}"
    return f"nor could a rescue session be made, so what was not saved yet is lost: '{path}' and all before it exist"


def _paths(stem: str) -> Iterator[Path]:
    folder = Path(tempfile.gettempdir())
    for number in count(1):
        yield folder / _NAME.format(stem[:_LONGEST_STEM], f"-{number}" if number > 1 else "")
