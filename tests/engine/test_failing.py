"""What fails, and who may notice: the others play on, nothing hangs, and nothing that was played is lost."""

import os
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bridge.core.arrival import Arrival
from bridge.core.clock import ManualClock
from bridge.core.message import CONTROL, NOTE_ON, control, note_off, note_on
from bridge.engine.channel import Channel
from bridge.engine.engine import Engine
from bridge.engine.link import Answer, Ask, Fault, Patch, Plug, Request, Route, Routes, Then
from bridge.engine.page import LONG_NS, PATIENCE_NS, Page
from bridge.engine.pipe import Pipe
from bridge.engine.watchdog import _end_of, let_go
from bridge.errors import DriverError, Refused
from bridge.ports.base import LONGEST_CLOSE_NS, Capabilities
from bridge.ports.sequencer import Sequencer
from bridge.ports.sequencer_ports import SequencerOutput
from bridge.ports.wired import BYTE_NS, Wired
from tests.kit import MS, Plugged, Recorder, Stage, hit, smf
from tests.ports.kernel import Device, Kernel

THRU = Routes(tuple(Route(0, kind, -1, 0, 127, Then.THRU, 0, 0) for kind in (NOTE_ON, CONTROL)))
PEDAL = control(0, 64, 127)
LONG = b"\xf0" + bytes(4_998) + b"\xf7"


class Choosy(Recorder):
    """A driver that takes no long SysEx."""

    def send(self, message: bytes, due_ns: int) -> None:
        if len(message) > 4_096:
            raise Refused("a SysEx of 5,000 bytes is longer than its driver sends whole")
        super().send(message, due_ns)


class Keyboard:
    """An input on a cable; `played` is what it says next."""

    name = "keyboard"
    capabilities = Capabilities(sees_unplug=True)

    def __init__(self) -> None:
        self.is_connected = True
        self.played: list[tuple[int, bytes]] = []

    def plays(self, message: bytes, now_ns: int) -> None:
        self.played = [(now_ns, message)]

    def receive(self) -> list[tuple[int, bytes]]:
        played, self.played = self.played, []
        return played

    def close(self) -> None:
        """Nothing to give back."""


class Wireful(Recorder):
    """An output that is stepped, and fails at it or at its close."""

    next_ns = None

    def __init__(self, name: str, step: str = "", close: str = "") -> None:
        super().__init__(name)
        self._step, self._close = step, close

    def step(self, now_ns: int) -> None:
        if self._step:
            raise DriverError(self._step)

    def close(self) -> None:
        if self._close:
            raise DriverError(self._close)
        super().close()


class Answered(Recorder):
    """An output whose every message somebody answers."""

    answer: Callable[[], None] = staticmethod(lambda: None)

    def send(self, message: bytes, due_ns: int) -> None:
        super().send(message, due_ns)
        self.answer()


class Room:
    """An engine between a keyboard and outputs, with thru."""

    def __init__(self, *outputs: Recorder | Wired, clock: ManualClock | None = None) -> None:
        self.clock = clock or ManualClock()
        self.keyboard, self.down, self.up = Keyboard(), Pipe(), Pipe()
        self.engine = Engine(outputs, [self.keyboard], self.down, self.up, self.clock)
        self.down.send(THRU, 0)
        self.run(1)

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.clock.wait_until(self.clock.now_ns() + MS)
            self.engine.step(self.clock.now_ns())

    def press(self, *messages: bytes) -> None:
        self.keyboard.played = [(self.clock.now_ns(), message) for message in messages]
        self.run(5)

    @property
    def faults(self) -> list[str]:
        return [one.text for one in self.up.receive(self.clock.now_ns()) if isinstance(one, Fault)]


def test_an_output_that_fails_at_its_step_is_said_and_the_others_play_on() -> None:
    bad, good = Wireful("bad", step="ALSA does not answer"), Recorder("good")
    room = Room(bad, good)
    room.down.send(Routes((Route(0, NOTE_ON, -1, 0, 127, Then.THRU, 1, 0),)), room.clock.now_ns())
    room.run(1)
    room.press(note_on(0, 60, 90))
    assert good.down == {(0, 60)}
    assert room.faults == ["ALSA does not answer"]


