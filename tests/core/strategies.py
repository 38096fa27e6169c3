"""MIDI files for tests: written by hand in hex, or drawn by hypothesis; and hands that correct them."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from hypothesis import strategies as st

from bridge.core.closure import add_event, change_event, change_note, remove_event, remove_note
from bridge.core.edit import Edit, Event, Id
from bridge.core.song import Song
from bridge.core.splice import write_number
from bridge.errors import BadEdit

END = "00 ff 2f 00"


def header(tracks: int = 1, format: int = 1, division: int = 96) -> bytes:
    """The 14 bytes at the head of a file."""
    return b"MThd" + b"".join(
        number.to_bytes(size) for number, size in ((6, 4), (format, 2), (tracks, 2), (division, 2))
    )


def chunk(body: bytes | str, kind: bytes = b"MTrk") -> bytes:
    """A chunk around its body, which may be written in hex."""
    data = bytes.fromhex(body) if isinstance(body, str) else body
    return kind + len(data).to_bytes(4) + data


def midi(*bodies: bytes | str, format: int = 1, division: int = 96) -> bytes:
    """A file of these track bodies."""
    return header(len(bodies), format, division) + b"".join(chunk(body) for body in bodies)


def notes_of(song: Song) -> list[list[tuple[int, ...]]]:
    """Every track's notes in order, as (channel, tick, length, pitch, velocity)."""
    return [[tuple(note[1:6]) for _, note in song.notes(track)] for track in song.tracks]


def events_of(song: Song) -> list[list[tuple[int, bytes]]]:
    """Every track's other channel events in order, as (tick, message)."""
    return [[(event.tick, event.message) for _, event in song.events(track)] for track in song.tracks]


