"""What a hand moves: the keys, pads, knobs and buttons of a controller, what each sends, and what lights it."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Annotated, Final, Literal

from pydantic import Field

from bridge.core import message as midi
from bridge.core.runs import runs
from bridge.core.sysex import machine_command
from bridge.profiles.clues import pattern_faults
from bridge.profiles.parameter import PLACES
from bridge.profiles.section import Channel, Fault, Keys, Number, Rules, Section, Span, Text, Value, among
from bridge.profiles.sound import span_faults
from bridge.profiles.template import template

ControlKind = Literal[
    "keys", "pad", "knob", "encoder", "fader", "button", "wheel", "stick", "touchpad", "ribbon", "pedal", "touch",
    "crossfader",
]  # fmt: skip
Role = Literal["part", "tool", "undo", "route", "keys", "pad", "pedal", "stop", "play", "again", "panic"]
Encoding = Literal["absolute", "twos complement", "sign bit", "offset 64"]

TOOLS: Final = ("fix", "dynamics", "pedal", "erase")
VALUES: Final[Mapping[str, tuple[str | int, ...]]] = {"part": tuple(range(1, 17)), "tool": TOOLS}
"""The values that a control of each role may have; a role that is not here has none."""
_ROLE_OF: Final[Mapping[str, Role]] = {"keys": "keys", "pad": "pad"}
Address = tuple[str, int, int]
"""(type of message, channel 1-16, number; 0 where the type has none)."""
STATUS: Final[Mapping[str, int]] = {
    "note": midi.NOTE_ON,
    "control": midi.CONTROL,
    "key pressure": midi.KEY_PRESSURE,
    "program": midi.PROGRAM,
    "pressure": midi.PRESSURE,
    "bend": midi.BEND,
}
"""The status byte of each type of message, without its channel; the others have no channel."""
SYSEX_BESIDE: Final = "a message beside type 'sysex', else nothing"
UNADDRESSED: Final = frozenset(("sysex", "other"))
"""Types without a channel and a number."""
AT_ONCE: Final = frozenset(("stop", "play", "again", "panic"))
"""Roles that are obeyed at once; they alone may be sent by MIDI Machine Control."""
NUMBERED: Final = frozenset(("note", "control", "program", "key pressure"))
LIGHT_PLACES: Final = (*PLACES, "nn", "rr", "gg", "bb")
"""What stands for a value, the control's number or a colour in a message that lights it."""


class ControlMessage(Keys):
    """What a control sends: one message, or one of many by a range or a list of numbers."""

    type: Literal["note", "control", "bend", "pressure", "key pressure", "program", "sysex", "other"]
    """What sort of message; other: none of MIDI's, and the table's `note` says what it is."""
    channel: Channel | None = None
    """On which channel, 1 to 16."""
    channels: Annotated[tuple[Channel, ...], Field(strict=False)] = ()
    """In place of `channel`, where each control of the row has a channel of its own."""
    number: Number | None = None
    """The one key, controller or program that it sends."""
    range: Span | None = None
    """In place of `number`: the lowest and the highest that a row of controls sends."""
    numbers: Annotated[tuple[Number, ...], Field(strict=False)] = ()
    """In place of `number` or `range`: one a control, in the order of the row."""
    sysex: str | None = None
    """The whole message, for a control that sends one."""

    def rules(self) -> Rules:
        """SysEx and what is not MIDI stand alone; all else has a channel, and a number where its type has one."""
        return (
            *super().rules(),
            self._whole,
            self._alone,
            self._one_channel,
            self._one_number,
            lambda: pattern_faults("sysex", self.sysex or ""),
            lambda: span_faults("range", self.range),
        )

    def _whole(self) -> Iterator[Fault]:
        if (self.type == "sysex") != (self.sysex is not None):
            found = "nothing" if self.sysex is None else "a message"
            yield Fault("sysex", f"{found} beside type '{self.type}'", SYSEX_BESIDE)

    def _alone(self) -> Iterator[Fault]:
        others = sorted(self.model_fields_set - {"type", "sysex"})
        if self.type in UNADDRESSED and others:
            alone = "sysex alone" if self.type == "sysex" else "nothing"
            yield Fault("", f"{', '.join(others)} beside type '{self.type}'", alone)

    def _one_channel(self) -> Iterator[Fault]:
        if self.type not in UNADDRESSED and (self.channel is None) == (not self.channels):
            yield Fault("", "both or neither of channel and channels", "one of them")

    def _one_number(self) -> Iterator[Fault]:
        given = [key for key in ("number", "range", "numbers") if getattr(self, key) not in (None, ())]
        if self.type not in UNADDRESSED and len(given) != (self.type in NUMBERED):
            ways = "one of number, range and numbers" if self.type in NUMBERED else "none of number, range and numbers"
            yield Fault("", f"{' and '.join(given) or 'no number'} beside type '{self.type}'", ways)

    @property
    def _numbers(self) -> tuple[int, ...]:
        if self.range:
            return tuple(range(self.range[0], self.range[1] + 1))
        return self.numbers or (self.number or 0,)

    @property
    def addresses(self) -> list[Address]:
        """Every (type, channel 1-16, number) that it sends, in the order of the row; of SysEx and other none."""
        if self.type in UNADDRESSED:
            return []
        return [(self.type, channel, number) for channel, number in product(self._channels, self._numbers)]

    @property
    def runs(self) -> list[tuple[int, int, int]]:
        """(channel 1-16, lowest, highest number) in an unbroken run; bend and pressure have all 128, SysEx none."""
        if self.type in UNADDRESSED:
            return []
        spans = runs(self._numbers) if self.type in NUMBERED else [(0, 127)]
        return [(channel, *span) for channel, span in product(self._channels, spans)]

    @property
    def machine_command(self) -> int | None:
        """The command of MIDI Machine Control that it sends, if that is what it sends."""
        is_message = self.sysex is not None and not any(pattern_faults("sysex", self.sysex))
        return machine_command(template(self.sysex or "").fill()) if is_message else None

    @property
    def _channels(self) -> tuple[int, ...]:
        return self.channels or (self.channel or 1,)


