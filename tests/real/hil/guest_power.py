"""Corrections made as fast as the disk takes them, until the power is cut; run in the virtual machine.

`python guest_power.py write SESSION` prints `ack N` when correction N is on the disk; with `unsynced` in the place of
`write` there is no sync: the control. `count` prints how many corrections the session has after the next boot.
"""

import sqlite3
import sys
from pathlib import Path

from bridge.core.closure import Change, change_note
from bridge.core.edit import Id
from bridge.core.smf import read
from bridge.core.song import Song
from bridge.core.wish import Wish
from bridge.errors import BridgeError
from bridge.session import journal as journals
from bridge.session.journal import Journal
from bridge.session.session import PLAYER, Session, Source
from bridge.session.stored import load
from tests.kit import hit, smf

SONG = smf([one for tick in range(0, 4_000, 100) for one in hit(60, tick, tick + 90)])


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def pitched(id: Id, pitch: int) -> Change:
    return lambda song, _: change_note(song, id, pitch=pitch)


def write(path: Path) -> None:
    source = Source.of("song.mid", SONG)
    session = Session(source, Song(read(SONG)))
    part = next(iter(session.song.parts()))
    notes = [id for id, _ in session.song.part_notes(part)]
    with Journal.create(path, source, "run", 0, 0) as journal:
        for number in range(1, 100_000):
            id = notes[number % len(notes)]
            pitch = 61 + number // len(notes) % 20
            outcome = session.correct(PLAYER, Wish("fix", "a note", 0, (pitched(id, pitch),)))
            if outcome:
                journal.correction(outcome.correction)
                journal.wait(journal.commit())
                say(f"ack {outcome.correction.n} ")


def main() -> None:
    what, path = sys.argv[1], Path(sys.argv[2])
    if what == "count":
        try:
            say(f"kept {len(load(path).corrections)}")
        except (BridgeError, sqlite3.Error) as failed:  # the control may be damaged
            say(f"kept 0 ({failed})")
        return
    if what == "unsynced":
        journals._PRAGMAS = ("journal_mode=TRUNCATE", "synchronous=OFF")  # type: ignore[assignment, misc]  # the control
    write(path)


if __name__ == "__main__":
    main()
