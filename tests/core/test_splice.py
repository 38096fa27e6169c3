"""A change touches its own event, the wait behind it and a status that no longer serves: no other byte."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.finding import Findings
from bridge.core.message import DATA_BYTES, META, NOTE_OFF, SYSEX, SYSEX_END
from bridge.core.smf import Smf, read, write
from bridge.core.splice import Added, splice, write_number
from bridge.core.track import RANK_CONTROL, Track, read_number, scan
from bridge.errors import BadEdit
from tests.core.strategies import END, bodies
from tests.core.test_second_opinion import MIDO_AGREES
from tests.core.test_smf import MIDI
from tests.core.witnesses import mido_rows, own_rows

FILLER = b"\xff\x01\x00"  # bridges a wait that one number cannot hold
SAMPLE = 7  # in the ordinary tests, one event in so many of each file


def is_channel(status: int) -> bool:
    return NOTE_OFF <= status < SYSEX


def written_out(track: Track, index: int) -> bytes:
    """The event's bytes behind its delta, its status written out."""
    raw = track.data[track.body_at(index) : track.end_of(index)]
    return bytes((track.statuses[index],)) + raw if track.is_carried(index) else raw


def is_changeable(track: Track, index: int) -> bool:
    """True for an event with a byte that can be another without making it an event of another kind."""
    status = track.statuses[index]
    if status in (META, SYSEX, SYSEX_END):
        return bool(track[index].payload)
    return is_channel(status) or (status > 0 and DATA_BYTES[status] > 0)


def with_body(smf: Smf, index: int, body: bytes) -> bytes:
    return write(smf.with_bodies({index: body}))


def assert_comes_back(data: bytes, number: int, index: int) -> None:
    """Change an event's last byte, read the file anew, change it back: only an explicit status may be left."""
    smf = read(data)
    track = smf.tracks[number]
    message = written_out(track, index)
    changed = with_body(smf, number, splice(track, {index: message[:-1] + bytes((message[-1] ^ 1,))}, ()))
    assert len(changed) == len(data)
    assert [at for at in range(len(data)) if changed[at] != data[at]] == [track.end_of(index) - 1]
    again = read(changed)
    assert with_body(again, number, splice(again.tracks[number], {index: message}, ())) == data


def sampled(data: bytes, step: int) -> Iterator[tuple[int, int]]:
    """Every so many of a file's events as (track, index), counted over all its tracks."""
    tracks = read(data).tracks
    events = [(number, index) for number, track in enumerate(tracks) for index in range(len(track))]
    return (event for event in events[::step] if is_changeable(tracks[event[0]], event[1]))


