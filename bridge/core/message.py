"""A MIDI message is `bytes`: a status byte and its data; one table says what each status means.

Source of the table: MIDI 1.0 Detailed Specification, tables I to VI. Channels count from 0 here and from 1
wherever a person reads them.
"""

from typing import Final, NamedTuple

NOTE_OFF: Final = 0x80
NOTE_ON: Final = 0x90
KEY_PRESSURE: Final = 0xA0
CONTROL: Final = 0xB0
PROGRAM: Final = 0xC0
PRESSURE: Final = 0xD0
BEND: Final = 0xE0
SYSEX: Final = 0xF0
SYSEX_END: Final = 0xF7
META: Final = 0xFF  # in a file; on a wire FF is System Reset

BANK_MSB: Final = 0
BANK_LSB: Final = 32
SUSTAIN: Final = 64
PEDALS: Final = range(SUSTAIN, 70)  # hold, portamento, sostenuto, soft, legato, hold 2
PEDAL_DOWN: Final = 64  # a pedal is down from this value on (MIDI 1.0, table III)
ALL_SOUND_OFF: Final = 120
ALL_NOTES_OFF: Final = 123
BEND_CENTRE: Final = 8192
DRUM_CHANNEL: Final = 9  # channel 10 (General MIDI level 1)


class Spec(NamedTuple):
    """What a status byte announces: its name and how many data bytes follow (-1: until a status byte)."""

    name: str
    data_bytes: int


CHANNEL_SPECS: Final[dict[int, Spec]] = {
    NOTE_OFF: Spec("note off", 2),
    NOTE_ON: Spec("note on", 2),
    KEY_PRESSURE: Spec("key pressure", 2),
    CONTROL: Spec("control change", 2),
    PROGRAM: Spec("program change", 1),
    PRESSURE: Spec("channel pressure", 1),
    BEND: Spec("pitch bend", 2),
}
SYSTEM_SPECS: Final[dict[int, Spec]] = {
    0xF0: Spec("system exclusive", -1),
    0xF1: Spec("time code quarter frame", 1),
    0xF2: Spec("song position", 2),
    0xF3: Spec("song select", 1),
    0xF4: Spec("undefined", 0),
    0xF5: Spec("undefined", 0),
    0xF6: Spec("tune request", 0),
    0xF7: Spec("end of exclusive", 0),
    0xF8: Spec("clock", 0),
    0xF9: Spec("undefined", 0),
    0xFA: Spec("start", 0),
    0xFB: Spec("continue", 0),
    0xFC: Spec("stop", 0),
    0xFD: Spec("undefined", 0),
    0xFE: Spec("active sensing", 0),
    0xFF: Spec("reset", 0),
}
DATA_BYTES: Final[tuple[int, ...]] = tuple(
    0 if status < 0x80 else (CHANNEL_SPECS[status & 0xF0] if status < 0xF0 else SYSTEM_SPECS[status]).data_bytes
    for status in range(256)
)
"""Data bytes that follow each status on a wire, indexed by the status byte."""


def note_on(channel: int, pitch: int, velocity: int) -> bytes:
    """A note on; velocity 0 would be a note off (MIDI 1.0, Note-On)."""
    return bytes((NOTE_ON | channel, pitch, velocity))


def note_off(channel: int, pitch: int, velocity: int = 64) -> bytes:
    """A note off; 64 is the release velocity of a key without a sensor (MIDI 1.0, Note-Off)."""
    return bytes((NOTE_OFF | channel, pitch, velocity))


def control(channel: int, controller: int, value: int) -> bytes:
    """A control change."""
    return bytes((CONTROL | channel, controller, value))


def bend_centre(channel: int) -> bytes:
    """The pitch bend that bends nothing."""
    return bytes((BEND | channel, BEND_CENTRE & 0x7F, BEND_CENTRE >> 7))


def is_note_on(message: bytes) -> bool:
    """True for a note on that starts a note (velocity over 0)."""
    return message[0] & 0xF0 == NOTE_ON and message[2] > 0


def is_note_off(message: bytes) -> bool:
    """True for a note off in either form (8n, or 9n with velocity 0)."""
    kind = message[0] & 0xF0
    return kind == NOTE_OFF or (kind == NOTE_ON and message[2] == 0)


def is_controller(message: bytes, number: int) -> bool:
    """True for a control change of that controller."""
    return message[0] & 0xF0 == CONTROL and message[1] == number


def is_pedal(message: bytes) -> bool:
    """True for a control change of a pedal, up or down."""
    return message[0] & 0xF0 == CONTROL and message[1] in PEDALS


def is_pedal_down(message: bytes) -> bool:
    """True for a pedal that goes down (a value of 64 and over; MIDI 1.0, table III)."""
    return is_pedal(message) and message[2] >= PEDAL_DOWN
