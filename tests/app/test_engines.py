"""How an engine and its watchdog are seen off, and what a host does not wait for."""

import socket
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from bridge.app import engines
from bridge.core.clock import ManualClock
from bridge.engine.channel import Channel
from bridge.engine.link import Opened
from bridge.engine.process import Ports
from bridge.errors import DriverError
from bridge.ports.base import LONGEST_CLOSE_NS

WIRES = 16


class Slow:
    """A process that takes as long to end as wires need that take nothing, one behind the other."""

    def __init__(self) -> None:
        self.is_killed = False

    def wait(self, timeout_s: float = 0.0) -> None:
        if not self.is_killed and timeout_s < WIRES * LONGEST_CLOSE_NS / 1e9:
            raise subprocess.TimeoutExpired("engine", timeout_s)

    def kill(self) -> None:
        self.is_killed = True


def test_an_engine_with_sixteen_wires_that_take_nothing_is_not_killed_while_it_closes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Slow] = []

    def run(*_: object) -> Slow:
        started.append(Slow())
        return started[-1]

    monkeypatch.setattr(engines, "_run", run)
    engines.start(tmp_path / "page", tmp_path / "rescue", "", ["din:/dev/none"] * WIRES, None, ()).end()
    assert [one.is_killed for one in started] == [False, False]


def test_a_watchdog_that_never_watches_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = socket.socketpair()
    with (
        closing(Channel(ours)) as host,
        closing(Channel(theirs)) as engine,
        subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as silent,
    ):
        engine.send(Opened(str(Ports())), 0)
        started = engines.EngineProcess(host, silent, silent, tmp_path / "page", 0)
        monkeypatch.setattr(engines, "_OPENING_NS", 1)
        with pytest.raises(DriverError, match=r"^the engine's watchdog did not start; midi-bridge doctor looks"):
            started.ports(ManualClock())
