"""Whatever is written as TOML reads back as it was, and a profile's file is the same however often it is made."""

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bridge.profiles.convert.toml_out import document, quoted, text
from bridge.profiles.load import data_folder, load_file
from bridge.profiles.model import Profile

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PLAIN = (
    TEXTS | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False, allow_infinity=False, width=32)
)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=20
)


@given(st.dictionaries(TEXTS, VALUES, max_size=6), TEXTS)
def test_any_table_reads_back_as_it_was(data: dict[str, Any], comment: str) -> None:
    assert tomllib.loads(document(data, comment)) == data


@given(TEXTS)
def test_a_text_is_one_line_whatever_is_in_it(word: str) -> None:
    line = quoted(word)
    assert len(line.splitlines()) == 1 or not line.isascii()
    assert tomllib.loads(f"word = {line}") == {"word": word}


def test_a_profile_written_by_hand_comes_back_the_same() -> None:
    for path in sorted(data_folder().glob("midi-bridge/*.toml")):
        profile = load_file(path)
        written = text(profile, "A comment\nof two lines")
        assert Profile.model_validate(tomllib.loads(written)) == profile
        assert written.startswith("# A comment\n# of two lines\nname = ")


def test_each_parameter_has_a_line_of_its_own_and_its_note_stands_last() -> None:
    about = {"name": "acme/lead", "maker": "Acme", "model": "Lead", "kind": "instrument", "source": "assumed"}
    parameters = [{"note": "two words", "name": f"P{cc}", "cc": cc, "range": (0, 127)} for cc in (20, 21)]
    written = text(Profile.model_validate({**about, "parameters": parameters}))
    lines = [line for line in written.splitlines() if "cc = " in line]
    assert lines[0] == '    { name = "P20", cc = 20, range = [0, 127], note = "two words" },'
    assert len(lines) == 2
