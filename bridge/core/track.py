"""One track of a file: its events as columns over the untouched bytes.

Called by `core/smf` when a file is read. Nothing is refused: what cannot be an event stays as a gap at the
end, what is faulty becomes a finding. Events are objects only while somebody looks at one.

Source: RP-001 Standard MIDI Files 1.0; the tolerant readings are argued beside the code.
"""

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Final

from bridge.core.finding import Findings
from bridge.core.message import CONTROL, DATA_BYTES, META, NOTE_OFF, NOTE_ON, PROGRAM, SYSEX, SYSEX_END

END_OF_TRACK: Final = 0x2F
TEMPO: Final = 0x51
TIME_SIGNATURE: Final = 0x58
KEY_SIGNATURE: Final = 0x59
TRACK_NAME: Final = 0x03
_META_LENGTHS: Final = {0x20: 1, 0x21: 1, END_OF_TRACK: 0, TEMPO: 3, 0x54: 5, TIME_SIGNATURE: 4, KEY_SIGNATURE: 2}
_LONGEST_NUMBER: Final = 4  # bytes of a variable-length number (RP-001, p. 2)

# Order of what is added at one tick: ends before starts, banks before programs, programs before notes.
RANK_META, RANK_OFF, RANK_BANK, RANK_PROGRAM, RANK_CONTROL, RANK_ON, RANK_END = range(7)
_CHANNEL_RANKS: Final = {NOTE_OFF: RANK_OFF, NOTE_ON: RANK_ON, PROGRAM: RANK_PROGRAM}


def rank(status: int, data1: int, data2: int) -> int:
    """Where an event belongs among others at its tick (a lower rank comes first)."""
    if status == META:
        return RANK_END if data1 == END_OF_TRACK else RANK_META
    if not NOTE_OFF <= status < SYSEX:
        return RANK_META
    if status & 0xF0 == NOTE_ON and data2 == 0:
        return RANK_OFF
    if status & 0xF0 == CONTROL and data1 in (0, 32):
        return RANK_BANK
    return _CHANNEL_RANKS.get(status & 0xF0, RANK_CONTROL)


@dataclass(frozen=True, slots=True)
class TrackEvent:
    """One event as it stands in the file.

    `start` and `end` bound its bytes, delta included. `status` is the one in force (0 for stray data),
    `data1` and `data2` are its data bytes, at most 127; for a meta event `data1` is its kind. `payload` is
    what follows the length of a meta or system exclusive event.
    """

    index: int
    tick: int
    start: int
    end: int
    status: int
    data1: int
    data2: int
    payload: bytes

    @property
    def message(self) -> bytes:
        """The channel message with its status written out."""
        return bytes((self.status, self.data1, self.data2)[: 1 + DATA_BYTES[self.status]])


def read_number(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A variable-length number and the offset behind it; the offset is over `end` if the bytes run out."""
    value = 0
    for offset in range(at, min(at + _LONGEST_NUMBER, end)):
        byte = data[offset]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, offset + 1
    if at + _LONGEST_NUMBER > end:
        return value, end + 1
    return value, at + _LONGEST_NUMBER


class Track:
    """The events of one chunk: columns, and the bytes they came from.

    `data[start:end]` is the chunk's body; `events_end` is where the events stop and a gap begins (equal to
    `end` in a sound track).
    """

    __slots__ = ("data", "data1", "data2", "end", "events_end", "start", "starts", "statuses", "ticks")

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self.data = data
        self.start = start
        self.end = end
        self.events_end = end
        self.ticks = array("q")
        self.starts = array("Q")
        self.statuses = bytearray()
        self.data1 = bytearray()
        self.data2 = bytearray()

    def __len__(self) -> int:
        return len(self.ticks)

    def end_of(self, index: int) -> int:
        """The offset behind event `index`."""
        return self.starts[index + 1] if index + 1 < len(self.starts) else self.events_end

    def body_at(self, index: int) -> int:
        """The offset of event `index` behind its delta."""
        return read_number(self.data, self.starts[index], self.events_end)[1]

    def is_carried(self, index: int) -> bool:
        """True where a channel event relies on running status."""
        return self.data[self.body_at(index)] < 0x80

    def rank_of(self, index: int) -> int:
        """Event `index`'s place among those at its tick."""
        return rank(self.statuses[index], self.data1[index], self.data2[index])

    @property
    def last_tick(self) -> int:
        """The tick at which the track ends."""
        return self.ticks[-1] if self.ticks else 0

    def place(self, tick: int, new_rank: int) -> int:
        """The index of the event before which a new one of that rank belongs: never a matter of history."""
        first, behind = bisect_left(self.ticks, tick), bisect_right(self.ticks, tick)
        for index in range(first, behind):
            if self.rank_of(index) > new_rank:
                return index
        if behind == len(self) and behind and self.rank_of(behind - 1) == RANK_END:
            return behind - 1
        return behind

    def __getitem__(self, index: int) -> TrackEvent:
        if not 0 <= index < len(self):
            raise IndexError(index)
        status, payload = self.statuses[index], b""
        if status in (META, SYSEX, SYSEX_END):
            body = self.body_at(index) + (2 if status == META else 1)
            payload = bytes(self.data[read_number(self.data, body, self.end)[1] : self.end_of(index)])
        return TrackEvent(
            index,
            self.ticks[index],
            self.starts[index],
            self.end_of(index),
            status,
            self.data1[index],
            self.data2[index],
            payload,
        )


