"""Every identity reply and every port name that was collected: the device, a set with it, its maker, or unknown.

Never a wrong one. Which profile is of which row's device is told here, without what is tested: by the makers' and the
models' names, and by `SPELT` where the data spell them in another way.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from bridge.errors import BadProfile
from bridge.profiles.index import current, folders
from bridge.profiles.known import Entry
from bridge.profiles.load import data_folder
from bridge.profiles.match import Answer, Clues, Matcher
from bridge.profiles.recognition import FILE, load
from bridge.profiles.replies import parse

DATA: Final = Path(__file__).parent.parent / "data"
MAKERS: Final[Mapping[str, str]] = {
    "akaiprofessional": "akai", "davesmith": "sequential", "davesmithinstruments": "sequential", "moogmusic": "moog",
    "synthstrom": "synthstromaudible", "torso": "torsoelectronics",
}  # fmt: skip
SPELT: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("", "Launchkey37Mk3"): ("Novation", "Launchkey MK3 37"),
    ("", "Launchkey49Mk3"): ("Novation", "Launchkey MK3 49"),
    ("", "Launchkey88Mk3"): ("Novation", "Launchkey MK3 88"),
    ("16n", "16n"): ("16n", "16n faderbank"),
    ("Akai", "APC Key25 mk2"): ("Akai", "APC Key 25 mk2"),
    ("Arturia", "Arturia BeatStep"): ("Arturia", "BeatStep"),
    ("Elektron", "Elektron Digitakt"): ("Elektron", "Digitakt"),
    ("Groove Synthesis", "3rd Wave"): ("Groove Synthesis", "3rd Wave", "3rd Wave 24K"),
    ("Korg", "ES-1 (ELECTRIBE S)"): ("Korg", "Electribe ES-1"),
    ("Korg", "microKORG / microKORG S"): ("Korg", "microKORG"),
    ("Korg", "MS2000 / MS2000R"): ("Korg", "MS2000"),
    ("Korg", "nanoPAD2 (first of two)"): ("Korg", "nanoPAD2"),
    ("Korg", "nanoPAD2 (second of two)"): ("Korg", "nanoPAD2"),
    ("Korg", "volca keys (via USB cable name)"): ("Korg", "volca keys"),
    ("Novation", "Launchpad Mini MK3 (bootloader)"): ("Novation", "Launchpad Mini MK3"),
    ("Synthstrom", "Deluge (community firmware)"): ("Synthstrom", "Deluge"),
    ("teenage engineering", "EP-133"): ("teenage engineering", "EP-133 K.O. II"),
    ("Torso", "S-4"): ("Torso", "S4"),
    ("Waldorf", "Microwave XT"): ("Waldorf", "MicroWave II/XT/XTk"),
    ("Waldorf", "Microwave XT 2"): ("Waldorf", "MicroWave II/XT/XTk"),
}
"""(vendor, device) of a row → (maker, model, further models) as profiles have them."""
LEAST_NAMES: Final = 0.95


def plain(text: str) -> str:
    """Without case, accents, spaces and marks."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKD", text).casefold())


def maker(text: str) -> str:
    return MAKERS.get(plain(text), plain(text))


@cache
def entries() -> tuple[Entry, ...]:
    return current().known.entries


@cache
def matcher() -> Matcher:
    return Matcher(current().known)


@cache
def by_device() -> Mapping[tuple[str, str], set[str]]:
    """(maker, model) → the names of the profiles that describe it."""
    found: dict[tuple[str, str], set[str]] = {}
    for one in entries():
        first, _, second = one.model.partition(" (")
        for model in (one.model, first, second, *one.models):
            found.setdefault((maker(one.maker), plain(model)), set()).add(one.name)
    return found


def profiles_of(vendor: str, device: str) -> set[str]:
    """The profiles of a row's device; none where it has none."""
    made_by, *models = SPELT.get((vendor, device), (vendor, device))
    return set().union(*(by_device().get((maker(made_by), plain(model)), set()) for model in models))


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


REPLIES: Final = rows("identity-replies.csv")
NAMES: Final = rows("port-names.csv")


def by_reply(row: Mapping[str, str]) -> Answer:
    return matcher().answer(Clues(reply=parse(row["full_reply"])))


def by_name(row: Mapping[str, str]) -> Answer:
    return matcher().answer(Clues(row["port_name"], row["os"]))


