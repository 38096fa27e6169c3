"""Song × routing → schedule: the items that the engine plays, whole at first, then edit by edit.

Pure. What has no destination is left out of the schedule and stays in the song.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from bridge.core.edit import Edit, Event, Id, Note
from bridge.core.message import KEY_PRESSURE, note_on
from bridge.core.schedule import NO_END, Item
from bridge.core.song import Part, Song
from bridge.core.sysex import messages


class Destination(NamedTuple):
    """Where a part goes: an output port by its place in the rig, and the channel there, counted from 0."""

    port: int
    channel: int


Routing = Mapping[Part, Destination]


def items(song: Song, routing: Routing) -> Iterator[Item]:
    """Every note, channel event and SysEx of the song that has somewhere to go, in no order."""
    parts = song.parts()
    for track in song.tracks:
        everything: Iterable[tuple[Id, Note | Event]] = chain(song.notes(track), song.events(track))
        for id, state in everything:
            target = _destination(parts, routing, state)
            if target and (item := _item(song, target, id, state)):
                yield item
        yield from _sysex(song, routing, track)


def changed(song: Song, routing: Routing, edits: Iterable[Edit]) -> tuple[tuple[Id, ...], tuple[Item, ...]]:
    """What the schedule must drop and what it must put after these edits were applied."""
    parts = song.parts()
    drops: list[Id] = []
    puts: list[Item] = []
    for edit in edits:
        state = song.note(edit.id) if edit.kind == "note" else song.event(edit.id)
        target = _destination(parts, routing, state) if state else None
        if state and target and (item := _item(song, target, edit.id, state)):
            puts.append(item)
        else:
            drops.append(edit.id)
    return tuple(drops), tuple(puts)


def moved(song: Song, was: Routing, now: Routing) -> tuple[tuple[Id, ...], tuple[Item, ...]]:
    """What the schedule must drop and what it must put when parts go elsewhere; the items of one id in a row."""
    before, after = _by_id(items(song, was)), _by_id(items(song, now))
    puts = (item for id, same in after.items() if before.get(id) != same for item in same)
    return tuple(id for id in before if id not in after), tuple(puts)


def _by_id(found: Iterable[Item]) -> dict[Id, list[Item]]:
    by_id: dict[Id, list[Item]] = {}
    for item in found:
        by_id.setdefault(item.id, []).append(item)
    return by_id


def _item(song: Song, target: Destination, id: Id, state: Note | Event) -> Item | None:
    tick, place, stands, rank, _ = song.place(id, state)
    if isinstance(state, Note):
        message, end = note_on(target.channel, state.pitch, state.velocity), state.end
    elif state.message[0] < KEY_PRESSURE:
        return None  # a note-off that ends nothing
    else:
        message, end = bytes((state.message[0] & 0xF0 | target.channel,)) + state.message[1:], NO_END
    return Item(tick, state.track, place, stands, rank, id.origin, id.number, target.port, end, message)


def _sysex(song: Song, routing: Routing, track: int) -> Iterator[Item]:
    """A track's SysEx goes to every port that its parts go to; that of a track without notes to every port."""
    parts = {part for part in song.parts() if part.track == track} or routing.keys()
    ports = sorted({routing[part].port for part in parts if part in routing})
    source = song.smf.tracks[track]
    whole = ((index, message) for index, message in messages(source) if message)
    for index, message in whole:
        for port in ports:
            yield Item(source.ticks[index], track, index, 1, 0, track, index, port, NO_END, message)


def _destination(parts: Container[Part], routing: Routing, state: Note | Event) -> Destination | None:
    """A part's own; for controllers in a track without notes, that of the first part on their channel."""
    part = Part(state.track, state.channel)
    if part in routing or part in parts:
        return routing.get(part)
    return next((target for other, target in routing.items() if other.channel == part.channel), None)
