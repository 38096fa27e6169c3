"""The reference names everything that the program has, and nothing it has not."""

import re

import click
import pytest

from bridge import errors
from bridge.errors import BridgeError
from bridge.ports.open import DRIVERS
from bridge.profiles.model import Profile
from tests.docs import reference
from tests.docs.pages import text_of


@pytest.fixture(scope="module")
def page() -> str:
    """The reference as it is written."""
    return text_of("docs/reference.md")


def test_the_page_is_what_the_program_says_today(page: str) -> None:
    assert page == reference.render(), "python -m tests.docs.write makes it anew"


def test_every_command_and_option_is_there(page: str) -> None:
    sections = dict(re.findall(r"^## (midi-bridge.*?)\n(.*?)(?=^## )", page, re.MULTILINE | re.DOTALL))
    listed = list(reference.commands())
    assert sections.keys() == {path for path, _, _ in listed}
    assert len(listed) > 7
    for path, command, _ in listed:
        shown = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
        options = [name for one in shown for name in one.opts]
        assert [name for name in options if not re.search(rf"^\| `.*{name}\b", sections[path], re.MULTILINE)] == []


def test_every_fault_is_there_with_its_exit_code(page: str) -> None:
    faults = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, BridgeError)]
    assert len(faults) > 10
    assert [one for one in faults if f"| `{one.__name__}` | {one.exit_code} | " not in page] == []


def test_every_profile_key_is_there_with_what_it_says(page: str) -> None:
    rows = re.findall(r"^\| `([^`]+)` \| .+ \| .+ \| (.+) \|$", page.partition("## Device profiles")[2], re.MULTILINE)
    assert {"name", "wire.connector", "slots[].sounds[].role", "controls[].light.values", "sources.ID.says"} <= dict(
        rows
    ).keys()
    assert [key for key, says in rows if not says.endswith((".", ".)"))] == []
    tables = [Profile.model_json_schema(), *Profile.model_json_schema()["$defs"].values()]
    known = {key for table in tables for key in table["properties"]}
    assert {key.rpartition(".")[2] for key, _ in rows} == known


def test_every_driver_is_there_and_no_other() -> None:
    assert reference.PORTS.keys() == DRIVERS.keys()
