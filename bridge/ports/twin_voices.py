"""The voices of a simulated instrument: which keys sound, by the slots of its profile.

`Twin` calls it for every note and controller. What a profile does not say is no limit: no polyphony, any key. It
repairs nothing: a key struck twice, or released twice, is counted. Channels count from 0. Pure: times are given.
"""

from collections.abc import Callable, Iterable
from typing import Final

from bridge.core import message as midi
from bridge.ports.twin_log import Sounded
from bridge.profiles.model import Profile
from bridge.profiles.sound import Quirks, Slot

Key = tuple[int, int]
"""(channel from 0, pitch)."""

PRIORITIES: Final[dict[str, Callable[[Iterable[Key]], Key]]] = {
    "last": lambda held: list(held)[-1],
    "low": min,
    "high": max,
}
"""Which of the held keys of a monophonic slot sounds; they come in the order of their pressing."""
RESET_CONTROLLERS: Final = 121
ENDS_NOTES: Final = frozenset((midi.ALL_NOTES_OFF, 124, 125, 126, 127))
"""All Notes Off and the four mode messages, which do the same (MIDI 1.0, "Mode Messages as All Notes Off")."""
_OCTAVE: Final = 12
_NS_PER_MS: Final = 1_000_000
_EVERY_CHANNEL: Final = tuple(range(1, 17))


def slots_of(profile: Profile) -> tuple[Slot, ...]:
    """Its slots; one whose channels are not known has all that no other has, and so has one of which nothing is."""
    taken = {channel for slot in profile.slots for channel in slot.channels}
    free = tuple(channel for channel in _EVERY_CHANNEL if channel not in taken)
    slots = profile.slots or (Slot(),)
    return tuple(slot if slot.channels else slot.model_copy(update={"channels": free}) for slot in slots)


