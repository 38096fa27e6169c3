"""What leaves through JACK leaves at its frame, what comes in has its moment, and what is sent on while it comes in
leaves in the same cycle; on a server in the test's hand."""

import select
from collections.abc import Iterator

import pytest

from bridge.core.message import control, note_off, note_on
from bridge.errors import DriverError, Refused, UnknownPort
from bridge.ports import jack
from bridge.ports.base import Cancelling, Direct, Pluggable, Waking
from bridge.ports.jack import Client
from bridge.ports.jack_ports import JackInput, JackOutput
from tests.ports.fake_jack import PERIOD, RATE, FakePort, FakeServer, ServerClock

FRAME_NS = 1e9 / RATE
SYNTH, KEYS = "synth:in", "keys:out"
A, B = note_on(0, 60, 90), note_on(0, 64, 90)


class Room:
    """A server with a synth and a keyboard, and our client of it."""

    def __init__(self) -> None:
        self.clock = ServerClock(5_000_000_000)
        self.server = FakeServer(self.clock, takes=(SYNTH,), gives=(KEYS,))
        self.clock.server = self.server
        self.client = Client(self.server, self.clock)

    def output(self, name: str = "=out") -> JackOutput:
        return self.client.output(name)

    def input(self, name: str = "=in") -> JackInput:
        return self.client.input(name)

    def own(self, number: int = 0) -> FakePort:
        return self.server.own[number]

    def left(self, number: int = 0) -> list[tuple[int, bytes]]:
        """What has left, and how many frames after the cycle that ran when the test began."""
        return [(frame - self.start, message) for frame, message in self.own(number).written]

    def begin(self) -> int:
        """Now: the moment at which the cycle that has just run began."""
        self.start = self.server.frame
        return self.clock.now_ns()


@pytest.fixture(name="room")
def _room() -> Iterator[Room]:
    room = Room()
    yield room
    room.server.is_dead = True
    room.client.refusal = room.client.refusal or "the test is over"
    for port in room.client.ports:
        port.close()


def frames(count: float) -> int:
    """So many frames in nanoseconds."""
    return round(count * FRAME_NS)


def test_notes_leave_at_their_frames_whatever_the_cycles_are(room: Room) -> None:
    output = room.output()
    now_ns = room.begin()
    due = [1, 127, 128, 129, 400, 401, 700]
    for frame in due:
        output.send(A, now_ns + frames(frame))
    room.server.run(7)
    assert room.left() == [(frame if frame >= PERIOD else PERIOD, A) for frame in due]  # one cycle was under way


def test_what_is_due_at_one_moment_leaves_in_the_order_of_its_sending(room: Room) -> None:
    output = room.output()
    now_ns = room.begin()
    chord = [note_off(0, 60), note_on(0, 60, 90), note_on(0, 64, 90), note_on(0, 50, 90)]
    for message in chord:
        output.send(message, now_ns + frames(300))
    output.send(B, now_ns + frames(250))
    room.server.run(3)
    assert room.left() == [(250, B), *((300, message) for message in chord)]


def test_frames_go_on_when_the_servers_counter_wraps(room: Room) -> None:
    output = room.output()
    now_ns = room.begin()
    output.send(A, now_ns + frames(20 * PERIOD + 5))
    room.server.run(21)
    assert room.left() == [(20 * PERIOD + 5, A)]
    assert room.server.frame > 1 << 32


def test_what_is_due_now_leaves_with_the_next_cycle_and_is_not_late(room: Room) -> None:
    output = room.output()
    now_ns = room.begin()
    output.send(A, now_ns)
    output.send(B, now_ns - frames(40_000))
    room.server.cycle()
    assert room.left() == [(PERIOD, B), (PERIOD, A)]
    assert (output.late, output.worst_late_ns) == (0, 0)


