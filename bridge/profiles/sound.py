"""What sounds: the wire to an instrument, its slots, its timing, its programs and its quirks."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Final, Literal

from pydantic import Field

from bridge.profiles.section import Channel, Fault, Number, Rules, Section, Span, Text

NS_PER_SECOND: Final = 1_000_000_000
PROGRAMS: Final = 128
Voices = Annotated[int, Field(ge=1, le=256)]
Milliseconds = Annotated[float, Field(ge=0, le=10_000, strict=False)]
DrumRole = Literal[
    "kick", "kick 2", "snare", "snare 2", "side stick", "clap", "closed hat", "pedal hat", "open hat",
    "low tom", "mid tom", "high tom", "crash", "crash 2", "ride", "ride bell", "china", "splash",
    "cowbell", "tambourine", "shaker", "maracas", "claves", "bongo", "low conga", "mid conga", "high conga",
    "percussion",
]  # fmt: skip


class Wire(Section):
    """The sockets that a device is reached by, and how fast it takes bytes."""

    connector: Literal["usb", "din", "both", "serial"]
    """Its sockets for MIDI: USB, 5-pin DIN (or a small plug in its place), or both; serial: it speaks no MIDI, and is
    reached through another program that does."""
    speed_bytes_per_second: Annotated[int, Field(ge=1, le=NS_PER_SECOND)]
    """How fast it takes bytes; 5-pin DIN takes 3125."""
    sysex_piece_bytes: Annotated[int, Field(ge=1)] | None = None
    """The longest piece of SysEx that it takes at once."""
    sysex_gap_ms: Milliseconds | None = None
    """How long it must be left alone between two pieces of SysEx."""
    program_gap_ms: Milliseconds | None = None
    """How long it must be left alone behind a program change."""
    bank_gap_ms: Milliseconds | None = None
    """How long it must be left alone behind a bank select."""
    running_status: bool | None = None
    """Whether it understands messages whose status byte is left out."""
    active_sensing: Literal["honoured", "ignored"] | None = None
    """Whether it falls silent by itself when active sensing stops."""

    @property
    def ns_per_byte(self) -> int:
        """How long one byte takes, in ns."""
        return NS_PER_SECOND // self.speed_bytes_per_second


class Timing(Section):
    """How long it takes from a note's last byte to its sound, and how that is known."""

    note_to_sound_ms: Milliseconds
    """From the last byte of a note to its sound."""
    spread_ms: Milliseconds | None = None
    """How far that differs from note to note."""
    method: Text
    """How it was measured."""


class Bend(Section):
    """How far the pitch bends, and by what that is set."""

    semitones: Annotated[int, Field(ge=0, le=96)]
    """How far, each way, by factory setting."""
    set_by: Literal["rpn", "parameter", "panel", "fixed"] | None = None
    """By what it is set: RPN 0, a parameter of its own, by hand at the device, or nothing."""


class Drum(Section):
    """One sound of a drum slot: the key that strikes it."""

    key: Number
    """The key that strikes it."""
    role: DrumRole | None = None
    """What it is in a drum kit."""
    name: str | None = None
    """What the device calls it."""
    chokes: str | None = None
    """The group in which a new sound cuts off the one before: open and closed hat."""


class Slot(Section):
    """The channels (1-16) of an instrument that sound alike, and what they can do; a multitimbral one has many."""

    channels: Annotated[tuple[Channel, ...], Field(strict=False)] = ()
    """The channels, 1 to 16, by factory setting; a channel is in one slot only. Without this key: not known."""
    polyphony: Voices | None = None
    """How many notes of this slot can sound at once."""
    range: Span = (0, 127)
    """The lowest and the highest key that sound."""
    beyond_range: Literal["silent", "octave"] | None = None
    """What a note outside the range does: nothing, or the same note in the nearest octave inside it."""
    mono_priority: Literal["last", "low", "high"] | None = None
    """Which key wins where only one sounds; needs a polyphony of 1."""
    drums: bool = False
    """True for a drum kit, where each key is an instrument."""
    velocity: Span | None = None
    """The velocities that it tells apart; [127, 127] for one that has no dynamics."""
    bend: Bend | None = None
    """How far its pitch bends."""
    retrigger_gap_ms: Milliseconds | None = None
    """How long a key must be up before it can be struck again."""
    sounds: Annotated[tuple[Drum, ...], Field(strict=False)] = ()
    """The sounds of a drum kit, by the key that strikes each."""

    def rules(self) -> Rules:
        """Spans run upwards; one voice has a priority; only drums have sounds, each on a key of its own."""
        return (
            *super().rules(),
            lambda: span_faults("range", self.range),
            lambda: span_faults("velocity", self.velocity),
            self._has_channels,
            self._has_one_voice,
            self._has_drums,
            lambda: once_faults("sounds", "key", (sound.key for sound in self.sounds)),
        )

    def _has_channels(self) -> Iterator[Fault]:
        if not self.channels and "channels" in self.model_fields_set:
            yield Fault("channels", "none", "1 or more")

    def _has_one_voice(self) -> Iterator[Fault]:
        if self.mono_priority and self.polyphony != 1:
            found = "nothing" if self.polyphony is None else str(self.polyphony)
            yield Fault("polyphony", found, "1 beside mono_priority")

    def _has_drums(self) -> Iterator[Fault]:
        if self.sounds and not self.drums:
            yield Fault("sounds", "some", "only beside drums = true")


