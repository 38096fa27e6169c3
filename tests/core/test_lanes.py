"""On a congested wire only what nobody would hear is left out, and nothing that belongs together changes places."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, pairwise
from statistics import quantiles

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core import independence
from bridge.core.lanes import LIMIT, LONG_SYSEX, REPEAT_BYTES, REPEAT_NS, Lanes
from bridge.core.message import BEND, control, is_note_off, is_note_on, note_off, note_on

BYTE_NS = 320_000
RESET = b"\xf0\x7e\x7f\x09\x01\xf7"
DUMP = b"\xf0" + bytes(LONG_SYSEX) + b"\xf7"
STATES = {0, 32, 6, 38, *range(96, 102), *range(64, 70), 84, 88, *range(120, 128)}

Step = bytes | int
"""A message that is put in, or a number of bytes that are taken out."""


def decoded(data: bytes) -> list[bytes]:
    """Whole messages of a wire, real-time bytes anywhere, statuses running: a receiver of its own, of few lines."""
    messages: list[bytes] = []
    status, pending = 0, bytearray()
    for byte in data:
        if byte >= 0xF8:
            messages.append(bytes((byte,)))
            continue
        if byte >= 0x80 and byte != 0xF7:
            assert not pending, "a message was broken off"
            status = byte
        pending += bytes((status,)) if not pending and byte < 0x80 else b""
        pending.append(byte)
        length = {0xC0: 2, 0xD0: 2}.get(status & 0xF0, 3) if status < 0xF0 else {0xF1: 2, 0xF2: 3, 0xF3: 2}.get(status)
        if byte == 0xF7 or len(pending) == length or status == 0xF6:
            messages.append(bytes(pending))
            pending.clear()
    assert not pending, "the last message has no end"
    return messages


def is_value(message: bytes) -> bool:
    kind = message[0] & 0xF0
    return kind in (0xA0, 0xD0) or (kind == 0xB0 and message[1] not in STATES)


def of_channel(messages: Iterable[bytes], channel: int) -> list[bytes]:
    return [one for one in messages if one[0] < 0xF0 and one[0] & 15 == channel]


def is_parameter(message: bytes) -> bool:
    return message[0] & 0xF0 == 0xB0 and message[1] in (6, 38, *range(96, 102))


def parameters_heard(messages: Iterable[bytes], forgets_fine: bool) -> list[tuple[object, ...]]:
    """What RPN and NRPN are set to at each note and other state, and at the end; a coarse step has 3 fine ones here.

    Data that was sent before any was selected counts at the end alone.
    """
    selected: tuple[int, ...] = ()
    numbers: dict[int, int] = {}
    data: dict[tuple[int, ...], int] = {}
    heard: list[tuple[object, ...]] = []
    for one in (*messages, b""):
        if not one or not is_parameter(one):
            heard.append((one, selected, {at: value for at, value in data.items() if at or not one}))
        elif one[1] >= 98:
            numbers[one[1]] = one[2]
            low = one[1] & ~1
            selected = low, numbers.get(low, -1), numbers.get(low + 1, -1)
        else:
            coarse, fine = divmod(data.get(selected, 0), 3)
            data[selected] = {
                6: 3 * one[2] + (0 if forgets_fine else fine),
                38: 3 * coarse + one[2],
                96: 3 * coarse + fine + 1,
                97: 3 * coarse + fine - 1,
            }[one[1]]
    return heard


def newest_bends(messages: Iterable[bytes]) -> list[bytes]:
    """Of bends one behind the other, the last."""
    kept: list[bytes] = []
    for one in messages:
        if kept and one[0] & 0xF0 == BEND == kept[-1][0] & 0xF0:
            kept.pop()
        kept.append(one)
    return kept


def heard_state(messages: Iterable[bytes], forgets_fine: bool) -> dict[tuple[int, ...], int]:
    """What a strict receiver ends with: a program, a 121 or a SysEx clears its controllers."""
    state: dict[tuple[int, ...], int] = {}
    for one in messages:
        channel = one[0] & 15
        clears_all = one[0] == 0xF0 and len(one) < LONG_SYSEX
        if clears_all or one[0] & 0xF0 == 0xC0 or (one[0] & 0xF0 == 0xB0 and one[1] == 121):
            state = {at: value for at, value in state.items() if not clears_all and at[0] & 15 != channel}
        elif one[0] < 0xF0 and is_value(one):
            state[(one[0], one[1]) if len(one) == 3 else (one[0],)] = one[-1]
            if forgets_fine and one[0] & 0xF0 == 0xB0 and one[1] < 32:
                state.pop((one[0], one[1] + 32), None)
    return state


def played(lanes: Lanes, steps: Iterable[Step]) -> tuple[list[bytes], bytes]:
    """What was put in, and all bytes that came out, the rest at the end."""
    put: list[bytes] = []
    out = bytearray()
    now_ns = 0
    for step in steps:
        now_ns += BYTE_NS
        if isinstance(step, bytes):
            put.append(step)
            lanes.put(step)
        else:
            out += lanes.take(step, now_ns)
    while taken := lanes.take(3, now_ns):
        now_ns += 3 * BYTE_NS
        out += taken
    assert lanes.is_empty
    assert lanes.waiting_bytes == 0
    return put, bytes(out)


channels = st.integers(0, 1)
keys = st.integers(60, 62)
few = st.integers(0, 3)
notes = st.one_of(st.builds(note_on, channels, keys, st.integers(1, 3)), st.builds(note_off, channels, keys))
values = st.one_of(
    st.builds(control, channels, st.sampled_from((1, 33, 7, 39, 74)), few),
    st.builds(lambda channel, key, value: bytes((0xA0 | channel, key, value)), channels, keys, few),
    st.builds(lambda channel, value: bytes((0xD0 | channel, value)), channels, few),
)
states = st.one_of(
    st.builds(control, channels, st.sampled_from(sorted(STATES)), few),
    st.builds(lambda channel, value: bytes((0xC0 | channel, value)), channels, few),
    st.builds(lambda channel, value: bytes((BEND | channel, 0, value)), channels, few),
)
system = st.sampled_from((RESET, DUMP, b"\xf8", b"\xfe", b"\xf6", b"\xf1\x10", b"\xf2\x01\x02", b"\xfb"))
flood = st.lists(st.one_of(notes, values, values, states, system, st.integers(1, 7)), max_size=60)


@given(flood, st.booleans())
def test_per_channel_notes_and_state_keep_the_order_of_the_song(steps: list[Step], runs: bool) -> None:
    put, out = played(Lanes(running_status=runs), steps)
    for channel in (0, 1):
        sung, heard = ([one for one in of_channel(all_, channel) if not is_value(one)] for all_ in (put, decoded(out)))
        sung, heard = ([one for one in all_ if not is_parameter(one)] for all_ in (sung, heard))
        assert newest_bends(heard) == newest_bends(sung)


@given(flood)
def test_messages_leave_whole_in_the_order_in_which_their_bytes_would(steps: list[Step]) -> None:
    whole, parts = Lanes(), Lanes()
    for step in steps:
        if isinstance(step, bytes):
            whole.put(step)
            parts.put(step)
        else:
            message = whole.take_message()
            assert parts.take(len(message), 0) == message
            assert len(decoded(message)) == bool(message)
    assert whole.waiting_bytes == parts.waiting_bytes


@given(flood)
def test_nothing_is_lost_but_what_a_newer_value_replaced(steps: list[Step]) -> None:
    lanes = Lanes()
    put, out = played(lanes, steps)
    gone = Counter(put)
    gone.subtract(decoded(out))
    assert min(gone.values(), default=0) >= 0
    assert all(is_value(one) or is_parameter(one) or one[0] & 0xF0 == BEND for one in gone.elements())
    assert not any(one[0] & 0xF0 == 0xB0 and one[1] in (96, 97) for one in gone.elements())
    assert (gone.total(), lanes.dropped) == (lanes.coalesced, 0)


@given(flood, st.booleans())
def test_every_receiver_ends_with_the_last_values(steps: list[Step], forgets_fine: bool) -> None:
    put, out = played(Lanes(), steps)
    assert heard_state(decoded(out), forgets_fine) == heard_state(put, forgets_fine)


parameters = st.lists(
    st.sampled_from(
        [control(0, number, value) for number in (6, 38, 98, 99, 100) for value in (1, 2)]
        + [control(0, 6, 3), control(0, 96, 0), control(1, 6, 1), note_on(0, 60, 90), note_off(0, 60), 1]
    ),
    min_size=3,
    max_size=20,
)


@settings(max_examples=500)
@given(parameters, st.booleans())
def test_every_note_sounds_with_the_rpn_and_nrpn_of_the_song(steps: list[Step], forgets_fine: bool) -> None:
    put, out = played(Lanes(), steps)
    for channel in (0, 1):
        sung, heard = (of_channel(all_, channel) for all_ in (put, decoded(out)))
        assert parameters_heard(heard, forgets_fine) == parameters_heard(sung, forgets_fine)


def test_a_note_passes_data_that_is_for_no_parameter() -> None:
    lanes = Lanes()
    for value in range(128):
        lanes.put(control(0, 6, value))
    lanes.put(note_on(0, 60, 90))
    assert all_bytes(lanes) == note_on(0, 60, 90) + control(0, 6, 127)


def test_data_that_waits_is_not_for_a_parameter_selected_behind_it() -> None:
    lanes = Lanes()
    song = [control(0, 6, 1), control(0, 38, 2), control(0, 101, 0), control(0, 100, 0), control(0, 6, 12)]
    for message in song:
        lanes.put(message)
    assert decoded(all_bytes(lanes)) == song


def test_of_an_nrpn_that_is_swept_only_the_newest_value_waits() -> None:
    lanes = Lanes()
    for value in range(128):
        for number, data in ((99, 1), (98, 8), (6, value), (38, 127 - value)):
            lanes.put(control(0, number, data))
    assert decoded(all_bytes(lanes)) == [control(0, 99, 1), control(0, 98, 8), control(0, 6, 127), control(0, 38, 0)]
    assert lanes.coalesced == 127 * 4


def test_a_sweep_that_selects_once_goes_on_in_its_place() -> None:
    lanes = Lanes()
    for number, value in ((101, 0), (100, 1), (6, 64)):
        lanes.put(control(0, number, value))
    begun = lanes.take(1, 0)
    for value in range(100):
        lanes.put(control(0, 6, value))
    assert decoded(begun + all_bytes(lanes))[2:] == [control(0, 6, 64), control(0, 6, 99)]


def test_two_parameters_that_are_swept_at_once_both_end_where_they_should() -> None:
    lanes = Lanes()
    for value in range(3):
        for parameter in (8, 9):
            for number, data in ((99, 1), (98, parameter), (6, 10 * parameter + value)):
                lanes.put(control(0, number, data))
    heard = [one for one in decoded(all_bytes(lanes)) if one[1] == 6]
    assert [one[2] for one in heard] == [80, 90, 81, 91, 82, 92]


@given(flood)
def test_a_controller_never_goes_back_to_an_older_value(steps: list[Step]) -> None:
    numbered = [control(0, 7, number) if step == control(0, 7, 1) else step for number, step in enumerate(steps)]
    _, out = played(Lanes(), numbered)
    volumes = [one[2] for one in decoded(out) if one[:2] == b"\xb0\x07" and one[2] > 3]
    assert volumes == sorted(volumes)


@given(flood, st.booleans())
def test_ons_and_offs_of_a_key_alternate_on_the_wire_if_they_alternated_before(steps: list[Step], runs: bool) -> None:
    down: set[tuple[int, int]] = set()
    tidy: list[Step] = []
    for step in steps:
        if isinstance(step, bytes) and (is_note_on(step) or is_note_off(step)):
            key = step[0] & 15, step[1]
            if is_note_on(step) == (key in down):
                continue
            down ^= {key}
        tidy.append(step)
    _, out = played(Lanes(running_status=runs), tidy)
    sounding: set[tuple[int, int]] = set()
    for one in decoded(out):
        if is_note_on(one) or is_note_off(one):
            assert is_note_on(one) == ((one[0] & 15, one[1]) not in sounding)
            sounding ^= {(one[0] & 15, one[1])}
    assert sounding == down


@given(flood, st.integers(0, 60), st.integers(1, 40))
def test_a_panic_leaves_no_key_down_that_was_let_go(steps: list[Step], at: int, taken: int) -> None:
    lanes = Lanes()
    put: list[bytes] = []
    out = bytearray()
    for step in [*steps[:at], taken]:
        if isinstance(step, bytes):
            put.append(step)
            lanes.put(step)
        else:
            out += lanes.take(step, 0)
    lanes.cancel()
    heard = decoded(bytes(out) + all_bytes(lanes))
    assert lanes.is_empty
    for channel, key in {(one[0] & 15, one[1]) for one in heard if is_note_on(one)}:
        song, wire = (
            [is_note_on(one) for one in of_channel(messages, channel) if one[0] < 0xA0 and one[1] == key]
            for messages in (put, heard)
        )
        assert song[-1] or not wire[-1]


def test_a_panic_finishes_the_message_under_way_and_starts_no_note() -> None:
    lanes = Lanes()
    for pitch in (60, 62, 64):
        lanes.put(note_on(0, pitch, 90))
    lanes.put(control(0, 64, 127))
    lanes.put(control(0, 64, 0))
    begun = lanes.take(1, 0)
    lanes.cancel()
    assert begun + all_bytes(lanes) == note_on(0, 60, 90) + control(0, 64, 0)


def test_the_off_of_a_note_that_was_called_back_does_not_leave_either() -> None:
    lanes = Lanes()
    lanes.put(note_on(0, 60, 90))
    lanes.put(note_on(0, 62, 90))
    begun = lanes.take(1, 0)
    lanes.cancel()
    for pitch in (60, 62):
        lanes.put(note_off(0, pitch))
    assert begun + all_bytes(lanes) == note_on(0, 60, 90) + note_off(0, 60)


def test_a_panic_ends_a_sysex_under_way() -> None:
    lanes = Lanes()
    lanes.put(DUMP)
    lanes.take(2, 0)
    lanes.cancel()
    assert all_bytes(lanes) == b"\xf7"


@given(flood, st.sampled_from((b"\xf8", b"\xfe", b"\xff")))
def test_a_clock_goes_at_once_wherever_another_message_is(steps: list[Step], clock: bytes) -> None:
    lanes = Lanes()
    for step in steps:
        if isinstance(step, bytes) and step[0] < 0xF0:
            lanes.put(step)
        elif isinstance(step, int):
            lanes.take(step, 0)
    lanes.put(clock)
    assert lanes.take(1, 0) == clock


def all_bytes(lanes: Lanes) -> bytes:
    return lanes.take(100_000, 0)


def test_a_begun_sysex_lets_only_real_time_bytes_pass() -> None:
    lanes = Lanes()
    lanes.put(DUMP)
    begun = lanes.take(2, 0)
    lanes.put(note_on(0, 60, 90))
    lanes.put(b"\xf8")
    assert begun + all_bytes(lanes) == DUMP[:2] + b"\xf8" + DUMP[2:] + note_on(0, 60, 90)


def test_notes_are_at_most_one_dump_late() -> None:
    lanes = Lanes()
    for _ in range(20):
        lanes.put(DUMP)
    lanes.take(1, 0)
    lanes.put(control(0, 7, 1))
    lanes.put(note_on(0, 60, 90))
    heard = decoded(DUMP[:1] + all_bytes(lanes))
    assert heard[:3] == [DUMP, note_on(0, 60, 90), control(0, 7, 1)]
    assert heard[3:] == [DUMP] * 19


def test_dumps_and_controllers_take_turns() -> None:
    lanes = Lanes()
    lanes.put(DUMP)
    out = lanes.take(1, 0)
    for number in range(40):
        if number % 4 == 0:
            lanes.put(DUMP)
        lanes.put(control(0, 70 + number % 8, number))
        out += lanes.take(3, 0)
    heard = decoded(out + all_bytes(lanes))
    first = heard[1 : heard.index(DUMP, 1)]
    assert len(first) == 8
    assert heard.count(DUMP) == 11


def test_a_reset_keeps_its_place_among_all_that_it_resets() -> None:
    lanes = Lanes()
    song = [control(0, 7, 1), RESET, control(0, 7, 2), b"\xc0\x05", note_on(0, 60, 90)]
    for one in song:
        lanes.put(one)
    assert decoded(all_bytes(lanes)) == song


def test_a_start_waits_for_the_song_position_before_it() -> None:
    lanes = Lanes()
    lanes.put(note_on(0, 60, 90))
    out = lanes.take(1, 0)
    for one in (b"\xf2\x00\x01", b"\xfb", b"\xf8", b"\xfe"):
        lanes.put(one)
    assert decoded(out + all_bytes(lanes)) == [b"\xfe", note_on(0, 60, 90), b"\xf2\x00\x01", b"\xfb", b"\xf8"]


def test_an_rpn_group_leaves_in_one_piece_though_channels_alternate() -> None:
    lanes = Lanes()
    groups = [[control(channel, number, 2) for number in (101, 100, 6, 38)] for channel in (0, 1)]
    for one in chain(*zip(*groups)):
        lanes.put(one)
    assert decoded(all_bytes(lanes)) == groups[0] + groups[1]


def test_the_newest_14_bits_take_the_place_of_the_older_ones() -> None:
    lanes = Lanes()
    for coarse, fine in ((1, 1), (2, 2), (3, 3)):
        lanes.put(control(0, 1, coarse))
        lanes.put(control(0, 33, fine))
    lanes.put(control(0, 74, 5))
    assert decoded(all_bytes(lanes)) == [control(0, 1, 3), control(0, 33, 3), control(0, 74, 5)]
    assert lanes.coalesced == 4


def test_pressure_of_a_key_never_reaches_the_note_that_is_struck_on_it_next() -> None:
    lanes = Lanes()
    song = [note_on(0, 60, 90), b"\xa0\x3c\x50", note_off(0, 60), note_on(0, 60, 80)]
    for one in song:
        lanes.put(one)
    assert decoded(all_bytes(lanes)) == song


def test_a_running_status_is_said_again_for_a_receiver_that_was_plugged_in_late() -> None:
    lanes = Lanes(running_status=True)
    for number in range(100):
        lanes.put(note_on(0, number, 90))
    out = all_bytes(lanes)
    said = [at for at, byte in enumerate(out) if byte == 0x90]
    gaps = [behind - at for at, behind in pairwise(said)]
    assert len(said) > 2
    assert max(gaps) <= REPEAT_BYTES + 3
    lanes.put(note_on(0, 60, 90))
    assert lanes.take(3, REPEAT_NS) == note_on(0, 60, 90)


def test_a_chord_with_running_status_is_nearly_a_third_shorter() -> None:
    lanes = Lanes(running_status=True)
    chord = [note_on(0, 40 + number, 90) for number in range(10)]
    for one in chord:
        lanes.put(one)
    out = all_bytes(lanes)
    assert len(out) == 21
    assert decoded(out) == chord


def test_whatever_floods_a_wire_that_nobody_empties_what_waits_stays_bounded() -> None:
    lanes = Lanes(limit=50)
    flood = [note_on(0, number % 128, 90) for number in range(3_000)]
    flood += [control(0, number % 128, number % 100) for number in range(3_000)]
    flood += [bytes((BEND, 0, number % 128)) for number in range(3_000)]
    flood += [b"\xf8"] * 3_000 + [RESET] * 3_000 + [b"\xf6"] * 3_000 + [note_off(0, 60)] * 3_000
    for one in flood:
        lanes.put(one)
    assert lanes.waiting_bytes < 3_000
    assert lanes.dropped > 10_000


@pytest.mark.parametrize("prefix", [84, 88])
def test_a_note_does_not_pass_what_says_where_it_glides_from_or_how_hard_it_is(prefix: int) -> None:
    lanes = Lanes()
    song = [note_on(0, 60, 90), control(0, prefix, 55), note_on(0, 62, 90)]
    for one in song:
        lanes.put(one)
    assert decoded(all_bytes(lanes)) == song


def test_a_note_that_is_refused_takes_its_off_with_it() -> None:
    lanes = Lanes(limit=2)
    for pitch in (60, 61, 62):
        lanes.put(note_on(0, pitch, 90))
    for pitch in (60, 61, 62):
        lanes.put(note_off(0, pitch))
    heard = decoded(all_bytes(lanes))
    assert heard == [note_on(0, 60, 90), note_on(0, 61, 90), note_off(0, 60), note_off(0, 61)]
    assert lanes.dropped == 2


def test_even_when_too_much_waits_the_last_state_and_the_last_values_arrive() -> None:
    lanes = Lanes(limit=3)
    for number in range(20):
        lanes.put(bytes((0xC0, number)))
        lanes.put(control(0, 64, number))
        lanes.put(control(0, 7, number))
    heard = decoded(all_bytes(lanes))
    assert [one for one in heard if one[0] == 0xC0][-1] == b"\xc0\x13"
    assert [one for one in heard if one[:2] == b"\xb0\x40"][-1] == control(0, 64, 19)
    assert [one for one in heard if one[:2] == b"\xb0\x07"][-1] == control(0, 7, 19)


def test_controllers_are_not_kept_waiting_for_ever_by_notes() -> None:
    lanes = Lanes()
    lanes.put(control(0, 7, 100))
    out = b""
    for number in range(100):
        lanes.put(note_on(0, number, 90))
        lanes.put(note_off(0, number))
        out += lanes.take(3, 0)
    assert control(0, 7, 100) in decoded(out)


# A wire of 31,250 baud in virtual time; a byte starts when the one before has gone and at most 3 are handed over.


def controllers(per_second: int) -> Iterator[tuple[int, bytes]]:
    for number in range(4 * per_second):
        yield number * 1_000_000_000 // per_second, control(number % 2, 1 + number // 2 % 5, number % 128)


def single_notes() -> Iterator[tuple[int, bytes]]:
    for number in range(30):
        yield 50_000_017 + number * 125_111_000, note_on(2, 40 + number, 90)


def arrivals(events: Iterable[tuple[int, bytes]]) -> dict[bytes, list[int]]:
    """When the last byte of each message has arrived; a message is put in when it is due."""
    lanes = Lanes()
    waiting = sorted(events)
    free_ns = now_ns = 0
    ends: list[int] = []
    out = bytearray()
    while waiting or not lanes.is_empty:
        while waiting and waiting[0][0] <= now_ns:
            lanes.put(waiting.pop(0)[1])
        if free_ns - now_ns <= 2 * BYTE_NS and (taken := lanes.take(1, now_ns)):
            free_ns = max(free_ns, now_ns) + BYTE_NS
            out += taken
            ends.append(free_ns)
        elif lanes.is_empty:
            now_ns = max(now_ns, waiting[0][0]) if waiting else now_ns
        else:
            turn_ns = free_ns - 2 * BYTE_NS
            now_ns = min(turn_ns, waiting[0][0]) if waiting else turn_ns
    at: defaultdict[bytes, list[int]] = defaultdict(list)
    place = -1
    for one in decoded(bytes(out)):
        place += len(one)
        at[one].append(ends[place])
    return at


def lateness_ms(events: Iterable[tuple[int, bytes]], per_second: int) -> list[float]:
    song = list(events)
    at = arrivals([*song, *controllers(per_second)])
    return [(at[message].pop(0) - due_ns) / 1e6 for due_ns, message in song]


def test_a_pedal_for_a_wire_that_is_full_of_notes_costs_no_look_at_every_one(monkeypatch: pytest.MonkeyPatch) -> None:
    lanes = Lanes()
    for number in range(LIMIT):
        lanes.put(note_on(number // 128 % 16, number % 128, 90))
    looks: list[bytes] = []

    def thing_of(message: bytes) -> tuple[int, int]:
        looks.append(message)
        return independence.thing_of(message)

    monkeypatch.setattr("bridge.core.lanes.thing_of", thing_of)
    for value in (127, 0, 127, 0):
        lanes.put(control(0, 64, value))
    assert (len(looks), lanes.dropped) == (7, 3), "a burst of them would hold up every other wire"


@pytest.mark.parametrize("per_second", [1_200, 2_400])
def test_a_note_behind_a_flood_of_controllers_waits_for_the_one_under_way(per_second: int) -> None:
    late = lateness_ms(single_notes(), per_second)
    assert quantiles(late, n=100)[-1] <= 3
    assert max(late) <= 0.96 + 5 * 0.32


@pytest.mark.parametrize("per_second", [1_200, 2_400])
def test_a_flood_makes_a_chord_at_most_2_ms_later(per_second: int) -> None:
    def chords() -> Iterator[tuple[int, bytes]]:
        for number in range(7):
            for pitch in range(10):
                yield 100_000_000 + number * 500_123_000, note_on(2, 10 * number + pitch, 90)

    alone, flooded = (lateness_ms(chords(), rate) for rate in (0, per_second))
    assert max(behind - before for before, behind in zip(alone, flooded)) <= 2


@pytest.mark.parametrize("make", [Lanes, lambda: Lanes(running_status=True)])
def test_a_flood_ends_with_its_last_values_within_a_few_messages(make: Callable[[], Lanes]) -> None:
    put, out = played(make(), (step for _, one in controllers(2_400) for step in (one, 1)))
    last = {one[:2]: one for one in put}
    assert {one[:2]: one for one in decoded(out)} == last
