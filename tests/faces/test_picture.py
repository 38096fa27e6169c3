"""What becomes of a session in the picture of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.core.closure import Change, add_event, change_note, remove_note
from bridge.core.edit import Edit, Event, Id
from bridge.core.message import control
from bridge.core.smf import read, write
from bridge.core.song import Part, Song
from bridge.core.wish import Wish
from bridge.faces.page import page
from bridge.faces.picture import Pedal, Picture, RollPart, picture_of
from bridge.session.report import corrections_list
from bridge.session.session import Session, Source

SONG = "jam__20221206_153823.mid"
DRUMS, PIANO, BASS = Part(1, 9), Part(2, 1), Part(3, 2)
BAR = 1_536


@pytest.fixture
def session(corpus: Path) -> Session:
    """The demo's song with nothing corrected yet."""
    data = (corpus / "ai" / SONG).read_bytes()
    return Session(Source.of(SONG, data), Song(read(data)))


def correct(session: Session, change: Change, tool: str = "fix", author: str = "player") -> int:
    made = session.correct(author, Wish(tool, f"a {tool}", 0, (change,)))
    assert made is not None
    return made.correction.n


def drawn(session: Session) -> Picture:
    return picture_of(session, "corrected.mid", corrections_list(session.corrections.values()))


def part(picture: Picture, of: Part) -> RollPart:
    return next(one for one in picture.parts if (one.track, one.channel - 1) == of)


def first_note(session: Session, of: Part) -> Id:
    return session.song.part_notes(of)[0][0]


def repitched(id: Id) -> Change:
    return lambda song, _: change_note(song, id, pitch=33)


def pedalled(down: int, up: int) -> Change:
    def change(song: Song, new: Callable[[], Id]) -> tuple[Edit, ...]:
        ends = ((down, 127), (up, 0))
        return tuple(
            edit
            for tick, value in ends
            if tick >= 0
            for edit in add_event(song, new(), Event(PIANO.track, tick, control(PIANO.channel, 64, value)))
        )

    return change


def test_a_song_that_nobody_corrected_looks_the_same_before_and_after(session: Session) -> None:
    found = drawn(session)
    assert [one.name for one in found.parts] == [
        "Drums",
        "Electric Piano 2",
        "Electric Bass (pick)",
        "Lead 2 (sawtooth)",
    ]
    assert sum(len(one.after.notes) for one in found.parts) == 339
    assert all(one.before == one.after and not one.is_corrected for one in found.parts)
    assert (len(found.bar_ticks), found.end) == (8, 8 * BAR)


def test_a_corrected_note_is_the_ais_before_and_the_players_after(session: Session) -> None:
    correct(session, repitched(first_note(session, BASS)))
    found = part(drawn(session), BASS)
    before, after = found.before.notes[0], found.after.notes[0]
    assert (before.pitch, before.author, before.state) == (31, "source", "changed")
    assert (after.pitch, after.author, after.state) == (33, "player", "changed")
    assert after.title == "G1 → A1 (correction 1 (fix, bar 1, by player))"
    assert {note.state for note in found.after.notes[1:]} == {"same"}


def test_an_erased_note_stands_only_before(session: Session) -> None:
    id = first_note(session, DRUMS)
    correct(session, lambda song, _: remove_note(song, id), "erase")
    found = part(drawn(session), DRUMS)
    assert (len(found.before.notes), len(found.after.notes), found.before.notes[0].state) == (89, 88, "removed")
    assert found.before.notes[0].title.startswith("low conga, 192 ticks, velocity 99: removed")


def test_a_correction_that_was_taken_back_leaves_no_mark(session: Session) -> None:
    session.revert(correct(session, repitched(first_note(session, BASS))))
    assert not part(drawn(session), BASS).is_corrected


def test_the_pedal_is_down_from_its_press_to_its_release(session: Session) -> None:
    correct(session, pedalled(BAR, 2 * BAR), "pedal")
    found = part(drawn(session), PIANO)
    assert (list(found.before.pedals), list(found.after.pedals)) == ([], [Pedal(BAR, 2 * BAR, "player")])


def test_a_pedal_that_nobody_lifts_stays_down_to_the_end(session: Session) -> None:
    correct(session, lambda song, new: pedalled(BAR, -1)(song, new), "pedal")
    assert list(part(drawn(session), PIANO).after.pedals) == [Pedal(BAR, 8 * BAR, "player")]


def test_the_page_of_a_session_has_its_figures(session: Session) -> None:
    correct(session, repitched(first_note(session, BASS)))
    html = page(session, "corrected.mid", write(session.song.to_smf()), "AI", facts=[("keys still down", "0")])
    assert "<b>0</b><span>keys still down</span>" in html
    assert "691 of 693" in html
    assert "<td>AI</td>" in html
