"""The walk: every profile's twin is played by a hand that knows the profile alone, and must do what it says.

    Walk(profile).everything()

The hand keeps to the wire of the device, and never sends what the profile calls dangerous. What it sends is made here
anew, with none of the code that the twin reads by; what a controller sends is read by mido. The walk proves form, not
truth: that a twin agrees with its profile says nothing of the device. `python -m tests.profiles.walker` walks all of
them and says how many facts have a source.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator

from bridge.app.far_end import device_of
from bridge.core.message import bend_centre, control, note_off, note_on
from bridge.ports.twin import Twin
from bridge.ports.twin_panel import Panel
from bridge.ports.twin_voices import slots_of
from bridge.profiles.load import data_folder, load_file, names
from bridge.profiles.model import Profile
from bridge.profiles.section import ASSUMED
from bridge.profiles.sound import Slot, Wire
from tests.profiles.walked_controls import walk_controls
from tests.profiles.walked_parameters import numbered, setting, values, ways

ASK = bytes.fromhex("F0 7E 7F 06 01 F7")
PATIENCE_NS = 1_000_000_000


class Hand:
    """Plays one twin over a wire of its own speed, and waits where the profile says that the device needs it."""

    def __init__(self, device: Twin | Panel, wire: Wire | None, watch: Callable[[bytes], object]) -> None:
        self.device = device
        self.wire = wire
        self.watch = watch
        self.now_ns = PATIENCE_NS

    def send(self, *messages: bytes, hurry: bool = False) -> None:
        for message in messages:
            self.watch(message)
            pieces = [message]
            if message[0] == 0xF0 and self.wire and self.wire.sysex_piece_bytes and not hurry:
                most = self.wire.sysex_piece_bytes
                pieces = [message[start : start + most] for start in range(0, len(message), most)]
            for piece in pieces:
                self.put(piece)
                if not hurry:
                    self.pause(message)

    def put(self, data: bytes) -> None:
        for byte in data:
            self.now_ns += self.wire.ns_per_byte if self.wire else 1
            self.device.feed(bytes((byte,)), self.now_ns)
        self.device.step(self.now_ns)

    def pause(self, message: bytes) -> None:
        if self.wire is None:
            return
        gap_ms = {
            0xF0: self.wire.sysex_gap_ms,
            0xC0: self.wire.program_gap_ms,
            0xB0: self.wire.bank_gap_ms if message[1:2] in (b"\x00", b"\x20") else None,
        }.get(message[0] & 0xF0)
        self.wait(gap_ms or 0)

    def wait(self, milliseconds: float) -> None:
        self.now_ns += round(milliseconds * 1e6)
        self.device.step(self.now_ns)


class Walk:
    """One profile, walked through."""

    def __init__(self, profile: Profile, twin_of: Profile | None = None) -> None:
        """`twin_of` is another profile, where the walk shall find that out."""
        self.profile = profile
        self.slots = slots_of(profile) if profile.kind == "instrument" else ()
        self.twin_of = twin_of or profile
        self.watch: Callable[[bytes], object] = lambda message: None
        """Called with every message that is sent."""

    def everything(self) -> None:
        self.identity()
        if self.profile.kind == "instrument":
            self.notes()
            self.polyphony()
            self.mono_priority()
            self.chokes()
            self.bends()
            self.programs()
            self.parameters()
            self.quirks()
            self.clock()
            self.too_fast()
        walk_controls(self.profile, self.twin_of)

    def hand(self) -> tuple[Hand, Twin]:
        twin = device_of(self.twin_of)
        assert isinstance(twin, Twin)
        return Hand(twin, self.profile.wire, self.watch), twin

    def judge(self, hand: Hand) -> None:
        """Nothing was sent faster than the device takes it, and nothing changed its memory."""
        assert (hand.device.intake.early, hand.device.intake.lost) == (0, [])
        if isinstance(hand.device, Twin):
            assert hand.device.memory.stored == 0

    def replies(self) -> Iterator[bytes]:
        """What each of its models answers to the identity request."""
        for model in (None, *self.profile.models):
            device = device_of(self.twin_of, model)
            hand = Hand(device, self.profile.wire, self.watch)
            hand.send(ASK)
            answers = [message for _, message in device.receive()]
            assert len(answers) <= 1
            yield from answers
            self.judge(hand)

    def identity(self) -> None:
        known = [one for one in (self.profile.match.replies if self.profile.match else ()) if one.state is None]
        is_answered = bool(known or (self.profile.twin and self.profile.twin.reply))
        replies = list(self.replies())
        answering = [model for model in self.profile.models if model not in known_silent(self.profile)]
        assert len(replies) == (1 + len(answering) if is_answered else 0)
        for reply in replies:
            assert (reply[:2], reply[3:5], reply[-1]) == (b"\xf0\x7e", b"\x06\x02", 0xF7)
            assert max(reply[1:-1]) < 0x80

    def notes(self) -> None:
        """Every key at the ends of the range, every drum sound, and the keys beyond."""
        for slot in self.slots:
            hand, twin = self.hand()
            channel = slot.channels[0] - 1
            low, high = slot.velocity or (1, 127)
            for place, key in enumerate(sorted({*edges(slot), *(drum.key for drum in slot.sounds)})):
                before, velocity = len(twin.log), (1, 64, 127)[place % 3]
                hand.send(note_on(channel, key, velocity), note_off(channel, key))
                hand.wait((slot.retrigger_gap_ms or 0) + 1)
                ons = [(line.number, line.value) for line in twin.log[before:] if line.kind == "on"]
                heard = min(max(velocity, low), high)
                assert ons == [(pitch, heard) for pitch in sounded(slot, key)], (slot.channels, key)
            assert twin.order_faults == 0
            self.judge(hand)

    def polyphony(self) -> None:
        """One note more than there are voices steals the oldest."""
        for slot in self.slots:
            limit = min(filter(None, (slot.polyphony, self.profile.polyphony)), default=None)
            keys = [(channel - 1, key) for channel in slot.channels for key in free_keys(slot)]
            if limit is None or len(keys) <= limit:
                continue
            hand, twin = self.hand()
            if slot.mono_priority == "low":
                keys.reverse()
            hand.send(*(note_on(channel, key, 100) for channel, key in keys[:limit]))
            assert len(twin.sounding) == limit
            hand.send(note_on(*keys[limit], 100))
            assert twin.sounding == keys[1 : limit + 1]
            self.judge(hand)

    def mono_priority(self) -> None:
        """The key that the priority names sounds, and when it is let go, the next."""
        for slot in self.slots:
            if slot.mono_priority is None or len(keys_of(slot)) < 3:
                continue
            low, middle, high = (keys_of(slot)[place] for place in (0, 1, -1))
            order = {"last": [low, high, middle], "low": [middle, high, low], "high": [low, middle, high]}
            first, second, winner = order[slot.mono_priority]
            for pressed in ([first, second, winner], [winner, first, second]):
                if slot.mono_priority == "last" and pressed[-1] != winner:
                    continue
                hand, twin = self.hand()
                channel = slot.channels[0] - 1
                hand.send(*(note_on(channel, key, 100) for key in pressed))
                assert twin.sounding == [(channel, winner)]
                if twin.profile.quirks is None or not twin.profile.quirks.ignores_note_off:
                    hand.send(note_off(channel, winner))
                    assert twin.sounding == [
                        (channel, {"last": second, "low": middle, "high": middle}[slot.mono_priority])
                    ]
                self.judge(hand)

    def chokes(self) -> None:
        """Two sounds of one group are never heard together."""
        for slot in self.slots:
            groups: dict[str, list[int]] = {}
            for drum in slot.sounds:
                if drum.chokes is not None:
                    groups.setdefault(drum.chokes, []).append(drum.key)
            for keys in groups.values():
                hand, twin = self.hand()
                channel = slot.channels[0] - 1
                hand.send(*(note_on(channel, key, 100) for key in keys))
                assert twin.sounding == [(channel, keys[-1])]
                self.judge(hand)

    def bends(self) -> None:
        """A full bend goes as far as the profile says, and RPN 0 sets that where it says so."""
        for slot in self.slots:
            hand, twin = self.hand()
            channel = slot.channels[0] - 1
            hand.send(bytes((0xE0 | channel, 0x00, 0x00)))
            far = slot.bend.semitones if slot.bend else None
            assert twin.bend_of(channel) == (None if far is None else -far)
            hand.send(*numbered(channel, (101, 100), (0, 0), [(6, 7), (38, 0)]))
            if far is not None and slot.bend is not None:
                assert twin.bend_of(channel) == -(7 if slot.bend.set_by == "rpn" else far)
            hand.send(bend_centre(channel))
            self.judge(hand)

    def programs(self) -> None:
        """Each bank is reached by the bytes that it obeys, and a program is called what the profile calls it."""
        habits = self.profile.programs
        if habits is None:
            return
        hand, twin = self.hand()
        channel = min(twin.voices.channels)
        for bank in habits.banks:
            for place in sorted({0, max(0, len(bank.names) - 1)}):
                banks = [control(channel, cc, value or 0) for cc, value in ((0, bank.msb), (32, bank.lsb))]
                hand.send(*banks, bytes((0xC0 | channel, bank.first + place)))
                chosen = twin.memory.chosen[channel]
                if habits.select == "none":
                    assert chosen.program is None
                    continue
                assert chosen.program == bank.first + place
                assert chosen.msb == ((bank.msb or 0) if habits.select in ("msb", "both") else None)
                assert chosen.lsb == ((bank.lsb or 0) if habits.select in ("lsb", "both") else None)
                assert not bank.names or twin.memory.program_name(channel) in {
                    bank.names[place],
                    *first_names(self.profile),
                }
        self.judge(hand)

    def parameters(self) -> None:
        """Every parameter is set through its range by every way, and stands there; what stores is left alone."""
        hand, twin = self.hand()
        for place, parameter in enumerate(self.profile.parameters):
            if parameter.safety == "stores" or parameter.direction == "sent":
                continue
            channels = sorted(channel - 1 for channel in parameter.channels) or sorted(twin.voices.channels)
            for by in ways(parameter):
                for value in values(parameter, by, self.profile.origin == "written"):
                    channel = channels[value % len(channels)]
                    hand.send(*setting(parameter, by, value, channel))
                    assert twin.memory.value(place, channel) == value, (parameter.name, by, value)
        self.judge(hand)

    def quirks(self) -> None:
        """What it ignores leaves a note sounding, and what it does not ends it."""
        quirks = self.profile.quirks
        for ending, is_ignored in (
            ([control(0, 123, 0)], quirks and quirks.ignores_all_notes_off),
            ([control(0, 120, 0)], quirks and quirks.ignores_all_sound_off),
            ([note_off(0, 0)], quirks and quirks.ignores_note_off),
            ([control(0, 64, 127), note_off(0, 0), control(0, 64, 0)], quirks and quirks.ignores_note_off),
        ):
            hand, twin = self.hand()
            slot = self.slots[0]
            channel, key = slot.channels[0] - 1, keys_of(slot)[0]
            hand.send(note_on(channel, key, 100))
            assert len(twin.sounding) == 1
            hand.send(*(bytes((one[0] | channel, key if one[0] == 0x80 else one[1], one[2])) for one in ending))
            assert bool(twin.sounding) == bool(is_ignored), ending
            echoed = [message for _, message in twin.receive()]
            assert bool(echoed) == bool(quirks and quirks.echoes_notes)
            self.judge(hand)
        self.pedal()

    def pedal(self) -> None:
        """The pedal holds a note that is let go, unless it is ignored."""
        quirks = self.profile.quirks
        hand, twin = self.hand()
        slot = self.slots[0]
        channel, key = slot.channels[0] - 1, keys_of(slot)[0]
        hand.send(control(channel, 64, 127), note_on(channel, key, 100), note_off(channel, key))
        rings = bool(quirks and quirks.ignores_note_off)
        assert bool(twin.sounding) == (rings or not (quirks and quirks.ignores_sustain))
        self.judge(hand)

    def clock(self) -> None:
        """Twenty-four clocks are a quarter note, or one less where the first is lost; what is deaf counts none."""
        hand, twin = self.hand()
        hand.send(b"\xfa", *[b"\xf8"] * 24, b"\xfc", b"\xf8")
        lost = self.profile.quirks is not None and bool(self.profile.quirks.loses_first_clock)
        sync = self.profile.sync
        is_deaf, runs_on = (
            bool(sync and said in ("sent", "none")) for said in ((sync and sync.clock), (sync and sync.transport))
        )
        counted = 25 if runs_on else 24 - lost  # without start and stop the clock behind it counts too, and the first
        assert (twin.ticks, twin.is_running) == (0 if is_deaf else counted, runs_on)

    def too_fast(self) -> None:
        """What comes sooner than the device takes it is lost, and counted."""
        wire = self.profile.wire
        hand, twin = self.hand()
        channel = min(twin.voices.channels)
        if wire and wire.program_gap_ms:
            hand.send(bytes((0xC0 | channel, 0)), control(channel, 1, 5), hurry=True)
            assert twin.intake.lost_bytes == 3
        hand, twin = self.hand()
        if wire and wire.sysex_piece_bytes and wire.sysex_gap_ms:
            hand.send(b"\xf0\x7d" + bytes(wire.sysex_piece_bytes) + b"\xf7", hurry=True)
            assert twin.intake.lost_bytes == 3
        elif wire and wire.sysex_gap_ms:
            hand.send(b"\xf0\x7d\x01\xf7", b"\xf0\x7d\x02\xf7", hurry=True)
            assert [message for _, message in twin.heard] == [b"\xf0\x7d\x01\xf7"]


def known_silent(profile: Profile) -> set[str]:
    """Its models that give no identity reply."""
    return set(profile.match.no_reply_of) if profile.match else set()


def keys_of(slot: Slot) -> list[int]:
    """Every key that sounds by itself."""
    return [key for key in range(slot.range[0], slot.range[1] + 1) if sounded(slot, key) == [key]]


def free_keys(slot: Slot) -> list[int]:
    """Those of which none cuts another off."""
    choking = {drum.key for drum in slot.sounds if drum.chokes is not None}
    return [key for key in keys_of(slot) if key not in choking]


def edges(slot: Slot) -> set[int]:
    low, high = slot.range
    return {key for key in (0, low - 13, low - 1, low, (low + high) // 2, high, high + 1, 127) if 0 <= key <= 127}


def sounded(slot: Slot, key: int) -> list[int]:
    """The pitches that sound when that key is struck, as the profile says."""
    low, high = slot.range
    if slot.sounds and key not in {drum.key for drum in slot.sounds}:
        return []
    if low <= key <= high:
        return [key]
    octaves = [pitch for pitch in range(low, high + 1) if (pitch - key) % 12 == 0]
    return [min(octaves, key=lambda pitch: abs(pitch - key))] if slot.beyond_range == "octave" and octaves else []


def first_names(profile: Profile) -> set[str]:
    """Names of banks that the same bytes reach, where the profile has several."""
    habits = profile.programs
    return {name for bank in (habits.banks if habits else ()) for name in bank.names}


def facts_of(profile: Profile) -> Counter[bool]:
    """How many facts have a source, and how many are only assumed."""
    return Counter(fact.source != ASSUMED for fact in profile.facts())


def main() -> None:
    folder = data_folder()
    sourced: Counter[str] = Counter()
    for name in names():
        profile = load_file(folder / f"{name}.toml")
        Walk(profile).everything()
        facts = facts_of(profile)
        sourced.update({f"{profile.origin} profiles": 1, f"{profile.origin} facts": facts.total()})
        sourced.update({f"{profile.origin} facts with a source": facts[True]})
    for what, count in sourced.items():
        sys.stdout.write(f"{count:>8,} {what}\n")


if __name__ == "__main__":
    main()
