"""Panic: every key of every channel let go, on ports whose ledger nobody has.

Called by the command `panic`, for instruments that another program, a crash or a pulled cable left sounding. The
program's own playing never needs it: its ledgers know what is down.

What most instruments obey comes first, so that they are silent within a tenth of a second: pedals up, All Notes Off,
All Sound Off, the bend's centre. But many ignore controllers 123 and 120, some all but a note-off, and nobody knows
which keys are down: so a note-off for each of 128 keys on each of 16 channels follows. All of it is sent no faster
than a 5-pin DIN wire takes it, which is two seconds: an interface that is given 6 KiB at once drops what its buffer
of 4 KiB does not hold, and the note-off that is needed may be there.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from bridge.app import local
from bridge.app.rig import rig_outputs
from bridge.core.clock import Clock
from bridge.core.message import ALL_NOTES_OFF, ALL_SOUND_OFF, bend_centre, control, note_off
from bridge.core.wire import DIN_NS_PER_BYTE
from bridge.engine.sender import Sender
from bridge.errors import BridgeError, DriverError
from bridge.ports.base import LONGEST_CLOSE_NS, OutputPort
from bridge.ports.drain import drain
from bridge.ports.listing import Listing
from bridge.ports.open import Found, found_output

PEDALS: Final = (64, 66, 67, 69)
"""Hold, sostenuto, soft, hold 2; portamento and legato keep nothing sounding."""
KEYS: Final = range(128)
_PATIENCE_S: Final = 1.0  # a host that stands still must not keep a port sounding
_UNANSWERED: Final = (
    "the host of a session that is being played does not answer; only what is said to be silenced is:"
    " if more sounds, do panic again in some seconds"
)
_CHANNELS: Final = range(16)


@dataclass(slots=True)
class Silenced:
    """What became of a panic: the names of the ports that got all of it, and what went wrong at others."""

    names: list[str] = field(default_factory=list)
    faults: list[BridgeError] = field(default_factory=list)


def panic_messages() -> Iterator[bytes]:
    """All of it, in order: first what most instruments obey, then every single key."""
    for channel in _CHANNELS:
        yield from (control(channel, pedal, 0) for pedal in PEDALS)
        yield control(channel, ALL_NOTES_OFF, 0)
        yield control(channel, ALL_SOUND_OFF, 0)
        yield bend_centre(channel)
    for channel in _CHANNELS:
        yield from (note_off(channel, pitch) for pitch in KEYS)


def silence(ports: Sequence[OutputPort], clock: Clock) -> Silenced:
    """Send a panic to all ports side by side, paced; a port that fails, or takes nothing, holds up no other."""
    senders = [Sender(number, port) for number, port in enumerate(ports)]
    at_ns = clock.now_ns()
    for message in panic_messages():
        clock.wait_until(at_ns)
        for one in senders:
            one.send([message], at_ns)
            one.step(clock.now_ns())
        at_ns += len(message) * DIN_NS_PER_BYTE
    drain(senders, clock, clock.now_ns() + LONGEST_CLOSE_NS)
    faults = [one.fault or _stuck(one) for one in senders]
    names = [port.name for port, fault in zip(ports, faults, strict=True) if not fault]
    return Silenced(names, [fault for fault in faults if fault])


def by_hosts() -> Silenced:
    """Have every session that is being played let go of everything, on its own outputs."""
    done = Silenced()
    try:
        hosts = local.running()
    except DriverError as fault:  # whoever is found there may be a stranger
        done.faults.append(DriverError(f"sessions that are being played were not asked: {fault}"))
        hosts = []
    for path in hosts:
        try:
            line = local.dial(path, _PATIENCE_S)
            answered = local.ask_on(line, "panic") if line else None
        except DriverError:  # one that saves may need longer, and must not be killed for it
            done.faults.append(DriverError(_UNANSWERED))
        except BridgeError as fault:
            done.faults.append(fault)
        else:
            done.names += answered["answer"] if answered else ()
    return done


def open_named(
    specs: Sequence[str], clock: Clock, undo: ExitStack, played: Collection[str] = ()
) -> tuple[list[OutputPort], list[BridgeError]]:
    """The outputs that were named, each once, and why others did not open; `undo` closes them.

    It is no fault that one of the `played` names does not open: its session has it, and has silenced it.
    """
    ports: dict[tuple[str, str], OutputPort] = {}
    faults: list[BridgeError] = []
    for spec in dict.fromkeys(specs):
        is_played = False
        try:
            found = found_output(spec)
            is_played = found.place in (Found(found.driver, name, "").place for name in played)
            if found.place not in ports:
                ports[found.place] = port = found.open(clock)
                undo.callback(port.close)
        except BridgeError as fault:
            faults += [] if is_played else [fault]
    return list(ports.values()), faults


def open_real(
    found: Listing, clock: Clock, undo: ExitStack, played: Collection[str] = ()
) -> tuple[list[OutputPort], list[BridgeError]]:
    """Every listed output that has MIDI hardware behind it, and those of the rig that are there, such as serial ones.

    And why others did not open, but for those that are played; `undo` closes them.
    """
    listed = {(port.driver, port.name): port.spec for port in found.ports if port.is_output and port.is_real}
    try:
        own, faults = rig_outputs(), []
    except BridgeError as fault:  # a mistake in its file must not keep anything from being silenced
        own, faults = {}, [fault]
    ports, more = open_named([*(listed | own).values()], clock, undo, played)
    return ports, [*faults, *more]


def _stuck(sender: Sender) -> DriverError | None:
    """What is wrong with a port that has not taken everything by now."""
    if sender.next_ns is None:
        return None
    return DriverError(f"port '{sender.output.name}' takes nothing; see that its device is on, or plug it in anew")
