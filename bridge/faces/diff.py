"""`midi-bridge diff A.mid B.mid`: what differs, note by note.

Differences are an answer, not a fault: the exit code is 0 with them and without.
"""

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import click

from bridge.core.diff import Diff, EventChange
from bridge.core.diff import diff as compare
from bridge.core.edit import Note
from bridge.core.message import META
from bridge.core.smf import Smf
from bridge.core.song import Song
from bridge.core.track import END_OF_TRACK
from bridge.faces.files import read_midi, try_each
from bridge.faces.output import PATH, answer_json, json_option
from bridge.faces.talk import answer, printable
from bridge.faces.words import count_of, event_words, minutes, note_change_words, note_words

_END_OF_TRACK: Final = bytes((META, END_OF_TRACK))


@click.command()
@click.argument("first", type=PATH, metavar="A.mid")
@click.argument("second", type=PATH, metavar="B.mid")
@json_option
def diff(first: Path, second: Path, as_json: bool) -> int:
    """Compare two MIDI files, note by note.

    Lines begin with ~ for what changed, + for what only B has and - for what only A has. C4 is key 60.
    """
    read: list[Smf] = []
    worst = try_each((first, second), lambda path: read.append(read_midi(path)[1]))
    if worst:
        return worst
    found = compare(*read)
    if as_json:
        answer_json(as_data(found))
    else:
        answer("\n".join(_lines(found, *map(Song, read))))
    return 0


def as_data(found: Diff) -> dict[str, Any]:
    """A difference as plain data: channels from 1, messages of events in hex digits."""
    return {
        "same": found.same,
        "changed": [{"before": note_data(before), "after": note_data(after)} for before, after in found.changed],
        "added": [note_data(note) for note in found.added],
        "removed": [note_data(note) for note in found.removed],
        "events": [
            {"track": one.track, "tick": one.tick, "before": _hex(one.before), "after": _hex(one.after)}
            for one in found.events
        ],
    }


def note_data(note: Note) -> dict[str, int]:
    """A note as plain data; its channel counts from 1."""
    return {
        "track": note.track,
        "channel": note.channel + 1,
        "tick": note.tick,
        "length": note.length,
        "pitch": note.pitch,
        "velocity": note.velocity,
    }


def _hex(message: bytes | None) -> str | None:
    return None if message is None else message.hex(" ")


def _lines(found: Diff, first: Song, second: Song) -> Iterator[str]:
    rows = [
        (a.track, a.tick, f"~ {_where(first, a)}{note_change_words(note_data(a), note_data(b))}")
        for a, b in found.changed
    ]
    rows += [(note.track, note.tick, f"- {_where(first, note)}{note_words(note_data(note))}") for note in found.removed]
    rows += [(note.track, note.tick, f"+ {_where(second, note)}{note_words(note_data(note))}") for note in found.added]
    rows += [(one.track, one.tick, _event_line(one, first, second)) for one in found.events if not _is_end(one)]
    ends = list(_moved_ends(found, first, second))
    yield from (text for _, _, text in sorted(rows + ends))
    yield _summary(found, len(rows) - len(found.changed) - len(found.added) - len(found.removed) + len(ends))


def _is_end(one: EventChange) -> bool:
    return _END_OF_TRACK in (one.before, one.after)


def _moved_ends(found: Diff, first: Song, second: Song) -> Iterator[tuple[int, int, str]]:
    """A track's end that moved is one line: a person did nothing to it, it lies behind what was added."""
    ends = [one for one in found.events if _is_end(one)]
    for track in sorted({one.track for one in ends}):
        was, now = ([one for one in ends if one.track == track and getattr(one, at)] for at in ("before", "after"))
        for old, new in zip_longest(was, now):
            there = f" → {_where(second, new).split()[0]}" if old and new else ""
            sign = "~" if there else "-" if old else "+"
            shown, song = (old, first) if old else (new, second)
            yield track, shown.tick, f"{sign} {_where(song, shown)}end of track{there}"


def _summary(found: Diff, others_count: int) -> str:
    if found.is_empty:
        return f"no difference: {count_of(found.same, 'note')}, and all other events"
    counts = (("changed", found.changed), ("added", found.added), ("removed", found.removed))
    notes = ", ".join(f"{len(some):,} {word}" for word, some in counts if some) or "none differs"
    others = f"; {count_of(others_count, 'other event')}" if others_count else ""
    return f"{count_of(found.same, 'note')} the same, {notes}{others}"


def _where(song: Song, state: Note | EventChange) -> str:
    """Bar and beat, or the time where there are no bars; then the part."""
    at = song.bars.position(state.tick) if song.bars else minutes(song.tempo.ns_at(state.tick))
    name = printable(song.name(state.track)) if state.track < len(song.smf.tracks) else ""
    return f"{at:<7} {name or f'track {state.track}':<20} "


def _event_line(one: EventChange, first: Song, second: Song) -> str:
    if one.before is None:
        return f"+ {_where(second, one)}{event_words(one.after or b'')}"
    gone = f"{_where(first, one)}{event_words(one.before)}"
    return f"- {gone}" if one.after is None else f"~ {gone} → {event_words(one.after)}"
