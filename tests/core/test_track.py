"""What stands in a track is read as it would be played."""

import pytest

from bridge.core.finding import Findings
from bridge.core.track import (
    RANK_BANK,
    RANK_CONTROL,
    RANK_END,
    RANK_META,
    RANK_OFF,
    RANK_ON,
    RANK_PROGRAM,
    Track,
    rank,
    read_number,
    scan,
)
from tests.core.strategies import END, events

Row = tuple[int, str, str]


def track_of(body: str) -> Track:
    data = bytes.fromhex(body)
    return scan(data, 0, len(data), Findings())


# Name: the body, and of each event its tick, status with data, and payload.
CASES: dict[str, tuple[str, list[Row]]] = {
    "notes": ("00 90 3c 40  60 80 3c 40", [(0, "90 3c 40", ""), (96, "80 3c 40", "")]),
    "running status": (
        "00 90 3c 40  01 3e 41  01 40 42",
        [(0, "90 3c 40", ""), (1, "90 3e 41", ""), (2, "90 40 42", "")],
    ),
    "one data byte": ("00 c1 05  01 06", [(0, "c1 05 00", ""), (1, "c1 06 00", "")]),
    "bend": ("00 e0 01 40", [(0, "e0 01 40", "")]),
    "a padded delta": ("80 80 05 90 3c 40", [(5, "90 3c 40", "")]),
    "a text": ("00 ff 01 02 41 42", [(0, "ff 01 00", "41 42")]),
    "a padded length": ("00 ff 01 80 02 41 42", [(0, "ff 01 00", "41 42")]),
    "a sequencer's own meta event": ("00 ff 7f 01 05", [(0, "ff 7f 00", "05")]),
    "running status across a text": (
        "00 90 3c 40  00 ff 01 00  02 3e 40",
        [(0, "90 3c 40", ""), (0, "ff 01 00", ""), (2, "90 3e 40", "")],
    ),
    "running status across a SysEx": (
        "00 90 3c 40  00 f0 01 f7  02 3e 40",
        [(0, "90 3c 40", ""), (0, "f0 00 00", "f7"), (2, "90 3e 40", "")],
    ),
    "a split SysEx": ("00 f0 02 01 02  05 f7 02 03 f7", [(0, "f0 00 00", "01 02"), (5, "f7 00 00", "03 f7")]),
    "an escape": ("00 f7 01 fa", [(0, "f7 00 00", "fa")]),
    "song position": ("00 f2 01 02  00 90 3c 40", [(0, "f2 00 00", ""), (0, "90 3c 40", "")]),
    "undefined statuses": ("00 f4  01 f9", [(0, "f4 00 00", ""), (1, "f9 00 00", "")]),
    "stray data": ("00 3c  01 40  01 90 3c 40", [(0, "00 3c 00", ""), (1, "00 40 00", ""), (2, "90 3c 40", "")]),
    "data over 127": ("00 90 ff 80", [(0, "90 7f 7f", "")]),
    "events after the end": ("00 ff 2f 00  05 90 3c 40", [(0, "ff 2f 00", ""), (5, "90 3c 40", "")]),
    "a cut note": ("00 90 3c 40  05 90 3c", [(0, "90 3c 40", "")]),
    "a cut text": ("00 ff 01 05 41", []),
    "a cut delta": ("00 90 3c 40  81", [(0, "90 3c 40", "")]),
    "a length of 2^28": ("00 ff 01 ff ff ff 7f 41", []),
    "a number that never ends": ("ff ff ff ff 90 3c 40", [(0x0FFFFFFF, "90 3c 40", "")]),
    "nothing": ("", []),
}


@pytest.mark.parametrize("name", CASES)
def test_a_track_is_read_as_it_would_be_played(name: str) -> None:
    body, expected = CASES[name]
    track = track_of(body)
    read = [
        (event.tick, bytes((event.status, event.data1, event.data2)).hex(" "), event.payload.hex(" "))
        for event in (track[index] for index in range(len(track)))
    ]
    assert read == expected


@pytest.mark.parametrize("name", CASES)
def test_what_is_no_whole_event_is_the_gap_at_the_end(name: str) -> None:
    track = track_of(CASES[name][0])
    assert (track.events_end < track.end) == (name in ("a cut note", "a cut text", "a cut delta", "a length of 2^28"))
    with pytest.raises(IndexError):
        track[len(track)]


def test_an_event_writes_its_message_out() -> None:
    track = track_of("00 90 3c 40  01 3e 41  00 c0 05")
    assert [track[index].message.hex() for index in range(3)] == ["903c40", "903e41", "c005"]
    assert [track.is_carried(index) for index in range(3)] == [False, True, False]


NUMBERS = {
    "00": 0,
    "7f": 127,
    "81 00": 128,
    "ff 7f": 16383,
    "81 80 00": 16384,
    "ff ff ff 7f": 0x0FFFFFFF,
    "80 80 80 05": 5,
}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_of_any_length_is_read(number: str) -> None:
    data = bytes.fromhex(number)
    assert read_number(data, 0, len(data)) == (NUMBERS[number], len(data))
    assert all(read_number(data, 0, cut)[1] == cut + 1 for cut in range(len(data)))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("ff 01 00", RANK_META), ("f0 00 00", RANK_META), ("80 3c 40", RANK_OFF), ("90 3c 00", RANK_OFF),
        ("b0 00 01", RANK_BANK), ("b0 20 01", RANK_BANK), ("c0 05 00", RANK_PROGRAM), ("b0 40 7f", RANK_CONTROL),
        ("e0 00 40", RANK_CONTROL), ("90 3c 01", RANK_ON), ("ff 2f 00", RANK_END),
    ],
)  # fmt: skip
def test_at_one_tick_ends_come_before_banks_programs_controllers_and_starts(message: str, expected: int) -> None:
    assert rank(*bytes.fromhex(message)) == expected


def test_what_is_added_finds_its_place_among_what_sounds_at_its_tick() -> None:
    data = events((0, "c0 05"), (10, "80 3c 40"), (10, "b0 07 10"), (10, "90 3e 40"), (20, "80 3e 40"))
    track = scan(data, 0, len(data), Findings())
    assert [track.place(10, new) for new in (RANK_OFF, RANK_CONTROL, RANK_ON)] == [2, 3, 4]
    assert track.place(5, RANK_ON) == 1
    assert track.place(20, RANK_ON) == track.place(99, RANK_OFF) == 5, "before the end of the track"


def test_behind_an_early_end_of_track_there_is_room_all_the_same() -> None:
    track = track_of(END + "05 90 3c 40")
    assert [track.place(9, RANK_ON), track.place(0, RANK_ON), track.last_tick] == [2, 0, 5]
