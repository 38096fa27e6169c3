"""What a command says: the answer on stdout, the talk on stderr.

Used by every command, and all that the command group itself needs, so that `--version` answers at once. A full or
closed stdout is the world's fault and said in one line; a closed pipe is quiet.
"""

import errno
from contextlib import suppress
from typing import Final

import click

from bridge.errors import BridgeError, DiskError

PROGRAM: Final = "midi-bridge"


def printable(text: str) -> str:
    """A text that somebody else wrote, safe to show on one line of a terminal."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def answer(text: str) -> None:
    """One or more lines of the answer. Raises DiskError where stdout takes no more."""
    try:
        click.echo(text)
    except OSError as failed:
        if failed.errno == errno.EPIPE:
            raise
        raise unwritten(failed) from failed


def unwritten(failed: OSError, what: str = "the answer") -> DiskError:
    """The one line for a stdout, or a disk, that takes no more."""
    return DiskError(f"{what} could not be written: {(failed.strerror or str(failed)).lower()}")


def say(text: str) -> None:
    """One line of talk; the work goes on where nobody can hear it."""
    with suppress(OSError):
        click.echo(f"{PROGRAM}: {printable(text)}", err=True)


def complain(fault: BridgeError) -> int:
    """Say what went wrong, in one line; returns the exit code that belongs to it."""
    say(str(fault))
    return fault.exit_code
