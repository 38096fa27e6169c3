"""What must be sent so that an instrument stands where the song has it: at a start, a locate, a turn, a patch.

A playhead asks. What belongs together is caught up with together: bank with program, and each RPN or NRPN
with its data. What the song sets only later stands at its default until then, where it has one that would be heard.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Final, NamedTuple

from bridge.core.ledger import Ledger
from bridge.core.message import CONTROL, SYSEX, is_pedal_down
from bridge.core.parameters import Parameters
from bridge.core.schedule import BANKS, PARAMETERS, PROGRAMS, Item, Lane, Schedule, default_of
from bridge.core.tempo import TempoMap

_RANKS: Final = {PROGRAMS: 0, PARAMETERS: 1}
_LAST: Final = 2
_UNHEARD_NS: Final = 20_000_000  # for so long behind a note's start nobody hears what a controller stood at


class Wanted(NamedTuple):
    """The song just before a tick; `again` sends what it has set even where the ledger has it so."""

    schedule: Schedule
    tick: int
    again: bool = False


def lacking(
    wanted: Wanted, ledger: Ledger, lanes: Iterable[Lane], is_exposed: Callable[[Lane], bool]
) -> Iterator[bytes]:
    """The messages that bring these lanes to where they are wanted: bank, program, parameters, then the rest.

    `is_exposed` says of a lane that the song has not set yet that it must stand at its default.
    """
    finders = {PROGRAMS: _sound, PARAMETERS: _parameters}
    grouped = {lane._replace(kind=PROGRAMS) if lane.kind in BANKS else lane for lane in lanes}
    for lane in sorted(grouped, key=_place):
        yield from finders.get(lane.kind, partial(_value, is_exposed=is_exposed))(wanted, ledger, lane)


def at_start(schedule: Schedule, head: int, tick: int) -> Iterator[Item]:
    """What the song sets at `tick`, from place `head` on, before its channel's first note, in the order of the song.

    It is sent while play is being prepared, so that no note waits for it, and not again at its tick.
    """
    playing: set[int] = set()
    for item in islice(schedule.items, head, schedule.head(tick + 1)):
        channel = item.message[0] & 15
        if item.is_note:
            playing.add(channel)
        elif item.message[0] < SYSEX and channel not in playing:
            yield item


def is_exposed(ledger: Ledger, schedule: Schedule, head: int, tempo: TempoMap, lane: Lane) -> bool:
    """True where a note, from place `head` on, is heard before the song first sets a lane, or it is a pedal down."""
    first = schedule.first(lane)
    known = ledger.lanes.get(lane)
    if first is None or (known and is_pedal_down(known)):
        return True
    heard = tempo.tick_at(max(0, tempo.ns_at(first.tick) - _UNHEARD_NS))
    return schedule.plays(head, heard, lane.channel)


def _place(lane: Lane) -> tuple[int, int, int]:
    return lane.channel, _RANKS.get(lane.kind, _LAST), lane.kind


def _value(wanted: Wanted, ledger: Ledger, lane: Lane, is_exposed: Callable[[Lane], bool]) -> Iterator[bytes]:
    known = ledger.lanes.get(lane)
    message = wanted.schedule.standing(lane, wanted.tick)
    if message:
        if wanted.again or known != message:
            yield message
        return
    default = default_of(lane)
    if default and known != default and is_exposed(lane):
        yield default


def _sound(wanted: Wanted, ledger: Ledger, lane: Lane) -> Iterator[bytes]:
    """The program behind the banks that it took, then banks that wait for the next; a bank is 0 before the song's."""
    taken, program, behind = wanted.schedule.sound_at(lane.port, lane.channel, wanted.tick)
    known = {kind: message for kind in BANKS if (message := ledger.lanes.get(lane._replace(kind=kind)))}
    if program:
        taken = {kind: bytes((CONTROL | lane.channel, kind & 0x7F, 0)) for kind in known} | taken
    if program and (wanted.again or ledger.sounds.get(lane.channel) != (*map(taken.get, BANKS), program)):
        yield from taken.values()
        yield program
        known = dict(taken)
    for kind, message in (taken | behind).items():
        if known.get(kind) != message:
            yield message


def _parameters(wanted: Wanted, ledger: Ledger, lane: Lane) -> Iterator[bytes]:
    known = ledger.parameters.get(lane.channel) or Parameters(lane.channel)
    song = wanted.schedule.parameters_at(lane.port, lane.channel, wanted.tick)
    yield from song.lacking(known, again=wanted.again)
