"""A table of MIDI Guide becomes a profile; a row that breaks its form is left behind with the reason, never guessed."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.errors import BadProfile
from bridge.profiles.convert.converted import MAX_BYTES
from bridge.profiles.convert.midi_guide import convert
from bridge.profiles.model import Profile, check
from tests.profiles.convert.regenerate import TRIGGERS, file_of, guide

DATA = Path(__file__).parents[2] / "data" / "midi-guide"
HEAD, STRIKES = (
    (DATA / name).read_text(encoding="utf-8").splitlines()[0].split(",")
    for name in ("Moog/Minitaur.csv", "Vermona/DRM1 MKIV.triggers.csv")
)
FILTER = {"parameter_name": "Filter cutoff", "cc_msb": 74, "cc_min_value": 0, "cc_max_value": 127}
KICK = {"sound_name": "Kick", "midi_channel": 10, "note_number_min_value": 36, "note_number_max_value": 36}


def table(*rows: dict[str, Any], head: list[str] = HEAD) -> bytes:
    """A file with these rows, of one device."""
    out = io.StringIO()
    writer = csv.DictWriter(out, head)
    writer.writeheader()
    writer.writerows({"manufacturer": "Acme", "device": "Lead", **row} for row in rows)
    return out.getvalue().encode()


def one(**cells: Any) -> tuple[dict[str, Any] | None, list[str]]:
    """The one parameter of a table with these cells changed, and what was left behind of it."""
    made = convert(table({**FILTER, **cells}))
    check(made.data, "acme")
    parameters = made.data.get("parameters", [])
    return (parameters[0] if parameters else None), [str(left) for left in made.left]


@pytest.mark.parametrize("path", sorted(DATA.rglob("*.csv")), ids=lambda path: path.stem)
def test_the_committed_profile_is_what_its_table_gives_byte_for_byte(path: Path) -> None:
    is_trigger = path.name.endswith(TRIGGERS)
    made = guide(None, path.read_bytes()) if is_trigger else guide(path.read_bytes(), None)
    committed, text = file_of("midi-guide", made)
    assert committed.read_bytes() == text.encode()


def test_a_row_says_all_that_a_parameter_needs() -> None:
    parameter, left = one(section="Filter", parameter_description="Opens it", notes="Twice", cc_default_value=100)
    assert parameter == {
        "name": "Filter cutoff",
        "group": "Filter",
        "cc": 74,
        "range": (0, 127),
        "default": 100,
        "role": "cutoff",
        "note": "Opens it; Twice",
    }
    assert left == []


@pytest.mark.parametrize(
    ("usage", "values"),
    [
        ("0-63: Off; 64-127: On", {"0-63": "Off", "64-127": "On"}),
        ("0~127: Morph", {"0~127": "Morph"}),
        ("0: Off; 1~127: Depth", {"0": "Off", "1~127": "Depth"}),
        ("5-5: Five", {"5": "Five"}),
        ("0: a: b", {"0": "a: b"}),
    ],
)
def test_usage_names_values_bands_and_stretches(usage: str, values: dict[str, str]) -> None:
    parameter, left = one(usage=usage)
    assert parameter is not None
    assert (parameter["values"], left) == (values, [])


@pytest.mark.parametrize(
    ("usage", "values", "why"),
    [
        ("0-63: Off; 60-127: On", {}, "it overlaps another"),
        ("0-127: None; 2: Level; 4: Pitch", {"2": "Level", "4": "Pitch"}, "it holds all the others"),
        ("0-200: All", {}, "it is outside its range, 0 to 127"),
        ("63-0: Off", {}, "runs backwards"),
        ("Off and on", {}, "it is not of the form"),
        ("5: ", {}, "it is not of the form"),
    ],
)
def test_usage_that_contradicts_itself_is_left_behind(usage: str, values: dict[str, str], why: str) -> None:
    parameter, left = one(usage=usage)
    assert parameter is not None
    assert parameter.get("values", {}) == values
    assert all(why in line for line in left)
    assert left


@pytest.mark.parametrize(("high", "centre"), [(127, 64), (100, 50), (1, 1)])
def test_a_centred_parameter_has_the_value_in_the_middle(high: int, centre: int) -> None:
    parameter, _ = one(cc_max_value=high, orientation="centered")
    assert parameter is not None
    assert parameter["centre"] == centre


def test_two_controllers_are_one_value_of_14_bits() -> None:
    parameter, left = one(cc_lsb=106, cc_max_value=16_383, orientation="centered")
    assert parameter is not None
    assert (parameter["cc14"], parameter["range"], parameter["centre"]) == ((74, 106), (0, 16_383), 8_192)
    assert left == []


def test_a_range_that_may_be_of_the_coarse_controller_alone_is_not_taken() -> None:
    parameter, left = one(cc_lsb=106, usage="0-63: Off", cc_default_value=3)
    assert parameter == {"name": "Filter cutoff", "cc14": (74, 106), "role": "cutoff"}
    assert [line.partition(": ")[2].partition(":")[0] for line in left] == [
        "its range 0 to 127", "cc_default_value 3", "its usage",
    ]  # fmt: skip


def test_a_parameter_may_be_reached_by_controller_and_by_number() -> None:
    parameter, left = one(nrpn_msb=1, nrpn_lsb=2, nrpn_min_value=0, nrpn_max_value=255, nrpn_default_value=9)
    assert parameter is not None
    assert (parameter["cc"], parameter["nrpn"]) == (74, (1, 2))
    assert (parameter["range"], parameter["nrpn_range"]) == ((0, 127), (0, 255))
    assert left == ["row 2: nrpn_default_value 9: a profile has one default, that by controller"]


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"cc_msb": 300}, "cc_msb is '300', allowed: 0 to 127"),
        ({"cc_msb": "-1"}, "cc_msb is '-1', allowed: 0 to 127"),
        ({"cc_msb": "seven"}, "cc_msb is 'seven', allowed: 0 to 127"),
        ({"cc_msb": "٣"}, "cc_msb is '٣', allowed: 0 to 127"),
        ({"cc_msb": ""}, "no message reaches it"),
        ({"cc_msb": "", "cc_lsb": 33}, "cc_lsb is 33 beside no cc_msb"),
        ({"cc_lsb": 74}, "cc_msb and cc_lsb are both 74"),
        ({"nrpn_msb": 1}, "nrpn_lsb is empty beside nrpn_msb"),
        ({"nrpn_msb": 127, "nrpn_lsb": 127}, "parameter number 127 127 chooses none"),
        ({"cc_min_value": 9, "cc_max_value": 3}, "cc_min_value is 9 and cc_max_value is 3, the lower first"),
        ({"cc_min_value": ""}, "cc_min_value is empty beside cc_max_value"),
        ({"cc_max_value": 255}, "cc_max_value is 255, allowed: 0 to 127 for one controller"),
        ({"parameter_name": " "}, "it has no name"),
    ],
)
def test_a_row_that_breaks_the_form_is_left_behind_with_the_reason(cells: dict[str, Any], why: str) -> None:
    parameter, left = one(**cells)
    assert parameter is None
    assert len(left) == 1
    assert left[0].startswith("row 2: ")
    assert why in left[0]


def test_one_coarse_controller_with_several_fine_ones_is_no_pair() -> None:
    rows = [{**FILTER, "cc_msb": 0, "cc_lsb": fine, "cc_max_value": 16_383} for fine in (30, 31)]
    made = convert(table(*rows, FILTER))
    assert [parameter["cc"] for parameter in made.data["parameters"]] == [74]
    assert [left.why for left in made.left] == ["cc_msb 0 has several cc_lsb in this table"] * 2


def test_one_address_in_two_sections_is_two_parameters() -> None:
    made = convert(table({**FILTER, "section": "Part 1"}, {**FILTER, "section": "Part 2"}))
    assert [parameter["group"] for parameter in check(made.data, "acme").model_dump()["parameters"]] == [
        "Part 1",
        "Part 2",
    ]


def test_a_row_of_another_device_is_left_behind() -> None:
    made = convert(table(FILTER, {**FILTER, "device": "Bass"}))
    assert len(made.data["parameters"]) == 1
    assert [str(left) for left in made.left] == ["row 3: the row: it is of another device than Acme Lead"]


def test_sounds_lie_in_the_slot_of_their_channel_and_the_basic_channel_is_not_known() -> None:
    snare = {
        **KICK,
        "sound_name": "Snare drum",
        "midi_channel": "basic",
        "note_number_min_value": 38,
        "note_number_max_value": 38,
    }
    made = convert(None, table(KICK, snare, head=STRIKES))
    slots = check(made.data, "acme").slots
    assert [(slot.channels, slot.drums) for slot in slots] == [((), True), ((10,), True)]
    assert [(sound.key, sound.role) for slot in slots for sound in slot.sounds] == [(38, "snare"), (36, "kick")]


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"midi_channel": "auto"}, "midi_channel"),
        ({"midi_channel": 0}, "allowed: 1 to 16 or 'basic'"),
        ({"midi_channel": 17}, "midi_channel is '17', allowed: 0 to 16"),
        ({"note_number_max_value": 48}, "struck by keys 36 to 48, none of them by default"),
        ({"note_number_min_value": 40}, "its keys run backwards"),
        ({"note_number_min_value": "", "note_number_max_value": ""}, "it has no key"),
    ],
)
def test_a_sound_without_a_key_or_a_channel_is_left_behind(cells: dict[str, Any], why: str) -> None:
    made = convert(None, table({**KICK, **cells}, head=STRIKES))
    assert "slots" not in made.data
    assert [why in str(left) for left in made.left] == [True]


def test_both_tables_of_a_device_make_one_profile() -> None:
    profile = check(convert(table(FILTER), table(KICK, head=STRIKES), "set", "of today").data, "acme")
    assert (profile.name, len(profile.parameters), len(profile.slots)) == ("set/acme/lead", 1, 1)
    assert profile.sources["midi-guide"].says == "MIDI Guide by Pencil Research, of today, Acme Lead"
    assert (profile.origin, profile.needs_hardware) == ("converted", True)
    assert {fact.source for fact in profile.facts()} == {"midi-guide"}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "there is no column 'manufacturer'"),
        (b"a,b\n1,2\n", "there is no column 'manufacturer'"),
        (",".join(HEAD).encode(), "it has no rows"),
        (b"\xff\xfe", "it is no UTF-8 text: byte 0"),
        (table(FILTER).replace(b"Acme", b"!!!"), "no name can be made of maker '!!!'"),
        (b'manufacturer,"' + b"x" * 200_000, "it is no CSV"),
        (bytes(MAX_BYTES + 1), "a file of this kind has less"),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(data: bytes, why: str) -> None:
    with pytest.raises(BadProfile, match=why) as bad:
        convert(data)
    assert len(str(bad.value).splitlines()) == 1


def refused(parameters: bytes | None, triggers: bytes | None) -> str:
    """Why the tables are refused; nothing where they give a profile that the model takes."""
    try:
        made = convert(parameters, triggers)
    except BadProfile as bad:
        return str(bad)
    Profile.model_validate(made.data)
    json.dumps(made.data)
    return ""


CELLS = (
    st.text(max_size=8)
    | st.integers(-2, 20_000)
    | st.sampled_from(["0-63: Off; 64-127: On", "0~5: x", "basic", "centered"])
)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@example(b"\xef\xbb\xbf" + table(FILTER))
@example(table(FILTER).replace(b"\r\n", b"\r"))
def test_any_bytes_give_a_profile_or_a_line(data: bytes) -> None:
    for tables in ((data, None), (None, data)):
        assert len(refused(*tables).splitlines()) <= 1


@given(st.lists(st.dictionaries(st.sampled_from(HEAD), CELLS), max_size=4))
def test_whatever_stands_in_the_cells_the_model_takes_what_is_kept(rows: list[dict[str, Any]]) -> None:
    assert len(refused(table(*({**FILTER, **row} for row in rows)), None).splitlines()) <= 1


@given(st.lists(st.dictionaries(st.sampled_from(STRIKES), CELLS), max_size=4))
def test_whatever_strikes_the_model_takes_what_is_kept(rows: list[dict[str, Any]]) -> None:
    assert len(refused(None, table(*({**KICK, **row} for row in rows), head=STRIKES)).splitlines()) <= 1


def test_ten_thousand_bands_in_one_cell_are_all_accounted_for() -> None:
    usage = "; ".join(["0-127: x"] * 10_000)
    parameter, left = one(usage=usage)
    assert parameter is not None
    assert "values" not in parameter
    assert len(left) == 10_000
