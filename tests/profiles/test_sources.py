"""What the sources that are described by hand say of music: how many voices, which keys, which drum where.

The names of General MIDI are judged by another program's list of them, `general-midi.csv`. The other numbers are those
of the works that each profile cites, written by the same hand as the profiles: they find slips, not misreadings.
"""

import csv
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from bridge.core.message import control, note_off, note_on
from bridge.ports.twin import Twin
from bridge.profiles.complete import missing
from bridge.profiles.load import data_folder, load_file
from bridge.profiles.model import Profile
from bridge.profiles.section import ASSUMED
from bridge.profiles.sound import Drum, Slot
from bridge.profiles.template import template
from tests.ports.twins import play

COMPLETE: Final = (
    "moog/minitaur", "korg/minilogue", "elektron/analog-rytm-mkii", "alesis/sr-16", "yamaha/dx7", "roland/juno-106",
    "roland/mt-32", "roland/sc-88pro", "korg/m1", "korg/volca-keys",
)  # fmt: skip
GENERIC: Final = ("generic/gm-module", "generic/gm-drums", "generic/piano")
ALL: Final = (*COMPLETE, "waldorf/blofeld", "novation/circuit", *GENERIC)
SPELT: Final = {("program", 7): "Clavi", ("program", 54): "Synth Voice"}
"""Names that RP-003 spells in another way than the list."""
SAME_KEYS: Final = {36: "kick", 42: "closed hat", 46: "open hat", 49: "crash", 51: "ride"}
"""Keys on which drums of every maker agree; General MIDI took them from Roland."""
WITH_A_DRUM_MAP: Final = ("generic/gm-module", "generic/gm-drums", "roland/sc-88pro", "roland/mt-32", "alesis/sr-16")


@cache
def of(name: str) -> Profile:
    return load_file(data_folder() / f"{name}.toml")


def slot(name: str, channel: int = 1) -> Slot:
    return next(one for one in of(name).slots if channel in one.channels)


def drums(name: str) -> dict[int, Drum]:
    return {sound.key: sound for one in of(name).slots for sound in one.sounds}


def general_midi(kind: str) -> dict[int, str]:
    """Number -> name, spelt as RP-003 has it."""
    path = Path(__file__).parents[1] / "data" / "general-midi.csv"
    with path.open(encoding="utf-8", newline="") as rows:
        found = {int(row["number"]): row["name"] for row in csv.DictReader(rows) if row["kind"] == kind}
    return {number: plain(SPELT.get((kind, number), name)) for number, name in found.items()}


def plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def said(name: str, **wanted: object) -> list[str]:
    """The names of the parameters of which all of this is true."""
    return [one.name for one in of(name).parameters if all(getattr(one, key) == wanted[key] for key in wanted)]


@pytest.mark.parametrize("name", COMPLETE)
def test_ten_sources_are_complete(name: str) -> None:
    assert missing(of(name)) == []


UNPRINTED: Final = {
    "waldorf/blofeld": ["slots[0].range"],
    "novation/circuit": ["wire.connector", "slots[0].range", "slots[2].polyphony"],
}


def test_what_nobody_has_printed_is_said_to_be_missing() -> None:
    lacks = {name: [fault.partition(":")[0] for fault in missing(of(name))] for name in UNPRINTED}
    assert lacks == UNPRINTED


@pytest.mark.parametrize("name", ALL)
def test_each_source_is_used_and_nobody_has_tried_any_on_the_hardware(name: str) -> None:
    assert {fact.source for fact in of(name).facts()} - {ASSUMED} == set(of(name).sources)
    assert of(name).needs_hardware


@pytest.mark.parametrize("name", ALL)
def test_no_parameter_of_them_writes_into_memory(name: str) -> None:
    assert said(name, safety="stores") == []


@pytest.mark.parametrize("name", ["generic/gm-module", "roland/sc-88pro"])
def test_programs_are_called_as_general_midi_calls_them(name: str) -> None:
    programs = of(name).programs
    assert programs is not None
    names = programs.banks[0].names
    assert {number: plain(one) for number, one in enumerate(names)} == general_midi("program")


@pytest.mark.parametrize("name", GENERIC[:2])
def test_drums_lie_where_general_midi_has_them(name: str) -> None:
    assert {key: plain(sound.name or "") for key, sound in drums(name).items()} == general_midi("drum")


@pytest.mark.parametrize("name", WITH_A_DRUM_MAP)
def test_kick_hats_and_cymbals_are_on_the_same_keys_everywhere(name: str) -> None:
    assert {key: drums(name)[key].role for key in SAME_KEYS} == SAME_KEYS
    assert drums(name)[38].role == "snare"


@pytest.mark.parametrize("name", ["generic/gm-module", "generic/gm-drums", "roland/sc-88pro"])
def test_a_closed_hat_cuts_off_an_open_one(name: str) -> None:
    groups = {drums(name)[key].chokes for key in (42, 44, 46)}
    assert len(groups) == 1
    assert None not in groups
    assert drums(name)[49].chokes is None


def test_the_bass_is_mono_and_the_last_key_wins_up_to_c5() -> None:
    bass = slot("moog/minitaur")
    assert (bass.polyphony, bass.mono_priority, bass.range[1]) == (1, "last", 72)
    twin = Twin(of("moog/minitaur"))
    play(twin, note_on(0, 40, 100), note_on(0, 36, 100))
    assert twin.sounding == [(0, 36)]
    play(twin, note_off(0, 36))
    assert twin.sounding == [(0, 40)]


