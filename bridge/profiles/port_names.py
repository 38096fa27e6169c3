"""What a port is called, underneath what the systems write round it.

`match` calls it with the name of a port as a driver lists it. It is pure, and refuses nothing: any text has readings.
The forms are those that tests/data/port-names.csv shows.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

LONGEST: Final = 200
"""Characters that are looked at; no system gives a port a longer name."""
CUT_AT: Final = 31
"""WinMM and the kernel's USB driver cut a name here."""
NEUTRAL: Final = frozenset(
    (
        "midi", "port", "ports", "in", "out", "input", "output", "daw", "ctrl", "control", "controller", "keys",
        "notes", "usb", "bus", "device", "keyboard", "kbd", "knob", "slider", "pad", "pads", "sound", "hui", "din",
        "main", "ext", "thru", "sync", "capture", "playback", "interface", "mpe",
        "anschluss", "eingang", "ausgang", "puerto", "entrada", "salida", "porta", "poort",
    )
)  # fmt: skip
"""What systems and makers write behind a device's name to tell its ports apart."""

_ADDRESS: Final = re.compile(r" +\d+:\d+$")  # ALSA's numbers, which change when it is plugged in again
_MARK: Final = re.compile(r" \[[^\[\]]*\]$")  # this program's own, where two are called alike: serial, socket or port
_PROCESS: Final = re.compile(r"\(\d+(?::\d+)?\)|#\d+$")  # a process id; the number of the second of two on macOS
_VERSION: Final = re.compile(r"(?<!\S)(?:[vV]\d+\.\d+|\d+\.\d\d+)(?:\.\d+)*(?!\S)")
_WRAPS: Final = (
    re.compile(r"midi-bridge:(?P<client>.+?)(?: \d+)?:? ?\((?:capture|playback)(?:_\d+)?\) ?(?P<port>.*)", re.I),
    re.compile(r"a2j:(?P<client>.+?) \[\d+\] \((?:capture|playback)\): ?(?P<port>.*)", re.I),
    re.compile(r"midi(?:in|out)\d* ?\((?P<port>.*)\)(?: \d+)?", re.I),
    re.compile(r"\d+- (?P<port>.+)"),
)
"""PipeWire's and a2jmidid's names on JACK; Windows' for the second port of a device and for another socket."""
_BRACKET_LOST: Final = re.compile(r"midi(?:in|out)\d* ?\((?P<port>[^)]*)", re.I)
_PLAIN: Final = {
    code: " " if chr(code).isspace() or chr(code) in '_()[]{}/\\,:;|<>"' else None
    for code in range(0x80)
    if not chr(code).isalnum() and chr(code) != "+"  # Hermod and Hermod+ are two devices
}
"""What stands between words, and the marks that are no part of one."""
_NEUTRAL_NUMBER: Final = re.compile(r"[a-z]+\d{1,2}")
_SERIAL: Final = re.compile(r"(?=(?:.*\d){3})[a-z0-9]{6,}")
_MOST_SPLITS: Final = 4
_DEEPEST: Final = 3  # names within names

Words = tuple[str, ...]


class Reading(NamedTuple):
    """One way to read a name: its words, without what the system added."""

    words: Words
    is_cut: bool = False
    """The end may be missing."""
    number: str = ""
    """What was taken off the end: rtmidi on Windows appends one, but it may belong to the name."""


def words(text: str) -> Words:
    """The words of a name in small letters, without accents and marks: `K.O.-II` is `koii`."""
    plain = text[:LONGEST].lower()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain).casefold()
        plain = "".join(one for one in plain if one.isascii() or one.isalnum())
    return tuple(plain.translate(_PLAIN).split())


@lru_cache(maxsize=512)
def readings(name: str, system: str) -> tuple[Reading, ...]:
    """Every way to read a port's name, each once; `system` is linux, macos or windows."""
    found: dict[Reading, None] = {}
    for text, is_cut in _unwrapped(name[:LONGEST].strip(), system != "macos"):
        read = words(_PROCESS.sub(" ", text))
        if not read:
            continue
        found[Reading(read, is_cut)] = None
        if _VERSION.search(text) and (bare := words(_VERSION.sub(" ", text))):
            found[Reading(bare, is_cut)] = None
        if system == "windows" and len(read) > 1 and read[-1].isdecimal():
            found[Reading(read[:-1], is_cut, read[-1])] = None
    return tuple(found)


def _unwrapped(name: str, cuts: bool) -> Iterator[tuple[str, bool]]:
    """(text, whether it may be cut) of the name itself, of what it wraps, and of its halves at each colon."""
    waiting = [(_MARK.sub("", _ADDRESS.sub("", name)).strip(), cuts and len(name) == CUT_AT)]
    for _ in range(_DEEPEST):
        waiting = [one for text, is_cut in waiting for one in _wrapped(text, is_cut) or [(text, is_cut)]]
    for text, is_cut in waiting:
        yield text, is_cut
        yield from ((half, is_cut or (cuts and len(half) == CUT_AT)) for half in _halves(text))


def _wrapped(text: str, is_cut: bool) -> list[tuple[str, bool]]:
    for form in _WRAPS:
        if match := form.fullmatch(text):
            return [(part.strip(), is_cut) for part in match.groupdict().values() if part.strip()]
    match = _BRACKET_LOST.fullmatch(text)
    return [(match["port"].strip(), True)] if match and match["port"].strip() else []


def _halves(text: str) -> Iterator[str]:
    """`Client:Port` may have more colons than one: any of them may be the one between the two."""
    at = [place for place, letter in enumerate(text) if letter == ":"][:_MOST_SPLITS]
    for place in at:
        yield from (half for half in (text[:place].strip(), text[place + 1 :].strip()) if half)


def is_tail(rest: Words, again: Words, is_cut: bool) -> bool:
    """Whether `rest` is only what systems write behind a name; `again` is the name, which some write twice."""
    if again and rest[: len(again)] == again:
        rest = rest[len(again) :]
    behind_neutral = False
    for place, word in enumerate(rest):
        if _is_neutral(word) or (is_cut and place == len(rest) - 1 and _begins_neutral(word, again)):
            behind_neutral = True
        elif not behind_neutral or not (word.isdecimal() or len(word) == 1 or _SERIAL.fullmatch(word)):
            return False
    return True


def _is_neutral(word: str) -> bool:
    return word in NEUTRAL or bool(_NEUTRAL_NUMBER.fullmatch(word) and word.rstrip("0123456789") in NEUTRAL)


def _begins_neutral(word: str, again: Words) -> bool:
    return any(one.startswith(word) for one in (*NEUTRAL, *again[:1]))
