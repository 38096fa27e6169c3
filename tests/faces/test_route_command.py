"""`route`: which part goes where is said and changed, while it plays by its host and else in the session."""

import json
from pathlib import Path

import pytest

from bridge.app.rig import Rig
from bridge.session.stored import Routed, load
from tests.faces.person import corrected, is_one_line, midi_bridge, pitches_heard

RIG = """
[[instruments]]
name = "Moog"
profile = "midi-bridge/twin-bass"
port = "twin:bass"

[[instruments]]
name = "Piano"
port = "twin:module"
"""


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return corrected(tmp_path)


def lines(*words: object) -> list[list[str]]:
    ran = midi_bridge("route", *words)
    assert (ran.code, ran.err) == (0, "")
    return [line.split("  ") for line in ran.out.splitlines()]


def test_what_nobody_chose_is_said_to_be_proposed_and_nothing_is_written(session: Path) -> None:
    before = session.read_bytes()
    assert midi_bridge("route", session).out == (
        "  1  channel 1  module  channel 1  (proposed)\n  2  channel 2  module  channel 2  (proposed)\n"
    )
    assert session.read_bytes() == before


def test_what_is_chosen_is_remembered_and_played(session: Path, rigs: list[Rig]) -> None:
    assert midi_bridge("route", session, "1=module:7").out.startswith("  1  channel 1  module  channel 7\n")
    assert load(session).routing == {(1, 0): Routed("module", 6)}
    ran = midi_bridge("play", session.with_suffix(".mid"), "--fast")
    assert "part 1 (channel 1) to 'module', channel 7\n" in ran.err
    assert {one.channel for _, twin in rigs[0].twins for one in twin.log if one.number in (62, 65)} == {6}
    assert sorted(pitches_heard(rigs[0])) == [40, 62, 65, 67]


def test_it_is_as_the_next_play_on_that_rig_will_have_it(session: Path) -> None:
    rig = session.with_name("studio.toml")
    rig.write_text(RIG, encoding="utf-8")
    rows = json.loads(midi_bridge("route", session, "2=moog", "--rig", rig, "--json").out)
    assert rows == [
        {"part": 1, "name": "channel 1", "instrument": "Piano", "channel": 1, "chosen": False},
        {"part": 2, "name": "channel 2", "instrument": "Moog", "channel": 3, "chosen": True},
    ]
    said = midi_bridge("play", session.with_suffix(".mid"), "--fast", "--rig", rig).err
    assert "part 2 (channel 2) to 'Moog', channel 3\n" in said
    assert json.loads(midi_bridge("route", session, "--rig", rig, "--json").out) == rows


def test_without_a_rig_it_is_where_it_was_played_last(session: Path) -> None:
    assert midi_bridge("play", session.with_suffix(".mid"), "--fast", "--to", "twin:drums").code == 0
    rows = json.loads(midi_bridge("route", session, "--json").out)
    assert {row["instrument"] for row in rows} == {"drums"}
    assert midi_bridge("route", session, "1=drums:2").code == 0


@pytest.mark.parametrize("changes", [["9=module"], ["1=module:3", "1=organ"], ["module"]])
def test_what_cannot_be_is_refused_and_nothing_is_changed(changes: list[str], session: Path) -> None:
    ran = midi_bridge("route", session, *changes)
    assert ran.code == 2
    assert is_one_line(ran.err)
    assert load(session).routing == {}


def test_a_session_that_is_not_there_is_the_callers_mistake(tmp_path: Path) -> None:
    ran = midi_bridge("route", tmp_path / "none.bridge")
    assert (ran.code, is_one_line(ran.err)) == (2, True)


def test_in_a_session_without_notes_nothing_is_routed(tmp_path: Path) -> None:
    song = tmp_path / "song.mid"
    song.write_bytes(b"MThd\0\0\0\6\0\1\0\0\1\xf4")
    assert midi_bridge("play", song, "--fast").code == 0
    ran = midi_bridge("route", song.with_suffix(".bridge"))
    assert (ran.code, ran.out, ran.err) == (0, "", "")
