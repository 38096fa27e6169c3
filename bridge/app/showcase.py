"""What the demo leaves behind: the files, the figures, and the rule that it replaces only its own.

Called by the face of `demo`. The page itself is drawn by the face and comes in as text.
"""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

from bridge.app.demo import MARK, SOURCE_MID, Performance
from bridge.app.rig import CONTROLLER_PROFILE, Rig
from bridge.errors import BridgeError, RefusedOverwrite
from bridge.ports.open import TWINS
from bridge.session import disk
from bridge.session.journal import Journal
from bridge.session.report import summary
from bridge.session.session import Session
from bridge.session.stored import load

CORRECTED_MID: Final = "corrected.mid"
SESSION: Final = "demo.bridge"
REPORT: Final = "report.html"
CORRECTIONS: Final = "corrections.json"
SUMMARY: Final = "summary.json"
FILES: Final = (SOURCE_MID, CORRECTED_MID, SESSION, REPORT, CORRECTIONS, SUMMARY)
_MS: Final = 1_000_000


def make_room(folder: Path, run_id: str) -> None:
    """Make the folder, and take away what an earlier demo left in it.

    Raises RefusedOverwrite where a file of one of the names is somebody else's, SessionLocked, DiskError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failed:
        raise disk.cannot_write(folder, failed) from failed
    there = [name for name in FILES if os.path.lexists(folder / name)]
    for name in there:
        if (folder / name).is_dir() and not (folder / name).is_symlink():
            raise RefusedOverwrite(f"'{folder / name}' is a folder, and not the demo's; name another one with --out")
    is_begun = there == [SESSION] and _is_begun(folder / SESSION)
    if there and not is_begun and not _is_own(folder / SESSION):
        raise RefusedOverwrite(f"'{folder / there[0]}' is not the demo's own; name another folder with --out")
    if there and (folder / SESSION).stat().st_size:
        Journal.open(folder / SESSION, run_id, 0, 0).close()  # refuses one that another program writes
    try:
        for name in there:
            (folder / name).unlink()
    except OSError as failed:
        raise disk.cannot_write(folder / name, failed) from failed


def _is_own(session: Path) -> bool:
    try:
        return MARK in load(session).meta
    except BridgeError:
        return False


def _is_begun(session: Path) -> bool:
    """True for what a demo leaves that was killed before there was more in its session than the song."""
    try:
        stored = load(session)
    except BridgeError:  # what a killed transaction left there is rolled back now
        return session.is_file() and session.stat().st_size == 0
    return not (stored.meta or stored.routing or stored.arrivals or stored.corrections or stored.exports)


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late note-ons were at a twin: last byte received − due time, in milliseconds."""

    twin: str
    notes: int
    median_ms: float
    p99_ms: float
    max_ms: float


def lateness(rig: Rig) -> list[Lateness]:
    """One row a twin."""
    return [_lateness(_short(twin.name), port.lateness_of(twin)) for port, twin in rig.twins]


def keys_down(rig: Rig) -> int:
    """Keys that some twin still holds down."""
    return sum(len(twin.down) for _, twin in rig.twins)


def figures(performance: Performance, session: Session, exported: bytes) -> dict[str, Any]:
    """Everything the demo's last table shows, and summary.json holds."""
    rig = performance.rig
    return {
        "source_sha256": session.source.sha256,
        "export_sha256": disk.sha256(exported),
        **summary(session, exported),
        "rig": {_short(twin.name): twin.name for _, twin in rig.twins} | {"controller": CONTROLLER_PROFILE},
        "keys_down": keys_down(rig),
        "order_faults": sum(twin.order_faults for _, twin in rig.twins),
        "lateness": [asdict(row) for row in lateness(rig)],
    }


def _short(profile: str) -> str:
    """A twin as it is called in `twin:NAME`."""
    return profile.removeprefix(TWINS)


def _lateness(name: str, late_ns: Sequence[int]) -> Lateness:
    late = sorted(late_ns) or [0]
    p99 = quantiles(late, n=100, method="inclusive")[-1] if len(late) > 1 else late[0]
    return Lateness(name, len(late_ns), *(round(value / _MS, 3) for value in (median(late), p99, late[-1])))
