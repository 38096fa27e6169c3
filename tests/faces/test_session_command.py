"""`session copy` gives a copy that opens, and says in one line why it gives none."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.session.journal import Journal
from tests.faces.person import corrected, is_one_line, midi_bridge, python, spawned


def test_the_copy_has_the_same_corrections(tmp_path: Path) -> None:
    session = corrected(tmp_path)
    ran = midi_bridge("session", "copy", session, tmp_path / "copy.bridge")
    assert (ran.code, ran.out, ran.err) == (0, f"{tmp_path}/copy.bridge: 2 corrections, 0 messages played\n", "")
    assert midi_bridge("log", "--json", tmp_path / "copy.bridge").out == midi_bridge("log", "--json", session).out


def test_a_session_that_another_program_writes_is_copied_from_a_second_terminal(tmp_path: Path) -> None:
    session = corrected(tmp_path)
    with Journal.open(session, "playing", 0, 0):
        assert spawned("session", "copy", session, tmp_path / "copy.bridge").code == 0
        assert midi_bridge("undo", tmp_path / "copy.bridge").code == 0


def test_a_target_that_exists_needs_force(tmp_path: Path) -> None:
    session = corrected(tmp_path)
    (tmp_path / "copy.bridge").write_text("a letter")
    ran = midi_bridge("session", "copy", session, tmp_path / "copy.bridge")
    assert (ran.code, ran.out) == (2, "")
    assert is_one_line(ran.err)
    assert (tmp_path / "copy.bridge").read_text() == "a letter"
    assert midi_bridge("session", "copy", session, tmp_path / "copy.bridge", "--force").code == 0


def test_a_large_copy_says_on_a_terminal_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = corrected(tmp_path)
    monkeypatch.setattr("bridge.faces.session._LARGE", 1)
    assert midi_bridge("session", "copy", session, tmp_path / "in-a-pipe").err == ""
    monkeypatch.setattr("bridge.faces.session.is_watched", lambda: True)
    assert midi_bridge("session", "copy", session, tmp_path / "watched").err == "midi-bridge: 100 % copied\n"


def test_what_is_no_session_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("Dear player")
    for words, code in (((tmp_path / "text",), 1), ((tmp_path / "missing",), 2), ((tmp_path,), 2)):
        ran = midi_bridge("session", "copy", *words, tmp_path / "copy.bridge")
        assert (ran.code, ran.out) == (code, "")
        assert is_one_line(ran.err)
    assert os.listdir(tmp_path) == ["text"]


def test_a_disk_that_takes_no_more_is_said_and_leaves_nothing(
    tmp_path: Path, own_disk: Callable[..., tuple[str, ...]]
) -> None:
    session = corrected(tmp_path)
    small = tmp_path / "small"
    script = "import sys\nfrom bridge.faces.cli import main\nsys.argv[0] = 'midi-bridge'\nmain()"
    for size, then in (("8k", "true"), ("1m", f"mount -o remount,ro '{small}'")):
        before = own_disk(small, size, None, then)
        ran = python(script, "session", "copy", session, small / "copy.bridge", before=before)
        assert ran.code == 1, ran
        assert is_one_line(ran.err), ran
        assert "disk is" in ran.err


@pytest.mark.parametrize("words", [["session", "copy"], ["session", "copy", "a"], ["session", "move", "a", "b"]])
def test_a_command_line_that_is_wrong_is_answered_in_one_line(words: list[str]) -> None:
    ran = midi_bridge(*words)
    assert (ran.code, ran.out) == (2, "")
    assert is_one_line(ran.err)
    assert "--help" in ran.err


def test_the_group_alone_says_what_it_can() -> None:
    ran = midi_bridge("session")
    assert ran.code == 0
    assert "copy  Copy a session, also while another program writes it." in ran.out