def test_what_was_handed_over_in_time_and_misses_its_frame_is_counted(room: Room) -> None:
    output = room.output()
    now_ns = room.begin()
    output.send(A, now_ns + frames(200))
    for _ in range(3):
        room.server.skip()
    room.server.cycle()
    assert room.left() == [(4 * PERIOD, A)]
    assert output.late == 1
    assert abs(output.worst_late_ns - frames(4 * PERIOD - 200)) < 100


def test_a_callback_that_comes_late_moves_no_note(room: Room) -> None:
    output = room.output()
    room.server.run(1_000)
    now_ns = room.begin()
    for beat in range(40):
        output.send(A, now_ns + frames(128 * beat + 200))
        room.server.cycle(late_ns=2_000_000 if beat % 3 else 0)
    assert [frame for frame, _ in room.left()] == [128 * beat + 200 for beat in range(40)]


def test_input_has_the_moment_of_its_frame(room: Room) -> None:
    source = room.input()
    now_ns = room.begin()
    room.own().coming += [(3, A), (100, B)]
    room.server.cycle(late_ns=700_000)
    arrived = source.receive()
    assert [message for _, message in arrived] == [A, B]
    assert [round((at_ns - now_ns) / FRAME_NS) for at_ns, _ in arrived] == [PERIOD + 3, PERIOD + 100]
    assert source.receive() == []
    assert source.capabilities.stamps_input


def test_thru_leaves_in_the_same_cycle_at_the_same_frame(room: Room) -> None:
    source, output = room.input(), room.output()

    def thru(at_ns: int, message: bytes) -> bool:
        output.send(message, at_ns)
        return True

    assert isinstance(source, Direct)
    source.attach(thru)
    room.begin()
    room.own().coming += [(0, A), (77, B), (127, note_off(0, 60))]
    room.server.cycle(late_ns=400_000)
    assert room.left(1) == [(PERIOD, A), (PERIOD + 77, B), (PERIOD + 127, note_off(0, 60))]
    assert source.receive() == []


def test_what_is_refused_waits_in_order_with_all_behind_it(room: Room) -> None:
    source = room.input()
    taken: list[bytes] = []
    answers = [True, False, True]

    def take(at_ns: int, message: bytes) -> bool:
        if is_taken := answers.pop(0):
            taken.append(message)
        return is_taken

    source.attach(take)
    room.own().coming += [(0, A), (1, B), (2, note_off(0, 60))]
    room.server.cycle()
    assert taken == [A]
    assert [message for _, message in source.receive()] == [B, note_off(0, 60)]
    room.own().coming += [(0, note_off(0, 64))]
    room.server.cycle()
    assert taken == [A, note_off(0, 64)]


def test_a_loop_that_waits_is_woken_by_what_comes_in_and_not_before(room: Room) -> None:
    source = room.input()
    assert isinstance(source, Waking)

    def is_ringing() -> bool:
        return bool(select.select([source.fileno()], [], [], 0)[0])

    room.server.cycle()
    assert not is_ringing()
    room.own().coming += [(0, A), (1, B)]
    room.server.cycle()
    assert is_ringing()
    source.receive()
    assert not is_ringing()


def test_sysex_in_pieces_is_one_message_and_clock_and_active_sensing_stay_outside(room: Room) -> None:
    source = room.input()
    room.own().coming += [(0, b"\xf0\x01\x02"), (1, b"\xf8"), (2, b"\xfe"), (3, b"\x03\xf7"), (4, b""), (5, b"\x40")]
    room.own().coming += [(6, b"\xc0\x05"), (7, b"\x90\x90\x10")]
    room.server.cycle()
    assert [message for _, message in source.receive()] == [b"\xf0\x01\x02\x03\xf7", b"\xc0\x05"]


