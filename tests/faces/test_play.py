"""`play`: once or round a loop, ended by a hand or a signal, on a disk that may fill; nothing lost, nothing down."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import bridge.app.player
import bridge.faces.play
import bridge.ports.base
import bridge.ports.loopback
from bridge.app.rig import Rig, open_rig
from bridge.core.clock import Clock, ManualClock
from bridge.core.message import is_note_on
from bridge.core.smf import read
from bridge.errors import DriverError, NotMidi
from bridge.faces.output import say
from bridge.ports.twin import TwinPort
from bridge.session.stored import load
from tests.faces.person import SONG, Ran, command, corrected, environment, is_one_line, midi_bridge, python
from tests.kit import hit, smf

CORPUS = Path(__file__).parents[1] / "corpus"
FILES = sorted(path for path in CORPUS.glob("*/*.*") if path.suffix != ".csv" and b"MThd" in path.read_bytes()[:4096])
NO_TRACKS = b"MThd\0\0\0\6\0\1\0\0\1\xf4"


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "song.mid"
    path.write_bytes(SONG)
    return path


@pytest.fixture
def rigs(monkeypatch: pytest.MonkeyPatch) -> list[Rig]:
    """The rigs that were played on."""
    found: list[Rig] = []

    def kept(specs: tuple[str, ...], clock: Clock) -> Rig:
        found.append(open_rig(specs, clock))
        return found[-1]

    monkeypatch.setattr(bridge.app.player, "open_rig", kept)
    return found


@pytest.fixture
def on_line(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Callable[[], None]]]:
    """What is to happen when a line is said that begins so."""
    acts: dict[str, Callable[[], None]] = {}

    def heard(text: str) -> None:
        say(text)
        for start, act in acts.items():
            if text.startswith(start):
                act()

    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    monkeypatch.setattr("bridge.faces.play.say", heard)
    yield acts
    for number, handler in kept.items():
        signal.signal(number, handler)


def is_silent(rig: Rig) -> bool:
    return not any(twin.down or twin.order_faults for _, twin in rig.twins)


def pitches_heard(rig: Rig) -> list[int]:
    return [one.number for _, twin in rig.twins for one in twin.log if one.kind == "on"]


def test_a_song_is_played_once_and_its_session_lies_beside_it(song: Path, rigs: list[Rig]) -> None:
    ran = midi_bridge("play", song, "--fast")
    assert (ran.code, ran.out) == (0, "")
    assert all(is_one_line(line) for line in ran.err.splitlines(keepends=True))
    assert sorted(path.name for path in song.parent.iterdir()) == ["song.bridge", "song.mid"]
    assert song.read_bytes() == SONG
    assert sorted(pitches_heard(rigs[0])) == [40, 60, 64, 67]
    assert is_silent(rigs[0])
    assert load(song.with_suffix(".bridge")).source.data == SONG


def test_it_ends_when_the_last_note_has_rung_out(song: Path, rigs: list[Rig], monkeypatch: pytest.MonkeyPatch) -> None:
    clocks: list[ManualClock] = []

    def clock(wall_ns: int) -> ManualClock:
        clocks.append(ManualClock(wall_ns=wall_ns))
        return clocks[-1]

    monkeypatch.setattr(bridge.faces.play, "ManualClock", clock)
    assert midi_bridge("play", song, "--fast").code == 0
    assert 1_400 <= clocks[0].now_ns() / 1e6 < 1_600


def test_without_a_port_a_person_is_told_that_nothing_will_sound(song: Path) -> None:
    assert "silent twins" in midi_bridge("play", song, "--fast").err
    assert "silent twins" not in midi_bridge("play", song, "--fast", "--to", "twin:drums").err


def test_a_session_may_lie_elsewhere(song: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    session = tmp_path / "kept" / "mine.bridge"
    assert midi_bridge("play", song, "--fast", "--session", session).code == 0
    assert load(session).source.name == "song.mid"
    assert not song.with_suffix(".bridge").exists()


@pytest.mark.parametrize("place", ["nowhere/mine.bridge", "song.mid/mine.bridge", "x" * 300, ".", "/dev/null"])
def test_a_session_that_cannot_be_there_is_the_callers_mistake(place: str, song: Path) -> None:
    ran = midi_bridge("play", song, "--fast", "--session", song.parent / place)
    assert ran.code == 2
    assert is_one_line(ran.err)


def test_an_old_session_plays_the_corrected_song(tmp_path: Path, rigs: list[Rig]) -> None:
    session = corrected(tmp_path)
    ran = midi_bridge("play", tmp_path / "song.mid", "--fast")
    assert ran.code == 0
    assert sorted(pitches_heard(rigs[0])) == [40, 62, 65, 67]
    assert "2 corrections" in ran.err
    assert len(load(session).runs) == 2


@pytest.mark.parametrize("data", [smf(hit(72, 0, 400)), b"a letter"])
def test_a_song_that_changed_on_disk_is_played_from_the_sessions_copy(
    data: bytes, tmp_path: Path, rigs: list[Rig]
) -> None:
    corrected(tmp_path)
    (tmp_path / "song.mid").write_bytes(data)
    ran = midi_bridge("play", tmp_path / "song.mid", "--fast")
    assert ran.code == 0
    assert len([line for line in ran.err.splitlines() if "changed on disk" in line and "own copy" in line]) == 1
    assert sorted(pitches_heard(rigs[0])) == [40, 62, 65, 67]


def test_the_sessions_own_export_in_place_is_no_change_to_warn_of(tmp_path: Path) -> None:
    session = corrected(tmp_path)
    assert midi_bridge("export", session, "-o", tmp_path / "song.mid", "--in-place").code == 0
    assert "changed" not in midi_bridge("play", tmp_path / "song.mid", "--fast").err


def test_a_session_is_no_song(tmp_path: Path) -> None:
    session = corrected(tmp_path)
    before = session.read_bytes()
    ran = midi_bridge("play", session, "--fast")
    assert ran.code == 2
    assert is_one_line(ran.err)
    assert session.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--to twin:nothing", "no port 'nothing'"),
        ("--to d", "several ports"),
        ("--to loop:x --from loop:x", "hears the song itself"),
        ("--from twin:nothing", "no port"),
        ("--from twin:module", "no port"),
        ("--part 0", "no part 0"),
        ("--part 3", "no part 3"),
        ("--track 1", "format 2"),
        ("--track 0", "no track 0"),
        ("--loop 2", "is no loop"),
        ("--loop 1:", "is no loop"),
        ("--loop :", "is no loop"),
        ("--loop a:b", "is no loop"),
        ("--loop 2:1", "within the song"),
        ("--loop 0:1", "within the song"),
        ("--loop -3:1", "within the song"),
        ("--loop 1:500", "within the song"),
        ("--loop 1:99999999999999999999999999", "within the song"),
        ("--loop 0s:0.0001s", "within the song"),
        ("--loop 0s:1e300s", "is no loop"),
        ("--loop 0s:infs", "is no loop"),
        ("--loop nans:1s", "is no loop"),
        ("--loop 5s:9s", "within the song"),
        ("--loop 1:2s", "is no loop"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_before_a_session_is_made(words: str, says: str, song: Path) -> None:
    ran = midi_bridge("play", song, "--fast", *words.split())
    assert ran.code == 2
    assert is_one_line(ran.err)
    assert says in ran.err
    assert list(song.parent.iterdir()) == [song]


@pytest.mark.parametrize("loop", ["1:1", "0s:1s", "0.25s:0.5s", "0s:2s"])
def test_a_loop_is_bars_or_seconds(loop: str, song: Path, rigs: list[Rig]) -> None:
    assert midi_bridge("play", song, "--fast", "--loop", loop).code == 0
    assert is_silent(rigs[0])


def test_an_existing_session_stays_where_an_option_was_wrong(tmp_path: Path) -> None:
    session = corrected(tmp_path)
    assert midi_bridge("play", tmp_path / "song.mid", "--fast", "--loop", "9:9").code == 2
    assert len(load(session).corrections) == 2


def test_one_track_of_a_format_2_file_is_played_and_the_session_stays_with_it(song: Path, rigs: list[Rig]) -> None:
    song.write_bytes(SONG[:9] + b"\2" + SONG[10:])
    assert midi_bridge("play", song, "--fast", "--track", "3").code == 0
    assert midi_bridge("play", song, "--fast").code == 0
    assert [pitches_heard(rig) for rig in rigs] == [[40], [40]]
    other = midi_bridge("play", song, "--fast", "--track", "2")
    assert other.code == 2
    assert is_one_line(other.err)
    assert "another track" in other.err
    assert midi_bridge("play", song, "--fast", "--track", "9").code == 2


@pytest.mark.parametrize(
    "data",
    [NO_TRACKS, smf(), smf([]), smf([], tempi=[(0, 250_000), (900, 500_000)]), smf([(100, b"\xb0\x40\x7f")])],
    ids=["no tracks", "a tempo track without tempo", "an empty track", "tempo alone", "one pedal"],
)
@pytest.mark.parametrize("words", [(), ("--from", "twin:controller")])
def test_a_song_without_notes_is_over_at_once(data: bytes, words: tuple[str, ...], song: Path, rigs: list[Rig]) -> None:
    song.write_bytes(data)
    ran = midi_bridge("play", song, "--fast", *words)
    assert ran.code == 0
    assert is_silent(rigs[0])
    assert load(song.with_suffix(".bridge")).source.data == data


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_of_the_corpus_plays_to_its_end_and_nothing_stays_down(
    path: Path, tmp_path: Path, rigs: list[Rig]
) -> None:
    try:
        read(path.read_bytes())
    except NotMidi:
        assert midi_bridge("play", path, "--fast", "--session", tmp_path / "a.bridge").code == 2
        assert not list(tmp_path.iterdir())
        return
    ran = midi_bridge("play", path, "--fast", "--session", tmp_path / "a.bridge")
    assert ran.code == 0
    assert is_silent(rigs[0])
    assert ran.err.splitlines()[-2] == "midi-bridge: stopped"


def test_fast_is_not_for_what_needs_real_time(song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.ports.twin.TwinPort.capabilities", bridge.ports.base.Capabilities())
    ran = midi_bridge("play", song, "--fast")
    assert (ran.code, is_one_line(ran.err)) == (2, True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_the_middle_of_a_note_ends_a_loop_in_silence(
    number: signal.Signals, song: Path, rigs: list[Rig], on_line: dict[str, Callable[[], None]]
) -> None:
    on_line["pass 2"] = lambda: signal.raise_signal(number)
    ran = midi_bridge("play", song, "--loop", "0s:0.2s")
    assert ran.code == 0
    assert is_silent(rigs[0])
    assert pitches_heard(rigs[0]).count(40) >= 2
    assert "session kept in" in ran.err
    assert load(song.with_suffix(".bridge")).runs


def test_impatient_signals_while_it_closes_do_no_harm(
    song: Path, rigs: list[Rig], on_line: dict[str, Callable[[], None]]
) -> None:
    def impatient() -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)

    on_line.update(dict.fromkeys(("pass 2", "stopped", "session kept"), impatient))
    assert midi_bridge("play", song, "--loop", "0s:0.2s").code == 0
    assert is_silent(rigs[0])


def test_what_the_song_sent_down_a_cable_is_all_let_go_at_a_signal(
    song: Path, on_line: dict[str, Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []
    send = bridge.ports.loopback.Loopback.send

    def kept(self: bridge.ports.loopback.Loopback, message: bytes, due_ns: int) -> None:
        sent.append(message)
        send(self, message, due_ns)

    monkeypatch.setattr(bridge.ports.loopback.Loopback, "send", kept)
    on_line["pass 2"] = lambda: signal.raise_signal(signal.SIGINT)
    assert midi_bridge("play", song, "--loop", "0s:0.2s", "--to", "loop:away").code == 0
    down: set[tuple[int, int]] = set()
    for message in sent:
        key = (message[0] & 15, message[1])
        if message[0] & 0xE0 == 0x80:
            assert is_note_on(message) == (key not in down)
            down ^= {key}
    assert sent
    assert not down


class Playing:
    """`play` in a process of its own, under way since the first line said so."""

    def __init__(self, *arguments: object, **more: str) -> None:
        self.child = subprocess.Popen(
            command("play", *arguments),
            env=environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.child.stderr
        for line in self.child.stderr:
            if "pass 1" in line:
                return
        raise AssertionError("it never played")

    def end(self, number: int = signal.SIGINT) -> Ran:
        self.child.send_signal(number)
        out, err = self.child.communicate(timeout=20)
        return Ran(self.child.returncode, out, err)


def test_a_real_ctrl_c_and_a_second_one_end_a_loop_with_exit_code_0(song: Path) -> None:
    playing = Playing(song, "--loop", "0s:1s")
    playing.child.send_signal(signal.SIGINT)
    ran = playing.end()
    assert (ran.code, ran.out) == (0, "")
    assert "Traceback" not in ran.err
    assert load(song.with_suffix(".bridge")).source.data == SONG
    assert not song.with_suffix(".bridge-journal").exists()


def test_a_song_can_be_played_once_at_a_time_and_read_meanwhile(song: Path) -> None:
    playing = Playing(song, "--loop", "0s:1s")
    session = song.with_suffix(".bridge")
    second, undone = midi_bridge("play", song, "--fast"), midi_bridge("undo", session)
    assert [(ran.code, is_one_line(ran.err), "open in another program" in ran.err) for ran in (second, undone)] == [
        (1, True, True)
    ] * 2
    assert (midi_bridge("log", session).code, midi_bridge("info", session, song).code) == (0, 0)
    assert playing.end().code == 0


def test_a_killed_play_locks_nobody_out(song: Path) -> None:
    assert Playing(song, "--loop", "0s:1s").end(signal.SIGKILL).code == -signal.SIGKILL
    ran = midi_bridge("play", song, "--fast")
    assert ran.code == 0
    assert len(load(song.with_suffix(".bridge")).runs) == 2
    assert sorted(path.name for path in song.parent.iterdir()) == ["song.bridge", "song.mid"]


def test_a_terminal_that_is_gone_does_not_end_the_music(song: Path, rigs: list[Rig]) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    child = subprocess.run(
        command("play", song, "--fast"), env=environment(), stderr=write_end, check=False, timeout=60
    )
    os.close(write_end)
    assert child.returncode == 0
    assert load(song.with_suffix(".bridge")).source.data == SONG


def test_a_session_that_is_deleted_while_it_is_played_is_rescued(
    song: Path, on_line: dict[str, Callable[[], None]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    on_line["pass 1"] = song.with_suffix(".bridge").unlink
    ran = midi_bridge("play", song, "--fast")
    rescue = tmp_path / "tmp" / "midi-bridge-rescue-song.bridge"
    assert ran.code == 1
    assert ran.err.count("\n") == 4
    assert f"'{rescue}'" in ran.err.splitlines()[-1]
    assert load(rescue).source.data == SONG


def test_a_file_name_that_is_no_text_is_played(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.mid"))
    try:
        path.write_bytes(SONG)
    except OSError:
        pytest.skip("this file system knows only names that are text")
    assert midi_bridge("play", path, "--fast").code == 0
    assert load(path.with_suffix(".bridge")).source.name == "\\xff.mid"


_FILLS = """
import json, os, sys, tempfile
from pathlib import Path
from bridge.app.player import Wanted, set_stage
from bridge.core.clock import ManualClock
from bridge.core.message import note_on, note_off
from bridge.errors import BridgeError
from bridge.session.session import Source

