"""What is down right now on one port: keys, pedals, programs, bend; so that all of it can be let go.

The engine asks it before every message and sends what it answers. On the wire, note-ons and note-offs of one
key alternate, whoever plays it: a new on first ends the old one, whose own off is then swallowed; while the
hand holds a key, the song's off for it waits.
"""

from collections.abc import Container
from dataclasses import dataclass
from typing import Final

from bridge.core.edit import Id
from bridge.core.message import (
    ALL_NOTES_OFF,
    ALL_SOUND_OFF,
    BANK_LSB,
    BANK_MSB,
    BEND,
    BEND_CENTRE,
    CONTROL,
    NOTE_OFF,
    PROGRAM,
    control,
    is_note_off,
    is_note_on,
    is_pedal_down,
    note_off,
)
from bridge.core.schedule import Lane, lane_of

_CENTRE: Final = bytes((BEND_CENTRE & 0x7F, BEND_CENTRE >> 7))


@dataclass(slots=True)
class Voice:
    """Who keeps a key down: a note of the song, the hand, or both."""

    owner: Id | None = None
    is_held: bool = False


class Ledger:
    """The keys and lanes of one port, by who set them."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.voices: dict[tuple[int, int], Voice] = {}
        self.lanes: dict[Lane, bytes] = {}

    def song_on(self, owner: Id, message: bytes) -> list[bytes]:
        """A note of the song starts."""
        voice, out = self._struck(message)
        voice.owner = owner
        return out

    def song_off(self, owner: Id, message: bytes) -> list[bytes]:
        """A note of the song ends; nothing is sent if the key is no longer its own, or while the hand holds it."""
        key = (message[0] & 15, message[1])
        voice = self.voices.get(key)
        if voice is None or voice.owner != owner:
            return []
        voice.owner = None
        return self._let_go(key, voice, message)

    def hand(self, message: bytes) -> list[bytes]:
        """Whatever the hand plays."""
        if is_note_on(message):
            voice, out = self._struck(message)
            voice.is_held = True
            return out
        if is_note_off(message):
            key = (message[0] & 15, message[1])
            voice = self.voices.get(key, Voice())
            if not voice.is_held:
                return []
            voice.is_held = False
            return self._let_go(key, voice, message)
        return self.set(message)

    def set(self, message: bytes) -> list[bytes]:
        """A controller, program, pressure or bend, from song or hand; behind a bank the program must be said again."""
        if NOTE_OFF <= message[0] < 0xF0:
            self.lanes[lane_of(self.port, message)] = message
        if message[0] & 0xF0 == CONTROL and message[1] in (BANK_MSB, BANK_LSB):
            self.lanes.pop(Lane(self.port, message[0] & 15, PROGRAM << 8), None)
        return [message]

    def release_song(self) -> list[bytes]:
        """End every note of the song; what the hand holds sounds on."""
        out: list[bytes] = []
        for key, voice in list(self.voices.items()):
            if voice.owner is not None:
                voice.owner = None
                out += self._let_go(key, voice, note_off(*key))
        return out

    def lift_pedals(self, held: Container[Lane] = ()) -> list[bytes]:
        """Let every pedal go that is down, but for those that are `held`."""
        down = [message for lane, message in self.lanes.items() if lane not in held and is_pedal_down(message)]
        return [sent for message in down for sent in self.set(control(message[0] & 15, message[1], 0))]

    def silence(self) -> list[bytes]:
        """Let go of everything: explicit note-offs, pedals, then the two all-off messages, then the bend's centre.

        The explicit offs come first, since many instruments ignore controllers 123 or 120.
        """
        channels = sorted({channel for channel, _ in self.voices} | {lane.channel for lane in self.lanes})
        out = [note_off(*key) for key in self.voices]
        self.voices.clear()
        out += self.lift_pedals()
        for channel in channels:
            out += (control(channel, ALL_NOTES_OFF, 0), control(channel, ALL_SOUND_OFF, 0))
            if Lane(self.port, channel, BEND << 8) in self.lanes:
                out += self.set(bytes((BEND | channel,)) + _CENTRE)
        return out

    def _struck(self, message: bytes) -> tuple[Voice, list[bytes]]:
        key = (message[0] & 15, message[1])
        out = [note_off(*key), message] if key in self.voices else [message]
        return self.voices.setdefault(key, Voice()), out

    def _let_go(self, key: tuple[int, int], voice: Voice, message: bytes) -> list[bytes]:
        if voice.is_held or voice.owner is not None:
            return []
        del self.voices[key]
        return [message]
