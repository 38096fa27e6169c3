"""What is behind a port is asked once, and what comes back in time is its answer."""

import pytest

from bridge.app.recognise import REQUEST, WAIT_NS, Asked, Inquiry, recognise
from bridge.core.clock import ManualClock
from bridge.core.message import note_on
from bridge.ports.base import Capabilities, closed
from bridge.ports.loopback import Loopback

REPLY = bytes.fromhex("F07E000602421301000003000100F7")
SECOND = bytes.fromhex("F07E1006024142000016040100 00F7".replace(" ", ""))


class Device:
    """A device on a cable: it answers each request a while later."""

    capabilities = Capabilities(virtual=True)
    name = "device"

    def __init__(self, clock: ManualClock, *answers: bytes, after_ns: int = 20_000_000) -> None:
        self.clock = clock
        self.sent: list[bytes] = []
        self.answers = answers
        self.after_ns = after_ns
        self.coming: list[tuple[int, bytes]] = []
        self.is_gone = False

    def send(self, message: bytes, due_ns: int) -> None:
        if self.is_gone:
            raise closed(self.name)
        self.sent.append(message)
        if message == REQUEST:
            self.coming += [(self.clock.now_ns() + self.after_ns, one) for one in self.answers]

    def receive(self) -> list[tuple[int, bytes]]:
        now_ns = self.clock.now_ns()
        came = [one for one in self.coming if one[0] <= now_ns]
        self.coming = [one for one in self.coming if one[0] > now_ns]
        return came

    def close(self) -> None:
        self.is_gone = True


def asked(*devices: Device) -> list[Asked]:
    return [Asked(one, one) for one in devices]


def test_every_device_is_asked_once_and_answers_on_its_own_port() -> None:
    clock = ManualClock(5)
    first, second = Device(clock, REPLY), Device(clock, SECOND, after_ns=290_000_000)
    assert recognise(asked(first, second), clock) == [[REPLY], [SECOND]]
    assert (first.sent, second.sent) == ([REQUEST], [REQUEST])
    assert clock.now_ns() == 5 + WAIT_NS


def test_several_devices_behind_one_port_all_answer() -> None:
    clock = ManualClock()
    assert recognise(asked(Device(clock, REPLY, SECOND)), clock) == [[REPLY, SECOND]]


def test_a_device_that_does_not_know_the_request_holds_up_no_other() -> None:
    clock = ManualClock()
    assert recognise(asked(Device(clock), Device(clock, REPLY)), clock) == [[], [REPLY]]


def test_what_is_played_meanwhile_and_what_came_before_is_no_answer() -> None:
    clock = ManualClock(100)
    device = Device(clock, note_on(0, 60, 90), b"\xfe", REPLY)
    device.coming = [(50, SECOND)]
    assert recognise(asked(device), clock) == [[REPLY]]


def test_a_cable_that_leads_back_is_no_device() -> None:
    clock = ManualClock()
    cable = Loopback("cable", clock)
    assert recognise([Asked(cable, cable)], clock) == [[]]


def test_a_port_that_fails_has_no_answer_and_the_others_have_theirs() -> None:
    clock = ManualClock()
    gone = Device(clock, REPLY)
    gone.close()
    assert recognise(asked(gone, Device(clock, REPLY)), clock) == [[], [REPLY]]


def test_an_output_without_an_input_is_sent_nothing() -> None:
    clock = ManualClock()
    device = Device(clock, REPLY)
    assert recognise([Asked(device, None)], clock) == [[]]
    assert device.sent == []


@pytest.mark.parametrize(("now_ns", "is_over"), [(0, False), (9, False), (10, True)])
def test_an_inquiry_ends_at_its_time(now_ns: int, is_over: bool) -> None:
    assert Inquiry([], 0, wait_ns=10).is_over(now_ns) == is_over
