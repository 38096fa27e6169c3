"""What becomes of a session that cannot be saved: it is found again under its name in the temporary folder."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.app import rescue
from bridge.app.sessions import Opened, open_for_song, restored
from bridge.core.arrival import Arrival
from bridge.core.clock import ManualClock
from bridge.core.closure import change_note
from bridge.core.message import note_on
from bridge.core.song import Part
from bridge.core.wish import Wish
from bridge.errors import DiskError
from bridge.session import journal, stored
from bridge.session.export import render
from bridge.session.session import Source
from bridge.session.stored import load
from tests.kit import hit, smf


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    return tmp_path / "tmp"


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """A session with one arrival and one correction that are not saved yet."""
    source = Source.of("song.mid", smf(hit(60, 0, 400)))
    made = open_for_song(source, tmp_path / "song.bridge", ManualClock(), "run", label="AI")
    made.journal.wait(made.journal.commit())
    return made


def _played(opened: Opened) -> None:
    note = opened.session.song.notes(1)[0][0]
    change = Wish("fix", "C4 → D4", 0, (lambda song, _: change_note(song, note, pitch=62),))
    outcome = opened.session.correct("player", change)
    assert outcome
    opened.journal.arrival(Arrival(1, "hands", 7, 0, 0, 0, note_on(0, 62, 90)))
    opened.journal.correction(outcome.correction)


def _is_full(monkeypatch: pytest.MonkeyPatch, opened: Opened) -> None:
    def fails(connection: sqlite3.Connection, statements: list[journal.Statement]) -> None:
        if connection is opened.journal._connection:
            raise _error(sqlite3.SQLITE_FULL)
        commit(connection, statements)

    commit = journal._commit
    monkeypatch.setattr(journal, "_commit", fails)


def _error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError()
    error.sqlite_errorcode = code
    return error


def _pulled_out(gone: Path) -> Callable[[Path], sqlite3.Connection]:
    """Opens every session but one."""

    def connect(path: Path) -> sqlite3.Connection:
        if path == gone:
            raise _error(sqlite3.SQLITE_CANTOPEN)
        return stored.connect(path)

    return connect


def test_a_session_that_closes_well_needs_no_rescue(opened: Opened, folder: Path) -> None:
    _played(opened)
    rescue.close(opened.journal, opened.session)
    assert load(opened.journal.path).arrivals == 1
    assert not list(folder.iterdir())


def test_on_a_full_disk_everything_goes_to_a_rescue_session(
    opened: Opened, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _played(opened)
    _is_full(monkeypatch, opened)
    with pytest.raises(DiskError) as failed:
        rescue.close(opened.journal, opened.session)
    found = folder / "midi-bridge-rescue-song.bridge"
    reason = f"'{opened.journal.path}' cannot be saved: the disk is full"
    assert str(failed.value) == (f"{reason}; everything is in the rescue session '{found}', which opens like any other")
    assert load(found).arrivals == 1
    assert render(restored(load(found))) == render(opened.session)
    assert found.stat().st_mode & 0o077 == 0


def test_an_earlier_rescue_is_not_overwritten(opened: Opened, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "midi-bridge-rescue-song.bridge").write_bytes(b"precious")
    (folder / "midi-bridge-rescue-song-2.bridge").symlink_to("nowhere")
    _played(opened)
    _is_full(monkeypatch, opened)
    with pytest.raises(DiskError, match=r"midi-bridge-rescue-song-3\.bridge"):
        rescue.close(opened.journal, opened.session)
    assert (folder / "midi-bridge-rescue-song.bridge").read_bytes() == b"precious"


def test_where_the_old_file_cannot_be_read_the_session_is_built_anew_from_memory(
    opened: Opened, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _played(opened)
    _is_full(monkeypatch, opened)
    monkeypatch.setattr(journal, "connect", _pulled_out(opened.journal.path))
    with pytest.raises(DiskError, match=r"all corrections are in the rescue session '.*rescue-song\.bridge'"):
        rescue.close(opened.journal, opened.session)
    found = load(folder / "midi-bridge-rescue-song.bridge")
    assert (found.arrivals, found.source) == (1, opened.session.source)
    assert render(restored(found)) == render(opened.session)
    assert dict(found.meta) == {"source_label": "AI"}


def test_a_session_that_is_built_anew_is_of_the_same_track_and_knows_its_routes_and_exports(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = smf([], hit(60, 0, 400))
    source = Source.of("song.mid", data[:9] + b"\2" + data[10:])
    path, routed = tmp_path / "song.bridge", {}
    for number in (1, 2):
        opened = open_for_song(source, path, ManualClock(), f"run-{number}", track=3 if number == 1 else None)
        opened.journal.export(f"out-{number}.mid", "0" * 64, number)
        opened.journal.route(Part(number, 0), "synth", number)
        routed[Part(number, 0)] = stored.Routed("synth", number)
        opened.journal.wait(opened.journal.commit())
        if number == 1:
            opened.journal.close()
    opened.journal.put("unsaved", "yes")
    _is_full(monkeypatch, opened)
    monkeypatch.setattr(journal, "connect", _pulled_out(path))
    with pytest.raises(DiskError, match="all corrections are in the rescue session"):
        rescue.close(opened.journal, opened.session)
    found = load(folder / "midi-bridge-rescue-song.bridge")
    assert dict(found.meta) == {"track": "3", "unsaved": "yes"}
    assert dict(found.routing) == routed
    assert [one.name for one in found.exports] == ["out-1.mid", "out-2.mid"]


def test_where_nothing_can_be_saved_the_line_says_so(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _played(opened)
    _is_full(monkeypatch, opened)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(DiskError) as failed:
        rescue.close(opened.journal, opened.session)
    assert "the disk is full; nor could a rescue session be made, so what was not saved is lost: '" in str(failed.value)
    assert "\n" not in str(failed.value)
