"""The plain view of a session that is being played: what happens in it, line by line on stderr.

A client of the session's host. Ctrl-C and a kill ask the host to end; when the terminal goes, the music goes on, and
`midi-bridge attach` comes back to it.
"""

import signal
import socket
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

from bridge.app import local
from bridge.app.hosting import Order
from bridge.errors import DriverError
from bridge.faces.stopping import on_signals
from bridge.faces.talk import say
from bridge.faces.words import count_of


def start(order: Order) -> local.Line:
    """Start a host for that order; the line to it. Raises DriverError."""
    ours, theirs = socket.socketpair()
    try:
        with open(local.log_of(Path(order.session)), "w") as log:
            host = subprocess.Popen(
                [sys.executable, "-m", "bridge.app.hosting", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                text=True,
                start_new_session=True,
            )
    except OSError as failed:
        raise DriverError(f"the host could not be started: {(failed.strerror or str(failed)).lower()}") from failed
    theirs.close()
    assert host.stdin
    with suppress(BrokenPipeError), host.stdin as order_in:  # one that is gone already is told of by its line
        order_in.write(str(order))
    return local.Line(ours)


def attach(line: local.Line, session: Path) -> int:
    """Follow a session that others started. Raises DriverError also where its host does not answer."""
    with closing(line):
        line.ask({"do": "watch"})
        return follow(line, session)


def follow(line: local.Line, session: Path) -> int:
    """Say what happens until the session ends; the exit code. Raises what the host could not do."""
    became = "nothing was played"
    with on_signals(lambda: line.ask({"do": "stop"}), but=(signal.SIGHUP,)):
        while (message := line.read()) is not None:
            became = "the instruments are silent, and the next play takes in what was played"
            code = _show(message)
            if code is not None:
                return code
    log = local.log_of(session)
    more = f"; see '{log}'" if log.exists() and log.stat().st_size else ""
    raise DriverError(f"the host ended unexpectedly; {became}{more}")


def say_kept(made: int, session: Path | str) -> None:
    """The last line of every play: where all of it is."""
    say(f"{count_of(made, 'correction') + ' in' if made else 'session kept in'} '{session}'")


def _show(message: local.Message) -> int | None:
    """Say one thing; the exit code if it was the last."""
    if "error" in message:
        raise local.refusal(message)
    if "end" in message:
        say_kept(message["corrections"], message["session"])
        return int(message["end"])
    if message.get("news") not in (None, "more"):  # that a correction goes on need not be said at each note
        say(message["text"])
    answer = message.get("answer")
    for line in [message["say"]] if "say" in message else answer if isinstance(answer, list) else ():
        say(line)
    return None
