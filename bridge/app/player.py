"""`play`: a song on the rig with a hand on the controller; what `demo` does with a script, a person does here."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.app.rig import SILENT_TWINS, open_rig
from bridge.app.sessions import Opened, open_for_song
from bridge.app.stage import Stage
from bridge.core.arrival import Loop
from bridge.core.clock import Clock
from bridge.core.song import Part, Song
from bridge.errors import BadOption, BridgeError
from bridge.ports.open import open_input
from bridge.ports.twin import TwinController
from bridge.profiles.load import load
from bridge.session.session import Source
from bridge.surface.surface import Surface

CONTROLLER_PROFILE: Final = "midi-bridge/twin-controller"
_SECONDS: Final = "s"


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


def set_stage(
    source: Source, path: Path, clock: Clock, run_id: str, wanted: Wanted
) -> tuple[Stage, Loop | None, Opened]:
    """Open ports and session and put them on a stage; nothing sounds yet.

    Raises NotMidi, BadOption, UnknownPort, DriverError, BadSession, SessionLocked, DiskError.
    """
    rig = open_rig(wanted.to or SILENT_TWINS, clock)
    inputs = [open_input(wanted.source, clock)] if wanted.source else []
    opened = open_for_song(source, path, clock, run_id, wanted.track, wanted.label)
    try:
        song = opened.session.song
        loop = loop_of(song, wanted.loop) if wanted.loop else None
        profile = load(CONTROLLER_PROFILE) if any(isinstance(port, TwinController) for port in inputs) else None
        surface = Surface(song, profile, part_of(song, wanted.part), wanted.tool)
        stage = Stage(clock, opened.session, opened.journal, rig, surface, inputs, waits_for_disk=wanted.is_fast)
    except BridgeError:
        opened.journal.close()
        raise
    return stage, loop, opened


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
    if not 0 <= start < end or start >= song.end:
        raise BadOption(f"'{text}' is no loop within the song; {_extent(song)}")
    return Loop(start, end)


def _extent(song: Song) -> str:
    if song.bars:
        return f"it has bars 1 to {song.bars.bar_at(max(0, song.end - 1))}"
    return f"it is {song.tempo.ns_at(song.end) / 1e9:.1f}s long"
