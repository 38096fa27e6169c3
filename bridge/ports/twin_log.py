"""What twins write down: one line for each thing that happened in a simulated device, with its time.

Tests, the demo's judge and `midi-bridge twin` read these lists; nothing is ever taken out of them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sounded:
    """What changed in the sound, when the last byte that caused it had arrived."""

    at_ns: int
    kind: str
    """on, off (of a voice: with the pedal down, after the key), steal, choke, missed (struck again too soon), or
    control, program, bend, pressure, key pressure."""
    channel: int
    number: int
    """The pitch that sounds, controller or program; 0 for channel pressure and bend."""
    value: int
    """Velocity, value or pressure; bend as 14 bits; 0 for a program and for the end of a voice."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A parameter that was set."""

    at_ns: int
    channel: int
    name: str
    value: int
    is_stored: bool
    """It has changed the instrument's memory: nobody but the player may do that."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Bytes that came faster than the device takes them."""

    at_ns: int
    count: int
    why: str


@dataclass(frozen=True, slots=True)
class Lit:
    """A light, ring, motor or display of a controller that was set."""

    at_ns: int
    control: str
    value: int
    text: str = ""
    """What a display shows, a colour as hex, or what the profile calls the value."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the device sends."""

    at_ns: int
    message: bytes


Line = Sounded | Changed | Lost | Lit | Sent
