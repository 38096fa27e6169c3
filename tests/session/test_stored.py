import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bridge.errors import BadFile, BadSession, DiskError
from bridge.session.journal import Journal
from bridge.session.stored import load
from tests.session import songs
from tests.session.songs import changed, nth, wish


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A session with one correction, closed."""
    path = tmp_path / "song.bridge"
    one = songs.session()
    done = one.correct("player", wish(changed(nth(one, 0), pitch=41)))
    assert done is not None
    with Journal.create(path, one.source, "a", 1, 2) as journal:
        journal.correction(done.correction)
    return path


def spoil(path: Path, sql: str, *values: object) -> None:
    """Change a session behind the program's back."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(sql, values)
        connection.commit()


def test_a_missing_session_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"'.*song.bridge' does not exist; check the name"):
        load(tmp_path / "song.bridge")


def test_a_folder_is_no_session(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="is a folder, no file; give another name"):
        load(tmp_path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_session_that_may_not_be_read_says_so(path: Path) -> None:
    path.chmod(0)
    with pytest.raises(BadFile, match="cannot be read: you are not allowed to; change its permissions"):
        load(path)


@pytest.mark.parametrize("data", [b"MThd", b"text " * 1_000, bytes(5_000), b"SQLite format 3\0"])
def test_any_other_file_is_no_session(tmp_path: Path, data: bytes) -> None:
    other = tmp_path / "song.mid"
    other.write_bytes(data)
    with pytest.raises(BadSession, match=r"'.*song.mid' is (no midi-bridge session; name one|damaged)"):
        load(other)


def test_an_empty_file_is_no_session(tmp_path: Path) -> None:
    other = tmp_path / "song.bridge"
    other.touch()
    with pytest.raises(
        BadSession, match="is no midi-bridge session: it is empty; name one, or the song it lies beside"
    ):
        load(other)


def test_a_database_of_another_program_is_no_session(tmp_path: Path) -> None:
    other = tmp_path / "mail.db"
    spoil(other, "CREATE TABLE mail (text)")
    with pytest.raises(
        BadSession, match="is no midi-bridge session, but another program's database; name one, or the song"
    ):
        load(other)


def test_a_session_from_the_future_asks_for_a_newer_program(path: Path) -> None:
    spoil(path, "PRAGMA user_version=2")
    with pytest.raises(BadSession, match="was made by a newer midi-bridge; this one reads sessions up to format 1"):
        load(path)


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE routing",
        "DELETE FROM source",
        "UPDATE source SET data = x'00'",
        "UPDATE edit SET before = '{'",
        "UPDATE edit SET before = '[]'",
        "UPDATE edit SET before = '{}'",
        f"UPDATE edit SET before = '{'[' * 100_000}'",
        "UPDATE edit SET before = NULL, after = NULL",
        "UPDATE edit SET number = -1",
        """UPDATE edit SET after = '{"track":0,"tick":0,"message":"ff"}'""",
        """UPDATE edit SET after = '{"track":0,"tick":0,"message":"b0407f00"}'""",
        """UPDATE edit SET after = '{"track":0,"tick":0,"message":"b040ff"}'""",
        "UPDATE edit SET after = replace(after, '\"pitch\":41', '\"pitch\":128')",
        'UPDATE edit SET after = replace(after, \'"pitch":41\', \'"pitch":"x"\')',
        "UPDATE edit SET after = replace(after, '\"off\":[0,1]', '\"off\":[0]')",
        "UPDATE edit SET after = replace(after, '\"off\":[0,1]', '\"off\":[null,1]')",
    ],
)
def test_what_cannot_be_a_session_any_more_is_damaged(path: Path, sql: str) -> None:
    spoil(path, sql)
    with pytest.raises(BadSession, match=r"'.*song.bridge' is damaged and cannot be read; go back to a copy of it"):
        load(path)


def test_a_session_cut_off_by_a_full_disk_is_damaged(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(BadSession, match="is damaged"):
        load(path)


def test_an_unfinished_commit_in_a_folder_nobody_may_write_is_the_disks_fault(path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    hot = path.with_name("song.bridge-journal")
    hot.write_bytes(bytes.fromhex("d9d505f920a163d7") + bytes(1_000))
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        with pytest.raises(DiskError, match="copy it to another disk with what lies beside it"):
            load(path)
    finally:
        path.parent.chmod(0o700)


def test_a_session_on_read_only_media_is_read(path: Path) -> None:
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        assert len(load(path).corrections) == 1
    finally:
        path.parent.chmod(0o700)
