"""Whatever is sent whenever: each message leaves once, at its frame or with the next cycle, in the order of due."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.anchor import Anchor
from bridge.core.message import note_off, note_on
from bridge.ports.jack_cycle import Outlet

FRAME_NS = 1e9 / 48_000
ANCHOR = Anchor(0, 0, FRAME_NS)
PERIODS = st.sampled_from([32, 128, 1_024])
SENDS = st.lists(st.tuples(st.integers(0, 8), st.integers(-500, 4_000)), max_size=40)
"""Each the cycle before which it is sent, and the frame at which it is due."""


class Buffer:
    """JACK's buffer: it refuses what is out of order."""

    def __init__(self, room: int = 1_000_000) -> None:
        self.left: list[tuple[int, bytes]] = []
        self.first = 0
        self._size = room
        self._room = room
        self._last = 0

    def begin(self, first: int) -> None:
        self.first, self._room, self._last = first, self._size, 0

    def write(self, offset: int, message: bytes) -> bool:
        if len(message) > self._room:
            return False
        assert offset >= self._last
        self._room, self._last = self._room - len(message), offset
        self.left.append((self.first + offset, message))
        return True


def message(number: int) -> bytes:
    return bytes((0xB0 | number >> 7, number & 127, 0))


def cycles(outlet: Outlet, buffer: Buffer, period: int, sends: list[tuple[int, int]]) -> None:
    """Run cycles until everything is due, and send meanwhile."""
    for cycle in range(9 + 4_000 // period + len(sends)):
        for number, (before, frame) in enumerate(sends):
            if before == cycle:
                due_ns = round(frame * FRAME_NS)
                outlet.put(message(number), due_ns, due_ns)
        buffer.begin(cycle * period)
        outlet.run(cycle * period, (cycle + 1) * period, ANCHOR)


@given(PERIODS, SENDS)
def test_every_message_leaves_once_at_its_frame_or_with_the_next_cycle(
    period: int, sends: list[tuple[int, int]]
) -> None:
    buffer = Buffer()
    outlet = Outlet(buffer.write)
    cycles(outlet, buffer, period, sends)
    expected = {message(number): max(frame, before * period) for number, (before, frame) in enumerate(sends)}
    assert {one: frame for frame, one in buffer.left} == expected
    assert len(buffer.left) == len(sends)
    assert outlet.is_empty
    late = [before * period - frame for before, frame in sends if before * period - frame > 1]
    assert outlet.late == len(late)
    assert abs(outlet.worst_late_ns - max(late, default=0) * FRAME_NS) <= 1


@given(PERIODS, SENDS)
def test_what_is_sent_before_one_cycle_leaves_in_the_order_of_due_and_then_of_sending(
    period: int, sends: list[tuple[int, int]]
) -> None:
    buffer = Buffer()
    cycles(Outlet(buffer.write), buffer, period, [(0, frame) for _, frame in sends])
    in_order = sorted(range(len(sends)), key=lambda number: (sends[number][1], number))
    assert [one for _, one in buffer.left] == [message(number) for number in in_order]


@given(SENDS)
def test_a_small_buffer_delays_and_loses_nothing(sends: list[tuple[int, int]]) -> None:
    buffer = Buffer(room=6)
    cycles(Outlet(buffer.write), buffer, 128, sends)
    assert sorted(one for _, one in buffer.left) == sorted(message(number) for number in range(len(sends)))


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 2), st.integers(0, 600)), max_size=30),
    st.integers(0, 8),
)
def test_after_a_panic_no_key_is_down_and_ons_and_offs_alternate(keys: list[tuple[bool, int, int]], panic: int) -> None:
    buffer = Buffer()
    outlet = Outlet(buffer.write)
    down: set[int] = set()
    at = 0
    for is_on, pitch, gap in keys:
        if is_on == (pitch not in down):  # as the ledger sends: ons and offs of a key alternate
            down ^= {pitch}
            at += gap
            due_ns = round(at * FRAME_NS)
            outlet.put(note_on(0, pitch, 90) if is_on else note_off(0, pitch), due_ns, due_ns)
    for cycle in range(panic):
        buffer.begin(cycle * 128)
        outlet.run(cycle * 128, cycle * 128 + 128, ANCHOR)
    outlet.cancel()
    for pitch in down:
        outlet.put(note_off(0, pitch), 0, 0)
    buffer.begin(panic * 128)
    outlet.run(panic * 128, panic * 128 + 128, ANCHOR)
    assert outlet.is_empty
    sounding: set[int] = set()
    for _, one in buffer.left:
        assert (one[0] == 0x90) == (one[1] not in sounding)
        sounding ^= {one[1]}
    assert sounding == set()
