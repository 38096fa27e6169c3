"""A song compiled for a rig."""

from pathlib import Path

import pytest

from bridge.arrange.compile import Destination, changed, items, moved
from bridge.core.closure import add_event, change_event, change_note, remove_event, remove_note
from bridge.core.edit import Edit, Event, Id
from bridge.core.message import BEND, control, note_off, note_on
from bridge.core.schedule import NO_END, Schedule
from bridge.core.smf import read
from bridge.core.song import Part, Song
from tests.kit import Timed, hit, smf

ROUTING = {Part(1, 0): Destination(2, 5)}
NEW = Id(-1, 0)


def song(*tracks: list[Timed]) -> Song:
    return Song(read(smf(*tracks)))


def test_a_note_becomes_one_item_on_its_instrument_s_port_and_channel() -> None:
    (item,) = items(song(hit(60, 10, 30)), ROUTING)
    assert (item.tick, item.end, item.port, item.message, item.id) == (10, 30, 2, note_on(5, 60, 90), Id(1, 0))


def test_controllers_and_bend_of_a_part_go_where_its_notes_go() -> None:
    found = list(items(song([(0, control(0, 7, 9)), (5, bytes((BEND, 1, 2))), *hit(60, 10, 30)]), ROUTING))
    assert [(one.message, one.end) for one in found if not one.is_note] == [
        (control(5, 7, 9), NO_END),
        (bytes((BEND | 5, 1, 2)), NO_END),
    ]


def test_a_part_without_a_destination_is_left_out() -> None:
    two = song(hit(60, 0, 10), [(0, control(1, 7, 9)), *hit(62, 0, 10, channel=1)])
    assert [one.message for one in items(two, ROUTING)] == [note_on(5, 60, 90)]


def test_controllers_in_a_track_without_notes_go_where_their_channel_s_notes_go() -> None:
    two = song(hit(60, 0, 10), [(0, control(0, 7, 9)), (0, control(3, 7, 9))])
    assert [one.message for one in items(two, ROUTING) if not one.is_note] == [control(5, 7, 9)]


def test_a_note_without_an_end_ends_with_its_track() -> None:
    found = items(song([(0, note_on(0, 60, 90)), (70, control(0, 1, 0))]), ROUTING)
    assert [one.end for one in found if one.is_note] == [70]


def test_an_off_that_ends_nothing_is_not_played() -> None:
    assert list(items(song([(0, note_off(0, 60))]), ROUTING)) == []


def test_what_was_removed_is_dropped_and_what_was_changed_is_put() -> None:
    one = song([(0, control(0, 7, 9)), *hit(60, 10, 30), *hit(62, 10, 30)])
    (first, _), (second, _) = one.notes(1)
    ((volume, _),) = one.events(1)
    edits = [*remove_note(one, first), *change_note(one, second, pitch=64), *change_event(one, volume, 11)]
    one.apply(edits)
    drops, puts = changed(one, ROUTING, edits)
    assert drops == (first,)
    assert [(put.id, put.message) for put in puts] == [(second, note_on(5, 64, 90)), (volume, control(5, 7, 11))]


def test_an_edit_of_a_part_that_is_not_routed_puts_nothing() -> None:
    one = song(hit(60, 0, 10), hit(62, 0, 10, channel=1))
    edits = change_note(one, one.notes(2)[0][0], pitch=64)
    one.apply(edits)
    assert changed(one, ROUTING, edits)[1] == ()


