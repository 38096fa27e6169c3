"""`midi-bridge play FILE`: the song on the rig, corrected live from a controller; `attach` comes back to it.

It starts the session's host, which starts the engine, and is the first view of it. A second `play` of the same session
is one more view.
"""

import os
from pathlib import Path
from typing import Final
from uuid import uuid4

import click
from click.core import ParameterSource

from bridge.app import local
from bridge.app.engines import can_start
from bridge.app.host import News
from bridge.app.hosting import Order
from bridge.app.player import Wanted, introduction, set_stage
from bridge.app.sessions import path_beside
from bridge.core.clock import ManualClock
from bridge.errors import BadFile, NotMidi
from bridge.faces import files, view
from bridge.faces.output import PATH
from bridge.faces.stopping import on_signals
from bridge.faces.talk import say
from bridge.ports.clock import SystemClock
from bridge.profiles.control import TOOLS
from bridge.session import disk
from bridge.session.session import Source

_OF_A_VIEW: Final = {"file", "--session"}
"""What of a command line holds for a second view of a session too."""


@click.command()
@click.argument("file", type=PATH, metavar="FILE")
@click.option("--to", multiple=True, metavar="[DRIVER:]NAME", help="Where it sounds: a unique part of a port's name.")
@click.option("--from", "source", metavar="[DRIVER:]NAME", help="The controller that corrects it.")
@click.option("--rig", metavar="NAME|PATH", help="Which of your rigs, where not the one without a name.")
@click.option("--loop", metavar="A:B", help="Go round bars A to B until Ctrl-C; or seconds, as 0s:8s.")
@click.option("--fast", is_flag=True, help="In no time, on a clock of its own: for tries on twins.")
@click.option("--session", type=PATH, metavar="PATH", help="The session, if not beside the song.")
@click.option("--source-name", metavar="NAME", help="What the one who wrote the song is called, such as AI.")
@click.option("--track", type=int, metavar="N", help="The track to play of a format 2 file, from 1.")
@click.option("--part", type=int, default=1, show_default=True, metavar="N", help="The part to correct first, from 1.")
@click.option("--latency", multiple=True, metavar="[PORT=]MS", help="How long an instrument takes to sound.")
@click.option("--thru", multiple=True, metavar="RULE", help="What of the controller is heard where; see the thru page.")
@click.option("--selftest-load", hidden=True, default="")
@click.option("--tool", type=click.Choice(TOOLS), default=TOOLS[0], show_default=True, help="The first tool.")
def play(
    file: Path,
    to: tuple[str, ...],
    source: str | None,
    rig: str | None,
    loop: str | None,
    fast: bool,
    session: Path | None,
    source_name: str | None,
    track: int | None,
    part: int,
    tool: str,
    latency: tuple[str, ...],
    thru: tuple[str, ...],
    selftest_load: str,
) -> int:
    """Play a MIDI file on your instruments and correct it while it plays.

    Without --to it sounds on your rig, and without --from the rig's controller corrects it; midi-bridge rig init makes
    one. Without a rig, silent twins stand in.

    Everything you play is kept in the session beside the file (song.bridge for song.mid); the file itself is
    not touched. It plays once, or round a loop until Ctrl-C. What a slow wire has not carried by then is still
    sent; another Ctrl-C cuts it off.
    """
    song = _source(file)
    wanted = Wanted(to, source, loop, track, source_name, part, tool, fast, latency, thru, rig, selftest_load)
    path = session or path_beside(file)
    if fast or not can_start():
        return _in_one_process(song, path, wanted)
    line = local.connect(path)
    if line is not None:
        say(f"'{path}' is being played already; this is a second view of it")
        unused = _typed(click.get_current_context()) - _OF_A_VIEW
        if unused:
            what = f"{', '.join(sorted(unused))} {'is' if len(unused) == 1 else 'are'} not used"
            say(f"{what}: it goes on as it was begun; end it with Ctrl-C and play again, or see midi-bridge route")
        return view.attach(line, path)
    return view.follow(view.start(Order.of(song, path, wanted)), path)


def _typed(context: click.Context) -> set[str]:
    """The options that a person has typed."""
    return {
        option.opts[0]
        for option in context.command.params
        if option.name and context.get_parameter_source(option.name) is ParameterSource.COMMANDLINE
    }


@click.command()
@click.argument("session", type=PATH, metavar="SESSION")
def attach(session: Path) -> int:
    """Come back to a session that is being played: its file, or its song's; Ctrl-C ends the music."""
    for path in (session, *([path_beside(session)] if session.name else [])):
        line = local.connect(path)
        if line is not None:
            return view.attach(line, path)
    files.check_kind(session)
    raise BadFile(f"nobody plays '{session}'; midi-bridge play begins")


def _in_one_process(song: Source, path: Path, wanted: Wanted) -> int:
    """On a clock of its own, or where a system cannot do better."""
    clock = ManualClock(wall_ns=SystemClock().wall_ns()) if wanted.is_fast else SystemClock()
    stage, bars, opened, planned = set_stage(song, path, clock, uuid4().hex, wanted)
    with on_signals(stage.stop):
        for warning in opened.warnings:
            say(warning)
        for line in introduction(stage.host, planned):
            say(line)
        stage.play(bars, passes=1 if wanted.is_fast else 0, show=_show)
    made = sum(one.live for one in opened.session.corrections.values())
    view.say_kept(made, opened.journal.path)
    return 1 if stage.host.has_failed else 0


def _show(news: News) -> None:
    """Everything but that a correction goes on, which need not be said at each note."""
    if news.kind != "more":
        say(news.text)


def _source(file: Path) -> Source:
    """The file as a source; a session is none, although one would open."""
    data = files.read(file)
    if data.startswith(disk.DATABASE):
        raise NotMidi(f"'{file}' is no MIDI file: it looks like a session; name the song it was made from")
    name = os.fsencode(file.name).decode("utf-8", "backslashreplace")  # a file name may be no text at all
    return Source.of(name, data)
