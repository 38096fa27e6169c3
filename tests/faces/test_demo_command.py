"""`demo`: leaves its six files, replaces only its own, can be run again whatever happened to it."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import mido
import pytest

from bridge.app.demo import SOURCE_MID, source
from bridge.app.showcase import FILES
from bridge.session.journal import Journal
from bridge.session.report import schema
from bridge.session.stored import load
from tests.faces.person import Ran, command, corrected, environment, is_one_line, midi_bridge, python, spawned


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """A demo in a process of its own: where, and what it answered."""
    folder = tmp_path_factory.mktemp("demo") / "out"
    return folder, spawned("demo", "--fast", "--json", "--out", folder)


def test_json_is_all_there_is_on_stdout_and_stderr_is_quiet_in_a_pipe(first: tuple[Path, Ran]) -> None:
    folder, ran = first
    assert ran.code == 0
    figures = json.loads(ran.out)
    assert figures == json.loads((folder / "summary.json").read_text())
    assert (figures["keys_down"], figures["order_faults"]) == (0, 0)
    assert figures["rig"] == {name: f"midi-bridge/twin-{name}" for name in ("module", "bass", "drums", "controller")}
    assert len(ran.err.splitlines()) <= 1
    assert "pass" not in ran.err


def test_it_leaves_six_files_that_belong_together(first: tuple[Path, Ran]) -> None:
    folder, ran = first
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    record = json.loads((folder / "corrections.json").read_text())
    jsonschema.validate(record, schema())
    assert record["source"]["name"] == SOURCE_MID
    assert {one["tool"] for one in record["corrections"]} == {"fix", "dynamics", "pedal", "erase"}
    assert load(folder / "demo.bridge").exports[-1].sha256 == record["export"]["sha256"]
    assert json.loads(ran.out)["export_sha256"] == record["export"]["sha256"]
    assert len(mido.MidiFile(folder / "corrected.mid").tracks) == len(mido.MidiFile(folder / "source.mid").tracks)
    assert (folder / "report.html").read_text().lstrip().lower().startswith("<!doctype html")


def test_a_second_demo_in_another_folder_at_another_time_leaves_the_same_bytes(
    first: tuple[Path, Ran], tmp_path: Path
) -> None:
    ran = midi_bridge("demo", "--fast", "--out", tmp_path / "elsewhere")
    assert ran.code == 0
    assert "keys still down at any twin: 0" in ran.out
    for name in FILES:
        assert (tmp_path / "elsewhere" / name).read_bytes() == (first[0] / name).read_bytes(), name


def test_it_replaces_its_own_and_nothing_else(tmp_path: Path) -> None:
    assert midi_bridge("demo", "--fast", "--out", tmp_path).code == 0
    (tmp_path / "mine.mid").write_bytes(b"mine")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert midi_bridge("demo", "--fast", "--out", tmp_path).code == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", ["a file", "a folder", "a link"])
def test_a_file_that_is_somebody_elses_is_never_replaced(name: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if kind == "a file":
        path.write_bytes(b"mine")
    elif kind == "a folder":
        path.mkdir()
    else:
        path.symlink_to("nowhere")
    ran = midi_bridge("demo", "--fast", "--out", tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert is_one_line(ran.err)
    assert name in ran.err
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_a_players_own_session_of_that_name_is_never_replaced(tmp_path: Path) -> None:
    corrected(tmp_path).rename(tmp_path / "demo.bridge")
    before = (tmp_path / "demo.bridge").read_bytes()
    ran = midi_bridge("demo", "--fast", "--out", tmp_path)
    assert (ran.code, is_one_line(ran.err)) == (2, True)
    assert (tmp_path / "demo.bridge").read_bytes() == before


def test_one_of_its_files_that_was_made_a_folder_is_said_in_one_line(tmp_path: Path) -> None:
    assert midi_bridge("demo", "--fast", "--out", tmp_path).code == 0
    (tmp_path / "report.html").unlink()
    (tmp_path / "report.html").mkdir()
    ran = midi_bridge("demo", "--fast", "--out", tmp_path)
    assert (ran.code, is_one_line(ran.err)) == (2, True)
    assert (tmp_path / "demo.bridge").exists()


@pytest.mark.parametrize("out", ["file", "file/demo", "x" * 300])
def test_a_place_that_can_be_no_folder_is_the_callers_mistake(out: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    ran = midi_bridge("demo", "--fast", "--out", tmp_path / out)
    assert (ran.code, ran.out, is_one_line(ran.err)) == (2, "", True)
    assert (tmp_path / "file").read_bytes() == b"mine"


def test_a_demo_that_another_program_has_open_is_left_alone(tmp_path: Path) -> None:
    assert midi_bridge("demo", "--fast", "--out", tmp_path).code == 0
    held = (
        "import sys; from pathlib import Path; from bridge.session.journal import Journal;"
        "Journal.open(Path(sys.argv[1]), 'x', 0, 0); print('open', flush=True); sys.stdin.read()"
    )
    words = [sys.executable, "-c", held, str(tmp_path / "demo.bridge")]
    with subprocess.Popen(words, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"open\n"
        ran = midi_bridge("demo", "--fast", "--out", tmp_path)
        other.kill()
    assert (ran.code, is_one_line(ran.err)) == (1, True)
    assert sorted(path.name for path in tmp_path.iterdir() if "journal" not in path.name) == sorted(FILES)
    assert midi_bridge("demo", "--fast", "--out", tmp_path).code == 0


# A shell makes the jobs behind an `&` ignore it, and with them these tests and all their children.
_HEEDS_CTRL_C = """
import signal, sys
from bridge.faces.cli import main

signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_demo_can_be_run_again(number: signal.Signals, tmp_path: Path) -> None:
    words = [sys.executable, "-c", _HEEDS_CTRL_C, "demo", "--out", str(tmp_path)]
    child = subprocess.Popen(words, env=environment(), stderr=subprocess.PIPE, text=True)
    while child.poll() is None and not (tmp_path / "demo.bridge-journal").exists():
        pass
    child.send_signal(number)
    err = child.communicate(timeout=20)[1]
    assert child.returncode in (130, -number)
    assert "Traceback" not in err
    again = midi_bridge("demo", "--fast", "--out", tmp_path)
    assert (again.code, again.err.count("\n")) == (0, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)


def test_a_demo_that_was_killed_before_its_session_held_anything_can_be_run_again(tmp_path: Path) -> None:
    (tmp_path / "demo.bridge").touch()
    assert midi_bridge("demo", "--fast", "--out", tmp_path / ".").code == 0
    (tmp_path / "begun").mkdir()
    Journal.create(tmp_path / "begun" / "demo.bridge", source(), "killed", 0, 0).close()
    assert midi_bridge("demo", "--fast", "--out", tmp_path / "begun").code == 0


_DIES = """
import os, sys
from pathlib import Path
from bridge.faces.cli import run
import bridge.app.{module} as module

def die(*_, **__):
    os._exit(9)

setattr(module, "{name}", die)
run(["demo", "--fast", "--out", sys.argv[1]])
"""


@pytest.mark.parametrize(
    ("module", "name"),
    [("demo", "open_rig"), ("stage", "routed"), ("corrections", "restored"), ("showcase", "figures")],
)
def test_a_demo_that_died_anywhere_can_be_run_again(module: str, name: str, tmp_path: Path) -> None:
    script = _DIES.replace("{module}", module).replace("{name}", name)
    died = subprocess.run([sys.executable, "-c", script, str(tmp_path)], env=environment(), timeout=60, check=False)
    assert died.returncode == 9
    assert list(tmp_path.iterdir())
    assert midi_bridge("demo", "--fast", "--out", tmp_path).code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)


def test_an_answer_that_nobody_reads_ends_without_a_traceback(tmp_path: Path) -> None:
    child = subprocess.Popen(
        command("demo", "--fast", "--json", "--out", tmp_path),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout
    assert child.stderr
    child.stdout.close()
    err = child.stderr.read()
    child.stderr.close()
    child.wait(timeout=60)
    assert "Traceback" not in err
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)


_ON_A_SMALL_DISK = """
import os, sys
from pathlib import Path
from bridge.faces.cli import run

code = run(["demo", "--fast", "--json", "--out", sys.argv[1]])
for path in Path(sys.argv[1]).iterdir():
    Path(sys.argv[2], path.name).write_bytes(path.read_bytes())
sys.exit(code)
"""


@pytest.mark.parametrize("pages", [1, 4, 10, 12, 16, 24, 28])
def test_a_disk_that_is_too_small_is_said_in_one_line_and_no_half_file_is_left(
    pages: int, tmp_path: Path, own_disk: Callable[..., tuple[str, ...]]
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    before = own_disk(tmp_path / "disk", f"{pages * 4}k")
    (tmp_path / "tmp").mkdir()
    ran = python(_ON_A_SMALL_DISK, tmp_path / "disk", kept, before=before, TMPDIR=str(tmp_path / "tmp"))
    assert ran.code == 1
    assert is_one_line(ran.err), ran
    assert "the disk is full" in ran.err
    assert not ran.out
    left = {path.name for path in kept.iterdir() if path.stat().st_size}  # SQLite may leave an empty journal
    assert left < set(FILES)
    for name in left & {"source.mid", "corrected.mid"}:
        mido.MidiFile(kept / name)
    if "report.html" in left:
        assert (kept / "report.html").read_text().rstrip().endswith("</html>")
    if "corrections.json" in left:
        jsonschema.validate(json.loads((kept / "corrections.json").read_text()), schema())
    if "demo.bridge" in left:
        load(kept / "demo.bridge")
