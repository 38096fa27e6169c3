"""A wire's bytes become the same whole messages, however they come in."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.message import DATA_BYTES
from bridge.core.stream import Stream

CASES = {
    # name: (bytes on the wire, whole messages, bytes dropped)
    "a note on and off": ("90 3c 64  80 3c 40", ["90 3c 64", "80 3c 40"], 0),
    "running status": ("90 3c 64  3e 65  3c 00", ["90 3c 64", "90 3e 65", "90 3c 00"], 0),
    "running status of one data byte": ("c2 05 06", ["c2 05", "c2 06"], 0),
    "a SysEx": ("f0 7e 7f 06 01 f7", ["f0 7e 7f 06 01 f7"], 0),
    "an empty SysEx": ("f0 f7", ["f0 f7"], 0),
    "song position, select, quarter frame, tune request": (
        "f2 01 02  f3 05  f1 31  f6",
        ["f2 01 02", "f3 05", "f1 31", "f6"],
        0,
    ),
    "system common leaves no running status": ("90 3c 64  f3 05  3c 00", ["90 3c 64", "f3 05"], 2),
    "SysEx leaves no running status": ("90 3c 64  f0 01 f7  3c 00", ["90 3c 64", "f0 01 f7"], 2),
    "SysEx broken by a note is dropped": ("f0 01 02  90 3c 64", ["90 3c 64"], 3),
    "SysEx broken by a SysEx": ("f0 01  f0 02 f7", ["f0 02 f7"], 2),
    "a note broken by a status": ("90 3c  b0 40 7f", ["b0 40 7f"], 2),
    "a note in running status broken off": ("90 3c 64 3e  b0 40 7f", ["90 3c 64", "b0 40 7f"], 1),
    "stray data bytes": ("3c 64  90 3c 64", ["90 3c 64"], 2),
    "a stray end of exclusive ends running status": ("90 3c 64  f7  3c 00", ["90 3c 64"], 3),
    "undefined common is ignored": ("f4 f5 90 3c 64", ["90 3c 64"], 2),
}
CLOCK = b"\xf8"


def messages_of(stream: Stream, *pieces: bytes) -> list[bytes]:
    return [message for piece in pieces for _, message in stream.feed(piece, 7)]


@pytest.fixture(params=CASES, name="case")
def _case(request: pytest.FixtureRequest) -> tuple[bytes, list[bytes], int]:
    wire, messages, dropped = CASES[request.param]
    return bytes.fromhex(wire), [bytes.fromhex(message) for message in messages], dropped


Case = tuple[bytes, list[bytes], int]


def test_a_case_given_whole(case: Case) -> None:
    wire, expected, dropped = case
    stream = Stream()
    assert messages_of(stream, wire) == expected
    assert stream.dropped == dropped


def test_a_case_given_byte_by_byte(case: Case) -> None:
    wire, expected, dropped = case
    stream = Stream()
    assert messages_of(stream, *(bytes((byte,)) for byte in wire)) == expected
    assert stream.dropped == dropped


def test_a_clock_byte_in_every_gap_comes_out_at_once_and_breaks_nothing(case: Case) -> None:
    wire, expected, dropped = case
    stream = Stream()
    found = []
    for byte in wire:
        assert messages_of(stream, CLOCK) == [CLOCK]
        found += messages_of(stream, bytes((byte,)))
    assert found == expected
    assert stream.dropped == dropped


def test_junk_after_a_case_spoils_neither_it_nor_the_next_note(case: Case) -> None:
    wire, expected, _ = case
    junk = bytes.fromhex("f7 12 34 f5 56 f0 01")
    assert messages_of(Stream(), wire, junk, b"\x91\x40\x41") == [*expected, b"\x91\x40\x41"]


def test_undefined_real_time_breaks_nothing() -> None:
    stream = Stream()
    assert messages_of(stream, bytes.fromhex("90 f9 3c fd 64")) == [b"\x90\x3c\x64"]
    assert stream.dropped == 2


def test_a_message_is_stamped_when_its_last_byte_came() -> None:
    stream = Stream()
    assert stream.feed(b"\x90\x3c", 10) == []
    assert stream.feed(b"\x64\x3e\x64", 20) == [(20, b"\x90\x3c\x64"), (20, b"\x90\x3e\x64")]


@pytest.mark.parametrize(("length", "is_kept"), [(8, True), (9, False), (500, False)])
def test_a_sysex_over_the_bound_is_dropped_whole_and_the_next_note_is_heard(length: int, is_kept: bool) -> None:
    sysex = b"\xf0" + bytes(length - 2) + b"\xf7"
    stream = Stream(max_sysex=8)
    assert messages_of(stream, sysex, b"\x90\x3c\x64") == [sysex] * is_kept + [b"\x90\x3c\x64"]
    assert stream.dropped == (0 if is_kept else length)


wires = st.lists(
    st.one_of(st.integers(0, 127), st.integers(128, 255), st.sampled_from((0x90, 0xF0, 0xF7, 0xF8))), max_size=60
).map(bytes)


@given(wires, st.lists(st.integers(0, 60)))
def test_any_split_gives_the_same_messages(wire: bytes, cuts: list[int]) -> None:
    whole, split = Stream(max_sysex=9), Stream(max_sysex=9)
    edges = [0, *sorted(cuts), len(wire)]
    pieces = [wire[start:end] for start, end in pairwise(edges)]
    assert messages_of(split, *pieces) == messages_of(whole, wire)
    assert split.dropped == whole.dropped


@given(wires)
def test_what_comes_out_is_whole_and_comes_out_again_as_it_is(wire: bytes) -> None:
    messages = messages_of(Stream(), wire)
    for message in messages:
        length = DATA_BYTES[message[0]]
        assert length == len(message) - 1 or (length == -1 and message[-1] == 0xF7)
    again = Stream()
    assert messages_of(again, *messages) == messages
    assert again.dropped == 0