@pytest.mark.parametrize(
    ("name", "cutoff", "resonance"),
    [("waldorf/blofeld", 69, 70), ("korg/minilogue", 43, 44)],
)
def test_the_filter_is_found_by_its_role(name: str, cutoff: int, resonance: int) -> None:
    assert said(name, role="cutoff", cc=cutoff)
    assert said(name, role="resonance", cc=resonance)


def test_the_filter_of_the_bass_is_set_in_14_bits() -> None:
    assert said("moog/minitaur", role="cutoff", cc14=(19, 51)) == ["Cutoff"]
    assert said("moog/minitaur", role="resonance", cc14=(21, 53)) == ["Resonance"]


@pytest.mark.parametrize(
    ("name", "voices"),
    [("yamaha/dx7", 16), ("roland/juno-106", 6), ("korg/minilogue", 4), ("korg/volca-keys", 3), ("alesis/sr-16", 16)],
)
def test_so_many_notes_sound_at_once(name: str, voices: int) -> None:
    (only,) = of(name).slots
    assert (only.polyphony, of(name).polyphony) == (voices, None)


@pytest.mark.parametrize(
    ("name", "voices"),
    [
        ("roland/mt-32", 32),
        ("roland/sc-88pro", 64),
        ("korg/m1", 16),
        ("waldorf/blofeld", 25),
        ("elektron/analog-rytm-mkii", 8),
    ],
)
def test_all_parts_share_so_many_voices(name: str, voices: int) -> None:
    assert of(name).polyphony == voices


@pytest.mark.parametrize("name", ["yamaha/dx7", "roland/juno-106", "roland/mt-32", "korg/m1", "alesis/sr-16"])
def test_what_is_older_than_usb_has_sockets_only(name: str) -> None:
    wire = of(name).wire
    assert wire is not None
    assert (wire.connector, wire.speed_bytes_per_second) == ("din", 3_125)


def test_a_dx7_does_not_let_go_at_all_notes_off() -> None:
    twin = Twin(of("yamaha/dx7"))
    play(twin, note_on(0, 60, 100), control(0, 123, 0))
    assert twin.sounding == [(0, 60)]


def test_a_juno_106_has_no_dynamics_and_folds_keys_into_its_own() -> None:
    juno = slot("roland/juno-106")
    assert (juno.velocity, juno.range, juno.beyond_range) == ((127, 127), (24, 108), "octave")


def test_each_slider_of_a_juno_106_is_a_message_of_seven_bytes() -> None:
    texts = [one.sysex for one in of("roland/juno-106").parameters if one.sysex and not one.bits]
    assert len(texts) == len(set(texts)) > 0
    for text in texts:
        assert template(text).fill({"vv": 1})[:3] == bytes.fromhex("F0 41 32")
        assert len(text.split()) == 7


def test_an_mt_32_plays_on_channels_2_to_10() -> None:
    melodic, rhythm = of("roland/mt-32").slots
    assert (melodic.channels, rhythm.channels) == (tuple(range(2, 10)), (10,))
    assert (melodic.drums, rhythm.drums) == (False, True)


def test_an_mt_32_needs_time_behind_sysex_and_has_names_of_its_own() -> None:
    wire, programs = of("roland/mt-32").wire, of("roland/mt-32").programs
    assert wire is not None
    assert programs is not None
    assert wire.sysex_gap_ms == 40
    names = programs.banks[0].names
    assert (len(names), names[0], names[127]) == (128, "AcouPiano1", "JungleTune")
    assert [one.centre for one in of("roland/mt-32").parameters if one.role == "pan"] == [63]


def test_two_synths_choose_a_bank_by_its_lower_byte_alone() -> None:
    banks = {name: of(name).programs for name in ("waldorf/blofeld", "korg/minilogue")}
    found = {name: (one.select, [bank.lsb for bank in one.banks]) for name, one in banks.items() if one}
    assert found == {"waldorf/blofeld": ("lsb", list(range(8))), "korg/minilogue": ("lsb", [0, 1])}


def test_an_m1_and_an_sr_16_count_programs_from_0() -> None:
    counted_from = {name: one.display_from for name in COMPLETE if (one := of(name).programs) and one.select != "none"}
    assert {name for name, first in counted_from.items() if first == 0} == {"korg/m1", "alesis/sr-16"}


def test_a_volca_keys_takes_no_programs() -> None:
    programs = of("korg/volca-keys").programs
    assert programs is not None
    assert programs.select == "none"


def test_a_rytm_has_one_drum_on_each_of_twelve_channels() -> None:
    kit = [(one.channels, [sound.role for sound in one.sounds]) for one in of("elektron/analog-rytm-mkii").slots]
    assert [channels for channels, _ in kit] == [(channel,) for channel in range(1, 13)]
    assert [roles[0] for _, roles in kit][:2] == ["kick", "snare"]
    assert {len(roles) for _, roles in kit} == {1}


def test_a_circuit_is_two_synths_and_four_drums_and_its_mixer_is_on_channel_16() -> None:
    parts = [(one.channels, one.polyphony, one.drums) for one in of("novation/circuit").slots]
    assert parts == [((1,), 6, False), ((2,), 6, False), ((10,), 4, True)]
    assert [sound.key for sound in slot("novation/circuit", 10).sounds] == [60, 62, 64, 65]
    assert {one.channels for one in of("novation/circuit").parameters} == {(1, 2), (10,), (16,)}
