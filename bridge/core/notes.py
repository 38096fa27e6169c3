"""The notes of one untouched track, paired once when the song is opened, and found again by place or key.

Pairing is first in, first out for each (channel, key): the earliest sounding note takes the next note off. A
note on with velocity 0 is an off. Columns, not objects: a hundred thousand notes open in a tenth of a second.
"""

from array import array
from bisect import bisect_left
from collections import deque
from typing import Final

from bridge.core.finding import Findings
from bridge.core.message import KEY_PRESSURE, NOTE_OFF, NOTE_ON
from bridge.core.track import Track

NO_OFF: Final = -1
_FOR_EVER: Final = 1 << 62


class Notes:
    """Columns in the order of the note-ons: `ons` and `offs` are event indices, an off of -1 is missing.

    `by_key` lists note numbers for each channel × 128 + pitch; `orphans` are offs that end nothing, likewise.
    """

    __slots__ = ("by_key", "offs", "ons", "orphans", "track")

    def __init__(self, track: Track) -> None:
        self.track = track
        self.ons = array("Q")
        self.offs = array("q")
        self.by_key: dict[int, array[int]] = {}
        self.orphans: dict[int, array[int]] = {}

    def __len__(self) -> int:
        return len(self.ons)

    def number(self, on: int) -> int | None:
        """The number of the note that event `on` starts, None if it starts none."""
        number = bisect_left(self.ons, on)
        return number if number < len(self.ons) and self.ons[number] == on else None

    def first_at(self, tick: int) -> int:
        """The number of the first note at or behind `tick`."""
        return bisect_left(self.ons, tick, key=self.track.ticks.__getitem__)

    def reach(self, number: int) -> int:
        """The tick up to which a note holds its key; one without an off holds it for ever."""
        off = self.offs[number]
        return _FOR_EVER if off == NO_OFF else self.track.ticks[off]


def pair(track: Track, findings: Findings) -> Notes:
    """Pair a track's note events; orphan offs and unended notes become findings."""
    notes = Notes(track)
    waiting: dict[int, deque[int]] = {}
    offs, start, end = notes.offs, notes.ons.append, notes.offs.append
    pitches, velocities = track.data1, track.data2
    for index, status in enumerate(track.statuses):
        if not NOTE_OFF <= status < KEY_PRESSURE:
            continue
        key = (status & 15) << 7 | pitches[index]
        if status >= NOTE_ON and velocities[index]:
            number = len(offs)
            start(index)
            end(NO_OFF)
            if key in waiting:
                waiting[key].append(number)
                notes.by_key[key].append(number)
            else:
                waiting[key] = deque((number,))
                notes.by_key[key] = array("Q", (number,))
        elif waiting.get(key):
            offs[waiting[key].popleft()] = index
        else:
            notes.orphans.setdefault(key, array("Q")).append(index)
            findings.add("orphan-off", track.starts[index])
    for queue in waiting.values():
        for number in queue:
            findings.add("unended-note", track.starts[notes.ons[number]])
    return notes
