"""Somebody makes a profile of other people's data, and a file for his sequencer; nothing of his is written over."""

import json
from pathlib import Path

import click
import pytest

from bridge.errors import BadFile, BadProfile, BridgeError, RefusedOverwrite
from bridge.faces.profile_convert import convert, export
from bridge.profiles.load import load_file

DATA = Path(__file__).parents[1] / "data" / "midi-guide"
ROZZBOX = DATA / "L.L. Electronics" / "RozzBox One V2.csv"
MIDNAM = (
    "<MIDINameDocument><MasterDeviceNames><Manufacturer>Acme</Manufacturer><Model>Lead</Model>"
    '<ControlNameList Name="C"><Control Number="74" Name="Cutoff"/></ControlNameList>'
    "</MasterDeviceNames></MIDINameDocument>"
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def ran(command: click.Command, *words: object) -> int:
    """The exit code of a command; what it refuses is raised."""
    code: int = command.main([str(word) for word in words], standalone_mode=False)
    return code


def test_a_table_becomes_a_profile_and_what_was_left_behind_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(convert, ROZZBOX, "--from", "midi-guide", "-o", "rozzbox.toml") == 0
    profile = load_file(Path("rozzbox.toml"))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"rozzbox.toml: l-l-electronics/rozzbox-one-v2, {len(profile.parameters)} parameters"
    reason = "cc_max_value is 255, allowed: 0 to 127 for one controller"
    assert f"  left behind: row 82: 'Precision Register': {reason}" in lines


def test_a_midnam_becomes_a_profile_and_json_says_it_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    Path("lead.midnam").write_text(MIDNAM, encoding="utf-8")
    assert ran(convert, "lead.midnam", "--from", "midnam", "-o", "lead.toml", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {
        "written": "lead.toml",
        "name": "acme/lead",
        "parameters": 1,
        "sounds": 0,
        "programs": 0,
        "left": [],
    }
    assert load_file(Path("lead.toml")).sources["midnam"].says == "MIDNAM file of Acme Lead, lead.midnam"


def test_both_tables_of_a_device_are_taken_whichever_is_named() -> None:
    head = (DATA / "Vermona" / "DRM1 MKIV.triggers.csv").read_text(encoding="utf-8")
    Path("DRM1.triggers.csv").write_text(head, encoding="utf-8")
    table = (DATA / "Moog" / "Minitaur.csv").read_text(encoding="utf-8")
    Path("DRM1.csv").write_text(table.replace("Moog,Minitaur", "Vermona,DRM1 MKIV"), encoding="utf-8")
    for number, name in enumerate(("DRM1.csv", "DRM1.triggers.csv")):
        assert ran(convert, name, "--from", "midi-guide", "-o", f"{number}.toml") == 0
        profile = load_file(Path(f"{number}.toml"))
        assert (bool(profile.parameters), len(profile.slots[0].sounds)) == (True, 10)


def test_a_profile_becomes_a_file_for_hapax() -> None:
    assert ran(export, "moog/minitaur", "--to", "hapax", "-o", "minitaur.txt") == 0
    assert Path("minitaur.txt").read_text(encoding="utf-8").startswith("VERSION 1\nTRACKNAME Minitaur\nTYPE POLY\n")


def test_nothing_is_written_over() -> None:
    Path("mine.toml").write_text("mine", encoding="utf-8")
    for command, words in ((convert, (ROZZBOX, "--from", "midi-guide")), (export, ("moog/minitaur", "--to", "hapax"))):
        with pytest.raises(RefusedOverwrite, match=r"'mine\.toml' exists; give another name with -o"):
            ran(command, *words, "-o", "mine.toml")
    assert Path("mine.toml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("text", "kind", "fault"),
    [
        (None, "midi-guide", BadFile),
        ("Dear player\n", "midi-guide", BadProfile),
        ("Dear player\n", "midnam", BadProfile),
        (MIDNAM, "midi-guide", BadProfile),
        (ROZZBOX.read_text(encoding="utf-8"), "midnam", BadProfile),
    ],
)
def test_a_bad_file_is_refused_in_one_line_with_its_name(text: str | None, kind: str, fault: type[BridgeError]) -> None:
    if text is not None:
        Path("in.csv").write_text(text, encoding="utf-8")
    with pytest.raises(fault, match=r"in\.csv") as refused:
        ran(convert, "in.csv", "--from", kind, "-o", "out.toml")
    assert len(str(refused.value).splitlines()) == 1
    assert not Path("out.toml").exists()
