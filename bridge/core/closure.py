"""The edits that change a song and keep it readable: what is written reads back as the same notes.

A MIDI file does not say which note-off ends which note; readers take the first for the first. So a note that
comes to a key where others sound shares its end with them in that order, and a stray note-off that would end
it goes along. Both are part of the edits returned, and so of their inverse. Nothing is changed here: the
caller applies the edits.
"""

from collections.abc import Callable
from typing import Final

from bridge.core.edit import Edit, Event, Id, Note
from bridge.core.message import DATA_BYTES, KEY_PRESSURE, NOTE_OFF, SYSEX
from bridge.core.song import Key, Song
from bridge.errors import BadEdit

NewId = Callable[[], Id]
"""Gives the ids of what a correction adds, one after the other."""
Change = Callable[[Song, NewId], tuple[Edit, ...]]
"""What a tool wants done, worked out on the song as it is when it is done."""

_FOR_EVER: Final = 1 << 62
_LIMITS: Final = {"tick": (0, 1 << 40), "length": (1, 1 << 40), "pitch": (0, 127), "velocity": (1, 127)}


def change_note(song: Song, id: Id, **fields: int) -> tuple[Edit, ...]:
    """The edits that give a note other fields (tick, length, pitch, velocity); none where it has them already.

    Raises BadEdit for a note that is not there, an unknown field, or a value out of range.
    """
    before = _note(song, id)
    for name, value in fields.items():
        if name not in _LIMITS:
            raise BadEdit(f"a note has no '{name}' to change; it has {', '.join(_LIMITS)}")
        low, high = _LIMITS[name]
        if not low <= value <= high and value != getattr(before, name):
            raise BadEdit(f"a note's {name} must be {low} to {high}, not {value}")
    if before.off is None and fields.get("length", before.length) != before.length:
        raise BadEdit("the note has no end of its own; it lasts as long as its track")
    after = Note(**{**before._asdict(), **fields})
    if after == before:
        return ()
    if after.off is None:
        after = after._replace(length=max(0, song.last_tick(after.track) - after.tick))
    elif after.length == 0 and after.tick != before.tick:
        raise BadEdit("a note without length cannot be moved; give it a length too")
    if after[:-2] == before[:-2]:
        return (Edit(id, before, after),)
    return tuple(_entering(song, id, before, after))


def remove_note(song: Song, id: Id) -> tuple[Edit, ...]:
    """The edit that takes a note out; its neighbours on the key keep their ends. Raises BadEdit."""
    return (Edit(id, _note(song, id), None),)


def add_event(song: Song, id: Id, event: Event) -> tuple[Edit, ...]:
    """The edit that adds a controller or other channel event under a new id. Raises BadEdit."""
    message = event.message
    if not KEY_PRESSURE <= message[0] < SYSEX or len(message) != 1 + DATA_BYTES[message[0]] or max(message[1:]) > 127:
        raise BadEdit("only a whole controller, program, pressure or bend message can be added")
    if event.track not in song.base or event.tick < 0:
        raise BadEdit(f"track {event.track} has no tick {event.tick}")
    if id.is_source or song.event(id):
        raise BadEdit(f"the id {tuple(id)} is taken")
    _refuse_before_stray_data(song, id, event)
    return (Edit(id, None, event),)


def change_event(song: Song, id: Id, value: int) -> tuple[Edit, ...]:
    """The edit that gives a controller, pressure or bend event another (last) value. Raises BadEdit."""
    before = _event(song, id)
    if not 0 <= value <= 127:
        raise BadEdit(f"a value must be 0 to 127, not {value}")
    after = before._replace(message=before.message[:-1] + bytes((value,)))
    return () if after == before else (Edit(id, before, after),)


def remove_event(song: Song, id: Id) -> tuple[Edit, ...]:
    """The edit that takes a controller or other channel event out. Raises BadEdit."""
    return (Edit(id, _event(song, id), None),)


def _note(song: Song, id: Id) -> Note:
    note = song.note(id)
    if note is None:
        raise BadEdit(f"there is no note {tuple(id)}")
    return note


def _event(song: Song, id: Id) -> Event:
    event = song.event(id)
    if event is None or event.message[0] < KEY_PRESSURE:
        raise BadEdit(f"there is no controller event {tuple(id)}")
    return event


def _entering(song: Song, id: Id, before: Note, after: Note) -> list[Edit]:
    """A note comes to a key (or to another time on it): ends in order of starts, stray offs inside it go."""
    _refuse_before_stray_data(song, id, after)
    key = Key(after.track, after.channel, after.pitch)
    last = after.end if after.off else _FOR_EVER
    was = {other: note for other, note in song.key_notes(key, after.tick, last) if other != id}
    now = sorted([*was.items(), (id, after)], key=lambda pair: song.place(*pair))
    ends = sorted(((note.end, note.off) for _, note in now), key=lambda end: _end_place(song, after, *end))
    edits = []
    for (other, note), (end, off) in zip(now, ends, strict=True):
        state = note._replace(length=end - note.tick, off=off)
        if other == id or state != note:
            edits.append(Edit(other, before if other == id else was[other], state))
    start, stop = song.place(id, after), _end_place(song, after, after.end, after.off)
    edits += (Edit(o, event, None) for o, event in song.key_orphans(key) if start < song.place(o, event) < stop)
    return edits


def _end_place(song: Song, note: Note, end: int, off: Id | None) -> tuple[int, int, int, int, Id]:
    """Where a note's off stands; a missing one stands behind everything."""
    if off is None:
        return (_FOR_EVER, 0, 0, 0, Id(0, 0))
    return song.place(off, Event(note.track, end, bytes((NOTE_OFF | note.channel, note.pitch, 64))))


def _refuse_before_stray_data(song: Song, id: Id, state: Note | Event) -> None:
    stray = song.smf.tracks[state.track].statuses.rfind(0)
    if stray >= 0 and song.place(id, state)[1:3] <= (stray, 0):
        raise BadEdit("the track begins with data that has no status, so nothing can be added before it")