def test_a_panic_calls_back_what_has_not_left_but_what_lets_go(room: Room) -> None:
    output = room.output()
    assert isinstance(output, Cancelling)
    assert output.capabilities.cancels
    now_ns = room.begin()
    output.send(A, now_ns)
    room.server.cycle()
    later = now_ns + frames(700)
    lets_go = [note_off(0, 60), control(0, 64, 0), control(0, 123, 0)]
    for message in (B, control(0, 7, 9), *lets_go, A, note_off(0, 60, 1), note_off(0, 64), control(0, 64, 127)):
        output.send(message, later)
    output.cancel()
    output.send(control(1, 7, 100), now_ns)
    room.server.cycle()
    assert room.left() == [(PERIOD, A), (2 * PERIOD, control(1, 7, 100)), *((2 * PERIOD, one) for one in lets_go)]
    room.server.run(10)
    assert len(room.left()) == 5


def test_the_off_of_a_note_that_was_called_back_does_not_leave_either(room: Room) -> None:
    output = room.output()
    now_ns = room.begin()
    output.send(A, now_ns + frames(700))
    output.cancel()
    output.send(note_off(0, 60), now_ns)
    output.send(A, now_ns)
    output.send(note_off(0, 60), now_ns)
    room.server.cycle()
    assert [message for _, message in room.left()] == [A, note_off(0, 60)]


def test_what_a_full_buffer_does_not_take_leaves_with_the_next_cycle(room: Room) -> None:
    output = room.output()
    now_ns = room.begin()
    sysex = b"\xf0" + bytes(600) + b"\xf7"
    for message in (sysex, sysex, A):
        output.send(message, now_ns + frames(130))
    room.server.run(3)
    assert room.left() == [(130, sysex), (2 * PERIOD, sysex), (2 * PERIOD, A)]
    assert output.late == 2


def test_a_sysex_longer_than_the_buffer_is_refused_and_the_port_lives(room: Room) -> None:
    output = room.output()
    with pytest.raises(Refused, match=r"^port '=out': a SysEx of 1,002 bytes is longer than JACK's buffer \(1,000\)"):
        output.send(b"\xf0" + bytes(1_000) + b"\xf7", 0)
    output.send(A, room.begin())
    room.server.cycle()
    assert [message for _, message in room.left()] == [A]


