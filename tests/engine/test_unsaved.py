"""The rescue file: what came in and was not saved when the host died is read back as it was."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.arrival import Arrival
from bridge.engine import unsaved
from tests.engine.test_channel import arrival


def test_what_is_written_is_read(tmp_path: Path) -> None:
    session = tmp_path / "song.bridge"
    path = unsaved.path_of(session)
    kept = [arrival(seq) for seq in range(3, 9)]
    unsaved.write(session, "run-1", kept)
    assert unsaved.paths_of(session) == [path]
    assert unsaved.read(path.read_bytes()) == ("run-1", kept)


def test_where_nothing_is_unsaved_there_is_no_file(tmp_path: Path) -> None:
    unsaved.write(tmp_path / "song.bridge", "run-1", [])
    assert not list(tmp_path.iterdir())


def test_a_rescue_that_nobody_has_read_is_not_written_over_even_by_an_engine_that_began_before_it_was_there(
    tmp_path: Path,
) -> None:
    session = tmp_path / "so[n]g.bridge"
    for seq in (1, 2):
        unsaved.write(session, f"run-{seq}", [arrival(seq)])
    assert [unsaved.read(path.read_bytes())[0] for path in unsaved.paths_of(session)] == ["run-1", "run-2"]


def test_two_engines_that_end_at_once_each_leave_a_rescue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session, path_of = tmp_path / "song.bridge", unsaved.path_of

    def late(session: Path) -> Path:
        found = path_of(session)
        monkeypatch.setattr("bridge.engine.unsaved.path_of", path_of)
        unsaved.write(session, "the other", [arrival(1)])
        return found

    monkeypatch.setattr("bridge.engine.unsaved.path_of", late)
    unsaved.write(session, "this", [arrival(2)])
    runs = {unsaved.read(path.read_bytes())[0]: path.parent for path in unsaved.paths_of(session)}
    assert runs == {"the other": tmp_path, "this": tmp_path}


def test_where_there_is_no_temporary_folder_a_rescue_beside_the_session_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.gettempdir", missing)
    unsaved.write(tmp_path / "song.bridge", "run", [arrival(1)])
    assert len(unsaved.paths_of(tmp_path / "song.bridge")) == 1


@pytest.mark.skipif(os.name != "posix", reason="where no engine is a process of its own, none writes a rescue file")
def test_where_the_sessions_folder_takes_nothing_the_rescue_lies_in_the_temporary_one_for_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    session, other = tmp_path / "gone" / "song.bridge", tmp_path / "gone" / "other.bridge"
    for seq in (1, 2):
        unsaved.write(session, f"run-{seq}", [arrival(seq)])
    found = unsaved.paths_of(session)
    assert [unsaved.read(path.read_bytes()) for path in found] == [("run-1", [arrival(1)]), ("run-2", [arrival(2)])]
    assert [path.stat().st_mode & 0o777 for path in found] == [0o600, 0o600]
    assert unsaved.paths_of(other) == []
    os.mkfifo(found[0].with_suffix(".2"))
    assert unsaved.paths_of(session) == found, "and what is no file is not read"
    monkeypatch.setattr("os.getuid", lambda: os.geteuid() + 1)
    assert unsaved.paths_of(session) == [], "nor what another user has put there"


def test_a_rescue_that_a_full_disk_cuts_off_is_whole_in_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, spare, sync = tmp_path / "song.bridge", tmp_path / "tmp", os.fsync

    def fails_once(handle: int) -> None:
        monkeypatch.setattr("os.fsync", sync)
        raise OSError(errno.ENOSPC, "No space left on device")

    spare.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spare))
    monkeypatch.setattr("os.fsync", fails_once)
    unsaved.write(session, "run", [arrival(1)])
    (path,) = unsaved.paths_of(session)
    assert unsaved.read(path.read_bytes()) == ("run", [arrival(1)])
    assert list(tmp_path.iterdir()) == [spare]


@given(st.integers(0, 400), st.binary(max_size=200))
def test_a_damaged_rescue_gives_what_is_whole_and_never_fails(cut: int, junk: bytes) -> None:
    kept = [arrival(seq) for seq in range(1, 6)]
    whole = unsaved.written("run", kept)
    _, found = unsaved.read(whole[:cut])
    assert found == kept[: len(found)]
    unsaved.read(whole + junk)
    unsaved.read(junk)
    assert all(isinstance(one, Arrival) for one in unsaved.read(whole[: len(whole) - 30] + junk)[1])
