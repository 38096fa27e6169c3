"""A song's grid stays even on a sample clock that runs a little off the computer's, whatever comes late."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.anchor import NOISE_NS, STEP_NS, WRAP, Anchor, Follower, unwrapped

RATE = 48_000
PERIOD = 128
FRAME_NS = 1e9 / RATE
SECOND = RATE // PERIOD  # cycles


class Card:
    """A sound card whose clock is `ppm` fast, read in cycles that begin late by chance: 30 to 230 µs, some by 3 ms."""

    def __init__(self, ppm: float = 0.0, seed: int = 1, period: int = PERIOD) -> None:
        self.follower = Follower(RATE)
        self.frame = 1_000_000
        self.shift_ns = 7_000_000_000.0
        self._ns_per_frame = FRAME_NS / (1 + ppm / 1e6)
        self._chance = random.Random(seed)
        self._period = period

    def true_ns(self, frame: int) -> float:
        return self.shift_ns + frame * self._ns_per_frame

    def run(self, cycles: int) -> Anchor:
        for _ in range(cycles):
            late_ns = 30_000 + self._chance.random() ** 2 * 200_000 + (self._chance.random() < 0.01) * 3_000_000
            self.frame += self._period
            anchor = self.follower.observe(self.frame, round(self.true_ns(self.frame) + late_ns))
        return anchor


@given(
    st.integers(-(1 << 40), 1 << 40),
    st.integers(-(1 << 62), 1 << 62),
    st.sampled_from([8_000, 44_100, 48_000, 96_000, 192_000, 1_000_000]),
    st.floats(-0.0005, 0.0005),
    st.integers(-(1 << 40), 1 << 40),
)
def test_from_a_frame_to_its_moment_and_back_is_exact(
    frame: int, at_ns: int, rate: int, bend: float, away: int
) -> None:
    anchor = Anchor(frame, at_ns, 1e9 / rate * (1 + bend))
    assert anchor.frame_at(anchor.ns_at(frame + away)) == frame + away


@given(st.integers(0, 1 << 50), st.integers(-(WRAP // 2), WRAP // 2 - 1))
def test_a_frame_counter_that_wraps_is_followed_into_the_hours(near: int, ahead: int) -> None:
    assert unwrapped(near, (near + ahead) % WRAP) == near + ahead


def test_a_song_on_a_true_clock_comes_out_within_half_a_frame_for_three_minutes() -> None:
    card = Card()
    card.run(SECOND)
    start_ns = round(card.true_ns(card.frame)) + 20_000_000
    step_ns = 83_333_333
    errors = []
    for beat in range(180 * 12):
        due_ns = start_ns + beat * step_ns
        anchor = card.run(31 if beat % 4 else 32)
        errors.append(anchor.frame_at(due_ns) - due_ns / FRAME_NS)
    middle = sorted(errors)[len(errors) // 2]
    assert max(abs(error - middle) for error in errors) < 0.5 + 0.5  # half a frame by rounding, and less than half more
    quarter = len(errors) // 4
    early, late = (sum(part) / quarter for part in (errors[:quarter], errors[-quarter:]))
    assert abs(late - early) / (135 * RATE) < 0.1e-6  # of drift


@pytest.mark.parametrize("ppm", [-100, 20, 100])
def test_a_card_that_runs_off_is_learnt_within_a_minute(ppm: float) -> None:
    card = Card(ppm)
    anchor = card.run(60 * SECOND)
    assert abs(anchor.ns_per_frame * (1 + ppm / 1e6) / FRAME_NS - 1) < 3e-6
    anchor = card.run(120 * SECOND)
    assert abs(anchor.ns_per_frame * (1 + ppm / 1e6) / FRAME_NS - 1) < 0.5e-6
    behind_ns = anchor.ns_at(card.frame) - card.true_ns(card.frame)
    assert abs(behind_ns - 30_000) < NOISE_NS  # the least that a cycle begins late


def test_the_tie_never_steps_while_it_follows() -> None:
    card = Card(80)
    before = card.run(SECOND)
    for _ in range(20 * SECOND):
        after = card.run(1)
        assert abs(after.ns_at(card.frame) - before.ns_at(card.frame)) <= 1
        before = after


def test_a_reading_that_comes_late_changes_nothing_and_a_better_one_at_the_start_counts_at_once() -> None:
    follower = Follower(RATE)
    follower.observe(0, 500_000)
    assert follower.observe(48, 1_900_000).ns_at(0) == 500_000
    assert follower.observe(96, 2_100_000).ns_at(0) == 100_000


def test_a_gap_in_the_frames_is_taken_over_whole_within_a_sixteenth_of_a_second() -> None:
    card = Card()
    card.run(10 * SECOND)
    card.shift_ns += 700_000
    card.follower.slip()
    anchor = card.run(SECOND // 16 + 2)
    assert abs(anchor.ns_at(card.frame) - card.true_ns(card.frame) - 30_000) < NOISE_NS


@pytest.mark.parametrize("seed", range(20))
def test_a_second_behind_a_gap_the_tie_is_as_good_as_ever_though_cycles_are_long_and_few(seed: int) -> None:
    card = Card(seed=seed, period=1_024)
    card.run(10 * RATE // 1_024)
    card.shift_ns += 21_000_000
    card.follower.slip()
    anchor = card.run(12 * RATE // 10 // 1_024)
    assert abs(anchor.ns_at(card.frame) - card.true_ns(card.frame) - 30_000) < 5_000


def test_a_gap_that_anybody_would_hear_is_taken_over_at_once() -> None:
    card = Card()
    card.run(10 * SECOND)
    card.shift_ns += 20_000_000
    card.follower.slip()
    anchor = card.run(1)
    assert abs(anchor.ns_at(card.frame) - card.true_ns(card.frame)) < 300_000


def test_clocks_that_part_without_a_word_are_tied_anew() -> None:
    card = Card()
    card.run(10 * SECOND)
    card.shift_ns -= 3 * STEP_NS
    anchor = card.run(2 * SECOND)
    assert abs(anchor.ns_at(card.frame) - card.true_ns(card.frame)) < 60_000
