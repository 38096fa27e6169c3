"""What `midi-bridge diff` tells about two files."""

import json
import shutil
from pathlib import Path

import mido
import pytest

from bridge.faces.cli import run

SONG = "jam__20221206_153823.mid"


@pytest.fixture
def song(corpus: Path, tmp_path: Path) -> Path:
    """The demo's song in a folder of its own."""
    return Path(shutil.copy(corpus / "ai" / SONG, tmp_path / "a.mid"))


@pytest.fixture
def corrected(song: Path, tmp_path: Path) -> Path:
    """The song with its first bass note a tone higher, a drum hit gone and a pedal in the piano: mido wrote it."""
    file = mido.MidiFile(song)
    bass = [message for message in file.tracks[3] if message.type.startswith("note")]
    bass[0].note = bass[1].note = bass[0].note + 2
    drums = file.tracks[1]
    first = next(at for at, message in enumerate(drums) if message.type == "note_on")
    note = drums[first].note
    end = next(at for at in range(first + 1, len(drums)) if getattr(drums[at], "note", None) == note)
    for at in (end, first):
        drums[at + 1].time += drums[at].time
        del drums[at]
    file.tracks[2].insert(2, mido.Message("control_change", channel=1, control=64, value=127, time=0))
    path = tmp_path / "b.mid"
    file.save(path)
    return path


def test_what_mido_changed_is_what_is_told(song: Path, corrected: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "--json", str(song), str(corrected)]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "same": 337,
        "changed": [
            {
                "before": {"track": 3, "channel": 3, "tick": 0, "length": 96, "pitch": 31, "velocity": 99},
                "after": {"track": 3, "channel": 3, "tick": 0, "length": 96, "pitch": 33, "velocity": 99},
            }
        ],
        "added": [],
        "removed": [{"track": 1, "channel": 10, "tick": 192, "length": 192, "pitch": 64, "velocity": 99}],
        "events": [{"track": 2, "tick": 0, "before": None, "after": "b1 40 7f"}],
    }


def test_a_musician_reads_a_line_a_change(song: Path, corrected: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", str(song), str(corrected)]) == 0
    assert [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()] == [
        "- 1.1 Drums low conga, 192 ticks, velocity 99",
        "+ 1.1 Electric Piano 2 sustain pedal down",
        "~ 1.1 Electric Bass (pick) G1 → A1",
        "337 notes the same, 1 changed, 1 removed; 1 other event",
    ]


def test_two_equal_files_have_no_difference(song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", str(song), str(song)]) == 0
    assert capsys.readouterr().out == "no difference: 339 notes, and all other events\n"


def test_every_pair_of_a_faulty_and_a_sound_file_is_told_or_refused_in_a_line(
    corpus: Path, song: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in sorted((corpus / "smf").glob("*.mid")):
        code = run(["diff", str(path), str(song)])
        assert (code, len(capsys.readouterr().err.splitlines())) in ((0, 0), (2, 1)), path.name


def test_a_song_without_bars_is_told_in_minutes(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    smpte = corpus / "smf" / "syn__smpte-25-40.mid"
    higher = tmp_path / "higher.mid"
    higher.write_bytes(smpte.read_bytes().replace(b"\x90\x3c", b"\x90\x3e").replace(b"\x80\x3c", b"\x80\x3e"))
    run(["diff", str(smpte), str(higher)])
    line = capsys.readouterr().out.splitlines()[0]
    assert line.startswith("~ 0:00.0")
    assert line.endswith("C4 → D4")
