"""What outlives the engine: by the page alone everything that is down can be let go of."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.core.message import NOTE_ON, control, note_off, note_on
from bridge.engine.page import GRACE_NS, PATIENCE_NS, Page
from tests.kit import MS, Recorder

messages = st.one_of(
    st.builds(note_on, st.integers(0, 15), st.integers(0, 127), st.integers(0, 127)),
    st.builds(note_off, st.integers(0, 15), st.integers(0, 127)),
    st.builds(control, st.integers(0, 15), st.sampled_from((1, 64, 66, 69, 121)), st.integers(0, 127)),
    st.builds(lambda channel, lsb, msb: bytes((0xE0 | channel, lsb, msb)), *[st.integers(0, 15)] * 3),
    st.just(b"\xf8"),
    st.just(b"\xf0\x7e\xf7"),
)


def idle(port: int) -> bool:
    """Whether something waits for the wire of that port."""
    return False


def page(path: Path, ports: int = 2) -> Page:
    return Page(path / "page", is_new=True, ports=ports)


@given(st.lists(st.tuples(st.integers(0, 1), messages, st.integers(0, 400)), max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whenever_the_engine_dies_the_page_lets_go_of_all_that_is_down(
    tmp_path: Path, sent: list[tuple[int, bytes, int]]
) -> None:
    written = page(tmp_path)
    read = Page(tmp_path / "page")
    wires = [Recorder(), Recorder()]
    now_ns = 0
    for port, message, pause_ms in sent:
        now_ns += pause_ms * MS
        written.step(now_ns, idle)
        written.mark(port, message, now_ns)
        if message[0] < 0xF0 and not (message[0] & 0xE0 == 0x80 and _is_needless(wires[port], message)):
            wires[port].send(message, now_ns)
        for number, wire in enumerate(wires):
            heard = Recorder()
            heard.down, heard.pedals = set(wire.down), set(wire.pedals)
            for letting_go in read.letting_go(number):
                if not _is_needless(heard, letting_go):
                    heard.send(letting_go, now_ns)
            assert not heard.down
            assert not heard.pedals


def _is_needless(wire: Recorder, message: bytes) -> bool:
    """An off for a key that is up, or an on for one that is down: the recorder counts both as faults."""
    if message[0] & 0xE0 != 0x80:
        return False
    is_on = message[0] & 0xF0 == NOTE_ON and message[2] > 0
    return is_on == ((message[0] & 15, message[1]) in wire.down)


def test_a_note_off_counts_only_when_it_has_surely_left_the_queue(tmp_path: Path) -> None:
    written, read = page(tmp_path), Page(tmp_path / "page")
    written.mark(1, note_on(3, 60, 90), 0)
    written.mark(1, note_off(3, 60), 50 * MS)
    written.step(50 * MS + GRACE_NS - 1, idle)
    assert note_off(3, 60) in read.letting_go(1)
    written.step(50 * MS + GRACE_NS, idle)
    assert read.letting_go(1) == []


def test_a_note_off_that_waits_for_its_wire_does_not_count_however_long_it_does(tmp_path: Path) -> None:
    written, read = page(tmp_path), Page(tmp_path / "page")
    for port in (0, 1):
        written.mark(port, note_on(3, 60, 90), 0)
        written.mark(port, note_off(3, 60), 0)
    for now_ns in (GRACE_NS, 2 * GRACE_NS, 3 * GRACE_NS):
        written.step(now_ns, (1).__eq__)
        assert (read.letting_go(0), note_off(3, 60) in read.letting_go(1)) == ([], True)
    written.step(4 * GRACE_NS, idle)
    assert read.letting_go(1) == []


def test_a_key_struck_again_within_the_grace_stays_down(tmp_path: Path) -> None:
    written, read = page(tmp_path), Page(tmp_path / "page")
    for message in (note_on(0, 60, 90), note_off(0, 60), note_on(0, 60, 90)):
        written.mark(0, message, 0)
    written.step(10 * GRACE_NS, idle)
    assert read.letting_go(0)[0] == note_off(0, 60)


def test_pedals_and_bend_are_let_go_of_too(tmp_path: Path) -> None:
    written, read = page(tmp_path), Page(tmp_path / "page")
    written.mark(0, control(2, 64, 127), 0)
    written.mark(0, bytes((0xE2, 0, 100)), 0)
    assert control(2, 64, 0) in read.letting_go(0)
    assert bytes((0xE2, 0, 64)) in read.letting_go(0)


def test_an_engine_is_dead_when_it_was_to_be_heard_of_and_was_not(tmp_path: Path) -> None:
    written, read = page(tmp_path), Page(tmp_path / "page")
    assert not read.is_dead(10**18)  # it has not begun
    written.step(1_000, idle)
    assert not read.is_dead(1_000 + PATIENCE_NS)
    assert read.is_dead(1_001 + PATIENCE_NS)
    written.live_until(10**12)
    assert not read.is_dead(10**12)
    assert not read.has_ended
    written.end()
    assert read.has_ended


def test_a_page_has_its_whole_length_before_anything_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def look() -> int:
        seen.append((tmp_path / "page").stat().st_size)
        return 1

    monkeypatch.setattr("os.getpid", look)  # it is what a page begins with
    page(tmp_path, ports=16)
    assert seen == [(tmp_path / "page").stat().st_size], "a watchdog that looks meanwhile has room for every port"
