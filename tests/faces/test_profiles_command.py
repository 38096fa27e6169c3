"""`profiles` says which devices are known, what is known of each, and which one somebody has."""

import io
import json
from pathlib import Path

import pytest

from bridge.faces import gear
from bridge.profiles.load import own_folder
from tests.faces.person import Ran, is_one_line, midi_bridge

REPLY = "F0 7E 01 06 02 3E 13 00 00 00 31 2E 32 34 F7"
PROFILE = """\
name = "acme/box"
maker = "Acme"
model = "Box"
kind = "instrument"
source = "made"
[sources.made]
kind = "made here"
says = "for a test"
[match]
names = ["Acme Box"]
sources = { names = "assumed" }
"""


@pytest.fixture(name="own")
def _own(home: Path) -> Path:
    """The folder of the user's own profiles, with one in it."""
    folder = own_folder()
    (folder / "acme").mkdir(parents=True)
    (folder / "acme" / "box.toml").write_text(PROFILE, encoding="utf-8")
    return folder


def lines(monkeypatch: pytest.MonkeyPatch, *given: str | bytes) -> Ran:
    """What `match --stdin` answers to these lines."""
    data = b"".join((one if isinstance(one, bytes) else one.encode()) + b"\n" for one in given)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    return midi_bridge("profiles", "match", "--stdin")


def test_a_port_s_name_is_answered_with_the_device_and_the_reasons() -> None:
    ran = midi_bridge("profiles", "match", "--name", "Moog Minitaur:Moog Minitaur MIDI 1 20:0", "--system", "linux")
    assert ran.code == 0
    assert ran.out.startswith(
        "device: moog/minitaur (60 % sure)\n  'Moog Minitaur:Moog Minitaur MIDI 1 20:0' is a name"
    )
    assert ran.out.endswith("  nobody has confirmed it on hardware\n")


def test_a_reply_and_a_name_together_are_surer_than_either() -> None:
    both = json.loads(midi_bridge("profiles", "match", "--name", "Blofeld", "--reply", REPLY, "--json").out)
    one = json.loads(midi_bridge("profiles", "match", "--reply", REPLY, "--json").out)
    assert both["profiles"] == one["profiles"] == ["waldorf/blofeld"]
    assert (both["outcome"], both["score"] > one["score"]) == ("device", True)


def test_what_nobody_knows_is_an_answer_too() -> None:
    ran = midi_bridge("profiles", "match", "--name", "Toaster", "--reply", "90 3C 40")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "unknown: nothing is known of it (0 % sure)")


