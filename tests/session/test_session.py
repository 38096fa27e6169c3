import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.edit import Edit, Event, Id, Note, touch
from bridge.core.smf import read
from bridge.core.song import Song
from bridge.core.wish import Joins
from bridge.errors import BadEdit, BadSession, CannotRevert
from bridge.session.session import SOURCE, Correction, Outcome, Session, Source
from tests.session import songs
from tests.session.songs import BASS, again, changed, nth, pedal, removed, rendered, wish


def made(outcome: Outcome | None) -> Outcome:
    """The outcome of a wish that changed something."""
    assert outcome is not None
    return outcome


def test_a_corrected_note_is_one_correction_with_author_tool_and_bar() -> None:
    one = songs.session()
    correction, edits = made(one.correct("player", wish(changed(nth(one, 2), pitch=46), tick=400, label="A to B flat")))
    assert (correction.n, correction.author, correction.tool, correction.label) == (1, "player", "fix", "A to B flat")
    assert correction.bar == 2
    assert correction.edits == edits
    assert [
        (edit.before.pitch, edit.after.pitch)
        for edit in edits
        if isinstance(edit.before, Note) and isinstance(edit.after, Note)
    ] == [(45, 46)]


def test_a_wish_that_changes_nothing_leaves_no_correction() -> None:
    one = songs.session()
    assert one.correct("player", wish(changed(nth(one, 0), pitch=40))) is None
    assert one.corrections == {}


def test_a_wish_that_fails_half_way_leaves_the_song_as_it_was() -> None:
    one = songs.session()
    gone = Id(0, 99)
    with pytest.raises(BadEdit, match="there is no note"):
        one.correct("player", wish(changed(nth(one, 0), pitch=41), removed(nth(one, 1)), removed(gone)))
    assert one.corrections == {}
    assert rendered(one) == one.source.data


def test_changes_of_one_wish_see_what_the_ones_before_did() -> None:
    one = songs.session()
    id = nth(one, 0)
    _, edits = made(one.correct("player", wish(changed(id, pitch=41), changed(id, pitch=42))))
    assert [edit.after.pitch for edit in edits if isinstance(edit.after, Note)] == [42]


def test_a_second_try_of_the_same_key_takes_the_place_of_the_first() -> None:
    one = songs.session()
    first, second = nth(one, 0), nth(one, 1)
    one.correct("player", wish(changed(first, pitch=41)))
    correction, edits = made(one.correct("player", wish(changed(second, pitch=44), joins=Joins.REPLACES)))
    assert list(one.corrections) == [1]
    assert [edit.id for edit in correction.edits] == [second]
    assert {edit.id for edit in edits} == {first, second}
    one.undo("player")
    assert rendered(one) == one.source.data


def test_a_second_try_that_fails_keeps_the_first() -> None:
    one = songs.session()
    one.correct("player", wish(changed(nth(one, 0), pitch=41)))
    before = rendered(one)
    with pytest.raises(BadEdit):
        one.correct("player", wish(removed(Id(0, 99)), joins=Joins.REPLACES))
    assert rendered(one) == before
    assert one.corrections[1].live


def test_a_second_try_on_a_note_that_is_right_already_takes_the_first_back() -> None:
    one = songs.session()
    one.correct("player", wish(changed(nth(one, 0), pitch=43)))
    correction, edits = made(one.correct("player", wish(changed(nth(one, 1), pitch=43), joins=Joins.REPLACES)))
    assert not correction.live
    assert len(correction.edits) == len(edits) == 1
    assert rendered(one) == one.source.data


def test_a_pass_of_pad_hits_is_one_correction() -> None:
    one = songs.session()
    for number, velocity in enumerate((10, 20, 30)):
        one.correct("player", wish(changed(nth(one, number), velocity=velocity), tool="ride", joins=Joins.EXTENDS))
    assert [len(correction.edits) for correction in one.corrections.values()] == [3]
    one.undo("player")
    assert rendered(one) == one.source.data


def test_what_a_held_pedal_adds_later_gets_ids_of_its_own() -> None:
    one = songs.session()
    one.correct("player", wish(pedal(0, 127), tool="pedal"))
    correction, edits = made(one.correct("player", wish(pedal(48, 0), tool="pedal", joins=Joins.EXTENDS)))
    assert [edit.id for edit in correction.edits] == [Id(-1, 0), Id(-1, 1)]
    assert [edit.id for edit in edits] == [Id(-1, 1)]


def test_a_join_after_a_wish_that_came_to_nothing_touches_no_older_correction() -> None:
    one = songs.session()
    one.correct("player", wish(changed(nth(one, 0), pitch=41)))
    assert one.correct("player", wish(changed(nth(one, 1), pitch=43))) is None
    correction, _ = made(one.correct("player", wish(changed(nth(one, 2), pitch=43), joins=Joins.REPLACES)))
    assert correction.n == 2
    assert one.corrections[1].live


