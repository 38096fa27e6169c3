"""What is written for Hapax keeps every rule of its form: one bad line would lose the whole file.

`faults` judges a file by those rules alone, as claytron/hapax-tui has found them on the hardware; it shares no code
with what writes.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import BadProfile
from bridge.profiles.convert.hapax import text
from bridge.profiles.load import data_folder, load_file, names
from bridge.profiles.model import Profile

NAME = r"[A-Za-z0-9_\-+!\"$'()*,./:<=>?@](?:[A-Za-z0-9 _\-+!\"$'()*,./:<=>?@]{0,13}[A-Za-z0-9_\-+!\"$'()*,./:<=>?@])?"
BYTE = r"(?:12[0-7]|1[01]\d|\d{1,2})"
WIDE = r"\d{1,5}"
TARGET = rf"(?:CC:(?:1[01]\d|\d{{1,2}})|CC_PAIR:{BYTE}:{BYTE}|NRPN:{BYTE}:{BYTE}:(?:7|14))"
HEAD = [
    r"VERSION 1", rf"TRACKNAME {NAME}", r"TYPE (POLY|DRUM)", r"OUTPORT NULL", r"OUTCHAN (NULL|1[0-6]|[1-9])",
    r"INPORT NULL", r"INCHAN NULL", r"MAXRATE NULL",
]  # fmt: skip
ENTRY = {
    "DRUMLANES": rf"[1-8]:NULL:NULL:{BYTE} {NAME}",
    "PC": rf"\d{{1,3}}(?::(?:{BYTE}|NULL):(?:{BYTE}|NULL))? {NAME}",
    "CC": rf"{BYTE}(?::DEFAULT={BYTE})? {NAME}",
    "CC_PAIR": rf"{BYTE}:{BYTE}(?::DEFAULT={WIDE})? {NAME}",
    "NRPN": rf"{BYTE}:{BYTE}:(?:7(?::DEFAULT={BYTE})?|14(?::DEFAULT={WIDE})?) {NAME}",
    "ASSIGN": rf"[1-8] {TARGET}",
    "AUTOMATION": TARGET,
    "COMMENT": r"[A-Za-z0-9 _\-+!\"$'()*,./:<=>?@]+",
}
MOST = {"DRUMLANES": 8, "PC": 128, "ASSIGN": 8, "AUTOMATION": 64}
ABOUT = {"name": "acme/lead", "maker": "Acme", "model": "Lead", "kind": "instrument", "source": "assumed"}


def faults(file: str) -> Iterator[str]:
    """Every line that Hapax would not take."""
    head, *blocks = file.rstrip("\n").split("\n\n")
    lines = head.split("\n")
    yield from (line for line, form in zip(lines, HEAD, strict=True) if not re.fullmatch(form, line))
    for block in blocks:
        first, *inside, last = block.split("\n")
        section = first.strip("[]")
        if (first, last) != (f"[{section}]", f"[/{section}]") or section not in ENTRY:
            yield first
            continue
        yield from (line for line in inside if not re.fullmatch(ENTRY[section], line))
        if not 1 <= len(inside) <= MOST.get(section, len(inside)):
            yield f"{section} has {len(inside)} lines"
        if section not in ("COMMENT", "PC", "AUTOMATION"):
            addresses = Counter(line.split()[0].partition(":DEFAULT")[0] for line in inside)
            yield from (address for address, count in addresses.items() if count > 1)
        if section not in ("COMMENT", "ASSIGN", "AUTOMATION"):
            yield from (name for name, count in Counter(line.partition(" ")[2] for line in inside).items() if count > 1)


def profile(**more: Any) -> Profile:
    return Profile.model_validate(ABOUT | more)


def block(file: str, section: str) -> list[str]:
    """The lines of one section."""
    found = re.search(rf"\[{section}\]\n(.*?)\n\[/{section}\]", file, re.DOTALL)
    return found[1].split("\n") if found else []


def test_every_instrument_can_be_written_for_hapax() -> None:
    count = 0
    for name in names():
        one = load_file(data_folder() / f"{name}.toml")
        if one.kind == "instrument":
            for channel in (None, *sorted({channel for slot in one.slots for channel in slot.channels})):
                assert list(faults(text(one, channel)[0])) == [], name
            count += 1
    assert count > 450


def test_parameters_stand_in_the_section_of_their_message() -> None:
    file, left = text(
        profile(
            parameters=[
                {"name": "Cutoff", "cc": 74, "default": 64, "role": "cutoff"},
                {"name": "Level", "cc14": (7, 39), "default": 8_192, "role": "volume"},
                {"name": "Slide", "nrpn": (3, 26), "range": (0, 16_383)},
                {"name": "Bend Range", "rpn": (0, 0)},
                {"name": "Panic", "cc": 9, "safety": "stores"},
                {"name": "Wheel", "cc": 1, "direction": "sent"},
                {"name": "Cutoff again", "cc": 74},
            ]
        )
    )
    assert block(file, "CC") == ["74:DEFAULT=64 Cutoff"]
    assert block(file, "CC_PAIR") == ["7:39:DEFAULT=8192 Level"]
    assert block(file, "NRPN") == ["3:26:14 Slide"]
    assert block(file, "ASSIGN") == ["1 CC_PAIR:7:39", "2 CC:74"]
    assert block(file, "AUTOMATION") == ["CC_PAIR:7:39", "CC:74"]
    assert sorted(one.what for one in left) == ["Bend Range", "Cutoff again: CC 74", "Panic", "Wheel"]


def test_a_drum_kit_is_lanes_and_programs_count_from_one() -> None:
    sounds = [{"key": key, "name": f"Drum {key}"} for key in range(36, 46)]
    banks = [{"name": "A", "msb": 1, "names": ["Kit", "Kit"]}]
    file, left = text(profile(
        slots=[{"channels": [1]}, {"channels": [10], "drums": True, "sounds": sounds}],
        programs={"select": "msb", "banks": banks},
    ), 10)  # fmt: skip
    assert file.splitlines()[2:5] == ["TYPE DRUM", "OUTPORT NULL", "OUTCHAN 10"]
    assert block(file, "DRUMLANES")[0] == "1:NULL:NULL:36 Drum 36"
    assert block(file, "PC") == ["1:1:NULL Kit", "2:1:NULL Kit 2"]
    assert [one.what for one in left] == ["key 44", "key 45"]


def test_a_controller_and_a_channel_without_a_slot_are_refused() -> None:
    with pytest.raises(BadProfile, match="is a controller"):
        text(load_file(data_folder() / "midi-bridge" / "twin-controller.toml"))
    with pytest.raises(BadProfile, match="'acme/lead' has no slot on channel 3"):
        text(profile(slots=[{"channels": [1]}]), 3)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30), max_size=12))
def test_any_names_make_a_file_that_hapax_takes(words: list[str]) -> None:
    parameters = [{"name": word, "cc": place} for place, word in enumerate(words)]
    sounds = [{"key": place, "name": word} for place, word in enumerate(words)]
    slots = [{"channels": [1], "drums": True, "sounds": sounds}]
    file, _ = text(profile(model=(words or ["Lead"])[0], parameters=parameters, slots=slots))
    assert [line for line in faults(file) if line != "TRACKNAME NULL"] == []
