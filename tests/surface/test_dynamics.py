"""Hits on one pad give the notes their velocities, chord by chord."""

from bridge.core.wish import Joins, Wish
from tests.kit import Timed, hit
from tests.surface.hands import Hands


def beats(*velocities: int) -> list[Timed]:
    return [event for index, vel in enumerate(velocities) for event in hit(60, index * 500, index * 500 + 400, 0, vel)]


def dynamics(*events: Timed, end: int = 2_000) -> Hands:
    return Hands(*events, loop=(0, end), tool="dynamics")


def test_a_hit_gives_the_nearest_note_its_velocity_and_the_others_keep_theirs() -> None:
    hands = dynamics(*beats(90, 90, 90, 90))
    hands.pad(560, 33)
    assert hands.velocities() == [90, 33, 90, 90]
    assert [(one.tool, one.label) for one in hands.live] == [("dynamics", "1 hit")]


def test_the_loudest_of_a_chord_gets_the_hit_and_the_rest_keep_their_proportion() -> None:
    hands = dynamics(*hit(60, 0, 400, 0, 100), *hit(64, 20, 400, 0, 50), *hit(67, 30, 400, 0, 1), *hit(72, 61, 400))
    hands.pad(0, 60)
    assert hands.velocities() == [60, 30, 1, 90]


def test_no_velocity_leaves_the_range_of_midi() -> None:
    hands = dynamics(*hit(60, 0, 400, 0, 127), *hit(64, 0, 400, 0, 2))
    hands.pad(0, 1)
    assert hands.velocities() == [1, 1]


def test_a_second_hit_takes_the_next_chord_since_the_first_is_taken() -> None:
    hands = dynamics(*hit(60, 0, 90), *hit(62, 100, 190), end=1_000)
    hands.pad(10, 20)
    hands.pad(30, 40)
    assert hands.velocities() == [20, 40]


def test_a_hit_far_from_every_onset_means_none() -> None:
    hands = dynamics(*beats(90, 90, 90, 90))
    assert hands.pad(250, 20) == []
    assert hands.pad(621, 20) == []
    assert len(hands.pad(620, 20)) == 1


def test_the_hits_of_a_pass_are_one_correction_and_the_next_pass_begins_another() -> None:
    hands = dynamics(*beats(90, 90, 90, 90))
    hands.turn(1)
    hands.pad(0, 10)
    hands.pad(500, 20)
    hands.turn(2)
    hands.pad(0, 30, turn=2)
    hands.pad(500, 40, turn=2)
    joins = [action.joins for action in hands.actions if isinstance(action, Wish)]
    assert joins == [Joins.NEW, Joins.EXTENDS, Joins.NEW, Joins.EXTENDS]
    assert len(hands.live) == 2
    assert hands.velocities() == [30, 40, 90, 90]


def test_a_hit_just_before_the_loop_turns_takes_the_first_chord_of_the_next_pass() -> None:
    hands = dynamics(*beats(90, 90, 90, 90))
    hands.turn(1)
    hands.pad(0, 10)
    hands.pad(1_980, 50)
    assert hands.velocities() == [50, 90, 90, 90]
    hands.turn(2)
    assert hands.pad(10, 99, turn=2) == []


def test_a_stop_ends_the_correction_and_frees_what_was_taken() -> None:
    hands = dynamics(*beats(90, 90, 90, 90))
    hands.pad(0, 10)
    hands.stop(100)
    hands.pad(0, 20)
    assert hands.velocities()[0] == 20
    assert len(hands.live) == 2


def test_undo_takes_back_the_pass_and_the_next_hit_begins_a_new_correction() -> None:
    hands = dynamics(*beats(90, 90, 90, 90))
    hands.pad(0, 10)
    hands.pad(500, 20)
    hands.button(40)
    assert hands.velocities() == [90, 90, 90, 90]
    hands.pad(500, 30)
    assert hands.velocities() == [90, 30, 90, 90]
