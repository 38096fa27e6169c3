"""`midi-bridge info FILE|SESSION...`: what is in a MIDI file or session, and what is wrong with it.

A file with findings is an answer, not a fault: the exit code is 0.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

import click

from bridge.app.sessions import stored_song
from bridge.core.finding import Finding, Findings
from bridge.core.message import NOTE_OFF, SYSEX
from bridge.core.names import note_name
from bridge.core.notes import pair
from bridge.core.song import Song
from bridge.core.sysex import messages
from bridge.errors import BridgeError
from bridge.faces import files
from bridge.faces.output import PATH, answer_json, json_option
from bridge.faces.talk import answer, printable
from bridge.faces.words import count_of, minutes, spans
from bridge.session import disk
from bridge.session.session import Correction
from bridge.session.stored import load

_LEAST_TEMPO_STEP: Final = 0.05  # beats a minute: what is nearer is one tempo to a person


@dataclass(frozen=True, slots=True)
class Told:
    """One file that was looked at; the song of a session is the one it began with."""

    path: Path
    sha256: str
    song: Song
    session: "SessionFacts | None" = None


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What a session knows beside its song; `disk_sha256` is None where the song's file is missing.

    `known_sha256` are the source and the exports: a song's file with one of them is nobody else's work.
    """

    source_name: str
    source_sha256: str
    disk_sha256: str | None
    corrections: tuple[Correction, ...]
    known_sha256: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lane:
    """One track as it is told: channels count from 1, `lowest` and `highest` are None without notes."""

    name: str
    channels: list[int]
    notes: int
    lowest: int | None
    highest: int | None


@click.command()
@click.argument("paths", nargs=-1, required=True, type=PATH, metavar="FILE|SESSION...")
@json_option
def info(paths: tuple[Path, ...], as_json: bool) -> int:
    """Say what is in MIDI files or sessions, and what is wrong with them.

    All files are looked at; the exit code is that of the worst. Channels count from 1, C4 is key 60.
    """
    data: list[dict[str, Any]] = []

    def tell(path: Path) -> None:
        told = look(path)
        if as_json:
            data.append(as_data(told))
        else:
            answer("\n".join([*_lines(told), ""] if len(paths) > 1 else _lines(told)))

    worst = files.try_each(paths, tell)
    if as_json:
        answer_json(data)
    return worst


def look(path: Path) -> Told:
    """Read a MIDI file, or a session with the song it began with. Raises BridgeError."""
    files.check_kind(path)
    if not disk.is_database(path):
        data, read = files.read_midi(path)
        return Told(path, disk.sha256(data), Song(read))
    stored = load(path)
    source = stored.source
    known = frozenset({source.sha256, *(export.sha256 for export in stored.exports)})
    on_disk = _hash_beside(path, source.name)
    facts = SessionFacts(source.name, source.sha256, on_disk, stored.corrections, known)
    return Told(path, files.digest(path), stored_song(stored), facts)


def as_data(told: Told) -> dict[str, Any]:
    """What was found as plain data."""
    read = told.song.smf
    lanes, findings = _lanes(told.song)
    data: dict[str, Any] = {
        "file": str(told.path),
        "sha256": told.sha256,
        "format": read.format,
        "division": read.division,
        "tracks": [{"name": lane.name, "channels": lane.channels, "notes": lane.notes} for lane in lanes],
        "notes": sum(lane.notes for lane in lanes),
        "findings": [finding._asdict() for finding in findings],
    }
    if told.session:
        data |= {"source_sha256": told.session.source_sha256, "disk_sha256": told.session.disk_sha256}
    return data


def _hash_beside(session: Path, name: str) -> str | None:
    """The hash of the song's file beside the session as it is now; None where it cannot be read."""
    try:
        return files.digest(session.with_name(Path(name).name))
    except (BridgeError, ValueError):  # ValueError: a damaged session may hold an empty name
        return None


def _lanes(song: Song) -> tuple[list[Lane], list[Finding]]:
    """Every track of the file, and all findings; a format 2 song counts one track only, the others are paired here."""
    further = Findings()
    lanes = []
    for index, track in enumerate(song.smf.tracks):
        notes = song.base[index] if index in song.base else pair(track, further)
        statuses = set(track.statuses)
        channels = sorted({status & 15 for status in statuses if NOTE_OFF <= status < SYSEX})
        pitches = [key & 127 for key in notes.by_key]
        lanes.append(
            Lane(
                song.name(index),
                [channel + 1 for channel in channels],
                len(notes),
                min(pitches, default=None),
                max(pitches, default=None),
            )
        )
    return lanes, [*song.smf.findings, *song.findings, *further]


