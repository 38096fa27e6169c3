"""What is changed while it sounds, by the table of laws of sound; and the hand, against which nothing is done."""

import pytest

from bridge.core.closure import add_event, change_event, change_note, remove_event, remove_note
from bridge.core.edit import Event, Id
from bridge.core.message import BEND, CONTROL, PROGRAM, control, note_on
from bridge.engine.link import Ask, Fault, Patched
from tests.kit import LEAD, MS, PEDAL_DOWN, PEDAL_UP, Stage, hit, off, on, playing, smf, with_hands

TRACK = 1  # the first list of events that `smf` is given
NEW = Id(-1, 0)


def first(stage: Stage, number: int = 0) -> Id:
    return stage.song.notes(TRACK)[number][0]


def event(stage: Stage, number: int = 0) -> Id:
    return stage.song.events(TRACK)[number][0]


# Patches: the table of design section 5


def test_a_note_removed_while_it_sounds_ends_now() -> None:
    stage = playing(*hit(60, 0, 400), until=200)
    stage.edit(remove_note(stage.song, first(stage)))
    stage.run(1_000)
    assert stage.heard(since=1) == [(200, off())]
    assert Patched(2, (LEAD + 200) * MS, 200) in stage.frames


def test_a_note_repitched_while_it_sounds_ends_now_and_has_its_pitch_in_the_next_pass() -> None:
    stage = playing(*hit(60, 0, 400), until=200)
    stage.edit(change_note(stage.song, first(stage), pitch=64))
    stage.run(900)
    assert stage.heard(since=1) == [(200, off()), (500, on(64)), (900, off(64))]


@pytest.mark.parametrize(("length", "ends"), [(300, 300), (450, 450), (201, 201), (200, 200), (100, 200), (1, 200)])
def test_an_end_that_is_moved_while_the_note_sounds_is_where_it_was_moved_or_now(length: int, ends: int) -> None:
    stage = playing(*hit(60, 0, 400), until=200)
    stage.edit(change_note(stage.song, first(stage), length=length))
    stage.run(499)
    assert stage.heard(since=1) == [(ends, off())]


def test_an_end_moved_there_and_back_comes_once() -> None:
    stage = playing(*hit(60, 0, 400), until=100)
    for length in (450, 300, 400, 300, 400):
        stage.edit(change_note(stage.song, first(stage), length=length))
    stage.run(499)
    assert stage.heard(since=1) == [(400, off())]


def test_a_note_put_behind_the_head_waits_for_the_next_pass() -> None:
    stage = playing(*hit(60, 0, 50), *hit(62, 300, 350), until=200)
    stage.edit(change_note(stage.song, first(stage, 1), tick=100))
    stage.run(700)
    assert [tick for tick, m in stage.heard() if m == on(62)] == [600]


def test_a_note_put_before_the_head_is_heard_in_this_pass() -> None:
    stage = playing(*hit(60, 0, 50), *hit(62, 100, 150), until=200)
    stage.edit(change_note(stage.song, first(stage, 1), tick=201))
    stage.run(300)
    assert stage.heard(since=200) == [(201, on(62)), (251, off(62))]


def test_a_note_moved_ahead_while_it_sounds_ends_now_and_starts_there() -> None:
    stage = playing(*hit(60, 0, 400), until=100)
    stage.edit(change_note(stage.song, first(stage), tick=300, length=100))
    stage.run(450)
    assert stage.heard(since=1) == [(100, off()), (300, on()), (400, off())]


def test_a_velocity_changed_while_the_note_sounds_is_heard_in_the_next_pass() -> None:
    stage = playing(*hit(60, 0, 400), until=200)
    stage.edit(change_note(stage.song, first(stage), velocity=20))
    stage.run(500)
    assert stage.heard(since=1) == [(400, off()), (500, note_on(0, 60, 20))]


def test_a_patch_in_the_lead_is_heard_from_the_first_note_on() -> None:
    stage = Stage(smf([(0, control(0, 7, 20)), *hit(60, 0, 400)]))
    stage.play()
    stage.leap(-20)
    stage.edit(change_note(stage.song, first(stage), pitch=64))
    stage.edit(remove_event(stage.song, event(stage)))
    stage.run()
    assert stage.heard(since=-20) == [(-20, control(0, 7, 100)), (0, on(64)), (400, off(64))]


def test_a_locate_and_a_patch_in_one_breath_lose_no_note() -> None:
    stage = playing(*hit(60, 0, 400), *hit(62, 800, 900), until=200, loop=None)
    stage.down.delay_ns = 10 * MS
    stage.ask(Ask.LOCATE, 800)
    stage.edit(remove_note(stage.song, first(stage)))
    stage.run()
    assert stage.heard(since=201) == [(210, off()), (210, on(62)), (310, off(62))]


def test_the_last_note_removed_while_it_sounds_is_the_end() -> None:
    stage = playing(*hit(60, 0, 4_000), until=200, loop=None)
    stage.edit(remove_note(stage.song, first(stage)))
    stage.run()
    assert (stage.epochs[-1].rolling, stage.epochs[-1].tick) == (False, 200)
    assert stage.clock.now_ns() == (LEAD + 200) * MS


