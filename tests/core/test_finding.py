"""Everything that can be wrong with a file is said in a sentence, at the place where it is."""

import re

import pytest

from bridge.core.finding import CODES, SENTENCES, Finding, Findings
from bridge.core.smf import read, write
from bridge.core.song import Song
from tests.core.strategies import END, chunk, header, midi

BODY = 14 + 8
"""Where the body of the first track starts."""
GOOD = midi(END)
RMID = b"RIFF" + (12 + len(GOOD)).to_bytes(4, "little") + b"RMIDdata" + len(GOOD).to_bytes(4, "little") + GOOD
CASES: dict[str, tuple[bytes, int, str]] = {
    "leading-bytes": (bytes(128) + GOOD, 0, "128 bytes stand before the MIDI header."),
    "riff-wrapped": (RMID, 0, "The file is wrapped in a RIFF container (RMID)."),
    "header-cut": (b"MThd\0\0\0\6\0\1", 0, "The file ends inside its header."),
    "header-length": (
        b"MThd\0\0\0\x0a\0\1\0\1\0\x60\0\0\0\0" + chunk(END),
        0,
        "The header is 10 bytes long instead of 6.",
    ),
    "format-unknown": (midi(END, format=5), 0, "The format is 5; only 0, 1 and 2 are defined."),
    "format-0-tracks": (midi(END, END, format=0), 0, "The file says it has a single track (format 0) but has 2."),
    "track-count": (header(3) + chunk(END), 0, "The header announces 3 tracks, but 1 are there."),
    "division-zero": (midi(END, division=0), 0, "The division is zero, so ticks have no length in beats."),
    "division-smpte": (midi(END, division=0xE728), 0, "Time is counted in video frames, so the song has no bars."),
    "unknown-chunk": (
        header() + chunk("01 02", b"XFIH") + chunk(END),
        14,
        "A chunk that is no track is kept as it is.",
    ),
    "chunk-cut": (header() + b"MTrk\0\0\0\x99\0\xff\x2f\0", 14, "The file ends before this chunk does."),
    "junk": (GOOD + b"\xff", len(GOOD), "Bytes that belong to no chunk are kept as they are."),
    "event-cut": (midi(END + "00 90 3c"), BODY + 4, "The track ends inside an event."),
    "no-end-of-track": (midi("00 b0 07 7f"), BODY + 4, "The track has no end-of-track mark."),
    "early-end-of-track": (midi(END + "00 b0 07 7f"), BODY + 4, "Events stand after the end-of-track mark."),
    "data-byte": (midi("00 b0 07 ff" + END), BODY, "A data byte is over 127; it is played as 127."),
    "stray-data": (midi("00 3c" + END), BODY, "A data byte has no status before it."),
    "undefined-status": (midi("00 f4" + END), BODY, "A status byte has no meaning in MIDI."),
    "system-message": (midi("00 f8" + END), BODY, "A system message stands in the track without an escape."),
    "running-after-sysex": (
        midi("00 b0 07 7f  00 f0 01 f7  00 07 7e" + END),
        BODY + 8,
        "Running status goes on after a system exclusive message.",
    ),
    "running-after-meta": (
        midi("00 b0 07 7f  00 ff 01 00  00 07 7e" + END),
        BODY + 8,
        "Running status goes on after a meta event.",
    ),
    "long-number": (midi("80 80 80 80 b0 07 7f" + END), BODY, "A number is longer than four bytes."),
    "sysex-open": (midi("00 f0 01 02" + END), BODY + 1, "A system exclusive message is never ended."),
    "meta-length": (
        midi("00 ff 51 04 07 a1 20 00" + END),
        BODY + 4,
        "A meta event does not have the length its kind asks for.",
    ),
    "meta-kind": (midi("00 ff 80 00" + END), BODY + 2, "A meta event has a kind over 127."),
    "key-signature": (midi("00 ff 59 02 09 00" + END), BODY + 4, "The key signature is out of range."),
    "time-signature": (midi("00 ff 58 04 00 02 18 08" + END), BODY + 4, "The time signature has no beats."),
    "tempo-zero": (
        midi("00 ff 51 03 00 00 00" + END),
        BODY + 4,
        "The tempo is zero; it is read as 120 beats a minute.",
    ),
    "orphan-off": (midi("00 80 3c 40" + END), BODY, "A note off has no note to end."),
    "unended-note": (midi("00 90 3c 40" + END), BODY, "A note is never ended; it lasts until its track does."),
}
FOLLOW = {"event-cut": {"early-end-of-track"}, "sysex-open": set(), "header-cut": {"track-count", "division-zero"}}
"""Faults that the same file cannot help having."""


def findings_of(data: bytes) -> list[Finding]:
    smf = read(data)
    return [*smf.findings, *Song(smf).findings]


def test_every_code_has_its_case_here() -> None:
    assert set(CASES) == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_fault_is_found_where_it_is_and_said_in_a_sentence(code: str) -> None:
    data, offset, sentence = CASES[code]
    found = findings_of(data)
    assert Finding(code, offset, sentence) in found
    assert {finding.code for finding in found} - {code} <= FOLLOW.get(code, set())
    assert write(read(data)) == data


@pytest.mark.parametrize("sentence", SENTENCES.values())
def test_a_sentence_is_a_sentence_without_hex(sentence: str) -> None:
    assert sentence[0].isupper() or sentence[0] == "{"
    assert sentence.endswith(".")
    assert sentence.count(".") == 1
    assert not re.search(r"0x|\b[0-9]*[A-F][0-9A-F]+h?\b|\$[0-9A-F]", sentence.replace("RIFF", ""))


def test_a_file_without_fault_has_no_findings() -> None:
    assert findings_of(midi("00 90 3c 40  60 80 3c 40  00 ff 7f 01 00" + END)) == []


def test_findings_are_counted_from_the_end_too() -> None:
    findings = Findings()
    findings.add("junk", 3)
    findings.add("track-count", 0, 3, 1)
    assert findings[-1] == findings[1] == Finding("track-count", 0, "The header announces 3 tracks, but 1 are there.")
    assert len(list(findings)) == len(findings) == 2


@pytest.mark.parametrize("key", ["f9 00", "07 01", "00 00"])
def test_seven_flats_and_seven_sharps_are_still_keys(key: str) -> None:
    assert findings_of(midi(f"00 ff 59 02 {key}" + END)) == []


@pytest.mark.parametrize("key", ["f8 00", "08 00", "00 02", "00 ff"])
def test_eight_flats_and_a_third_mode_are_none(key: str) -> None:
    assert [finding.code for finding in findings_of(midi(f"00 ff 59 02 {key}" + END))] == ["key-signature"]
