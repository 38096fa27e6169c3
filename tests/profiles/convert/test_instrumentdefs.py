"""A definition transcribed from a maker's manual becomes a profile that still names the manual."""

import json
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import BadProfile
from bridge.profiles.convert.instrumentdefs import convert
from bridge.profiles.model import Profile, check
from tests.profiles.convert.regenerate import definition, file_of

DATA = Path(__file__).parents[2] / "data" / "instrumentdefs"


def made(**document: Any) -> tuple[Profile, list[str]]:
    """The profile of a definition, and what was left behind."""
    converted = convert({"definition": 1, "model": {"name": "Lead"}, **document}, "acme/lead")
    return check(converted.data, "acme"), [str(left) for left in converted.left]


def control(**facts: Any) -> tuple[dict[str, Any], list[str]]:
    """One control as a parameter, without its name, and what was left behind of it."""
    profile, left = made(controls={"wave": {"label": "Wave", **facts}})
    found = [one.model_dump(mode="json", exclude_unset=True) for one in profile.parameters]
    return ({key: value for key, value in found[0].items() if key != "name"} if found else {}), left


@pytest.mark.parametrize("path", sorted(DATA.rglob("*.json")), ids=lambda path: path.stem)
def test_the_committed_profile_is_what_its_definition_gives_byte_for_byte(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    committed, text = file_of("instrumentdefs", definition(document, f"{path.parent.name}/{path.stem}"))
    assert committed.read_bytes() == text.encode()


def test_the_documents_that_it_cites_stay_named_with_their_links() -> None:
    document = json.loads((DATA / "moog" / "minitaur.json").read_text(encoding="utf-8"))
    sources = check(definition(document, "moog/minitaur").data, "moog").sources
    assert list(sources) == ["instrumentdefs", *document["sources"]]
    assert sources["instrumentdefs"].says.startswith(
        "PyMidiInstrumentDefs 0.4.1, moog/minitaur. User manual (c)2012 pp. 21-24"
    )
    assert (sources["manual"].says, sources["manual"].link) == ("Minitaur Manual", document["sources"]["manual"]["url"])


@pytest.mark.parametrize(
    ("facts", "parameter"),
    [
        ({"cc": 70, "values": {"saw": 0, "square": 64}}, {"cc": 70, "values": {"0-63": "saw", "64-127": "square"}}),
        ({"cc": 70, "choices": {"base": 0, "2_octaves": 2}}, {"cc": 70, "values": {"0": "base", "2": "2 octaves"}}),
        ({"cc": 3, "lsb": 35, "range": [0, 16_383]}, {"cc14": [3, 35], "range": [0, 16_383]}),
        ({"nrpn": 410, "range": [0, 254], "default": 128}, {"nrpn": [3, 26], "range": [0, 254], "default": 128}),
        ({"cc": 9, "nrpn": 9, "nrpn_range": [0, 255]}, {"cc": 9, "nrpn": [0, 9], "nrpn_range": [0, 255]}),
        ({"cc": 9, "direction": "transmits"}, {"cc": 9, "direction": "sent"}),
        ({"cc": 9, "assignment": "off"}, {"cc": 9, "note": "switched off until its owner enables it"}),
        ({"cc": 9, "group": "lfo_1"}, {"cc": 9, "group": "Lfo 1"}),
    ],
)
def test_a_control_is_a_parameter(facts: dict[str, Any], parameter: dict[str, Any]) -> None:
    assert control(**facts) == (parameter, [])


@pytest.mark.parametrize(
    ("midi", "sync"),
    [
        ({"clock": "both", "transport": "receives"}, {"clock": "both", "transport": "received"}),
        ({"clock": "none", "transport": "unknown"}, {"clock": "none"}),
        ({}, None),
    ],
)
def test_clock_and_transport_are_kept_as_far_as_they_are_said(
    midi: dict[str, Any], sync: dict[str, Any] | None
) -> None:
    profile, left = made(midi=midi)
    assert (profile.sync.model_dump(exclude_unset=True) if profile.sync else None) == sync
    assert left == []


@pytest.mark.parametrize(
    ("facts", "parameter", "left"),
    [
        ({"cc": 9, "range": "unknown"}, {"cc": 9}, "range: unknown: its maker's documents do not settle it"),
        ({"cc": 9, "range": [0, 255]}, {"cc": 9}, "range [0, 255]: one controller does not carry it"),
        ({"cc": 9, "lsb": 41, "default": 64}, {"cc14": [9, 41]}, "default 64: its range is not known"),
        (
            {"cc": 9, "range": [0, 9], "default": 64},
            {"cc": 9, "range": [0, 9]},
            "default 64: it is outside its range, 0 to 9",
        ),
        ({"cc": 9, "direction": "none"}, {}, "Wave: the instrument neither sends nor obeys it"),
        ({"nrpn": 16_383}, {}, "Wave: parameter number 127 127 chooses none (MIDI 1.0)"),
        ({"cc": 9, "step": 12}, {"cc": 9}, "step: 12: a profile has no place for it"),
    ],
)
def test_what_is_not_settled_is_left_behind(facts: dict[str, Any], parameter: dict[str, Any], left: str) -> None:
    assert control(**facts) == (parameter, [f"controls.wave: {left}"])


def test_an_instrument_of_one_part_has_a_slot_whose_channel_is_its_owners() -> None:
    profile, left = made(
        midi={"channels": [1, 16]}, voice={"addressing": "pitches", "polyphony": 1, "note_range": [0, 72]}
    )
    assert [(slot.channels, slot.polyphony, slot.range) for slot in profile.slots] == [((), 1, (0, 72))]
    assert left == []


def test_a_channel_that_no_setting_moves_is_the_slots() -> None:
    profile, _ = made(midi={"channels": [3, 3]}, voice={"polyphony": 4})
    assert [slot.channels for slot in profile.slots] == [(3,)]


def test_drums_have_roles_where_their_names_say_so_and_every_key_that_strikes_them() -> None:
    profile, _ = made(
        voice={"addressing": "voices", "note_map": "learned", "voices": {"bass_drum": [36, 35], "zap": 40}}
    )
    assert [(sound.key, sound.role, sound.name) for sound in profile.slots[0].sounds] == [
        (35, "kick", "bass drum"),
        (36, "kick", "bass drum"),
        (40, None, "zap"),
    ]
    assert profile.slots[0].note == "its owner can move the keys"


def test_parts_on_fixed_channels_are_slots_and_those_of_the_owner_are_named() -> None:
    part = {"receives": ["notes"]}
    profile, left = made(
        voice={"polyphony": 8, "polyphony_shared": True},
        parts={
            "synth": {**part, "label": "Synth", "channel": 2, "count": 2, "polyphony": 4},
            "drum": {**part, "label": "Drums", "channel": 10},
            "track": {**part, "label": "Track", "channel": "assigned", "count": 4},
            "fx": {"label": "FX", "channel": 16, "receives": ["controls"]},
        },
    )
    assert profile.polyphony == 8
    assert [(slot.channels, slot.polyphony) for slot in profile.slots] == [((2,), 4), ((3,), 4), ((10,), None)]
    assert profile.note == "not described as slots, since their channels are their owner's to set: Track"
    assert left == ["parts.track: Track: its channels are its owner's to set"]


def test_a_part_of_another_mode_than_the_factorys_is_left_behind() -> None:
    part = {"label": "Kit", "channel": 10, "receives": ["notes"], "mode": "drum"}
    profile, left = made(modes={"drum": {"label": "Drum"}}, parts={"kit": part})
    assert (profile.slots, left) == ((), ["parts.kit: Kit: it is there only in mode drum"])
    profile, _ = made(modes={"drum": {"label": "Drum", "factory": True}}, parts={"kit": part})
    assert [slot.channels for slot in profile.slots] == [(10,)]


def test_no_program_change_is_a_fact_and_an_unknown_bank_none() -> None:
    assert made(midi={"program_change": {"receives": False}})[0].programs is not None
    profile, left = made(midi={"program_change": {"receives": True}})
    assert (profile.programs, len(left)) == (None, 1)


def test_a_definition_without_a_model_is_refused() -> None:
    with pytest.raises(BadProfile, match="it does not name its model"):
        convert({"definition": 1}, "acme/lead")
