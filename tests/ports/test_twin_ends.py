"""A twin is found behind a pseudo-terminal or a socket, by programs that know nothing of this one."""

import os
import select
import socket
from collections.abc import Callable, Iterator

import pytest
from mido import Message
from mido.sockets import connect

from bridge.core.clock import ManualClock
from bridge.core.message import note_on
from bridge.errors import BadOption, DriverError
from bridge.ports.twin_ends import ENDS, End, Socket, open_end, port_name
from tests.ports.far_end import DEADLINE_S
from tests.ports.twins import profile, slot

SYNTH = profile(slots=[slot()])
posix = pytest.mark.skipif(os.name != "posix", reason="this system has no pseudo-terminals")


@pytest.fixture(name="open_at")
def _open_at() -> Iterator[Callable[[str], End]]:
    opened: list[End] = []

    def open_at(where: str) -> End:
        opened.append(open_end(where, SYNTH, ManualClock()))
        return opened[-1]

    yield open_at
    for end in opened:
        end.close()


def read(end: End, count: int) -> bytes:
    """Ask until so much has come, which it does at once."""
    data = b""
    for _ in range(10_000):
        data += end.read(4_096)
        if len(data) >= count:
            return data
    raise AssertionError(f"only {data!r} came")


@posix
def test_a_pseudo_terminal_is_opened_as_a_serial_device(open_at: Callable[[str], End]) -> None:
    end = open_at("pty")
    assert end.read(16) == b""
    device = os.open(end.name, os.O_RDWR | os.O_NOCTTY)
    try:
        os.write(device, note_on(0, 60, 90) + b"\x0a\x0d\x03\x04")
        assert read(end, 7) == note_on(0, 60, 90) + b"\x0a\x0d\x03\x04"
        end.write(b"\xf0\x7e\x0a\x0d\xf7")
        assert select.select([device], [], [], DEADLINE_S)[0]
        assert os.read(device, 16) == b"\xf0\x7e\x0a\x0d\xf7"
    finally:
        os.close(device)


@posix
def test_it_stays_when_a_program_goes_and_another_comes(open_at: Callable[[str], End]) -> None:
    end = open_at("pty")
    for byte in (b"\xf8", b"\xfa"):
        device = os.open(end.name, os.O_RDWR | os.O_NOCTTY)
        os.write(device, byte)
        assert read(end, 1) == byte
        os.close(device)
    assert end.read(16) == b""


@posix
def test_what_nobody_reads_is_lost_and_holds_nothing_up(open_at: Callable[[str], End]) -> None:
    end = open_at("pty")
    for _ in range(10_000):
        end.write(note_on(0, 60, 90))


def test_a_socket_is_played_by_mido(open_at: Callable[[str], End]) -> None:
    end = open_at("socket")
    host, number = end.name.split(":")
    with connect(host, int(number)) as mido_port:
        mido_port.send(Message("note_on", note=60, velocity=90))
        assert read(end, 3) == note_on(0, 60, 90)
        end.write(note_on(1, 62, 5))
        assert mido_port.receive() == Message("note_on", channel=1, note=62, velocity=5)


def test_two_programs_at_one_socket_are_both_heard_and_one_that_goes_is_forgotten() -> None:
    end = Socket()
    place = end.name.split(":")[0], int(end.name.split(":")[1])
    with socket.create_connection(place) as one, socket.create_connection(place) as two:
        one.sendall(b"\xf8")
        assert read(end, 1) == b"\xf8"
        two.sendall(b"\xfa")
        assert read(end, 1) == b"\xfa"
    for _ in range(1_000):
        end.read(16)
        end.write(b"\xf8")
    end.close()


def test_a_port_that_is_taken_is_refused() -> None:
    first = Socket()
    number = first.name.split(":")[1]
    with pytest.raises(DriverError, match=f"^port {number} cannot be had: .*; leave the number out$"):
        Socket(int(number))
    first.close()


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("moon", f"no place 'moon' for a twin; there are: {', '.join(ENDS)}"),
        ("socket:many", "found port 'many', allowed: a number up to 65,535"),
        ("socket:70000", "found port '70000', allowed: a number up to 65,535"),
    ],
)
def test_a_place_that_there_is_not_is_refused(where: str, said: str) -> None:
    with pytest.raises(BadOption) as refused:
        open_end(where, SYNTH, ManualClock())
    assert str(refused.value) == said


def test_a_port_has_the_name_by_which_the_device_is_known() -> None:
    assert port_name(SYNTH) == "B"
    assert port_name(profile(match={"names": ["Synth*", "Synth One"]})) == "Synth One"
