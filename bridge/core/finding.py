"""What is wrong with a file, said without refusing it: a code, an offset, one sentence.

`read` may meet millions of faults in a hostile file, so they are kept in columns and made into `Finding`
objects only when somebody looks.
"""

from array import array
from collections.abc import Iterator
from typing import Final, NamedTuple

SENTENCES: Final[dict[str, str]] = {
    "leading-bytes": "{0} bytes stand before the MIDI header.",
    "riff-wrapped": "The file is wrapped in a RIFF container (RMID).",
    "header-cut": "The file ends inside its header.",
    "header-length": "The header is {0} bytes long instead of 6.",
    "format-unknown": "The format is {0}; only 0, 1 and 2 are defined.",
    "format-0-tracks": "The file says it has a single track (format 0) but has {0}.",
    "track-count": "The header announces {0} tracks, but {1} are there.",
    "division-zero": "The division is zero, so ticks have no length in beats.",
    "division-smpte": "Time is counted in video frames, so the song has no bars.",
    "unknown-chunk": "A chunk that is no track is kept as it is.",
    "chunk-cut": "The file ends before this chunk does.",
    "junk": "Bytes that belong to no chunk are kept as they are.",
    "event-cut": "The track ends inside an event.",
    "no-end-of-track": "The track has no end-of-track mark.",
    "early-end-of-track": "Events stand after the end-of-track mark.",
    "data-byte": "A data byte is over 127; it is played as 127.",
    "stray-data": "A data byte has no status before it.",
    "undefined-status": "A status byte has no meaning in MIDI.",
    "system-message": "A system message stands in the track without an escape.",
    "running-after-sysex": "Running status goes on after a system exclusive message.",
    "running-after-meta": "Running status goes on after a meta event.",
    "long-number": "A number is longer than four bytes.",
    "sysex-open": "A system exclusive message is never ended.",
    "meta-length": "A meta event does not have the length its kind asks for.",
    "meta-kind": "A meta event has a kind over 127.",
    "key-signature": "The key signature is out of range.",
    "time-signature": "The time signature has no beats.",
    "tempo-zero": "The tempo is zero; it is read as 120 beats a minute.",
    "orphan-off": "A note off has no note to end.",
    "unended-note": "A note is never ended; it lasts until its track does.",
}
CODES: Final[tuple[str, ...]] = tuple(SENTENCES)
_NUMBERS: Final[dict[str, int]] = {code: number for number, code in enumerate(CODES)}


class Finding(NamedTuple):
    """One fault: `offset` counts bytes from the start of the file."""

    code: str
    offset: int
    text: str


class Findings:
    """The faults of one file, in the order they were met."""

    __slots__ = ("_codes", "_details", "_offsets")

    def __init__(self) -> None:
        self._codes = array("B")
        self._offsets = array("Q")
        self._details: dict[int, tuple[int, ...]] = {}

    def add(self, code: str, offset: int, *details: int) -> None:
        """Keep one fault; `details` fill the blanks of its sentence."""
        if details:
            self._details[len(self._codes)] = details
        self._codes.append(_NUMBERS[code])
        self._offsets.append(offset)

    def __len__(self) -> int:
        return len(self._codes)

    def __getitem__(self, index: int) -> Finding:
        code = CODES[self._codes[index]]
        details = self._details.get(index % len(self), ())
        return Finding(code, self._offsets[index], SENTENCES[code].format(*details))

    def __iter__(self) -> Iterator[Finding]:
        return (self[index] for index in range(len(self)))
