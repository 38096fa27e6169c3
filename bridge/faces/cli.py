"""`midi-bridge`: the group of commands, and the one place where their faults become a line and an exit code.

Exit codes: 0 done, 1 the world failed, 2 the caller was wrong, 130 interrupted. The table of commands is all that
is known of them here: a command's module is imported when that command runs, so that `--version` and `--help`
answer at once.
"""

import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from typing import Final, NamedTuple

import click

from bridge import __version__
from bridge.errors import BridgeError
from bridge.faces.talk import PROGRAM, answer, complain, say, unwritten

_INTERRUPTED: Final = 130  # 128 + SIGINT, as shells say it
_STDERR: Final = 2


class Entry(NamedTuple):
    """Where a command lives, as `module:attribute`, and its line in the help."""

    place: str
    help: str


COMMANDS: Final[dict[str, Entry]] = {
    "demo": Entry("bridge.faces.demo:demo", "The whole way with no hardware: a song, simulated instruments, a player."),
    "play": Entry("bridge.faces.play:play", "Play a MIDI file on your instruments and correct it while it plays."),
    "attach": Entry("bridge.faces.play:attach", "Come back to a session that is being played."),
    "log": Entry("bridge.faces.corrections:log", "Every correction of a session."),
    "undo": Entry("bridge.faces.corrections:undo", "Take back the newest correction of a session."),
    "export": Entry("bridge.faces.corrections:export", "Write the corrected MIDI file, and the report."),
    "route": Entry("bridge.faces.route:route", "Which part of a session goes to which instrument."),
    "info": Entry("bridge.faces.info:info", "What is in a MIDI file or session, and what is wrong with it."),
    "diff": Entry("bridge.faces.diff:diff", "Two MIDI files compared, note by note."),
    "session": Entry("bridge.faces.session:session", "Copy a session, also while another program writes it."),
    "ports": Entry("bridge.faces.ports:ports", "All inputs and outputs, and what is typed for each."),
    "monitor": Entry("bridge.faces.monitor:monitor", "Every message that comes in on a port."),
    "send": Entry("bridge.faces.send:send", "Send messages to a port by hand."),
    "panic": Entry("bridge.faces.send:panic", "Silence instruments that hang."),
    "rig": Entry("bridge.faces.rig:rig", "Your instruments and controllers: find, show and try them."),
    "profiles": Entry("bridge.faces.profiles:profiles", "Which devices are known, what is known, and which one it is."),
    "twin": Entry("bridge.faces.twin:twin", "A simulated device, built from its profile, that any program can play."),
    "doctor": Entry("bridge.faces.doctor:doctor", "What is right and wrong with this computer, and what mends it."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and loads the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name].place.split(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def group(context: click.Context) -> None:
    """Play an AI's MIDI part on real instruments, put it right by hand, and get the same file back corrected."""
    if context.invoked_subcommand is None:
        answer(context.get_help())


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; faults are said in one line on stderr."""
    try:
        code = group.main(list(arguments), prog_name=PROGRAM, standalone_mode=False)
    except BridgeError as fault:
        return complain(fault)
    except click.ClickException as fault:
        say(_in_one_line(fault))
        return fault.exit_code
    except click.Abort:
        return _INTERRUPTED
    except OSError as failed:
        if failed.errno != errno.ENOSPC:
            raise
        return complain(unwritten(failed, "something"))  # help or version, which click itself writes, or a file
    return code if isinstance(code, int) else 0


def _in_one_line(fault: click.ClickException) -> str:
    """What click says over several lines, in the voice of all other faults."""
    text = " ".join(fault.format_message().split()).rstrip(".")
    context = fault.ctx if isinstance(fault, click.UsageError) else None
    hint = f"; see {context.command_path} --help" if context else ""
    return f"{text[:1].lower()}{text[1:]}{hint}"


def main() -> None:
    """The console script."""
    with suppress(OSError):  # a sandbox may be without it
        while (spare := os.open(os.devnull, os.O_RDWR)) <= _STDERR:  # a closed one would be given to a socket or file
            pass
        os.close(spare)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a note name must not fail on an ASCII terminal
    sys.exit(run(sys.argv[1:]))