def test_a_maker_alone_is_told() -> None:
    ran = midi_bridge("profiles", "match", "--reply", "F0 7E 10 06 02 41 42 00 00 16 04 01 00 00 F7")
    assert ran.out.startswith("vendor: by BOSS or Edirol or Roland")


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((), "there is nothing to go by"),
        (("--reply", "F0 xx"), "reply: found 'xx'"),
        (("--usb", "12345"), "usb: found '12345', allowed: vendor and product as 0944:0117"),
        (("--stdin", "--name", "a"), "--stdin takes its names"),
        (("--system", "amiga", "--name", "a"), "invalid value for '--system'"),
    ],
)
def test_a_clue_that_is_none_is_the_caller_s_fault(arguments: tuple[str, ...], fault: str) -> None:
    ran = midi_bridge("profiles", "match", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert is_one_line(ran.err)
    assert fault in ran.err


def test_each_line_on_stdin_gets_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [int(one, 16) for one in REPLY.split()]
    ran = lines(
        monkeypatch,
        '{"name": "Blofeld", "system": "macos"}',
        json.dumps({"reply": REPLY}),
        json.dumps({"reply": numbers}),
        '{"name": null, "reply": "90 3C 40"}',
    )
    found = [json.loads(line) for line in ran.out.splitlines()]
    assert (ran.code, ran.err) == (0, "")
    assert [one["outcome"] for one in found] == ["device", "device", "device", "unknown"]
    assert all({"outcome", "profiles", "why"} <= one.keys() for one in found)


def test_a_bad_line_is_answered_with_its_error_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    bad: list[str | bytes] = [
        "{", "[]", "3", "{}", '{"name": 3}', '{"name": "a", "system": "amiga"}', '{"name": "a", "system": 4}',
        '{"reply": "F0 7"}', '{"reply": [256]}', '{"reply": {"a": 1}}', '{"usb": "x"}', "[" * 100_000, b"\xff\xfe",
    ]  # fmt: skip
    ran = lines(monkeypatch, *bad, '{"name": "Blofeld"}')
    found = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 2
    assert [list(one) == ["error"] for one in found] == [True] * len(bad) + [False]
    assert found[-1]["profiles"] == ["waldorf/blofeld"]


def test_complete_profiles_stand_apart_from_converted_ones_and_say_that_nobody_confirmed_them() -> None:
    ran = midi_bridge("profiles", "list")
    heads = [line for line in ran.out.splitlines() if not line.startswith(" ")]
    assert heads[0].endswith("complete; nobody has confirmed them on hardware")
    assert "  moog/minitaur" in ran.out
    complete = json.loads(midi_bridge("profiles", "list", "--complete", "--json").out)
    assert complete
    assert all(one["complete"] and one["origin"] == "written" for one in complete)
    assert all(
        one["origin"] == "converted" for one in json.loads(midi_bridge("profiles", "list", "--converted", "--json").out)
    )


def test_words_narrow_the_list() -> None:
    found = json.loads(midi_bridge("profiles", "list", "MOOG", "taur", "--json").out)
    assert "moog/minitaur" in [one["name"] for one in found]
    assert all("moog" in one["maker"].casefold() for one in found)
    none = "none of them has 'no such' in its name, maker or model; midi-bridge profiles list says which there are"
    assert midi_bridge("profiles", "list", "no", "such") == (0, "", f"midi-bridge: {none}\n")


def test_a_page_says_what_it_is_where_its_facts_come_from_and_how_many_are_assumed(own: Path) -> None:
    ran = midi_bridge("profiles", "show", "acme/box")
    assert ran.out.splitlines()[:2] == ["acme/box: Acme Box, an instrument", "  nobody has confirmed it on hardware"]
    assert "  1 fact, 1 of them only assumed" in ran.out
    assert "        0  for a test (made here)" in ran.out
    assert "        1  assumed: likely, and nobody has looked it up" in ran.out
    data = json.loads(midi_bridge("profiles", "show", "acme/box", "--json").out)
    assert (data["facts"], data["assumed"], data["own"]) == (1, 1, True)
    assert data["profile"]["match"]["names"] == ["Acme Box"]


def test_a_name_that_no_profile_has_is_answered_with_the_nearest() -> None:
    ran = midi_bridge("profiles", "show", "moog/minitour")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean 'moog/minitaur'?" in ran.err


def test_a_profile_of_one_s_own_stands_in_for_the_program_s_and_says_so(own: Path) -> None:
    (own / "moog").mkdir()
    text = PROFILE.replace("acme/box", "moog/minitaur").replace('"Acme"', '"Moog"').replace('"Box"', '"Minitaur"')
    (own / "moog" / "minitaur.toml").write_text(text, encoding="utf-8")
    ran = midi_bridge("profiles", "show", "moog/minitaur")
    assert "'moog/minitaur' is your own; the one that came with the program is not used" in ran.err
    assert "for a test" in ran.out
    assert "your own" in midi_bridge("profiles", "list", "minitaur").out


def test_a_broken_profile_is_left_out_and_its_fault_is_said(own: Path) -> None:
    (own / "acme" / "bad.toml").write_text("name = 3", encoding="utf-8")
    ran = midi_bridge("profiles", "list", "acme")
    assert ran.code == 0
    assert "acme/box" in ran.out
    assert ran.err.startswith("midi-bridge: left out: ")
    assert "bad.toml" in midi_bridge("profiles", "show", "acme/bad").err


def test_reading_many_profiles_is_shown_to_a_person_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: Path
) -> None:
    for number in range(60):
        text = PROFILE.replace("acme/box", f"acme/box-{number}")
        (own / "acme" / f"box-{number}.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "first"))
    assert midi_bridge("profiles", "list", "acme").err == ""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "second"))
    monkeypatch.setattr(gear, "is_watched", lambda: True)
    said = midi_bridge("profiles", "list", "acme").err.splitlines()
    assert said[0].endswith("device profiles: 0 %")
    assert len(said) == 4
    assert midi_bridge("profiles", "list", "acme").err == ""
