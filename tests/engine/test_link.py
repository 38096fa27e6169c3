"""What goes through the link comes out as it went in."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.arrival import Arrival, Epoch, Loop
from bridge.core.edit import Id
from bridge.core.schedule import Item
from bridge.core.tempo import Segment, TempoMap, tempo_map
from bridge.engine.link import (
    Acknowledged,
    Answer,
    Ask,
    Fault,
    Frame,
    Late,
    Opened,
    Patch,
    Patched,
    Plug,
    Request,
    Route,
    Routes,
    Tempo,
    Then,
    decode,
    encode,
)
from bridge.engine.pipe import Pipe

BYTE, WORD, LONG = 2**8 - 1, 2**16 - 1, 2**32 - 1


def up_to(limit: int) -> st.SearchStrategy[int]:
    """A number of a field, its limits above all."""
    return st.one_of(st.sampled_from((0, limit)), st.integers(0, limit))


u8, u16, u32 = up_to(BYTE), up_to(WORD), up_to(LONG)
i32 = st.one_of(st.sampled_from((-(2**31), 2**31 - 1)), st.integers(-(2**31), 2**31 - 1))
i64 = st.one_of(st.sampled_from((-(2**63), 2**63 - 1)), st.integers(-(2**63), 2**63 - 1))
huge = st.integers(0, 2**200)
names = st.text(st.characters(exclude_categories=()), max_size=20)  # also what is no character: a port's name is typed
messages = st.binary(max_size=20)
loops = st.one_of(st.none(), st.builds(Loop, st.integers(0, 2**63 - 1), i64))
ids = st.builds(Id, i32, u32)
segments = st.lists(st.builds(Segment, huge, huge, huge), min_size=1, max_size=5)
i8 = st.one_of(st.sampled_from((-128, 127)), st.integers(-128, 127))
routes = st.builds(Route, u16, u8, i8, u8, u8, st.sampled_from(Then), u16, i8, i8, u8, u8, st.booleans())
frames: st.SearchStrategy[Frame] = st.one_of(
    st.builds(Tempo, st.builds(TempoMap, segments.map(tuple), huge)),
    st.builds(
        Patch,
        u32,
        st.lists(ids, max_size=4).map(tuple),
        st.lists(st.builds(Item, i64, u16, u32, u8, u8, i32, u32, u16, i64, messages), max_size=4).map(tuple),
    ),
    st.builds(Routes, st.lists(routes, max_size=4).map(tuple)),
    st.builds(Request, u32, st.sampled_from(Ask), i64, loops, u32),
    st.builds(Acknowledged, u32),
    st.builds(Patched, u32, i64, i64),
    st.builds(Answer, u32, u32, names),
    st.builds(Fault, names, names),
    st.builds(Plug, names, st.booleans()),
    st.builds(Late, names, u32, i64),
    st.builds(Opened, names),
    st.builds(Epoch, u32, u32, i64, i64, st.booleans(), loops),
    st.builds(Arrival, u32, names, i64, u32, u32, i64, messages),
)


@given(frames)
def test_every_frame_comes_out_as_it_went_in(frame: Frame) -> None:
    assert decode(encode(frame)) == frame


@given(frames)
def test_what_comes_out_has_the_types_that_went_in(frame: Frame) -> None:
    assert repr(decode(encode(frame))) == repr(frame)


def test_a_song_of_a_thousand_years_keeps_its_tempo() -> None:
    years = tempo_map(1, [(2**28 * n, 2**24 - 1) for n in range(1, 10)])
    assert decode(encode(Tempo(years))) == Tempo(years)


@pytest.mark.parametrize(
    "frame",
    [
        Acknowledged(LONG + 1),
        Acknowledged(-1),
        Patched(1, 2**63, 0),
        Request(1, Ask.PLAY, 2**63),
        Patch(1, (Id(2**31, 0),), ()),
        Routes((Route(0, 0x100, 0, 0, 0, Then.THRU),)),
        Routes((Route(0, 0x90, 0, 0, 127, Then.THRU, transpose=128),)),
    ],
)
def test_a_number_that_does_not_fit_its_field_is_refused_by_the_sender(frame: Frame) -> None:
    with pytest.raises(struct.error):
        encode(frame)


def test_a_frame_comes_out_when_the_delay_is_over_and_not_before() -> None:
    pipe = Pipe(50)
    pipe.send(Acknowledged(1), 100)
    assert (list(pipe.receive(149)), pipe.next_ns) == ([], 150)
    assert list(pipe.receive(150)) == [Acknowledged(1)]
    assert (list(pipe.receive(1_000)), pipe.next_ns) == ([], None)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=20), st.integers(0, 2_000))
def test_frames_come_out_once_in_their_order_whatever_the_delays(sent: list[tuple[int, int]], wait: int) -> None:
    pipe, now, out = Pipe(), 0, list[Frame]()
    for seq, (delay, pause) in enumerate(sent):
        now += pause
        pipe.delay_ns = delay
        pipe.send(Acknowledged(seq), now)
        out += pipe.receive(now)
    out += pipe.receive(now + wait)
    out += pipe.receive(now + 50)
    assert out == [Acknowledged(seq) for seq in range(len(sent))]
