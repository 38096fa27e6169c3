"""A sound card is known by the device behind it."""

from pathlib import Path

from bridge.core.clock import ManualClock
from bridge.ports.usb_identity import Usb, usb_of_card
from tests.ports.kernel import Device, Kernel


def test_a_card_is_its_device_with_serial_and_socket(tmp_path: Path) -> None:
    Kernel(ManualClock(), tmp_path).plug(Device("KeyStep", ["MIDI 1"], serial="AAA1", socket="1-1.4", model="0288"))
    assert usb_of_card(0, tmp_path) == Usb("1c75", "0288", "AAA1", "1-1.4")


def test_a_device_without_a_serial_number_has_none(tmp_path: Path) -> None:
    Kernel(ManualClock(), tmp_path).plug(Device("KeyStep", ["MIDI 1"], socket="1-1"))
    (tmp_path / "devices" / "usb1" / "1-1" / "serial").unlink()
    assert usb_of_card(0, tmp_path) == Usb("1c75", "0001", "", "1-1")


def test_a_card_that_is_no_usb_device_or_has_gone_is_nobody(tmp_path: Path) -> None:
    assert usb_of_card(7, tmp_path) is None


def test_two_of_one_model_are_twins_only_where_no_serial_number_tells_them_apart() -> None:
    first, second = Usb("1", "2", "A", "1-1"), Usb("1", "2", "B", "2-1")
    assert first.is_like(second)
    assert not first.is_twin(second)
    assert first.is_twin(Usb("1", "2", "A", "2-1"))
