"""Simulated devices: `Twin` sounds what it hears as its profile says, `TwinPort` is the wire to it, `TwinController`
is an input that a script plays.

A twin is pure: bytes and their times go in, what it sounded and when comes out; how late it is stepped changes nothing
in its logs. It judges this program's output, so it repairs nothing: a key struck twice, or released twice, is counted.
"""

from bisect import bisect_right, insort
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from bridge.core import message as midi
from bridge.core.clock import Clock
from bridge.core.lanes import Lanes
from bridge.core.stream import Stream
from bridge.core.wire import Wire
from bridge.ports.base import Capabilities, closed
from bridge.profiles.model import PartModel, Profile

Key = tuple[int, int]
"""(channel from 0, pitch)."""

PRIORITIES: Final[dict[str, Callable[[Iterable[Key]], Key]]] = {
    "last": lambda held: list(held)[-1],
    "low": min,
    "high": max,
}
"""Which of the held keys of a monophonic part sounds; they come in the order of their pressing."""
KINDS: Final = {
    midi.KEY_PRESSURE: "key pressure",
    midi.CONTROL: "control",
    midi.PROGRAM: "program",
    midi.PRESSURE: "pressure",
    midi.BEND: "bend",
}
RESET_CONTROLLERS: Final = 121
ENDS_NOTES: Final = frozenset((midi.ALL_NOTES_OFF, 124, 125, 126, 127))
"""All Notes Off and the four mode messages, which do the same (MIDI 1.0, "Mode Messages as All Notes Off")."""


@dataclass(frozen=True, slots=True)
class Sounded:
    """One line of a twin's own log: what changed in its sound, when the last byte that caused it had arrived."""

    at_ns: int
    kind: str
    """on, off (of a voice: with the pedal down, after the key), steal, or a name in `KINDS`."""
    channel: int
    number: int
    """Pitch, controller or program; 0 for channel pressure and bend."""
    value: int
    """Velocity, value or pressure; bend as 14 bits; 0 for a program and for the end of a voice."""


