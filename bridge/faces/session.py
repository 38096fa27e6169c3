"""`midi-bridge session copy`: what is done with a session's file as a whole."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from bridge.app.sessions import meant
from bridge.faces.output import PATH
from bridge.faces.talk import answer, printable, say
from bridge.faces.words import count_of
from bridge.session.copy import copy_session

_LARGE: Final = 64 * 1024 * 1024  # bytes; what is smaller is copied before anybody can wonder
_STEP: Final = 10  # per cent


def meant_by(_context: click.Context, _parameter: click.Parameter, path: Path) -> Path:
    """For the argument of a command that is about one session: who names the song means the session beside it."""
    return meant(path)


@click.group(invoke_without_command=True)
@click.pass_context
def session(context: click.Context) -> None:
    """Do something with a session's file as a whole."""
    if context.invoked_subcommand is None:
        answer(context.get_help())


@session.command()
@click.argument("source", type=PATH, metavar="SESSION", callback=meant_by)
@click.argument("target", type=PATH, metavar="TARGET")
@click.option("--force", is_flag=True, help="Replace TARGET if it exists.")
def copy(source: Path, target: Path, force: bool) -> int:
    """Copy a session, also while another program writes it.

    Copied by hand, a session that is being written is damaged. The copy is whole, or not there.
    """
    copied = copy_session(source, target, force=force, progress=_shown())
    live = sum(one.live for one in copied.corrections)
    answer(printable(f"{target}: {count_of(live, 'correction')}, {count_of(copied.arrivals, 'message')} played"))
    return 0


def is_watched() -> bool:
    """True where a person sees what is said."""
    return sys.stderr.isatty()


def _shown() -> Callable[[int, int], None]:
    """Progress of a large session for a terminal; nothing in a pipe."""
    if not is_watched():
        return lambda done, all: None
    told = 0

    def show(done: int, all: int) -> None:
        nonlocal told
        percent = done * 100 // max(1, all) // _STEP * _STEP
        if all >= _LARGE and percent > told:
            told = percent
            say(f"{percent} % copied")

    return show
