"""While it plays: the player's buttons, drivers' own threads, plugs, lateness, patches in slices."""

import threading

from bridge.core.arrival import Arrival, Epoch
from bridge.core.clock import ManualClock
from bridge.core.message import NOTE_ON, control, note_off, note_on
from bridge.core.schedule import Item
from bridge.engine.engine import Engine
from bridge.engine.link import Answer, Ask, Late, Patch, Patched, Plug, Request, Route, Routes, Then
from bridge.engine.loop import run
from bridge.engine.pipe import Pipe
from bridge.ports.base import Capabilities
from bridge.ports.wired import Wired
from tests.kit import BAR, LEAD, MS, Recorder, Stage, hit, off, on, playing, smf

STOP, PLAY, AGAIN, PANIC = (control(15, number, 127) for number in (20, 21, 22, 23))
BUTTONS = tuple(
    Route(0, 0xB0, 15, message[1], message[1], then)
    for message, then in ((STOP, Then.STOP), (PLAY, Then.PLAY), (AGAIN, Then.AGAIN), (PANIC, Then.PANIC))
)
KEYS = Route(0, NOTE_ON, -1, 0, 127, Then.THRU, 0, 0)


def with_buttons(data: bytes) -> Stage:
    stage = Stage(data)
    stage.tell(Routes((*BUTTONS, KEYS)))
    stage.play(loop=BAR)
    return stage


def test_the_stop_button_stops_and_the_play_button_goes_on_from_there() -> None:
    stage = with_buttons(smf(hit(60, 0, 400)))
    stage.press(STOP, 200)
    stage.press(PLAY, 300)
    stage.run(900)
    assert stage.heard(since=200)[0] == (200, off())
    rolling = [(one.rolling, one.tick) for one in stage.epochs]
    assert rolling[:3] == [(True, 0), (False, 200), (True, 200)]
    assert stage.epochs[2].loop == BAR


def test_again_plays_from_the_top_of_the_loop_at_once() -> None:
    stage = with_buttons(smf(hit(60, 0, 400) + hit(62, 100, 200)))
    stage.press(AGAIN, 250)
    stage.run(250 + LEAD + 150)
    assert stage.heard(since=250) == [(250, off()), (250 + LEAD, on()), (350 + LEAD, on(62))]


def test_the_panic_button_lets_go_of_everything_and_a_late_key_up_says_nothing_more() -> None:
    stage = with_buttons(smf(hit(60, 0, 400)))
    stage.press(note_on(0, 72, 90), 100)
    stage.press(PANIC, 200)
    stage.press(note_off(0, 72), 300)
    stage.run(350)
    assert not stage.outputs[0].down
    assert not stage.outputs[0].faults
    assert (200, note_off(0, 72)) in stage.heard()


def test_the_host_is_told_that_a_hand_stopped_it_before_it_is_told_that_it_stopped() -> None:
    stage = with_buttons(smf(hit(60, 0, 400)))
    stage.press(STOP, 200)
    stage.run(200)
    told = [one for one in stage.frames if isinstance(one, Answer) or one in stage.epochs]
    assert told[-2] == Answer(0, 1)
    assert not stage.epochs[-1].rolling


def test_a_button_is_kept_as_an_arrival_too() -> None:
    stage = with_buttons(smf(hit(60, 0, 400)))
    stage.press(STOP, 200)
    stage.run(200)
    assert [one.message for one in stage.arrivals] == [STOP]


class DirectInput:
    """An input whose driver hands over by itself."""

    name = "direct"
    capabilities = Capabilities(virtual=True)

    def attach(self, take: object) -> None: ...

    def receive(self) -> list[tuple[int, bytes]]:
        return []

    def close(self) -> None: ...


def direct() -> tuple[Engine, DirectInput, Recorder, Pipe, Pipe]:
    hands, output, down, up = DirectInput(), Recorder(), Pipe(), Pipe()
    engine = Engine([output], [hands], down, up, ManualClock())
    down.send(Routes((*BUTTONS, KEYS)), 0)
    engine.step(0)
    return engine, hands, output, down, up


def test_what_a_driver_hands_over_is_heard_at_its_own_time_without_a_step() -> None:
    engine, _, output, _, up = direct()
    assert engine.take(0, 5 * MS, note_on(0, 60, 90))
    assert output.sent == [(5 * MS, note_on(0, 60, 90))]
    assert [one.at_ns for one in engine.unacknowledged] == [5 * MS]
    assert len(list(up.receive(5 * MS))) == 1


def test_a_driver_does_not_wait_long_for_an_engine_that_is_busy() -> None:
    engine, _, output, _, _ = direct()
    taken: list[bool] = []
    with engine._lock:
        thread = threading.Thread(target=lambda: taken.append(engine.take(0, 0, note_on(0, 60, 90))))
        thread.start()
        thread.join(10)
    assert taken == [False]
    assert not output.sent


