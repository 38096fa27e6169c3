import errno
import os
import socket
import stat
from pathlib import Path

import pytest

from bridge.errors import BadFile, BridgeError, DiskError
from bridge.session import disk

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has other kinds of files")


def test_bytes_take_the_place_of_a_file_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "song.mid"
    path.write_bytes(b"old")
    path.chmod(0o640)
    disk.write(b"new", path)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link_and_its_file_is_replaced(tmp_path: Path) -> None:
    path, link = tmp_path / "song.mid", tmp_path / "link.mid"
    path.write_bytes(b"old")
    link.symlink_to(path)
    disk.write(b"new", link)
    assert link.is_symlink()
    assert path.read_bytes() == b"new"


def test_a_folder_is_no_target(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"'.*' is a folder, no file; give another name"):
        disk.write(b"", tmp_path)


def test_a_pipe_is_no_target_nor_is_a_link_to_it(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link):
        with pytest.raises(BadFile, match="is a pipe, no file"):
            disk.write(b"", path)


def test_a_device_is_no_target() -> None:
    with pytest.raises(BadFile, match="'/dev/null' is a device, no file"):
        disk.write(b"", Path("/dev/null"))


def test_a_socket_is_no_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("socket")
        with pytest.raises(BadFile, match="'socket' is a socket, no file"):
            disk.write(b"", Path("socket"))


def test_a_link_in_a_circle_is_no_target(tmp_path: Path) -> None:
    path = tmp_path / "round"
    path.symlink_to(path)
    with pytest.raises(BadFile, match="': its links lead in a circle"):
        disk.write(b"", path)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no/song.mid", "its folder does not exist"),
        ("file/song.mid", "part of its path is no folder"),
        ("x" * 300, "its name is too long"),
    ],
)
def test_a_path_that_leads_nowhere_is_the_callers_mistake(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadFile, match=reason):
        disk.write(b"", tmp_path / name)


@pytest.mark.parametrize(
    ("code", "family", "line"),
    [
        (errno.ENOSPC, DiskError, "'a.mid' cannot be written: the disk is full; free some space and try again"),
        (
            errno.EDQUOT,
            DiskError,
            "'a.mid' cannot be written: your share of the disk is full; free some space and try again",
        ),
        (errno.EROFS, DiskError, "'a.mid' cannot be written: the disk is read-only; choose another folder"),
        (errno.EACCES, DiskError, "'a.mid' cannot be written: writing is not allowed there; choose another folder"),
        (errno.EIO, DiskError, "'a.mid' cannot be written: Input/output error; choose another disk"),
        (errno.EISDIR, BadFile, "'a.mid': it is a folder, no file"),
    ],
)
def test_each_way_a_disk_fails_is_one_line(code: int, family: type[BridgeError], line: str) -> None:
    found = disk.cannot_write(Path("a.mid"), OSError(code, os.strerror(code)))
    assert (type(found), str(found)) == (family, line)


def test_a_file_too_large_for_the_disk_leaves_the_old_one_and_no_part(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    path = tmp_path / "song.mid"
    path.write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, limits[1]))
    try:
        with pytest.raises(DiskError, match=r"the file would be larger than is allowed here; choose another disk"):
            disk.write(b"x" * 10_000, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_where_only_the_last_sync_fails_the_disk_is_named_and_no_part_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(folder: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(disk, "_sync_folder", fails)
    with pytest.raises(DiskError, match="Input/output error; choose another disk"):
        disk.write(b"new", tmp_path / "song.mid")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_says_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(DiskError, match="writing is not allowed there; choose another folder"):
            disk.write(b"", tmp_path / "song.mid")
    finally:
        tmp_path.chmod(0o700)


def test_copies_are_numbered_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "song.mid"
    for data in (b"1", b"2", b"3"):
        path.write_bytes(data)
        disk.keep_copy(path)
    found = {copy.name: copy.read_bytes() for copy in tmp_path.iterdir() if copy != path}
    assert found == {"song.mid.bak": b"1", "song.mid.bak.2": b"2", "song.mid.bak.3": b"3"}
