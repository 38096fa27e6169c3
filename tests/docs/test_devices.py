"""The pages of the devices say what their profiles say today, and each can be found."""

import pytest

from tests.docs import devices
from tests.docs.pages import ROOT, text_of


@pytest.mark.parametrize("place", devices.render())
def test_the_page_is_what_the_profile_says_today(place: str) -> None:
    assert text_of(place) == devices.render()[place], "python -m tests.docs.write makes it anew"


def test_no_page_is_there_without_its_profile_and_each_is_in_the_list() -> None:
    there = {path.name for path in (ROOT / devices.FOLDER).iterdir()}
    listed = text_of(f"{devices.FOLDER}/README.md")
    assert {f"{devices.FOLDER}/{name}" for name in there} == devices.render().keys()
    assert [name for name in there if name != "README.md" and f"]({name})" not in listed] == []
