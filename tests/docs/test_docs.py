"""What a reader types from the pages gives what the pages say, and their links lead somewhere."""

import io
import json
import re
import shlex
from itertools import chain
from pathlib import Path
from typing import Any

import click
import mido
import pytest
from jsonschema import Draft202012Validator

from bridge.app.demo import perform, source
from bridge.core.clock import ManualClock
from bridge.faces.cli import group
from bridge.faces.talk import PROGRAM
from bridge.session.report import corrections_list, schema
from tests.docs.pages import PAGES, READ, ROOT, blocks, rerun, text_of

FOREIGN = re.compile(r"py(?:pi|thonhosted)|/(?:home|root|tmp|work|Users)\b|localhost|\b\d+\.\d+\.\d+\.\d+\b")
LINK = re.compile(r"\]\(([^)\s]+)\)")
TARGET = re.compile(r"^([a-z-]+):.*##", re.MULTILINE)

Json = dict[str, Any]


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], list[Json]]:
    """What the demo says while it plays, and the corrections that come of it."""
    said: list[str] = []
    path = tmp_path_factory.mktemp("demo") / "demo.bridge"
    performance = perform(
        ManualClock(), path, "demo", is_fast=True, show=lambda news: said.append(f"{PROGRAM}: {news.text}")
    )
    return said, corrections_list(performance.session.corrections.values())


@pytest.fixture(scope="module")
def examples() -> list[Any]:
    """The JSON that `docs/corrections.md` shows."""
    return [json.loads(block) for block in blocks(text_of("docs/corrections.md"), "json")]


@pytest.mark.parametrize("page", PAGES)
def test_what_a_reader_types_is_answered_as_the_page_says(page: str, tmp_path: Path) -> None:
    text = text_of(page)
    assert rerun(text, tmp_path) == text, "python -m tests.docs.write writes the answers anew"


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md"])
def test_the_pages_for_players_show_answers_at_all(page: str) -> None:
    assert sum(block.count("\n$ ") + 1 for block in blocks(text_of(page), "console")) >= 5


def test_what_is_typed_but_not_run_is_there_to_be_typed() -> None:
    targets = TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8"))
    lines = [line for page in READ for block in blocks(text_of(page), "sh") for line in block.splitlines()]
    assert lines
    for words in filter(None, (shlex.split(line, comments=True) for line in lines)):
        if words[0] == "make":
            assert set(words[1:]) <= set(targets)
        if words[0] == PROGRAM:
            context = click.Context(group, **group.context_settings)
            command = group.get_command(context, words[1])
            assert command, words
            command.make_context(words[1], words[2:], parent=context)  # raises where an option is not there


def test_what_the_tutorial_shows_of_a_pass_is_said_in_the_demo(heard: tuple[list[str], list[Json]]) -> None:
    said = iter(heard[0])
    shown = [line for block in blocks(text_of("docs/tutorial.md"), "text") for line in block.splitlines()]
    assert shown
    assert [line for line in shown if line not in said] == []  # `in` goes on where the last one was found


@pytest.mark.parametrize("page", READ)
def test_every_link_within_the_project_leads_somewhere(page: str) -> None:
    here = (ROOT / page).parent
    links = [link for link in LINK.findall(text_of(page)) if "://" not in link]
    assert [link for link in links if not (here / link.partition("#")[0]).exists()] == []


@pytest.mark.parametrize("page", READ)
def test_no_page_names_a_registry_or_a_machine(page: str) -> None:
    assert FOREIGN.findall(text_of(page)) == []


def test_the_picture_in_the_readme_is_small() -> None:
    assert (ROOT / "docs" / "pictures" / "report.png").stat().st_size < 300_000


def test_the_example_of_corrections_is_valid_and_is_the_demo_s_own(
    examples: list[Any], heard: tuple[list[str], list[Json]]
) -> None:
    whole, change = examples
    Draft202012Validator(schema()).validate(whole)
    assert whole["source"] == {"name": source().name, "sha256": source().sha256}
    assert [one for one in whole["corrections"] if one not in heard[1]] == []
    assert {one["live"] for one in whole["corrections"]} == {True, False}
    assert change in chain.from_iterable(one["changes"] for one in heard[1])


def test_the_ids_in_the_example_are_found_in_the_source_by_mido(examples: list[Any]) -> None:
    tracks = mido.MidiFile(file=io.BytesIO(source().data)).tracks
    changes = list(chain.from_iterable(one["changes"] for one in examples[0]["corrections"]))
    assert changes
    for change in changes:
        before, id = change["before"], change["id"]
        track = tracks[id["track"]]
        message = track[id["index"]]
        tick = sum(one.time for one in track[: id["index"] + 1])
        assert (message.type, message.note, message.velocity, message.channel + 1, tick) == (
            "note_on",
            before["pitch"],
            before["velocity"],
            before["channel"],
            before["tick"],
        )


def test_every_word_of_the_schema_is_explained() -> None:
    text = text_of("docs/corrections.md")
    found = schema()
    names = [*found["properties"], *chain.from_iterable(one.get("properties", ()) for one in found["$defs"].values())]
    assert [name for name in names if f"`{name}`" not in text] == []
