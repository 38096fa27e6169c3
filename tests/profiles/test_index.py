"""The index says what the files say, whatever happened to them or to it, and is read at once."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.profiles import index as made_by
from bridge.profiles.entries import read_entry
from bridge.profiles.index import Folders, Index, current, folders
from bridge.profiles.known import Entry
from bridge.profiles.match import Clues, Matcher

HEAD = 'name = "{name}"\nmaker = "Acme"\nmodel = "{model}"\nkind = "instrument"\nsource = "made"\n{more}\n'
SOURCE = '[sources.made]\nkind = "made here"\nsays = "for a test"\n'
MATCH = '[match]\nnames = ["{pattern}"]\n'
Write = Callable[..., Path]


@pytest.fixture(name="where")
def _where(tmp_path: Path) -> Folders:
    for name in ("program", "own", "cache"):
        (tmp_path / name).mkdir()
    return Folders(tmp_path / "program", tmp_path / "own", tmp_path / "cache")


@pytest.fixture(name="reads")
def _reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the profiles that were read."""
    names: list[str] = []

    def read(path: Path, name: str, own: bool) -> Entry:
        names.append(name)
        return read_entry(path, name, own)

    monkeypatch.setattr(made_by, "read_entry", read)
    return names


def write(folder: Path, name: str, pattern: str = "Box", model: str = "Box", more: str = "") -> Path:
    path = folder / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = HEAD.format(name=name, model=model, more=more) + SOURCE + MATCH.format(pattern=pattern)
    path.write_text(text, encoding="utf-8")
    return path


def who(found: Index, name: str) -> tuple[str, ...]:
    return Matcher(found.known).answer(Clues(name)).profiles


def stored(where: Folders) -> Path:
    (path,) = where.cache.iterdir()
    return path


def test_a_second_look_reads_no_profile_and_says_the_same(where: Folders, reads: list[str]) -> None:
    write(where.program, "acme/box")
    write(where.program, "midi-guide/acme/synth", model="Synth", more='origin = "converted"')
    first = current(where)
    assert sorted(reads) == ["acme/box", "midi-guide/acme/synth"]
    reads.clear()
    assert current(where) == first
    assert reads == []
    assert [one.name for one in first.known.entries] == ["acme/box", "midi-guide/acme/synth"]
    assert [one.origin for one in first.known.entries] == ["written", "converted"]


SLOT = "[[slots]]\nchannels = [4, 3]\nrange = [70, 90]\n"
KIT = "[[slots]]\ndrums = true\nrange = [40, 50]\n"
SOUNDS = "sounds = [{ key = 45 }, { key = 42 }, { key = 50 }]\n"


@pytest.mark.parametrize("origin", ["", 'origin = "converted"'])
@pytest.mark.parametrize(
    ("slots", "trial"), [("", (1, 60)), (SLOT, (3, 70)), (KIT, (1, 40)), (KIT + SOUNDS, (1, 42)), (KIT + SLOT, (1, 40))]
)
def test_an_instrument_is_tried_with_a_key_that_it_has(
    where: Folders, origin: str, slots: str, trial: tuple[int, int]
) -> None:
    path = write(where.program, "midi-guide/acme/synth", more=origin)
    path.write_text(path.read_text(encoding="utf-8") + slots, encoding="utf-8")
    for found in (current(where), current(where)):  # as it is read, and as it is stored
        assert [one.trial for one in found.known.entries] == [trial]


def test_a_profile_that_was_changed_is_read_again_and_no_other(where: Folders, reads: list[str]) -> None:
    write(where.program, "acme/box")
    write(where.program, "acme/other", "Other")
    current(where)
    reads.clear()
    write(where.program, "acme/box", "Box Mk II")
    assert who(current(where), "Box Mk II") == ("acme/box",)
    assert reads == ["acme/box"]


def test_a_change_that_keeps_the_size_is_seen_by_its_time(where: Folders) -> None:
    path = write(where.program, "acme/box", "Box A")
    current(where)
    before = path.stat()
    write(where.program, "acme/box", "Box B")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert path.stat().st_size == before.st_size
    assert who(current(where), "Box B") == ("acme/box",)


@pytest.mark.parametrize("shift_ns", [0, -1_000_000_000])
def test_a_change_that_keeps_the_time_or_sets_it_back_is_seen(where: Folders, shift_ns: int) -> None:
    path = write(where.program, "acme/box", "Box A")
    current(where)
    before = path.stat()
    write(where.program, "acme/box", "Box Long")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + shift_ns))
    assert who(current(where), "Box Long") == ("acme/box",)


def test_what_is_added_comes_and_what_is_removed_goes(where: Folders) -> None:
    path = write(where.program, "acme/box")
    current(where)
    write(where.program, "acme/new", "New One", "New")
    assert who(current(where), "New One") == ("acme/new",)
    path.unlink()
    assert [one.name for one in current(where).known.entries] == ["acme/new"]