def test_what_is_played_while_the_wires_fall_silent_is_told() -> None:
    clock = ManualClock()
    cable = Answered()
    room = Room(Wired(cable, clock), clock=clock)
    room.press(note_on(0, 60, 90))
    cable.answer = lambda: room.keyboard.plays(note_on(0, 72, 90), clock.now_ns())
    room.engine.close(clock.now_ns())
    told = [one.message for one in room.up.receive(clock.now_ns()) if isinstance(one, Arrival)]
    assert note_off(0, 60) in [message for _, message in cable.sent]
    assert told == [note_on(0, 60, 90), note_on(0, 72, 90)]
    assert [one.message for one in room.engine.unacknowledged] == told


def test_an_output_that_fails_at_its_close_keeps_no_other_from_it() -> None:
    bad, good = Wireful("bad", close="the disk is full"), Recorder("good")
    room = Room(bad, good)
    room.down.send(Request(1, Ask.QUIT), room.clock.now_ns())
    room.run(1)
    assert good.is_closed
    assert room.engine.ports == (), "of which none is waited for any more"
    told = list(room.up.receive(room.clock.now_ns()))
    assert [one.text for one in told if isinstance(one, Fault)] == ["the disk is full"]
    assert [one.request for one in told if isinstance(one, Answer)] == [1]


@pytest.mark.parametrize("has_wire", [False, True])
def test_a_sysex_that_is_too_long_for_its_driver_is_said_and_all_else_goes_on(has_wire: bool) -> None:
    clock, driver = ManualClock(), Choosy()
    room = Room(Wired(driver, clock) if has_wire else driver, clock=clock)
    room.press(note_on(0, 60, 90))
    room.engine.playheads[0].sender.send([LONG], clock.now_ns())
    room.run(5)
    room.press(note_off(0, 60))
    assert not driver.down
    assert room.faults == ["a SysEx of 5,000 bytes is longer than its driver sends whole"]


