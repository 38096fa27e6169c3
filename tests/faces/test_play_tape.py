"""A song is recorded on a tape as it would have been heard, and a hand on a tape corrects it as it would live."""

import json
import os
from pathlib import Path

import pytest

from bridge.core.message import is_note_off, is_note_on
from bridge.ports import tape
from bridge.session.stored import load
from tests.faces.person import is_one_line, midi_bridge, spawned

MS = 1_000_000


def test_what_is_played_to_a_tape_is_the_song_at_its_times(song: Path) -> None:
    ran = midi_bridge("play", "--fast", song, "--to", f"tape:{song.parent}/out.tape")
    assert ran.code == 0, ran
    heard = tape.read(str(song.parent / "out.tape"))
    notes = [(at_ns, message[1]) for at_ns, message in heard if is_note_on(message)]
    first_ns = notes[0][0]
    assert [(at_ns - first_ns, pitch) for at_ns, pitch in notes] == [
        (0, 60),
        (0, 40),
        (500 * MS, 64),
        (1_000 * MS, 67),
    ]
    assert sum(map(is_note_off, (message for _, message in heard))) == len(notes)


def test_a_hand_on_a_tape_corrects_the_song_as_a_live_one(song: Path) -> None:
    # The right key, 62 in place of the first note's 60, is struck 300 ms behind it: play starts the music at 50 ms.
    (song.parent / "hand.tape").write_text("350000000 90 3E 5A\n450000000 80 3E 40\n")
    ran = midi_bridge("play", "--fast", song, "--from", f"tape:{song.parent}/hand.tape")
    assert ran.code == 0, ran
    (one,) = json.loads(midi_bridge("log", "--json", song.with_suffix(".bridge")).out)
    assert (one["tool"], one["label"], one["live"]) == ("fix", "C4 → D4", True)


def test_a_tape_that_cannot_be_read_stops_nothing_that_has_begun(song: Path) -> None:
    (song.parent / "hand.tape").write_text("# a tape\n350000000 90 3E\n")
    ran = midi_bridge("play", "--fast", song, "--from", f"tape:{song.parent}/hand.tape")
    assert (ran.code, ran.out) == (2, "")
    assert is_one_line(ran.err)
    assert "line 2: its bytes are not one whole message" in ran.err
    assert not song.with_suffix(".bridge").exists()


REFUSED: dict[tuple[str, ...], str] = {
    ("--loop", "99:100"): "'99:100' is no loop within the song",
    ("--part", "99"): "there is no part 99; the song has 2",
    ("--thru", "foo"): "'foo' in --thru: write word=value",
    ("--thru", "to=organ"): "'to=organ' in --thru: no port 'organ'",
    ("--session", "/nonexistent/x"): "'/nonexistent/x': its folder does not exist",
    ("--from", "tape:/nonexistent/x"): "there is no such file or folder",
    ("--to", "din:/dev/null"): "does not open for 5-pin DIN",
}


@pytest.mark.parametrize("asked", REFUSED, ids=" ".join)
def test_what_is_refused_leaves_no_tape_and_no_session_behind(asked: tuple[str, ...], song: Path) -> None:
    ran = midi_bridge("play", song, "--fast", "--to", f"tape:{song.parent}/out.tape", *asked)
    assert ran.code in (1, 2)
    assert is_one_line(ran.err)
    assert REFUSED[asked] in ran.err
    assert list(song.parent.iterdir()) == [song]


@pytest.mark.parametrize("asked", [("--loop", "99:100"), ("--to", "din:/dev/null")], ids=" ".join)
def test_it_leaves_none_either_where_the_engine_opens_the_tape(asked: tuple[str, ...], song: Path) -> None:
    ran = spawned("play", song, "--to", f"tape:{song.parent}/out.tape", *asked)
    assert ran.code in (1, 2)
    assert REFUSED[asked] in ran.err
    assert list(song.parent.iterdir()) == [song]


@pytest.mark.parametrize("way", ["", "./"])
def test_an_output_that_is_named_twice_is_refused_and_leaves_no_tape(
    way: str, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(song.parent)
    ran = midi_bridge("play", song, "--fast", "--to", "tape:a", "--to", f"tape:{way}a")
    assert ran.code == 2
    assert ran.err == (
        "midi-bridge: './a' exists; record on a tape with another name\n"
        if way
        else "midi-bridge: '--to tape:a' is there twice; name each output once\n"
    )
    assert list(song.parent.iterdir()) == [song]


def test_two_names_of_one_output_are_refused(song: Path) -> None:
    ran = midi_bridge("play", song, "--fast", "--to", "drums", "--to", "twin:drums")
    assert ran.err == "midi-bridge: '--to twin:drums' is the port of '--to drums'; name each output once\n"


def test_two_names_of_one_serial_device_are_refused(song: Path, tmp_path: Path) -> None:
    (tmp_path / "by-id").symlink_to(tmp_path / "ttyUSB0")
    device, link = f"din:{tmp_path}/ttyUSB0", f"din:{tmp_path}/by-id"
    ran = midi_bridge("play", song, "--fast", "--to", device, "--to", link)
    assert (ran.code, ran.err) == (
        2,
        f"midi-bridge: '--to {link}' is the port of '--to {device}'; name each output once\n",
    )


def test_a_tape_is_not_recorded_over(song: Path) -> None:
    ran = midi_bridge("play", "--fast", song, "--to", f"tape:{song}")
    assert ran.code == 2
    assert is_one_line(ran.err)
    assert midi_bridge("info", song).code == 0


@pytest.mark.parametrize("how", [["--fast"], []])
def test_a_tape_whose_name_is_no_text_plays_and_corrects_like_any_other(song: Path, how: list[str]) -> None:
    hand = Path(os.fsdecode(os.fsencode(song.parent) + b"/\xfb.tape"))
    try:
        hand.write_text("350000000 90 3E 5A\n450000000 80 3E 40\n")
    except OSError:
        pytest.skip("this file system knows only names that are text")
    ran = spawned("play", *how, song, "--from", f"tape:{hand}", "--source-name", "\udcfc")
    assert ran.code == 0, ran
    session = song.with_suffix(".bridge")
    (one,) = json.loads(midi_bridge("log", "--json", session).out)
    assert (one["tool"], one["live"]) == ("fix", True)
    assert load(session).meta["source_label"] == "\\udcfc"
