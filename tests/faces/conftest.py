"""What the tests of commands share: a song, the rigs played on, a word in at each line, a disk of their own."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import bridge.app.player
import bridge.faces.monitor
import bridge.faces.ports
import bridge.faces.rig
import bridge.faces.send
from bridge.app.rig import Behind, Rig, open_rig
from bridge.core.clock import Clock, ManualClock
from bridge.faces.talk import say
from tests.faces.person import SONG

_NAMESPACE = (
    ("unshare", "--mount") if os.name == "posix" and os.geteuid() == 0 else ("unshare", "--mount", "--map-root-user")
)


@pytest.fixture
def own_disk() -> Callable[..., tuple[str, ...]]:
    """Gives the words to put before a command, so that `path` is a disk of that size for it, with a copy on it."""
    if not shutil.which("unshare"):
        pytest.skip("there is no unshare here, so no test can have a disk of its own")
    mount = ("sh", "-c", "mount -t tmpfs none /tmp")
    tried = subprocess.run([*_NAMESPACE, *mount], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"no test may have a disk of its own here: {tried.stderr.strip()}")

    def words(path: Path, size: str, copy: Path | None = None, then: str = "true") -> tuple[str, ...]:
        path.mkdir(exist_ok=True)
        copied = f"cp -r '{copy}' '{path}'" if copy else "true"
        script = f"mount -t tmpfs -o size={size} none '{path}' && {copied} && {{ {then}; }} && exec \"$@\""
        return (*_NAMESPACE, "sh", "-c", script, "sh")

    return words


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """A song in a folder of its own."""
    path = tmp_path / "song.mid"
    path.write_bytes(SONG)
    return path


@pytest.fixture
def rigs(monkeypatch: pytest.MonkeyPatch) -> list[Rig]:
    """The rigs that were played on."""
    found: list[Rig] = []

    def kept(specs: tuple[str, ...], clock: Clock, behind: Behind = ()) -> Rig:
        found.append(open_rig(specs, clock, behind))
        return found[-1]

    monkeypatch.setattr(bridge.app.player, "open_rig", kept)
    return found


class ScriptedClock(ManualClock):
    """A clock that is never waited for: each wait is the moment for the next act, the last is Ctrl-C."""

    def __init__(self) -> None:
        super().__init__(1_000_000_000)
        self.acts: list[Callable[[], object]] = []

    def wait_until(self, at_ns: int) -> None:
        super().wait_until(at_ns)
        if self.acts:
            self.acts.pop(0)()
        else:
            signal.raise_signal(signal.SIGINT)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch, signals: None) -> ScriptedClock:
    """The clock of the commands for ports, whose `acts` happen while they wait."""
    clock = ScriptedClock()
    for module in ("ports", "monitor", "send", "rig"):
        monkeypatch.setattr(f"bridge.faces.{module}.SystemClock", lambda: clock)
    return clock


@pytest.fixture
def signals() -> Iterator[None]:
    """Signals mean afterwards what they meant before, also when one came."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def on_line(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Callable[[], None]]]:
    """What is to happen when a line is said that begins so."""
    acts: dict[str, Callable[[], None]] = {}

    def heard(text: str) -> None:
        say(text)
        for start, act in acts.items():
            if text.startswith(start):
                act()

    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it is ignored, and stays so
    monkeypatch.setattr("bridge.faces.play.say", heard)
    yield acts
    for number, handler in kept.items():
        signal.signal(number, handler)