def emptied(text: str) -> str:
    return ""


@pytest.mark.parametrize(
    "damage",
    [
        emptied,
        lambda text: text[: len(text) // 2],
        lambda text: "[]",
        lambda text: '"' * 9,
        lambda text: "[" * 100_000,
        lambda text: json.dumps({**json.loads(text), "version": "99 of another"}),
        lambda text: json.dumps({**json.loads(text), "entries": {"a": 1}}),
        lambda text: json.dumps({**json.loads(text), "stamps": {"a": "b"}}),
        lambda text: json.dumps({**json.loads(text), "recognition": None}),
        lambda text: json.dumps({key: one for key, one in json.loads(text).items() if key != "faults"}),
    ],
)
def test_a_damaged_or_foreign_index_is_made_anew(where: Folders, damage: Callable[[str], str]) -> None:
    write(where.program, "acme/box")
    first = current(where)
    path = stored(where)
    good = path.read_text(encoding="utf-8")
    path.write_text(damage(good), encoding="utf-8")
    assert current(where) == first
    assert path.read_text(encoding="utf-8") == good


def test_after_an_update_of_the_program_all_is_read_again(
    where: Folders, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(where.program, "acme/box")
    current(where)
    reads.clear()
    monkeypatch.setattr(made_by, "version", lambda: "the next")
    current(where)
    assert reads == ["acme/box"]


def test_where_nothing_can_be_kept_the_answer_is_the_same(where: Folders) -> None:
    write(where.program, "acme/box")
    where.cache.rmdir()
    where.cache.write_text("no folder", encoding="utf-8")
    assert [one.name for one in current(where).known.entries] == ["acme/box"]


def test_the_index_is_put_in_place_at_once(where: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    write(where.program, "acme/box")
    current(where)
    good = stored(where).read_bytes()
    write(where.program, "acme/box", "Another")

    def full(source: str, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bridge.profiles.index.os.replace", full)
    assert who(current(where), "Another") == ("acme/box",)
    assert [path.read_bytes() for path in where.cache.iterdir()] == [good]


def test_a_profile_of_the_user_s_own_goes_before_the_program_s(where: Folders) -> None:
    write(where.program, "acme/box", "Box")
    write(where.own, "acme/box", "My Box")
    write(where.own, "acme/mine", "Mine", "Mine")
    found = current(where)
    assert found.replaced == ("acme/box",)
    assert (who(found, "My Box"), who(found, "Box"), who(found, "Mine")) == (("acme/box",), (), ("acme/mine",))
    assert [one.own for one in found.known.entries] == [True, True]


def test_a_bad_profile_is_left_out_and_said(where: Folders) -> None:
    write(where.program, "acme/box")
    write(where.own, "acme/bad").write_text("name = 3\n[", encoding="utf-8")
    path = write(where.own, "acme/moved")
    path.rename(path.with_name("elsewhere.toml"))
    found = current(where)
    assert [one.name for one in found.known.entries] == ["acme/box"]
    assert {Path(path).name for path in found.faults} == {"bad.toml", "elsewhere.toml"}
    assert any("'acme/elsewhere', its place" in fault for fault in found.faults.values())
    assert current(where) == found


def test_a_bad_converted_profile_is_refused_like_any_other(where: Folders) -> None:
    write(where.program, "midi-guide/acme/box", more='origin = "converted"\nmodels = 3')
    (fault,) = current(where).faults.values()
    assert "models: found 3" in fault


def test_progress_is_told_for_each_profile_that_is_read(where: Folders) -> None:
    for number in range(3):
        write(where.program, f"acme/box-{number}")
    told: list[tuple[int, int]] = []
    current(where, lambda done, of: told.append((done, of)))
    assert told == [(0, 3), (1, 3), (2, 3)]
    told.clear()
    current(where, lambda done, of: told.append((done, of)))
    assert told == []


def test_a_damaged_recognition_file_is_said_and_the_profiles_are_there(where: Folders) -> None:
    write(where.program, "acme/box")
    (where.program / "recognition.toml").write_text("source = 3", encoding="utf-8")
    found = current(where)
    assert [one.name for one in found.known.entries] == ["acme/box"]
    assert ["recognition.toml" in path for path in found.faults] == [True]


def test_the_program_s_own_profiles_are_all_in_the_index() -> None:
    found = current()
    assert found.faults == {}
    assert folders().program.name in ("firmware_profiles", "_profiles")
    assert found.entry("midi-bridge/twin-bass") is not None
    assert found.known.makers


def test_five_hundred_profiles_are_looked_through_at_once(where: Folders) -> None:
    for number in range(500):
        write(where.program, f"midi-guide/acme/box-{number}", more='origin = "converted"')
    current(where)
    start = time.process_time()
    Matcher(current(where).known).answer(Clues("Box"))
    assert time.process_time() - start < 1  # the figure is in benchmarks/