tempfile.tempdir = os.environ["RESCUE"]
disk, fill_at = Path(sys.argv[1]), int(sys.argv[2])
song = disk / "song.mid"
clock = ManualClock()
wanted = Wanted(source="twin:controller", loop="0s:1s", is_fast=sys.argv[3] == "waits")
stage, loop, opened = set_stage(Source.of("song.mid", song.read_bytes()), disk / "song.bridge", clock, "run", wanted)
hands = stage.engine.inputs[0]
for turn in range(6):
    for number in range(40):
        at = (turn * 1_000 + 100 + number * 20) * 1_000_000
        pitch = 62 + (turn % 3) if number == 0 else 100
        hands.press(note_on(0 if number == 0 else 3, pitch, 90), at)
        hands.press(note_off(0 if number == 0 else 3, pitch), at + 9_000_000)


class Filler:
    next_ns = None

    def step(self, now_ns):
        if now_ns >= fill_at * 1_000_000 and not (disk / "fill").exists():
            with open(disk / "fill", "wb", buffering=0) as file:
                try:
                    while True:
                        file.write(bytes(1024))
                except OSError:
                    pass


said, failed = [], ""
try:
    stage.play(loop, 6, [Filler()], lambda news: said.append([news.kind, news.text]))
except BridgeError as fault:
    failed = str(fault)
