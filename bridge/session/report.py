"""Who changed what, as plain dictionaries: for JSON (`corrections.schema.json`) and for whatever draws it.

Called after an export, and by `log`. Channels count from 1 here, as everywhere a person reads; tracks and the
indices of events count from 0, meta events included. Ticks are the source's.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import Any, Final

from bridge.core.edit import NOTE_FIELDS, Edit, Event, Id, Note
from bridge.core.message import CONTROL
from bridge.core.smf import Smf, read
from bridge.core.track import Track
from bridge.session.session import SOURCE, AuthoredNote, Correction, Session, Source

VERSION: Final = 1
_FIELD_NAMES: Final = {"tick": "start", "length": "length", "pitch": "pitch", "velocity": "velocity"}

Json = dict[str, Any]
"""What `json.dumps` takes as an object."""


def schema() -> Json:
    """The published JSON Schema of `corrections_json`."""
    found: Json = json.loads(files("bridge.session").joinpath("corrections.schema.json").read_text(encoding="utf-8"))
    return found


def corrections_json(source: Source, corrections: Iterable[Correction], export_name: str, export_sha256: str) -> Json:
    """The record that goes with an export: what it was made from, what was made, and every correction."""
    return {
        "version": VERSION,
        "source": {"name": source.name, "sha256": source.sha256},
        "export": {"name": export_name, "sha256": export_sha256},
        "corrections": corrections_list(corrections),
    }


def corrections_list(corrections: Iterable[Correction]) -> list[Json]:
    """Every correction by its number, also those that were taken back."""
    return [
        {
            "n": one.n,
            "author": one.author,
            "tool": one.tool,
            "label": one.label,
            "live": one.live,
            "bar": one.bar,
            "changes": [_change(edit) for edit in one.edits],
        }
        for one in sorted(corrections, key=lambda one: one.n)
    ]


def summary(session: Session, export: bytes) -> Json:
    """What stands and what was changed: notes by author, corrections by tool, events of the source.

    `events` compares the bytes of source and export, and knows nothing of the corrections.
    """
    return {
        "notes": notes_by_author(session.authored()),
        "corrections": corrections_by_tool(session.corrections.values()),
        "events": events_unchanged(session.song.smf, read(export)),
    }


def notes_by_author(notes: Iterable[AuthoredNote]) -> Json:
    """For each author how many notes carry a mark of theirs, and what they did to them.

    `notes` of the source are those nobody touched; its other figures are 0. A note that several authors changed
    counts for each; a removed or added one counts only as that.
    """
    found: dict[str, Counter[str]] = {SOURCE: Counter()}
    for note in notes:
        if all(author == SOURCE for author in note.authors.values()):
            found[SOURCE]["notes"] += 1
            continue
        for author in set(note.authors.values()) - {SOURCE}:
            counted = found.setdefault(author, Counter())
            counted["notes"] += 1
            counted.update(_marks(note, author))
    names = ("notes", *_FIELD_NAMES.values(), "removed", "added")
    return {author: {name: found[author][name] for name in names} for author in sorted(found, key=_source_first)}


def corrections_by_tool(corrections: Iterable[Correction]) -> Json:
    """For each tool how many of its corrections are live, and how many were taken back."""
    found: dict[str, Json] = {}
    for correction in sorted(corrections, key=lambda one: (one.tool, one.n)):
        counted = found.setdefault(correction.tool, {"live": 0, "taken_back": 0})
        counted["live" if correction.live else "taken_back"] += 1
    return found


def events_unchanged(source: Smf, export: Smf) -> Json:
    """How many of the source's events stand in the export, in their order, in their track, at their tick.

    `unchanged`: the event's own bytes, all behind its delta, are the same; a running status that was written out
    counts as changed. `with_delta`: its delta is the same bytes too, which an event behind one that came or went
    cannot have. Where events at one tick change their order, the figures are lower bounds.
    """
    counted = {"source": 0, "unchanged": 0, "with_delta": 0}
    for number, track in enumerate(source.tracks):
        counted["source"] += len(track)
        if number < len(export.tracks):
            own, whole = _standing(track, export.tracks[number])
            counted["unchanged"] += own
            counted["with_delta"] += whole
    return counted


def _source_first(author: str) -> tuple[bool, str]:
    return author != SOURCE, author


def _marks(note: AuthoredNote, author: str) -> list[str]:
    if note.after is None:
        return ["removed"]
    if note.before is None:
        return ["added"]
    return [_FIELD_NAMES[field] for field in NOTE_FIELDS if note.authors[field] == author]


def _change(edit: Edit) -> Json:
    return {
        "op": edit.op,
        "kind": edit.kind,
        "id": _id(edit.id),
        "before": _state(edit.before),
        "after": _state(edit.after),
    }


def _id(id: Id) -> Json:
    if id.is_source:
        return {"track": id.origin, "index": id.number}
    return {"correction": -id.origin, "n": id.number}


def _state(state: Note | Event | None) -> Json | None:
    if state is None:
        return None
    place: Json = {"track": state.track, "channel": state.channel + 1, "tick": state.tick}
    if isinstance(state, Note):
        return {**place, "length": state.length, "pitch": state.pitch, "velocity": state.velocity}
    found = {**place, "message": list(state.message)}
    if state.message[0] & 0xF0 == CONTROL:
        found |= {"controller": state.message[1], "value": state.message[2]}
    return found


def _standing(track: Track, export: Track) -> tuple[int, int]:
    """How many events stand: by their own bytes, and by their deltas too."""
    if track.data[track.start : track.events_end] == export.data[export.start : export.events_end]:
        return len(track), len(track)
    own = whole = at = 0
    waiting = list(_events(export))
    by_tick: dict[int, list[int]] = {}
    for index, (tick, _, _) in enumerate(waiting):
        by_tick.setdefault(tick, []).append(index)
    for tick, delta, body in _events(track):
        here = (index for index in by_tick.get(tick, ()) if index >= at and waiting[index][2] == body)
        found = next(here, None)
        if found is not None:
            at = found + 1
            own += 1
            whole += waiting[found][1] == delta
    return own, whole


def _events(track: Track) -> Iterator[tuple[int, bytes, bytes]]:
    """Tick, delta and own bytes of each event."""
    for index, start in enumerate(track.starts):
        body = track.body_at(index)
        yield track.ticks[index], track.data[start:body], track.data[body : track.end_of(index)]
