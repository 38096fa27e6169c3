import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.core.arrival import Arrival
from bridge.core.smf import read
from bridge.core.song import Part, Song
from bridge.core.wish import Joins
from bridge.errors import BadFile, DiskError, RefusedOverwrite, SessionLocked
from bridge.session.journal import Journal
from bridge.session.session import Session, Source
from bridge.session.stored import Export, Routed, Run, load
from tests.session import songs
from tests.session.songs import changed, nth, rendered, wish

if sys.platform != "win32":
    import resource

ROOT = Path(__file__).parents[2]
IN_A_CHILD = """
import os, signal, sys
from pathlib import Path
from bridge.core.arrival import Arrival
from bridge.session.journal import Journal
from tests.session import songs

def arrival(seq):
    return Arrival(seq, "twin:keys", seq * 1000, 1, 0, seq, bytes((0x90, 60, 1)))

path = Path(sys.argv[1])
journal = Journal.create(path, songs.session().source, "a", 1, 2)
"""


def arrival(seq: int) -> Arrival:
    """A key struck at that tick."""
    return Arrival(seq, "twin:keys", seq * 1000, 1, 0, seq, bytes((0x90, 60, 1)))


def child(path: Path, script: str) -> "subprocess.Popen[str]":
    """A process of its own that writes a session there."""
    command = [sys.executable, "-c", IN_A_CHILD + script, str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a session may be made."""
    return tmp_path / "song.bridge"


@pytest.fixture
def create(path: Path) -> Callable[[], Journal]:
    """Makes the session of the bass."""
    return lambda: Journal.create(path, songs.session().source, "a", 1, 2)


def test_a_new_session_holds_its_source_and_its_run(path: Path, create: Callable[[], Journal]) -> None:
    create().close()
    stored = load(path)
    assert stored.source == songs.session().source
    assert stored.runs == (Run(1, "a", 1, 2),)
    assert (stored.corrections, stored.arrivals, dict(stored.routing)) == ((), 0, {})


def test_a_closed_session_is_one_file(path: Path, create: Callable[[], Journal]) -> None:
    create().close()
    assert list(path.parent.iterdir()) == [path]


def test_routes_exports_and_what_else_is_known_come_back(path: Path, create: Callable[[], Journal]) -> None:
    with create() as journal:
        journal.route(Part(1, 9), "twin:bass", 2)
        journal.route(Part(1, 9), "twin:drums", 9)
        journal.export("corrected.mid", "ab" * 32, 5)
        journal.put("source_name", "AI")
    stored = load(path)
    assert dict(stored.routing) == {Part(1, 9): Routed("twin:drums", 9)}
    assert stored.exports == (Export("corrected.mid", "ab" * 32, 5),)
    assert dict(stored.meta) == {"source_name": "AI"}


def test_a_reader_sees_what_is_done_while_the_writer_goes_on(path: Path, create: Callable[[], Journal]) -> None:
    with create() as journal:
        journal.arrival(arrival(1))
        ticket = journal.commit()
        journal.wait(ticket)
        journal.arrival(arrival(2))
        assert (journal.done, load(path).arrivals) == (ticket, 1)
    assert load(path).arrivals == 2


def test_nothing_queued_is_no_transaction(create: Callable[[], Journal]) -> None:
    with create() as journal:
        journal.arrival(arrival(1))
        assert (journal.commit(), journal.commit()) == (1, 1)


def test_a_second_writer_is_told_to_close_the_first(path: Path, create: Callable[[], Journal]) -> None:
    with create(), pytest.raises(SessionLocked, match="open in another program; close it there first") as refused:
        Journal.open(path, "b", 3, 4)
    assert str(refused.value).startswith(f"'{path}'")
    with Journal.open(path, "b", 3, 4) as second:
        assert second.run == 2
        assert [run.id for run in second.stored.runs] == ["a", "b"]


def test_a_writer_in_another_process_keeps_this_one_out(path: Path) -> None:
    with child(path, "print('open', flush=True); sys.stdin.read()\njournal.close()") as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(SessionLocked, match="close it there first"):
            Journal.open(path, "b", 3, 4)
        assert load(path).runs[0].id == "a"
        other.kill()
        other.wait()
    Journal.open(path, "b", 3, 4).close()


def test_runs_number_their_arrivals_apart(path: Path, create: Callable[[], Journal]) -> None:
    with create() as journal:
        journal.arrival(arrival(1))
    with Journal.open(path, "b", 3, 4) as journal:
        journal.arrival(arrival(1))
    assert load(path).arrivals == 2


def test_an_opening_that_came_to_nothing_leaves_no_run(path: Path, create: Callable[[], Journal]) -> None:
    create().close()
    journal = Journal.open(path, "b", 3, 4)
    journal.put("queued", "and never said to be kept")
    journal.abandon()
    with pytest.raises(ZeroDivisionError), Journal.open(path, "c", 5, 6):
        _ = 1 // 0
    assert (load(path).runs, dict(load(path).meta)) == ((Run(1, "a", 1, 2),), {})
    journal = Journal.open(path, "d", 7, 8)
    journal.arrival(arrival(1))
    journal.commit()
    journal.abandon()
    assert (load(path).runs[-1], load(path).arrivals) == (Run(2, "d", 7, 8), 1)


def test_a_session_that_is_there_is_not_made_anew(path: Path, create: Callable[[], Journal]) -> None:
    create().close()
    with pytest.raises(RefusedOverwrite, match="exists; open it, or give another name for the new session"):
        create()
    assert load(path).runs[0].id == "a"


def test_an_empty_file_becomes_a_session(path: Path, create: Callable[[], Journal]) -> None:
    path.touch()
    create().close()
    assert load(path).runs[0].id == "a"


def test_a_session_in_no_folder_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="': its folder does not exist"):
        Journal.create(tmp_path / "no" / "song.bridge", songs.session().source, "a", 1, 2)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
def test_a_disk_without_room_for_a_session_is_left_as_it_was(path: Path, create: Callable[[], Journal]) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, limits[1]))
    try:
        with pytest.raises(DiskError, match=r"'.*song.bridge' cannot be saved: the disk failed"):
            create()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(path.parent.iterdir()) == []


def test_a_full_disk_loses_nothing_and_is_survived_once_there_is_space(
    path: Path, create: Callable[[], Journal]
) -> None:
    journal = create()
    journal._connection.execute("PRAGMA max_page_count=1")
    journal.put("big", "x" * 100_000)
    ticket = journal.commit()
    with pytest.raises(DiskError, match="the disk is full; free some space"):
        journal.wait(ticket)
    assert (journal.done, journal.unsaved) == (0, 1)
    assert str(journal.fault).startswith(f"'{path}' cannot be saved: ")
    journal._connection.execute("PRAGMA max_page_count=1000000")
    journal.wait(ticket)
    assert (journal.done, journal.unsaved, journal.fault) == (1, 0, None)
    journal.close()
    assert load(path).meta["big"] == "x" * 100_000


def test_a_disk_that_stays_full_is_said_at_the_end_and_all_can_be_rescued(
    path: Path, create: Callable[[], Journal]
) -> None:
    journal = create()
    journal._connection.execute("PRAGMA max_page_count=1")
    journal.put("big", "x" * 100_000)
    journal.commit()
    journal.arrival(arrival(1))
    with pytest.raises(DiskError, match="the disk is full"):
        journal.close()
    assert load(path).arrivals == 0
    other = path.with_name("rescued.bridge")
    journal.rescue(other)
    assert (load(other).arrivals, load(other).meta["big"][:1], load(other).source) == (1, "x", journal.stored.source)
    with pytest.raises(RefusedOverwrite, match="exists; give another name"):
        journal.rescue(other)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
def test_a_failing_disk_ends_the_file_and_not_the_program(path: Path) -> None:
    script = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))
journal.put("big", "x" * 100_000)
try:
    journal.wait(journal.commit())
except Exception as failed:
    print(type(failed).__name__, failed)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
journal.arrival(arrival(1))
try:
    journal.wait(journal.commit())
except Exception as failed:
    print("still", failed)
try:
    journal.close()
except Exception as failed:
    print("closed", journal.done, journal.unsaved)
journal.rescue(path.with_name("rescued.bridge"))
"""
    with child(path, script) as other:
        out, err = other.communicate()
    reason = f"'{path}' cannot be saved: the disk failed; go on in a session on another disk"
    assert (out.splitlines(), err) == ([f"DiskError {reason}", f"still {reason}", "closed 0 2"], "")
    assert load(path).arrivals == 0
    assert load(path.with_name("rescued.bridge")).arrivals == 1


def test_a_session_that_was_moved_is_asked_back_and_is_saved_when_it_is_there(
    path: Path, create: Callable[[], Journal]
) -> None:
    journal = create()
    moved = path.rename(path.with_name("moved"))
    journal.arrival(arrival(1))
    with pytest.raises(DiskError, match="was deleted, moved or replaced while it was open; put it back"):
        journal.wait(journal.commit())
    moved.rename(path)
    journal.arrival(arrival(2))
    journal.close()
    assert load(path).arrivals == 2


def test_a_reader_that_never_ends_is_a_fault_that_passes(path: Path, create: Callable[[], Journal]) -> None:
    journal = create()
    journal._connection.execute("PRAGMA busy_timeout=0")
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM arrival").fetchone()
    journal.arrival(arrival(1))
    with pytest.raises(DiskError, match="another program reads it all the time; close it there"):
        journal.wait(journal.commit())
    reader.close()
    journal.close()
    assert load(path).arrivals == 1


def test_a_killed_program_keeps_every_commit_that_was_done(path: Path) -> None:
    script = """
for seq in range(1, 1_000_000):
    journal.arrival(arrival(seq))
    journal.wait(journal.commit())
    print(seq, flush=True)
"""
    with child(path, script) as other:
        assert other.stdout is not None
        for _ in range(30):
            done = int(other.stdout.readline())
        other.kill()
        done = int(other.stdout.read().split("\n")[-2:][0] or done)
    assert load(path).arrivals >= done


def test_a_program_killed_inside_a_transaction_leaves_the_one_before(path: Path) -> None:
    script = """
journal.arrival(arrival(1))
journal.wait(journal.commit())
journal._connection.execute("PRAGMA cache_size=1")
journal._connection.execute("BEGIN IMMEDIATE")
for seq in range(2, 5_000):
    journal._connection.execute("INSERT INTO arrival VALUES (1, ?, 'x', 0, 0, 0, 0, x'90')", (seq,))
os.kill(os.getpid(), signal.SIGKILL)
"""
    with child(path, script) as other:
        other.communicate()
    assert other.returncode == -signal.SIGKILL
    assert path.with_name("song.bridge-journal").stat().st_size > 0
    assert load(path).arrivals == 1
    with Journal.open(path, "b", 3, 4) as journal:
        journal.arrival(arrival(1))
    assert load(path).arrivals == 2


def write_all(path: Path, one: Session) -> bytes:
    """The bytes of a session file with everything in it."""
    with Journal.create(path, one.source, "run 1", 10, 20) as journal:
        for correction in one.corrections.values():
            journal.arrival(arrival(correction.n))
            journal.correction(correction)
            journal.commit()
        journal.route(Part(0, 0), "twin:bass", 1)
        journal.export("out.mid", "00" * 32, 30)
    return path.read_bytes()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(songs.notes, songs.acts, st.integers(0, 3))
def test_a_session_comes_back_from_its_file_as_it_was(
    tmp_path: Path, notes: list[songs.Hit], acts: list[songs.Act], folder: int
) -> None:
    one = songs.live(songs.session(notes), acts)
    path = tmp_path / "song.bridge"
    path.unlink(missing_ok=True)
    write_all(path, one)
    stored = load(path)
    other = Session.restore(stored.source, Song(read(stored.source.data)), stored.corrections)
    assert other.corrections == one.corrections
    assert rendered(other) == rendered(one)


def test_equal_calls_in_two_folders_make_equal_files(tmp_path: Path) -> None:
    acts: list[songs.Act] = [
        (songs.AUTHORS[n % 2], ("pitch", "pedal", "remove", "undo")[n % 4], n, n * 7 % 100, Joins.NEW)
        for n in range(40)
    ]
    files = []
    for name in ("here", "somewhere else"):
        (tmp_path / name).mkdir()
        one = songs.live(songs.session(), acts)
        files.append(write_all(tmp_path / name / "song.bridge", one))
    assert files[0] == files[1]
    assert str(tmp_path).encode() not in files[0]


def test_a_correction_that_was_joined_or_taken_back_is_rewritten(path: Path, create: Callable[[], Journal]) -> None:
    one = songs.session()
    with create() as journal:
        for velocity, number in ((10, 0), (20, 1)):
            one.correct("player", wish(changed(nth(one, number), velocity=velocity), joins=Joins.EXTENDS))
            journal.correction(one.corrections[1])
            journal.commit()
        assert len(one.corrections[1].edits) == 2
        journal.correction(one.undo("player").correction)
    assert load(path).corrections == (one.corrections[1],)
    assert not load(path).corrections[0].live


def test_what_is_typed_and_is_no_text_is_stored_as_its_escape(path: Path) -> None:
    source = songs.session().source
    with Journal.create(path, Source("\udcff.mid", source.sha256, source.data), "a", 1, 2) as journal:
        journal.arrival(replace(arrival(1), port="\udcfa"))
        journal.route(Part(1, 0), "\udcfb", 2)
        journal.put("source_label", "\ud800é")
        journal.export("\udcfd.mid", "0" * 64, 3)
        journal.wait(journal.commit())
    stored = load(path)
    assert (stored.source.name, dict(stored.meta)) == ("\\udcff.mid", {"source_label": "\\ud800é"})
    assert (stored.routing[Part(1, 0)].port, stored.exports[0].name) == ("\\udcfb", "\\udcfd.mid")
    assert stored.arrivals == 1


def test_what_a_session_cannot_hold_is_a_fault_that_is_told_and_the_writer_lives_on(path: Path) -> None:
    journal = Journal.create(path, songs.session().source, "a", 1, 2)
    journal.arrival(replace(arrival(1), at_ns=1 << 63))
    for _ in range(2):
        with pytest.raises(DiskError, match="cannot be saved: something in it is nothing that a session can hold"):
            journal.wait(journal.commit())
    with pytest.raises(DiskError, match="something in it is nothing that a session can hold"):
        journal.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there it is the whole path that may be too long")
@pytest.mark.parametrize("length", [248, 251, 255, 256])
def test_a_name_that_leaves_no_room_for_what_lies_beside_it_is_refused_before_anything_is_made(
    length: int, tmp_path: Path
) -> None:
    with pytest.raises(BadFile, match="its name is too long"):
        Journal.create(tmp_path / ("n" * length), songs.session().source, "a", 1, 2)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="there it is the whole path that may be too long")
def test_the_longest_name_that_leaves_room_is_a_session_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / ("n" * (255 - len("-journal")))
    Journal.create(path, songs.session().source, "a", 1, 2).close()
    Journal.open(path, "b", 1, 2).close()
    assert [run.id for run in load(path).runs] == ["a", "b"]