class Light(Section):
    """What lights a control, or moves its ring or motor: a message to it, and what its values mean."""

    type: Literal["note", "control", "bend", "sysex"]
    """What sort of message."""
    channel: Channel | None = None
    """On which channel; without it that of the control's own message."""
    number: Number | None = None
    """Of which number; without it that of the control's own message."""
    numbers: Annotated[tuple[Number, ...], Field(strict=False)] = ()
    """In place of `number`: one a control of the row, in its order."""
    sysex: str | None = None
    """The message with `nn` for the control's number, `vv` for the value, or `rr gg bb` for a colour."""
    values: Mapping[str, Number] = Field(default_factory=dict)
    """Names of values: `off = 0`, `red = 5`."""

    def rules(self) -> Rules:
        """SysEx is given beside its own type, and beside no other; a number is given in one way."""
        return (
            *super().rules(),
            self._fits_type,
            self._one_way,
            lambda: pattern_faults("sysex", self.sysex or "", LIGHT_PLACES),
        )

    def _fits_type(self) -> Iterator[Fault]:
        if (self.type == "sysex") != (self.sysex is not None):
            found = "nothing" if self.sysex is None else "a message"
            yield Fault("sysex", f"{found} beside type '{self.type}'", SYSEX_BESIDE)

    def _one_way(self) -> Iterator[Fault]:
        if self.numbers and self.number is not None:
            yield Fault("", "both of number and numbers", "one of them")

    def number_at(self, row: int, own: int) -> int:
        """The number that sets the light of the control that stands there in its row, from 0, and sends that number."""
        return self.numbers[row] if self.numbers else own if self.number is None else self.number


