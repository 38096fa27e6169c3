"""Names of notes, drums, times and events as a musician knows them."""

import pytest

from bridge.core.names import key_name, note_name
from bridge.faces.talk import printable
from bridge.faces.words import count_of, event_words, minutes


@pytest.mark.parametrize(("pitch", "name"), [(60, "C4"), (69, "A4"), (0, "C-1"), (127, "G9"), (61, "C#4"), (70, "A#4")])
def test_middle_c_is_c4(pitch: int, name: str) -> None:
    assert note_name(pitch) == name


@pytest.mark.parametrize(
    ("key", "name"),
    [(35, "low kick"), (36, "kick"), (42, "closed hi-hat"), (81, "open triangle"), (82, "A#5"), (34, "A#1")],
)
def test_on_the_drum_channel_a_key_is_a_drum_where_general_midi_has_one(key: int, name: str) -> None:
    assert key_name(9, key) == name
    assert key_name(8, key) == note_name(key)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (b"\xb0\x40\x7f", "sustain pedal down"),
        (b"\xb0\x40\x00", "sustain pedal up"),
        (b"\xb0\x40\x45", "sustain pedal down (69)"),
        (b"\xb3\x07\x64", "volume 100"),
        (b"\xb3\x14\x64", "controller 20 100"),
        (b"\xc0\x00", "program 1"),
        (b"\xe0\x00\x40", "pitch bend +0"),
        (b"\xd0\x30", "channel pressure 48"),
        (b"\x80\x3c\x40", "note off 60 64"),
        (b"\xff\x51\x07\xa1\x20", "tempo 120"),
        (b"\xff\x51\x00\x00\x00", "tempo"),
        (b"\xff\x58\x06\x03\x18\x08", "time signature 6/8"),
        (b"\xff\x01\xff\x0a", "text '\ufffd\\n'"),
        (b"\xff\x2f", "end of track"),
        (b"\xf0\x7e\x7f\xf7", "system exclusive of 4 bytes"),
    ],
)
def test_an_event_is_said_as_a_person_says_it(message: bytes, told: str) -> None:
    assert event_words(message) == told


def test_times_and_counts_are_readable() -> None:
    assert (minutes(123_450_000_000), minutes(0)) == ("2:03.4", "0:00.0")
    assert (count_of(1, "note"), count_of(12_000, "note")) == ("1 note", "12,000 notes")


def test_text_of_others_cannot_steer_a_terminal() -> None:
    assert printable("Bass\x1b[2J\r\u202e\udcff é") == r"Bass\x1b[2J\r\u202e\udcff é"