def scan(data: bytes, start: int, end: int, findings: Findings) -> Track:
    """Read the body of a track chunk into columns; faults go to `findings`, nothing is raised.

    One loop on purpose: it meets every event of a file, and a call for each of a channel would double its time.
    """
    track = Track(data, start, end)
    system = _SystemEvents(track, findings)
    ticks, starts = track.ticks.append, track.starts.append
    statuses, data1, data2 = track.statuses.append, track.data1.append, track.data2.append
    at, tick, running, interrupted = start, 0, 0, ""
    while at < end:
        begin, first = at, data[at]
        if first < 0x80:
            at += 1
        else:
            first, at = read_number(data, at, end)
            if at <= end and data[at - 1] >= 0x80:
                findings.add("long-number", begin)
        if at >= end:
            at = begin
            break
        status, low, high = data[at], 0, 0
        if status >= SYSEX:
            low, at, interrupted = system.read(begin, at + 1, status, interrupted)
        else:
            if status >= 0x80:
                running, at = status, at + 1
            elif not running:
                # One byte at a time, so that reading can go on wherever a status turns up.
                findings.add("stray-data", begin)
                low, at = status, at + 1
            elif interrupted:
                findings.add(interrupted, begin)
            status, interrupted = running, ""
            if status:
                behind = at + (1 if 0xC0 <= status < 0xE0 else 2)
                if behind <= end:
                    low, high = data[at], data[behind - 1] if behind - at == 2 else 0
                    if low > 127 or high > 127:
                        findings.add("data-byte", begin)
                        low, high = min(low, 127), min(high, 127)
                at = behind
        if at > end:
            at = begin
            break
        tick += first
        ticks(tick)
        starts(begin)
        statuses(status)
        data1(low)
        data2(high)
    track.events_end = at
    system.close()
    return track


class _SystemEvents:
    """A track's events from F0 up, while it is scanned: few, but what one leaves open matters to those behind it."""

    def __init__(self, track: Track, findings: Findings) -> None:
        self._track = track
        self._findings = findings
        self._ended = -1  # the index of the first End of Track
        self._sysex_at = -1  # where a SysEx begins that no F7 has ended

    def read(self, begin: int, at: int, status: int, interrupted: str) -> tuple[int, int, str]:
        """Its kind, the offset behind it, and what running status behind it is, as a finding.

        Its status stands before `at`, its delta from `begin`. The offset is over the track's end if the bytes run out.
        """
        if status == META:
            kind, at = self._meta(at)
            if kind == END_OF_TRACK and self._ended < 0:
                self._ended = len(self._track)
            return kind, at, "running-after-meta"
        if status in (SYSEX, SYSEX_END):
            return 0, self._sysex(at, status), "running-after-sysex"
        # Data lengths as on the wire, like mido, so that both readers see the same events.
        self._findings.add("undefined-status" if status in (0xF4, 0xF5, 0xF9, 0xFD) else "system-message", begin)
        return 0, at + DATA_BYTES[status], interrupted

    def _meta(self, at: int) -> tuple[int, int]:
        """The kind of a meta event, and the offset behind it."""
        data, end = self._track.data, self._track.end
        if at >= end:
            return 0, end + 1
        kind = data[at]
        if kind > 127:
            # A kind is a data byte by RP-001; one over 127 stays in the bytes and is read as 126, which has no meaning.
            kind = 126
            self._findings.add("meta-kind", at)
        body, behind = self._payload(at + 1)
        if behind <= end:
            _check_meta(data, kind, body, behind - body, self._findings)
        return kind, behind

    def _sysex(self, at: int, status: int) -> int:
        """The offset behind a SysEx, or a piece of one."""
        body, behind = self._payload(at)
        if behind > self._track.end:
            return behind
        if status == SYSEX:
            if self._sysex_at >= 0:
                self._findings.add("sysex-open", self._sysex_at)
            self._sysex_at = at - 1
        if behind > body and self._track.data[behind - 1] == SYSEX_END:
            self._sysex_at = -1
        return behind

    def _payload(self, at: int) -> tuple[int, int]:
        """Where the payload whose length stands at `at` begins, and the offset behind it."""
        data, end = self._track.data, self._track.end
        length, body = read_number(data, at, end)
        if body + length > end:
            return body, end + 1
        if data[body - 1] >= 0x80:
            self._findings.add("long-number", at)
        return body, body + length

    def close(self) -> None:
        """What is found out at the end of the track."""
        track, findings = self._track, self._findings
        if track.events_end < track.end:
            findings.add("event-cut", track.events_end)
        if self._sysex_at >= 0:
            findings.add("sysex-open", self._sysex_at)
        if self._ended < 0:
            findings.add("no-end-of-track", track.end)
        elif self._ended + 1 < len(track):
            findings.add("early-end-of-track", track.starts[self._ended + 1])


def _check_meta(data: bytes, kind: int, body: int, length: int, findings: Findings) -> None:
    if _META_LENGTHS.get(kind, length) != length:
        findings.add("meta-length", body)
    elif kind == KEY_SIGNATURE and (not -7 <= (data[body] ^ 0x80) - 0x80 <= 7 or data[body + 1] > 1):
        findings.add("key-signature", body)
    elif kind == TIME_SIGNATURE and data[body] == 0:
        findings.add("time-signature", body)
    elif kind == TEMPO and not any(data[body : body + 3]):
        findings.add("tempo-zero", body)
