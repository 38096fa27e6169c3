"""Profiles are found from a checkout and from a wheel, and a file that is none is named with its place."""

from pathlib import Path

import pytest

from bridge.errors import BadProfile
from bridge.profiles.load import data_folder, load, load_file, names

TWINS = ["midi-bridge/twin-bass", "midi-bridge/twin-controller", "midi-bridge/twin-drums", "midi-bridge/twin-module"]


def test_the_four_twins_come_with_the_program() -> None:
    assert set(TWINS) <= set(names())


@pytest.mark.parametrize("name", names())
def test_every_profile_is_what_its_place_says(name: str) -> None:
    assert load(name).name == name


def test_the_bass_is_one_voice_on_channel_3_behind_a_din_socket() -> None:
    bass = load("midi-bridge/twin-bass")
    assert bass.wire.ns_per_byte == 320_000
    (part,) = bass.parts
    assert (part.channels, part.polyphony, part.mono_priority, part.range) == ((3,), 1, "last", (24, 72))


def test_the_module_plays_all_sixteen_channels_and_drums_on_the_tenth() -> None:
    module = load("midi-bridge/twin-module")
    assert module.wire.ns_per_byte == 1_000
    assert sorted(channel for part in module.parts for channel in part.channels) == list(range(1, 17))
    assert [part.channels for part in module.parts if part.drums] == [(10,)]


def test_every_tool_has_a_button_of_its_own() -> None:
    buttons = {control.value: control.message for control in load("midi-bridge/twin-controller").controls}
    found = {tool: (buttons[tool].type, buttons[tool].number) for tool in ("fix", "dynamics", "pedal", "erase")}
    assert found == {
        "fix": ("control", 30),
        "dynamics": ("control", 31),
        "pedal": ("control", 32),
        "erase": ("control", 33),
    }


def test_the_controller_has_a_button_for_all_that_is_obeyed_at_once() -> None:
    controls = load("midi-bridge/twin-controller").controls
    messages = {control.role: control.message for control in controls}
    found = {role: (messages[role].type, messages[role].number) for role in ("stop", "play", "again", "panic")}
    assert found == {
        "stop": ("control", 41),
        "play": ("control", 42),
        "again": ("control", 43),
        "panic": ("control", 44),
    }


def test_an_installed_wheel_is_asked_before_the_folder_beside_it(tmp_path: Path) -> None:
    package = tmp_path / "bridge"
    (tmp_path / "firmware_profiles").mkdir()
    assert data_folder(package) == tmp_path / "firmware_profiles"
    (package / "_profiles").mkdir(parents=True)
    assert data_folder(package) == package / "_profiles"


def test_an_installation_without_profiles_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadProfile, match="missing from this installation"):
        data_folder(tmp_path / "bridge")


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(BadProfile, match=r"no profile '\.\./secret'; there are midi-bridge/twin-bass, "):
        load("../secret")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name = \n", r"is not TOML: .*line 1, column 8"),
        (b'name = "a"\nname = "b"\n', r"is not TOML: .*line 2"),
        (b"name = \xff", "is not UTF-8 text: byte 7"),
    ],
)
def test_a_file_that_is_no_toml_is_named_with_the_place(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "synth.toml"
    path.write_bytes(content)
    with pytest.raises(BadProfile, match=said) as refused:
        load_file(path)
    assert "synth.toml" in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadProfile, match=r"cannot read '.*synth.toml': No such file"):
        load_file(tmp_path / "synth.toml")
