"""A profile begins with a MIDI Guide table: what that says is in the file, the rest stands there to be filled in."""

from pathlib import Path

import pytest

from bridge.profiles.load import load_file
from tests.faces.person import Ran, midi_bridge

DATA = Path(__file__).parents[1] / "data" / "midi-guide"
MINITAUR = DATA / "Moog" / "Minitaur.csv"
DRUMS = DATA / "Vermona" / "DRM1 MKIV.triggers.csv"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def begun(*words: object) -> Ran:
    return midi_bridge("profiles", "new", "--from-csv", *words)


def test_what_the_table_says_is_in_the_file_each_fact_from_the_table() -> None:
    first, left, *verdict = begun(MINITAUR).out.splitlines()
    assert first == "minitaur.toml: written"
    assert left == (
        "  left behind: row 23: its range 0 to 127: it is not said whether that is the coarse controller's or both's"
    )
    profile = load_file(Path("minitaur.toml"))
    wave = profile.parameters[0]
    assert (profile.name, profile.maker, profile.model, profile.origin) == (
        "moog/minitaur",
        "Moog",
        "Minitaur",
        "written",
    )
    assert (wave.name, wave.cc, wave.range, wave.values["0-63"]) == ("VCO 1: Wave", 70, (0, 127), "Saw")
    assert {fact.source for fact in profile.facts()} == {"midi-guide"}
    assert profile.sources["midi-guide"].licence == "CC BY-SA 4.0"
    assert verdict == midi_bridge("profiles", "check", "minitaur.toml").out.splitlines()
    assert "  wire: its sockets, and how fast it takes bytes" in verdict


def test_what_the_table_does_not_say_stands_there_as_a_comment_to_be_filled_in() -> None:
    begun(MINITAUR)
    lines = Path("minitaur.toml").read_text(encoding="utf-8").splitlines()
    for table in ("[match]", "[wire]", "[[slots]]", "[programs]", "[has]", "[[confirmed]]"):
        assert (f"# {table}" in lines, table in lines) == (True, False)
    profile = load_file(Path("minitaur.toml"))
    assert (profile.wire, profile.slots, profile.has, profile.confirmed) == (None, (), None, ())


def test_what_is_filled_in_is_not_said_to_be_from_the_table() -> None:
    begun(DRUMS, "-o", "drums.toml")
    text = Path("drums.toml").read_text(encoding="utf-8")
    Path("drums.toml").write_text(text.replace("# polyphony = 1", "polyphony = 11"), encoding="utf-8")
    profile = load_file(Path("drums.toml"))
    sources = {fact.place: fact.source for fact in profile.facts()}
    assert (profile.slots[0].polyphony, len(profile.slots[0].sounds)) == (11, 10)
    assert (sources["slots[0].polyphony"], sources["slots[0].sounds[0].key"]) == ("assumed", "midi-guide")


def test_a_name_that_is_given_goes_before_the_table_s_own() -> None:
    assert begun(MINITAUR, "me/my-minitaur").out.startswith("my-minitaur.toml: written\n")
    assert load_file(Path("my-minitaur.toml")).name == "me/my-minitaur"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "'in.csv': there is no such file; check the name"),
        (b"", "'in.csv': it is no table of MIDI Guide: there is no column 'manufacturer'"),
        (b"Dear player,\n", "'in.csv': it is no table of MIDI Guide: there is no column 'manufacturer'"),
        (b"\xff\xfe", "'in.csv': it is no UTF-8 text: byte 0"),
        (b"manufacturer,device,parameter_name,cc_msb\n", "'in.csv': it has no rows"),
        (
            b"manufacturer,device,parameter_name,cc_msb\n!,?,Cutoff,74\n",
            "'in.csv': no name can be made of maker '!' and model '?'; they need letters or digits",
        ),
    ],
)
def test_a_bad_table_is_refused_in_one_line_and_nothing_is_written(content: bytes | None, said: str) -> None:
    if content is not None:
        Path("in.csv").write_bytes(content)
    assert begun("in.csv", "-o", "out.toml") == (2, "", f"midi-bridge: {said}\n")
    assert not Path("out.toml").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--cc", 3),
            "--cc beside --from-csv; leave it out, and write what the table does not say into the file",
        ),
        (("minitaur",), "'minitaur' is no name for a profile; two words of a-z, 0-9 and - as moog/minitaur"),
        (("-o", "mine.toml"), "'mine.toml' exists; give another name with -o"),
        ((), "'minitaur.toml' exists; give another name with -o"),
    ],
)
def test_nothing_is_written_over_and_nothing_contradicts_the_table(words: tuple[object, ...], said: str) -> None:
    for name in ("mine.toml", "minitaur.toml"):
        Path(name).write_text("mine")
    assert begun(MINITAUR, *words) == (2, "", f"midi-bridge: {said}\n")
    assert {Path(name).read_text() for name in ("mine.toml", "minitaur.toml")} == {"mine"}


def test_without_a_name_or_a_table_nothing_is_begun() -> None:
    said = "MAKER/MODEL is missing; give two words as moog/minitaur, or --from-csv"
    assert midi_bridge("profiles", "new", "--kind", "instrument") == (2, "", f"midi-bridge: {said}\n")
