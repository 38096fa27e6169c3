"""A contributor's path, as a new user walks it: begin a profile, check it, fill it in, play its twin, read its page."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bridge.app.rig import Rig
from bridge.core.message import control
from bridge.core.names import note_name
from tests.faces.person import Ran, command, environment, midi_bridge, pitches_heard
from tests.faces.test_twin_command import Opened

TABLE = Path(__file__).parents[1] / "data" / "midi-guide" / "Moog" / "Minitaur.csv"
FROM_THE_MANUAL = {
    'source = "assumed"\n\n': 'source = "manual"\n\n',
    "# [sources.manual]\n": "[sources.manual]\n",
    '# kind = "manual"\n# says': 'kind = "manual"\nsays',
    "# [match]\n": "[match]\n",
    "# no_reply": "no_reply",
    "# [wire]\n# connector": "[wire]\nconnector",
    "# speed_bytes_per_second": "speed_bytes_per_second",
    "# [[slots]]\n# channels = [1]\n": "[[slots]]\nchannels = [1]\n",
    "# polyphony = 1\n# range = [0, 127]\n": "polyphony = 1\nrange = [0, 72]\n",
    "# [programs]\n# select": "[programs]\nselect",
    "# [has]\n# parameters = 1\n": "[has]\nparameters = 43\n",
}
"""What a person changes in the file with the manual beside it: he takes away a `# `, and puts his number there."""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def begun_at_a_terminal(*answers: str) -> Ran:
    """`profiles new acme/minilead` in a process of its own, its questions answered on a terminal."""
    ours, its = os.openpty()
    os.write(ours, "".join(f"{one}\n" for one in answers).encode())
    child = subprocess.Popen(
        command("profiles", "new", "acme/minilead"),
        env=environment(),
        stdin=its,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(its)
    out, err = child.communicate(timeout=60)
    os.close(ours)
    return Ran(child.returncode, out, err)


def fill_in(file: str, written: dict[str, str]) -> None:
    text = Path(file).read_text(encoding="utf-8")
    for before, after in written.items():
        assert before in text, before
        text = text.replace(before, after, 1)
    Path(file).write_text(text, encoding="utf-8")


def missing(file: str) -> list[str]:
    ran = midi_bridge("profiles", "check", file, "--json")
    assert (ran.code, ran.err) == (0, "")
    (one,) = json.loads(ran.out)
    return [lack.partition(":")[0] for lack in one["missing"]]


def test_from_a_table_to_a_page_without_a_line_of_python(song: Path, rigs: list[Rig]) -> None:
    shutil.copy(TABLE, "Minitaur.csv")
    assert midi_bridge("profiles", "new", "--from-csv", "Minitaur.csv").out.startswith("minitaur.toml: written\n")
    assert missing("minitaur.toml") == ["match.replies", "wire", "slots", "has.parameters"]

    assert midi_bridge("play", song, "--fast", "--to", "twin:minitaur.toml").code == 0
    assert sorted(pitches_heard(rigs[0])) == [40, 60, 64, 67]
    twin = Opened("minitaur.toml", "--json")
    try:
        twin.cable.sendall(control(0, 70, 100))
        lines = [json.loads(twin.line()) for _ in range(2)]
    finally:
        twin.cable.close()
        twin.end()
    wave = {"channel": 1, "parameter": "Oscillators: VCO 1: Wave", "value": 100}
    assert any(wave.items() <= line.items() for line in lines), lines

    fill_in("minitaur.toml", FROM_THE_MANUAL)
    assert missing("minitaur.toml") == []
    assert midi_bridge("play", song, "--fast", "--to", "twin:minitaur.toml", "--session", "2.bridge").code == 0
    assert {channel for _, one in rigs[1].twins for channel in one.channels} == {0}

    assert midi_bridge("profiles", "page", "minitaur.toml", "-o", "minitaur.md").out == "minitaur.md: written\n"
    page = Path("minitaur.md").read_text(encoding="utf-8")
    assert page.startswith("# Moog Minitaur\n")
    assert f"| 1 | 0–72 (C-1 to {note_name(72)}) | 1 |" in page
    assert "| CC 70 | 0–127 | 0–63 Saw; 64–127 Square |" in page
    assert "- *midi-guide* (data set, " in page


def test_from_the_first_question_to_a_page(song: Path, rigs: list[Rig]) -> None:
    ran = begun_at_a_terminal("instrument", "", "Mini Lead", "din", "2")
    assert (ran.code, ran.out.splitlines()[0].strip()) == (0, "minilead.toml: written")
    assert "Who makes it [Acme]" in ran.err
    assert missing("minilead.toml")[:3] == ["match.replies", "slots[0].range", "slots[0].polyphony"]
    fill_in("minilead.toml", {"# polyphony = 1\n": "polyphony = 4\n", "# range = [0, 127]\n": "range = [36, 84]\n"})
    assert missing("minilead.toml")[:2] == ["match.replies", "programs"]
    assert midi_bridge("play", song, "--fast", "--to", "twin:minilead.toml").code == 0
    assert sorted(pitches_heard(rigs[0])) == [40, 60, 64, 67]
    text = midi_bridge("profiles", "page", "minilead.toml").out
    assert text.startswith("# Acme Mini Lead\n\nAn instrument.\n")
    assert "| 2 | 36–84 (C2 to C6) | 4 |\n" in text
    assert "Where no source stands beside a fact, it is *assumed*." in text
