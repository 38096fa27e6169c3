"""What can be turned in an instrument: its parameters, by the message that reaches each."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Annotated, Final, Literal

from pydantic import Field

from bridge.profiles.clues import pattern_faults
from bridge.profiles.section import WIDE, Channel, Fault, Number, Rules, Section, Text, Value
from bridge.profiles.sound import span_faults
from bridge.profiles.template import SUMMED

Bit = Annotated[int, Field(ge=0, le=6)]
Pair = Annotated[tuple[Number, Number], Field(strict=False)]
ParameterRole = Literal[
    "volume", "pan", "expression", "modulation", "cutoff", "resonance", "filter envelope", "attack", "decay", "sustain",
    "release", "filter attack", "filter decay", "filter sustain", "filter release", "glide", "lfo rate", "lfo depth",
    "oscillator mix", "pitch", "reverb", "chorus", "delay", "drive",
]  # fmt: skip
PLACES: Final = ("vv", "vh", "vl")
"""What stands for a value in a message: the whole, or its two halves of seven bits, high first."""
SENT_BY: Final = ("cc", "cc14", "rpn", "nrpn", "sysex")
_SUMMED_ONCE: Final = re.compile(r"[^()]* \( [^()]+ \) cs [^()]*")
_SEVEN_BITS: Final = 127
DataEntry = Literal["msb", "lsb", "both"]


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
    """The message with `vv` where the value stands (`vh vl` for seven bits each, high first). `( ... ) cs` are bytes
    and their checksum, as Roland's messages have it: what makes the sum a multiple of 128."""
    bits: Annotated[tuple[Bit, Bit], Field(strict=False)] | None = None
    """Which bits of `vv` it is, the lowest and the highest, from 0; the others are other parameters'."""
    data_entry: DataEntry | None = None
    """Which bytes hold the value over RPN or NRPN: CC 6 alone, CC 38 alone, or both, of 14 bits."""
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
        """It is reached by a message; spans run upwards and fit; bands and SysEx are spelt as they are read."""
        return (
            *super().rules(),
            self._is_reached,
            lambda: span_faults("range", self.range),
            lambda: span_faults("nrpn_range", self.nrpn_range),
            self._bands,
            self._template,
            lambda: span_faults("bits", self.bits),
            self._some_bits,
            self._entered,
            self._narrow,
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
            yield from pattern_faults("sysex", self.sysex, (*PLACES, *SUMMED))
            words = self.sysex.split()
            if words[:1] != ["F0"] or words[-1:] != ["F7"]:
                yield Fault("sysex", repr(self.sysex), "from F0 to F7")
            if not {*SUMMED}.isdisjoint(words) and not _SUMMED_ONCE.fullmatch(" ".join(words)):
                yield Fault("sysex", repr(self.sysex), "( before the bytes of a checksum, and ) cs behind them, once")

    def _some_bits(self) -> Iterator[Fault]:
        if self.bits and "vv" not in (self.sysex or "").split():
            yield Fault("bits", str(list(self.bits)), "none without vv in sysex")

    def _entered(self) -> Iterator[Fault]:
        if self.data_entry and self.rpn is None and self.nrpn is None:
            yield Fault("data_entry", repr(self.data_entry), "none without rpn and nrpn")

    def _narrow(self) -> Iterator[Fault]:
        """What is carried by fewer bits has no value beyond them."""
        if self.bits and self.range and self.range[1] > self.most:
            yield Fault("range", str(list(self.range)), f"up to {self.most}, by its bits")
        entered = self.nrpn_range or self.range
        if self.data_entry in ("msb", "lsb") and entered and entered[1] > _SEVEN_BITS:
            key = "nrpn_range" if self.nrpn_range else "range"
            yield Fault(key, str(list(entered)), f"up to {_SEVEN_BITS} beside data_entry '{self.data_entry}'")

    @property
    def most(self) -> int:
        """The highest value that its SysEx can say."""
        if self.bits:
            return (2 << max(0, self.bits[1] - self.bits[0])) - 1
        return _SEVEN_BITS if "vv" in (self.sysex or "").split() else WIDE


def band(text: str) -> tuple[int, int]:
    """(lowest, highest value) of a band such as `0-63`, `0~63` or `5`. Raises ValueError."""
    low, _, high = text.replace("~", "-").partition("-")
    return int(low), int(high or low)