class Twin:
    """A simulated instrument built from its profile."""

    def __init__(self, profile: Profile) -> None:
        self.name = profile.name
        self.heard: list[tuple[int, bytes]] = []
        """Every whole message on its own channels and of the system, with the arrival of its last byte in ns."""
        self.log: list[Sounded] = []
        self.down: set[Key] = set()
        """Keys with a note-on and no note-off yet; All Notes Off ends voices and lifts no key."""
        self.order_faults = 0
        """Note-ons of keys that were down, and note-offs of keys that were not."""
        self._parts = {channel - 1: part for part in profile.parts for channel in part.channels}
        self._polyphony = profile.polyphony
        self._stream = Stream()
        self._coming: deque[tuple[int, bytes]] = deque()
        self._voices: dict[Key, None] = {}  # sounding now, the oldest first
        self._held: dict[Key, int] = {}  # velocities of the held keys that can sound, in the order of their pressing
        self._sustained: set[Key] = set()  # sounding only because the pedal is down
        self._pedals: set[int] = set()  # channels whose pedal is down

    @property
    def channels(self) -> frozenset[int]:
        """The channels it obeys, from 0."""
        return frozenset(self._parts)

    @property
    def sounding(self) -> list[Key]:
        """The voices that sound now, the oldest first."""
        return list(self._voices)

    @property
    def next_ns(self) -> int | None:
        """When the next bytes arrive that it has been fed and has not handled, or None."""
        return self._coming[0][0] if self._coming else None

    def feed(self, data: bytes, at_ns: int) -> None:
        """Bytes on their way to it, in order; `at_ns` is when the last of them will have arrived."""
        self._coming.append((at_ns, data))

    def step(self, now_ns: int) -> None:
        """Handle what has arrived by `now_ns`."""
        while self._coming and self._coming[0][0] <= now_ns:
            at_ns, data = self._coming.popleft()
            for _, message in self._stream.feed(data, at_ns):
                self._hear(message, at_ns)

    def _hear(self, message: bytes, at_ns: int) -> None:
        status, channel = message[0] & 0xF0, message[0] & 0x0F
        if status == midi.SYSEX:  # system messages have no channel
            self.heard.append((at_ns, message))
        elif channel in self._parts:
            self.heard.append((at_ns, message))
            self._obey(status, channel, message, at_ns)

    def _obey(self, status: int, channel: int, message: bytes, at_ns: int) -> None:
        if midi.is_note_on(message):
            self._press((channel, message[1]), message[2], at_ns)
        elif midi.is_note_off(message):
            self._release((channel, message[1]), at_ns)
        else:
            self.log.append(Sounded(at_ns, KINDS[status], channel, *_number_and_value(status, message)))
            if status == midi.CONTROL:
                self._control(channel, message[1], message[2], at_ns)

    def _press(self, key: Key, velocity: int, at_ns: int) -> None:
        self.order_faults += key in self.down
        self.down.add(key)
        part = self._parts[key[0]]
        if not part.range[0] <= key[1] <= part.range[1]:
            return
        self._held.pop(key, None)
        self._held[key] = velocity
        if not part.mono_priority or self._wanted(part) == key:
            self._start(key, part, at_ns)

    def _release(self, key: Key, at_ns: int) -> None:
        if key not in self.down:
            self.order_faults += 1
            return
        self.down.remove(key)
        self._let_go(key, at_ns)

    def _let_go(self, key: Key, at_ns: int) -> None:
        self._held.pop(key, None)
        if key not in self._voices:
            return
        if key[0] in self._pedals:
            self._sustained.add(key)
            return
        self._end(key, "off", at_ns)
        part = self._parts[key[0]]
        wanted = self._wanted(part) if part.mono_priority else None
        if wanted:
            self._start(wanted, part, at_ns)

    def _wanted(self, part: PartModel) -> Key | None:
        held = [key for key in self._held if self._parts[key[0]] is part]
        return PRIORITIES[part.mono_priority](held) if held and part.mono_priority else None

    def _start(self, key: Key, part: PartModel, at_ns: int) -> None:
        if key in self._voices:  # struck again: one voice a key
            self._end(key, "off", at_ns)
        ours = [voice for voice in self._voices if self._parts[voice[0]] is part]
        if len(ours) >= part.polyphony:
            self._end(ours[0], "steal", at_ns)
        elif self._polyphony and len(self._voices) >= self._polyphony:
            self._end(next(iter(self._voices)), "steal", at_ns)
        self._voices[key] = None
        self.log.append(Sounded(at_ns, "on", *key, self._held[key]))

    def _end(self, key: Key, kind: str, at_ns: int) -> None:
        del self._voices[key]
        self._sustained.discard(key)
        self.log.append(Sounded(at_ns, kind, *key, 0))

    def _control(self, channel: int, number: int, value: int, at_ns: int) -> None:
        if number == midi.SUSTAIN:
            self._move_pedal(channel, value >= midi.PEDAL_DOWN, at_ns)
        elif number == RESET_CONTROLLERS:
            self._move_pedal(channel, False, at_ns)
        elif number == midi.ALL_SOUND_OFF:
            self._forget_held(channel)
            self._end_all(self._voices_of(channel), at_ns)
        elif number in ENDS_NOTES:
            self._forget_held(channel)
            self._sustain_or_end(channel, at_ns)

    def _move_pedal(self, channel: int, is_down: bool, at_ns: int) -> None:
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
        for key in keys:
            self._end(key, "off", at_ns)


def _number_and_value(status: int, message: bytes) -> tuple[int, int]:
    if status == midi.BEND:
        return 0, message[1] | message[2] << 7
    if status == midi.PRESSURE:
        return 0, message[1]
    return message[1], message[2] if len(message) > 2 else 0


