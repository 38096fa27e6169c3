"""A track's bytes with a few events changed: everything else is copied, not written anew.

What a change must touch beside itself is touched and no more: the delta of the event behind it, and a status
made explicit where the running one no longer serves. An event that goes back to what it was leaves no trace.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from bridge.core.message import NOTE_OFF, SYSEX
from bridge.core.track import Track, read_number
from bridge.errors import BadEdit

_LONGEST_DELTA: Final = 0x0FFFFFFF
_FILLER: Final = b"\xff\x01\x00"  # an empty text: bridges a wait that one delta cannot hold


class Added(NamedTuple):
    """A new event: it comes before the source's event `before`, in the order given."""

    before: int
    tick: int
    message: bytes


def write_number(value: int) -> bytes:
    """The shortest variable-length form of a number (RP-001, p. 2)."""
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))


class _Writer:
    """The body so far, the tick it has reached and the running status in force."""

    def __init__(self, track: Track) -> None:
        self.track = track
        self.out = bytearray()
        self.tick = 0
        self.running = 0

    def delta(self, tick: int) -> None:
        wait = max(0, tick - self.tick)
        while wait > _LONGEST_DELTA:
            self.out += write_number(_LONGEST_DELTA) + _FILLER
            wait -= _LONGEST_DELTA
        self.out += write_number(wait)
        self.tick = max(self.tick, tick)

    def add(self, tick: int, message: bytes) -> None:
        self.delta(tick)
        self.out += message
        if NOTE_OFF <= message[0] < SYSEX:
            self.running = message[0]

    def change(self, index: int, message: bytes) -> None:
        """A source event with other content: its own delta, and no status byte where it had and needs none."""
        track = self.track
        self._source_delta(index)
        carried = track.is_carried(index) and self.running == message[0]
        self.out += message[1:] if carried else message
        if NOTE_OFF <= message[0] < SYSEX:
            self.running = message[0]

    def copy(self, first: int, behind: int) -> None:
        """Source events as they stand, with the first delta and the first running status put right."""
        track = self.track
        if first >= behind:
            return
        self._source_delta(first)
        at = track.body_at(first)
        channel = next((i for i in range(first, behind) if NOTE_OFF <= track.statuses[i] < SYSEX), None)
        if channel is not None and track.is_carried(channel) and track.statuses[channel] != self.running:
            body = track.body_at(channel)
            self.out += track.data[at:body]
            self.out.append(track.statuses[channel])
            at = body
        self.out += track.data[at : track.end_of(behind - 1)]
        self.tick = max(self.tick, track.ticks[behind - 1])
        if channel is not None:
            self.running = _running_before(track, behind)

    def gap(self) -> None:
        """The cut-off event at the end of a faulty track keeps its meaning too."""
        track = self.track
        rest = track.data[track.events_end : track.end]
        body = read_number(track.data, track.events_end, track.end)[1] - track.events_end
        was = _running_before(track, len(track))
        if was != self.running and body < len(rest) and rest[body] < 0x80 and was:
            rest = rest[:body] + bytes((was,)) + rest[body:]
        self.out += rest

    def _source_delta(self, index: int) -> None:
        track = self.track
        tick = track.ticks[index]
        before = track.ticks[index - 1] if index else 0
        if tick - self.tick == tick - before:
            self.out += track.data[track.starts[index] : track.body_at(index)]
            self.tick = tick
        else:
            self.delta(tick)


def _running_before(track: Track, behind: int) -> int:
    """The running status in force after the source's event `behind - 1`."""
    return next((s for i in range(behind - 1, -1, -1) if NOTE_OFF <= (s := track.statuses[i]) < SYSEX), 0)


def splice(track: Track, replaced: Mapping[int, bytes | None], added: Iterable[Added]) -> bytes:
    """The track's body with source events replaced (None: removed) and new ones added.

    Raises BadEdit where an event would come before stray data at the start of a faulty track, which it would
    turn into notes.
    """
    new = sorted(added, key=lambda one: one.before)
    stray = track.statuses.rfind(0)
    if new and new[0].before <= stray:
        raise BadEdit("the track begins with data that has no status, so nothing can be added before it")
    writer = _Writer(track)
    copied = 0
    at = 0
    for index in sorted({*replaced, *(one.before for one in new)}):
        writer.copy(copied, index)
        copied = index
        while at < len(new) and new[at].before == index:
            writer.add(new[at].tick, new[at].message)
            at += 1
        if index in replaced:
            message = replaced[index]
            if message is not None:
                writer.change(index, message)
            copied = index + 1
    writer.copy(copied, len(track))
    if track.events_end < track.end:
        writer.gap()
    return bytes(writer.out)
