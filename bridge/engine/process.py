"""What makes the engine a process of its own: `python -m bridge.engine.process SETUP`, started by the host alone.

It opens the ports, tells the host so in its first frame, and steps the engine until the host asks it to quit or is
gone. Whatever ends it, every instrument is silent first; what came in and is not acknowledged by then goes to the
rescue file. It shares its interpreter with nothing, and runs in real time where the system allows it.
"""

import json
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from bridge.core.clock import ATTENTIVE_NS, POLL_NS, Clock
from bridge.engine import unsaved
from bridge.engine.channel import Channel
from bridge.engine.engine import Engine
from bridge.engine.link import Opened
from bridge.engine.loop import run
from bridge.engine.page import Page
from bridge.engine.priority import be_on_time, is_first
from bridge.errors import BadOption, BridgeError
from bridge.ports.base import InputPort, OutputPort, Simulated, Waking
from bridge.ports.clock import SystemClock, WakingClock
from bridge.ports.loopback import Loopback
from bridge.ports.open import open_input, open_output

_SPIN_NS: Final = 1_000_000  # a sleep of 50 ms ends up to 0.9 ms late here, with SCHED_FIFO


@dataclass(frozen=True, slots=True)
class Setup:
    """What an engine is started with: descriptors of the link and of its life line, names of ports as typed.

    The life line is the end of a pipe that nobody writes to: who has the other end sees when the engine is gone.
    """

    link: int
    life: int
    page: str
    session: str
    run: str
    outputs: tuple[str, ...]
    source: str | None = None
    latencies_ns: tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Setup":
        """The setup that `str` made this text of."""
        return cls(**json.loads(text))

    def __str__(self) -> str:
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class Ports:
    """What the engine opened: the names of its ports, and the profiles of the twins behind each output.

    Where it could not, `refusal` says why, for the exit code `code`. `note` is what a person should know.
    """

    outputs: tuple[tuple[str, tuple[str, ...]], ...] = ()
    refusal: str = ""
    code: int = 0
    note: str = ""

    @classmethod
    def parse(cls, text: str) -> "Ports":
        """The ports that `str` made this text of."""
        found = json.loads(text)
        found["outputs"] = tuple((name, tuple(profiles)) for name, profiles in found["outputs"])
        return cls(**found)

    def __str__(self) -> str:
        return json.dumps(asdict(self))


def open_ports(
    outputs: Sequence[str], source: str | None, clock: Clock, undo: ExitStack
) -> tuple[list[OutputPort], list[InputPort]]:
    """The ports of those names; `undo` closes them. Raises UnknownPort, DriverError, BadOption."""
    opened: list[OutputPort] = []
    for spec in outputs:
        opened.append(open_output(spec, clock))
        undo.callback(opened[-1].close)
    if source is None:
        return opened, []
    hand = open_input(source, clock)
    undo.callback(hand.close)
    refuse_own_song(opened, hand, source)
    return opened, [hand]


def refuse_own_song(outputs: Sequence[OutputPort], hand: InputPort, source: str) -> None:
    """Raise BadOption where the song would be taken for the hand: they are ends of one cable."""
    if isinstance(hand, Loopback) and any(map(hand.is_joined_to, outputs)):
        raise BadOption(f"'{source}' hears the song itself; give --from another port than --to")


def main() -> None:
    """The whole life of an engine."""
    setup = Setup.parse(sys.argv[1])
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    channel = Channel(socket.socket(fileno=setup.link))
    signal.signal(signal.SIGTERM, lambda *_: setattr(channel, "is_closed", True))
    clock = WakingClock()
    patient = SystemClock()  # what waits for a port to close wakes for nothing, and looks at no port that is closed
    page = Page(Path(setup.page), is_new=True, ports=len(setup.outputs))
    with ExitStack() as undo:
        # Not where anything failed on the way out: then the watchdog lets go of what may be down.
        undo.push(lambda kind, *_: page.end() if kind is None else None)
        try:
            outputs, inputs = open_ports(setup.outputs, setup.source, patient, undo)
        except BridgeError as fault:
            channel.send(Opened(str(Ports(refusal=str(fault), code=fault.exit_code))), clock.now_ns())
            return
        # Before the engine hears an input: what a hand plays is for a host that knows its ports.
        channel.send(Opened(str(_opened(outputs, be_on_time()))), clock.now_ns())
        engine = Engine(outputs, inputs, channel, channel, patient, setup.latencies_ns, page)
        undo.callback(unsaved.write, Path(setup.session), setup.run, engine.unacknowledged)
        undo.callback(lambda: engine.close(clock.now_ns()))
        play(engine, channel, clock)


def _opened(outputs: Sequence[OutputPort], note: str) -> Ports:
    names = tuple((port.name, tuple(twin.name for twin in getattr(port, "twins", ()))) for port in outputs)
    return Ports(names, note=note)


def play(engine: Engine, channel: Channel, clock: WakingClock) -> None:
    """Step until the link is closed."""
    wake_in, wake_out = socket.socketpair()
    for end in (wake_in, wake_out):
        end.setblocking(False)
    engine.wake = lambda: _wake(wake_out)
    clock.writers = [channel]
    if is_first() and any(not port.capabilities.horizon_ns for port in engine.outputs):
        clock.spin_ns = _SPIN_NS
    if any(not isinstance(port, Waking | Simulated) for port in engine.inputs.values()):
        clock.patience_ns = POLL_NS
    wakes = [port for port in engine.inputs.values() if isinstance(port, Simulated)]
    ports: tuple[OutputPort | InputPort, ...] = ()

    def is_over() -> bool:
        nonlocal ports
        with suppress(BlockingIOError):
            wake_in.recv(64)
        if ports != engine.ports:  # a closed one would be waited for in vain
            ports = engine.ports
            clock.readers = [channel, wake_in, *(port for port in ports if isinstance(port, Waking))]
        return channel.is_closed

    with wake_in, wake_out:
        run(clock, (engine,), wakes, is_over, ATTENTIVE_NS)


def _wake(end: socket.socket) -> None:
    with suppress(OSError):  # it is awake then, or over
        end.send(b"!")


if __name__ == "__main__":
    main()