class Control(Section):
    """One control, or a row of like ones, of a controller."""

    name: Text | None = None
    """What is printed beside it; with `{}` for the count from 1 in a row: `K{}`."""
    kind: ControlKind
    """What it is under the hand."""
    page: str | None = None
    """The page, mode or template in which it sends this; none: always."""
    port: str | None = None
    """Which of the device's ports it is sent on, by the name in `ports`; none: the one to play on."""
    message: ControlMessage
    """What it sends."""
    range: Annotated[tuple[Value, Value], Field(strict=False)] = (0, 127)
    """The lowest and the highest value; of a bend 0 to 16,383."""
    encoding: Encoding = "absolute"
    """How a turn is sent. absolute: its place; twos complement: 1, 2, 3 right and 127, 126, 125 left; sign bit: 1, 2, 3
    and 65, 66, 67; offset 64: 65, 66, 67 and 63, 62, 61."""
    detents: bool | None = None
    """Whether it is felt to turn in steps."""
    motor: bool | None = None
    """Whether a motor moves it."""
    release: Literal["note off", "note on 0", "value 0", "none"] | None = None
    """What letting go sends."""
    threshold: Number | None = None
    """The least value that is a press, where not 1."""
    pressure: Literal["channel", "key"] | None = None
    """What pressing on sends: one pressure for all, or one a key."""
    touch: ControlMessage | None = None
    """What it sends when it is touched, besides."""
    light: Light | None = None
    """What lights it."""
    role: Role | None = None
    """What it means to this program; keys and pads mean themselves."""
    value: str | int | None = None
    """Which part (1 to 16) or which tool a button chooses; only beside those two roles."""

    def rules(self) -> Rules:
        """Ranges run upwards; a role has its values and is obeyed; only an encoder has no end; each light is set."""
        return (
            *super().rules(),
            lambda: span_faults("range", self.range),
            self._values,
            self._obeyed,
            self._turns,
            self._lights,
        )

    def _values(self) -> Iterator[Fault]:
        allowed: tuple[str | int | None, ...] = VALUES.get(self.role or "", (None,))
        if self.value not in allowed:
            words = ["no value" if value is None else str(value) for value in allowed]
            found = "nothing" if self.value is None else repr(self.value)
            beside = f"role '{self.role}'" if self.role else "no role"
            yield Fault("value", f"{found} beside {beside}", among(words, str(self.value)))

    def _obeyed(self) -> Iterator[Fault]:
        is_command = self.message.machine_command is not None and self.role in AT_ONCE
        if self.role and self.message.type in UNADDRESSED and not is_command:
            found = f"'{self.role}' beside a message of type '{self.message.type}'"
            yield Fault("role", found, f"{', '.join(sorted(AT_ONCE))} beside F0 7F 7F 06 01 F7 or its like")

    def _turns(self) -> Iterator[Fault]:
        if self.encoding != "absolute" and self.kind != "encoder":
            yield Fault("encoding", f"{self.encoding!r} beside kind '{self.kind}'", "'absolute'")

    def _lights(self) -> Iterator[Fault]:
        there, wanted = len(self.light.numbers) if self.light else 0, len(self.message.addresses)
        if there and there != wanted:
            yield Fault("light.numbers", f"{there} beside {wanted} messages", "one for each")

    @property
    def means(self) -> Role | None:
        """What it means to this program, if anything."""
        return self.role or _ROLE_OF.get(self.kind)

    @property
    def own(self) -> tuple[ControlMessage, ...]:
        """What it sends that is no key's: all of it, its touch too; of keys nothing, since any note may be a key."""
        return () if self.means == "keys" else tuple(filter(None, (self.message, self.touch)))

    def labels(self) -> Iterator[tuple[Address, str]]:
        """Each message of the row with what is printed beside the control that sends it."""
        for count, address in enumerate(self.message.addresses, 1):
            yield address, (self.name or self.kind).replace("{}", str(count))


class Display(Section):
    """A screen or a strip of text that can be written to."""

    name: Text
    """What it is called."""
    columns: Annotated[int, Field(ge=1)]
    """How many characters stand in a row."""
    rows: Annotated[int, Field(ge=1)] = 1
    """How many rows it has."""
    sysex: Text
    """The message with `tt` where the text stands."""

    def rules(self) -> Rules:
        """The message is one of bytes and a text."""
        return (*super().rules(), lambda: pattern_faults("sysex", self.sysex, ("tt",)))


class Mode(Section):
    """A mode that must be entered for some pages to work, and how it is left."""

    name: Text
    """What it is called."""
    enter: Text
    """The whole message that enters it, in hex."""
    leave: Text
    """The whole message that leaves it, in hex."""

    def rules(self) -> Rules:
        """Both messages are bytes."""
        return (
            *super().rules(),
            lambda: pattern_faults("enter", self.enter),
            lambda: pattern_faults("leave", self.leave),
        )


class Page(Section):
    """A page, bank, template or program of a controller, in which its controls send what they do not elsewhere."""

    name: Text
    """What `page` of a control says."""
    entered: Text
    """What a person does to come there, or that it is there at power-up."""
    mode: str | None = None
    """Which of `modes` a program enters to come there; without it only a person can."""


class Has(Section):
    """How many controls and parameters there are to be described, by its source, whether they are described or not."""

    controls: Mapping[ControlKind, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """How many of each kind the hand finds: `{ keys = 25, pad = 8, knob = 8 }`; octaves and banks add none."""
    parameters: Annotated[int, Field(ge=0)] | None = None
    """How many parameters an instrument has that MIDI reaches."""
    lights: Literal["described", "none", "unknown"] | None = None
    """Whether its lights are described beside the controls, there are none, or the sources do not tell."""
