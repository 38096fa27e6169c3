"""A copy of a session is the session as it stood at one moment, or it is not there."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bridge.core.arrival import Arrival
from bridge.core.message import note_on
from bridge.errors import BadFile, BadSession, DiskError, RefusedOverwrite, SessionLocked
from bridge.session import copy as copying
from bridge.session.copy import copy_session
from bridge.session.journal import Journal, check_is_free
from bridge.session.session import Source
from bridge.session.stored import load

SOURCE = Source.of("song.mid", b"MThd and what follows")


def rows(path: Path) -> list[str]:
    """Every row of the file, as SQL: the content, however its pages lie."""
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def play(journal: Journal, first: int, count: int) -> None:
    for seq in range(first, first + count):
        journal.arrival(Arrival(seq, "keys", seq, 1, 0, seq, note_on(0, 60, 90)))
    journal.wait(journal.commit())


@pytest.fixture(name="journal")
def _journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.create(tmp_path / "song.bridge", SOURCE, "test", 0, 0) as journal:
        play(journal, 0, 3_000)
        yield journal


@pytest.fixture(name="session")
def _session(journal: Journal) -> Path:
    journal.close()
    return journal.path


def test_a_copy_is_equal_in_content_and_opens(session: Path, tmp_path: Path) -> None:
    copied = copy_session(session, tmp_path / "copy.bridge", force=False)
    assert copied == load(session)
    assert rows(tmp_path / "copy.bridge") == rows(session)
    assert load(tmp_path / "copy.bridge") == load(session)
    with Journal.open(tmp_path / "copy.bridge", "again", 0, 0) as journal:
        assert journal.stored.arrivals == 3_000


def test_a_copy_can_be_had_while_the_session_is_played(journal: Journal, tmp_path: Path) -> None:
    copy_session(journal.path, tmp_path / "copy.bridge", force=False)
    play(journal, 3_000, 5)
    assert load(tmp_path / "copy.bridge").arrivals == 3_000
    assert load(journal.path).arrivals == 3_005


def test_what_is_played_while_it_is_copied_is_in_the_copy_whole_or_not_at_all(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_PAGES", 4)
    seen: list[tuple[int, int]] = []

    def progress(done: int, all: int) -> None:
        seen.append((done, all))
        play(journal, 10_000 + len(seen), 1)  # a commit at every step: the backup begins anew each time

    copy_session(journal.path, tmp_path / "copy.bridge", force=False, progress=progress)
    assert 3_008 <= load(tmp_path / "copy.bridge").arrivals <= 3_000 + len(seen)
    assert len(seen) < 30, "it gives up copying in steps, and takes it at once"
    assert load(journal.path).arrivals == 3_000 + len(seen)


def test_a_large_copy_says_how_far_it_is(session: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_PAGES", 4)
    seen: list[tuple[int, int]] = []
    copy_session(session, tmp_path / "copy.bridge", force=False, progress=lambda *one: seen.append(one))
    assert len(seen) > 5
    assert seen == sorted(seen)
    assert seen[-1] == (session.stat().st_size, session.stat().st_size)


def test_nothing_is_left_beside_the_copy_and_it_is_no_more_open_to_others_than_the_session(
    session: Path, tmp_path: Path
) -> None:
    session.chmod(0o640)
    (tmp_path / "other").mkdir()
    copy_session(session, tmp_path / "other" / "copy.bridge", force=False)
    assert os.listdir(tmp_path / "other") == ["copy.bridge"]
    assert stat.S_IMODE((tmp_path / "other" / "copy.bridge").stat().st_mode) == 0o640


def test_a_file_that_is_there_is_replaced_only_when_asked(session: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.bridge"
    target.write_text("a letter")
    with pytest.raises(RefusedOverwrite, match="exists; give --force to replace it, or another name"):
        copy_session(session, target, force=False)
    assert target.read_text() == "a letter"
    copy_session(session, target, force=True)
    assert load(target) == load(session)


def test_a_session_is_never_copied_over_itself(session: Path, tmp_path: Path) -> None:
    (tmp_path / "link.bridge").symlink_to(session)
    os.link(session, tmp_path / "hard.bridge")
    for target in (session, tmp_path / "link.bridge", tmp_path / "hard.bridge"):
        with pytest.raises(RefusedOverwrite, match="is the session itself"):
            copy_session(session, target, force=True)


def test_a_session_that_is_played_is_not_replaced_even_when_asked(journal: Journal, tmp_path: Path) -> None:
    other = tmp_path / "other.bridge"
    copy_session(journal.path, other, force=False)
    with pytest.raises(SessionLocked, match="is open in another program"):
        copy_session(other, journal.path, force=True)
    check_is_free(other)
    with pytest.raises(SessionLocked):
        check_is_free(journal.path)


def test_the_journal_of_a_session_that_was_there_does_not_spoil_the_copy(session: Path, tmp_path: Path) -> None:
    left = tmp_path / "copy.bridge-journal"
    left.write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(504))
    with pytest.raises(RefusedOverwrite, match=r"copy\.bridge-journal' is left from another session"):
        copy_session(session, tmp_path / "copy.bridge", force=False)
    copy_session(session, tmp_path / "copy.bridge", force=True)
    assert not left.exists()
    assert load(tmp_path / "copy.bridge") == load(session)


def test_a_damaged_session_is_not_copied_as_if_it_were_whole(session: Path, tmp_path: Path) -> None:
    data = session.read_bytes()
    session.write_bytes(data[: 2 * 4096] + b"\xa5" * 9_000)
    with pytest.raises(BadSession):
        copy_session(session, tmp_path / "copy.bridge", force=False)
    assert sorted(os.listdir(tmp_path)) == ["song.bridge"]


@pytest.mark.parametrize("name", ["missing/copy.bridge", "song.bridge/copy.bridge", "x" * 300])
def test_a_target_that_can_be_no_file_is_refused(name: str, session: Path, tmp_path: Path) -> None:
    with pytest.raises(BadFile):
        copy_session(session, tmp_path / name, force=False)


def test_a_target_that_is_no_file_is_refused_even_when_asked(session: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for target in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(BadFile):
            copy_session(session, target, force=True)


def test_what_is_no_session_is_not_copied(tmp_path: Path) -> None:
    for name, data in (("empty", b""), ("text", b"Dear player")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(BadSession):
            copy_session(tmp_path / name, tmp_path / "copy.bridge", force=False)
    with pytest.raises(BadFile, match="does not exist"):
        copy_session(tmp_path / "missing", tmp_path / "copy.bridge", force=False)
    assert not (tmp_path / "copy.bridge").exists()


def test_a_disk_that_fails_leaves_the_target_as_it_was(
    session: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "copy.bridge"
    target.write_text("a letter")

    def full(part: Path, real: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bridge.session.disk.put_in_place", full)
    with pytest.raises(DiskError, match="the disk is full; free some space"):
        copy_session(session, target, force=True)
    assert target.read_text() == "a letter"
    assert sorted(os.listdir(tmp_path)) == ["copy.bridge", "song.bridge"]