@pytest.mark.parametrize("joins", [Joins.EXTENDS, Joins.REPLACES])
def test_a_join_after_undo_is_a_correction_of_its_own(joins: Joins) -> None:
    one = songs.session()
    one.correct("player", wish(changed(nth(one, 0), pitch=41)))
    one.undo("player")
    correction, _ = made(one.correct("player", wish(changed(nth(one, 0), pitch=42), joins=joins)))
    assert (correction.n, correction.live, one.corrections[1].live) == (2, True, False)


@pytest.mark.parametrize("joins", [Joins.EXTENDS, Joins.REPLACES])
def test_a_join_with_another_tool_is_a_correction_of_its_own(joins: Joins) -> None:
    one = songs.session()
    one.correct("player", wish(changed(nth(one, 0), pitch=41)))
    assert made(one.correct("player", wish(removed(nth(one, 1)), tool="erase", joins=joins))).correction.n == 2


@pytest.mark.parametrize("joins", [Joins.EXTENDS, Joins.REPLACES])
def test_a_join_over_what_an_agent_did_since_is_a_correction_of_its_own(joins: Joins) -> None:
    one = songs.session()
    id = nth(one, 0)
    one.correct("player", wish(changed(id, pitch=41)))
    one.correct("agent:tidy", wish(changed(id, pitch=42)))
    correction, edits = made(one.correct("player", wish(changed(id, pitch=43), joins=joins)))
    assert correction.n == 3
    assert [edit.before.pitch for edit in edits if isinstance(edit.before, Note)] == [42]


def test_an_extension_that_would_cross_an_agents_note_is_a_correction_of_its_own() -> None:
    one = songs.session()
    one.correct("player", wish(changed(nth(one, 0), pitch=41)))
    one.correct("agent:tidy", wish(changed(nth(one, 1), pitch=42)))
    joined = wish(changed(nth(one, 1), pitch=50), joins=Joins.EXTENDS)
    assert made(one.correct("player", joined)).correction.n == 3
    assert len(one.corrections[1].edits) == 1


def test_an_extension_takes_nothing_from_what_an_agent_did_to_another_field() -> None:
    one = songs.session()
    id = nth(one, 0)
    one.correct("player", wish(changed(id, pitch=41)))
    one.correct("agent:tidy", wish(changed(id, velocity=99)))
    one.correct("player", wish(changed(id, pitch=42), joins=Joins.EXTENDS))
    one.revert(2)
    assert list(one.corrections) == [1, 2]
    assert rendered(again(one)) == rendered(one)
    assert one.authored()[0].authors["velocity"] == SOURCE
    one.undo("player")
    assert rendered(one) == one.source.data


def test_keys_of_a_chord_take_back_what_each_did_before_one_after_the_other() -> None:
    one = songs.session()
    for number in range(3):
        one.correct("player", wish(changed(nth(one, number), pitch=50)))
    nothing = wish(joins=Joins.REPLACES)
    assert made(one.correct("player", nothing)).correction.n == 3
    assert made(one.correct("player", nothing)).correction.n == 2
    correction, _ = made(one.correct("player", wish(changed(nth(one, 3), pitch=50), joins=Joins.REPLACES)))
    assert correction.n == 1
    assert [one.corrections[n].live for n in (1, 2, 3)] == [True, False, False]
    assert [note.pitch for _, note in one.song.notes(0)] == [40, 43, 45, 50]
    assert one.correct("player", wish(changed(nth(one, 0), pitch=41))) is not None


def test_taking_back_a_wish_that_came_to_nothing_takes_nothing_back() -> None:
    one = songs.session()
    one.correct("player", wish(changed(nth(one, 0), pitch=50)))
    one.correct("player", wish(changed(nth(one, 1), pitch=43)))
    assert one.correct("player", wish(joins=Joins.REPLACES)) is None
    assert one.corrections[1].live
    assert made(one.correct("player", wish(joins=Joins.REPLACES))).correction.n == 1
    assert one.correct("player", wish(joins=Joins.REPLACES)) is None


def test_a_hold_stays_one_correction_whatever_another_tool_does_meanwhile() -> None:
    one = songs.session()
    one.correct("player", wish(pedal(0, 127), tool="pedal"))
    one.correct("player", wish(changed(nth(one, 0), pitch=41)))
    one.correct("player", wish(pedal(48, 0), tool="pedal", joins=Joins.EXTENDS))
    assert [len(correction.edits) for correction in one.corrections.values()] == [2, 1]
    assert rendered(again(one)) == rendered(one)


def test_undo_takes_back_the_newest_correction_of_that_author_only() -> None:
    one = songs.session()
    for author, number in (("player", 0), ("player", 1), ("agent:tidy", 2)):
        one.correct(author, wish(changed(nth(one, number), velocity=100)))
    assert one.undo("player").correction.n == 2
    assert [correction.live for correction in one.corrections.values()] == [True, False, True]


def test_nothing_to_undo_is_said_with_the_author() -> None:
    with pytest.raises(CannotRevert, match="nothing to undo: no correction by 'player' is left"):
        songs.session().undo("player")


