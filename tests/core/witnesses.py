"""Two other readers of MIDI files, and this one, in one form: each track's events as (tick, bytes).

The bytes of a channel or system message are the message; a meta event is FF, its kind and its payload; a
system exclusive message, escapes too, is F0 and its payload without a closing F7.
"""

import csv
import shutil
import subprocess
from collections import deque
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

import mido
from mido.midifiles.meta import KeySignatureError

from bridge.core.message import META, NOTE_OFF, SYSEX, SYSEX_END
from bridge.core.smf import read
from bridge.core.track import Track

Row = tuple[int, bytes]
NoteRow = tuple[int, int, int, int, int]
"""Channel, tick, length, pitch, velocity."""

MIDICSV = shutil.which("midicsv")
MIDO_ERRORS = (OSError, EOFError, KeySignatureError)


def _sysex(payload: bytes) -> bytes:
    return b"\xf0" + payload.removesuffix(b"\xf7")


def _row(track: Track, index: int) -> Row:
    event = track[index]
    if event.status == META:
        return event.tick, bytes((META, event.data1)) + event.payload
    if event.status in (SYSEX, SYSEX_END):
        return event.tick, _sysex(event.payload)
    if NOTE_OFF <= event.status < SYSEX:
        return event.tick, event.message
    return event.tick, track.data[track.body_at(index) : event.end]


def own_rows(data: bytes) -> list[list[Row]]:
    """What this project reads."""
    return [[_row(track, index) for index in range(len(track))] for track in read(data).tracks]


def _mido_bytes(message: "mido.Message | mido.MetaMessage") -> bytes:
    raw = bytes(message.bytes())
    if message.type == "sysex":
        return _sysex(bytes(message.data))
    if not message.is_meta:
        return raw
    length = 2
    while raw[length] & 0x80:
        length += 1
    return raw[:2] + raw[length + 1 :]


def mido_rows(data: bytes) -> list[list[Row]]:
    """What mido reads; raises one of MIDO_ERRORS where it refuses the file."""
    tracks = []
    for track in mido.MidiFile(file=BytesIO(data)).tracks:
        tick, rows = 0, []
        for message in track:
            tick += message.time
            rows.append((tick, _mido_bytes(message)))
        tracks.append(rows)
    return tracks


def _csv_fields(kind: str, fields: list[str]) -> bytes:
    numbers = [int(field) for field in fields if field.lstrip("-").isdigit()]
    if kind == "Pitch_bend_c":
        return bytes((0xE0 | numbers[0], numbers[1] & 0x7F, numbers[1] >> 7))
    if kind == "End_track":
        return b"\xff\x2f"
    if kind == "Tempo":
        return b"\xff\x51" + numbers[0].to_bytes(3)
    return bytes((CSV_STATUS[kind] | numbers[0], *numbers[1:]))


CSV_LIMIT = 4_000_000  # bytes; the corpus needs under one million
CSV_STATUS = {
    "Note_off_c": 0x80, "Note_on_c": 0x90, "Poly_aftertouch_c": 0xA0, "Control_c": 0xB0, "Program_c": 0xC0,
    "Channel_aftertouch_c": 0xD0,
}  # fmt: skip
CSV_KINDS = {*CSV_STATUS, "Pitch_bend_c", "Tempo", "End_track"}


def midicsv_rows(path: Path) -> list[list[Row]]:
    """The channel messages, tempos and ends of tracks that midicsv reads; raises OSError where it refuses the file."""
    with subprocess.Popen([MIDICSV or "midicsv", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        text = program.stdout.read(CSV_LIMIT) if program.stdout else b""
        if len(text) == CSV_LIMIT:
            program.kill()
            raise OSError("midicsv does not come to an end")
        said = program.stderr.read() if program.stderr else b""
    if program.returncode:
        raise OSError(said.decode("latin-1").strip())
    tracks: dict[int, list[Row]] = {}
    for fields in csv.reader(text.decode("latin-1").splitlines(), skipinitialspace=True):
        number, tick, kind = int(fields[0]), int(fields[1]), fields[2]
        if kind == "Start_track":
            tracks[number] = []
        elif kind in CSV_KINDS:
            tracks[number].append((tick, _csv_fields(kind, fields[3:])))
    return [tracks[number] for number in sorted(tracks)]


def midicsv_part(rows: Iterable[Row]) -> list[Row]:
    """Of a track's events those that `midicsv_rows` gives."""
    return [row for row in rows if NOTE_OFF <= row[1][0] < SYSEX or row[1][:2] in (b"\xff\x51", b"\xff\x2f")]


def paired(rows: Iterable[Row]) -> Iterator[NoteRow]:
    """A track's notes in order of their starts, ends given out first in, first out; unended ones last as long as it."""
    notes: list[list[int]] = []
    waiting: dict[tuple[int, int], deque[list[int]]] = {}
    tick = 0
    for tick, message in rows:
        kind, channel = message[0] & 0xF0, message[0] & 15
        if kind == 0x90 and message[2]:
            note = [channel, tick, -1, message[1], message[2]]
            notes.append(note)
            waiting.setdefault((channel, message[1]), deque()).append(note)
        elif kind in (0x80, 0x90) and waiting.get((channel, message[1])):
            note = waiting[channel, message[1]].popleft()
            note[2] = tick - note[1]
    for channel, start, length, pitch, velocity in notes:
        yield channel, start, length if length >= 0 else tick - start, pitch, velocity
