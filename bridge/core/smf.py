"""A Standard MIDI File without loss: `write(read(data)) == data`, whatever the file has in it.

`read` keeps the bytes and lays columns over them; `write` copies them back, with the bodies of those tracks
that were rewritten (core/splice) in place of the old ones. Only what is no MIDI file at all is refused;
everything else that is wrong becomes a finding.

Source: RP-001 Standard MIDI Files 1.0; RP-029 for RIFF/RMID.
"""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from bridge.core.finding import Findings
from bridge.core.track import Track, scan
from bridge.errors import NotMidi

_SEARCHED: Final = 4096  # bytes before MThd that some programs write (MacBinary: 128)
_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"SMF2CLIP", "a MIDI 2.0 clip"),
    (b"SMF2CON1", "a MIDI 2.0 container"),
    (b"SQLite format 3\0", "a database or a midi-bridge session"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"ID3", "an MP3"),
    (b"\xff\xfb", "an MP3"),
    (b"fLaC", "a FLAC sound file"),
    (b"OggS", "an Ogg sound file"),
    (b"FORM", "an AIFF sound file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"%PDF", "a PDF"),
    (b"\x7fELF", "a program"),
    (b"\xf0", "a file of system exclusive messages"),
)
_REFUSED_UNSEARCHED: Final = ("a WAV sound file", "text", "a MIDI 2.0 clip")


class Chunk(NamedTuple):
    """One chunk: its header starts at `start`, its body is `data[body:end]`; `track` counts from 0, -1 for others."""

    start: int
    body: int
    end: int
    track: int


class Chunks:
    """The chunks of one file in order, in columns: a hostile file may have a million empty ones."""

    __slots__ = ("_columns",)

    def __init__(self) -> None:
        self._columns = array("q")

    def add(self, start: int, body: int, end: int, track: int = -1) -> None:
        """Keep one more chunk."""
        self._columns.extend((start, body, end, track))

    def __len__(self) -> int:
        return len(self._columns) // 4

    def __iter__(self) -> Iterator[Chunk]:
        columns = iter(self._columns)
        return map(Chunk, columns, columns, columns, columns)


class Span(NamedTuple):
    """A range of the file's bytes: "chunk" (a header), "event" or "gap"."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Smf:
    """A file as it stands: bytes, chunks, tracks, findings; `bodies` are the tracks rewritten since.

    `origin` is where the header starts and `limit` where its chunks may reach (the end of the RIFF data
    chunk, or of the file). `division` is the raw 16-bit field.
    """

    data: bytes
    origin: int
    limit: int
    format: int
    announced: int
    division: int
    chunks: Chunks
    tracks: list[Track]
    findings: Findings
    bodies: Mapping[int, bytes] = field(default_factory=dict)

    def with_bodies(self, bodies: Mapping[int, bytes]) -> "Smf":
        """The same file with these track bodies in place of the source's."""
        return replace(self, bodies=dict(bodies))

    def spans(self) -> Iterator[Span]:
        """Chunk headers, events and gaps: together they tile the source's bytes."""
        at = 0
        for chunk in self.chunks:
            if chunk.start > at:
                yield Span("gap", at, chunk.start)
            yield Span("chunk", chunk.start, chunk.body)
            at = chunk.body
            if chunk.track >= 0:
                track = self.tracks[chunk.track]
                for index in range(len(track)):
                    yield Span("event", track.starts[index], track.end_of(index))
                at = track.events_end
            if chunk.end > at:
                yield Span("gap", at, chunk.end)
            at = chunk.end
        if len(self.data) > at:
            yield Span("gap", at, len(self.data))


def read(data: bytes) -> Smf:
    """Read a file; never raises for bytes that begin with `MThd`.

    Raises NotMidi, naming what the bytes look like, where no header stands at the start, at the start of a
    RIFF data chunk, or within the first 4 KiB of a file that is no WAV, text or MIDI 2.0 clip.
    """
    origin, limit = _locate(data)
    findings = Findings()
    if _riff_data(data):
        findings.add("riff-wrapped", 0)
    elif origin:
        findings.add("leading-bytes", 0, origin)
    format_, announced, division, at = _read_header(data, origin, limit, findings)
    chunks, tracks = Chunks(), list[Track]()
    chunks.add(origin, min(origin + 8, limit), at)
    while at < limit:
        kind = data[at : at + 4]
        if at + 8 > limit or not (kind.isascii() and kind.decode("ascii").isprintable()):
            found = data.find(b"MTrk", at + 1, limit)
            findings.add("junk", at)
            at = found if found >= 0 else limit
            continue
        body, end = at + 8, at + 8 + int.from_bytes(data[at + 4 : at + 8])
        if end > limit:
            findings.add("chunk-cut", at)
            end = limit
        if kind == b"MTrk":
            chunks.add(at, body, end, len(tracks))
            tracks.append(scan(data, body, end, findings))
        else:
            chunks.add(at, body, end)
            findings.add("unknown-chunk", at)
        at = end
    if len(tracks) != announced:
        findings.add("track-count", origin, announced, len(tracks))
    if format_ == 0 and len(tracks) > 1:
        findings.add("format-0-tracks", origin, len(tracks))
    return Smf(data, origin, limit, format_, announced, division, chunks, tracks, findings)


