"""A rig's file says what is in the room; each mistake of a hand that edits it is named, all at once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import BadRig
from bridge.profiles.rig import RigFile, check, folder, load_rig, path_of
from tests.conftest import rig_file

pytestmark = pytest.mark.usefixtures("home")

GOOD = """
[[instruments]]
name = "Bass"
profile = "midi-bridge/twin-bass"
port = "alsa:UM-ONE MIDI 1@din"
channels = [5]
latency_ms = 4

[[instruments]]
name = "Drums"
port = "alsa:UM-ONE MIDI 1@din"
channels = [10]

[[controllers]]
name = "Keys"
profile = "midi-bridge/twin-controller"
port = "alsa:KeyStep 37 MIDI 1 [AB12]"
"""
DRUMS = 'name = "Drums"\n'
BASS, BAS, CONTROLLER = "midi-bridge/twin-bass", "midi-bridge/twin-bas", "midi-bridge/twin-controller"
TABLES = "instruments, controllers"
OF_ONE = "name, profile, port, channels, latency_ms"
FAULTS = [
    ('name = "Bass"\n', "", "instruments[0].name: found nothing, allowed: text of 1 or more characters"),
    ('name = "Bass"\n', 'name = ""\n', "instruments[0].name: found '', allowed: text of 1 or more characters"),
    ("latency_ms", "latncy", f"instruments[0].latncy: no such key, allowed: {OF_ONE} (did you mean 'latency_ms'?)"),
    ("= 4", "= 501", "instruments[0].latency_ms: found 501, allowed: a number from 0 to 500"),
    ("= 4", "= nan", "instruments[0].latency_ms: found nan, allowed: a number from 0 to 500"),
    ("[5]", "[17]", "instruments[0].channels[0]: found 17, allowed: a whole number from 1 to 16"),
    ("[5]", "5", "instruments[0].channels: found 5, allowed: a list, each a whole number from 1 to 16"),
    ("[5]", "[5, 5]", "instruments[0].channels: found channel 5 twice, allowed: once"),
    ("[5]", "[10]", "instruments: found channel 10 of 'alsa:UM-ONE MIDI 1@din' twice, allowed: once"),
    (DRUMS, 'name = "Bass"\n', "found the name 'Bass' twice, allowed: once"),
    (DRUMS, 'name = "Keys"\n', "found the name 'Keys' twice, allowed: once"),
    (BASS, "Bass", "instruments[0].profile: found 'Bass', allowed: text like 'maker/model'"),
    (BASS, BAS, f"instruments[0].profile: found '{BAS}', allowed: what profiles list names (did you mean '{BASS}'?)"),
    (CONTROLLER, "xyz/q8", "controllers[0].profile: found 'xyz/q8', allowed: what profiles list names"),
    ("[[controllers]]", "[[controler]]", f"controler: no such key, allowed: {TABLES} (did you mean 'controllers'?)"),
    (GOOD, "instruments = 3", "instruments: found 3, allowed: a list of tables"),
    (GOOD, "instruments = [3]", "instruments[0]: found 3, allowed: a table"),
]  # fmt: skip


def refused(name: str | None = None) -> str:
    with pytest.raises(BadRig) as bad:
        load_rig(name)
    assert "\n" not in str(bad.value)
    return str(bad.value)


def test_a_rig_says_which_instruments_and_controllers_are_where() -> None:
    rig_file(GOOD)
    rig = load_rig()
    assert rig
    assert [(one.name, one.profile, one.channels, one.latency_ms) for one in rig.instruments] == [
        ("Bass", "midi-bridge/twin-bass", (5,), 4),
        ("Drums", None, (10,), None),
    ]
    assert [one.port for one in rig.controllers] == ["alsa:KeyStep 37 MIDI 1 [AB12]"]


def test_who_has_made_no_rig_has_none() -> None:
    assert load_rig() is None


def test_an_empty_file_is_a_rig_with_nothing_in_it() -> None:
    rig_file("")
    assert load_rig() == RigFile()


def test_several_rigs_have_names_and_any_file_is_one_by_its_path(home: Path) -> None:
    assert path_of("studio") == folder() / "rigs" / "studio.toml"
    assert path_of("studio.toml") == Path("studio.toml")
    assert path_of(str(home / "rig")) == home / "rig"
    rig_file(GOOD, "studio")
    assert load_rig("studio") == load_rig(str(path_of("studio")))


def test_a_name_that_no_rig_has_leads_to_the_one_that_was_meant() -> None:
    place = path_of("studoi")
    assert refused("studoi") == f"no rig 'studoi': '{place}' does not exist; midi-bridge rig init --rig studoi makes it"
    rig_file(GOOD, "studio")
    assert refused("studoi") == f"no rig 'studoi': '{place}' does not exist; did you mean 'studio'?"


@pytest.mark.parametrize(("found", "instead", "fault"), FAULTS)
def test_a_mistake_is_named_with_file_key_and_what_is_allowed(found: str, instead: str, fault: str) -> None:
    assert GOOD.count(found) >= 1
    path = rig_file(GOOD.replace(found, instead, 1))
    assert refused() == f"'{path}': {fault}"


def test_all_mistakes_are_named_at_once() -> None:
    path = rig_file(GOOD.replace("[5]", "[17]").replace("twin-bass", "twin-bas").replace(DRUMS, 'name = "Keys"\n'))
    said = refused()
    assert said.startswith(f"'{path}': instruments[0].channels[0]: found 17")
    assert "; found the name 'Keys' twice, allowed: once; " in said
    assert said.endswith("(did you mean 'midi-bridge/twin-bass'?)")


def test_broken_toml_is_named_with_line_and_column() -> None:
    path = rig_file('[[instruments]]\nname = "Bass\n')
    assert refused() == f"'{path}' is not TOML: Illegal character '\\n' (at line 2, column 13)"


def test_a_rig_that_cannot_be_read_says_why(home: Path) -> None:
    path = rig_file("")
    path.write_bytes(b"\xff")
    assert refused() == f"'{path}' is not UTF-8 text: byte 0"
    assert refused(str(home)) == f"cannot read '{home}': is a directory; check its name and its rights"


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["Bass", 5, [5], "a/b"])
WORDS = st.sampled_from(["instruments", "controllers", "name", "profile", "port", "channels"]) | st.text()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner), max_leaves=12)


@given(st.dictionaries(WORDS, VALUES))
def test_whatever_a_file_holds_is_a_rig_or_is_refused_in_one_line(data: dict[str, object]) -> None:
    said = "'rig.toml': "
    try:
        check(data, "rig.toml")
    except BadRig as bad:
        said = str(bad)
    assert said.startswith("'rig.toml': ")
    assert said.isprintable()


@pytest.mark.parametrize("name", ["", " ", "..", "a\nb"])
def test_what_is_no_name_of_a_rig_is_refused(name: str) -> None:
    with pytest.raises(BadRig, match="is no name of a rig; give a word, as stage, or a path"):
        load_rig(name)


def test_a_rig_that_may_not_be_looked_at_is_refused_in_one_line() -> None:
    (folder() / "rigs").mkdir(parents=True)
    with pytest.raises(BadRig, match="file name too long; check its name and its rights"):
        load_rig("x" * 300)


def test_a_rig_that_windows_has_marked_is_read(tmp_path: Path) -> None:
    path = tmp_path / "marked.toml"
    path.write_text('[[instruments]]\nname = "A"\nport = "twin:bass"\n', encoding="utf-8-sig")
    found = load_rig(str(path))
    assert found
    assert found.instruments[0].name == "A"
