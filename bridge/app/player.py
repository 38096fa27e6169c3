"""`play`: a song on the rig with a hand on the controller; what `demo` does with a script, a person does here."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bridge.app.host import Host
from bridge.app.rig import Plan, open_rig, plan
from bridge.app.sessions import Opened, open_for_song
from bridge.app.stage import Stage
from bridge.app.thru_rules import thru_rule
from bridge.arrange.route_parts import shared
from bridge.core.arrival import Loop
from bridge.core.clock import Clock
from bridge.core.song import Part, Song
from bridge.engine.link import Route
from bridge.engine.process import refuse_own_song
from bridge.engine.transport import SHORTEST_LOOP_NS
from bridge.errors import BadOption
from bridge.ports.base import InputPort, OutputPort
from bridge.ports.open import find, found_output, open_input
from bridge.session.session import Source
from bridge.surface.surface import Surface

LONGEST_LATENCY_MS: Final = 500
_SECONDS: Final = "s"
_SECOND_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked of `play`; names of ports as typed, numbers from 1."""

    to: tuple[str, ...] = ()
    source: str | None = None
    loop: str | None = None
    track: int | None = None
    label: str | None = None
    part: int = 1
    tool: str = "fix"
    is_fast: bool = False
    latency: tuple[str, ...] = ()
    thru: tuple[str, ...] = ()
    rig: str | None = None
    selftest_load: str = ""

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> "Wanted":
        """What a mapping of the fields says, such as JSON has it."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
        }
        return cls(**values)

    def plan(self) -> Plan:
        """What is to be opened. Raises BadRig, DriverError."""
        return plan(self.to, self.source, self.rig, is_fast=self.is_fast)

    def latencies_ns(self, planned: Plan) -> tuple[int, ...]:
        """How long after a message each output's instrument is heard, from `[PORT=]MS`. Raises BadOption."""
        outputs = planned.outputs
        found = dict(zip(outputs, planned.latencies_ns))
        for text in self.latency:
            name, equals, number = text.rpartition("=")
            try:
                ms = float(number)
                if not 0 <= ms <= LONGEST_LATENCY_MS or (equals and not name):
                    raise ValueError
            except ValueError:
                way_out = f"give PORT=MS, from 0 to {LONGEST_LATENCY_MS} milliseconds"
                raise BadOption(f"'{text}' is no latency; {way_out}") from None
            for output in [find(outputs, name)] if equals else outputs:
                found[output] = round(ms * 1e6)
        return tuple(found[output] for output in outputs)

    def rules(self, planned: Plan) -> tuple[Route, ...]:
        """What of the controller is heard where, in place of what is usual. Raises BadOption, UnknownPort."""
        outputs = [found_output(spec).name for spec in planned.outputs] if self.thru else ()
        return tuple(route for text in self.thru for route in thru_rule(text, outputs))


@dataclass(frozen=True, slots=True)
class Ready:
    """All that `play` was asked for, found to be possible, with the session open and no port yet."""

    planned: Plan
    latencies_ns: tuple[int, ...]
    rules: tuple[Route, ...]
    opened: Opened
    loop: Loop | None
    surface: Surface


def get_ready(source: Source, path: Path, clock: Clock, run_id: str, wanted: Wanted) -> Ready:
    """Refuse what can be refused while no port is open, so that nothing is left behind: no session, no tape.

    Raises NotMidi, BadOption, BadRig, UnknownPort, DriverError, BadSession, SessionLocked, DiskError.
    """
    planned = wanted.plan()
    latencies_ns, rules = wanted.latencies_ns(planned), wanted.rules(planned)
    with ExitStack() as undo:
        opened = open_for_song(source, path, clock, run_id, wanted.track, wanted.label)
        undo.callback(opened.abandon)
        song = opened.session.song
        loop = loop_of(song, wanted.loop) if wanted.loop else None
        surface = Surface(song, planned.surface_profile, part_of(song, wanted.part), wanted.tool)
        undo.pop_all()
    return Ready(planned, latencies_ns, rules, opened, loop, surface)


