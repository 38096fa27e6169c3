"""Opening a session takes in what an engine kept for it: once, whole, and with its file until it is on the disk."""

import errno
from pathlib import Path

import pytest

from bridge.app.sessions import Opened, open_for_song
from bridge.core.arrival import Arrival
from bridge.core.clock import ManualClock
from bridge.core.message import note_on
from bridge.engine import unsaved
from bridge.errors import DiskError
from bridge.session.session import Source
from bridge.session.stored import Run, load
from tests.kit import hit, smf

SOURCE = Source.of("song.mid", smf(hit(60, 0, 400)))
KEPT = [Arrival(seq, "keys", 0, 0, 0, 0, note_on(0, 60, seq)) for seq in (1, 2, 3)]


def opened(session: Path, run_id: str) -> Opened:
    return open_for_song(SOURCE, session, ManualClock(), run_id)


@pytest.fixture(name="session")
def _session(tmp_path: Path) -> Path:
    """A session whose host was killed, with the rescue file beside it."""
    session = tmp_path / "song.bridge"
    opened(session, "killed").journal.close()
    unsaved.write(session, "killed", KEPT)
    return session


def test_what_a_killed_host_left_is_taken_in_once(session: Path) -> None:
    first = opened(session, "second")
    first.journal.close()
    unsaved.write(session, "killed", KEPT)  # as if it could not be cleared away
    second = opened(session, "third")
    second.journal.close()
    assert first.warnings == second.warnings
    assert (load(session).arrivals, unsaved.paths_of(session)) == (3, [])


def test_a_rescue_file_of_another_session_stays(session: Path) -> None:
    unsaved.write(session, "unknown", KEPT)
    opened(session, "second").journal.close()
    (left,) = unsaved.paths_of(session)
    assert unsaved.read(left.read_bytes())[0] == "unknown"


def refused(self: Path, **_: object) -> None:
    raise PermissionError(errno.EPERM, "Operation not permitted")


def test_a_rescue_file_that_cannot_be_cleared_away_keeps_nobody_from_playing(
    session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refused)
        for run_id in ("second", "third"):
            opened(session, run_id).journal.close()
    assert (load(session).arrivals, len(unsaved.paths_of(session))) == (3, 1)


def test_a_rescue_file_that_cannot_be_taken_in_is_said_in_one_line_and_stays(
    session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (rescue,) = unsaved.paths_of(session)
    way_out = "operation not permitted; make it yours, or move it away"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refused)
        with pytest.raises(DiskError) as failed:
            opened(session, "second")
    assert str(failed.value) == f"'{rescue}' cannot be taken in: {way_out}"
    assert load(session).runs == (Run(1, "killed", 0, 0),)
    opened(session, "third").journal.close()
    assert (load(session).arrivals, unsaved.paths_of(session)) == (3, [])
