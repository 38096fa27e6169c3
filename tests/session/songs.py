"""Small songs as bytes, wishes, and random lives of a session, for the tests of this folder."""

from collections.abc import Iterable

from hypothesis import strategies as st

from bridge.core.closure import Change, add_event, change_note, remove_note
from bridge.core.edit import Event, Id
from bridge.core.smf import read, write
from bridge.core.song import Song
from bridge.core.wish import Joins, Wish
from bridge.errors import BadEdit, CannotRevert
from bridge.session.session import Session, Source

BEAT = 96
Timed = tuple[int, bytes]
Hit = tuple[int, int, int, int, int]
"""Channel, tick, length, pitch, velocity."""
Act = tuple[str, str, int, int, Joins]
"""Author, what, which note, a number, how it joins."""

AUTHORS = ("player", "agent:tidy")
BASS: tuple[Hit, ...] = ((0, 0, 48, 40, 80), (0, 96, 48, 43, 70), (0, 192, 48, 45, 90), (0, 288, 48, 47, 60))


def smf(*tracks: Iterable[Timed]) -> bytes:
    """A format 1 file at 96 ticks a beat."""
    header = b"MThd" + (6).to_bytes(4) + (1).to_bytes(2) + len(tracks).to_bytes(2) + BEAT.to_bytes(2)
    return header + b"".join(_chunk(sorted(track, key=lambda one: one[0])) for track in tracks)


def hits(notes: Iterable[Hit]) -> list[Timed]:
    """The ons and offs of some notes."""
    found = []
    for channel, tick, length, pitch, velocity in notes:
        found.append((tick, bytes((0x90 | channel, pitch, velocity))))
        found.append((tick + length, bytes((0x80 | channel, pitch, 64))))
    return found


def session(*tracks: Iterable[Hit]) -> Session:
    """A fresh session over those tracks; the bass alone where none is given."""
    data = smf(*(hits(track) for track in tracks or (BASS,)))
    return Session(Source.of("song.mid", data), Song(read(data)))


def again(one: Session) -> Session:
    """A fresh session over the same source, with the same corrections."""
    song = Song(read(one.source.data))
    return Session.restore(one.source, song, one.corrections.values())


def rendered(one: Session) -> bytes:
    """The file as it is now."""
    return write(one.song.to_smf())


def nth(one: Session, number: int, track: int = 0) -> Id:
    """The id of the n-th note of a track as the song is now."""
    return one.song.notes(track)[number][0]


def changed(id: Id, **fields: int) -> Change:
    """Gives a note other fields."""
    return lambda song, _: change_note(song, id, **fields)


def removed(id: Id) -> Change:
    """Takes a note out."""
    return lambda song, _: remove_note(song, id)


def pedal(tick: int, value: int, track: int = 0) -> Change:
    """Adds a sustain pedal event on the first channel."""
    return lambda song, new: add_event(song, new(), Event(track, tick, bytes((0xB0, 64, value))))


def wish(*changes: Change, tool: str = "fix", joins: Joins = Joins.NEW, tick: int = 0, label: str = "") -> Wish:
    """A wish with defaults for what a test does not care about."""
    return Wish(tool, label or tool, tick, changes, joins)


def live(one: Session, acts: Iterable[Act]) -> Session:
    """Let a session live through acts; what it refuses leaves it as it was."""
    for author, what, which, number, joins in acts:
        try:
            if what == "undo":
                one.undo(author)
            elif what == "revert":
                one.revert(number % 8)
            else:
                one.correct(author, wish(*_changes(one, what, which, number), tool=what[:1], joins=joins))
        except (BadEdit, CannotRevert):
            continue
    return one


def _changes(one: Session, what: str, which: int, number: int) -> tuple[Change, ...]:
    notes = one.song.notes(0)
    if what == "pedal":
        return pedal(number * 8, 127), pedal(number * 8 + 24, 0)
    if not notes:
        return ()
    id, note = notes[which % len(notes)]
    if what == "remove":
        return (removed(id),)
    values = {"pitch": 58 + number % 6, "velocity": 1 + number, "length": 1 + number, "tick": note.tick + number % 32}
    return (changed(id, **{what: values[what]}),)


def _chunk(events: Iterable[Timed]) -> bytes:
    body, last = b"", 0
    for tick, message in events:
        body += _number(tick - last) + message
        last = tick
    body += b"\x00\xff\x2f\x00"
    return b"MTrk" + len(body).to_bytes(4) + body


def _number(value: int) -> bytes:
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))


notes = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.integers(0, 40).map(lambda n: n * 12),
        st.integers(1, 120),
        st.integers(58, 63),
        st.integers(1, 127),
    ),
    min_size=1,
    max_size=12,
)
acts = st.lists(
    st.tuples(
        st.sampled_from(AUTHORS),
        st.sampled_from(("pitch", "velocity", "length", "tick", "remove", "pedal", "undo", "revert")),
        st.integers(0, 11),
        st.integers(0, 100),
        st.sampled_from(Joins),
    ),
    max_size=12,
)