def write(smf: Smf) -> bytes:
    """The file's bytes; where no track was rewritten they are the source's own."""
    if not smf.bodies:
        return smf.data
    pieces: list[bytes] = []
    at = 0
    for chunk in smf.chunks:
        body = smf.bodies.get(chunk.track) if chunk.track >= 0 else None
        if body is not None:
            pieces += (smf.data[at : chunk.start + 4], _announced(smf.data, chunk, body), body)
            at = chunk.end
    pieces.append(smf.data[at : smf.limit])
    written = b"".join(pieces)
    return _rewrapped(smf, written) if _riff_data(smf.data) else written + smf.data[smf.limit :]


def _announced(data: bytes, chunk: Chunk, body: bytes) -> bytes:
    """The length of a chunk whose body was rewritten; one that the file cuts off stays cut off by as much."""
    missing = int.from_bytes(data[chunk.start + 4 : chunk.body]) - (chunk.end - chunk.body)
    return min(len(body) + missing, 0xFFFFFFFF).to_bytes(4)


def _rewrapped(smf: Smf, written: bytes) -> bytes:
    """A RIFF file whose data chunk changed its length: both lengths and the pad byte follow (RP-029)."""
    tail = smf.data[smf.limit :]
    if (smf.limit - smf.origin) % 2 and tail[:1] == b"\0":  # some writers forget the pad byte
        tail = tail[1:]
    length = len(written) - smf.origin
    grown = bytearray(written + b"\0" * (length % 2) + tail)
    grown[smf.origin - 4 : smf.origin] = length.to_bytes(4, "little")
    grown[4:8] = (len(grown) - 8).to_bytes(4, "little")
    return bytes(grown)


def _read_header(data: bytes, origin: int, limit: int, findings: Findings) -> tuple[int, int, int, int]:
    """Format, announced tracks, division, and the offset behind the header; missing fields are 0."""
    body = data[origin + 8 : limit]
    length = int.from_bytes(data[origin + 4 : min(origin + 8, limit)])
    if len(body) < min(length, 6) or limit < origin + 8:
        findings.add("header-cut", origin)
    elif length != 6:
        findings.add("header-length", origin, length)
    fields = body[: min(length, 6)].ljust(6, b"\0")
    format_, announced, division = (int.from_bytes(fields[at : at + 2]) for at in (0, 2, 4))
    if format_ > 2:
        findings.add("format-unknown", origin, format_)
    if division == 0:
        findings.add("division-zero", origin)
    elif division >= 0x8000:
        findings.add("division-smpte", origin)
    return format_, announced, division, min(origin + 8 + length, limit)


def _locate(data: bytes) -> tuple[int, int]:
    """Where the header starts and where its chunks must end."""
    if data[:4] == b"MThd":
        return 0, len(data)
    found = _riff_data(data)
    if found:
        return found
    looks_like = _name(data)
    at = -1 if looks_like in _REFUSED_UNSEARCHED else data.find(b"MThd", 0, _SEARCHED + 4)
    if at < 0:
        raise NotMidi(f"no MIDI file: it looks like {looks_like}" if data else "no MIDI file: it is empty")
    return at, len(data)


def _riff_data(data: bytes) -> tuple[int, int] | None:
    """Where the MIDI file in a RIFF file's data chunk starts and ends; None where there is none."""
    if data[:4] != b"RIFF" or data[8:12] != b"RMID":
        return None
    at = 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"data":
            is_midi = data[at + 8 : at + 12] == b"MThd"
            return (at + 8, min(at + 8 + length, len(data))) if is_midi and length >= 4 else None
        at += 8 + length + length % 2
    return None


def _name(data: bytes) -> str:
    """What bytes without a header look like to a person."""
    if data[:4] == b"RIFF":
        return "a WAV sound file" if data[8:12] == b"WAVE" else "a RIFF file without MIDI in it"
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    head = data[:_SEARCHED]
    if head and all(byte >= 0x20 or byte in b"\t\n\r\f" for byte in head) and _is_utf8(head):
        return "text"
    return "no kind of file known here"


def _is_utf8(head: bytes) -> bool:
    try:
        head[: _SEARCHED - 3].decode("utf-8")  # the cut may fall inside a character
    except UnicodeDecodeError:
        return False
    return True
