from pathlib import Path

import pytest

from bridge.errors import BadFile, RefusedOverwrite
from bridge.session import disk
from bridge.session.export import render, save
from bridge.session.journal import Journal
from tests.session import songs
from tests.session.songs import changed, nth, wish


def test_a_song_nobody_corrected_is_the_source_byte_for_byte() -> None:
    one = songs.session()
    assert render(one) == one.source.data


def test_a_corrected_velocity_is_one_byte_of_the_file() -> None:
    one = songs.session()
    one.correct("player", wish(changed(nth(one, 0), velocity=81)))
    differing = [(old, new) for old, new in zip(one.source.data, render(one), strict=True) if old != new]
    assert differing == [(80, 81)]


def test_an_export_is_written_and_its_hash_told(tmp_path: Path) -> None:
    target = tmp_path / "out.mid"
    assert save(b"song", target) == (disk.sha256(b"song"), None)
    assert target.read_bytes() == b"song"


def test_a_file_that_is_there_is_kept_without_force(tmp_path: Path) -> None:
    target = tmp_path / "out.mid"
    target.write_bytes(b"old")
    with pytest.raises(RefusedOverwrite, match=r"'.*out.mid' exists; give --force to replace it, or another name"):
        save(b"new", target)
    assert target.read_bytes() == b"old"
    save(b"new", target, force=True)
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("name", ["song.mid", "link.mid"])
def test_the_source_is_kept_even_with_force(tmp_path: Path, name: str) -> None:
    source = tmp_path / "song.mid"
    source.write_bytes(b"old")
    (tmp_path / "link.mid").symlink_to(source)
    with pytest.raises(RefusedOverwrite, match="is the source; give --in-place to replace it"):
        save(b"new", tmp_path / name, source=source, force=True)
    assert source.read_bytes() == b"old"


def test_the_source_replaced_in_place_leaves_a_copy(tmp_path: Path) -> None:
    source = tmp_path / "song.mid"
    source.write_bytes(b"old")
    assert save(b"new", source, source=source, in_place=True).copy == tmp_path / "song.mid.bak"
    save(b"newer", source, source=source, in_place=True)
    assert source.read_bytes() == b"newer"
    assert (tmp_path / "song.mid.bak").read_bytes() == b"old"
    assert (tmp_path / "song.mid.bak.2").read_bytes() == b"new"


def test_in_place_is_no_leave_to_replace_another_file(tmp_path: Path) -> None:
    source, target = tmp_path / "song.mid", tmp_path / "out.mid"
    source.write_bytes(b"song")
    target.write_bytes(b"other")
    for force in (False, True):
        with pytest.raises(RefusedOverwrite, match=r"'.*out.mid' is not the source; leave --in-place out"):
            save(b"new", target, source=source, force=force, in_place=True)
    target.unlink()
    with pytest.raises(RefusedOverwrite, match=r"'.*out.mid' is not there to be replaced; name the source with -o"):
        save(b"new", target, source=source, in_place=True)
    assert list(tmp_path.iterdir()) == [source]


def test_a_source_that_is_gone_is_no_obstacle(tmp_path: Path) -> None:
    save(b"new", tmp_path / "out.mid", source=tmp_path / "song.mid")
    assert (tmp_path / "out.mid").read_bytes() == b"new"


def test_a_session_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "song.bridge"
    Journal.create(path, songs.session().source, "a", 1, 2).close()
    with pytest.raises(RefusedOverwrite, match="is a session; give another name for the MIDI file"):
        save(b"new", path, force=True)


def test_what_sqlite_keeps_beside_a_session_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "song.bridge"
    Journal.create(path, songs.session().source, "a", 1, 2).close()
    with pytest.raises(RefusedOverwrite, match="is a session's own while it is open; give another name"):
        save(b"new", tmp_path / "song.bridge-journal", force=True)
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_refused_with_force_too(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="is a folder, no file"):
        save(b"new", tmp_path, force=True)
