"""A 5-pin DIN cable is pulled out while real processes play, and plugged in again."""

import sys
from pathlib import Path

import pytest

from bridge.core.message import control, is_note_on, note_on
from tests.kit import hit, smf
from tests.room import WITNESS, Room, Witness, down_after

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc, which only Linux has")

SETTINGS = [b"\xc0\x05", control(0, 7, 90), control(0, 64, 127)]
HELD = note_on(0, 40, 90)
SHORT = [one for tick in range(0, 60_000, 200) for one in hit(60, tick, tick + 150)]
FIRST = [*((0, message) for message in SETTINGS), *hit(40, 0, 59_000), *SHORT]
SECOND = [one for tick in range(0, 60_000, 200) for one in hit(48, tick, tick + 150, 1)]


def test_a_cable_that_is_pulled_out_while_playing_is_found_again_and_the_others_play_on(tmp_path: Path) -> None:
    song, cable = tmp_path / "song.mid", tmp_path / "ttyMIDI"
    song.write_bytes(smf(FIRST, SECOND))
    with Room(tmp_path, song, to=f"din:{cable}") as room:
        cable.symlink_to(room.instrument.name)
        other = Witness.plugged(tmp_path / "other.log", WITNESS)
        fresh = Witness.plugged(tmp_path / "fresh.log", WITNESS)  # beside the first, so that it has another number
        try:
            room.where = ("--to", room.to, "--to", f"din:{other.name}", "--from", room.source)
            room.play("--loop", "0s:59s")
            room.wait_for(lambda: sum(is_note_on(message) for _, message in room.instrument.heard()) > 3)
            cable.unlink()
            room.instrument.unplug()
            room.wait_for_line(f"{cable}: unplugged")
            gone = len(other.heard())
            room.wait_for(lambda: len(other.heard()) > gone + 4)
            cable.symlink_to(fresh.name)
            room.wait_for_line(f"{cable}: back")
            room.wait_for(lambda: sum(is_note_on(message) for _, message in fresh.heard()) > 3)
            assert room.end()[0] == 0
            room.wait_until_gone()
        finally:
            other.unplug()
            fresh.unplug()
        heard = [message for _, message in fresh.heard()]
        first = next(at for at, message in enumerate(heard) if is_note_on(message))
        assert set(SETTINGS) <= set(heard[:first])
        assert HELD not in heard
        assert (down_after(fresh.heard())[0], down_after(other.heard())[0]) == (set(), set())


def test_a_keyboard_that_is_pulled_out_lets_go_and_is_heard_again_when_it_is_back(tmp_path: Path) -> None:
    song, cable = tmp_path / "song.mid", tmp_path / "ttyKEYS"
    song.write_bytes(smf(SHORT))
    with Room(tmp_path, song, source=f"din:{cable}") as room:
        cable.symlink_to(room.keyboard.name)
        fresh = Witness.plugged(tmp_path / "fresh.log", WITNESS)
        room.play("--loop", "0s:59s")
        room.press(note_on(0, 72, 80))
        room.wait_for(lambda: note_on(0, 72, 80) in [message for _, message in room.instrument.heard()])
        cable.unlink()
        room.keyboard.unplug()
        room.wait_for_line(f"{cable}: unplugged")
        room.wait_for(lambda: (0x90, 0, 72) not in down_after(room.instrument.heard())[0])
        cable.symlink_to(fresh.name)
        room.keyboard = fresh
        room.wait_for_line(f"{cable}: back")
        room.press(note_on(0, 74, 80))
        room.wait_for(lambda: note_on(0, 74, 80) in [message for _, message in room.instrument.heard()])
        assert room.end()[0] == 0
        room.wait_until_gone()
        assert not down_after(room.instrument.heard())[0]