def test_a_button_that_a_driver_hands_over_wakes_the_loop_and_is_obeyed_in_the_next_step() -> None:
    engine, _, _, down, _ = direct()
    down.send(Patch(1, (), ()), 0)
    engine.step(0)
    down.send(Request(1, Ask.PLAY, 0, BAR), 0)
    engine.step(0)
    woken: list[bool] = []
    engine.wake = lambda: woken.append(True)
    assert engine.take(0, 100 * MS, STOP)
    assert woken
    assert engine.transport.epoch.rolling
    engine.step(100 * MS)
    assert not engine.transport.epoch.rolling


def test_a_device_that_was_pulled_out_comes_back_with_its_program_and_at_the_next_note() -> None:
    program = (0, b"\xc0\x05")
    stage = Stage(smf([program, *hit(60, 0, 300), *hit(62, 350, 450)]))
    output = stage.outputs[0]
    stage.play(loop=BAR)
    stage.run(100)
    output.is_connected = False
    stage.run(200)
    output.is_connected = True
    stage.step()
    stage.run(460)
    assert [frame for frame in stage.frames if isinstance(frame, Plug)] == [
        Plug("out 0", False),
        Plug("out 0", True),
    ]
    assert stage.heard(since=101)[0] == (200, off())  # it kept its power, and sounded on
    assert stage.heard(since=101)[-3:] == [(200, program[1]), (350, on(62)), (450, off(62))]
    assert not output.faults


def test_the_others_play_on_while_one_is_unplugged() -> None:
    stage = Stage(smf(hit(60, 0, 300)), outputs=2)
    stage.play(loop=BAR)
    stage.outputs[1].is_connected = False
    stage.run(400)
    assert stage.heard() == [(0, on()), (300, off())]


def test_what_came_late_is_counted_and_told() -> None:
    stage = Stage(smf(hit(60, 0, 100) + hit(62, 2_000, 2_100)))
    stage.play()
    stage.leap(40)
    stage.run(3_000)
    (late,) = (frame for frame in stage.frames if isinstance(frame, Late))
    assert (late.port, late.count, late.worst_ns) == ("out 0", 1, 40 * MS)


def test_one_step_takes_one_patch_so_that_a_great_change_never_holds_it_up() -> None:
    stage = playing(*hit(60, 0, 400), until=100)
    item = Item(450, 0, 0, 0, 4, -9, 1, 0, -1, control(0, 1, 1))
    for version in range(2, 7):
        stage.down.send(Patch(version, (), (item._replace(number=version),)), stage.clock.now_ns())
    stage.frames.clear()
    stage.step()
    assert [frame.version for frame in stage.frames if isinstance(frame, Patched)] == [2]
    stage.run(101)
    assert [frame.version for frame in stage.frames if isinstance(frame, Patched)] == [2, 3, 4, 5, 6]


def test_after_quit_everything_is_let_go_and_closed_and_what_comes_is_refused() -> None:
    stage = playing(*hit(60, 0, 400), until=100)
    stage.ask(Ask.QUIT)
    assert not stage.outputs[0].down
    assert stage.outputs[0].is_closed
    assert not stage.engine.take(0, 0, note_on(0, 60, 90))
    stage.close()


def test_what_a_driver_hands_in_right_behind_a_turn_belongs_to_a_pass_that_has_been_told() -> None:
    stage = playing(*hit(60, 0, 400), until=490)
    stage.clock.wait_until((LEAD + 500) * MS)
    assert stage.engine.take(0, stage.clock.now_ns(), note_on(0, 72, 90))
    turned, arrival = stage.up.receive(stage.clock.now_ns())
    assert isinstance(turned, Epoch)
    assert isinstance(arrival, Arrival)
    assert (turned.number, turned.turn) == (arrival.epoch, arrival.turn) == (2, 1)


def test_finish_quits_as_soon_as_nothing_waits_for_a_wire_any_more() -> None:
    clock, cable, down, up = ManualClock(), Recorder(), Pipe(), Pipe()
    wire = Wired(cable, clock)
    engine = Engine([wire], [], down, up, clock)
    dump = b"\xf0" + bytes(998) + b"\xf7"
    for message in (dump, dump, control(0, 7, 90)):
        wire.send(message, 0)
    down.send(Request(7, Ask.FINISH), 0)
    engine.step(0)
    assert not engine.is_closed
    run(clock, (engine,), (), lambda: engine.is_closed, MS)
    assert sorted(message for _, message in cable.sent) == [control(0, 7, 90), dump, dump]
    assert cable.is_closed
    assert [one for one in up.receive(clock.now_ns()) if isinstance(one, Answer)] == [Answer(7, 0)]
