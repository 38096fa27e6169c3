"""The page about a device says what its profile says, to a player, and nothing besides."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from bridge.faces.device_page import page
from bridge.profiles.load import load
from bridge.profiles.model import Profile, faults_of
from tests.profiles.samples import KEYBOARD, SYNTH, changed, without

SAMPLES = {"synth": SYNTH, "keyboard": KEYBOARD}
UNSAID = re.compile(
    r"name|kind|origin"  # a profile's own name is only typed; those of a kind and an origin are words of the head
    r"|product"  # said where it is none, below
    r"|(has|twin)(\..*)?"  # what is counted or simulated is nothing to a player
    r"|(.*\.)?(\w*sources?)(\..*)?"  # shown where they are another's than the page's, below
    r"|modes\.0\.name"  # a page names it, so it cannot be left out
    r"|controls\.0\.(motor|range)|controls\.0\.message(\..*)?|controls\.0\.touch\..*"
)
"""Keys without which the page of a sample is the same, or the profile no profile."""
BARE = {"name": "a/b", "maker": "A", "model": "B", "kind": "instrument", "source": "assumed"}


def page_of(data: dict[str, Any], called: str = "maker/model") -> str:
    return page(Profile.model_validate(data), called)


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the tables under a heading, without the lines of dashes."""
    section = re.split(r"^## ", text.partition(f"## {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def keys(data: Any, place: str = "") -> Iterator[str]:
    """Every key of a profile, by its path."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        here = f"{place}{key}"
        if isinstance(data, dict):
            yield here
        if isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)):
            yield from keys(value, f"{here}.")


@pytest.mark.parametrize(("sample", "key"), [(name, key) for name, data in SAMPLES.items() for key in keys(data)])
def test_every_key_of_a_profile_can_be_seen_on_its_page(sample: str, key: str) -> None:
    data = SAMPLES[sample]
    less = without(data, key)
    if not UNSAID.fullmatch(key) and not faults_of(less):
        assert page_of(less) != page_of(data)


def test_what_a_profile_does_not_say_is_not_on_the_page() -> None:
    assert page_of(BARE, "b.toml") == (
        "# A B\n\nAn instrument.\n\n"
        "- **Nobody has confirmed it on hardware.**\n"
        '- 0 of 0 facts have a source better than "assumed".\n'
        "- Not complete: `midi-bridge profiles check b.toml` says what is missing.\n"
        "- To play it without having it: `midi-bridge twin b.toml`.\n"
        "\n## Where this comes from\n\nWhere no source stands beside a fact, it is *assumed*.\n"
    )


def test_a_player_reads_which_parameters_are_never_automated() -> None:
    stored = changed(SYNTH, "parameters.0.safety", "stores")
    text = page_of(stored)
    assert "**Never automated, and sent by no agent**, since they change its memory: Cutoff.\n" in text
    head, cutoff = rows(text, "Parameters")
    assert dict(zip(head, cutoff)) == {
        "parameter": "Cutoff[^1]",
        "sent as": "CC 74 or CC 1 and 33 (14 bits) or RPN 0/0 or NRPN 1/2 or `F0 41 ( vv ) cs F7`",
        "channel": "1",
        "range": "0–127, by NRPN 0–16,383, centre 64, starts at 100",
        "values": "0–63 off; 64 on",
        "what it is": "cutoff",
        "when automated": "never: changes its memory",
        "direction": "both ways",
    }
    assert "Never automated" not in page_of(SYNTH)


def test_what_is_no_product_says_so() -> None:
    text = "It describes no product, but any device of its kind, or a simulated one."
    assert text not in page_of(SYNTH)
    assert text in page_of(changed(SYNTH, "product", False))


def test_each_fact_that_is_from_elsewhere_says_from_where() -> None:
    profile = changed(SYNTH, "sources.ear", {"kind": "community", "says": "heard"})
    heard = changed(changed(profile, "parameters.0.sources", {"range": "ear"}), "wire.source", "ear")
    text = page_of(heard)
    assert rows(text, "Parameters")[1][-1] == "range: ear"
    assert {row[2] for row in rows(text, "Ports and wire") if row[0] in ("sockets", "takes")} == {"ear"}
    assert "Where no source stands beside a fact, it is *manual*." in text
    assert "- *ear* (community, 9 facts): heard." in text
    assert "8 voices for all channels together (ear)." in page_of(changed(profile, "polyphony_source", "ear"))
    drums = changed(profile, "slots.0.sounds.0.source", "ear")
    assert rows(page_of(drums), "What sounds")[-1] == ["1", "36 (C2)[^1]", "BD", "kick", "a", "ear"]


def test_what_each_control_does_in_this_program_is_said_in_words() -> None:
    twin = rows(page(load("midi-bridge/twin-controller"), "x"), "Controls")
    assert [row[3] for row in twin if row[0] in ("keys", "pad")] == [
        "plays, and corrects notes",
        "plays, and corrects notes and dynamics",
    ]
    assert {"chooses part 8", "chooses the tool *erase*", "silences everything"} <= {row[3] for row in twin}
    mpk = {row[0].partition("[")[0]: row for row in rows(page(load("akai/mpk-mini-mk3"), "x"), "Controls")}
    assert mpk["K1 to K8"][3:6] == ["CC 70–77, channel 1", "sends its place", ""]
    assert (mpk["Joystick X"][5], mpk["Joystick Y"][5]) == ("goes along with the keys", "")


def test_of_a_synth_the_page_says_what_it_plays() -> None:
    head, bass = rows(page(load("moog/minitaur"), "x"), "What sounds")
    said = dict(zip(head, bass))
    assert (said["keys"], said["notes at once"]) == ("0–72 (C-1 to C5)", "1, the last key wins")
    assert said["source"] == "channels: assumed; mono priority: guide"


@pytest.mark.parametrize("word", ["a|b", "[x](y)", "<b>", "`", "*x*", "__x__", "\n\n# x", "~~x~~", "\x1b[31m", "&lt;"])
def test_whatever_a_profile_says_stays_text_in_its_cell(word: str) -> None:
    data = changed(changed(SYNTH, "parameters.0.name", word), "note", word)
    for path in ("model", "parameters.0.note", "slots.0.sounds.0.name", "match.names.0", "sources.manual.link"):
        data = changed(data, path, word)
    text = page_of(data)
    head, cutoff = rows(text, "Parameters")
    assert (len(head), cutoff[2]) == (len(cutoff), "1")
    assert [line for line in text.splitlines() if line.startswith("# ")] == [text.splitlines()[0]]
    assert "\x1b" not in text
    outside = re.sub(r"`[^`]*`", "", text)
    assert re.search(r"(?<!\\)<b>|(?<!\\)\[x\]|(?<![\\*])\*x\*", outside) is None


def test_what_is_typed_for_a_file_whose_name_has_a_space_can_be_pasted() -> None:
    assert "`midi-bridge twin 'my synth.toml'`" in page_of(BARE, "my synth.toml")
