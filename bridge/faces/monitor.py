"""`midi-bridge monitor`: what comes in on a port, message by message."""

import json
from contextlib import closing

import click

from bridge.app.listen import Attention, Listener
from bridge.faces.output import json_option
from bridge.faces.spoken import channel_of, note_of, text_of
from bridge.faces.stopping import on_signals
from bridge.faces.talk import answer, say
from bridge.ports.clock import SystemClock
from bridge.ports.open import open_input


@click.command()
@click.argument("name", metavar="[DRIVER:]NAME")
@json_option
def monitor(name: str, as_json: bool) -> int:
    """Print every message that comes in on a port, until Ctrl-C.

    A line is the milliseconds since the start, the message in mido's words with its channel from 1 to 16, and the
    name of its key. A system's port leaves out clock and Active Sensing. A tape ends by itself. With --json, one
    object a line.
    """
    clock = SystemClock()
    attention = Attention(clock)
    start_ns = clock.now_ns()
    show = _show_data if as_json else _show_line
    with closing(open_input(name, clock)) as port, on_signals(attention.stop):
        say(f"listening to '{port.name}'; Ctrl-C ends it")
        listener = Listener(port, start_ns, show)
        attention.pay(listener)
    if listener.has_ended:
        say(f"nothing more can come from '{port.name}'")
    return 0


def _show_line(since_ns: int, message: bytes) -> None:
    note = note_of(message)
    answer(f"{since_ns / 1e6:>12.3f}  {text_of(message)}" + (f"  {note}" if note else ""))


def _show_data(since_ns: int, message: bytes) -> None:
    answer(
        json.dumps(
            {
                "at_ms": since_ns / 1e6,
                "bytes": message.hex(" ").upper(),
                "text": text_of(message),
                "channel": channel_of(message),
                "note": note_of(message),
            }
        )
    )
