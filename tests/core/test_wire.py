"""A wire carries one byte at a time."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.wire import DIN_NS_PER_BYTE, Wire


def test_a_note_on_takes_just_under_a_millisecond_of_din() -> None:
    assert Wire(DIN_NS_PER_BYTE).book(3, 1_000) == (1_000, 961_000)


def test_a_chord_waits_for_its_own_notes() -> None:
    wire = Wire(DIN_NS_PER_BYTE)
    assert [wire.book(3, 0) for _ in range(3)] == [(0, 960_000), (960_000, 1_920_000), (1_920_000, 2_880_000)]
    assert wire.free_ns == 2_880_000


def test_an_idle_wire_starts_at_once() -> None:
    wire = Wire(1_000)
    wire.book(3, 0)
    assert wire.book(1, 50_000) == (50_000, 51_000)


def test_a_wire_without_length_takes_no_time() -> None:
    wire = Wire(0)
    assert wire.book(1_000, 5) == (5, 5)
    assert wire.free_ns == 5


@given(st.integers(0, 10_000), st.lists(st.tuples(st.integers(0, 50), st.integers(0, 1_000_000))))
def test_bytes_never_overlap_nor_overtake(ns_per_byte: int, bookings: list[tuple[int, int]]) -> None:
    wire = Wire(ns_per_byte)
    free_ns = now_ns = 0
    for count, passed_ns in bookings:
        now_ns += passed_ns
        start_ns, end_ns = wire.book(count, now_ns)
        assert start_ns >= max(now_ns, free_ns)
        assert end_ns - start_ns == count * ns_per_byte
        assert wire.free_ns == end_ns
        free_ns = end_ns
