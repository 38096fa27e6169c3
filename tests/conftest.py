"""What every test shares: the folder of the corpus, its user's folders and rigs, and how long hypothesis looks."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from bridge.profiles.rig import path_of

settings.register_profile("test", deadline=None, derandomize=True, database=None, max_examples=100)
settings.register_profile("slow", deadline=None, max_examples=2_000)
settings.load_profile("test")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder with `ai/`, `smf/` and their manifests."""
    return Path(__file__).parent / "corpus"


@pytest.fixture(scope="session", autouse=True)
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test meets a session that is really being played, a JACK server, or the settings, that somebody uses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        patch.setenv("JACK_DEFAULT_SERVER", "none-for-tests")
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own, in which its user's rigs and profiles lie, below `config`."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def rig_file(text: str, name: str | None = None) -> Path:
    """A rig of the test's user, written down; where."""
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without HOME whom the system does not know, as in a container."""
    if os.name != "posix":
        pytest.skip("here every user has a home")

    def unknown(uid: int) -> None:
        raise KeyError(uid)

    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)