class Voices:
    """All that sounds in one instrument."""

    def __init__(self, profile: Profile, log: list[Sounded]) -> None:
        """What begins and ends is written into `log`."""
        self.down: set[Key] = set()
        """Keys with a note-on and no note-off yet; All Notes Off ends voices and lifts no key."""
        self.order_faults = 0
        """Note-ons of keys that were down, and note-offs of keys that were not."""
        self._log = log
        self._slots = {channel - 1: slot for slot in slots_of(profile) for channel in slot.channels}
        self._groups = {
            (channel, drum.key): drum.chokes
            for channel, slot in self._slots.items()
            for drum in slot.sounds
            if drum.chokes is not None
        }
        self._quirks = profile.quirks or Quirks()
        self._polyphony = profile.polyphony
        self._voices: dict[Key, int] = {}  # sounding now, the oldest first, with the pitch of each
        self._held: dict[Key, int] = {}  # velocities of the held keys that can sound, in the order of their pressing
        self._sustained: set[Key] = set()  # sounding only because the pedal is down
        self._pedals: set[int] = set()  # channels whose pedal is down
        self._up_ns: dict[Key, int] = {}  # when a key was let go that must rest before it can be struck again

    @property
    def channels(self) -> frozenset[int]:
        """The channels on which it plays notes."""
        return frozenset(self._slots)

    @property
    def sounding(self) -> list[Key]:
        """The voices that sound now, by their keys, the oldest first."""
        return list(self._voices)

    def press(self, key: Key, velocity: int, at_ns: int) -> None:
        """A note-on."""
        has_rested = self._has_rested(key, at_ns)
        self.order_faults += key in self.down
        self.down.add(key)
        slot = self._slots[key[0]]
        if _pitch_in(slot, key[1]) is None:
            return
        if not has_rested:
            self._log.append(Sounded(at_ns, "missed", *key, velocity))
            return
        low, high = slot.velocity or (velocity, velocity)
        self._held.pop(key, None)
        self._held[key] = min(max(velocity, low), high)
        if not slot.mono_priority or self._wanted(slot) == key:
            self._start(key, slot, at_ns)

    def release(self, key: Key, at_ns: int) -> None:
        """A note-off."""
        if key not in self.down:
            self.order_faults += 1
            return
        self.down.remove(key)
        self._up_ns[key] = at_ns
        self._held.pop(key, None)
        if key not in self._voices or self._quirks.ignores_note_off:
            return
        if key[0] in self._pedals:
            self._sustained.add(key)
            return
        self._end(key, "off", at_ns)
        slot = self._slots[key[0]]
        wanted = self._wanted(slot) if slot.mono_priority else None
        if wanted:
            self._start(wanted, slot, at_ns)

    def control(self, channel: int, number: int, value: int, at_ns: int) -> None:
        """A controller: the pedal, and what ends notes."""
        if number == midi.SUSTAIN:
            self._move_pedal(channel, value >= midi.PEDAL_DOWN, at_ns)
        elif number == RESET_CONTROLLERS:
            self._move_pedal(channel, False, at_ns)
        elif number == midi.ALL_SOUND_OFF and not self._quirks.ignores_all_sound_off:
            self._forget_held(channel)
            self._end_all(self._voices_of(channel), at_ns)
        elif number in ENDS_NOTES and not self._quirks.ignores_all_notes_off:
            self._forget_held(channel)
            self._sustain_or_end(channel, at_ns)

    def silence(self, at_ns: int) -> None:
        """End everything: the cable was pulled out, as Active Sensing tells."""
        self._pedals.clear()
        self._held.clear()
        self._end_all(self.sounding, at_ns)

    def _has_rested(self, key: Key, at_ns: int) -> bool:
        gap_ms = self._slots[key[0]].retrigger_gap_ms
        if not gap_ms:
            return True
        up_ns = self._up_ns.get(key)
        return key not in self.down and (up_ns is None or at_ns - up_ns >= gap_ms * _NS_PER_MS)

    def _wanted(self, slot: Slot) -> Key | None:
        held = [key for key in self._held if self._slots[key[0]] is slot]
        return PRIORITIES[slot.mono_priority](held) if held and slot.mono_priority else None

    def _start(self, key: Key, slot: Slot, at_ns: int) -> None:
        if key in self._voices:  # struck again: one voice a key
            self._end(key, "off", at_ns)
        self._choke(key, slot, at_ns)
        ours = [voice for voice in self._voices if self._slots[voice[0]] is slot]
        if slot.polyphony and len(ours) >= slot.polyphony:
            self._end(ours[0], "steal", at_ns)
        elif self._polyphony and len(self._voices) >= self._polyphony:
            self._end(next(iter(self._voices)), "steal", at_ns)
        pitch = _pitch_in(slot, key[1])
        assert pitch is not None, "a key that can sound was held"
        self._voices[key] = pitch
        self._log.append(Sounded(at_ns, "on", key[0], pitch, self._held[key]))

    def _choke(self, key: Key, slot: Slot, at_ns: int) -> None:
        group = self._groups.get(key)
        for voice in self.sounding if group is not None else ():
            if self._groups.get(voice) == group and self._slots[voice[0]] is slot:
                self._end(voice, "choke", at_ns)

    def _end(self, key: Key, kind: str, at_ns: int) -> None:
        pitch = self._voices.pop(key)
        self._sustained.discard(key)
        self._log.append(Sounded(at_ns, kind, key[0], pitch, 0))

    def _move_pedal(self, channel: int, is_down: bool, at_ns: int) -> None:
        if self._quirks.ignores_sustain:
            return
        if is_down:
            self._pedals.add(channel)
            return
        self._pedals.discard(channel)
        self._end_all([key for key in self._voices_of(channel) if key in self._sustained], at_ns)

    def _sustain_or_end(self, channel: int, at_ns: int) -> None:
        if channel in self._pedals:  # the pedal still holds
            self._sustained.update(self._voices_of(channel))
        else:
            self._end_all(self._voices_of(channel), at_ns)

    def _voices_of(self, channel: int) -> list[Key]:
        return [key for key in self._voices if key[0] == channel]

    def _forget_held(self, channel: int) -> None:
        self._held = {key: velocity for key, velocity in self._held.items() if key[0] != channel}

    def _end_all(self, keys: Iterable[Key], at_ns: int) -> None:
        for key in list(keys):
            self._end(key, "off", at_ns)


def _pitch_in(slot: Slot, pitch: int) -> int | None:
    """What sounds when that key of a slot is struck; None: nothing."""
    low, high = slot.range
    if slot.sounds and all(drum.key != pitch for drum in slot.sounds):
        return None
    if low <= pitch <= high:
        return pitch
    if slot.beyond_range != "octave":
        return None
    inside = low + (pitch - low) % _OCTAVE if pitch < low else high - (high - pitch) % _OCTAVE
    return inside if low <= inside <= high else None