def wrong(found: Answer, truth: set[str], vendor: str) -> bool:
    """True for an answer that names devices of which none is the row's, or makers of which none is its."""
    if found.outcome in ("device", "set"):
        return not truth & set(found.profiles)
    makers = {maker(one) for one in found.vendors}
    return found.outcome == "vendor" and bool(vendor) and maker(vendor) not in makers


def told(row: Mapping[str, str], found: Answer) -> str:
    return f"{row} → {found.outcome} {found.profiles or found.vendors}"


def test_there_is_all_the_data() -> None:
    assert (len(REPLIES), len(NAMES)) == (213, 374)


def test_no_identity_reply_leads_to_a_wrong_device() -> None:
    found = [(row, by_reply(row), profiles_of(row["vendor"], row["model"])) for row in REPLIES]
    assert [told(row, one) for row, one, truth in found if wrong(one, truth, row["vendor"])] == []


def test_every_identity_reply_of_a_device_with_a_profile_leads_to_it() -> None:
    with_profile = [row for row in REPLIES if profiles_of(row["vendor"], row["model"])]
    missed = [row for row in with_profile if by_reply(row).outcome not in ("device", "set")]
    figure = f"{len(with_profile) - len(missed)} of {len(with_profile)}"
    print(f"identity replies of devices with a profile: {figure} recognised")  # noqa: T201 - the figure, seen with -s
    assert [told(row, by_reply(row)) for row in missed] == []


def test_no_port_name_leads_to_a_wrong_device() -> None:
    found = [(row, by_name(row), profiles_of(row["vendor"], row["device"])) for row in NAMES]
    assert [told(row, one) for row, one, truth in found if wrong(one, truth, row["vendor"])] == []


def test_port_names_of_devices_with_a_profile_are_recognised() -> None:
    with_profile = [row for row in NAMES if profiles_of(row["vendor"], row["device"])]
    missed = [row for row in with_profile if by_name(row).outcome not in ("device", "set")]
    found = len(with_profile) - len(missed)
    print(f"port names of devices with a profile: {found} of {len(with_profile)} recognised")  # noqa: T201 - as above
    assert found >= LEAST_NAMES * len(with_profile), [told(row, by_name(row)) for row in missed]


def test_an_open_byte_of_a_reply_may_be_anything() -> None:
    for row in REPLIES:
        for filled in ("0", "1", "5"):
            found = matcher().answer(Clues(reply=parse(row["full_reply"].replace("?", filled))))
            assert not wrong(found, profiles_of(row["vendor"], row["model"]), row["vendor"]), told(row, found)


def test_every_manufacturer_id_of_the_data_is_known() -> None:
    ids = {id for one in current().known.makers for id in one.ids}
    found = {row["manufacturer_id_hex"].upper() for row in REPLIES}
    assert found - ids == {"7D"}  # nobody's: what is not for sale


@pytest.mark.skipif(
    not (data_folder() / "midi-guide").is_dir(), reason="the converted profiles have not been added yet"
)
def test_every_device_of_the_recognition_file_has_a_profile() -> None:
    assert [
        f"{one.maker} {one.model}"
        for one in current().known.devices
        if not _has_profile(one.maker, one.model, one.also)
    ] == []


def _has_profile(made_by: str, model: str, also: tuple[str, ...]) -> bool:
    return any((maker(made_by), plain(one)) in by_device() for one in (model, *also))


def test_no_name_of_a_profile_leads_to_another_device() -> None:
    for one in entries():
        for name in _plain_names(one):
            found = matcher().answer(Clues(name, "macos"))
            is_told = any(one.name in text for text in (*found.profiles, *found.why))
            assert is_told or found.outcome != "device", (name, found)


def _plain_names(one: Entry) -> Iterator[str]:
    yield f"{one.maker} {one.model}"
    yield from (rule.pattern for rule in one.names if "*" not in rule.pattern)


HEAD: Final = 'source = "{}"\n[sources.y]\nkind = "manual"\nsays = "z"\n[[makers]]\nname = "A"\nids = ["{}"]'


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "source: found nothing"),
        ('source = "x"\nsources = 3', "sources: found 3"),
        (HEAD.format("x", "41"), "makers[0].ids: found source 'x', allowed: assumed, y"),
        (HEAD.format("y", "4"), "makers[0].ids[0]: found '4'"),
    ],
)
def test_a_bad_recognition_file_is_refused_with_its_key(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / FILE
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadProfile, match=re.escape(fault)):
        load(path)


def test_the_recognition_file_is_sound() -> None:
    assert load(folders().program / FILE).devices
