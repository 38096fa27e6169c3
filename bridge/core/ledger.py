"""What is down right now on one port: keys, pedals, programs, bend; so that all of it can be let go.

The engine asks it before every message and sends what it answers. On the wire, note-ons and note-offs of one
key alternate, whoever plays it: a new on first ends the old one, whose own off is then swallowed; while the
hand holds a key, the song's off for it waits.
"""

from collections.abc import Container
from dataclasses import dataclass

from bridge.core.edit import Id
from bridge.core.message import (
    ALL_NOTES_OFF,
    ALL_SOUND_OFF,
    BEND,
    CONTROL,
    bend_centre,
    control,
    is_note_off,
    is_note_on,
    is_pedal_down,
    note_off,
)
from bridge.core.parameters import NUMBERS, Parameters
from bridge.core.schedule import BANKS, PROGRAMS, RESET, SYSTEM_RESET, Lane, is_setting, lane_of, set_back


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
        """What each lane was last set to, also by a 121; behind a reset of the whole instrument none is known."""
        self.sounds: dict[int, tuple[bytes | None, bytes | None, bytes]] = {}
        """For each channel the bank, MSB and LSB, that its last program took, and that program."""
        self.parameters: dict[int, Parameters] = {}
        """RPN and NRPN of each channel."""
        self._doubtful: set[Lane] = set()

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
        """A controller, program, pressure, bend or SysEx, from song or hand; behind a bank the program is not known."""
        lane = lane_of(self.port, message)
        if lane.kind == RESET:
            self._doubt(lane.channel)
            self.lanes |= set_back(one for one in self.lanes if one.channel == lane.channel)
            self._parameters(lane.channel).deselect()
        elif lane.kind == SYSTEM_RESET:
            self.forget()
        elif is_setting(lane):
            self.lanes[lane] = message
            self._doubtful.discard(lane)
            self._note(lane, message)
        return [message]

    def forget(self) -> None:
        """What every lane stands at is unknown from now on; pedals that were down may still be."""
        self._doubt(None)
        self.lanes.clear()
        self.sounds.clear()
        self.parameters.clear()

    def release_song(self) -> list[bytes]:
        """End every note of the song; what the hand holds sounds on."""
        out: list[bytes] = []
        for key, voice in list(self.voices.items()):
            if voice.owner is not None:
                voice.owner = None
                out += self._let_go(key, voice, note_off(*key))
        return out

    def lift_pedals(self, held: Container[Lane] = ()) -> list[bytes]:
        """Let every pedal go that is down, or may be, but for those that are `held`."""
        down = [lane for lane, message in self.lanes.items() if is_pedal_down(message)]
        down += sorted(self._doubtful.difference(down))
        free = [control(lane.channel, lane.kind & 0x7F, 0) for lane in down if lane not in held]
        return [sent for message in free for sent in self.set(message)]

    def silence(self, *, is_panic: bool = True) -> list[bytes]:
        """Let go of everything: explicit note-offs, pedals, then the two all-off messages, then the bend's centre.

        The explicit offs come first, since many instruments ignore controllers 123 or 120. Unless it is a panic, a
        channel without a key or pedal down gets no all-off messages, and only a bend off its centre is centred.
        """
        pressed = {channel for channel, _ in self.voices} | {
            lane.channel for lane, message in self.lanes.items() if is_pedal_down(message)
        }
        touched = {one.channel for one in (*self.lanes, *self._doubtful)} if is_panic else pressed
        bent = {lane: one for lane, one in self.lanes.items() if lane.kind == BEND << 8}
        out = [note_off(*key) for key in self.voices]
        self.voices.clear()
        out += self.lift_pedals()
        for channel in sorted(pressed | touched):
            out += (control(channel, ALL_NOTES_OFF, 0), control(channel, ALL_SOUND_OFF, 0))
        for lane, message in bent.items():
            if is_panic or message != bend_centre(lane.channel):
                out += self.set(bend_centre(lane.channel))
        return out

    def _note(self, lane: Lane, message: bytes) -> None:
        """What depends on the order in which a channel's messages came."""
        banks = [lane._replace(kind=kind) for kind in BANKS]
        if lane in banks:
            self.lanes.pop(lane._replace(kind=PROGRAMS), None)
        elif lane.kind == PROGRAMS:
            self.sounds[lane.channel] = (self.lanes.get(banks[0]), self.lanes.get(banks[1]), message)
        elif message[0] & 0xF0 == CONTROL and message[1] in NUMBERS:
            self._parameters(lane.channel).take(message[1], message[2])

    def _parameters(self, channel: int) -> Parameters:
        return self.parameters.setdefault(channel, Parameters(channel))

    def _doubt(self, channel: int | None) -> None:
        """Pedals that are down are let go in the end even behind a reset, since an instrument may ignore that."""
        for lane, message in self.lanes.items():
            if is_pedal_down(message) and channel in (None, lane.channel):
                self._doubtful.add(lane)

    def _struck(self, message: bytes) -> tuple[Voice, list[bytes]]:
        key = (message[0] & 15, message[1])
        out = [note_off(*key), message] if key in self.voices else [message]
        return self.voices.setdefault(key, Voice()), out

    def _let_go(self, key: tuple[int, int], voice: Voice, message: bytes) -> list[bytes]:
        if voice.is_held or voice.owner is not None:
            return []
        del self.voices[key]
        return [message]
