"""The link between two processes: frames over a socket, whole, in order, and never a wait."""

import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.arrival import Arrival
from bridge.engine.channel import Channel
from bridge.engine.link import Acknowledged, Ask, Fault, Frame, Request, encode

FRAMES: list[Frame] = [Acknowledged(7), Fault("out", "gone"), Request(3, Ask.PLAY), Fault("é", "x" * 300_000)]


def arrival(seq: int) -> Arrival:
    return Arrival(seq, "keys", seq * 1_000, 1, 0, seq, bytes((0x90, 60, 90)))


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(ours), Channel(theirs)


def test_frames_arrive_whole_and_in_order_though_the_socket_takes_them_in_pieces(ends: tuple[Channel, Channel]) -> None:
    for frame in FRAMES * 3:
        assert ends[0].send(frame, 0)
    assert ends[0].waits_to_send
    found: list[Frame] = []
    while len(found) < 3 * len(FRAMES):
        found += ends[1].receive(0)
        ends[0].flush()
    assert found == FRAMES * 3
    assert not ends[0].waits_to_send


def test_what_is_not_taken_out_waits_and_is_due_at_once(ends: tuple[Channel, Channel]) -> None:
    for frame in FRAMES[:3]:
        ends[0].send(frame, 0)
    assert next(ends[1].receive(0)) == FRAMES[0]
    assert ends[1].next_ns == 0
    assert list(ends[1].receive(0)) == FRAMES[1:3]
    assert ends[1].next_ns is None


@given(st.lists(st.integers(1, 400), min_size=1))
def test_a_frame_that_comes_byte_by_byte_is_the_same_frame(pieces: list[int]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel = Channel(theirs)
        data = b"".join(len(one).to_bytes(4, "little") + one for one in (encode(frame) for frame in FRAMES[:3]))
        found: list[Frame] = []
        for size in [*pieces, len(data)]:
            ours.sendall(data[:size])
            data = data[size:]
            found += channel.receive(0)
        assert found == FRAMES[:3]


def test_a_host_that_stands_still_stops_nothing_and_loses_the_newest_arrivals_only(
    ends: tuple[Channel, Channel],
) -> None:
    engine, host = Channel(ends[0]._socket, bound=1_000), ends[1]
    taken = [seq for seq in range(1, 50_000) if engine.send(arrival(seq), 0)]
    assert taken == list(range(1, len(taken) + 1))
    assert len(taken) < 49_999
    assert engine.send(Fault("out", "gone"), 0)  # what the host must know is never refused
    found: list[Frame] = []
    while len(found) < len(taken) + 1:
        found += host.receive(0)
        engine.flush()
    assert found == [*map(arrival, taken), Fault("out", "gone")]


def test_an_end_that_is_gone_is_seen_and_refuses_quietly(ends: tuple[Channel, Channel]) -> None:
    ends[0].send(FRAMES[0], 0)
    ends[0].close()
    assert list(ends[1].receive(0)) == [FRAMES[0]]
    assert ends[1].is_closed
    assert not ends[1].send(FRAMES[0], 0)
    assert not ends[1].waits_to_send
