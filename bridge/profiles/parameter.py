"""What can be turned in an instrument: its parameters, by the message that reaches each."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Annotated, Final, Literal

from pydantic import Field

from bridge.profiles.clues import pattern_faults
from bridge.profiles.section import WIDE, Channel, Fault, Number, Rules, Section, Text, Value
from bridge.profiles.sound import span_faults

Pair = Annotated[tuple[Number, Number], Field(strict=False)]
ParameterRole = Literal[
    "volume", "pan", "expression", "modulation", "cutoff", "resonance", "filter envelope", "attack", "decay", "sustain",
    "release", "filter attack", "filter decay", "filter sustain", "filter release", "glide", "lfo rate", "lfo depth",
    "oscillator mix", "pitch", "reverb", "chorus", "delay", "drive",
]  # fmt: skip
PLACES: Final = ("vv", "vh", "vl")
"""What stands for a value in a message: the whole, or its two halves of seven bits, high first."""
SENT_BY: Final = ("cc", "cc14", "rpn", "nrpn", "sysex")


class Parameter(Section):
    """One parameter: by what it is set, from where to where, and what setting it may do."""

    name: Text
    """What the device or its manual calls it."""
    group: str | None = None
    """The group that it stands in, as `Filter`."""
    cc: Number | None = None
    """The controller that sets it."""
    cc14: Pair | None = None
    """(coarse, fine) controllers of one 14-bit value."""
    rpn: Pair | None = None
    """(MSB, LSB) of a registered parameter number."""
    nrpn: Pair | None = None
    """(MSB, LSB) of a parameter number of the maker's own."""
    sysex: str | None = None
    """The message with `vv` where the value stands (`vh vl` for seven bits each, high first)."""
    channels: Annotated[tuple[Channel, ...], Field(strict=False)] = ()
    """The only channels on which it is obeyed; none named: all of the instrument's."""
    range: Annotated[tuple[Value, Value], Field(strict=False)] | None = None
    """The lowest and the highest value that it takes."""
    nrpn_range: Annotated[tuple[Value, Value], Field(strict=False)] | None = None
    """The range over NRPN where it differs from that by controller."""
    centre: Value | None = None
    """The value in the middle, of a parameter that goes both ways."""
    default: Value | None = None
    """The value it starts with."""
    values: Mapping[str, str] = Field(default_factory=dict)
    """Names of values or of bands: `"0-63" = "off"`; of `"0~63" = "pan"` each value is another."""
    role: ParameterRole | None = None
    """What it does in words that all instruments share."""
    safety: Literal["harmless", "jumps", "stores"] | None = None
    """What setting it may do. jumps: heard as a jump; stores: changes its memory, is never automated and
    never sent by an agent."""
    direction: Literal["both", "received", "sent"] | None = None
    """Whether the device obeys it, sends it, or both."""

    def rules(self) -> Rules:
        """It is reached by a message; spans run upwards; bands and SysEx are spelt as they are read."""
        return (
            *super().rules(),
            self._is_reached,
            lambda: span_faults("range", self.range),
            lambda: span_faults("nrpn_range", self.nrpn_range),
            self._bands,
            self._template,
        )

    def _is_reached(self) -> Iterator[Fault]:
        if not any(getattr(self, key) is not None for key in SENT_BY):
            yield Fault("", "no message", f"one or more of {', '.join(SENT_BY)}")

    def _bands(self) -> Iterator[Fault]:
        for text in self.values:
            with suppress(ValueError):
                low, high = band(text)
                if 0 <= low <= high <= WIDE:
                    continue
            yield Fault("values", repr(text), f"a value as 5 or a band as 0-63, from 0 to {WIDE}, the lower first")

    def _template(self) -> Iterator[Fault]:
        if self.sysex is not None:
            yield from pattern_faults("sysex", self.sysex, PLACES)
            words = self.sysex.split()
            if words[:1] != ["F0"] or words[-1:] != ["F7"]:
                yield Fault("sysex", repr(self.sysex), "from F0 to F7")


def band(text: str) -> tuple[int, int]:
    """(lowest, highest value) of a band such as `0-63`, `0~63` or `5`. Raises ValueError."""
    low, _, high = text.replace("~", "-").partition("-")
    return int(low), int(high or low)
