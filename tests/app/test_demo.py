"""The whole thread, played on a ManualClock: judged by mido, and by what the twins themselves heard."""

import io
from collections import Counter
from pathlib import Path

import mido
import pytest

from bridge.app.demo import Performance, perform, script, source
from bridge.app.showcase import keys_down
from bridge.core.clock import ManualClock
from bridge.core.message import is_note_off, is_note_on
from bridge.session.export import render
from bridge.session.stored import load

Event = tuple[int, str]


def play(folder: Path, delay_ms: int = 0) -> Performance:
    """The demo in no time, with frames that long under way between engine and host."""
    session = folder / "demo.bridge"
    return perform(ManualClock(), session, "test", is_fast=True, delay_ns=delay_ms * 1_000_000)


@pytest.fixture(scope="module")
def performance(tmp_path_factory: pytest.TempPathFactory) -> Performance:
    """One undelayed performance."""
    return play(tmp_path_factory.mktemp("demo"))


def events(data: bytes) -> list[Counter[Event]]:
    """What mido reads: the (tick, message) of each track, end-of-track marks apart."""
    tracks = []
    for track in mido.MidiFile(file=io.BytesIO(data)).tracks:
        tick, found = 0, Counter[Event]()
        for message in track:
            tick += message.time
            if message.type != "end_of_track":
                found[tick, str(message.copy(time=0))] += 1
        tracks.append(found)
    return tracks


@pytest.mark.parametrize("delay_ms", [3, 50, 2_000])
def test_the_exported_song_is_the_same_however_long_a_frame_is_under_way(
    performance: Performance, tmp_path: Path, delay_ms: int
) -> None:
    late = play(tmp_path, delay_ms)
    assert render(late.session) == render(performance.session)
    assert late.session.corrections == performance.session.corrections
    assert keys_down(late.rig) == 0
    assert all(twin.order_faults == 0 for _, twin in late.rig.twins)


def test_two_performances_leave_the_same_session_byte_for_byte(tmp_path: Path) -> None:
    files = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        play(tmp_path / name)
        files.append((tmp_path / name / "demo.bridge").read_bytes())
    assert files[0] == files[1]
    assert str(tmp_path).encode() not in files[0]


def test_equal_delays_sound_the_same_notes(tmp_path: Path) -> None:
    logs = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        logs.append([twin.log for _, twin in play(tmp_path / name, 50).rig.twins])
    assert logs[0] == logs[1]


def test_only_the_corrected_events_differ_when_mido_reads_both(performance: Performance) -> None:
    was, now = events(source().data), events(render(performance.session))
    gone = [list((a - b).elements()) for a, b in zip(was, now, strict=True)]
    come = [list((b - a).elements()) for a, b in zip(was, now, strict=True)]
    assert [len(track) for track in gone] == [0, 22, 0, 2, 0]  # 2 erased notes, 18 velocities, 1 pitch
    assert [len(track) for track in come] == [0, 18, 6, 2, 0]  # three times the pedal down and up
    assert {text.split()[2] for _, text in come[3]} == {"note=33"}
    assert all("control=64" in text for _, text in come[2])


def test_every_tool_of_the_player_left_its_correction_and_undo_took_the_chord_back(performance: Performance) -> None:
    corrections = list(performance.session.corrections.values())
    assert [(one.tool, one.live) for one in corrections] == [
        ("fix", True),
        ("fix", False),
        ("dynamics", True),
        ("erase", True),
        ("pedal", True),
    ]
    assert all(one.author == "player" for one in corrections)


def test_nothing_hangs_and_ons_and_offs_of_a_key_alternate_at_every_twin(performance: Performance) -> None:
    for _, twin in performance.rig.twins:
        down: set[tuple[int, int]] = set()
        for _, message in twin.heard:
            key = (message[0] & 15, message[1])
            if is_note_on(message):
                assert key not in down, f"{twin.name}: {key} struck twice"
                down.add(key)
            elif is_note_off(message):
                assert key in down, f"{twin.name}: {key} let go twice"
                down.remove(key)
        assert not down, twin.name
        assert not twin.sounding, twin.name


def test_the_corrected_bass_note_is_heard_from_the_next_pass_on(performance: Performance) -> None:
    bass = next(twin for _, twin in performance.rig.twins if twin.name.endswith("bass"))
    pass_ns = 16_000_000_000
    passes: list[Counter[int]] = [Counter() for _ in range(4)]
    for line in bass.log:
        if line.kind == "on":
            passes[min(3, (line.at_ns - 50_000_000) // pass_ns)][line.number] += 1
    assert passes[1] == passes[2] == passes[3]
    assert passes[1][35] == passes[0][35] - 1, "one B1 less"
    assert passes[1][33] == passes[0][33], "one A1 more, where the hand had played it in the first pass"


def test_every_message_of_the_player_is_kept(tmp_path: Path) -> None:
    play(tmp_path)
    assert load(tmp_path / "demo.bridge").arrivals == len(script())
