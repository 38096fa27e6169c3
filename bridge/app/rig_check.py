"""Looks whether all of a rig is there, and plays a soft note on each instrument.

Called by `rig check`. Of the profiles it needs the index alone. A note that was begun is ended whatever happens, and an
instrument that is missing, or of which nobody knows which one is meant, is never played.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final, Literal

from bridge.app.hand import Hand
from bridge.app.listen import Attention
from bridge.app.rig import input_there, output_there, reason
from bridge.core.message import note_on
from bridge.errors import DriverError, SeveralPorts, UnknownPort
from bridge.ports.open import open_output
from bridge.profiles.index import Index
from bridge.profiles.known import TRIAL
from bridge.profiles.rig import Entry, InstrumentEntry, RigFile

State = Literal["found", "missing", "several", "failed"]
NOTE_NS: Final = 300_000_000
SOFT: Final = 40
"""The velocity of the note."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of one entry."""

    kind: Literal["instrument", "controller"]
    name: str
    profile: str | None
    port: str
    state: State
    why: str = ""
    """What is wrong, where it is not found or does not open."""
    played: tuple[int, int] | None = None
    """The channel (1-16) and key of the note that was played."""


def check(rig: RigFile, index: Index, attention: Attention) -> Iterator[Checked]:
    """Each entry in its turn, as soon as its note has ended; ends early where `attention` does."""
    for one in rig.instruments:
        if attention.is_over:
            return
        seen = _seen("instrument", one)
        yield _played(seen, _trial(one, index), attention) if seen.state == "found" else seen
    yield from (_seen("controller", one) for one in rig.controllers)


def _seen(kind: Literal["instrument", "controller"], one: Entry) -> Checked:
    state: State = "found"
    why = ""
    try:
        (output_there if kind == "instrument" else input_there)(one.port)
    except SeveralPorts as fault:
        state, why = "several", reason(fault)
    except UnknownPort as fault:
        state, why = "missing", reason(fault)
    return Checked(kind, one.name, one.profile, one.port, state, why)


def _trial(one: InstrumentEntry, index: Index) -> tuple[int, int]:
    """A channel that it is set to, and a key that it has."""
    entry = index.entry(one.profile) if one.profile else None
    channel, key = entry.trial if entry else TRIAL
    return (one.channels[0] if one.channels else channel), key


def _played(one: Checked, trial: tuple[int, int], attention: Attention) -> Checked:
    channel, key = trial
    try:
        with closing(open_output(one.port, attention.clock)) as port:
            hand = Hand(port, attention.clock)
            try:
                hand.send([note_on(channel - 1, key, SOFT)])
                hand.wait(NOTE_NS, lambda: attention.is_over)
            finally:
                hand.let_go()
    except (DriverError, UnknownPort) as fault:
        return replace(one, state="failed", why=str(fault))
    return replace(one, played=trial)
