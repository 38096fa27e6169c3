"""Ticks become time and time becomes ticks again without loss; bars are counted as notation counts them."""

import csv
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.smf import read
from bridge.core.song import Song
from bridge.core.tempo import bars, grid_share, tempo_map
from tests.core.strategies import END, events, midi

divisions = st.one_of(
    st.sampled_from((1, 4, 24, 96, 480, 960, 32_767, 0, 0xE728, 0xE250, 0xE804)), st.integers(1, 1_000)
)
changes = st.lists(st.tuples(st.integers(0, 5_000), st.integers(33, 0xFFFFFF)), max_size=20).map(
    lambda steps: list(zip(accumulate(step for step, _ in steps), (tempo for _, tempo in steps)))
)
ticks = st.integers(0, 1 << 40)


@given(divisions, changes, ticks)
def test_a_tick_comes_back_from_its_time(division: int, changes: list[tuple[int, int]], tick: int) -> None:
    tempo = tempo_map(division, changes)
    assert tempo.tick_at(tempo.ns_at(tick)) == tick


@given(divisions, changes, st.integers(1, 1 << 50))
def test_the_tick_under_way_began_before_and_the_next_comes_after(
    division: int, changes: list[tuple[int, int]], ns: int
) -> None:
    tempo = tempo_map(division, changes)
    tick = tempo.tick_at(ns)
    assert tempo.ns_at(tick) <= ns < tempo.ns_at(tick + 1)


@given(divisions, changes, ticks, ticks)
def test_later_ticks_are_later(division: int, changes: list[tuple[int, int]], one: int, other: int) -> None:
    tempo = tempo_map(division, changes)
    assert (one < other) == (tempo.ns_at(one) < tempo.ns_at(other))


def test_a_million_changes_of_tempo_add_up_to_no_rounding() -> None:
    changes = [(tick, 333_333 + tick % 2) for tick in range(1_000_000)]
    tempo = tempo_map(7, changes)
    assert tempo.ns_at(1_000_000) == -(-1_000 * (333_333 * 500_000 + 333_334 * 500_000) // 7)
    assert tempo.tick_at(tempo.ns_at(777_777)) == 777_777


@pytest.mark.parametrize(
    ("division", "ticks", "ns"),
    [
        (96, 96, 500_000_000),  # 120 a minute where the file is silent
        (0xE728, 1_000, 1_000_000_000),  # 25 frames of 40 ticks: a tick is a millisecond
        (0xE804, 96, 1_000_000_000),  # 24 frames of 4
        (0xE264, 3_000, 1_000_000_000),  # 30 frames of 100
        (0xE364, 30_000, 10_010_000_000),  # 29.97 frames of 100
        (0xE700, 25, 1_000_000_000),  # no ticks a frame: read as one
        (0, 1_000, 1_000_000_000),  # no division: milliseconds
    ],
)
def test_a_division_gives_a_tick_its_length(division: int, ticks: int, ns: int) -> None:
    assert tempo_map(division).ns_at(ticks) == ns
    assert tempo_map(division).tick_at(ns) == ticks


def test_video_frames_know_no_tempo() -> None:
    assert tempo_map(0xE728, [(0, 1_000_000)]) == tempo_map(0xE728)


def test_of_two_tempos_at_one_tick_the_last_counts_and_none_is_120() -> None:
    assert tempo_map(96, [(0, 1), (0, 250_000)]).ns_at(96) == 250_000_000
    assert tempo_map(96, [(96, 7), (96, 250_000)]).ns_at(192) == 750_000_000
    assert tempo_map(96, [(0, 0)]).ns_at(96) == 500_000_000


def test_a_song_finds_its_tempos_in_any_track() -> None:
    song = Song(read(midi(events((96, "ff 51 03 03 d0 90")), events((0, "ff 51 03 0f 42 40")), END)))
    assert [song.tempo.ns_at(tick) for tick in (96, 192)] == [1_000_000_000, 1_250_000_000]


def test_bars_follow_the_meter() -> None:
    found = bars(96, [(0, 3, 2), (3 * 96 * 2, 6, 3)])
    assert found is not None
    assert [found.position(tick) for tick in (0, 95, 96, 288, 576, 576 + 48, 576 + 288)] == [
        "1.1", "1.1", "1.2", "2.1", "3.1", "3.2", "4.1",
    ]  # fmt: skip
    assert [found.tick_of(bar) for bar in (1, 2, 3, 4)] == [0, 288, 576, 864]


def test_without_a_signature_bars_have_four_quarters() -> None:
    found = bars(96)
    assert found is not None
    assert (found.bar_at(383), found.bar_at(384)) == (1, 2)


def test_a_signature_in_mid_bar_starts_a_new_bar() -> None:
    found = bars(96, [(100, 3, 2)])
    assert found is not None
    assert (found.bar_at(99), found.bar_at(100), found.tick_of(2), found.tick_of(3)) == (1, 2, 100, 388)


def test_a_meter_without_beats_or_with_a_denominator_beyond_reason_is_survived() -> None:
    found = bars(96, [(0, 0, 2), (384, 4, 255)])
    assert found is not None
    assert (found.bar_at(383), found.bar_at(384), found.bar_at(388)) == (1, 2, 3)


signatures = st.lists(st.tuples(st.integers(0, 999), st.integers(0, 255), st.integers(0, 255)), max_size=6).map(sorted)


@given(st.integers(1, 0x7FFF), signatures, st.integers(0, 5_000))
def test_every_tick_lies_in_the_bar_that_starts_last_before_it(
    division: int, signatures: list[tuple[int, int, int]], tick: int
) -> None:
    found = bars(division, signatures)
    assert found is not None
    bar = found.bar_at(tick)
    assert found.tick_of(bar) <= tick < found.tick_of(bar + 1)
    assert found.bar_at(found.tick_of(bar)) == bar
    assert found.position(tick).startswith(f"{bar}.")


@pytest.mark.parametrize("division", [0, 0xE728, 0xE364])
def test_time_without_beats_has_no_bars(division: int) -> None:
    assert bars(division) is None
    assert Song(read(midi(events((0, "90 3c 40")), division=division))).bars is None


def test_a_song_whose_ticks_are_milliseconds_has_no_bars(corpus: Path) -> None:
    with (corpus / "ai" / "manifest.csv").open(encoding="utf-8", newline="") as manifest:
        shares = {row["file"]: row["onsets_on_16th_or_triplet_grid"] for row in csv.DictReader(manifest)}
    songs = {name: Song(read((corpus / "ai" / name).read_bytes())) for name in shares}
    expected = {name: share == "" or float(share) >= 0.5 for name, share in shares.items()}
    assert {name: song.bars is not None for name, song in songs.items()} == expected
    assert list(expected.values()).count(False) == 12


def test_a_song_without_notes_keeps_its_bars() -> None:
    assert grid_share((), 96) == 1.0
    assert Song(read(midi(END))).bars is not None


@given(st.integers(4, 960), st.lists(st.integers(0, 400), min_size=1))
def test_notes_on_sixteenths_and_triplets_are_on_the_grid(division: int, steps: list[int]) -> None:
    assert grid_share([round(step * division / 4) for step in steps], division) == 1.0
    assert grid_share([round(step * division / 6) for step in steps], division) == 1.0
