"""What a command says: the answer on stdout, the talk on stderr.

Used by every command. A full or closed stdout is the world's fault and said in one line; a closed pipe is quiet.
"""

import errno
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from bridge.errors import BridgeError, DiskError
from bridge.faces.words import printable

PROGRAM: Final = "midi-bridge"
PATH: Final = click.Path(path_type=Path, readable=False)
"""The type of every path that is typed: what is wrong with it is said by whatever opens it, for each of several."""
_Command = TypeVar("_Command", bound=Callable[..., Any])


def json_option(command: _Command) -> _Command:
    """The `--json` of every listing; the command gets it as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Answer as JSON, for programs.")(command)


def answer(text: str) -> None:
    """One or more lines of the answer. Raises DiskError where stdout takes no more."""
    try:
        click.echo(text)
    except OSError as failed:
        if failed.errno == errno.EPIPE:
            raise
        raise DiskError(f"the answer could not be written: {(failed.strerror or str(failed)).lower()}") from failed


def answer_json(data: object) -> None:
    """The answer as JSON; equal data give equal text."""
    answer(json.dumps(data, indent=2))


def say(text: str) -> None:
    """One line of talk; the work goes on where nobody can hear it."""
    with suppress(OSError):
        click.echo(f"{PROGRAM}: {printable(text)}", err=True)


def complain(fault: BridgeError) -> int:
    """Say what went wrong, in one line; returns the exit code that belongs to it."""
    say(str(fault))
    return fault.exit_code
