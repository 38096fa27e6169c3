"""A contributor begins a profile, checks it, mends it; nothing of his is written over, and he writes no Python."""

import json
from pathlib import Path

import click
import pytest

from bridge.profiles.convert.toml_out import quoted
from bridge.profiles.load import load_file, names
from tests.faces.person import Ran, is_one_line, midi_bridge

LEAD = ("profiles", "new", "acme/minilead", "--kind", "instrument", "--connector", "din")
KEYS = ("profiles", "new", "acme/minikeys", "--kind", "controller", "--connector", "usb")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def typed(monkeypatch: pytest.MonkeyPatch, *answers: object) -> list[str]:
    """Somebody sits at the terminal and answers so; gives what he is asked."""
    asked: list[str] = []
    left = list(answers)

    def prompt(question: str, default: object = None, **_: object) -> object:
        asked.append(question)
        given = left.pop(0)
        return default if given == "" else given

    monkeypatch.setattr("bridge.faces.profile_files.on_terminal", lambda: True)
    monkeypatch.setattr(click, "prompt", prompt)
    return asked


def lines(ran: Ran) -> list[str]:
    assert ran.err == ""
    assert ran.code == 0
    return ran.out.splitlines()


def test_a_new_profile_passes_the_check_and_says_what_is_missing() -> None:
    first, second, *missing = lines(midi_bridge(*LEAD))
    assert first == "minilead.toml: written"
    assert second == (
        'minilead.toml: not complete; 0 of 3 facts have a source better than "assumed"; '
        "nobody has confirmed it on hardware"
    )
    assert "  slots[0].polyphony: how many notes sound at once, here or for all slots together" in missing
    assert lines(midi_bridge("profiles", "check", "minilead.toml")) == [second, *missing]


def test_what_is_said_stands_in_the_file_and_what_is_not_is_absent() -> None:
    lines(midi_bridge(*LEAD, "--polyphony", 1, "--range", 24, 96, "--channel", 3, "--maker", "ACME", "-o", "x.toml"))
    profile = load_file(Path("x.toml"))
    (slot,) = profile.slots
    assert (profile.maker, profile.model, slot.polyphony, slot.range, slot.channels) == (
        "ACME", "Minilead", 1, (24, 96), (3,)
    )  # fmt: skip
    lines(midi_bridge(*LEAD))
    bare = load_file(Path("minilead.toml"))
    assert bare.slots[0].model_fields_set == {"channels"}
    assert (bare.match, bare.programs, bare.parameters, bare.confirmed) == (None, None, (), ())


def test_a_controller_begins_with_its_keys_or_its_first_knob() -> None:
    lines(midi_bridge(*KEYS, "--range", 48, 72))
    (keys,) = load_file(Path("minikeys.toml")).controls
    assert (keys.kind, keys.message.range) == ("keys", (48, 72))
    lines(midi_bridge(*KEYS, "--cc", 70, "-o", "knobs.toml"))
    (knob,) = load_file(Path("knobs.toml")).controls
    assert (knob.kind, knob.message.number) == ("knob", 70)


def test_every_example_in_the_comments_is_taken_when_it_is_uncommented() -> None:
    lines(midi_bridge(*LEAD))
    lines(midi_bridge(*KEYS, "--range", 48, 72))
    for file in ("minilead.toml", "minikeys.toml"):
        text = Path(file).read_text(encoding="utf-8")
        kept = [line for line in text.splitlines() if not line.startswith(("# no_reply", "#:schema"))]
        examples = [line.removeprefix("# ") if " = " in line or line.startswith("# [") else line for line in kept]
        Path(file).write_text("\n".join(line for line in examples if not line.startswith('source = "manual", or')))
        assert midi_bridge("profiles", "check", file).err == ""


@pytest.mark.parametrize("word", ['Say "Hi"', "back\\slash", "Ünï ♪ 𝄞", "del\x7f", "tab\tand\nline"])
def test_a_name_of_any_letters_is_written_as_toml(word: str) -> None:
    lines(midi_bridge(*LEAD, "--maker", word, "--model", word))
    profile = load_file(Path("minilead.toml"))
    assert (profile.maker, profile.model) == (word, word)
    assert quoted(word).isprintable()


