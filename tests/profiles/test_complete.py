"""What is missing for a complete profile is said, each thing by itself; and facts with a source are counted."""

import tomllib
from typing import Any

import pytest

from bridge.profiles.complete import Counted, counted, is_complete, missing
from bridge.profiles.model import check
from tests.docs.pages import blocks, text_of
from tests.profiles.samples import SYNTH, changed, without

LEAD, KEYS = (tomllib.loads(example) for example in blocks(text_of("docs/profiles.md"), "toml"))
KICK = {"key": 36, "role": "kick"}
DRUMS: dict[str, Any] = {
    **{key: value for key, value in LEAD.items() if key != "programs"},
    "slots": [{"channels": [10], "polyphony": 8, "range": [36, 36], "drums": True, "sounds": [KICK]}],
}


def lacks(profile: dict[str, Any]) -> list[str]:
    """What is missing in a profile that breaks no rule."""
    return missing(check(profile, "example"))


@pytest.mark.parametrize("profile", [LEAD, KEYS, DRUMS], ids=["lead", "keys", "drums"])
def test_a_complete_profile_lacks_nothing(profile: dict[str, Any]) -> None:
    assert lacks(profile) == []
    assert is_complete(check(profile, "example"))


WITHOUT = [
    (LEAD, "match", "match.replies: what it answers to an identity request, or in match.no_reply why nothing"),
    (KEYS, "match.no_reply", "match.replies: what it answers to an identity request, or in match.no_reply why nothing"),
    (LEAD, "wire", "wire: its sockets, and how fast it takes bytes"),
    (LEAD, "slots", "slots: its channels, and what each can do"),
    (LEAD, "slots.0.range", "slots[0].range: the lowest and the highest key that sound"),
    (DRUMS, "slots.0.polyphony", "slots[0].polyphony: how many notes sound at once, here or for all slots together"),
    (DRUMS, "slots.0.sounds", "slots[0].sounds: which key strikes which drum, with its role where it has one"),
    (LEAD, "programs", "programs: how a sound is chosen, or select = 'none'"),
    (LEAD, "has", "has.parameters: how many parameters MIDI reaches, by its source"),
    (KEYS, "ports", "ports: each port that it shows, and what it is for"),
    (KEYS, "has.lights", "has.lights: 'described', 'none', or 'unknown' where the sources do not tell"),
    (KEYS, "controls.2.light", "controls[].light: what lights each, or has.lights = 'none' or 'unknown'"),
    (KEYS, "has.controls.pad", "has.controls.pad: how many there are, by its source"),
    (KEYS, "pages", "pages: how a person comes to the page 'Program 1'"),
]


@pytest.mark.parametrize(("profile", "path", "said"), WITHOUT, ids=[one[1] for one in WITHOUT])
def test_what_is_left_out_is_missed(profile: dict[str, Any], path: str, said: str) -> None:
    assert lacks(without(profile, path)) == [said]


CHANGED: list[tuple[dict[str, Any], str, object, str]] = [
    (LEAD, "programs", {"select": "both"}, "programs.banks: the bank bytes, and which programs each has"),
    (LEAD, "has.parameters", 3, "parameters: 2 of 3 are described"),
    (KEYS, "has.controls.knob", 9, "controls: 8 of 9 of kind 'knob' are described"),
    (KEYS, "has.controls.fader", 1, "controls: 0 of 1 of kind 'fader' are described"),
    (LEAD, "match.sources", {"replies": "assumed"}, "match.replies[0].pattern: a source, since it is only assumed"),
    (LEAD, "wire.source", "assumed", "wire.connector: a source, since it is only assumed"),
    (LEAD, "slots.0.sources", {"range": "assumed"}, "slots[0].range: a source, since it is only assumed"),
    (LEAD, "slots.0.sources", {"polyphony": "assumed"}, "slots[0].polyphony: a source, since it is only assumed"),
    (DRUMS, "slots.0.sounds.0.source", "assumed", "slots[0].sounds[0].key: a source, since it is only assumed"),
    (LEAD, "programs.source", "assumed", "programs.select: a source, since it is only assumed"),
    (LEAD, "parameters.0.source", "assumed", "parameters[0].cc: a source, since it is only assumed"),
    (LEAD, "has.source", "assumed", "has.parameters: a source, since it is only assumed"),
    (KEYS, "controls.1.sources", {"message": "assumed"}, "controls[1].message: a source, since it is only assumed"),
    (LEAD, "quirks.source", "assumed", ""),
    (KEYS, "has.lights", "unknown", ""),
]


@pytest.mark.parametrize(("profile", "path", "value", "said"), CHANGED, ids=[f"{one[1]}={one[2]}" for one in CHANGED])
def test_what_is_not_all_there_is_missed(profile: dict[str, Any], path: str, value: object, said: str) -> None:
    assert lacks(changed(profile, path, value)) == [said] * bool(said)


def test_voices_of_the_whole_device_are_enough() -> None:
    assert lacks({**without(DRUMS, "slots.0.polyphony"), "polyphony": 8}) == []


def test_like_facts_that_are_assumed_are_said_once() -> None:
    assert lacks({**KEYS, "source": "assumed"}) == [
        "wire.connector: a source, since it is only assumed",
        "controls[0].message: a source, since it is only assumed, as are 2 more like it",
        "has.controls: a source, since it is only assumed",
    ]


def test_what_stands_for_any_device_of_its_kind_may_be_assumed_but_not_left_out() -> None:
    assert lacks({**KEYS, "source": "assumed", "product": False}) == []
    assert lacks({**without(KEYS, "wire"), "product": False}) == ["wire: its sockets, and how fast it takes bytes"]


def test_voices_that_all_slots_share_have_a_source_of_their_own() -> None:
    shared = {**without(DRUMS, "slots.0.polyphony"), "polyphony": 8}
    assert lacks({**shared, "polyphony_source": "assumed"}) == ["polyphony: a source, since it is only assumed"]


def test_a_control_of_every_page_counts_on_each() -> None:
    pages = [{"name": name, "entered": "by hand"} for name in "AB"]
    rows = [("A", [1, 4]), ("B", [1, 2]), (None, [20, 21])]
    controls = [
        {"kind": "knob", "message": {"type": "control", "channel": 1, "range": span}} | ({"page": page} if page else {})
        for page, span in rows
    ]
    profile = {**KEYS, "pages": pages, "controls": controls}
    assert lacks({**profile, "has": {"controls": {"knob": 6}, "lights": "none"}}) == []
    assert lacks({**profile, "has": {"controls": {"knob": 7}, "lights": "none"}}) == [
        "controls: 6 of 7 of kind 'knob' are described"
    ]


def test_a_control_that_sends_sysex_counts_as_one() -> None:
    sysex = {"kind": "button", "message": {"type": "sysex", "sysex": "F0 7F F7"}}
    assert lacks({**KEYS, "controls": [sysex], "pages": [], "has": {"controls": {"button": 1}, "lights": "none"}}) == []


def test_facts_with_a_source_are_counted() -> None:
    slot = {"channels": [1], "polyphony": 3, "range": [0, 9], "sources": {"range": "manual", "polyphony": "assumed"}}
    about = {"name": "a/b", "maker": "a", "model": "b", "kind": "instrument", "sources": SYNTH["sources"]}
    profile = check({**about, "source": "manual", "slots": [slot], "polyphony": 4}, "example")
    assert counted([profile]) == Counted(facts=4, sourced=3)
    assert counted([profile, profile]) == Counted(facts=8, sourced=6)
    assert counted([]) == Counted(0, 0)
