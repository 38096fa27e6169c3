"""Who has no home has no settings either, and that keeps nothing from being played."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.errors import BadRig
from bridge.profiles import index, places
from bridge.profiles.load import load, own_folder
from bridge.profiles.rig import load_rig, path_of

pytestmark = pytest.mark.usefixtures("homeless")


def test_who_has_no_home_has_no_settings_and_nothing_can_be_kept_there() -> None:
    assert (places.settings(), places.cache()) == (places.NOWHERE, places.NOWHERE)
    with pytest.raises(OSError, match=r"Not a directory|File exists"):
        places.NOWHERE.mkdir(parents=True, exist_ok=True)


def test_a_folder_that_is_named_serves_who_has_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert places.settings() == tmp_path / "midi-bridge"


@pytest.mark.parametrize("find", [lambda *_, **__: "~/.config/midi-bridge", lambda *_, **__: _raise()])
def test_nothing_is_kept_in_a_folder_that_is_called_tilde(
    find: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_config_dir", find)
    assert places.settings() == places.NOWHERE


def _raise() -> str:
    raise RuntimeError("could not determine the home directory")


def test_without_a_home_the_programs_own_profiles_are_read_and_listed() -> None:
    assert load("midi-bridge/twin-bass").kind == "instrument"
    assert own_folder().parent == places.NOWHERE
    assert "moog/minitaur" in {one.name for one in index.current().known.entries}


def test_without_a_home_there_is_no_rig_and_one_that_is_named_is_refused_with_the_way_out(tmp_path: Path) -> None:
    assert load_rig() is None
    for name in (None, "stage"):
        with pytest.raises(BadRig, match="there is no home folder to keep rigs in; set HOME, or give a path that ends"):
            path_of(name)
    with pytest.raises(BadRig, match=r"no rig '.*room\.toml': .* does not exist"):
        load_rig(str(tmp_path / "room.toml"))