class Bank(Section):
    """One bank of programs, by the bytes that select it, and the names in it."""

    name: Text
    """What the device calls it."""
    msb: Number | None = None
    """The byte of CC 0 that selects it."""
    lsb: Number | None = None
    """The byte of CC 32 that selects it."""
    first: Number = 0
    """The program byte of the first name."""
    names: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """The names of its programs in their order."""

    def rules(self) -> Rules:
        """All its names have a program byte."""
        return (*super().rules(), self._fits)

    def _fits(self) -> Iterator[Fault]:
        if self.first + len(self.names) > PROGRAMS:
            yield Fault("names", f"{len(self.names)} from {self.first}", f"up to program {PROGRAMS - 1}")


class Programs(Section):
    """How a sound is chosen: which bank bytes it obeys, and how it counts on its display."""

    select: Literal["program", "msb", "lsb", "both", "none"]
    """What it obeys. none: it takes no program change; program: no bank select; else the bank byte or
    bytes that it obeys."""
    display_from: Annotated[int, Field(ge=0, le=1)] = 1
    """What its display calls the first program."""
    banks: Annotated[tuple[Bank, ...], Field(strict=False)] = ()
    """Its banks, with the names of their programs."""

    def rules(self) -> Rules:
        """What takes no program change has no banks."""
        return (*super().rules(), self._selectable)

    def _selectable(self) -> Iterator[Fault]:
        if self.select == "none" and self.banks:
            yield Fault("banks", "some beside select 'none'", "none")


class Sync(Section):
    """Whether it keeps time with others by MIDI clock, and starts and stops with them."""

    clock: Literal["both", "received", "sent", "none"] | None = None
    """Whether it follows a clock, sends one, or both."""
    transport: Literal["both", "received", "sent", "none"] | None = None
    """Whether it obeys start, continue and stop, sends them, or both."""


class Quirks(Section):
    """Where it does not do what the MIDI specification says."""

    ignores_all_notes_off: bool | None = None
    """True where CC 123 does nothing."""
    ignores_all_sound_off: bool | None = None
    """True where CC 120 does nothing."""
    ignores_sustain: bool | None = None
    """True where CC 64 does nothing."""
    ignores_note_off: bool | None = None
    """True for struck sounds that ring by themselves."""
    echoes_notes: bool | None = None
    """Sends back what it is played: such a port must not be wired to its own input."""
    sends_note_on_zero: bool | None = None
    """True where letting a key go sends a note-on of velocity 0."""
    loses_first_clock: bool | None = None
    """True where it starts one clock late."""
    local_control: bool | None = None
    """False where CC 122 does nothing."""
    middle_c: Literal["C3", "C4", "C5"] | None = None
    """What its manual and its display call key 60."""


def span_faults(key: str, span: tuple[int, int] | None) -> Iterator[Fault]:
    """The fault of a span that runs backwards."""
    if span and span[0] > span[1]:
        yield Fault(key, str(list(span)), "the lower first")


def once_faults(key: str, what: str, claims: Iterable[object]) -> Iterator[Fault]:
    """A fault for each of the claims that stands there again."""
    seen: set[object] = set()
    for claim in claims:
        if claim in seen:
            yield Fault(key, f"{what} {claim} twice", "once")
        seen.add(claim)
