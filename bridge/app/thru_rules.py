"""What a player writes behind `--thru`, as routes for the engine: `low=36 high=59 transpose=12 channel=2`.

Read once, when `play` starts. Each rule stands by itself: keys that two rules name are heard by both. It refuses
words that it does not know and values out of range, in one line with the way out.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from types import MappingProxyType
from typing import Final

from bridge.core.message import BEND, CONTROL, KEY_PRESSURE, NOTE_ON, PRESSURE, PROGRAM
from bridge.engine.link import Route, Then
from bridge.errors import BadOption, UnknownPort
from bridge.ports.open import find

_KEYS: Final = (NOTE_ON, KEY_PRESSURE)
_OTHERS: Final = (CONTROL, PROGRAM, PRESSURE, BEND)
_KINDS: Final = MappingProxyType({"all": _KEYS + _OTHERS, "notes": _KEYS, "controllers": _OTHERS})
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,3}")
_SPREAD: Final = re.compile(r"([0-9]{1,3}):([0-9]{1,3})")
_SOURCE: Final = 0  # there is one input so far
Outputs = Sequence[str]


def thru_rule(text: str, outputs: Outputs) -> tuple[Route, ...]:
    """The routes that one rule means; `outputs` are the names of the outputs. Raises BadOption and UnknownPort."""
    said = _said(text)
    values = {word: read(said[word], outputs) for word, read in _WORDS.items() if word in said}
    low, high = values.get("low", 0), values.get("high", 127)
    if low > high:
        raise BadOption(f"'low={low} high={high}' in --thru: low lies above high; write the lower key behind low=")
    velocity_low, velocity_high = _spread(said.get("velocity", "1:127"))
    return tuple(
        Route(
            source=_SOURCE,
            kind=kind,
            channel=values.get("in", 0) - 1,
            low=low if kind in _KEYS else 0,
            high=high if kind in _KEYS else 127,
            then=Then.THRU,
            port=values.get("to", 0),
            to_channel=values.get("channel", 0) - 1,
            transpose=values.get("transpose", 0),
            velocity_low=velocity_low,
            velocity_high=velocity_high,
            goes_on=True,
        )
        for kind in _kinds(said.get("what", "all"))
    )


def _said(text: str) -> dict[str, str]:
    """The values by their words."""
    said: dict[str, str] = {}
    for item in text.split():
        word, sign, value = item.partition("=")
        if not sign:
            raise BadOption(f"'{item}' in --thru: write word=value, as in 'low=36 high=59 transpose=12'")
        if word not in WORDS:
            near = get_close_matches(word.casefold(), WORDS, 1)
            way = f"did you mean {near[0]}=?" if near else f"there are {', '.join(WORDS)}"
            raise BadOption(f"'{item}' in --thru: no such word; {way}")
        if word in said:
            raise BadOption(f"'{item}' in --thru: {word}= is there twice; say it once")
        said[word] = value
    return said


def _number(word: str, lowest: int, highest: int, text: str, _: Outputs) -> int:
    if not _NUMBER.fullmatch(text) or not lowest <= int(text) <= highest:
        raise BadOption(f"'{word}={text}' in --thru: write a whole number from {lowest} to {highest}")
    return int(text)


def _output(text: str, outputs: Outputs) -> int:
    """The place of an output: by its number from 1, else by a unique part of its name."""
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= len(outputs):
        return int(text[:9]) - 1
    try:
        return list(outputs).index(find(outputs, text))
    except UnknownPort as unknown:
        raise UnknownPort(f"'to={text}' in --thru: {unknown}") from None


def _spread(text: str) -> tuple[int, int]:
    found = _SPREAD.fullmatch(text)
    low, high = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= low <= high <= 127:
        raise BadOption(f"'velocity={text}' in --thru: write two from 1 to 127, the softer first, as velocity=40:127")
    return low, high


def _kinds(text: str) -> tuple[int, ...]:
    if text not in _KINDS:
        raise BadOption(f"'what={text}' in --thru: there are {', '.join(_KINDS)}")
    return _KINDS[text]


_WORDS: Final[Mapping[str, Callable[[str, Outputs], int]]] = MappingProxyType(
    {
        "low": partial(_number, "low", 0, 127),
        "high": partial(_number, "high", 0, 127),
        "transpose": partial(_number, "transpose", -127, 127),
        "in": partial(_number, "in", 1, 16),
        "channel": partial(_number, "channel", 1, 16),
        "to": _output,
    }
)
WORDS: Final = (*_WORDS, "velocity", "what")
"""Every word that a rule may have."""
