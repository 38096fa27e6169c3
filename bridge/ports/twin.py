"""Simulated devices: `Twin` sounds what it hears as its profile says, `TwinPort` is the wire to it, `TwinController`
is an input that a script plays, or a hand on the controls of its profile.

A twin is built from its profile alone. It is pure: bytes and their times go in, what it sounded and when comes out; how
late it is stepped changes nothing in its logs. It judges this program's output, so it repairs nothing.
"""

from bisect import bisect_right, insort
from collections import defaultdict, deque
from collections.abc import Sequence
from operator import itemgetter
from typing import Final

from bridge.core import message as midi
from bridge.core.clock import Clock
from bridge.core.lanes import Lanes
from bridge.core.stream import Stream
from bridge.core.wire import Wire
from bridge.errors import BadOption
from bridge.ports.base import Capabilities, closed
from bridge.ports.twin_controls import Controls
from bridge.ports.twin_device import Device
from bridge.ports.twin_log import Sounded
from bridge.ports.twin_memory import Memory
from bridge.ports.twin_panel import Panel
from bridge.ports.twin_voices import Key, Voices
from bridge.profiles.model import Profile
from bridge.profiles.sound import Quirks, Sync

KINDS: Final = {
    midi.KEY_PRESSURE: "key pressure",
    midi.CONTROL: "control",
    midi.PROGRAM: "program",
    midi.PRESSURE: "pressure",
    midi.BEND: "bend",
}
_CLOCK, _START, _CONTINUE, _STOP = 0xF8, 0xFA, 0xFB, 0xFC
_SYNC: Final = {"clock": (_CLOCK,), "transport": (_START, _CONTINUE, _STOP)}
_UNHEARD: Final = ("sent", "none")
_SENSING: Final = 0xFE
_SENSING_NS: Final = 300_000_000
"""Without a message for so long an instrument that has heard Active Sensing falls silent (MIDI 1.0)."""
_FULL_BEND: Final = 8_192