def test_what_is_not_given_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = typed(monkeypatch, "controller", "", "Keys 2", "usb", 2, 71)
    lines(midi_bridge("profiles", "new", "acme/keys"))
    assert asked == [
        "Does it sound (instrument), or is it played on (controller)",
        "Who makes it",
        "What it is called",
        "Its sockets for MIDI",
        "The channel it plays on",
        "Which controller its first knob sends",
    ]
    profile = load_file(Path("keys.toml"))
    assert (profile.maker, profile.model, profile.controls[0].message.addresses) == (
        "Acme", "Keys 2", [("control", 2, 71)]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("profiles", "new", "acme/lead"), "--kind is missing; give it, or run this on a terminal"),
        (LEAD[:5], "--connector is missing; give it, or run this on a terminal"),
        (KEYS, "--range or --cc is missing; give it, or run this on a terminal"),
        (
            ("profiles", "new", "Acme Lead"),
            "'Acme Lead' is no name for a profile; two words of a-z, 0-9 and - as moog/minitaur",
        ),
        (
            (*LEAD, "--model", "Lead \udcf3"),
            r"--model 'Lead \udcf3' is no UTF-8 text, as a profile is; type it again",
        ),
        ((*LEAD, "--range", 9, 1), "--range 9 1 runs backwards; the lower first"),
        ((*LEAD, "-o", "there.toml"), "'there.toml' exists; give another name with -o"),
        ((*LEAD, "-o", "no/there.toml"), "'no/there.toml': its folder does not exist"),
    ],
)
def test_what_cannot_be_begun_is_refused_in_one_line(words: tuple[str, ...], said: str) -> None:
    Path("there.toml").write_text("mine")
    ran = midi_bridge(*words)
    assert (ran.code, ran.err, ran.out) == (2, f"midi-bridge: {said}\n", "")
    assert Path("there.toml").read_text() == "mine"
    assert sorted(path.name for path in Path().iterdir()) == ["there.toml"]


def test_all_faults_of_a_file_are_said_each_in_a_line() -> None:
    lines(midi_bridge(*LEAD))
    text = Path("minilead.toml").read_text(encoding="utf-8")
    Path("minilead.toml").write_text(text.replace('"din"', '"dn"').replace("channels = [1]", "chanels = [1]"))
    ran = midi_bridge("profiles", "check", "minilead.toml")
    assert (ran.code, ran.out) == (2, "")
    connector, unknown = (line.removeprefix("midi-bridge: 'minilead.toml': ") for line in ran.err.splitlines())
    assert connector == "wire.connector: found 'dn', allowed: 'usb', 'din', 'both' or 'serial' (did you mean 'din'?)"
    assert unknown.startswith("slots[0].chanels: no such key, allowed: source, sources, since, until, note, channels, ")
    assert unknown.endswith(" (did you mean 'channels'?)")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name = \n", "is not TOML: Invalid value (at line 1, column 8)"),
        (f"a = {'[' * 5_000}", "is not TOML: its lists or tables are nested too deeply"),
        (f"a = {'9' * 5_000}", "is not TOML: Exceeds the limit"),
        (f"maker = 0x{'f' * 5_000}", ": maker: found a number with more digits than can be shown, allowed: text of"),
    ],
)
def test_a_file_that_is_no_profile_is_refused_in_lines(content: str, said: str) -> None:
    Path("a.toml").write_text(content)
    ran = midi_bridge("profiles", "check", "a.toml")
    assert ran.code == 2
    assert f"'a.toml'{'' if said.startswith(':') else ' '}{said}" in ran.err
    assert "Traceback" not in ran.err


def test_a_missing_file_a_folder_and_an_unknown_name_are_refused() -> None:
    assert midi_bridge("profiles", "check", "no.toml") == (
        2,
        "",
        "midi-bridge: 'no.toml': there is no such file; check the name\n",
    )
    assert midi_bridge("profiles", "check", ".") == (2, "", "midi-bridge: '.': it is a folder; name a file in it\n")
    assert is_one_line(midi_bridge("profiles", "check", "midi-bridge/twin-bas").err)


def test_a_file_among_the_program_s_must_have_the_name_of_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.faces.profile_files.data_folder", lambda: tmp_path / "all")
    (tmp_path / "all" / "acme").mkdir(parents=True)
    lines(midi_bridge(*LEAD, "-o", "all/acme/minilead.toml"))
    assert Path("all/acme/minilead.toml").read_text(encoding="utf-8").startswith("#:schema ../profile.schema.json\n")
    Path("all/acme/minilead.toml").rename("all/acme/lead.toml")
    assert midi_bridge("profiles", "check", "all/acme/lead.toml").err == (
        "midi-bridge: 'all/acme/lead.toml': name: found 'acme/minilead', allowed: 'acme/lead', its place\n"
    )


def test_programs_get_the_same_as_json() -> None:
    lines(midi_bridge(*LEAD))
    ran = midi_bridge("profiles", "check", "--json", "minilead.toml", "no.toml")
    lead, no = json.loads(ran.out)
    assert (ran.code, lead["name"], lead["complete"], lead["facts"], lead["sourced"]) == (
        2,
        "acme/minilead",
        False,
        3,
        0,
    )
    assert (lead["faults"], lead["confirmed"], "wire" in lead["missing"][0]) == ([], False, False)
    assert no["faults"] == ["'no.toml': there is no such file; check the name"]


def test_without_a_name_all_that_were_written_by_hand_are_counted() -> None:
    found = json.loads(midi_bridge("profiles", "check", "--json").out)
    assert {one["name"] for one in found} <= set(names())
    assert {"midi-bridge/twin-bass", "moog/minitaur"} <= {one["name"] for one in found}
    assert {one["origin"] for one in found} == {"written"}
    last = midi_bridge("profiles", "check").out.splitlines()[-1]
    complete = [one["product"] for one in found if one["complete"]]
    assert last.startswith(
        f"{len(complete)} of {len(found)} profiles complete, {complete.count(False)} of which describe no product; "
    )
