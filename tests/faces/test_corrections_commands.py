"""`log`, `undo` and `export`: looked at, taken back, written out; refused where that would harm a file."""

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema
import mido
import pytest

from bridge.errors import DiskError
from bridge.session.journal import Journal
from bridge.session.report import schema
from bridge.session.stored import load
from tests.faces.person import SONG, Ran, corrected, is_one_line, midi_bridge, python
from tests.kit import hit, smf


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return corrected(tmp_path)


def first_part(path: Path) -> list[int]:
    """The pitches of the first part, as mido reads them."""
    return [one.note for one in mido.MidiFile(path).tracks[1] if one.type == "note_on" and one.velocity]


def exported(session: Path, *words: object) -> Ran:
    return midi_bridge("export", session, "-o", session.parent / "out.mid", *words)


def is_refused(ran: Ran, says: str = "") -> bool:
    return ran.code == 2 and not ran.out and is_one_line(ran.err) and says in ran.err


def test_the_log_lists_every_correction_for_eyes_and_for_programs(session: Path) -> None:
    ran = midi_bridge("log", session)
    assert (ran.code, ran.err) == (0, "")
    assert [line.split()[0] for line in ran.out.splitlines()] == ["1", "2"]
    ran = midi_bridge("log", session, "--json")
    record = {
        "version": 1,
        "source": {"name": "song.mid", "sha256": "0" * 64},
        "export": {"name": "out.mid", "sha256": "0" * 64},
        "corrections": json.loads(ran.out),
    }
    jsonschema.validate(record, schema())
    assert [one["n"] for one in record["corrections"]] == [1, 2]
    assert ran.err == ""


def test_what_somebody_else_has_written_into_a_session_is_shown_on_one_line(session: Path) -> None:
    with closing(sqlite3.connect(session)) as connection:
        connection.execute("UPDATE correction SET label = 'a' || char(10) || char(27) || '[31mb'")
        connection.commit()
    assert [line.endswith("a\\n\\x1b[31mb") for line in midi_bridge("log", session).out.splitlines()] == [True, True]
    assert midi_bridge("undo", session).out.endswith(": a\\n\\x1b[31mb\n")


