"""One table says what each status byte means, and mido agrees with it."""

import mido
import pytest

from bridge.core.message import (
    CHANNEL_SPECS,
    DATA_BYTES,
    SYSEX,
    SYSTEM_SPECS,
    control,
    is_controller,
    is_note_off,
    is_note_on,
    note_off,
    note_on,
)

DEFINED = [
    *(kind | channel for kind in CHANNEL_SPECS for channel in range(16)),
    *(status for status, spec in SYSTEM_SPECS.items() if spec.name not in ("undefined", "end of exclusive")),
]


@pytest.mark.parametrize("status", [status for status in DEFINED if status != SYSEX])
def test_a_status_is_followed_by_as_many_bytes_as_mido_says(status: int) -> None:
    message = mido.Message.from_bytes(bytes((status, *[1] * DATA_BYTES[status])))
    assert len(message.bytes()) == 1 + DATA_BYTES[status]


@pytest.mark.parametrize("status", DEFINED)
def test_a_status_has_the_name_mido_gives_it(status: int) -> None:
    name = (CHANNEL_SPECS.get(status & 0xF0) or SYSTEM_SPECS[status]).name
    theirs = {
        "control_change": "control change", "polytouch": "key pressure", "aftertouch": "channel pressure",
        "pitchwheel": "pitch bend", "sysex": "system exclusive", "quarter_frame": "time code quarter frame",
        "songpos": "song position",
    }  # fmt: skip
    kind = mido.Message.from_bytes(
        bytes((status, *[1] * max(0, DATA_BYTES[status]), *([0xF7] * (status == SYSEX))))
    ).type
    assert theirs.get(kind, kind.replace("_", " ")) == name


def test_data_bytes_have_none_behind_them() -> None:
    assert set(DATA_BYTES[:128]) == {0}
    assert len(DATA_BYTES) == 256


def test_messages_are_the_bytes_mido_makes() -> None:
    assert note_on(2, 60, 100) == bytes(mido.Message("note_on", channel=2, note=60, velocity=100).bytes())
    assert note_off(2, 60) == bytes(mido.Message("note_off", channel=2, note=60).bytes())
    assert control(15, 64, 127) == bytes(mido.Message("control_change", channel=15, control=64, value=127).bytes())


def test_a_note_on_without_velocity_is_a_note_off() -> None:
    assert (is_note_on(note_on(0, 60, 1)), is_note_off(note_on(0, 60, 1))) == (True, False)
    assert (is_note_on(note_on(0, 60, 0)), is_note_off(note_on(0, 60, 0))) == (False, True)
    assert (is_note_on(note_off(9, 60)), is_note_off(note_off(9, 60))) == (False, True)
    assert not is_note_off(control(0, 64, 0))


def test_a_controller_is_known_by_its_number() -> None:
    assert is_controller(control(3, 64, 0), 64)
    assert not is_controller(control(3, 65, 64), 64)
    assert not is_controller(note_on(3, 64, 64), 64)
