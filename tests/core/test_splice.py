"""A change touches its own event, the wait behind it and a status that no longer serves: no other byte."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import mido
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
from tests.core.test_smf import MIDI

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
    events = [(number, index) for number, track in enumerate(read(data).tracks) for index in range(len(track))]
    return (event for event in events[::step] if is_changeable(read(data).tracks[event[0]], event[1]))


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
