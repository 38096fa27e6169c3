"""A serial device is known again by its serial number, else by its socket, else by being the only one of its model."""

import pytest

from bridge.ports.serial_identity import Identity, Listed
from bridge.ports.usb_identity import Usb


def adapter(path: str, serial: str = "", socket: str = "1-1", line: str = "", product: str = "6001") -> Listed:
    return Listed(path, Usb("0403", product, serial, socket), line)


def known(device: Listed, *beside: Listed) -> Identity:
    return Identity.of(device.path, device.path, [device, *beside])


def found(identity: Identity, *listed: Listed) -> str | None:
    return identity.path_in(listed)


def test_a_serial_number_is_known_in_any_socket_and_under_any_name() -> None:
    own = known(adapter("/dev/ttyUSB0", "A"), adapter("/dev/ttyUSB1", "B", "2-1"))
    other, moved = adapter("/dev/ttyUSB0", "B", "1-1"), adapter("/dev/ttyUSB3", "A", "4-1")
    assert found(own, other, moved) == "/dev/ttyUSB3"
    assert found(own, other) is None


@pytest.mark.parametrize("serial", ["", "0001"])
def test_two_alike_that_no_serial_number_tells_apart_are_known_by_their_sockets(serial: str) -> None:
    first, second = adapter("/dev/ttyUSB0", serial, "1-1"), adapter("/dev/ttyUSB1", serial, "2-1")
    swapped = (adapter("/dev/ttyUSB0", serial, "2-1"), adapter("/dev/ttyUSB1", serial, "1-1"))
    assert found(known(first, second), *swapped) == "/dev/ttyUSB1"
    assert found(known(second, first), *swapped) == "/dev/ttyUSB0"
    assert found(known(first, second), swapped[0]) is None


def test_the_only_one_of_its_model_is_known_in_any_socket() -> None:
    own = known(adapter("/dev/ttyUSB0"), adapter("/dev/ttyUSB1", socket="2-1", product="7523"))
    assert found(own, adapter("/dev/ttyUSB4", socket="3-1")) == "/dev/ttyUSB4"
    assert found(own, adapter("/dev/ttyUSB4", socket="3-1", product="7523")) is None


def test_one_that_was_plugged_in_beside_it_is_not_taken_for_it() -> None:
    beside = adapter("/dev/ttyUSB1", socket="2-1")
    own = known(adapter("/dev/ttyUSB0")).beside([beside])
    assert found(own, beside) is None
    assert found(own, beside, adapter("/dev/ttyUSB0")) == "/dev/ttyUSB0"


def test_of_two_that_came_none_is_guessed() -> None:
    came = (adapter("/dev/ttyUSB1", socket="2-1"), adapter("/dev/ttyUSB2", socket="3-1"))
    assert found(known(adapter("/dev/ttyUSB0")), *came) is None


@pytest.mark.parametrize("serial", ["", "A"])
def test_the_lines_of_one_adapter_stay_apart(serial: str) -> None:
    lines = [adapter(f"/dev/ttyUSB{number}", serial, line=f"1.{number}") for number in range(2)]
    back = [adapter(f"/dev/ttyUSB{5 - number}", serial, line=f"1.{number}") for number in range(2)]
    assert [found(known(one, *lines), *back) for one in lines] == ["/dev/ttyUSB5", "/dev/ttyUSB4"]


def test_what_is_no_usb_device_is_known_by_its_path() -> None:
    own = Identity.of("/dev/serial0", "/dev/ttyAMA0", [Listed("/dev/ttyAMA0")])
    assert (own.path_in([]), own.is_reused("/dev/ttyAMA0")) == ("/dev/serial0", False)


def test_a_pseudo_terminal_that_is_gone_is_not_taken_for_the_next_of_its_number() -> None:
    assert Identity.of("/dev/pts/4", "/dev/pts/4", []).is_reused("/dev/pts/4")
    linked = Identity.of("/home/ana/synth", "/dev/pts/4", [])
    assert (linked.is_reused("/dev/pts/4"), linked.is_reused("/dev/pts/9")) == (True, False)
