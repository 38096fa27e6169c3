"""The engine's own loop, between real sockets: what wakes it, and what must not end it."""

import socket
import threading
from contextlib import closing, nullcontext
from pathlib import Path

import pytest

from bridge.core.message import note_off, note_on
from bridge.engine import process
from bridge.engine.channel import Channel
from bridge.engine.engine import Engine
from bridge.engine.link import Answer, Ask, Fault, Frame, Request
from bridge.engine.page import Page
from bridge.engine.process import Setup, play
from bridge.errors import DriverError
from bridge.ports.base import Capabilities
from bridge.ports.clock import WakingClock
from tests.kit import Recorder


class Frail:
    """An input that wakes the loop, and fails when it is asked."""

    name = "frail"
    is_connected = True
    capabilities = Capabilities()

    def __init__(self) -> None:
        self.end, self.far = socket.socketpair()

    def fileno(self) -> int:
        return self.end.fileno()

    def receive(self) -> list[tuple[int, bytes]]:
        raise DriverError("port 'frail' failed")

    def close(self) -> None:
        self.is_connected = False
        self.end.close()
        self.far.close()


def answers(host: Channel, clock: WakingClock) -> list[Frame]:
    """What the engine says until it has answered a request."""
    found: list[Frame] = []
    clock.readers = [host]
    while not host.is_closed and not any(isinstance(one, Answer) for one in found):
        clock.wait_until(clock.now_ns() + 1_000_000_000)
        found += host.receive(clock.now_ns())
    return found


def test_an_input_that_fails_and_a_quit_do_not_end_the_loop_before_the_host_hangs_up() -> None:
    ours, theirs = socket.socketpair()
    clock = WakingClock()
    channel = Channel(theirs)
    engine = Engine([Recorder()], [Frail()], channel, channel, clock)
    thread = threading.Thread(target=play, args=(engine, channel, clock))
    with closing(channel), closing(Channel(ours)) as host:
        thread.start()
        for number, ask in enumerate((Ask.PANIC, Ask.QUIT, Ask.PANIC), 1):
            host.send(Request(number, ask), clock.now_ns())
            said = answers(host, WakingClock())
            assert Answer(number, 0) in said
            assert number > 1 or Fault("frail", "port 'frail' failed") in said
        host.close()
        thread.join(10)
    assert not thread.is_alive()


class Unruly(Recorder):
    """An output whose driver fails as nobody expects at what lets go."""

    def send(self, message: bytes, due_ns: int) -> None:
        if self.down:
            raise RuntimeError("no driver raises this")
        super().send(message, due_ns)


def press_and_hang_up(engine: Engine, channel: Channel, clock: WakingClock) -> None:
    """A key is down when the host goes."""
    engine.playheads[0].hand(note_on(0, 60, 90), clock.now_ns())
    channel.close()


@pytest.mark.parametrize(("output", "has_ended"), [(Recorder(), True), (Unruly(), False)])
def test_an_engine_that_fails_while_it_lets_go_leaves_that_to_its_watchdog(
    output: Recorder, has_ended: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = socket.socketpair()
    setup = Setup(theirs.detach(), 0, str(tmp_path / "page"), str(tmp_path / "rescue"), "", ("a",))
    monkeypatch.setattr("sys.argv", ["", str(setup)])
    monkeypatch.setattr(process, "open_ports", lambda *_: ([output], []))
    monkeypatch.setattr(process, "be_on_time", str)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(process, "play", press_and_hang_up)
    with closing(ours), nullcontext() if has_ended else pytest.raises(RuntimeError):
        process.main()
    page = Page(tmp_path / "page")
    assert (page.has_ended, note_off(0, 60) in page.letting_go(0)) == (has_ended, True)
