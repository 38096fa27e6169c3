"""Two MIDI files compared note by note, and event by event for the rest.

Called by the `diff` command and by tests. All tracks count, in every format. Compared is what is played: running
status, padding and the velocity of note-offs are not. Files that count time in different ways are refused; two
divisions of the beat are compared exactly, each note being told in the ticks of its own file.

How the notes of a part find each other, each step taking only what the steps before have left:

1. all fields equal: the same note;
2. onset and pitch equal: changed in length or velocity, the nearest lengths first;
3. onset equal: changed in pitch, the nearest pitches first;
4. pitch equal and onsets at most a beat apart: moved, the nearest first;
5. what is left was added or removed.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import chain
from math import gcd
from typing import Final, NamedTuple, TypeVar

from bridge.core.edit import Note
from bridge.core.finding import Findings
from bridge.core.message import DATA_BYTES, META, NOTE_OFF, SYSEX, SYSEX_END
from bridge.core.notes import NO_OFF, pair
from bridge.core.smf import Smf
from bridge.core.track import Track
from bridge.errors import BadOption

_SMPTE: Final = 0x8000
_PITCHES: Final = 128
_FOR_EVER: Final = 1 << 62
_One = TypeVar("_One")


class EventChange(NamedTuple):
    """An event that is no note and differs; `before` or `after` is None where it is only in the other file.

    Both are whole messages; a meta event is FF, its kind and its content. `tick` is that of the file it is in, of
    the first where it is in both.
    """

    track: int
    tick: int
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True, slots=True)
class Diff:
    """What differs: `same` counts equal notes; the rest is in the order of tracks and ticks."""

    same: int
    changed: tuple[tuple[Note, Note], ...]
    added: tuple[Note, ...]
    removed: tuple[Note, ...]
    events: tuple[EventChange, ...]

    @property
    def is_empty(self) -> bool:
        """True where nothing differs."""
        return not (self.changed or self.added or self.removed or self.events)


class _Sound(NamedTuple):
    """A note with its onset and length in ticks that both files share."""

    at: int
    span: int
    note: Note

    @property
    def whole(self) -> tuple[int, ...]:
        return (self.note.channel, self.at, self.note.pitch, self.span, self.note.velocity)


class _Told(NamedTuple):
    """An event that is no note, at a tick that both files share."""

    at: int
    message: bytes


class _Step(NamedTuple):
    """Notes of one group may be one another if their places are at most `reach` apart."""

    group: Callable[[_Sound], Hashable]
    place: Callable[[_Sound], int]
    reach: int


def diff(first: Smf, second: Smf) -> Diff:
    """What it takes to get from the first file to the second. Raises BadOption for times that do not compare."""
    scales = _scales(first.division, second.division)
    beat = (first.division & 0xFF if first.division >= _SMPTE else first.division) * scales[0]
    same, changed, added, removed, events = 0, [], [], [], []
    for track in range(max(len(first.tracks), len(second.tracks))):
        (before, told_before), (after, told_after) = _side(first, track, scales[0]), _side(second, track, scales[1])
        gone, come = _left(before, after, lambda one: one.whole), _left(after, before, lambda one: one.whole)
        same += len(before) - len(gone)
        for step in _steps(beat):
            pairs = _pairs(gone, come, step)
            changed += [(one.note, other.note) for one, other in pairs]
            taken = {id(one) for one in chain.from_iterable(pairs)}
            gone, come = ([one for one in side if id(one) not in taken] for side in (gone, come))
        removed += [one.note for one in gone]
        added += [one.note for one in come]
        events += _event_changes(track, told_before, told_after, scales)
    changed.sort()
    return Diff(same, tuple(changed), tuple(added), tuple(removed), tuple(events))


def _steps(beat: int) -> Iterator[_Step]:
    yield _Step(lambda one: (one.note.channel, one.at, one.note.pitch), lambda one: one.span, _FOR_EVER)
    yield _Step(lambda one: (one.note.channel, one.at), lambda one: one.note.pitch, _PITCHES)
    yield _Step(lambda one: (one.note.channel, one.note.pitch), lambda one: one.at, beat)


def _scales(first: int, second: int) -> tuple[int, int]:
    """What each file's ticks are multiplied by, so that both can be compared."""
    if first == second:
        return 1, 1
    if not (0 < first < _SMPTE and 0 < second < _SMPTE):
        raise BadOption(f"the files cannot be compared: ticks are {_unit(first)} in one, {_unit(second)} in the other")
    shared = gcd(first, second)
    return second // shared, first // shared


def _unit(division: int) -> str:
    if division >= _SMPTE:
        return f"1/{division & 0xFF} of a video frame at {0x100 - (division >> 8)} a second"
    return f"1/{division} of a beat" if division else "of no length"


