"""The converted sets as they are committed: every file is a profile, in its place, and says whose it is."""

import pytest

from bridge.errors import BadProfile
from bridge.profiles.convert.converted import place, plain, slug
from bridge.profiles.load import data_folder, load_file

LICENCES = {
    "midi-guide": ("Attribution-ShareAlike 4.0 International", "CC BY-SA 4.0"),
    "instrumentdefs": ("MIT License", "MIT"),
}
COUNTS = {"midi-guide": 278, "instrumentdefs": 172}


@pytest.mark.parametrize("kind", COUNTS)
def test_every_committed_file_is_a_profile_that_says_whose_it_is(kind: str) -> None:
    folder = data_folder() / kind
    profiles = [(path, load_file(path)) for path in sorted(folder.glob("*/*.toml"))]
    assert len(profiles) == COUNTS[kind]
    for path, one in profiles:
        assert one.name == path.relative_to(data_folder()).with_suffix("").as_posix()
        assert (one.origin, one.needs_hardware, one.kind) == ("converted", True, "instrument")
        assert one.sources[kind].licence == LICENCES[kind][1]
        assert {fact.source for fact in one.facts()} <= {kind}


@pytest.mark.parametrize("kind", COUNTS)
def test_each_set_keeps_its_licence_and_says_what_was_changed(kind: str) -> None:
    folder = data_folder() / kind
    assert LICENCES[kind][0] in (folder / "LICENSE").read_text(encoding="utf-8").splitlines()[0]
    notice = (folder / "NOTICE.md").read_text(encoding="utf-8")
    assert "What was changed" in notice
    assert f"{COUNTS[kind]} " in notice
    left = (folder / "left-behind.tsv").read_text(encoding="utf-8").splitlines()
    assert {len(line.split("\t")) for line in left} == {4}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Fred's Lab", "freds-lab"),
        ("PE\u0304RKONS HD-01", "perkons-hd-01"),
        ("Mäander", "maander"),
        ("Ørsted Æther", "orsted-aether"),
        ("Critter & Guitari", "critter-guitari"),
        ("L.L. Electronics", "l-l-electronics"),
        ("MPC+", "mpc-plus"),
        ("K.O.!!", "k-o"),
    ],
)
def test_names_are_spelt_with_letters_and_digits(text: str, word: str) -> None:
    assert slug(text) == word


def test_a_name_without_a_letter_is_refused() -> None:
    with pytest.raises(BadProfile, match="no name can be made of maker '楽器' and model 'X'"):
        place("", "楽器", "X")


def test_a_text_is_one_line_with_its_accents_joined() -> None:
    assert plain(" Ma\u0308ander\n\tII\0 ") == "Mäander II"
