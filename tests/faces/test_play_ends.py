"""How `play` ends: by a signal, on a disk that fills, on a port that fails; nothing lost, nothing down."""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import bridge.app.player
import bridge.faces.play
import bridge.ports.base
import bridge.ports.loopback
from bridge.app.rig import Rig
from bridge.core.message import is_note_on
from bridge.errors import DriverError
from bridge.ports.twin import TwinPort
from bridge.session.stored import load
from tests.faces.person import (
    SONG,
    command,
    corrected,
    environment,
    is_silent,
    midi_bridge,
    pitches_heard,
    python,
)
from tests.kit import hit, smf


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a system where engine and host cannot be processes of their own."""
    monkeypatch.setattr(bridge.faces.play, "can_start", lambda: False)


@pytest.mark.usefixtures("one_process")
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


@pytest.mark.usefixtures("one_process")
def test_impatient_signals_while_it_closes_do_no_harm(
    song: Path, rigs: list[Rig], on_line: dict[str, Callable[[], None]]
) -> None:
    def impatient() -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)

    on_line.update(dict.fromkeys(("pass 2", "stopped", "session kept"), impatient))
    assert midi_bridge("play", song, "--loop", "0s:0.2s").code == 0
    assert is_silent(rigs[0])


@pytest.mark.usefixtures("one_process")
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
    on_line["playing"] = song.with_suffix(".bridge").unlink
    ran = midi_bridge("play", song, "--fast", "--to", "twin:module")
    rescue = tmp_path / "tmp" / "midi-bridge-rescue-song.bridge"
    assert ran.code == 1
    assert ran.err.count("\n") == 5  # two parts, playing, stopped, and the one line
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
source = Source.of("song.mid", song.read_bytes())
stage, loop, opened, _ = set_stage(source, disk / "song.bridge", clock, "run", wanted)
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