class TwinPort:
    """An output whose far end is a wire with twins on it, one behind the other (thru): all hear every byte."""

    capabilities: Final = Capabilities(virtual=True)

    def __init__(self, name: str, wire: Wire, twins: Sequence[Twin], clock: Clock) -> None:
        self.name = name
        self.twins = tuple(twins)
        self.lateness: list[tuple[int, int]] = []
        """(channel from 0, arrival of the last byte - due time in ns) of every note-on that is on the wire."""
        self._wire = wire
        self._lanes = Lanes()
        self._clock = clock
        self._put_ns = 0
        self._stream = Stream()
        self._due_ns: defaultdict[bytes, deque[int]] = defaultdict(deque)  # of the note-ons that wait
        self._is_closed = False

    @property
    def next_ns(self) -> int | None:
        """When the next byte goes or arrives at the twins, or None."""
        times = [twin.next_ns for twin in self.twins]
        times += [] if self._lanes.is_empty else [self._wire.free_ns]
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def send(self, message: bytes, due_ns: int) -> None:
        """Let one message wait for the wire; if that is free, it goes now."""
        if self._is_closed:
            raise closed(self.name)
        now_ns = self._clock.now_ns()
        self._carry(now_ns)
        self._put_ns = now_ns
        refused = self._lanes.dropped
        self._lanes.put(message)
        if midi.is_note_on(message) and self._lanes.dropped == refused:
            self._due_ns[message].append(due_ns)
        self._carry(now_ns)

    def _carry(self, until_ns: int) -> None:
        """Every byte that can start by `until_ns`; one that waited starts when the one before it has gone."""
        while not self._lanes.is_empty and self._wire.free_ns <= until_ns:
            _, at_ns = self._wire.book(1, self._put_ns)
            data = self._lanes.take(1, at_ns)
            for twin in self.twins:
                twin.feed(data, at_ns)
            for _, message in self._stream.feed(data, at_ns):
                if midi.is_note_on(message):
                    late_ns = at_ns - self._due_ns[message].popleft()
                    self.lateness.append((message[0] & 0x0F, late_ns))

    def lateness_of(self, twin: Twin) -> list[int]:
        """The lateness in ns of the note-ons on that twin's channels, in the order of their sending."""
        return [late_ns for channel, late_ns in self.lateness if channel in twin.channels]

    def step(self, now_ns: int) -> None:
        """Let the twins handle what has arrived by `now_ns`."""
        self._carry(now_ns)
        for twin in self.twins:
            twin.step(now_ns)

    def close(self) -> None:
        """Send nothing more; what is on the wire still arrives."""
        self._is_closed = True


class TwinController:
    """An input that a script plays."""

    capabilities: Final = Capabilities(stamps_input=True, virtual=True)

    def __init__(self, name: str, clock: Clock) -> None:
        self.name = name
        self._clock = clock
        self._pressed: list[tuple[int, bytes]] = []
        self._received_ns = 0
        self._is_closed = False

    @property
    def next_ns(self) -> int | None:
        """When the next message of the script arrives, or None."""
        return self._pressed[0][0] if self._pressed else None

    def press(self, message: bytes, at_ns: int) -> None:
        """The script's hand sends `message` at `at_ns`; a time already received arrives with the last that was."""
        self._check_open()
        insort(self._pressed, (max(at_ns, self._received_ns), message), key=itemgetter(0))

    def receive(self) -> list[tuple[int, bytes]]:
        """What the script has sent by now, in order of its times."""
        self._check_open()
        count = bisect_right(self._pressed, self._clock.now_ns(), key=itemgetter(0))
        arrived, self._pressed = self._pressed[:count], self._pressed[count:]
        if arrived:
            self._received_ns = arrived[-1][0]
        return arrived

    def close(self) -> None:
        """Take the script's hands away; what was not received is gone."""
        self._is_closed = True
        self._pressed.clear()

    def _check_open(self) -> None:
        if self._is_closed:
            raise closed(self.name)
