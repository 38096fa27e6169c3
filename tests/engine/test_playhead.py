"""Ports are told early, by what their instruments and drivers need, and everything is heard together."""

from bridge.arrange.compile import Destination
from bridge.core.arrival import Loop
from bridge.core.closure import change_note
from bridge.core.message import CONTROL, PROGRAM, control
from bridge.core.song import Part
from bridge.engine.engine import LEAD_NS
from bridge.engine.link import Ask
from bridge.engine.sender import Sender
from tests.kit import MS, Recorder, Stage, hit, off, on, smf

TWO_PORTS = {Part(1, 0): Destination(0, 0), Part(2, 0): Destination(1, 0)}


def two(latency_ms: int = 0, horizon_ms: int = 0) -> Stage:
    """One note in the middle of a half-second loop on each of two ports; the second needs to be told early."""
    data = smf(hit(60, 250, 400), hit(62, 250, 400))
    return Stage(data, 2, TWO_PORTS, latencies_ms=(0, latency_ms), horizons_ms=(0, horizon_ms))


def start_ms(stage: Stage) -> int:
    """When tick 0 of the first pass is heard."""
    return stage.epochs[0].at_ns // MS


def due_ms(stage: Stage, port: int, message: bytes) -> list[int]:
    """When a port was to send a message, from the start of the first pass."""
    return [due_ns // MS - start_ms(stage) for due_ns, sent in stage.outputs[port].sent if sent == message]


def test_a_slow_instrument_is_told_earlier_by_its_latency() -> None:
    stage = two(latency_ms=30)
    stage.play(loop=Loop(0, 500), passes=2)
    stage.run()
    assert due_ms(stage, 0, on(60)) == [250, 750]
    assert due_ms(stage, 1, on(62)) == [220, 720]
    assert due_ms(stage, 1, off(62)) == [370, 870]


def test_play_waits_for_the_slowest_instrument() -> None:
    stage = two(latency_ms=30)
    stage.play()
    assert stage.epochs[0].at_ns == LEAD_NS + 30 * MS


def test_each_port_turns_the_loop_at_its_own_due_time() -> None:
    stage = Stage(smf(hit(60, 0, 500), hit(62, 0, 500)), 2, TWO_PORTS, latencies_ms=(0, 30))
    stage.play(loop=Loop(0, 500), passes=2)
    stage.run()
    assert due_ms(stage, 0, on(60)) == [0, 500]
    assert due_ms(stage, 1, on(62)) == [-30, 470]
    assert due_ms(stage, 1, off(62)) == [470, 970]


def test_a_driver_with_a_horizon_gets_messages_that_long_before_they_are_due() -> None:
    stage = two(horizon_ms=20)
    stage.play()
    stage.clock.wait_until((start_ms(stage) + 229) * MS)
    stage.step()
    assert on(62) not in [message for _, message in stage.outputs[1].sent]
    stage.clock.wait_until((start_ms(stage) + 230) * MS)
    stage.step()
    assert due_ms(stage, 1, on(62)) == [250]
    assert on(60) not in [message for _, message in stage.outputs[0].sent]


def test_what_lies_close_together_goes_to_such_a_driver_at_one_waking() -> None:
    trill = hit(62, 250, 251) + hit(64, 251, 252) + hit(65, 300, 301)
    stage = Stage(smf(hit(60, 250, 400), trill), 2, TWO_PORTS, horizons_ms=(0, 20))
    stage.play()
    stage.step()
    next_ns = stage.engine.playheads[1].next_ns
    assert next_ns == (start_ms(stage) + 232) * MS, "a little later than it might, and well ahead"
    stage.clock.wait_until(next_ns)
    stage.step()
    assert [message for _, message in stage.outputs[1].sent[-4:]] == [on(62), off(62), on(64), off(64)]


def test_a_correction_does_not_reach_what_the_driver_has_already() -> None:
    stage = two(horizon_ms=20)
    stage.play(loop=Loop(0, 500), passes=2)
    stage.clock.wait_until((start_ms(stage) + 240) * MS)
    stage.step()
    stage.edit(change_note(stage.song, stage.song.notes(2)[0][0], pitch=64))
    stage.run()
    assert due_ms(stage, 1, on(62)) == [250], "sent already, and ended where it had begun"
    assert due_ms(stage, 1, off(62)) == [250]
    assert due_ms(stage, 1, on(64)) == [750], "from the next pass on"


def test_a_pass_begins_for_the_player_when_it_is_heard_not_when_it_is_sent() -> None:
    stage = two(latency_ms=30, horizon_ms=20)
    stage.play(loop=Loop(0, 500), passes=2)
    stage.hands.press(on(40), (start_ms(stage) + 499) * MS)
    stage.hands.press(on(41), (start_ms(stage) + 500) * MS)
    stage.run()
    assert [(one.turn, one.tick) for one in stage.arrivals] == [(0, 499), (1, 0)]
    assert [one.at_ns // MS - start_ms(stage) for one in stage.epochs] == [0, 500, 1_000]


def test_stop_ends_what_was_sent_ahead_behind_its_beginning() -> None:
    stage = two(horizon_ms=20)
    stage.play()
    stage.clock.wait_until((start_ms(stage) + 240) * MS)
    stage.step()
    stage.ask(Ask.STOP)
    assert due_ms(stage, 1, off(62)) == [250]
    assert not stage.outputs[1].down


def test_the_song_is_over_when_the_slowest_instrument_has_been_heard() -> None:
    stage = two(latency_ms=30)
    stage.play()
    stage.run()
    assert stage.epochs[-1].at_ns // MS - start_ms(stage) == 400


class Queue(Recorder):
    """A port that keeps what it is given until it is called back."""

    cancelled = 0

    def cancel(self) -> None:
        """Count the calls; what was sent is gone."""
        self.cancelled += 1
        self.sent.clear()


def test_panic_calls_back_what_waits_and_the_next_play_sets_everything_anew() -> None:
    stage = Stage(smf([(0, bytes((PROGRAM, 7))), (0, control(0, 7, 90)), *hit(60, 0, 400)]))
    port = Queue()
    stage.engine.playheads[0].sender = Sender(0, port)
    stage.play()
    stage.run(100)
    stage.ask(Ask.PANIC)
    assert port.cancelled == 1
    assert port.sent[0][1] == off(60), "the notes first"
    stage.ask(Ask.STOP)
    port.sent.clear()
    stage.play()
    stage.run(0)
    assert [message for _, message in port.sent if message[0] in (PROGRAM, CONTROL)][:2] == [
        bytes((PROGRAM, 7)),
        control(0, 7, 90),
    ]
