"""Profiles are found from a checkout and from a wheel, and a file that is none is named with its place."""

import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import BadProfile
from bridge.profiles.load import data_folder, load, load_file, names, own_folder

TWINS = ["midi-bridge/twin-bass", "midi-bridge/twin-controller", "midi-bridge/twin-drums", "midi-bridge/twin-module"]


def test_the_four_twins_come_with_the_program() -> None:
    assert set(TWINS) <= set(names())


@pytest.mark.parametrize("name", names())
def test_every_profile_is_what_its_place_says(name: str) -> None:
    assert load(name).name == name


def test_the_bass_is_one_voice_on_channel_3_behind_a_din_socket() -> None:
    bass = load("midi-bridge/twin-bass")
    assert bass.wire
    assert bass.wire.ns_per_byte == 320_000
    (slot,) = bass.slots
    assert (slot.channels, slot.polyphony, slot.mono_priority, slot.range) == ((3,), 1, "last", (24, 72))


def test_the_module_plays_all_sixteen_channels_and_drums_on_the_tenth() -> None:
    module = load("midi-bridge/twin-module")
    assert module.wire
    assert module.wire.ns_per_byte == 1_000
    assert sorted(channel for slot in module.slots for channel in slot.channels) == list(range(1, 17))
    assert [slot.channels for slot in module.slots if slot.drums] == [(10,)]


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


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("midi-bridge/twin-bas", "did you mean 'midi-bridge/twin-bass'?"),
        ("Midi-Bridge/Twin-Drums", "did you mean 'midi-bridge/twin-drums'?"),
        ("../secret", "midi-bridge profiles list says which there are"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, said: str) -> None:
    with pytest.raises(BadProfile, match=f"^no profile '{re.escape(name)}'; {re.escape(said)}$"):
        load(name)


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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")
@pytest.mark.timeout(5)
def test_a_pipe_and_a_device_are_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    (tmp_path / "device.toml").symlink_to("/dev/zero")
    for path in (pipe, tmp_path / "device.toml"):
        with pytest.raises(BadProfile, match=f"'{path}': it is a device or a pipe; name a file"):
            load_file(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadProfile, match=r"cannot read '.*synth.toml': no such file or directory; check its name"):
        load_file(tmp_path / "synth.toml")


def test_a_profile_of_the_user_s_own_goes_before_the_program_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    own = own_folder() / "midi-bridge" / "twin-bass.toml"
    own.parent.mkdir(parents=True)
    text = (data_folder() / "midi-bridge" / "twin-bass.toml").read_text(encoding="utf-8")
    own.write_text(text.replace('"Twin Bass"', '"My Bass"'), encoding="utf-8")
    assert load("midi-bridge/twin-bass").model == "My Bass"


@pytest.mark.parametrize("name", ["../firmware_profiles/midi-bridge/twin-bass", "/etc/passwd", "midi-bridge", ""])
def test_a_name_leads_to_no_file_elsewhere(name: str) -> None:
    with pytest.raises(BadProfile, match="no profile"):
        load(name)


@given(st.binary(max_size=60) | st.text(alphabet="[]{}=.,\"'#\n 0123456789abcxmaker_-", max_size=80).map(str.encode))
def test_whatever_bytes_a_file_has_it_is_a_profile_or_is_refused(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "synth.toml"
        path.write_bytes(content)
        with pytest.raises(BadProfile, match=r"synth\.toml'"):
            load_file(path)