@pytest.mark.parametrize("path", MIDI, ids=lambda path: path.name)
def test_an_event_changed_and_changed_back_leaves_the_source(path: Path) -> None:
    data = path.read_bytes()
    step = max(SAMPLE, sum(map(len, read(data).tracks)) // 12)
    for number, index in sampled(data, step):
        assert_comes_back(data, number, index)


@pytest.mark.slow
@pytest.mark.parametrize("path", MIDI, ids=lambda path: path.name)
def test_every_event_changed_and_changed_back_leaves_the_source(path: Path) -> None:
    data = path.read_bytes()
    smf = read(data)
    for number, track in enumerate(smf.tracks):
        for index in range(len(track)):
            if is_changeable(track, index):
                assert_comes_back(data, number, index)


INSERTED = b"\xbf\x55\x2a"
"""A controller on a channel and of a number that no file of the corpus uses."""


def inserted(smf: Smf, number: int, tick: int) -> tuple[int, bytes]:
    """The place the new event takes in the track, and the file with it."""
    track = smf.tracks[number]
    place = track.place(tick, RANK_CONTROL)
    return place, with_body(smf, number, splice(track, {}, [Added(place, tick, INSERTED)]))


def assert_only_neighbours_differ(old: Track, new: Track, place: int) -> None:
    """The event behind the new one may wait less, and the next in running status say its status."""
    follower = next((i for i in range(place, len(old)) if is_channel(old.statuses[i])), len(old))
    assert len(new) == len(old) + 1
    assert [*new.ticks[:place], *new.ticks[place + 1 :]] == [*old.ticks]
    for index in range(len(old)):
        now = index + (index >= place)
        if index in (place, follower):
            assert written_out(new, now) == written_out(old, index)
        else:
            assert new.data[new.starts[now] : new.end_of(now)] == old.data[old.starts[index] : old.end_of(index)]


def assert_inserted(smf: Smf, number: int, tick: int) -> bytes:
    place, data = inserted(smf, number, tick)
    again = read(data)
    event = again.tracks[number][place]
    assert (event.tick, event.message) == (tick, INSERTED)
    assert_only_neighbours_differ(smf.tracks[number], again.tracks[number], place)
    others = [index for index in range(len(smf.tracks)) if index != number]
    assert [bytes_of(again.tracks[index]) for index in others] == [bytes_of(smf.tracks[index]) for index in others]
    return data


def bytes_of(track: Track) -> bytes:
    return track.data[track.start : track.end]


@pytest.mark.parametrize("path", MIDI, ids=lambda path: path.name)
def test_one_event_put_into_every_track_is_read_back_and_moves_nothing(path: Path) -> None:
    smf = read(path.read_bytes())
    for number, track in enumerate(smf.tracks):
        tick = track.ticks[len(track) // 2] if len(track) else 0
        data = assert_inserted(smf, number, tick)
        if path.name in MIDO_AGREES:
            rows = mido_rows(data)[number]
            rows.remove((tick, INSERTED))
            assert rows == own_rows(smf.data)[number]


@pytest.mark.slow
@pytest.mark.parametrize("path", MIDI, ids=lambda path: path.name)
def test_one_event_put_at_every_tick_of_every_track_is_read_back_and_moves_nothing(path: Path) -> None:
    smf = read(path.read_bytes())
    for number, track in enumerate(smf.tracks):
        for tick in {*track.ticks, *(tick + 1 for tick in track.ticks if tick < track.last_tick)}:
            assert_inserted(smf, number, tick)


@given(bodies(), st.data())
def test_another_status_touches_the_event_and_the_next_that_relied_on_it(body: bytes, choice: st.DataObject) -> None:
    track = scan(body, 0, len(body), Findings())
    channel = [index for index in range(len(track)) if is_channel(track.statuses[index])]
    if not channel:
        return
    index = choice.draw(st.sampled_from(channel))
    message = written_out(track, index)
    follower = next((i for i in channel if i > index), len(track))
    changed = splice(track, {index: b"\xa9\x05\x06"}, ())
    there = scan(changed, 0, len(changed), Findings())
    back = splice(there, {index: message}, ())
    again = scan(back, 0, len(back), Findings())
    assert list(again.ticks) == list(track.ticks)
    for each in range(len(track)):
        if each in (index, follower):
            assert written_out(again, each) == written_out(track, each)
        else:
            assert (
                again.data[again.starts[each] : again.end_of(each)]
                == track.data[track.starts[each] : track.end_of(each)]
            )


@given(bodies())
def test_nothing_changed_is_nothing_written_anew(body: bytes) -> None:
    assert splice(scan(body, 0, len(body), Findings()), {}, ()) == body


@given(bodies(), st.data())
def test_an_event_taken_out_leaves_the_others_at_their_ticks(body: bytes, choice: st.DataObject) -> None:
    track = scan(body, 0, len(body), Findings())
    channel = [index for index in range(len(track)) if is_channel(track.statuses[index])]
    gone = choice.draw(st.sets(st.sampled_from(channel))) if channel else set()
    rest = splice(track, dict.fromkeys(gone), ())
    again = scan(rest, 0, len(rest), Findings())
    kept = [index for index in range(len(track)) if index not in gone]
    found = [(again.ticks[index], written_out(again, index)) for index in range(len(again)) if again.statuses[index]]
    assert [row for row in found if row[1] != FILLER] == [
        (track.ticks[index], written_out(track, index)) for index in kept if track.statuses[index]
    ]


def test_running_status_goes_on_where_it_still_serves() -> None:
    body = bytes.fromhex("00 90 3c 40  60 3c 00  60 3e 40  60 3e 00" + END)
    track = scan(body, 0, len(body), Findings())
    assert splice(track, {2: b"\x90\x3f\x40"}, ()) == body.replace(b"\x3e\x40", b"\x3f\x40")
    removed = bytes.fromhex("60 90 3c 00  60 3e 40  60 3e 00" + END)
    assert splice(track, {0: None}, ()) == removed
    added = bytes.fromhex("00 90 3c 40  60 3c 00  30 b0 40 7f  30 90 3e 40  60 3e 00" + END)
    assert splice(track, {}, [Added(2, 144, b"\xb0\x40\x7f")]) == added


def test_what_is_added_at_one_place_stands_in_the_order_given() -> None:
    body = bytes.fromhex("00 c0 05" + END)
    track = scan(body, 0, len(body), Findings())
    new = [Added(1, 0, b"\xb0\x07\x01"), Added(1, 5, b"\xb0\x07\x02")]
    assert splice(track, {}, new) == bytes.fromhex("00 c0 05  00 b0 07 01  05 b0 07 02" + END)


def test_a_cut_off_event_keeps_its_status_when_another_comes_before_it() -> None:
    body = bytes.fromhex("00 90 3c 40  60 3c")
    track = scan(body, 0, len(body), Findings())
    assert splice(track, {}, [Added(1, 5, b"\xb0\x40\x7f")]) == bytes.fromhex("00 90 3c 40  05 b0 40 7f  60 90 3c")


def test_nothing_is_added_before_stray_data() -> None:
    body = bytes.fromhex("00 3c  00 40" + END)
    track = scan(body, 0, len(body), Findings())
    with pytest.raises(BadEdit, match="data that has no status"):
        splice(track, {}, [Added(1, 0, b"\xb0\x40\x7f")])
    assert splice(track, {}, [Added(2, 0, b"\xb0\x40\x7f")]) == bytes.fromhex("00 3c  00 40  00 b0 40 7f" + END)


@given(st.integers(0, 0x0FFFFFFF))
def test_a_number_is_written_in_its_shortest_form_and_read_back(value: int) -> None:
    data = write_number(value)
    assert read_number(data, 0, len(data)) == (value, len(data))
    assert data[0] != 0x80
