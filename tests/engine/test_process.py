"""The engine's own loop, between real sockets: what wakes it, and what must not end it."""

import socket
import threading
from contextlib import closing

from bridge.engine.channel import Channel
from bridge.engine.engine import Engine
from bridge.engine.link import Answer, Ask, Fault, Frame, Request
from bridge.engine.process import play
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
    engine = Engine([Recorder()], [Frail()], channel, channel)
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