@pytest.mark.parametrize("message", [control(0, 7, 30), bytes((BEND, 0, 100)), bytes((PROGRAM, 3)), PEDAL_DOWN])
def test_what_is_set_behind_the_head_is_brought_up_to_date(message: bytes) -> None:
    stage = playing(*hit(60, 0, 400), until=200)
    stage.edit(add_event(stage.song, NEW, Event(TRACK, 100, message)))
    assert stage.heard(since=1) == [(200, message)]


def test_a_change_behind_the_head_under_a_later_one_is_not_sent() -> None:
    stage = playing((50, control(0, 7, 30)), (150, control(0, 7, 40)), *hit(60, 0, 400), until=200)
    stage.edit(change_event(stage.song, event(stage), 35))
    assert stage.heard(since=200) == []
    stage.edit(change_event(stage.song, event(stage, 1), 45))
    assert stage.heard(since=200) == [(200, control(0, 7, 45))]


def test_a_pedal_taken_out_while_it_is_down_goes_up() -> None:
    stage = playing(*hit(60, 0, 400), until=100)
    stage.edit(add_event(stage.song, NEW, Event(TRACK, 150, PEDAL_DOWN)))
    stage.run(200)
    stage.edit(remove_event(stage.song, NEW))
    assert stage.heard(since=1) == [(150, PEDAL_DOWN), (200, PEDAL_UP)]


def test_a_controller_taken_out_while_the_song_stands_goes_back_too() -> None:
    stage = playing((100, control(0, 7, 30)), *hit(60, 0, 400), until=200)
    stage.ask(Ask.STOP)
    stage.edit(remove_event(stage.song, event(stage)))
    assert stage.heard(since=200) == [(200, off()), (200, control(0, 7, 100))]


def test_a_pedal_put_in_while_the_song_stands_is_not_pressed() -> None:
    stage = playing(*hit(60, 0, 400), until=200)
    stage.ask(Ask.STOP)
    stage.edit(add_event(stage.song, NEW, Event(TRACK, 100, PEDAL_DOWN)))
    assert stage.heard(since=200) == [(200, off())]


# The hand


def test_a_late_patch_does_not_move_a_pedal_that_the_hand_moved_since() -> None:
    stage = with_hands(*hit(60, 0, 400))
    stage.press(PEDAL_DOWN, 100)
    stage.press(PEDAL_UP, 150)
    stage.run(200)
    stage.edit(add_event(stage.song, NEW, Event(TRACK, 100, PEDAL_DOWN)))
    assert stage.heard(since=1) == [(100, PEDAL_DOWN), (150, PEDAL_UP)]


def test_a_hand_in_the_pass_before_does_not_stand_in_the_way_of_a_patch() -> None:
    stage = with_hands(*hit(60, 0, 400))
    stage.run(520)
    stage.press(control(0, 1, 5), 490)  # read when the loop has turned
    stage.run(600)
    stage.edit(add_event(stage.song, NEW, Event(TRACK, 50, control(0, 1, 80))))
    assert stage.heard(since=600) == [(600, control(0, 1, 80))]


def test_a_pedal_that_the_hand_holds_is_not_lifted_by_the_song_its_turn_or_its_stop() -> None:
    stage = with_hands((300, PEDAL_UP), *hit(60, 0, 400))
    stage.press(PEDAL_DOWN, 200)
    stage.run(600)
    stage.ask(Ask.STOP)
    assert [one for one in stage.heard(since=1) if one[1][0] == CONTROL] == [(200, PEDAL_DOWN)]
    stage.press(PEDAL_UP)
    stage.run(700)
    assert stage.heard()[-1] == (600, PEDAL_UP)


def test_while_the_hand_holds_a_key_the_song_s_off_for_it_waits() -> None:
    stage = with_hands(*hit(60, 100, 200))
    stage.press(on(), 50)
    stage.press(off(), 300)
    stage.run(450)
    assert stage.heard(since=0) == [(50, on()), (100, off()), (100, on()), (300, off())]


def test_a_panic_forgets_what_the_hand_held() -> None:
    stage = with_hands()
    stage.press(on(), 50)
    stage.press(PEDAL_DOWN, 60)
    stage.run(100)
    stage.ask(Ask.PANIC)
    stage.press(off(), 200)
    stage.run(300)
    assert stage.heard(since=101) == []


def test_keys_and_pedals_of_an_input_that_fails_are_let_go() -> None:
    stage = with_hands(*hit(62, 0, 400))
    stage.press(on(), 50)
    stage.press(PEDAL_DOWN, 60)
    stage.run(100)
    stage.hands.close()
    stage.leap(150)
    stage.run(300)
    assert stage.heard(since=61) == [(150, off()), (150, PEDAL_UP)]
    assert [one.port for one in stage.frames if isinstance(one, Fault)] == ["hands"]
