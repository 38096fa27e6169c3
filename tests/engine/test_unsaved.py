"""The rescue file: what came in and was not saved when the host died is read back as it was."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.arrival import Arrival
from bridge.engine import unsaved
from tests.engine.test_channel import arrival


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = unsaved.path_of(tmp_path / "song.bridge")
    kept = [arrival(seq) for seq in range(3, 9)]
    unsaved.write(path, "run-1", kept)
    assert unsaved.paths_of(tmp_path / "song.bridge") == [path]
    assert unsaved.read(path.read_bytes()) == ("run-1", kept)


def test_where_nothing_is_unsaved_there_is_no_file(tmp_path: Path) -> None:
    path = unsaved.path_of(tmp_path / "song.bridge")
    unsaved.write(path, "run-1", [])
    assert not path.exists()


def test_a_rescue_that_nobody_has_read_is_not_written_over(tmp_path: Path) -> None:
    session = tmp_path / "so[n]g.bridge"
    for seq in (1, 2):
        unsaved.write(unsaved.path_of(session), f"run-{seq}", [arrival(seq)])
    assert [unsaved.read(path.read_bytes())[0] for path in unsaved.paths_of(session)] == ["run-1", "run-2"]


@given(st.integers(0, 400), st.binary(max_size=200))
def test_a_damaged_rescue_gives_what_is_whole_and_never_fails(cut: int, junk: bytes) -> None:
    kept = [arrival(seq) for seq in range(1, 6)]
    whole = unsaved.written("run", kept)
    _, found = unsaved.read(whole[:cut])
    assert found == kept[: len(found)]
    unsaved.read(whole + junk)
    unsaved.read(junk)
    assert all(isinstance(one, Arrival) for one in unsaved.read(whole[: len(whole) - 30] + junk)[1])
