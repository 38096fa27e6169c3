"""The names of keys, for people: in labels of corrections, in listings, in pictures. Nothing is read back from them."""

from typing import Final

from bridge.core.message import DRUM_CHANNEL

_NAMES: Final = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_FIRST_DRUM: Final = 35
# General MIDI 1 percussion key map, keys 35 to 81.
_DRUM_NAMES: Final = (
    "low kick, kick, side stick, snare, clap, electric snare, low floor tom, closed hi-hat, high floor tom, "
    "pedal hi-hat, low tom, open hi-hat, low-mid tom, high-mid tom, crash, high tom, ride, china, ride bell, "
    "tambourine, splash, cowbell, second crash, vibraslap, second ride, high bongo, low bongo, muted conga, "
    "open conga, low conga, high timbale, low timbale, high agogo, low agogo, cabasa, maracas, short whistle, "
    "long whistle, short guiro, long guiro, claves, high wood block, low wood block, muted cuica, open cuica, "
    "muted triangle, open triangle"
)
_DRUMS: Final = tuple(_DRUM_NAMES.split(", "))


def note_name(pitch: int) -> str:
    """A key's name; C4 is key 60."""
    return f"{_NAMES[pitch % 12]}{pitch // 12 - 1}"


def key_name(channel: int, pitch: int) -> str:
    """A key's name in a part, the drum's on the drum channel; the channel counts from 0."""
    if channel == DRUM_CHANNEL and 0 <= pitch - _FIRST_DRUM < len(_DRUMS):
        return _DRUMS[pitch - _FIRST_DRUM]
    return note_name(pitch)