made = [[one.n, one.live, one.label] for one in opened.session.corrections.values()]
down = [len(twin.down) for _, twin in stage.rig.twins]
from bridge.session.stored import load
kept = load(disk / "song.bridge")
print(json.dumps({"said": said, "failed": failed, "made": made, "arrivals": stage.host._seq, "down": down,
                  "has_failed": stage.host.has_failed,
                  "files": sorted(os.listdir(disk)), "kept": [kept.arrivals, len(kept.corrections)]}))
"""


@pytest.mark.parametrize("waits", ["waits", "goes on"])
@pytest.mark.parametrize("has_temporary_folder", [True, False])
def test_on_a_disk_that_fills_while_it_plays_nothing_that_was_played_is_lost(
    waits: str, has_temporary_folder: bool, tmp_path: Path, own_disk: Callable[..., tuple[str, ...]]
) -> None:
    disk, spare = tmp_path / "disk", tmp_path / "spare"
    spare.mkdir()
    corrected(spare, pitches=())
    (spare / "song.bridge").unlink()
    before = own_disk(disk, "160k", copy=spare / "song.mid")
    for_rescue = str(spare if has_temporary_folder else disk)
    ran = python(_FILLS, disk, 1_500, waits, before=before, RESCUE=for_rescue)
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    faults = [text for kind, text in found["said"] if kind == "fault"]
    if waits == "waits":  # else it may be over before the writer has tried
        assert len(faults) == 1
        assert "the disk is full" in faults[0]
        assert found["has_failed"]
    assert not any(found["down"])
    assert found["kept"][0] < found["arrivals"] == 480
    rescue = spare / "midi-bridge-rescue-song.bridge"
    assert "cannot be saved: the disk is full; " in found["failed"]
    assert "\n" not in found["failed"]
    assert found["files"] == ["fill", "song.bridge", "song.mid"]
    if not has_temporary_folder:
        assert "what was not saved is lost" in found["failed"]
    else:
        assert f"'{rescue}'" in found["failed"]
        stored = load(rescue)
        assert stored.arrivals == 480
        assert [[one.n, one.live, one.label] for one in stored.corrections] == found["made"]
        assert found["made"]


def test_a_port_that_fails_is_said_once_while_the_others_play_on(
    song: Path, rigs: list[Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    send = TwinPort.send

    def broken(self: TwinPort, message: bytes, due_ns: int) -> None:
        if self.name == "drums" and is_note_on(message):
            raise DriverError("it was pulled out")
        send(self, message, due_ns)

    monkeypatch.setattr(TwinPort, "send", broken)
    data = smf(hit(60, 0, 400), hit(36, 0, 100, channel=9) + hit(36, 500, 600, channel=9))
    song.write_bytes(data)
    ran = midi_bridge("play", song, "--fast", "--to", "twin:module", "--to", "twin:drums")
    assert ran.code == 1
    assert ran.err.count("pulled out") == 1
    assert "midi-bridge: drums: it was pulled out\n" in ran.err
    assert 60 in pitches_heard(rigs[0])
    assert is_silent(rigs[0])
    assert load(song.with_suffix(".bridge")).runs


def test_a_port_that_fails_while_it_is_silenced_is_said_too(
    song: Path, on_line: dict[str, Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    send = TwinPort.send
    is_out: list[bool] = []

    def broken(self: TwinPort, message: bytes, due_ns: int) -> None:
        if is_out:
            raise DriverError("it was pulled out")
        send(self, message, due_ns)

    monkeypatch.setattr(TwinPort, "send", broken)
    song.write_bytes(smf([*hit(60, 0, 400), (0, b"\xe0\x00\x50"), (400, b"\xb0\x07\x10")]))
    on_line["stopped"] = lambda: is_out.append(True)
    ran = midi_bridge("play", song, "--fast")
    assert (ran.code, ran.err.count("pulled out")) == (1, 1)