def set_stage(
    source: Source, path: Path, clock: Clock, run_id: str, wanted: Wanted
) -> tuple[Stage, Loop | None, Opened, Plan]:
    """Open session and ports and put them on a stage; nothing sounds yet. Raises what `get_ready` does."""
    ready = get_ready(source, path, clock, run_id, wanted)
    planned = ready.planned
    with ExitStack() as undo:
        undo.callback(ready.opened.abandon)
        rig = open_rig(planned.outputs, clock, planned.behind)
        for port in rig.outputs:
            undo.callback(port.close)
        inputs = [open_input(planned.source, clock)] if planned.source else []
        for hand in inputs:
            undo.callback(hand.close)
        if planned.source:
            refuse_own_song(rig.outputs, inputs[0], planned.source)
        _check_speed([*rig.outputs, *inputs], wanted)
        stage = Stage(
            clock,
            ready.opened.session,
            ready.opened.journal,
            rig,
            ready.surface,
            inputs,
            rules=ready.rules,
            latencies_ns=ready.latencies_ns,
            absent=planned.absent,
            waits_for_disk=wanted.is_fast,
        )
        undo.pop_all()
    return stage, ready.loop, ready.opened, planned


def _check_speed(ports: Sequence[OutputPort | InputPort], wanted: Wanted) -> None:
    """Raise BadOption where hardware would have to play in no time."""
    if wanted.is_fast and not all(port.capabilities.virtual for port in ports):
        raise BadOption("--fast is for twins and loops; real instruments need real time")


def part_of(song: Song, number: int) -> Part | None:
    """The part with that number, from 1; None in a song without notes. Raises BadOption."""
    parts = list(song.parts())
    if not parts:
        return None
    if not 1 <= number <= len(parts):
        raise BadOption(f"there is no part {number}; the song has {len(parts)}")
    return parts[number - 1]


def loop_of(song: Song, text: str) -> Loop:
    """A loop from `A:B`: bars A to B, both played; or `2.5s:10s`, from one time to another. Raises BadOption."""
    first, colon, last = text.partition(":")
    try:
        if not colon:
            raise ValueError
        if first.endswith(_SECONDS) and last.endswith(_SECONDS):
            start, end = (song.tempo.tick_at(round(float(part[:-1]) * 1e9)) for part in (first, last))
        elif song.bars is None:
            raise BadOption("the song has no bars; give the loop in seconds, as 0s:8s")
        else:
            start, end = song.bars.tick_of(int(first)), song.bars.tick_of(int(last) + 1)
    except (ValueError, OverflowError):
        raise BadOption(f"'{text}' is no loop; give bars as 5:8, or seconds as 0s:8s") from None
    if not 0 <= start < end <= _behind(song) or song.tempo.ns_at(end) - song.tempo.ns_at(start) < SHORTEST_LOOP_NS:
        raise BadOption(f"'{text}' is no loop within the song; {_extent(song)}")
    return Loop(start, end)


def _behind(song: Song) -> int:
    """The tick behind all that can be looped: where the last bar and the last second have ended."""
    second = song.tempo.tick_at(_last_second(song) * _SECOND_NS)
    return max(second, song.bars.tick_of(_last_bar(song) + 1)) if song.bars else second


def _last_bar(song: Song) -> int:
    return song.bars.bar_at(max(0, _end(song) - 1)) if song.bars else 0


def _last_second(song: Song) -> int:
    return -(-song.tempo.ns_at(_end(song)) // _SECOND_NS)


def _end(song: Song) -> int:
    """The tick at which the song ends, which is a bar line where it ends behind that without a note.

    Programs end a track a tick, or some, behind its last event: that begins no bar. A quarter note is let pass.
    """
    if song.bars:
        line = song.bars.tick_of(song.bars.bar_at(max(0, song.end - 1)))
        if song.music_end <= line and song.end - line <= song.smf.division:
            return line
    return song.end


def _extent(song: Song) -> str:
    if not song.end:
        return "nothing is in it"
    if song.bars:
        return f"it has bars 1 to {_last_bar(song)}, and is {_last_second(song)}s long"
    return f"it is {_last_second(song)}s long"


def introduction(host: Host, planned: Plan) -> list[str]:
    """Whether anything will sound, which part goes where, and what the hand holds first: one line each."""
    lines = list(planned.said)
    lines += [f"{host.part_name(part)} to {host.place_name(where)}" for part, where in host.routing.items()]
    lines += [
        f"{' and '.join(map(host.part_name, parts))} share {host.place_name(where)}"
        for where, parts in shared(host.routing).items()
    ]
    if planned.source is not None and host.surface.part:
        lines.append(f"in the hand: {host.surface.tool}, for {host.part_name(host.surface.part)}")
    return lines
