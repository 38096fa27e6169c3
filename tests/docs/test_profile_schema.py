"""Editors are told the same of a profile as the program says: the schema is current, and takes and refuses alike."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bridge.profiles.complete import missing
from bridge.profiles.load import data_folder, names, place_of, read
from bridge.profiles.model import check
from tests.docs import profile_schema
from tests.docs.pages import ROOT, blocks, text_of
from tests.profiles.samples import KEYBOARD, SYNTH, changed
from tests.profiles.test_model import TYPES

SCHEMA = json.loads(profile_schema.render())
NAMES = re.compile(r"^#:schema (\S+)$", re.MULTILINE)
EXAMPLES = blocks(text_of("docs/profiles.md"), "toml")


def is_valid(profile: dict[str, Any]) -> bool:
    return Draft202012Validator(SCHEMA).is_valid(profile)


def test_the_schema_is_what_the_program_says_today() -> None:
    written = (ROOT / profile_schema.PLACE).read_text(encoding="utf-8")
    assert written == profile_schema.render(), "python -m tests.docs.write makes it anew"


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("profile", [SYNTH, KEYBOARD], ids=["synth", "keyboard"])
def test_an_editor_takes_what_the_program_takes(profile: dict[str, Any]) -> None:
    assert is_valid(profile)


@pytest.mark.parametrize("name", [name for name in names() if name.count("/") == 1])
def test_an_editor_takes_every_profile(name: str) -> None:
    assert is_valid(read(place_of(name)))


@pytest.mark.parametrize(
    ("profile", "path", "value", "said"),
    [one for one in TYPES if "sources." not in one[1] and one[3]],
    ids=[f"{one[1]}={one[2]}"[:60] for one in TYPES if "sources." not in one[1] and one[3]],
)
def test_an_editor_marks_a_wrong_type_or_value(profile: dict[str, Any], path: str, value: object, said: str) -> None:
    assert not is_valid(changed(profile, path, value))


def test_every_key_is_explained_in_the_editor() -> None:
    tables = {"": SCHEMA, **SCHEMA["$defs"]}
    assert [f"{name}.{key}" for name, table in tables.items() for key, one in table["properties"].items()
            if not one.get("description")] == []  # fmt: skip


@pytest.mark.parametrize("path", sorted(data_folder().rglob("*.toml")), ids=str)
def test_the_line_for_editors_leads_to_the_schema(path: Path) -> None:
    for named in NAMES.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / named).resolve() == ROOT / profile_schema.PLACE


@pytest.mark.parametrize("example", EXAMPLES, ids=["instrument", "controller"])
def test_the_examples_of_the_page_are_complete(example: str) -> None:
    assert missing(check(tomllib.loads(example), "example")) == []