def _side(smf: Smf, track: int, scale: int) -> tuple[list[_Sound], list[_Told]]:
    """One track of one file: its notes, and its other events; nothing where the file has no such track."""
    if track >= len(smf.tracks):
        return [], []
    source = smf.tracks[track]
    found = pair(source, Findings())
    paired = {*found.ons, *found.offs}
    notes = _notes(track, source, found.ons, found.offs)
    others = (index for index, status in enumerate(source.statuses) if status >= NOTE_OFF and index not in paired)
    return (
        [_Sound(note.tick * scale, note.length * scale, note) for note in notes],
        [_Told(source.ticks[index] * scale, _message(source, index)) for index in others],
    )


def _notes(track: int, source: Track, ons: Iterable[int], offs: Iterable[int]) -> Iterator[Note]:
    ticks, last = source.ticks, source.last_tick
    for on, off in zip(ons, offs):
        length = (last if off == NO_OFF else ticks[off]) - ticks[on]
        yield Note(track, source.statuses[on] & 15, ticks[on], length, source.data1[on], source.data2[on])


def _message(source: Track, index: int) -> bytes:
    status = source.statuses[index]
    if status in (META, SYSEX, SYSEX_END):
        event = source[index]
        return bytes((status, event.data1) if status == META else (status,)) + event.payload
    return bytes((status, source.data1[index], source.data2[index])[: 1 + DATA_BYTES[status]])


def _left(these: Iterable[_One], those: Iterable[_One], key: Callable[[_One], Hashable]) -> list[_One]:
    """What remains of `these` when each of `those` has taken away one that is equal to it."""
    equal = Counter(map(key, those))
    left = []
    for one in these:
        name = key(one)
        if equal[name]:
            equal[name] -= 1
        else:
            left.append(one)
    return left


def _pairs(gone: Sequence[_Sound], come: Sequence[_Sound], step: _Step) -> list[tuple[_Sound, _Sound]]:
    """The pairs that one step finds, group by group."""
    groups: defaultdict[Hashable, list[_Sound]] = defaultdict(list)
    for one in gone:
        groups[step.group(one)].append(one)
    partners: defaultdict[Hashable, list[_Sound]] = defaultdict(list)
    for one in come:
        if (name := step.group(one)) in groups:
            partners[name].append(one)
    return list(chain.from_iterable(_nearest(groups[name], some, step) for name, some in partners.items()))


def _nearest(gone: Sequence[_Sound], come: Sequence[_Sound], step: _Step) -> Iterator[tuple[_Sound, _Sound]]:
    """Pairs of the two sides, the nearest two first, of equally near ones the earliest.

    The nearest two of a row always stand side by side in it, so neighbours are all that is looked at: n log n.
    """
    if len(gone) == len(come) == 1:  # nearly always
        if abs(step.place(gone[0]) - step.place(come[0])) <= step.reach:
            yield gone[0], come[0]
        return
    row = sorted(((step.place(one), side, one) for side, ones in enumerate((gone, come)) for one in ones), key=_in_row)
    before, behind = list(range(-1, len(row) - 1)), list(range(1, len(row) + 1))
    near = [(row[at + 1][0] - row[at][0], at, at + 1) for at in range(len(row) - 1) if row[at][1] != row[at + 1][1]]
    heapify(near)
    is_taken = [False] * len(row)
    while near and near[0][0] <= step.reach:
        _, left, right = heappop(near)
        if is_taken[left] or is_taken[right]:
            continue
        is_taken[left] = is_taken[right] = True
        yield (row[left][2], row[right][2]) if row[left][1] == 0 else (row[right][2], row[left][2])
        outer, further = before[left], behind[right]
        if outer >= 0:
            behind[outer] = further
        if further < len(row):
            before[further] = outer
            if outer >= 0 and row[outer][1] != row[further][1]:
                heappush(near, (row[further][0] - row[outer][0], outer, further))


def _in_row(entry: tuple[int, int, _Sound]) -> tuple[int, int, tuple[int, ...]]:
    place, side, one = entry
    return place, side, one.whole


def _event_changes(
    track: int, before: Sequence[_Told], after: Sequence[_Told], scales: tuple[int, int]
) -> list[EventChange]:
    """Events that are only in one file; two at one tick that set the same thing are one event that changed."""
    gone, come = _left(before, after, lambda one: one), _left(after, before, lambda one: one)
    waiting: dict[tuple[int, bytes], list[_Told]] = {}
    for one in reversed(come):
        waiting.setdefault((one.at, _sets(one.message)), []).append(one)
    changes = []
    for one in gone:
        partners = waiting.get((one.at, _sets(one.message)))
        message = partners.pop().message if partners else None
        changes.append(EventChange(track, one.at // scales[0], one.message, message))
    rest = (one for partners in waiting.values() for one in partners)
    changes += [EventChange(track, one.at // scales[1], None, one.message) for one in rest]
    return sorted(changes, key=lambda change: (change.tick, change.before or b"", change.after or b""))


def _sets(message: bytes) -> bytes:
    """What an event sets: its status, and the controller, key or kind where it has one."""
    status = message[0]
    return (
        message[:2] if status == META or (status < SYSEX and DATA_BYTES[status] == 2 and status < 0xE0) else message[:1]
    )