def _lines(told: Told) -> list[str]:
    lanes, findings = _lanes(told.song)
    return [
        printable(str(told.path)),
        *(f"  {line}" for line in chain(_song_lines(told), _lane_lines(lanes), _finding_lines(findings))),
    ]


def _song_lines(told: Told) -> Iterator[str]:
    song, session = told.song, told.session
    if session:
        yield f"session of '{printable(session.source_name)}', {_corrections(session.corrections)}"
        if session.disk_sha256 is None:
            yield "the song's file is not beside it; the session has its own copy"
        elif session.disk_sha256 not in session.known_sha256:
            yield "the song's file has changed since; the session goes by its own copy"
    yield f"format {song.smf.format}, {_division(song.smf.division)}"
    yield ", ".join(_lengths(song))
    if song.bars is None:
        yield "no beat was found, so there are no bars"
    if song.smf.format == 2 and len(song.smf.tracks) > 1:
        yield "each track is a song of its own; the first is played"
    sysex = [message for track in song.tracks for _, message in messages(song.smf.tracks[track])]
    if sysex:
        broken = f", {sysex.count(None):,} of them broken and not sent" if None in sysex else ""
        yield f"{count_of(len(sysex), 'system exclusive message')}{broken}"


def _corrections(corrections: Iterable[Correction]) -> str:
    live = [one.live for one in corrections]
    back = f", {live.count(False):,} taken back" if False in live else ""
    return f"{count_of(live.count(True), 'correction')}{back}"


def _division(division: int) -> str:
    if division >= 0x8000:
        return f"{0x100 - (division >> 8)} video frames a second of {count_of(division & 0xFF, 'tick')}"
    return f"{count_of(division, 'tick')} a beat"


def _lengths(song: Song) -> Iterator[str]:
    end = song.music_end
    yield f"{minutes(song.tempo.ns_at(end))} long"
    if song.bars is None:
        return
    yield count_of(song.bars.bar_at(max(0, end - 1)), "bar")
    yield _tempo(song)
    yield "meter " + ", ".join(
        dict.fromkeys(_meter(m.beats, m.beat_ticks, song.smf.division) for m in song.bars.meters)
    )


def _meter(beats: int, beat_ticks: int, division: int) -> str:
    return f"{beats}/{round(division * 4 / beat_ticks)}"


def _tempo(song: Song) -> str:
    """The tempo in quarter notes a minute, or its range."""
    found = [60_000_000_000 / segment.per_tick for segment in song.tempo.segments]
    low, high = min(found), max(found)
    if high - low < _LEAST_TEMPO_STEP:
        return f"tempo {low:.4g}"
    return f"tempo {low:.4g} to {high:.4g} in {count_of(len(found), 'step')}"


def _lane_lines(lanes: list[Lane]) -> Iterator[str]:
    if not lanes:
        yield "no tracks"
        return
    width = max(4, *(min(32, len(printable(lane.name))) for lane in lanes))
    yield f"{'track':>5}  {'name':<{width}}  {'channel':<8} {'notes':>7}  range"
    for index, lane in enumerate(lanes):
        channels = spans(lane.channels) or "–"
        reach = "–" if lane.lowest is None or lane.highest is None else _range(lane.lowest, lane.highest)
        yield f"{index:>5}  {printable(lane.name):<{width}}  {channels:<8} {lane.notes:>7,}  {reach}"


def _range(lowest: int, highest: int) -> str:
    return note_name(lowest) if lowest == highest else f"{note_name(lowest)} to {note_name(highest)}"


def _finding_lines(findings: list[Finding]) -> Iterator[str]:
    if not findings:
        yield "nothing is wrong with it"
        return
    yield f"{count_of(len(findings), 'finding')}:"
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.code, []).append(finding)
    for code, group in groups.items():
        where = (
            f"at byte {group[0].offset:,}"
            if len(group) == 1
            else f"{len(group):,} times, first at byte {group[0].offset:,}"
        )
        yield f"  {code}: {group[0].text} ({where})"
