"""A room for tests with real processes: an instrument and a keyboard on 5-pin DIN, and `play` between them.

    with Room(tmp_path) as room:
        room.play("--loop", "0s:1s")
        room.press(note_on(0, 60, 90))
        at_ns = room.strike("engine")
        room.wait_until_gone()

What was heard is judged from the witness's own log, by its own reading of ons and offs.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.faces.person import command, environment

WITNESS: Final = Path(__file__).with_name("witness.py")
PATIENCE_S: Final = 30.0
MODULES: Final = {"host": "bridge.app.hosting", "engine": "bridge.engine.process", "watchdog": "bridge.engine.watchdog"}
Heard = tuple[int, bytes]


@dataclass(slots=True)
class Witness:
    """The far end of a cable, kept by a process of its own; `name` is the serial device at this end."""

    log: Path
    process: "subprocess.Popen[str]"
    name: str

    @classmethod
    def plugged(cls, log: Path, script: Path) -> "Witness":
        """A new cable; the test is skipped where the system gives none."""
        if os.name != "posix":
            pytest.skip("this system has no pseudo-terminals")
        process = subprocess.Popen(
            [sys.executable, str(script), str(log)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout
        name = process.stdout.readline().strip()
        if not name:
            pytest.skip("this system has nothing to plug it into")
        return cls(log, process, name)

    def play(self, message: bytes) -> int:
        """Send a message from this end; when it was sent, by the end's own word."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(message.hex() + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def heard(self) -> list[Heard]:
        """Every message so far, with its time."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [(int(at), bytes.fromhex(text)) for at, text in (line.split() for line in lines)]

    def unplug(self) -> None:
        """End the process, and with it the cable."""
        self.process.kill()
        self.process.communicate()


def down_after(heard: list[Heard]) -> tuple[set[tuple[int, int, int]], int]:
    """What is down at the end, as (kind, channel, number), and when something was last let go."""
    down: set[tuple[int, int, int]] = set()
    last_ns = 0
    for at_ns, message in heard:
        kind, channel = message[0] & 0xF0, message[0] & 15
        place, is_down = (kind, channel, message[1] if len(message) > 1 else 0), None
        if kind in (0x80, 0x90):
            place, is_down = (0x90, channel, message[1]), kind == 0x90 and message[2] > 0
        elif kind == 0xB0 and 64 <= message[1] <= 69:
            is_down = message[2] >= 64
        elif kind == 0xE0:
            place, is_down = (0xE0, channel, 0), message[1:] != b"\x00\x40"
        if is_down:
            down.add(place)
        elif is_down is False and place in down:
            down.discard(place)
            last_ns = at_ns
    return down, last_ns


class Room:
    """An instrument, a keyboard, and whatever of `play` is running."""

    def __init__(
        self, folder: Path, song: Path, to: str = "din:{}", source: str = "din:{}", witness: Path = WITNESS
    ) -> None:
        self.runtime = tempfile.mkdtemp(prefix="room")  # short: a socket's path must be
        self.song = song
        self.instrument = Witness.plugged(folder / "instrument.log", witness)
        self.keyboard = Witness.plugged(folder / "keyboard.log", witness)
        self.to, self.source = to.format(self.instrument.name), source.format(self.keyboard.name)
        self.where: tuple[object, ...] = ("--to", self.to, "--from", self.source)
        """The words that say where it is played."""
        self.said: list[str] = []
        self.view: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Room":
        return self

    def __exit__(self, *_: object) -> None:
        for part in MODULES:
            for pid in self.pids(part):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if self.view:
            self.view.kill()
            self.view.communicate()
        self.instrument.unplug()
        self.keyboard.unplug()
        shutil.rmtree(self.runtime)

    def play(self, *arguments: object, until: str = "pass 1") -> None:
        """Start to play, and return when the view has said that it does."""
        self.view = subprocess.Popen(
            command("play", self.song, *self.where, *arguments),
            env=environment(XDG_RUNTIME_DIR=self.runtime, PYTHONDONTWRITEBYTECODE=""),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.wait_for_line(until)

    def wait_for_line(self, text: str) -> None:
        """Read what the view says until it says that."""
        assert self.view
        assert self.view.stderr
        for line in self.view.stderr:
            self.said.append(line)
            if text in line:
                return
        raise AssertionError(f"'{text}' was never said, but: {self.said}")

    def press(self, message: bytes) -> int:
        """The player does something; when."""
        return self.keyboard.play(message)

    def pids(self, part: str) -> list[int]:
        """The processes of this room's host, engine or watchdog."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes()
                own = f"XDG_RUNTIME_DIR={self.runtime}".encode() in (entry / "environ").read_bytes()
                if own and MODULES[part].encode() in words:
                    found.append(int(entry.name))
        return found

    def strike(self, part: str, number: int = signal.SIGKILL) -> int:
        """Send a signal to the host or the engine; when."""
        (pid,) = self.pids(part)
        at_ns = time.monotonic_ns()
        os.kill(pid, number)
        return at_ns

    def wait_for(self, is_so: Callable[[], bool]) -> None:
        """Look again and again until something is so."""
        end_s = time.monotonic() + PATIENCE_S
        while not is_so():
            assert time.monotonic() < end_s, "it never was so"
            time.sleep(0.01)

    def wait_until_gone(self, *parts: str) -> None:
        """Return when none of these processes is left."""
        self.wait_for(lambda: not any(self.pids(part) for part in parts or MODULES))

    def end(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """End the music as a person does; the view's exit code and last words."""
        assert self.view
        self.view.send_signal(number)
        return self.finished()

    def finished(self) -> tuple[int, str]:
        """The view's exit code and last words, once it has ended."""
        assert self.view
        words = self.view.communicate(timeout=PATIENCE_S)[1]
        return self.view.returncode, words