@pytest.mark.parametrize(
    "words", [["log"], ["undo"], ["route"], ["export", "-o", "out.mid"], ["session", "copy", "garbage", "copy.bridge"]]
)
def test_a_file_that_is_no_session_is_refused_with_the_way_out(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("garbage").write_bytes(b"garbage")
    ran = midi_bridge(*(words if "garbage" in words else [*words, "garbage"]))
    says = "midi-bridge: 'garbage' is no midi-bridge session; name one, or the song it lies beside\n"
    assert (ran.code, ran.out, ran.err) == (1, "", says)


def test_a_session_without_corrections_has_an_empty_log(tmp_path: Path) -> None:
    session = corrected(tmp_path, pitches=())
    ran = midi_bridge("log", session)
    assert (ran.code, ran.out) == (0, "")
    assert is_one_line(ran.err)
    assert json.loads(midi_bridge("log", session, "--json").out) == []


def test_looking_changes_not_one_byte(session: Path) -> None:
    before = session.read_bytes()
    for words in ("log", "info"):
        midi_bridge(words, session)
    assert session.read_bytes() == before
    assert sorted(path.name for path in session.parent.iterdir()) == ["song.bridge", "song.mid"]


@pytest.mark.parametrize(
    "words", [["log"], ["undo"], ["route"], ["export", "-o", "out.mid"], ["session", "copy", "song.mid", "copy.bridge"]]
)
def test_who_names_the_song_means_the_session_beside_it(
    words: list[str], session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(session.parent)
    words = words if "song.mid" in words else [*words, "song.mid"]
    ran = midi_bridge(*words)
    assert (ran.code, ran.err) == (0, "")
    session.unlink()
    assert is_refused(
        midi_bridge(*words), "'song.mid' is a song, and no session of it lies beside it; midi-bridge play makes one"
    )


def test_undo_takes_back_the_newest_until_nothing_is_left(session: Path) -> None:
    assert "correction 2" in midi_bridge("undo", session).out
    assert exported(session).code == 0
    assert first_part(session.parent / "out.mid") == [62, 64, 67]
    assert "correction 1" in midi_bridge("undo", session).out
    before = load(session)
    assert is_refused(midi_bridge("undo", session))
    assert load(session) == before
    assert exported(session, "--force").code == 0
    assert (session.parent / "out.mid").read_bytes() == SONG


def test_undo_is_by_author(tmp_path: Path) -> None:
    session = corrected(tmp_path, author="agent:tidy")
    assert is_refused(midi_bridge("undo", session), "player")
    assert is_refused(midi_bridge("undo", session, "--author", "agent:other"), "agent:other")
    ran = midi_bridge("undo", session, "--author", "agent:tidy")
    assert (ran.code, ran.err) == (0, "")
    assert [one.live for one in load(session).corrections] == [True, False]


@pytest.fixture(name="open_to_others")
def _open_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The runtime folder is one that others may enter."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run").chmod(0o755)
    monkeypatch.setattr("bridge.profiles.places.runtime", lambda: tmp_path / "run")
    monkeypatch.setattr("bridge.app.local._LONGEST_FOLDER", 255)


@pytest.mark.usefixtures("open_to_others")
def test_where_no_host_can_be_trusted_a_session_that_nobody_plays_is_reached_all_the_same(session: Path) -> None:
    assert midi_bridge("log", session).out.count("player") == 2
    assert midi_bridge("undo", session).code == 0
    assert exported(session).code == 0
    assert midi_bridge("route", session).code == 0
    assert midi_bridge("log", session).out.count("taken back") == 1


@pytest.mark.usefixtures("open_to_others")
def test_where_no_host_can_be_trusted_a_session_that_is_open_is_read_and_never_changed(session: Path) -> None:
    with Journal.open(session, "other", 0, 0):
        assert midi_bridge("log", session).out.count("player") == 2
        for words in (["undo", session], ["export", session, "-o", session.parent / "out.mid"]):
            ran = midi_bridge(*words)
            assert ran.code == 1
            assert is_one_line(ran.err)
            assert "is open in another program; close it there first" in ran.err


def test_an_export_has_the_corrections_and_is_remembered(session: Path) -> None:
    ran = exported(session)
    assert (ran.code, ran.err) == (0, "")
    assert first_part(session.parent / "out.mid") == [62, 65, 67]
    assert [one.name for one in load(session).exports] == ["out.mid"]
    assert load(session).exports[0].sha256 in ran.out


def test_a_file_name_is_shown_on_one_line_of_a_terminal(session: Path) -> None:
    ran = midi_bridge("export", session, "-o", session.parent / "a\x1b[31m\nb.mid")
    assert ran.code == 0
    assert "/a\\x1b[31m\\nb.mid: 2 corrections" in ran.out
    assert ran.out.count("\n") == 1
    ran = midi_bridge("session", "copy", session, session.parent / "c\n.bridge")
    assert "/c\\n.bridge: 2 corrections" in ran.out


def test_an_existing_file_is_replaced_only_with_force(session: Path) -> None:
    target = session.parent / "out.mid"
    target.write_bytes(b"somebody else's")
    assert is_refused(exported(session), "--force")
    assert target.read_bytes() == b"somebody else's"
    assert is_refused(exported(session, "--in-place"), "--force")
    assert exported(session, "--force").code == 0
    assert first_part(target) == [62, 65, 67]


@pytest.mark.parametrize("name", ["song.mid", "./song.mid", "link.mid", "hard.mid"])
def test_the_source_is_replaced_only_in_place_and_a_copy_stays(
    name: str, session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = session.parent
    monkeypatch.chdir(folder)
    Path("link.mid").symlink_to("song.mid")
    os.link("song.mid", "hard.mid")
    for force in ((), ("--force",)):
        assert is_refused(midi_bridge("export", session, "-o", name, *force), "--in-place")
    assert (folder / "song.mid").read_bytes() == SONG
    assert midi_bridge("export", session, "-o", name, "--in-place").code == 0
    assert first_part(Path(name)) == [62, 65, 67]
    assert [path.read_bytes() for path in folder.glob("*.bak")] == [SONG]
    again = ("--force",) if name == "hard.mid" else ("--in-place", "--force")  # which is a file of its own by now
    assert midi_bridge("export", session, "-o", name, *again).code == 0
    assert SONG in [path.read_bytes() for path in folder.glob("*.bak*")]


def test_in_place_needs_no_other_name_and_says_where_the_copy_is(session: Path) -> None:
    song = session.parent / "song.mid"
    for copy in ("song.mid.bak", "song.mid.bak.2"):  # what it wrote itself may be replaced again
        ran = midi_bridge("export", session, "--in-place")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith(f"{song}: 2 corrections, sha256 ")
        assert ran.out.endswith(f"; the file it replaced is kept as '{session.parent / copy}'\n")
    assert first_part(song) == [62, 65, 67]
    assert (session.parent / "song.mid.bak").read_bytes() == SONG
    song.unlink()
    assert is_refused(midi_bridge("export", session, "--in-place"), "song.mid' is not there to be replaced; name the")


def test_an_export_without_a_name_is_refused(session: Path) -> None:
    says = "name the file to write with -o, or give --in-place to replace the source"
    assert is_refused(midi_bridge("export", session), says)


@pytest.mark.parametrize("target", [(), ("-o", "song.mid")])
def test_a_source_that_has_changed_is_not_replaced_unless_that_is_asked_for(
    target: tuple[str, ...], session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(session.parent)
    newer = smf(hit(72, 0, 400))
    Path("song.mid").write_bytes(newer)
    ran = midi_bridge("export", "song.bridge", *target, "--in-place")
    assert is_refused(ran, "'song.mid' has changed since the session read it, and the export would not have the change")
    assert Path("song.mid").read_bytes() == newer
    ran = midi_bridge("export", "song.bridge", *target, "--in-place", "--force")
    assert ran.code == 0
    assert "song.mid.bak" in ran.out
    assert Path("song.mid.bak").read_bytes() == newer
    assert first_part(Path("song.mid")) == [62, 65, 67]


def test_the_source_of_a_session_that_lies_elsewhere_is_known_by_its_bytes(session: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    moved = session.rename(tmp_path / "kept" / "song.bridge")
    song = tmp_path / "song.mid"
    assert is_refused(midi_bridge("export", moved, "-o", song, "--force"), "--in-place")
    for _ in range(2):
        assert midi_bridge("export", moved, "-o", song, "--in-place").code == 0
    assert (tmp_path / "song.mid.bak").read_bytes() == SONG


def test_an_export_without_corrections_may_be_replaced_like_any_other(tmp_path: Path) -> None:
    session = corrected(tmp_path, pitches=())
    assert exported(session).code == 0
    assert (tmp_path / "out.mid").read_bytes() == SONG
    assert exported(session, "--force").code == 0


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (Path.mkdir, "folder"),
        (os.mkfifo, "pipe"),
        (lambda path: path.symlink_to("/dev/null"), "device"),
        (lambda path: path.symlink_to(path.name), "circle"),
    ],
)
def test_what_is_no_regular_file_is_never_written(make: Callable[[Path], Any], says: str, session: Path) -> None:
    make(session.parent / "out.mid")
    before = sorted(session.parent.iterdir())
    assert is_refused(exported(session, "--force", "--in-place"), says)
    assert sorted(session.parent.iterdir()) == before


@pytest.mark.parametrize("target", ["nowhere/out.mid", "song.mid/out.mid", "x" * 300])
def test_a_target_that_cannot_be_is_the_callers_mistake(target: str, session: Path) -> None:
    assert is_refused(midi_bridge("export", session, "-o", session.parent / target))
    assert not load(session).exports


@pytest.mark.parametrize("name", ["song.bridge", "other.bridge", "link.mid"])
def test_a_session_is_never_exported_over_a_session(name: str, session: Path) -> None:
    (session.parent / "other.bridge").write_bytes(session.read_bytes())
    (session.parent / "link.mid").symlink_to("song.bridge")
    ran = midi_bridge("export", session, "-o", session.parent / name, "--force", "--in-place")
    assert is_refused(ran, "session")
    assert len(load(session).corrections) == 2


def test_the_report_is_written_beside_the_export(session: Path, tmp_path: Path) -> None:
    ran = exported(session, "--report", tmp_path / "deep" / "report")
    assert ran.code == 0
    assert sorted(path.name for path in (tmp_path / "deep" / "report").iterdir()) == ["corrections.json", "report.html"]
    record = json.loads((tmp_path / "deep" / "report" / "corrections.json").read_text())
    jsonschema.validate(record, schema())
    assert record["export"]["sha256"] in ran.out


def test_an_export_whose_name_is_no_text_is_written_remembered_and_reported(session: Path, tmp_path: Path) -> None:
    out = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xfd.mid"))
    ran = midi_bridge("export", session, "-o", out, "--report", tmp_path / "report")
    if ran.code == 2:
        pytest.skip("this file system knows only names that are text")
    assert ran.code == 0, ran
    assert out.exists()
    assert load(session).exports[-1].name == "\\udcfd.mid"
    assert "\\udcfd.mid" in (tmp_path / "report" / "report.html").read_text()


@pytest.mark.parametrize("name", ["report.html", "corrections.json"])
def test_a_report_that_is_there_is_replaced_only_with_force_and_nothing_is_written_before(
    name: str, session: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / name).write_text("mine")
    assert is_refused(exported(session, "--report", folder), "--force")
    assert [path.name for path in folder.iterdir()] == [name]
    assert (folder / name).read_text() == "mine"
    assert not (tmp_path / "out.mid").exists()
    assert exported(session, "--report", folder, "--force").code == 0
    assert (folder / name).read_text() != "mine"


def test_a_report_needs_a_folder_and_names_of_its_own(session: Path, tmp_path: Path) -> None:
    assert is_refused(exported(session, "--report", tmp_path / "song.mid"), "it is a file")
    target = tmp_path / "corrections.json"
    assert is_refused(midi_bridge("export", session, "-o", target, "--report", tmp_path), "report")
    (tmp_path / "report.html").write_bytes(session.read_bytes())
    assert is_refused(exported(session, "--report", tmp_path, "--force"), "session")
    assert not (tmp_path / "out.mid").exists()


_TRIES = """
import contextlib, io, json, os, sys
from pathlib import Path
from bridge.faces.cli import run

disk, away = Path(sys.argv[1]), Path(sys.argv[2])
before = sorted(path.name for path in disk.iterdir())
found = {}
for name, words in {
    "undo": ["undo", disk / "song.bridge"],
    "export": ["export", disk / "song.bridge", "-o", disk / "out.mid"],
    "export over": ["export", disk / "song.bridge", "-o", disk / "song.mid", "--in-place"],
    "export away": ["export", disk / "song.bridge", "-o", away / "out.mid"],
    "report": ["export", disk / "song.bridge", "-o", away / "out2.mid", "--report", disk / "report"],
    "play": ["play", disk / "song.mid", "--fast"],
    "play new": ["play", disk / "song.mid", "--fast", "--session", disk / "new.bridge"],
    "demo": ["demo", "--fast", "--out", disk / "demo"],
    "log": ["log", disk / "song.bridge"],
    "info": ["info", disk / "song.bridge", disk / "song.mid"],
}.items():
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([str(word) for word in words])
    found[name] = [code, out.getvalue(), err.getvalue()]
after = sorted(str(path.relative_to(disk)) for path in disk.rglob("*"))
song = (disk / "song.mid").read_bytes()
print(json.dumps({"before": before, "after": after, "found": found, "song": song.hex()}))
"""


@pytest.mark.parametrize(
    ("then", "says"),
    [
        ("mount -o remount,ro '{}'", "read-only"),
        ("head -c 9999999 /dev/zero > '{0}/fill' 2>&- ; test -s '{0}/fill'", "full"),
    ],
    ids=["a read-only disk", "a full disk"],
)
def test_a_disk_that_takes_nothing_is_said_in_one_line_and_left_as_it_was(
    then: str, says: str, tmp_path: Path, own_disk: Callable[..., tuple[str, ...]]
) -> None:
    disk, spare, away = tmp_path / "disk", tmp_path / "spare", tmp_path / "away"
    spare.mkdir()
    away.mkdir()
    corrected(spare)
    before = own_disk(disk, "128k", copy=f"{spare}/.", then=then.format(disk))
    ran = python(_TRIES, disk, away, before=before, TMPDIR=str(away))
    assert ran.code == 0, ran.err
    tried = json.loads(ran.out)
    found = tried["found"]
    for name in ("undo", "export", "export over", "play", "play new", "demo", "report"):
        code, out, err = found[name]
        assert (code, out if name != "report" else "") == (1, ""), (name, out, err)
        assert is_one_line(err), (name, err)
        assert says in err, (name, err)
    code, out, err = found["export away"]
    assert code == 1
    assert is_one_line(err)
    assert "out.mid" in out
    assert first_part(away / "out.mid") == [62, 65, 67]
    assert found["log"][0] == found["info"][0] == 0
    assert tried["after"] in (
        tried["before"],
        sorted([*tried["before"], "demo"]),
        sorted([*tried["before"], "demo", "report"]),
    )
    assert bytes.fromhex(tried["song"]) == SONG
    assert not list(away.glob("*.bridge"))


def test_an_export_that_a_disk_does_not_take_is_tried_once(session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(data: bytes, path: Path) -> None:
        raise DiskError(f"'{path}' cannot be written: the disk is full")

    monkeypatch.setattr("bridge.session.disk.write", full)
    before = load(session)
    ran = midi_bridge("export", session, "--in-place")
    assert (ran.code, is_one_line(ran.err)) == (1, True)
    assert sorted(path.name for path in session.parent.iterdir()) == ["song.bridge", "song.mid", "song.mid.bak"]
    assert (session.parent / "song.mid").read_bytes() == SONG
    assert load(session) == before


def test_an_export_keeps_what_nobody_touched_byte_for_byte(tmp_path: Path) -> None:
    data = smf([*hit(60, 0, 10), (20, b"\xb0\x07\x64")], [(0, b"\xff\x01\x02hi")])
    session = corrected(tmp_path, data, pitches=(61,))
    assert exported(session).code == 0
    written = (tmp_path / "out.mid").read_bytes()
    assert len(written) == len(data)
    assert [(a, b) for a, b in zip(data, written) if a != b] == [(60, 61)] * 2