def life(one: Song) -> list[tuple[Edit, ...]]:
    """A correction of each kind, each applied, all of them on notes of the first track that has any."""
    track = next(part.track for part in one.parts())
    picked = [id for id, _ in one.notes(track)][:: max(1, len(one.notes(track)) // 12)]
    done = []
    for number, id in enumerate(picked):
        note = one.note(id)
        assert note
        pedal = Event(track, note.tick, control(note.channel, 64, number))
        done.append(
            (
                change_note(one, id, pitch=(note.pitch + 1) % 128),
                change_note(one, id, tick=note.tick + 7),
                remove_note(one, id),
                add_event(one, Id(-1, number), pedal),
            )[number % 4]
        )
        one.apply(done[-1])
    return done


@pytest.mark.parametrize("name", ["jam__20221206_153823", "deepj__Romantic_1", "xd3an__a_minor_sad_piano_ai"])
def test_a_schedule_patched_by_edits_is_the_schedule_of_the_edited_song(corpus: Path, name: str) -> None:
    one = Song(read((corpus / "ai" / f"{name}.mid").read_bytes()))
    routing = {part: Destination(0, part.channel) for part in one.parts()}
    schedule = Schedule()
    schedule.load(list(items(one, routing)))
    edits = [edit for group in life(one) for edit in group]
    drops, puts = changed(one, routing, edits)
    for id in drops:
        schedule.drop(id)
    for item in puts:
        schedule.put(item)
    assert edits
    assert schedule.items == sorted(items(one, routing))


@pytest.mark.parametrize("name", ["jam__20221206_153823", "gmt__Giant-Music-Transformer-Music-Composition_7"])
def test_a_schedule_of_which_parts_have_gone_elsewhere_is_the_schedule_of_that_routing(corpus: Path, name: str) -> None:
    one = Song(read((corpus / "ai" / f"{name}.mid").read_bytes()))
    was = {part: Destination(0, part.channel) for part in one.parts()}
    now = was | {part: Destination(1, 15 - part.channel) for part in list(was)[::2]}
    drops, puts = moved(one, was, now)
    put = {item.id for item in puts}
    kept = [item for item in items(one, was) if item.id not in put | set(drops)]
    assert sorted([*kept, *puts]) == sorted(items(one, now))
    assert 0 < len(puts) < len(list(items(one, now)))
    assert moved(one, now, now) == ((), ())


def test_a_part_that_goes_nowhere_takes_its_items_out() -> None:
    one = song(hit(60, 10, 30))
    drops, puts = moved(one, {Part(1, 0): Destination(0, 0)}, {})
    assert (len(drops), puts) == (1, ())


def test_sysex_that_goes_to_one_port_more_is_put_on_all_of_them_in_a_row() -> None:
    packed = GM_ON[:1] + bytes((len(GM_ON) - 1,)) + GM_ON[1:]
    two = song([(7, packed), *hit(60, 0, 10), *hit(62, 0, 10, channel=1)])
    was = {Part(1, 0): Destination(0, 0), Part(1, 1): Destination(0, 1)}
    _, puts = moved(two, was, was | {Part(1, 1): Destination(1, 1)})
    assert [item.port for item in puts if item.message == GM_ON] == [0, 1]


def test_an_event_that_came_and_went_is_gone() -> None:
    one = song(hit(60, 10, 30))
    one.apply(add_event(one, NEW, Event(1, 5, control(0, 64, 127))))
    edits = remove_event(one, NEW)
    one.apply(edits)
    assert changed(one, ROUTING, edits) == ((NEW,), ())


GM_ON = bytes.fromhex("f07e7f0901f7")


def test_sysex_goes_to_every_port_of_its_track_s_parts_and_that_of_a_track_without_notes_to_all() -> None:
    packed = GM_ON[:1] + bytes((len(GM_ON) - 1,)) + GM_ON[1:]
    three = song([(0, packed)], [(7, packed), *hit(60, 0, 10)], [*hit(60, 0, 10, channel=1)])
    routing = {Part(2, 0): Destination(2, 5), Part(3, 1): Destination(4, 0)}
    found = [one for one in items(three, routing) if one.message == GM_ON]
    assert [(one.tick, one.track, one.port) for one in found] == [(0, 1, 2), (0, 1, 4), (7, 2, 2)]


def test_sysex_of_a_part_without_a_destination_and_a_broken_one_are_left_out() -> None:
    one = song([(0, bytes.fromhex("f0057e7f0901f7")), *hit(60, 0, 10)], [(0, bytes.fromhex("f0027e7f"))])
    assert [item for item in items(one, {}) if item.message[0] == 0xF0] == []
    assert [item.track for item in items(one, ROUTING) if item.message[0] == 0xF0] == [1]
