"""The MIDI file as music: a frozen base with a small overlay of what was corrected.

Used by whoever owns the song (the host); one thread. The base is the source's columns, paired once. The
overlay holds only what differs from it, so that a correction costs what it changes and its inverse leaves
nothing behind. Every edit it makes keeps closure: `read(write(song))` gives the same notes.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final, NamedTuple

from bridge.core.edit import Edit, Event, Id, Note
from bridge.core.finding import Findings
from bridge.core.message import DATA_BYTES, KEY_PRESSURE, META, NOTE_OFF, NOTE_ON, SYSEX
from bridge.core.notes import NO_OFF, Notes, pair
from bridge.core.smf import Smf
from bridge.core.splice import Added, splice
from bridge.core.tempo import Bars, TempoMap, bars, grid_share, tempo_map
from bridge.core.track import TEMPO, TIME_SIGNATURE, TRACK_NAME, Track, TrackEvent, rank

_BEAT_SAMPLE: Final = 2_000  # onsets looked at
_BEAT_SHARE: Final = 0.5  # under half of the onsets on any grid, ticks are no beats (facts: 41 % of AI files)


class Part(NamedTuple):
    """The notes of one channel of one track."""

    track: int
    channel: int


class Key(NamedTuple):
    """One key of one part: what a note-on and its note-off must share."""

    track: int
    channel: int
    pitch: int


class Song:
    """A song over its source file; `only` names the one track that counts in a format 2 file."""

    def __init__(self, smf: Smf, only: int | None = None) -> None:
        self.smf = smf
        self.findings = Findings()
        counted = range(len(smf.tracks)) if smf.format != 2 else range(only or 0, (only or 0) + 1)
        self.tracks = tuple(index for index in counted if index < len(smf.tracks))
        self.base: dict[int, Notes] = {index: pair(smf.tracks[index], self.findings) for index in self.tracks}
        self._parts = _count_parts(self.base)
        self.tempo: TempoMap = tempo_map(smf.division, self._tempos())
        self._notes: dict[Id, Note | None] = {}
        self._events: dict[Id, Event | None] = {}
        self._on_key: defaultdict[Key, set[Id]] = defaultdict(set)
        self._moved: defaultdict[int, set[Id]] = defaultdict(set)
        self._changed: defaultdict[int, set[Id]] = defaultdict(set)
        self._beyond: defaultdict[int, set[Id]] = defaultdict(set)

    @cached_property
    def bars(self) -> Bars | None:
        """The song's bars, None where it has no beat: video frames, no division, or ticks that are milliseconds."""
        return bars(self.smf.division, self._signatures()) if self._has_beat() else None

    def parts(self) -> dict[Part, int]:
        """The parts with the number of notes the source has in each, in the order of tracks and channels."""
        return self._parts

    def name(self, track: int) -> str:
        """The track's name, empty where it has none; bytes that are no UTF-8 are read as Latin-1."""
        source = self.smf.tracks[track]
        for index in self._meta_indices(source, TRACK_NAME):
            raw = source[index].payload
            try:
                return raw.decode("utf-8")
            except UnicodeDecodeError:
                return raw.decode("latin-1")
        return ""

    def note(self, id: Id) -> Note | None:
        """The note as it is now, None where there is none (any more)."""
        if id in self._notes:
            overlaid = self._notes[id]
            return self._lasting(overlaid) if overlaid else None
        if id.origin not in self.base:
            return None
        number = self.base[id.origin].number(id.number)
        return None if number is None else self._base_note(id.origin, number)

    def event(self, id: Id) -> Event | None:
        """The event as it is now, None where there is none (any more) or it is no channel event."""
        return self._events[id] if id in self._events else self._base_event(id)

    def notes(self, track: int, first: int = 0, behind: int | None = None) -> list[tuple[Id, Note]]:
        """A track's notes with their onset in [first, behind), in the order of the file."""
        base = self.base[track]
        last = len(base) if behind is None else base.first_at(behind)
        moved = self._moved[track]
        found = []
        for number in range(base.first_at(first), last):
            id = Id(track, base.ons[number])
            note = self.note(id) if id in self._notes else self._base_note(track, number)
            if note and id not in moved:
                found.append((id, note))
        for id in moved:
            if (note := self.note(id)) and first <= note.tick and (behind is None or note.tick < behind):
                insort(found, (id, note), key=lambda pair: self.place(*pair))
        return found

    def part_notes(self, part: Part, first: int = 0, behind: int | None = None) -> list[tuple[Id, Note]]:
        """A part's notes with their onset in [first, behind)."""
        return [pair for pair in self.notes(part.track, first, behind) if pair[1].channel == part.channel]

    def key_notes(self, key: Key, first: int, last: int) -> list[tuple[Id, Note]]:
        """The notes of one key that sound somewhere in [first, last], ends included; in no order."""
        base = self.base[key.track]
        numbers = base.by_key.get(key.channel << 7 | key.pitch, ())
        found = []
        for at in range(bisect_left(numbers, first, key=base.reach), len(numbers)):
            standing = self._base_note(key.track, numbers[at])
            if standing.tick > last:
                break
            if (id := Id(key.track, base.ons[numbers[at]])) not in self._notes:
                found.append((id, standing))
        overlaid = ((id, note) for id in self._on_key[key] if (note := self.note(id)))
        return found + [
            (id, note) for id, note in overlaid if note.tick <= last and (note.end >= first or not note.off)
        ]

    def key_orphans(self, key: Key) -> Iterator[tuple[Id, Event]]:
        """The note-offs of one key that end nothing."""
        for index in self.base[key.track].orphans.get(key.channel << 7 | key.pitch, ()):
            event = self.event(Id(key.track, index))
            if event:
                yield Id(key.track, index), event

    def events(self, track: int, first: int = 0, behind: int | None = None) -> list[tuple[Id, Event]]:
        """A track's channel events that are no notes, with their tick in [first, behind), in the order of the file."""
        source = self.smf.tracks[track]
        start = bisect_left(source.ticks, first)
        stop = len(source) if behind is None else bisect_left(source.ticks, behind)
        ids = {
            Id(track, start + offset)
            for offset, status in enumerate(source.statuses[start:stop])
            if KEY_PRESSURE <= status < SYSEX
        }
        found = ((id, self.event(id)) for id in ids | self._changed[track])
        kept = (
            (id, event)
            for id, event in found
            if event
            and event.message[0] >= KEY_PRESSURE
            and first <= event.tick
            and (behind is None or event.tick < behind)
        )
        return sorted(kept, key=lambda pair: self.place(*pair))

    def last_tick(self, track: int) -> int:
        """The tick at which a track ends: that of its last event as it is now."""
        source = self.smf.tracks[track]
        index = len(source) - 1
        while index >= 0 and not self._has_stayed(Id(track, index)):  # only where no end-of-track stands behind
            index -= 1
        standing = source.ticks[index] if index >= 0 else 0
        moved = self._beyond[track] if standing == source.last_tick else self._changed[track]
        return max((standing, *(event.tick for id in moved if (event := self._events[id]))))

    @property
    def end(self) -> int:
        """The tick at which the last track ends."""
        return max((self.last_tick(track) for track in self.tracks), default=0)

    @property
    def music_end(self) -> int:
        """The tick at which the source's last note ends; the song's own end without notes, or if one is never ended."""
        ends = (
            self.end if NO_OFF in notes.offs else max(map(notes.track.ticks.__getitem__, notes.offs), default=0)
            for notes in self.base.values()
        )
        return max(ends, default=0) or self.end

    def place(self, id: Id, state: Note | Event) -> tuple[int, int, int, int, Id]:
        """Where something stands in its track: a key to sort by, the same whatever was edited in between."""
        if isinstance(state, Note):
            state = Event(state.track, state.tick, bytes((NOTE_ON | state.channel, state.pitch, state.velocity)))
        return self._place(id, state)

    def apply(self, edits: Iterable[Edit]) -> None:
        """Take a whole group of edits: first all that goes, then all that comes."""
        group = tuple(edits)
        for edit in group:
            if isinstance(edit.before, Note):
                self._withdraw(edit.id, edit.before)
            elif edit.before:
                self._set_event(edit.id, edit.before.track, None)
        for edit in group:
            if isinstance(edit.after, Note):
                self._put(edit.id, edit.after)
            elif edit.after:
                self._set_event(edit.id, edit.after.track, edit.after)

    def reverted(self, edits: Iterable[Edit]) -> tuple[Edit, ...]:
        """The edits that take others back as things are now: only the fields that they changed."""
        return tuple(self._taken_back(edit) for edit in edits)

    def to_smf(self) -> Smf:
        """The file as it is now: tracks with changes rewritten, all others as they came."""
        bodies = {track: self._body(track) for track, ids in self._changed.items() if ids}
        return self.smf.with_bodies(bodies)

    def _base_note(self, track: int, number: int) -> Note:
        notes = self.base[track]
        source, on, off = notes.track, notes.ons[number], notes.offs[number]
        tick = source.ticks[on]
        end = self.last_tick(track) if off == NO_OFF else source.ticks[off]
        channel, off_id = source.statuses[on] & 15, None if off == NO_OFF else Id(track, off)
        return Note(track, channel, tick, end - tick, source.data1[on], source.data2[on], off_id)

    def _base_event(self, id: Id) -> Event | None:
        if id.origin not in self.base or not 0 <= id.number < len(self.smf.tracks[id.origin]):
            return None
        track = self.smf.tracks[id.origin]
        status = track.statuses[id.number]
        if not NOTE_OFF <= status < SYSEX:
            return None
        message = bytes((status, track.data1[id.number], track.data2[id.number])[: 1 + DATA_BYTES[status]])
        return Event(id.origin, track.ticks[id.number], message)

    def _meta_indices(self, track: Track, kind: int) -> Iterator[int]:
        at = track.statuses.find(META)
        while at >= 0:
            if track.data1[at] == kind:
                yield at
            at = track.statuses.find(META, at + 1)

    def _metas(self, kind: int, length: int) -> list[TrackEvent]:
        found = (self.smf.tracks[t][i] for t in self.tracks for i in self._meta_indices(self.smf.tracks[t], kind))
        return sorted((event for event in found if len(event.payload) >= length), key=lambda event: event.tick)

    def _tempos(self) -> Iterator[tuple[int, int]]:
        return ((event.tick, int.from_bytes(event.payload[:3])) for event in self._metas(TEMPO, 3))

    def _signatures(self) -> Iterator[tuple[int, int, int]]:
        return ((event.tick, event.payload[0], event.payload[1]) for event in self._metas(TIME_SIGNATURE, 2))

    def _has_beat(self) -> bool:
        onsets = [notes.track.ticks[on] for notes in self.base.values() for on in notes.ons]
        sample = onsets[:: max(1, len(onsets) // _BEAT_SAMPLE)]
        return grid_share(sample, self.smf.division & 0x7FFF or 1) >= _BEAT_SHARE

    def _lasting(self, note: Note) -> Note:
        """A note that nothing ends lasts until its track does, wherever that is now."""
        return note if note.off else note._replace(length=max(0, self.last_tick(note.track) - note.tick))

    def _place(self, id: Id, event: Event) -> tuple[int, int, int, int, Id]:
        if self._stands(id, event):
            return event.tick, id.number, 1, 0, id
        own_rank = rank(event.message[0], *event.message[1:].ljust(2, b"\0"))
        return event.tick, self.smf.tracks[event.track].place(event.tick, own_rank), 0, own_rank, id

    def _stands(self, id: Id, event: Event) -> bool:
        """True for an event of the source that is still at its tick, whatever it says now."""
        return id.origin == event.track and self.smf.tracks[id.origin].ticks[id.number] == event.tick

    def _has_stayed(self, id: Id) -> bool:
        if id not in self._events:
            return True
        event = self._events[id]
        return event is not None and self._stands(id, event)

    def _set_event(self, id: Id, track: int, event: Event | None) -> None:
        self._beyond[track].discard(id)
        if event == self._base_event(id):
            self._events.pop(id, None)
            self._changed[track].discard(id)
            return
        self._events[id] = event
        self._changed[track].add(id)
        if event and event.tick > self.smf.tracks[track].last_tick:
            self._beyond[track].add(id)

    def _withdraw(self, id: Id, note: Note) -> None:
        self._on_key[Key(note.track, note.channel, note.pitch)].discard(id)
        self._notes[id] = None
        self._moved[note.track].discard(id)
        for event_id in (id, note.off):
            if event_id:
                self._set_event(event_id, note.track, None)

    def _put(self, id: Id, note: Note) -> None:
        on = self._form(id, NOTE_ON | note.channel)
        self._set_event(id, note.track, Event(note.track, note.tick, bytes((on[0], note.pitch, note.velocity))))
        if note.off:
            off = self._form(note.off, NOTE_OFF | note.channel)
            self._set_event(note.off, note.track, Event(note.track, note.end, bytes((off[0], note.pitch, off[2]))))
        number = self.base[id.origin].number(id.number) if id.origin in self.base else None
        if number is not None and self._lasting(note) == self._base_note(id.origin, number):
            self._notes.pop(id, None)
            return
        self._notes[id] = note
        if number is None or note.tick != self.smf.tracks[note.track].ticks[id.number]:
            self._moved[note.track].add(id)
        self._on_key[Key(note.track, note.channel, note.pitch)].add(id)

    def _form(self, id: Id, status: int) -> bytes:
        """The message an event had in the source, so that release velocity and kind of note-off are kept."""
        event = self._base_event(id)
        return event.message if event else bytes((status, 0, 64))

    def _taken_back(self, edit: Edit) -> Edit:
        now = self.note(edit.id) if edit.kind == "note" else self.event(edit.id)
        if not isinstance(now, Note) or not isinstance(edit.before, Note) or not isinstance(edit.after, Note):
            return Edit(edit.id, now, edit.before)
        differing = {name for name in Note._fields if getattr(edit.before, name) != getattr(edit.after, name)}
        if "off" in differing:
            differing.add("length")  # without an end of its own it was the track's, which others move
        return Edit(edit.id, now, now._replace(**{name: getattr(edit.before, name) for name in differing}))

    def _body(self, track: int) -> bytes:
        replaced: dict[int, bytes | None] = {}
        added: list[tuple[tuple[int, int, int, int, Id], Event]] = []
        for id in self._changed[track]:
            event = self._events[id]
            if event and self._stands(id, event):
                replaced[id.number] = event.message
                continue
            if id.is_source:
                replaced[id.number] = None
            if event:
                added.append((self._place(id, event), event))
        added.sort(key=lambda pair: pair[0])
        return splice(self.smf.tracks[track], replaced, (Added(at[1], e.tick, e.message) for at, e in added))


def _count_parts(base: Mapping[int, Notes]) -> dict[Part, int]:
    found: dict[Part, int] = {}
    for track, notes in base.items():
        for key in sorted(notes.by_key):
            part = Part(track, key >> 7)
            found[part] = found.get(part, 0) + len(notes.by_key[key])
    return found
