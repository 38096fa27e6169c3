"""While a key is held its notes go."""

from tests.kit import Timed, hit
from tests.surface.hands import Hands

HAT = 42


def hats(*ticks: int) -> list[Timed]:
    return [event for tick in ticks for event in hit(HAT, tick, tick + 40)]


def erasing(*events: Timed) -> Hands:
    hands = Hands(*events, *hit(36, 0, 100), *hit(36, 500, 600), loop=(0, 1_000), tool="erase")
    hands.turn(1)
    return hands


def left(hands: Hands) -> list[int]:
    return sorted(note.tick for note in hands.notes() if note.pitch == HAT)


def test_every_onset_of_the_key_in_the_hold_goes_and_no_other() -> None:
    hands = erasing(*hats(0, 125, 250, 375))
    hands.down(HAT, 125)
    hands.up(HAT, 375)
    assert left(hands) == [0, 375]
    assert [note.pitch for note in hands.notes()].count(36) == 2
    assert [(one.tool, one.label, len(one.edits)) for one in hands.live] == [("erase", "F#2", 2)]


def test_exact_doubles_go_together() -> None:
    hands = erasing(*hats(250, 250))
    hands.down(HAT, 240)
    hands.up(HAT, 260)
    assert left(hands) == []
    assert len(hands.live) == 1


def test_each_hold_is_one_correction() -> None:
    hands = erasing(*hats(0, 125, 250))
    for tick in (0, 250):
        hands.down(HAT, tick)
        hands.up(HAT, tick + 10)
    assert len(hands.live) == 2
    hands.button(40)
    assert left(hands) == [125, 250]


def test_a_hold_over_the_loops_end_goes_on_at_its_start() -> None:
    hands = erasing(*hats(0, 500, 900))
    hands.down(HAT, 800)
    hands.turn(2)
    hands.up(HAT, 100, turn=2)
    assert left(hands) == [500]
    assert len(hands.live) == 1


def test_a_hold_longer_than_a_pass_is_the_whole_loop() -> None:
    hands = erasing(*hats(0, 500, 900, 1_000))
    hands.down(HAT, 800)
    hands.turn(2)
    hands.turn(3)
    hands.up(HAT, 10, turn=3)
    assert left(hands) == [1_000]
    assert len(hands.live) == 1


def test_two_keys_held_over_the_turn_stay_two_corrections() -> None:
    hands = erasing(*hats(900))
    hands.down(HAT, 800)
    hands.down(36, 450)
    hands.turn(2)
    hands.up(HAT, 100, turn=2)
    hands.up(36, 100, turn=2)
    assert left(hands) == []
    assert {one.label for one in hands.live} == {"F#2", "C2"}


def test_a_stop_ends_the_hold() -> None:
    hands = erasing(*hats(0, 500, 900))
    hands.down(HAT, 400)
    hands.stop(600)
    assert left(hands) == [0, 900]
    assert hands.up(HAT, 950) == []


def test_a_hold_over_nothing_corrects_nothing() -> None:
    hands = erasing(*hats(0))
    hands.down(HAT, 100)
    assert hands.up(HAT, 300) == []


def test_undo_lets_go_of_a_hold() -> None:
    hands = Hands(*hats(0, 500), loop=(0, 1_000), tool="erase")
    hands.down(HAT, 0)
    hands.up(HAT, 10)
    hands.down(HAT, 400)
    hands.button(40, 450)
    assert hands.up(HAT, 600) == []
    assert left(hands) == [0, 500]