def test_a_close_behind_a_dump_lets_go_however_long_the_wire_is_booked() -> None:
    clock, driver = ManualClock(), Recorder()
    room = Room(Wired(driver, clock), clock=clock)
    room.press(note_on(0, 60, 90))
    dump = b"\xf0" + bytes(2 * LONGEST_CLOSE_NS // BYTE_NS) + b"\xf7"
    room.engine.playheads[0].sender.send([dump], clock.now_ns())
    room.run(20)
    room.engine.close(clock.now_ns())
    assert not driver.down


def test_a_close_lets_go_on_all_wires_side_by_side() -> None:
    clock = ManualClock()
    cables = [Recorder() for _ in range(16)]
    room = Room(*(Wired(cable, clock) for cable in cables), clock=clock)
    for playhead in room.engine.playheads:
        for pitch in range(40, 70):
            playhead.hand(note_on(0, pitch, 90), clock.now_ns())
    room.run(50)
    closed_ns = clock.now_ns()
    room.engine.close(closed_ns)
    assert [cable.down for cable in cables] == [set()] * 16
    assert max(at_ns for cable in cables for at_ns, _ in cable.sent) - closed_ns <= 200 * MS


def test_a_pedal_that_was_down_when_the_cable_went_is_up_when_it_is_back() -> None:
    synth = Plugged("synth")
    room = Room(synth)
    room.press(PEDAL)
    synth.is_connected = room.keyboard.is_connected = False
    room.run(300)
    synth.is_connected = room.keyboard.is_connected = True
    room.run(300)
    room.press(note_on(0, 60, 90), note_off(0, 60))
    assert (synth.pedals, synth.down) == (set(), set())


def test_a_pedal_that_is_held_on_is_held_by_the_instrument_that_is_back_until_it_is_lifted() -> None:
    synth = Plugged("synth")
    room = Room(synth)
    room.press(PEDAL)
    synth.is_connected = False
    room.run(300)
    synth.is_connected = True
    room.run(300)
    assert synth.pedals == {(0, 64)}
    room.press(control(0, 64, 0))
    assert not synth.pedals


def test_a_pedal_lifted_before_anybody_noticed_the_pulled_cable_is_up_when_it_is_back() -> None:
    synth = Plugged("synth")
    room = Room(synth)
    room.press(PEDAL, note_on(0, 60, 90))
    taken, synth.send = synth.send, lambda message, due_ns: None  # type: ignore[method-assign]  # into the void
    room.press(note_off(0, 60), control(0, 64, 0))
    synth.is_connected = False
    room.run(300)
    synth.send = taken  # type: ignore[method-assign]  # as it was
    synth.is_connected = True
    room.run(300)
    assert (synth.pedals, synth.down) == (set(), set())


def test_what_is_played_when_the_host_has_just_died_is_for_the_rescue_file() -> None:
    ours, theirs = socket.socketpair()
    channel, keyboard = Channel(ours), Keyboard()
    engine = Engine([Recorder()], [keyboard], channel, channel, ManualClock())
    theirs.close()
    chord = [note_on(0, pitch, 90) for pitch in (60, 64, 67)]
    keyboard.played = [(1, message) for message in chord]
    engine.step(2)
    assert [one.message for one in engine.unacknowledged] == chord
    channel.close()


def test_behind_the_panic_button_the_end_of_the_song_is_no_stop_by_hand() -> None:
    stage = Stage(smf(hit(60, 0, 200) + hit(62, 300, 400)))
    stage.tell(Routes((Route(0, CONTROL, -1, 20, 20, Then.PANIC, 0, 0),)))
    stage.play()
    stage.press(control(0, 20, 127), 50)
    stage.run()
    assert not stage.epochs[-1].rolling
    assert [one for one in stage.frames if isinstance(one, Answer) and not one.request] == []
    assert any(isinstance(one, Arrival) for one in stage.frames)


def test_an_engine_has_time_to_take_a_song_to_close_its_ports_and_to_save(tmp_path: Path) -> None:
    page, down = Page(tmp_path / "page", is_new=True, ports=1), Pipe()
    engine = Engine([Recorder()], [], down, Pipe(), ManualClock(), (), page)
    engine.step(0)
    assert page.alive_ns == LONG_NS
    down.send(Patch(1, (), ()), 0)
    engine.step(MS)
    engine.step(2 * MS)
    assert page.alive_ns == 2 * MS + PATIENCE_NS, "at once, for the next thing may be that it hangs"
    down.send(Request(1, Ask.QUIT), 2_000 * MS)
    engine.step(2_000 * MS)
    assert page.alive_ns == 2_000 * MS + LONG_NS
    engine.step(3_000 * MS)
    engine.close(3_001 * MS)
    assert page.alive_ns == 3_001 * MS + LONG_NS, "a slow disk may need long for what is unsaved"


def test_the_watchdog_lets_go_on_each_port_though_one_takes_nothing(tmp_path: Path) -> None:
    clock, page = ManualClock(), Page(tmp_path / "page", is_new=True, ports=3)
    stuck = Wireful("stuck")
    stuck.next_ns = 0  # type: ignore[assignment]  # for ever
    broken, good = Wireful("broken", step="gone"), Recorder("good")
    for port in range(3):
        page.mark(port, note_on(0, 60, 90), 0)
    good.down = {(0, 60)}
    stuck.step = lambda now_ns: clock.wait_until(clock.now_ns() + MS)  # type: ignore[method-assign]  # time goes on
    let_go(page, [enumerate((stuck, broken, good))], clock)
    assert not good.down
    assert good.is_closed


def test_the_watchdog_lets_go_on_a_port_that_fails_when_it_is_stepped_first(tmp_path: Path) -> None:
    page, port = Page(tmp_path / "page", is_new=True, ports=1), Wireful("port", step="ALSA's sequencer does not answer")
    page.mark(0, note_on(0, 60, 90), 0)
    let_go(page, [[(0, port)]], ManualClock())
    assert note_off(0, 60) in [message for _, message in port.sent]
    assert port.is_closed


def test_the_watchdog_lets_go_once_more_of_what_a_dying_engines_queue_put_down_behind_it(tmp_path: Path) -> None:
    page, port = Page(tmp_path / "page", is_new=True, ports=1), Recorder()
    page.mark(0, note_on(0, 60, 90), 0)
    let_go(page, [[(0, port)]], ManualClock(), lambda: port.send(note_on(0, 60, 90), 0))
    assert not port.down


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells when a process is gone with all it had open")
def test_the_watchdog_waits_for_an_engine_to_be_gone_with_all_it_had_open(tmp_path: Path) -> None:
    life, held = os.pipe()
    os.close(held)  # its life line has ended, and its queue plays on
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as engine:
        end = _end_of(engine.pid, life)
        assert not select.select([end], (), (), 0)[0]
        engine.kill()
        assert select.select([end], (), (), 10)[0]
    assert _end_of(engine.pid, life) == life, "and one that is gone already is not waited for"
    for descriptor in (end, life):
        os.close(descriptor)


def test_the_watchdog_lets_go_on_one_drivers_ports_before_it_opens_the_next_drivers(tmp_path: Path) -> None:
    clock, page = ManualClock(), Page(tmp_path / "page", is_new=True, ports=3)
    plain, behind_a_wire, last = Recorder(), Recorder(), Recorder()

    def opened() -> Iterator[tuple[int, Recorder]]:
        assert len(behind_a_wire.sent) == len(plain.sent) == 4, (
            "a JACK client takes 60 ms, and where its server stands still much longer"
        )
        yield 2, last

    for port in range(3):
        for pitch in (60, 64):
            page.mark(port, note_on(0, pitch, 90), 0)
    let_go(page, [[(0, plain), (1, Wired(behind_a_wire, clock))], opened()], clock)
    assert [message for _, message in behind_a_wire.sent] == [message for _, message in last.sent]
    assert all(one.is_closed for one in (plain, behind_a_wire, last))


def test_the_watchdog_lets_go_on_a_device_that_was_unplugged_and_came_back_while_it_watched(tmp_path: Path) -> None:
    clock, page = ManualClock(MS), Page(tmp_path / "page", is_new=True, ports=1)
    kernel, synth = Kernel(clock, tmp_path), Device("synth", ["in"], socket="1-1")
    kernel.plug(synth)
    sequencer = Sequencer(kernel, clock, kernel.sysfs)
    output = SequencerOutput(sequencer.open("synth:in", is_output=True), sequencer, clock)
    kernel.unplug(synth)
    kernel.plug(synth)
    page.mark(0, note_on(0, 60, 90), 0)
    let_go(page, [[(0, output)]], clock)
    assert note_off(0, 60) in kernel.direct()


class Gone(Keyboard):
    """A keyboard whose driver has gone, and says so at everything."""

    def receive(self) -> list[tuple[int, bytes]]:
        raise DriverError("ALSA's sequencer does not answer")

    def close(self) -> None:
        raise DriverError("ALSA's sequencer does not take its port away")


def test_a_keyboard_whose_driver_fails_at_everything_ends_no_music() -> None:
    clock, synth, up = ManualClock(), Recorder(), Pipe()
    engine = Engine([synth], [Gone()], Pipe(), up, clock)
    engine.step(0)
    engine.playheads[0].hand(note_on(0, 60, 90), 0)
    engine.step(MS)
    assert synth.down == {(0, 60)}
    assert [one.text for one in up.receive(MS) if isinstance(one, Fault)] == ["ALSA's sequencer does not answer"]
    engine.close(MS)
    assert not synth.down


def test_a_loop_does_not_wait_for_what_an_output_that_failed_has_to_say() -> None:
    bad, good = Wireful("bad", step="ALSA does not answer"), Recorder("good")
    engine = Engine([bad, good], [], Pipe(), Pipe(), ManualClock())
    assert bad in engine.ports
    engine.step(0)
    assert bad not in engine.ports, "nobody steps it, so that it would wake the loop for ever"


class Flickering(Recorder):
    """A cable that another thread finds again right behind the first look."""

    looks = 0

    @property
    def is_connected(self) -> bool:
        self.looks += 1
        return self.looks != 2  # the first look is whether it is a port of this kind


def test_a_cable_that_comes_back_while_its_loss_is_noticed_was_lost_and_is_back() -> None:
    up = Pipe()
    engine = Engine([Flickering()], [], Pipe(), up, ManualClock())
    for now_ns in (0, MS):
        engine.step(now_ns)
    assert [one.is_connected for one in up.receive(MS) if isinstance(one, Plug)] == [False, True]
