"""What a person at a terminal does, for the tests of this folder: runs commands, has songs and sessions."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bridge.app.rig import Rig
from bridge.core.closure import Change, change_note
from bridge.core.edit import Id
from bridge.core.smf import read
from bridge.core.song import Song
from bridge.core.wish import Wish
from bridge.faces.cli import run
from bridge.session.journal import Journal
from bridge.session.session import Correction, Session, Source
from tests.kit import hit, smf

ROOT = Path(__file__).parents[2]
SONG = smf(hit(60, 0, 400) + hit(64, 500, 900) + hit(67, 1_000, 1_400), hit(40, 0, 1_400, channel=1))
"""Two parts, 1.4 seconds, ends at the last note."""


class Ran(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str


def midi_bridge(*arguments: object) -> Ran:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([str(one) for one in arguments])
    return Ran(code, out.getvalue(), err.getvalue())


def environment(**more: str) -> dict[str, str]:
    """The environment of a child that finds this checkout."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **more}


def command(*arguments: object) -> list[str]:
    """The words of a command line."""
    return [sys.executable, "-m", "bridge", *(str(one) for one in arguments)]


def spawned(*arguments: object, timeout: float = 60, **more: str) -> Ran:
    """Run a command in a process of its own."""
    child = subprocess.run(
        command(*arguments), env=environment(**more), capture_output=True, text=True, timeout=timeout, check=False
    )
    return Ran(child.returncode, child.stdout, child.stderr)


def python(script: str, *arguments: object, before: tuple[str, ...] = (), **more: str) -> Ran:
    """Run a script in a process of its own, perhaps by way of another program."""
    child = subprocess.run(
        [*before, sys.executable, "-c", script, *(str(one) for one in arguments)],
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ran(child.returncode, child.stdout, child.stderr)


def is_one_line(err: str) -> bool:
    """True for one complete line in the program's own voice."""
    return err.startswith("midi-bridge: ") and err.endswith("\n") and err.count("\n") == 1 and "Traceback" not in err


def corrected(folder: Path, data: bytes = SONG, pitches: tuple[int, ...] = (62, 65), author: str = "player") -> Path:
    """`song.mid` and its session, in which the first notes of the first part got other pitches; the session's path."""
    (folder / "song.mid").write_bytes(data)
    source, path = Source.of("song.mid", data), folder / "song.bridge"
    session = Session(source, Song(read(data)))
    with Journal.create(path, source, "test", 0, 0) as journal:
        for correction in _corrections(session, pitches, author):
            journal.correction(correction)
    return path


def _corrections(session: Session, pitches: tuple[int, ...], author: str) -> Iterator[Correction]:
    part = next(iter(session.song.parts()))
    for number, pitch in enumerate(pitches):
        id, note = session.song.part_notes(part)[number]
        outcome = session.correct(author, Wish("fix", f"{note.pitch} → {pitch}", note.tick, (_pitched(id, pitch),)))
        assert outcome
        yield outcome.correction


def _pitched(id: Id, pitch: int) -> Change:
    return lambda song, _: change_note(song, id, pitch=pitch)


def is_silent(rig: Rig) -> bool:
    """True when no twin holds a key, and none was struck twice."""
    return not any(twin.down or twin.order_faults for _, twin in rig.twins)


def pitches_heard(rig: Rig) -> list[int]:
    """The keys that the twins sounded, twin after twin."""
    return [one.number for _, twin in rig.twins for one in twin.log if one.kind == "on"]
