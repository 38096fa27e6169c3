"""Engine, host and view as real processes: whichever is killed, the instruments fall silent and nothing is lost."""

import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bridge.app import local
from bridge.core.message import bend_centre, control, is_note_on, note_off, note_on
from bridge.core.song import Part
from bridge.core.splice import write_number
from bridge.errors import CallerError
from bridge.session.session import PLAYER
from bridge.session.stored import load
from tests.faces.person import is_one_line, midi_bridge
from tests.kit import hit, smf
from tests.room import Room, down_after

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc, which only Linux has")

HELD = hit(48, 0, 900, 1) + hit(52, 0, 900, 1)
LOOPED = smf([(0, b"\xc0\x05"), *hit(60, 0, 400), *hit(64, 500, 900)], HELD)
DUMP = b"\xf0\x7d" + bytes(7_997) + b"\xf7"  # two and a half seconds of 5-pin DIN
UNDER_A_NOTE = smf([*hit(60, 0, 400), (100, b"\xf0" + write_number(len(DUMP) - 1) + DUMP[1:])])
HANDS = (note_on(0, 72, 80), control(0, 64, 127), bytes((0xE0, 0, 100)))
LET_GO = {note_off(0, 72), control(0, 64, 0), bend_centre(0)}
PANIC = b"\xff"
MMC_STOP, MMC_PLAY = bytes.fromhex("F0 7F 7F 06 01 F7"), bytes.fromhex("F0 7F 7F 06 02 F7")
LIMIT_NS = 200_000_000


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "song.mid"
    path.write_bytes(LOOPED)
    return path


@pytest.fixture
def room(tmp_path: Path, song: Path) -> Iterator[Room]:
    with Room(tmp_path, song) as made:
        yield made


def hold(room: Room) -> None:
    """Key, pedal and bend down, and heard."""
    for message in HANDS:
        room.press(message)
    room.wait_for(lambda: set(HANDS) <= {message for _, message in room.instrument.heard()})


def played(song: Path) -> list[bytes]:
    """What the session has of the player's messages."""
    with closing(sqlite3.connect(song.with_suffix(".bridge"))) as session:
        return [message for (message,) in session.execute("SELECT message FROM arrival ORDER BY run, seq")]


def is_silent_in_time(room: Room, killed_ns: int) -> bool:
    down, last_ns = down_after(room.instrument.heard())
    return not down and last_ns - killed_ns <= LIMIT_NS


def test_the_rig_is_opened_by_the_engine_and_understood_by_the_host(room: Room, song: Path) -> None:
    rig = song.with_name("studio.toml")
    rig.write_text(
        f'[[instruments]]\nname = "Synth"\nport = "{room.to}"\nchannels = [6, 8]\nlatency_ms = 30\n'
        '[[instruments]]\nname = "Organ"\nport = "din:/dev/none"\n'
        f'[[controllers]]\nname = "Hands"\nprofile = "midi-bridge/twin-controller"\nport = "{room.source}"\n',
        encoding="utf-8",
    )
    room.where = ("--rig", rig)
    room.play("--loop", "0s:1s")
    assert "midi-bridge: correcting with 'Hands'\n" in room.said
    assert "midi-bridge: part 1 (channel 1) to 'Synth', channel 6\n" in room.said
    room.press(control(15, 21, 127))  # the profile's button for part 2
    room.wait_for_line("part 2")
    room.press(note_on(0, 72, 80))
    room.wait_for(lambda: note_on(7, 72, 80) in {message for _, message in room.instrument.heard()})
    room.wait_for(lambda: {5, 7} == {message[0] & 15 for _, message in room.instrument.heard() if is_note_on(message)})
    assert room.end()[0] == 0