def test_it_is_handed_over_two_cycles_ahead_and_twenty_milliseconds_at_least(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert room.output().capabilities.horizon_ns == 20_000_000
    monkeypatch.setattr(FakeServer, "blocksize", 1_024)
    server = FakeServer(room.clock)
    room.clock.server = server
    slow = Client(server, room.clock).output("=out")
    assert slow.capabilities.horizon_ns == 2 * round(1_024 * FRAME_NS)
    slow.close()


def test_another_programs_port_is_connected_by_name_and_ours_are_not_listed(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    output, source = room.output(SYNTH), room.input(KEYS)
    assert (output.name, source.name) == (SYNTH, KEYS)
    assert room.server.cables == {"midi-bridge:synth in": {SYNTH}, "midi-bridge:keys out": {KEYS}}
    monkeypatch.setattr(Client, "_opened", room.client)
    assert (jack.outputs(), jack.inputs()) == ([SYNTH], [KEYS])


def test_two_outputs_to_one_port_are_two_ports_of_ours(room: Room) -> None:
    room.output(SYNTH), room.output(SYNTH)
    assert [port.shortname for port in room.server.own] == ["synth in", "synth in 2"]


def test_a_port_that_has_gone_or_a_name_that_is_taken_is_refused_and_leaves_nothing(room: Room) -> None:
    room.output("=out")
    with pytest.raises(UnknownPort, match=r"^port 'gone:in' is not there any more; "):
        room.output("gone:in")
    with pytest.raises(DriverError, match=r"^port '=out' does not open in JACK: .*; see that no other has its name$"):
        room.input("=out")
    assert [port.shortname for port in room.server.own] == ["out"]


def test_a_program_that_ends_is_seen_and_connected_again_when_it_comes_back(room: Room) -> None:
    output = room.output(SYNTH)
    assert isinstance(output, Pluggable)
    assert output.capabilities.sees_unplug
    now_ns = room.begin()
    output.send(A, now_ns + frames(900))
    room.server.leave(SYNTH)
    room.client.look_around()
    seen = [output.is_connected]
    output.send(B, room.clock.now_ns())
    room.server.run(9)
    assert room.left() == []
    room.server.come(SYNTH)
    room.client.look_around()
    assert [*seen, output.is_connected] == [False, True]
    output.send(B, room.clock.now_ns())
    room.server.cycle()
    assert [message for _, message in room.left()] == [B]


def test_a_cable_that_a_person_pulls_out_is_not_put_in_again(room: Room) -> None:
    source = room.input(KEYS)
    room.server.cables.clear()
    room.client.look_around()
    assert not source.is_connected
    room.server.come("other:out", takes=False)
    room.client.look_around()
    assert room.server.cables == {}


def test_a_port_of_our_own_waits_for_others_and_is_never_gone(room: Room) -> None:
    output = room.output("=main")
    room.client.look_around()
    assert room.own().name == "midi-bridge:main"
    assert output.is_connected
    assert not output.capabilities.sees_unplug


def test_a_server_that_stops_is_said_by_the_next_use_with_a_way_out(room: Room) -> None:
    output, source = room.output(), room.input()
    room.server.shutdown(None, "server was closed")
    refusal = r"^JACK has stopped \(server was closed\); start its server, and start again$"
    with pytest.raises(DriverError, match=refusal):
        output.send(A, 0)
    with pytest.raises(DriverError, match=refusal):
        source.receive()
    assert select.select([source.fileno()], [], [], 0)[0]


def test_a_callback_that_fails_is_a_fault_of_the_port_and_not_silence(room: Room) -> None:
    source, output = room.input(), room.output()

    def broken(at_ns: int, message: bytes) -> bool:
        raise ZeroDivisionError

    source.attach(broken)
    room.own().coming += [(0, A)]
    with pytest.raises(ZeroDivisionError):
        room.server.cycle()
    with pytest.raises(DriverError, match=r"^JACK has stopped \(its callback failed\)"):
        output.send(A, 0)


def test_a_close_lets_what_waits_leave_and_the_last_one_takes_the_client_along(room: Room) -> None:
    output, source = room.output(), room.input()
    port = room.own()
    source.close()
    assert room.server.is_active
    output.send(A, room.begin() + frames(800))
    output.close()
    output.close()
    assert [(frame - room.start, message) for frame, message in port.written] == [(800, A)]
    assert room.server.own == []
    assert room.server.is_closed
    with pytest.raises(DriverError, match=r"^port '=out' is closed"):
        output.send(A, 0)
    with pytest.raises(DriverError, match=r"^port '=in' is closed"):
        source.receive()


def test_a_close_waits_half_a_second_and_then_only_lets_go(room: Room) -> None:
    output, port = room.output(), room.own()
    now_ns = room.begin()
    output.send(A, now_ns)
    for message in (B, note_off(0, 60)):
        output.send(message, now_ns + 3_000_000_000)
    output.close()
    assert [message for _, message in port.written] == [A, note_off(0, 60)]
    assert room.clock.now_ns() - now_ns < 600_000_000


def test_a_close_waits_no_longer_for_a_server_that_stands_still(room: Room) -> None:
    output = room.output()
    now_ns = room.begin()
    output.send(A, now_ns)
    room.server.is_dead = True
    output.close()
    assert room.clock.now_ns() - now_ns < 600_000_000


def test_xruns_are_counted(room: Room) -> None:
    output = room.output()
    room.server.xrun(300.0)
    assert output.xruns == 1


def test_a_server_that_never_calls_is_refused() -> None:
    room = Room()
    room.server.is_dead = True
    with pytest.raises(DriverError, match="JACK's server does not run"):
        room.output()
    assert room.server.is_closed


def test_a_system_without_jack_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jack, "jack", None)
    for question in (jack.outputs, jack.inputs):
        with pytest.raises(
            DriverError, match=r"^JACK is not installed; install jackd2 or pipewire-jack, or play on a twin"
        ):
            question()
