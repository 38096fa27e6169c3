"""The part of the walk that sets parameters: the messages are made here anew, with none of the code that reads them."""

from collections.abc import Iterator, Sequence

from bridge.core.message import control
from bridge.profiles.parameter import Parameter, band

SAMPLES = 8
"""How many values of a wide range are tried, or of any in a converted profile, beside its ends and its middle."""


def ways(parameter: Parameter) -> Iterator[str]:
    """The messages that reach it."""
    yield from (way for way in ("cc", "cc14", "rpn", "nrpn", "sysex") if getattr(parameter, way) is not None)


def values(parameter: Parameter, way: str, is_whole: bool) -> list[int]:
    """The values that are tried by one way."""
    widest = 127 if way == "cc" or (way == "sysex" and "vv" in (parameter.sysex or "")) else 16_383
    low, high = parameter.range or (0, widest)
    if way == "nrpn" and parameter.nrpn_range:
        low, high = parameter.nrpn_range
    if way == "sysex" and parameter.bits:
        widest = 2 ** (parameter.bits[1] - parameter.bits[0] + 1) - 1
    high = min(high, widest)
    step = 1 if is_whole and high - low <= 127 else max(1, (high - low) // SAMPLES)
    bands = {value for text in parameter.values for value in band(text)}
    special = {high, parameter.centre, parameter.default, *bands}
    return sorted({*range(low, high + 1, step), *(one for one in special if one is not None and low <= one <= high)})


def setting(parameter: Parameter, way: str, value: int, channel: int) -> list[bytes]:
    """The messages that set a parameter."""
    if way == "cc":
        return [control(channel, parameter.cc or 0, value)]
    if way == "cc14" and parameter.cc14:
        return [control(channel, *one) for one in zip(parameter.cc14, (value >> 7, value & 127))]
    if way == "sysex":
        return [exclusive(parameter.sysex or "", value << (parameter.bits[0] if parameter.bits else 0))]
    high = (parameter.nrpn_range if way == "nrpn" else None) or parameter.range or (0, 16_383)
    both = [(6, value >> 7), (38, value & 127)]
    entries = {
        "msb": [(38, value ^ 127), (6, value)],
        "lsb": [(6, value ^ 127), (38, value)],
        "both": both,
        None: [(6, value)] if high[1] <= 127 else both,
    }[parameter.data_entry]
    number = parameter.nrpn if way == "nrpn" else parameter.rpn
    return numbered(channel, (99, 98) if way == "nrpn" else (101, 100), number or (0, 0), entries)


def exclusive(text: str, value: int) -> bytes:
    """A message with a value in it, and with its checksum: all that it is of make a multiple of 128 with it."""
    filled = {"vv": value & 127, "vh": value >> 7, "vl": value & 127}
    head, _, rest = text.partition("( ")
    summed, _, tail = rest.partition(") cs ")
    parts = [
        bytes(
            filled[word] if word in filled else int(word.replace("?", "0"), 16) for word in part.split() if word != "*"
        )
        for part in (head, summed, tail)
    ]
    checksum = next(byte for byte in range(128) if (sum(parts[1]) + byte) % 128 == 0)
    return parts[0] + parts[1] + (bytes((checksum,)) if rest else b"") + parts[2]


def numbered(
    channel: int, kinds: tuple[int, int], number: tuple[int, int], entries: Sequence[tuple[int, int]]
) -> list[bytes]:
    return [control(channel, *one) for one in (*zip(kinds, number), *entries)]
