"""The profiles of 18 controllers say what the data says, row by row, and nothing that it does not.

`controllers.csv` is judged both ways. Its control names are those of the profiles, but for remarks in brackets and for
grids, whose pads it calls by row and column.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from bridge.ports.twin_controls import Controls
from bridge.profiles.complete import missing
from bridge.profiles.control import Control, ControlMessage
from bridge.profiles.load import data_folder, load, load_file
from bridge.profiles.model import Profile
from bridge.profiles.section import ASSUMED

Row = Mapping[str, str]
Address = tuple[str, int, int | str]
PROGRAMMER: Final = "programmer mode (SysEx F0 00 20 29 02 {} 0E 01 F7; leave with 00)"
PLACES: Final[Mapping[str, tuple[str, Mapping[str, str | None]]]] = {
    "Akai MPK mini mk3": (
        "akai/mpk-mini-mk3",
        {"Program 1 (power-up)": "Program 1", "Program 1 (power-up) CC button on": "Program 1, CC"},
    ),
    "Akai APC40 mkII": ("akai/apc40-mkii", {"Generic mode (power-up)": None}),
    "Akai APC Key 25 mk2": ("akai/apc-key-25-mk2", {"control port": None, "keys port": None}),
    "Akai LPD8": ("akai/lpd8", {"Program 1": "Program 1"}),
    "Novation Launch Control XL (MK1/MK2)": ("novation/launch-control-xl", {"User template 1": "User template 1"}),
    "Novation Launchkey MK3 (25/37/49/61/88)": (
        "novation/launchkey-mk3",
        {"standalone, factory custom mode": None},
    ),
    "Novation Launchpad X": ("novation/launchpad-x", {PROGRAMMER.format("0C"): "Programmer mode"}),
    "Novation Launchpad Mini MK3": ("novation/launchpad-mini-mk3", {PROGRAMMER.format("0D"): "Programmer mode"}),
    "Arturia KeyLab mkII 49/61/88": ("arturia/keylab-mkii", {"DAW preset, DAW port": "DAW"}),
    "Arturia BeatStep": ("arturia/beatstep", {"CNTRL mode default": "CNTRL"}),
    "Korg nanoKONTROL2": ("korg/nanokontrol2", {"CC mode, factory scene": "CC mode"}),
    "Korg nanoPAD2": ("korg/nanopad2", {"factory": None}),
    "Behringer X-TOUCH MINI": (
        "behringer/x-touch-mini",
        {"standard mode, layer A": "Layer A", "standard mode, layer B": "Layer B"},
    ),
    "Ableton Push 2": ("ableton/push-2", {"Live or User port": None}),
    "DJ TechTools Midi Fighter Twister": (
        "djtechtools/midi-fighter-twister",
        {f"factory, bank {number}": f"Bank {number}" for number in (1, 2, 3, 4)} | {"factory": "Bank 1"},
    ),
    "16n faderbank": ("16n/faderbank", {"factory": None}),
    "Novation Launchpad / Launchpad S / Mini MK1": ("novation/launchpad-s", {"X-Y layout": None}),
    "monome grid (all serial models)": ("monome/grid", {"serial": None}),
}
"""Device of the data -> its profile, and which page each of its modes is; None: no page."""
PROFILES: Final = tuple(name for name, _ in PLACES.values())
KEYBOARDS: Final = {"generic/keys-25": 25, "generic/keys-49": 49, "generic/keys-61": 61}
MORE: Final = {
    ("novation/launchkey-mk3", "Keys"): "the data has what is round the keys; User Guide v6, p. 41",
    ("arturia/keylab-mkii", "Keys"): "the data has its DAW port; keys are on the other, on a channel that is assumed",
    ("ableton/push-2", "Pedal 1"): "not in Push2-map.json, but in the manual's chapter Pedals",
    ("ableton/push-2", "Pedal 2"): "not in Push2-map.json, but in the manual's chapter Pedals",
}
"""Controls that the data does not have, and why they are described all the same."""
MORE_BANKS: Final = re.compile(r"Side button \d")  # the data has those of bank 1, and says: +6 a bank
TYPES: Final = {"cc": "control", "pitchbend": "bend", "not MIDI": "other"}
ENCODINGS: Final = {"relative two's complement": "twos complement", "relative signed bit": "sign bit"}
PRESSED_AT_127: Final = ("127/0", "127 on / off")


class Said(NamedTuple):
    """What one control sends, by its name, on one page or on all."""

    page: str | None
    label: str
    address: Address


@cache
def of(name: str) -> Profile:
    return load_file(data_folder() / f"{name}.toml")


@cache
def rows() -> tuple[Row, ...]:
    path = Path(__file__).parents[1] / "data" / "controllers.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def rows_of(name: str) -> list[Row]:
    return [row for row in rows() if PLACES[row["device"]][0] == name]


def label(text: str) -> str:
    """The name by which a profile calls the control: without remarks, and a pad of a grid by its count."""
    plain = re.sub(r" \(.*\)$", "", text)
    if found := re.fullmatch(r"(\w+) row(\d) col(\d)", plain):
        return f"{found[1]} {8 * (int(found[2]) - 1) + int(found[3])}"
    if found := re.fullmatch(r"Pad S(\d) T(\d)", plain):  # scene 8 is the lowest
        return f"Pad {8 * (8 - int(found[1])) + int(found[2])}"
    return plain


def numbers(text: str) -> list[int]:
    """`16`, or `0-127` with what a reader should know behind it; nothing is 0."""
    first, _, last = (text.partition(" ")[0] or "0").partition("-")
    return list(range(int(first), int(last or first) + 1))


def of_row(row: Row) -> set[Said]:
    page, name = PLACES[row["device"]][1][row["mode"]], label(row["control"])
    kind = TYPES.get(row["message"], row["message"])
    if row["channel"] == "-":
        return {Said(page, name, (kind, 0, row["number"]))}
    channels, each = numbers(row["channel"]), numbers(row["number"])
    return {Said(page, name, (kind, channel, number)) for channel in channels for number in each}


def of_message(message: ControlMessage) -> list[Address]:
    return [*message.addresses] or [(message.type, 0, message.sysex or "")]


def of_control(control: Control) -> Iterator[Said]:
    """What it sends, and what it sends when it is touched, as the data has it: under a name of its own."""
    for message, behind in [(control.message, ""), (control.touch, " touch")]:
        for count, address in enumerate(of_message(message) if message else (), 1):
            name = (control.name or control.kind).replace("{}", str(count))
            yield Said(control.page, name + behind, address)


def of_profile(name: str) -> set[Said]:
    return {said for control in of(name).controls for said in of_control(control)}


def is_more(name: str, said: Said) -> bool:
    return (name, said.label) in MORE or (
        said.page in ("Bank 2", "Bank 3", "Bank 4") and bool(MORE_BANKS.match(said.label))
    )


def controls_of(row: Row) -> list[Control]:
    """Those of the profile that send what the row says, with what they send themselves."""
    wanted = {(said.label, said.address) for said in of_row(row)}
    return [
        control
        for control in of(PLACES[row["device"]][0]).controls
        if wanted & {(said.label, said.address) for said in of_control(control)}
    ]


def test_the_data_is_all_there() -> None:
    assert len(rows()) == 1_213
    assert {row["device"] for row in rows()} == PLACES.keys()
    assert len(set(PROFILES)) == 18


@pytest.mark.parametrize("name", PROFILES)
def test_every_row_of_the_data_is_in_the_profile(name: str) -> None:
    said = of_profile(name)
    always = {(one.label, one.address) for one in said if one.page is None}
    lost = [one for row in rows_of(name) for one in of_row(row) if one not in said and one[1:] not in always]
    assert lost == []


@pytest.mark.parametrize("name", PROFILES)
def test_the_profile_has_no_control_that_the_data_does_not_have(name: str) -> None:
    known = {one for row in rows_of(name) for one in of_row(row)}
    by_any_page = {(one.label, one.address) for one in known}
    more = [
        one
        for one in of_profile(name)
        if one not in known and (one.page is not None or one[1:] not in by_any_page) and not is_more(name, one)
    ]
    assert more == []


def test_what_is_described_beyond_the_data_is_described() -> None:
    there = {(name, said.label) for name in PROFILES for said in of_profile(name)}
    assert there >= MORE.keys()


def test_how_a_turn_is_sent_is_what_the_data_says() -> None:
    for row in rows():
        wanted = next((to for begin, to in ENCODINGS.items() if row["range_or_mode"].startswith(begin)), "absolute")
        if row["type"] in ("encoder", "knob"):
            assert {control.encoding for control in controls_of(row)} == {wanted}, row


def test_what_sends_127_when_pressed_has_no_dynamics() -> None:
    for row in rows():
        if row["type"] != "touch" and row["range_or_mode"].startswith(PRESSED_AT_127):
            assert {control.range for control in controls_of(row)} == {(127, 127)}, row


@pytest.mark.parametrize("name", [*PROFILES, *KEYBOARDS])
def test_each_source_is_used_and_nobody_has_tried_any_on_the_hardware(name: str) -> None:
    assert {fact.source for fact in of(name).facts()} - {ASSUMED} == set(of(name).sources)
    assert of(name).needs_hardware


@pytest.mark.parametrize("name", [name for name in PROFILES if name != "arturia/keylab-mkii"])
def test_all_but_one_are_complete(name: str) -> None:
    assert missing(of(name)) == []


def test_on_which_channel_the_keys_of_a_keylab_are_nobody_has_printed() -> None:
    assert missing(of("arturia/keylab-mkii")) == ["controls[0].message: a source, since it is only assumed"]


def test_a_light_that_was_only_remembered_is_assumed_or_looked_up() -> None:
    assumed = {
        name for name in PROFILES for fact in of(name).facts() if ".light." in fact.place and fact.source == ASSUMED
    }
    checked = {PLACES[row["device"]][0] for row in rows() if row["led_evidence"].startswith("own knowledge")}
    assert assumed <= checked
    assert "ableton/push-2" not in assumed | checked


def messages(name: str, *labels: str) -> list[Address]:
    found = {said.label: said.address for said in of_profile(name)}
    return [found[one] for one in labels]


def test_the_faders_of_a_keylab_bend_the_pitch_of_nine_channels() -> None:
    assert messages("arturia/keylab-mkii", "Fader 1", "Fader 9") == [("bend", 1, 0), ("bend", 9, 0)]


def test_the_faders_of_an_apc40_are_one_controller_on_eight_channels() -> None:
    assert messages("akai/apc40-mkii", "Track fader 1", "Track fader 8") == [("control", 1, 7), ("control", 8, 7)]


def test_play_and_stop_of_a_beatstep_are_mmc() -> None:
    sent = [("sysex", 0, "F0 7F 7F 06 02 F7"), ("sysex", 0, "F0 7F 7F 06 01 F7")]
    assert messages("arturia/beatstep", "Play", "Stop") == sent


def test_a_monome_sends_no_midi_and_its_twin_has_nothing_to_press() -> None:
    wire = of("monome/grid").wire
    assert wire is not None
    assert wire.connector == "serial"
    assert Controls(of("monome/grid")).places == ()


@pytest.mark.parametrize("name", PROFILES)
def test_what_is_called_stop_play_or_undo_means_it(name: str) -> None:
    called = {control.name: control.role for control in of(name).controls if control.name in ("Stop", "Play", "Undo")}
    stop_clip = {"Stop"} if name == "ableton/push-2" else set()  # its button stops clips, not the song
    assert all(role == (called_so or "").lower() for called_so, role in called.items() if called_so not in stop_clip)


def test_a_pedal_for_the_foot_is_a_pedal_of_the_piano_on_controller_64() -> None:
    pedals = [control for name in PROFILES for control in of(name).controls if control.kind == "pedal"]
    assert {control.message.number: control.role for control in pedals} == {64: "pedal", 69: None}


@pytest.mark.parametrize("name", KEYBOARDS)
def test_a_plain_keyboard_is_chosen_by_hand(name: str) -> None:
    match = of(name).match
    assert match is not None
    assert (match.names, match.usb, match.replies) == ((), (), ())
    keys = next(control for control in of(name).controls if control.kind == "keys")
    assert len(keys.message.addresses) == KEYBOARDS[name]
    assert keys.message.range is not None
    assert keys.message.range[0] % 12 == keys.message.range[1] % 12 == 0  # from C to C


@pytest.mark.parametrize(
    ("profile", "port", "there", "missing"),
    [
        ("arturia/keylab-mkii", "KeyLab mkII 61 MIDI", "Keys", "Play"),
        ("arturia/keylab-mkii", "KeyLab mkII 61 DAW", "Play", None),
        ("arturia/keylab-mkii", "KeyLab mkII 61", "Keys", "Play"),
        ("akai/apc-key-25-mk2", "APC Key 25 mk2 Keys", "Keys", "Play"),
        ("akai/apc-key-25-mk2", "APC Key 25 mk2 Control", "Play", "Keys"),
        ("ableton/push-2", "MIDIIN2 (Ableton Push 2)", "Pad {}", None),
    ],
)
def test_one_port_of_a_controller_has_the_controls_that_are_sent_on_it(
    profile: str, port: str, there: str, missing: str | None
) -> None:
    names = {one.name for one in load(profile).sent_on(port).controls}
    assert there in names
    assert missing not in names
