"""Who sends without a loop waits until a slow wire has taken all of it."""

from bridge.core.clock import ManualClock
from bridge.core.message import note_on
from bridge.core.wire import Wire
from bridge.ports.drain import drain
from bridge.ports.loopback import Loopback
from bridge.ports.twin import Twin, TwinPort
from bridge.profiles.load import load


def test_a_chord_on_a_din_wire_has_arrived_when_the_wait_is_over() -> None:
    clock = ManualClock()
    twin = Twin(load("midi-bridge/twin-module"))
    port = TwinPort("module", Wire(320_000), [twin], clock)
    for pitch in (60, 64, 67):
        port.send(note_on(0, pitch, 90), 0)
    drain([port], clock)
    assert [pitch for _, pitch in twin.sounding] == [60, 64, 67]
    assert 2_000_000 < clock.now_ns() <= 3 * 960_000


def test_a_port_that_sends_at_once_is_not_waited_for() -> None:
    clock = ManualClock()
    port = Loopback("a", clock)
    port.send(note_on(0, 60, 90), 0)
    drain([port], clock)
    assert clock.now_ns() == 0