def test_a_part_is_sent_elsewhere_from_a_second_terminal(
    room: Room, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.play("--loop", "0s:1s")
    monkeypatch.setenv("XDG_RUNTIME_DIR", room.runtime)
    session = song.with_suffix(".bridge")
    ran = midi_bridge("route", session, "1=din:9")
    assert (ran.code, ran.err) == (
        2,
        "midi-bridge: there is no instrument 'din'; there are: " + room.instrument.name + "\n",
    )
    for changes in ("", "5", "[5]", "[" * 50_000):
        with pytest.raises(CallerError, match="no list of texts; midi-bridge route --help"):
            local.ask(session, "route", changes=changes)
    assert midi_bridge("route", session, f"1={room.instrument.name}:9").code == 0
    room.wait_for_line(f"part 1 (channel 1) to '{room.instrument.name}', channel 9")
    room.wait_for(lambda: note_on(8, 60, 90) in [message for _, message in room.instrument.heard()])
    room.press(note_on(0, 72, 80))
    room.wait_for(lambda: note_on(8, 72, 80) in [message for _, message in room.instrument.heard()])
    assert room.end()[0] == 0
    assert load(session).routing[Part(1, 0)].channel == 8
    assert not down_after(room.instrument.heard())[0]


def test_ctrl_c_ends_everything_in_silence(room: Room, song: Path) -> None:
    room.play("--loop", "0s:1s")
    hold(room)
    code, said = room.end()
    assert (code, "session kept in" in said) == (0, True)
    room.wait_until_gone()
    assert not down_after(room.instrument.heard())[0]
    assert played(song) == list(HANDS)
    assert sorted(path.suffix for path in song.parent.iterdir() if path.stem == "song") == [".bridge", ".mid"]
    left = {path.name: path.read_text() for path in Path(room.runtime, "midi-bridge").iterdir()}
    assert left == {}


def test_a_second_ctrl_c_does_no_harm(room: Room, song: Path) -> None:
    room.play("--loop", "0s:1s")
    assert room.view
    room.view.send_signal(signal.SIGINT)
    code, said = room.end()
    assert code == 0
    assert "Traceback" not in said
    assert load(song.with_suffix(".bridge")).source.data == LOOPED


def test_a_long_sysex_that_waited_for_the_end_is_sent_whole_before_the_session_ends(room: Room, song: Path) -> None:
    song.write_bytes(UNDER_A_NOTE)
    room.play(until="playing")
    room.wait_for_line("on its way to a slow wire")
    assert room.finished()[0] == 0
    assert room.instrument.heard()[-1][1] == DUMP


def test_ctrl_c_cuts_off_what_is_still_on_its_way_to_a_slow_wire(room: Room, song: Path) -> None:
    song.write_bytes(UNDER_A_NOTE)
    room.play(until="on its way to a slow wire")
    assert room.end()[0] == 0
    cut = room.instrument.heard()[-1][1]
    assert (cut[:1], cut[-1:], len(cut) < len(DUMP)) == (b"\xf0", b"\xf7", True)


def test_what_would_write_the_session_beside_its_host_is_refused(room: Room, song: Path) -> None:
    room.play("--loop", "0s:1s")
    ran = midi_bridge("play", song, "--fast")
    assert ran.code == 1
    assert is_one_line(ran.err)
    assert "open in another program" in ran.err
    assert midi_bridge("info", song.with_suffix(".bridge"), song).code == 0


def test_a_killed_engine_is_silenced_by_its_watchdog_and_its_host_saves_everything(room: Room, song: Path) -> None:
    room.play("--loop", "0s:1s")
    hold(room)
    killed_ns = room.strike("engine")
    code, said = room.finished()
    assert code == 1
    assert is_one_line(said[said.index("midi-bridge: the engine") :])
    room.wait_until_gone()
    assert is_silent_in_time(room, killed_ns)
    assert played(song) == list(HANDS)


def test_an_engine_that_is_told_to_end_lets_go_of_everything_itself(room: Room, song: Path) -> None:
    room.play("--loop", "0s:1s")
    hold(room)
    room.strike("watchdog", signal.SIGSTOP)
    room.strike("engine", signal.SIGTERM)
    room.wait_until_gone("engine")
    down, _ = down_after(room.instrument.heard())
    room.strike("watchdog", signal.SIGCONT)
    assert not down
    assert room.finished()[0] == 1
    assert played(song) == list(HANDS)


def test_an_engine_that_hangs_is_killed_and_silenced(room: Room) -> None:
    room.play("--loop", "0s:1s")
    hold(room)
    room.strike("engine", signal.SIGSTOP)
    assert room.finished()[0] == 1
    room.wait_until_gone()
    assert not down_after(room.instrument.heard())[0]


def test_a_killed_host_leaves_silence_and_loses_nothing(room: Room, song: Path) -> None:
    room.play("--loop", "0s:1s")
    hold(room)
    killed_ns = room.strike("host")
    code, said = room.finished()
    assert (code, "host ended unexpectedly" in said) == (1, True)
    room.wait_until_gone()
    assert is_silent_in_time(room, killed_ns)
    ran = midi_bridge("play", song, "--fast")
    assert ran.code == 0
    assert played(song) == list(HANDS)
    assert sorted(path.suffix for path in song.parent.iterdir() if path.stem == "song") == [".bridge", ".mid"]


def test_a_killed_host_loses_nothing_where_the_sessions_folder_takes_nothing_any_more(
    tmp_path: Path, song: Path
) -> None:
    folder = tmp_path / "stick"
    folder.mkdir()
    song = song.rename(folder / "song.mid")
    with Room(tmp_path, song) as room:
        room.play("--loop", "0s:1s")
        room.strike("host", signal.SIGSTOP)
        hold(room)
        folder.rename(tmp_path / "pulled")
        room.strike("host")
        room.wait_until_gone()
    (tmp_path / "pulled").rename(folder)
    ran = midi_bridge("play", song, "--fast")
    assert f"{len(HANDS)} messages that were played when midi-bridge was killed are in the session now" in ran.err
    assert played(song) == list(HANDS)


def test_host_and_engine_killed_at_once_leave_silence(room: Room) -> None:
    room.play("--loop", "0s:1s")
    hold(room)
    room.strike("host", signal.SIGSTOP)
    killed_ns = room.strike("engine")
    room.strike("host")
    room.wait_until_gone()
    assert is_silent_in_time(room, killed_ns)


def test_a_killed_view_does_not_end_the_music_and_another_comes_back_to_it(room: Room, song: Path) -> None:
    room.play("--loop", "0s:1s")
    assert room.view
    room.view.kill()
    room.finished()
    killed_ns = time.monotonic_ns()
    room.wait_for(lambda: any(at > killed_ns + 1_000_000_000 for at, _ in room.instrument.heard()))
    room.play("--loop", "0s:1s", until="now playing")
    assert room.end()[0] == 0
    room.wait_until_gone()


def test_a_stopped_host_stops_neither_music_nor_thru_nor_panic(
    room: Room, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", room.runtime)
    room.play("--loop", "0s:1s")
    stopped_ns = room.strike("host", signal.SIGSTOP)
    hold(room)
    room.wait_for(lambda: any(at > stopped_ns + 2_000_000_000 for at, _ in room.instrument.heard()))
    pressed_ns = time.monotonic_ns()
    room.press(PANIC)
    room.wait_for(lambda: {message for at, message in room.instrument.heard() if at > pressed_ns} >= LET_GO)
    let_go_ns = max(at for at, message in room.instrument.heard() if message in LET_GO)
    room.wait_for(lambda: any(at > let_go_ns and is_note_on(message) for at, message in room.instrument.heard()))
    assert let_go_ns - pressed_ns <= LIMIT_NS
    (pid,) = room.pids("host")
    assert "(stopped)" in Path(f"/proc/{pid}/status").read_text()
    panic = midi_bridge("panic", "twin:module")
    assert panic.out.startswith("silenced 'module': ")
    assert "does not answer" in panic.err
    room.strike("host", signal.SIGCONT)
    assert room.end()[0] == 0
    room.wait_until_gone()
    assert not down_after(room.instrument.heard())[0]
    assert played(song) == [*HANDS, PANIC]


def test_who_asks_a_stopped_host_is_told_what_to_do_and_the_log_is_read_without_it(
    room: Room, song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", room.runtime)
    monkeypatch.setattr(local, "_ANSWER_S", 0.2)
    room.play("--loop", "0s:1s")
    session = song.with_suffix(".bridge")
    room.wait_for_line("pass 2")
    room.press(note_on(0, 62, 90))
    room.wait_for_line("→")
    assert midi_bridge("log", session).code == 0  # it is on the disk
    room.strike("host", signal.SIGSTOP)
    (pid,) = room.pids("host")
    says = f"does not answer; wait for it, or end it with kill -9 {pid}: the instruments fall silent, and what was"
    logged = midi_bridge("log", session)
    assert (logged.code, logged.out.count(PLAYER)) == (1, 1)
    assert (is_one_line(logged.err), says in logged.err) == (True, True)
    out = tmp_path / "out.mid"
    for words in (["undo", session], ["export", session, "-o", out], ["route", session], ["attach", session]):
        ran = midi_bridge(*words)
        assert (ran.code, ran.out, is_one_line(ran.err), says in ran.err) == (1, "", True, True)
    assert not out.exists()
    room.strike("host", signal.SIGCONT)
    monkeypatch.undo()
    monkeypatch.setenv("XDG_RUNTIME_DIR", room.runtime)
    logged = midi_bridge("log", session)
    assert (logged.code, "taken back" in logged.out) == (0, False)  # nobody waited for the undo any more
    room.end()


def test_a_stopped_host_stops_no_transport_that_speaks_machine_control(room: Room, song: Path) -> None:
    room.play("--loop", "0s:1s")
    room.strike("host", signal.SIGSTOP)
    stopped_ns = room.press(MMC_STOP)
    settled_ns = stopped_ns + LIMIT_NS
    room.wait_for(lambda: time.monotonic_ns() > stopped_ns + 1_500_000_000)
    assert not [at for at, message in room.instrument.heard() if at > settled_ns and is_note_on(message)]
    assert not down_after(room.instrument.heard())[0]
    started_ns = room.press(MMC_PLAY)
    room.wait_for(lambda: any(at > started_ns and is_note_on(message) for at, message in room.instrument.heard()))
    room.strike("host", signal.SIGCONT)
    assert room.end()[0] == 0
    room.wait_until_gone()
    assert played(song) == [MMC_STOP, MMC_PLAY]


def test_a_second_terminal_reaches_a_running_session(
    room: Room, song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", room.runtime)
    room.play("--loop", "0s:1s")
    session = song.with_suffix(".bridge")
    room.wait_for_line("pass 2")
    room.press(note_on(0, 62, 90))
    room.wait_for_line("→")
    logged = midi_bridge("log", session)
    assert (logged.code, logged.out.count(PLAYER)) == (0, 1)
    assert midi_bridge("undo", session).out.startswith("taken back: ")
    assert midi_bridge("undo", session).code == 2
    out = tmp_path / "out.mid"
    assert midi_bridge("export", session, "-o", out).code == 0
    assert out.read_bytes() == LOOPED
    assert "being played" in midi_bridge("panic", "twin:module").out
    assert room.end()[0] == 0
    assert [one.name for one in load(session).exports] == ["out.mid"]
