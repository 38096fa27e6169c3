"""`midi-bridge play FILE`: the song on the rig, corrected live from a controller, in a plain terminal view.

What happens is said line by line on stderr; the music goes on whatever the terminal does.
"""

import signal
from pathlib import Path
from types import FrameType
from uuid import uuid4

import click

from bridge.app.clock import SystemClock
from bridge.app.host import News
from bridge.app.player import Wanted, set_stage
from bridge.app.sessions import path_beside
from bridge.app.stage import Stage
from bridge.core.clock import ManualClock
from bridge.faces import files
from bridge.faces.output import say
from bridge.profiles.model import TOOLS
from bridge.session.session import Source


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--to", multiple=True, metavar="[DRIVER:]NAME", help="Where it sounds: a unique part of a port's name.")
@click.option("--from", "source", metavar="[DRIVER:]NAME", help="The controller that corrects it.")
@click.option("--loop", metavar="A:B", help="Go round bars A to B until Ctrl-C; or seconds, as 0s:8s.")
@click.option("--fast", is_flag=True, help="In no time, on a clock of its own: for tries on twins.")
@click.option("--session", type=click.Path(path_type=Path), metavar="PATH", help="The session, if not beside the song.")
@click.option("--source-name", metavar="NAME", help="What the one who wrote the song is called, such as AI.")
@click.option("--track", type=int, metavar="N", help="The track to play of a format 2 file, from 1.")
@click.option("--part", type=int, default=1, metavar="N", help="The part to correct first, from 1.")
@click.option("--tool", type=click.Choice(TOOLS), default=TOOLS[0], help="The tool in the hand first.")
def play(
    file: Path,
    to: tuple[str, ...],
    source: str | None,
    loop: str | None,
    fast: bool,
    session: Path | None,
    source_name: str | None,
    track: int | None,
    part: int,
    tool: str,
) -> int:
    """Play a MIDI file on your instruments and correct it while it plays.

    Everything you play is kept in the session beside the file (song.bridge for song.mid); the file itself is
    not touched. It plays once, or round a loop until Ctrl-C.
    """
    song = Source.of(file.name, files.read(file))
    wanted = Wanted(to, source, loop, track, source_name, part, tool, fast)
    clock = ManualClock() if fast else SystemClock()
    stage, bars, opened = set_stage(song, session or path_beside(file), clock, uuid4().hex, wanted)
    for warning in opened.warnings:
        say(warning)
    if not to:
        say("playing on silent twins; name a port with --to to hear it")
    _stop_on_signals(stage)
    stage.play(bars, passes=1 if fast else 0, show=_show)
    made = sum(one.live for one in opened.session.corrections.values())
    say(f"{made} corrections in '{opened.journal.path}'" if made else f"session kept in '{opened.journal.path}'")
    return 1 if stage.host.has_failed else 0


def _stop_on_signals(stage: Stage) -> None:
    """Ctrl-C and a kill end the music before they end the program."""

    def stop(number: int, frame: FrameType | None) -> None:
        stage.stop()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)


def _show(news: News) -> None:
    say(news.text)