# Few keys and short times, so that notes meet on one key as often as they can.
data = st.one_of(st.sampled_from((0, 60, 61)), st.integers(0, 127))
keys = st.sampled_from((60, 61))
velocities = st.sampled_from((0, 1, 64, 127))
deltas = st.one_of(
    st.sampled_from((b"\0", b"\0", b"\1", b"\2", b"\5", b"\x60")),
    st.sampled_from((b"\x80\0", b"\x80\x80\x80\x03", b"\x81\x00", b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff")),
)


def _messages(status: int, *fields: st.SearchStrategy[int]) -> st.SearchStrategy[bytes]:
    return st.tuples(st.sampled_from((status, status | 1)), *fields).map(bytes)


music = st.one_of(
    _messages(0x90, keys, velocities),
    _messages(0x90, keys, velocities),
    _messages(0x80, keys, velocities),
    st.tuples(keys, velocities).map(bytes),  # running status, or stray data
    _messages(0xB0, st.sampled_from((0, 7, 32, 64)), data),
    _messages(0xC0, data),
    _messages(0xE0, data, data),
)
long_events = st.one_of(
    st.sampled_from(("ff2f00", "ff0103616263", "ff510307a120", "ff58040402", "ff7f00", "ff800100", "ff030141")),
    st.sampled_from(("f0037e7ff7", "f0020102", "f7020102", "f70103f7", "f000", "f780020102")),
).map(bytes.fromhex)
faults = st.one_of(
    st.sampled_from(("f4", "f8", "f101", "f20102", "90", "b0", "90ff80", "c0ff")).map(bytes.fromhex),
    st.binary(min_size=1, max_size=3),
)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """A track body: mostly music, with metas, SysEx and faults, ended or not, whole or cut."""
    kinds = st.sampled_from(
        (music,) * 8 + (long_events, faults) if draw(st.booleans()) else (music,) * 8 + (long_events,)
    )
    first = draw(_messages(0x90, keys, velocities)) if draw(st.integers(0, 4)) else b""
    pieces = [b"\0" + first if first else b""]
    for _ in range(draw(st.integers(0, 14))):
        pieces += (draw(deltas), draw(draw(kinds)))
    pieces.append(draw(st.sampled_from((b"\0\xff\x2f\0", b"\x60\xff\x2f\0", b""))))
    body = b"".join(pieces)
    return body[: -draw(st.integers(1, 3))] if body and not draw(st.integers(0, 5)) else body


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A file of one or two such tracks, now and then with other chunks or junk, cut or grown."""
    tracks = draw(st.lists(bodies().map(chunk), min_size=1, max_size=2))
    other = draw(st.sampled_from((b"", b"", b"", chunk(b"\1\2", b"XFIH"), b"\xff\xff")))
    data = header(len(tracks), 1, draw(st.sampled_from((96, 96, 0, 4, 0xE728)))) + other.join(tracks) + other
    return data[: -draw(st.integers(1, 9))] if not draw(st.integers(0, 9)) else data


Do = Callable[[Song], tuple[Edit, ...]]
"""A change bound to one note or event: it can be done again on another song of the same source."""


@dataclass(frozen=True)
class Hand:
    """One thing a hand does: what, to which of the notes or events there are, and with which numbers."""

    what: str
    pick: int
    first: int
    second: int

    def bound(self, song: Song, id: Id) -> Do | None:
        """The change as meant on the song as it is now; None where there is nothing to do it to."""
        if not song.tracks:
            return None
        track = song.tracks[self.pick % len(song.tracks)]
        if self.what == "add event":
            message = bytes((0xB0 | self.first & 1, (0, 7, 32, 64)[self.first % 4], self.second))
            event = Event(track, self.first, message)
            return lambda song: add_event(song, id, event)
        if self.what in ("change event", "remove event"):
            events = song.events(track)
            return self._on_event(events[self.pick // 2 % len(events)][0]) if events else None
        notes = song.notes(track)
        return self._on_note(notes[self.pick // 2 % len(notes)][0]) if notes else None

    def _on_event(self, id: Id) -> Do:
        if self.what == "remove event":
            return lambda song: remove_event(song, id)
        return lambda song: change_event(song, id, self.second)

    def _on_note(self, id: Id) -> Do:
        value = {
            "pitch": 60 + self.second % 3,
            "velocity": self.second or 1,
            "tick": self.first,
            "length": self.first or 1,
        }
        if self.what == "remove note":
            return lambda song: remove_note(song, id)
        names = ("tick", "pitch") if self.what == "move" else (self.what,)
        fields = {name: value[name] for name in names}
        return lambda song: change_note(song, id, **fields)


WHATS = (
    "pitch", "pitch", "tick", "tick", "length", "move", "velocity",
    "remove note", "add event", "change event", "remove event",
)  # fmt: skip
hands = st.builds(
    Hand,
    st.sampled_from(WHATS),
    st.integers(0, 40),
    st.one_of(st.integers(0, 12), st.integers(0, 300), st.sampled_from((1 << 28, 1 << 30))),
    st.integers(0, 127),
)


def done(song: Song, do: Do | None) -> tuple[Edit, ...]:
    """The edits of a change, applied; none where the song cannot take it."""
    if do is None:
        return ()
    try:
        edits = do(song)
    except BadEdit:
        return ()
    song.apply(edits)
    return edits


def corrected(song: Song, drawn: list[Hand]) -> list[tuple[Do, tuple[Edit, ...]]]:
    """The corrections that came of these hands, done to the song one after the other."""
    corrections = []
    for number, hand in zip(count(1), drawn):
        do = hand.bound(song, Id(-number, 0))
        edits = done(song, do)
        if do and edits:
            corrections.append((do, edits))
    return corrections


def events(*timed: tuple[int, str]) -> bytes:
    """A track body of (tick, hex) events, their deltas worked out, and an end-of-track."""
    out, now = b"", 0
    for tick, message in timed:
        out += write_number(tick - now) + bytes.fromhex(message)
        now = tick
    return out + bytes.fromhex(END)