class Twin(Device):
    """A simulated instrument."""

    def __init__(self, profile: Profile, model: str | None = None) -> None:
        """`model` is one of a family that the profile describes together."""
        super().__init__(profile, model)
        self.log: list[Sounded] = []
        self.voices = Voices(profile, self.log)
        self.memory = Memory(profile, self.voices.channels)
        self.ticks = 0
        """Clocks counted since the last start."""
        self._unheard = _unheard(profile.sync or Sync())
        self.is_running = _START in self._unheard
        """A clock drives it: it was started, and not stopped, or it hears nothing of either."""
        self.bends: dict[int, int] = {}
        """The pitch bend of each channel, as 14 bits."""
        self.controls = Controls(profile) if profile.controls else None
        """What a hand moves on it: keys and knobs of its own."""
        self._quirks = profile.quirks or Quirks()
        self._channels = self.voices.channels | self.memory.channels
        self._loses_clock = False
        self._honours_sensing = profile.wire is not None and profile.wire.active_sensing == "honoured"
        self._silent_ns: int | None = None  # when it falls silent, once it has heard Active Sensing

    @property
    def channels(self) -> frozenset[int]:
        """The channels it obeys, from 0."""
        return self._channels

    @property
    def sounding(self) -> list[Key]:
        """The voices that sound now, the oldest first."""
        return self.voices.sounding

    @property
    def down(self) -> set[Key]:
        """Keys with a note-on and no note-off yet; All Notes Off ends voices and lifts no key."""
        return self.voices.down

    @property
    def order_faults(self) -> int:
        """Note-ons of keys that were down, and note-offs of keys that were not."""
        return self.voices.order_faults

    @property
    def next_ns(self) -> int | None:
        """When the next bytes arrive that it has not handled, or when it falls silent; None for neither."""
        times = [at_ns for at_ns in (super().next_ns, self._silent_ns) if at_ns is not None]
        return min(times, default=None)

    def bend_of(self, channel: int) -> float | None:
        """The bend of a channel in semitones; None where its range is not known."""
        semitones = self.memory.bend_semitones(channel)
        bend = self.bends.get(channel, midi.BEND_CENTRE) - midi.BEND_CENTRE
        return None if semitones is None else bend / _FULL_BEND * semitones

    def step(self, now_ns: int) -> None:
        """Handle what has arrived by `now_ns`."""
        while self._coming and self._coming[0][0] <= now_ns:
            arrives_ns = self._coming[0][0]
            self._fall_silent(arrives_ns)
            super().step(arrives_ns)
        self._fall_silent(now_ns)

    def _fall_silent(self, now_ns: int) -> None:
        if self._silent_ns is not None and self._silent_ns <= now_ns:
            at_ns, self._silent_ns = self._silent_ns, None
            self.voices.silence(at_ns)

    def _hear(self, message: bytes, at_ns: int) -> None:
        status, channel = message[0] & 0xF0, message[0] & 0x0F
        if self._honours_sensing and (self._silent_ns is not None or message[0] == _SENSING):
            self._silent_ns = at_ns + _SENSING_NS
        if status == midi.SYSEX:  # system messages have no channel
            self.heard.append((at_ns, message))
            self._system(message, at_ns)
        elif channel in self._channels:
            self.heard.append((at_ns, message))
            self._obey(status, channel, message, at_ns)

    def _system(self, message: bytes, at_ns: int) -> None:
        status = message[0]
        if status in self._unheard:
            return
        if status == midi.SYSEX:
            self.memory.sysex(message, at_ns)
        elif status == _CLOCK and self.is_running:
            self.ticks += not self._loses_clock
            self._loses_clock = False
        elif status in (_START, _CONTINUE):
            self.ticks = self.ticks if status == _CONTINUE else 0
            self.is_running = True
            self._loses_clock = bool(self._quirks.loses_first_clock)
        elif status == _STOP:
            self.is_running = False

    def _obey(self, status: int, channel: int, message: bytes, at_ns: int) -> None:
        if status in (midi.NOTE_ON, midi.NOTE_OFF):
            self._play(channel, message, at_ns)
            return
        number, value = _number_and_value(status, message)
        if status == midi.PROGRAM and not self.memory.program(channel, number):
            return
        self.log.append(Sounded(at_ns, KINDS[status], channel, number, value))
        if status == midi.CONTROL:
            self.memory.control(channel, number, value, at_ns)
            self.voices.control(channel, number, value, at_ns)
        elif status == midi.BEND:
            self.bends[channel] = value

    def _play(self, channel: int, message: bytes, at_ns: int) -> None:
        if channel not in self.voices.channels:
            return
        if self._quirks.echoes_notes:
            self._send(self._echo(message), at_ns)
        if midi.is_note_on(message):
            self.voices.press((channel, message[1]), message[2], at_ns)
        else:
            self.voices.release((channel, message[1]), at_ns)

    def _echo(self, message: bytes) -> bytes:
        if midi.is_note_off(message) and self._quirks.sends_note_on_zero:
            return midi.note_on(message[0] & 0x0F, message[1], 0)
        return message


def _unheard(sync: Sync) -> frozenset[int]:
    """The real-time messages that it does not obey."""
    return frozenset(status for key, all_ in _SYNC.items() if getattr(sync, key) in _UNHEARD for status in all_)


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
    """An input that a script plays: with bytes of its own, or by the controls of a profile."""

    capabilities: Final = Capabilities(stamps_input=True, virtual=True)

    def __init__(self, name: str, clock: Clock, profile: Profile | None = None) -> None:
        self.name = name
        self.panel = Panel(profile) if profile else None
        """The controls of the profile, where there is one."""
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

    def move(self, control: str, value: int, at_ns: int) -> None:
        """The script's hand moves a control of the profile, by the name that is printed beside it, to `value`.

        Raises BadOption where the profile has no such control.
        """
        if self.panel is None:
            raise BadOption(f"'{self.name}' has no profile, so its controls have no names")
        for message in self.panel.controls.move(control, value):
            self.press(message, at_ns)

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