def test_a_correction_under_a_later_one_is_refused_with_its_name() -> None:
    one = songs.session()
    one.correct("player", wish(changed(nth(one, 0), pitch=41)))
    one.correct("agent:tidy", wish(changed(nth(one, 0), pitch=42), tool="scale", tick=390))
    expected = (
        r"correction 1 \(fix, bar 1, by player\) cannot go: "
        r"correction 2 \(scale, bar 2, by agent:tidy\) changes the same place; take that back first"
    )
    with pytest.raises(CannotRevert, match=expected):
        one.undo("player")


def test_a_correction_is_taken_back_once() -> None:
    one = songs.session()
    one.correct("player", wish(changed(nth(one, 0), pitch=41)))
    one.revert(1)
    with pytest.raises(CannotRevert, match=r"correction 1 \(fix, bar 1, by player\) is taken back already"):
        one.revert(1)


def test_a_number_nobody_gave_is_refused_with_the_last() -> None:
    one = songs.session()
    with pytest.raises(CannotRevert, match="there is no correction 1; nothing was corrected yet"):
        one.revert(1)
    one.correct("player", wish(changed(nth(one, 0), pitch=41)))
    with pytest.raises(CannotRevert, match="there is no correction 7; the last is 1"):
        one.revert(7)


def test_every_field_of_a_note_has_the_author_who_changed_it_last() -> None:
    one = songs.session()
    first, second, third = (nth(one, number) for number in range(3))
    one.correct("player", wish(changed(first, pitch=41)))
    one.correct("agent:tidy", wish(changed(first, velocity=99)))
    one.correct("player", wish(removed(second)))
    one.correct("player", wish(changed(third, pitch=46)))
    one.undo("player")
    authored = one.authored()
    assert [note.id for note in authored] == [first, second, third, nth(one, 2)]
    assert dict(authored[0].authors) == {"tick": SOURCE, "length": SOURCE, "pitch": "player", "velocity": "agent:tidy"}
    assert authored[0].before is not None
    assert authored[0].after is not None
    assert (authored[0].before[:-1], authored[0].after[:-1]) == ((0, 0, 0, 48, 40, 80), (0, 0, 0, 48, 41, 99))
    assert (authored[1].after, set(authored[1].authors.values())) == (None, {"player"})
    assert set(authored[2].authors.values()) == {SOURCE}
    assert authored[2].before == authored[2].after


def test_a_note_nobody_ends_is_known_by_its_source() -> None:
    data = songs.smf([(0, b"\x90\x28\x50"), (96, b"\x90\x2b\x50"), (144, b"\x80\x2b\x40")])
    one = Session(Source.of("song.mid", data), Song(read(data)))
    one.correct("player", wish(changed(nth(one, 0), pitch=41)))
    assert one.authored()[0].before == Note(0, 0, 0, 144, 40, 80, None)


@pytest.mark.parametrize(
    "edit",
    [
        Edit(Id(7, 0), Note(7, 0, 0, 1, 60, 1), None),
        Edit(Id(0, 999), None, Event(0, 0, b"\xb0\x40\x7f")),
        Edit(Id(-1, 0), None, Note(0, 0, 0, 1, 60, 1, Id(5, 1))),
    ],
)
def test_corrections_of_another_song_are_refused(edit: Edit) -> None:
    one = songs.session()
    stray = Correction(1, "player", "fix", "", 1, True, (edit,))
    with pytest.raises(BadSession, match=r"damaged: correction 1 \(fix, bar 1, by player\) does not fit its song"):
        Session.restore(one.source, one.song, [stray])


@given(songs.notes, songs.acts)
def test_a_session_made_again_from_its_corrections_is_the_same_song(
    notes: list[songs.Hit], acts: list[songs.Act]
) -> None:
    one = songs.live(songs.session(notes), acts)
    other = again(one)
    assert rendered(other) == rendered(one)
    assert other.corrections == one.corrections
    assert [(note.id, note.before, dict(note.authors)) for note in other.authored()] == [
        (note.id, note.before, dict(note.authors)) for note in one.authored()
    ]


@given(songs.notes, songs.acts)
def test_all_undone_newest_first_gives_the_source_back(notes: list[songs.Hit], acts: list[songs.Act]) -> None:
    one = songs.live(songs.session(notes), acts)
    for correction in sorted(one.corrections.values(), key=lambda correction: -correction.n):
        if correction.live:
            one.revert(correction.n)
    assert rendered(one) == one.source.data


@given(songs.notes, songs.acts, st.integers(1, 6))
def test_a_revert_is_refused_exactly_where_a_later_correction_touches_the_same(
    notes: list[songs.Hit], acts: list[songs.Act], n: int
) -> None:
    one = songs.live(songs.session(notes), acts)
    correction = one.corrections.get(n)
    if correction is None or not correction.live:
        return
    own = touch(correction.edits)
    is_free = not any(touch(c.edits).intersects(own) for c in one.corrections.values() if c.n > n and c.live)
    before = rendered(one)
    try:
        one.revert(n)
    except CannotRevert:
        assert not is_free
        assert rendered(one) == before
    else:
        assert is_free
        alone = [c for c in one.corrections.values() if c.n != n]
        assert rendered(Session.restore(one.source, Song(read(one.source.data)), alone)) == rendered(one)


def test_the_bass_has_four_notes() -> None:
    assert len(songs.session().authored()) == len(BASS)
