"""`midi-bridge send` and `panic`: messages to a port by hand, and silence by hand."""

from contextlib import ExitStack, closing
from math import isnan
from typing import Final

import click

from bridge.app.hand import Hand
from bridge.app.listen import Attention
from bridge.app.silence import KEYS, PEDALS, Silenced, by_hosts, open_named, open_real, silence
from bridge.errors import BadOption, DriverError
from bridge.faces.spoken import messages_of
from bridge.faces.stopping import on_signals
from bridge.faces.talk import answer, complain, printable, say
from bridge.faces.words import count_of
from bridge.ports.clock import SystemClock
from bridge.ports.listing import listing
from bridge.ports.open import open_output

_LONGEST_S: Final = 3_600.0
_DONE: Final = (
    f"pedals {', '.join(map(str, PEDALS))} up, all notes off, all sound off, bend centred,"
    f" and {16 * len(KEYS):,} note-offs"
)


@click.command()
@click.argument("name", metavar="[DRIVER:]NAME")
@click.argument("messages", nargs=-1, required=True, metavar="MESSAGE...")
@click.option(
    "--for",
    "seconds",
    type=click.FloatRange(0, _LONGEST_S),
    default=0.5,
    show_default=True,
    metavar="SECONDS",
    help="How long notes and pedals that are not let go stay down.",
)
@click.option("--hold", is_flag=True, help="Leave them down.")
def send(name: str, messages: tuple[str, ...], seconds: float, hold: bool) -> int:
    """Send messages to a port.

    A MESSAGE is one in mido's words with its channel from 1 to 16, as "note_on channel=1 note=60 velocity=90", or
    bytes in hex, as "90 3C 5A". All are looked at before the first is sent. A note that is still on at the end, and
    a pedal that is still down, is let go after --for, or at Ctrl-C, unless --hold is given.
    """
    wanted = [message for text in messages for message in messages_of(text)]
    if isnan(seconds):
        raise BadOption("--for 'nan' is no time; give seconds, as 0.5")
    clock = SystemClock()
    attention = Attention(clock)
    with closing(open_output(name, clock)) as port, on_signals(attention.stop):
        hand = Hand(port, clock)
        try:
            hand.send(wanted)
            if hand.is_down and not hold:
                hand.wait(round(seconds * 1e9), lambda: attention.is_over)
        finally:
            if not hold:
                hand.let_go()
        say(f"{count_of(len(wanted), 'message')} to '{port.name}'")
    return 0


@click.command()
@click.argument("names", nargs=-1, metavar="[[DRIVER:]NAME...]")
def panic(names: tuple[str, ...]) -> int:
    """Silence instruments that hang: those named, or all real outputs and all of your rig.

    A serial port that is not in the rig must be named: a printer may be behind it.

    Sessions that are being played let go of everything on their own outputs, whatever is named.
    What most obey comes first: pedals up, all notes off, all sound off, bend to the centre. Many ignore some of
    these, so a note-off for each of 128 keys on each of 16 channels follows: two seconds, at the speed of 5-pin DIN.
    """
    clock = SystemClock()
    played = by_hosts()
    for name in played.names:
        answer(printable(f"silenced '{name}', which is being played"))
    with ExitStack() as undo:
        found = None if names else listing()
        ports, faults = (
            open_real(found, clock, undo, played.names) if found else open_named(names, clock, undo, played.names)
        )
        done = silence(ports, clock) if ports else Silenced()
    faults += played.faults
    if found and not (ports or faults or played.names):
        for driver, text in found.silent.items():
            say(f"{driver}: {text}")
        raise DriverError("there is no real output to silence; midi-bridge ports lists what there is")
    for name in done.names:
        answer(printable(f"silenced '{name}': {_DONE}"))
    return max((complain(fault) for fault in (*faults, *done.faults)), default=0)
