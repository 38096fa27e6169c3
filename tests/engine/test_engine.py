"""The engine, judged by what its outputs were sent and when it was due."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.arrival import Loop
from bridge.core.closure import add_event, change_event, change_note, remove_event, remove_note
from bridge.core.edit import Event, Id
from bridge.core.message import BEND, CONTROL, NOTE_ON, PROGRAM, control, is_note_on, note_off, note_on
from bridge.core.schedule import NO_END, Item
from bridge.core.tempo import tempo_map
from bridge.engine.link import Answer, Ask, Fault, Patched, Tempo, Then
from tests.kit import LEAD, MS, Stage, Timed, hit, smf

BAR = Loop(0, 500)
TRACK = 1  # the first list of events that `smf` is given
NEW = Id(-1, 0)
PEDAL_DOWN, PEDAL_UP = control(0, 64, 127), control(0, 64, 0)


def on(pitch: int = 60) -> bytes:
    return note_on(0, pitch, 90)


def off(pitch: int = 60) -> bytes:
    return note_off(0, pitch)


def playing(*events: Timed, until: int, loop: Loop | None = BAR) -> Stage:
    """The events, played up to a tick."""
    stage = Stage(smf(events))
    stage.play(loop=loop)
    stage.run(until)
    return stage


def first(stage: Stage, number: int = 0) -> Id:
    return stage.song.notes(TRACK)[number][0]


def event(stage: Stage, number: int = 0) -> Id:
    return stage.song.events(TRACK)[number][0]


# Playing


def test_play_once_stops_when_the_last_note_has_ended() -> None:
    stage = Stage(smf(hit(60, 0, 400) + hit(62, 100, 300)))
    stage.play()
    stage.run()
    assert stage.heard() == [(0, on()), (100, on(62)), (300, off(62)), (400, off())]
    assert [(one.rolling, one.tick, one.at_ns // MS - LEAD) for one in stage.epochs] == [
        (True, 0, 0),
        (False, 400, 400),
    ]


def test_an_empty_song_stops_as_soon_as_it_has_begun() -> None:
    stage = Stage(smf([]))
    stage.play()
    stage.run()
    assert [(one.rolling, one.at_ns) for one in stage.epochs] == [(True, LEAD * MS), (False, LEAD * MS)]


def test_offs_come_before_ons_at_one_tick_and_both_are_due_then() -> None:
    stage = Stage(smf(hit(60, 0, 100) + hit(60, 100, 200) + hit(62, 100, 200)))
    stage.play()
    stage.leap(150)
    assert stage.heard(since=100) == [(100, off()), (100, on()), (100, on(62))]


def test_a_late_step_sends_everything_with_the_time_it_was_due() -> None:
    stage = Stage(smf(hit(60, 0, 400)))
    stage.play(loop=BAR, passes=3)
    stage.leap(10_000)
    assert stage.heard() == [(turn * 500 + tick, m) for turn in range(3) for tick, m in ((0, on()), (400, off()))]


def test_programs_and_controllers_go_out_before_the_first_note() -> None:
    events = [(0, control(0, 7, 90)), (0, bytes((PROGRAM, 5))), (0, control(0, 32, 1)), (0, control(0, 0, 8))]
    stage = playing(*events, *hit(60, 0, 100), until=0, loop=None)
    assert stage.heard()[:4] == [
        (-LEAD, m) for m in (control(0, 0, 8), control(0, 32, 1), bytes((PROGRAM, 5)), events[0][1])
    ]


def test_a_program_is_not_said_twice() -> None:
    program = (100, bytes((PROGRAM, 5)))
    stage = playing((0, program[1]), program, *hit(60, 0, 400), until=3_000)
    assert [one for one in stage.heard() if one[1] == program[1]] == [(-LEAD, program[1])]


def test_a_program_is_said_again_behind_another_bank() -> None:
    program = bytes((PROGRAM, 5))
    events = [(0, control(0, 0, 1)), (0, program), (200, control(0, 0, 2)), (200, program)]
    stage = playing(*events, *hit(60, 0, 400), until=600)
    assert [tick for tick, m in stage.heard() if m == program] == [-LEAD, 200, 500]


def test_locate_chases_bank_program_controllers_and_bend_in_that_order() -> None:
    bend, volume, program, lsb, msb = (
        bytes((BEND, 1, 70)), control(0, 7, 33), bytes((PROGRAM, 9)), control(0, 32, 2), control(0, 0, 3)
    )  # fmt: skip
    stage = Stage(smf(list(enumerate((bend, volume, program, lsb, msb))), hit(60, 900, 950)))
    stage.ask(Ask.LOCATE, 500)
    assert [m for _, m in stage.heard()] == [msb, lsb, program, volume, bend]


def test_the_turn_of_a_loop_brings_back_what_stood_before_it() -> None:
    events = [(300, control(0, 7, 20)), (300, bytes((BEND, 0, 0))), (300, bytes((0xD0, 50))), (100, PEDAL_DOWN)]
    stage = playing(*events, *hit(60, 0, 400), until=500)
    turned = [control(0, 7, 100), PEDAL_UP, bytes((0xD0, 0)), bytes((BEND, 0, 64))]
    assert set(stage.heard(since=500)) == {(500, m) for m in [*turned, on()]}
    assert stage.heard()[-1] == (500, on())


def test_a_loop_that_is_entered_in_the_middle_of_a_song_has_its_sound() -> None:
    stage = Stage(smf([(0, control(0, 7, 20)), (800, control(0, 7, 60)), *hit(60, 600, 700)]))
    stage.play(500, Loop(500, 1_000))
    stage.run(1_600)
    assert stage.heard() == [
        (-LEAD, control(0, 7, 20)), (100, on()), (200, off()), (300, control(0, 7, 60)),
        (500, control(0, 7, 20)), (600, on()), (700, off()), (800, control(0, 7, 60)),
        (1_000, control(0, 7, 20)), (1_100, on()), (1_200, off()), (1_300, control(0, 7, 60)),
        (1_500, control(0, 7, 20)), (1_600, on()),
    ]  # fmt: skip


def test_all_sound_off_in_a_song_is_no_state_to_come_back_to() -> None:
    stage = Stage(smf([(0, control(0, 123, 0)), (0, control(0, 120, 0)), *hit(60, 100, 200)]))
    stage.ask(Ask.LOCATE, 50)
    assert stage.heard() == []


# Loops


def test_a_thousand_passes_drift_by_nothing() -> None:
    stage = Stage(smf(hit(60, 0, 7), tempi=((0, 333_333), (3, 777_777))))
    start_ns = LEAD * MS
    length_ns = stage.song.tempo.ns_at(10) - stage.song.tempo.ns_at(0)
    stage.play(loop=Loop(0, 10), passes=1_000)
    stage.run()
    ons = [due_ns for due_ns, message in stage.outputs[0].sent if is_note_on(message)]
    assert ons == [start_ns + turn * length_ns for turn in range(1_000)]
    assert stage.epochs[-1].at_ns == start_ns + 1_000 * length_ns


def test_tempo_changes_inside_a_loop_come_in_every_pass() -> None:
    stage = Stage(smf(hit(60, 0, 100) + hit(62, 250, 500), tempi=((0, 500_000), (250, 1_000_000), (400, 250_000))))
    stage.play(loop=BAR, passes=2)
    stage.run()
    one = [(0, on()), (100, off()), (250, on(62)), (600, off(62))]
    assert stage.heard() == one + [(tick + 600, message) for tick, message in one]


def test_a_note_that_ends_with_the_loop_ends_before_it_turns() -> None:
    stage = playing(*hit(60, 0, 500), until=500)
    assert stage.heard() == [(0, on()), (500, off()), (500, on())]


def test_what_stands_at_the_loop_s_end_belongs_to_the_next_bar() -> None:
    stage = playing(*hit(60, 0, 10), *hit(62, 500, 600), (500, control(0, 1, 9)), until=1_100)
    assert not {on(62), control(0, 1, 9)} & {m for _, m in stage.heard()}


def test_a_note_longer_than_the_loop_ends_with_each_pass() -> None:
    stage = Stage(smf(hit(60, 0, 5_000)))
    stage.play(loop=BAR, passes=2)
    stage.run()
    assert stage.heard() == [(0, on()), (500, off()), (500, on()), (1_000, off())]


def test_a_loop_that_starts_in_the_middle_of_a_note_leaves_it_out() -> None:
    stage = Stage(smf(hit(60, 0, 900) + hit(62, 600, 700)))
    stage.play(500, Loop(500, 1_000), passes=2)
    stage.run()
    assert stage.heard() == [(100, on(62)), (200, off(62)), (600, on(62)), (700, off(62))]


def test_play_before_a_loop_runs_into_it() -> None:
    stage = Stage(smf(hit(60, 0, 600) + hit(62, 800, 900)))
    stage.play(0, Loop(500, 1_000), passes=2)
    stage.run()
    assert [t for t, m in stage.heard() if m == on(62)] == [800, 1_300]
    assert [(one.turn, one.tick) for one in stage.epochs] == [(0, 0), (1, 500), (1, 1_000)]


@pytest.mark.parametrize("tick", [500, 700])
def test_play_behind_a_loop_goes_on_to_the_end(tick: int) -> None:
    stage = Stage(smf(hit(60, 0, 100) + hit(62, 800, 900)))
    stage.play(tick, BAR)
    stage.run()
    assert stage.heard() == [(800 - tick, on(62)), (900 - tick, off(62))]


def test_passes_are_counted_from_the_ask_and_locate_changes_none() -> None:
    stage = Stage(smf(hit(60, 0, 100)))
    stage.play(loop=BAR, passes=2)
    stage.run(250)
    stage.ask(Ask.LOCATE, 50)
    stage.run()
    assert [(one.turn, one.rolling) for one in stage.epochs] == [(0, True), (0, True), (1, True), (1, False)]


# Requests


@pytest.mark.parametrize("loop", [Loop(0, 0), Loop(500, 500), Loop(500, 100)])
def test_a_loop_that_lasts_no_time_is_refused(loop: Loop) -> None:
    stage = Stage(smf(hit(60, 0, 100)))
    stage.play(loop=loop)
    assert stage.frames[-1] == Answer(1, 0, "the loop is too short to play")
    assert stage.engine.next_ns is None


def test_play_is_refused_while_it_plays_and_stop_while_it_stands() -> None:
    stage = Stage(smf(hit(60, 0, 100)))
    stage.ask(Ask.STOP)
    assert stage.frames[-1] == Answer(1, 0, "not playing")
    stage.play()
    assert stage.frames[-1] == Answer(1, 1)
    stage.play()
    assert stage.frames[-1] == Answer(1, 1, "already playing")


def test_stop_ends_every_note_and_pedal_of_the_song() -> None:
    stage = playing(*hit(60, 0, 400), (100, PEDAL_DOWN), until=200)
    stage.ask(Ask.STOP)
    assert stage.heard(since=200) == [(200, off()), (200, PEDAL_UP)]
    assert stage.epochs[-1].tick == 200
    stage.run()
    assert stage.heard(since=201) == []


def test_stop_in_the_lead_plays_nothing() -> None:
    stage = Stage(smf(hit(60, 0, 400)))
    stage.play()
    stage.leap(-20)
    stage.ask(Ask.STOP)
    stage.run()
    assert stage.heard() == []
    assert not stage.epochs[-1].rolling


def test_locate_ends_what_sounds_and_goes_on_from_there() -> None:
    stage = playing(*hit(60, 0, 400), *hit(62, 800, 900), until=200, loop=None)
    stage.ask(Ask.LOCATE, 800)
    stage.run()
    assert stage.heard(since=200) == [(200, off()), (200, on(62)), (300, off(62))]


def test_locate_while_the_song_stands_presses_no_pedal() -> None:
    stage = Stage(smf([(0, PEDAL_DOWN), (400, PEDAL_UP), *hit(60, 0, 400)]))
    stage.ask(Ask.LOCATE, 200)
    assert stage.heard() == []
    stage.play(200)
    assert stage.heard() == [(-LEAD, PEDAL_DOWN)]


def test_panic_lets_go_of_everything_and_the_song_goes_on() -> None:
    stage = playing(*hit(60, 0, 400), *hit(62, 300, 400), (100, PEDAL_DOWN), (150, bytes((BEND, 0, 0))), until=200)
    stage.ask(Ask.PANIC)
    all_off = [control(0, 123, 0), control(0, 120, 0)]
    assert stage.heard(since=200) == [(200, m) for m in (off(), PEDAL_UP, *all_off, bytes((BEND, 0, 64)))]
    stage.run(450)
    assert stage.heard(since=201) == [(300, on(62)), (400, off(62))]


def test_close_leaves_nothing_down_and_closes_every_port() -> None:
    stage = Stage(smf(hit(60, 0, 400)), outputs=2)
    stage.thru([NOTE_ON, CONTROL], port=1)
    stage.play()
    stage.press(on(70), 100)
    stage.press(PEDAL_DOWN, 110)
    stage.run(200)
    stage.close()
    assert [one.down for one in stage.outputs] == [set(), set()]
    assert stage.heard(1)[-4:] == [(200, m) for m in (off(70), PEDAL_UP, control(0, 123, 0), control(0, 120, 0))]
    assert all(one.is_closed for one in stage.outputs)
    with pytest.raises(Exception, match="closed"):
        stage.hands.receive()


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
    stage.engine.down.delay_ns = 10 * MS
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


def with_pedal(*events: Timed) -> Stage:
    """The events in a loop, and hands whose keys and controllers are heard."""
    stage = Stage(smf(events))
    stage.thru([NOTE_ON, CONTROL])
    stage.play(loop=BAR)
    return stage


def test_a_late_patch_does_not_move_a_pedal_that_the_hand_moved_since() -> None:
    stage = with_pedal(*hit(60, 0, 400))
    stage.press(PEDAL_DOWN, 100)
    stage.press(PEDAL_UP, 150)
    stage.run(200)
    stage.edit(add_event(stage.song, NEW, Event(TRACK, 100, PEDAL_DOWN)))
    assert stage.heard(since=1) == [(100, PEDAL_DOWN), (150, PEDAL_UP)]


def test_a_hand_in_the_pass_before_does_not_stand_in_the_way_of_a_patch() -> None:
    stage = with_pedal(*hit(60, 0, 400))
    stage.run(520)
    stage.press(control(0, 1, 5), 490)  # read when the loop has turned
    stage.run(600)
    stage.edit(add_event(stage.song, NEW, Event(TRACK, 50, control(0, 1, 80))))
    assert stage.heard(since=600) == [(600, control(0, 1, 80))]


def test_a_pedal_that_the_hand_holds_is_not_lifted_by_the_song_its_turn_or_its_stop() -> None:
    stage = with_pedal((300, PEDAL_UP), *hit(60, 0, 400))
    stage.press(PEDAL_DOWN, 200)
    stage.run(600)
    stage.ask(Ask.STOP)
    assert [one for one in stage.heard(since=1) if one[1][0] == CONTROL] == [(200, PEDAL_DOWN)]
    stage.press(PEDAL_UP)
    stage.run(700)
    assert stage.heard()[-1] == (600, PEDAL_UP)


def test_while_the_hand_holds_a_key_the_song_s_off_for_it_waits() -> None:
    stage = with_pedal(*hit(60, 100, 200))
    stage.press(on(), 50)
    stage.press(off(), 300)
    stage.run(450)
    assert stage.heard(since=0) == [(50, on()), (100, off()), (100, on()), (300, off())]


def test_a_panic_forgets_what_the_hand_held() -> None:
    stage = with_pedal()
    stage.press(on(), 50)
    stage.press(PEDAL_DOWN, 60)
    stage.run(100)
    stage.ask(Ask.PANIC)
    stage.press(off(), 200)
    stage.run(300)
    assert stage.heard(since=101) == []


def test_keys_and_pedals_of_an_input_that_fails_are_let_go() -> None:
    stage = with_pedal(*hit(62, 0, 400))
    stage.press(on(), 50)
    stage.press(PEDAL_DOWN, 60)
    stage.run(100)
    stage.hands.close()
    stage.leap(150)
    stage.run(300)
    assert stage.heard(since=61) == [(150, off()), (150, PEDAL_UP)]
    assert [one.port for one in stage.frames if isinstance(one, Fault)] == ["hands"]


# Arrivals


def test_an_arrival_carries_epoch_pass_and_the_tick_that_was_heard() -> None:
    stage = with_pedal(*hit(60, 0, 400))
    stage.press(on(), -10)
    stage.press(off(), 120)
    stage.press(on(), 620)
    stage.run(700)
    assert [(one.seq, one.epoch, one.turn, one.tick, one.port) for one in stage.arrivals] == [
        (1, 0, 0, 0, "hands"),
        (2, 1, 0, 120, "hands"),
        (3, 2, 1, 120, "hands"),
    ]


def test_an_arrival_before_a_turn_that_is_read_behind_it_keeps_its_pass() -> None:
    stage = with_pedal(*hit(60, 0, 400))
    stage.leap(450)
    stage.press(on(), 490)
    stage.press(off(), 510)
    stage.leap(800)
    assert [(one.epoch, one.turn, one.tick) for one in stage.arrivals] == [(1, 0, 490), (2, 1, 10)]


def test_a_song_plays_as_it_would_have_however_late_the_hand_is_read() -> None:
    stages = [with_pedal(*hit(60, 0, 400)) for _ in range(2)]
    for stage in stages:
        stage.press(on(), 50)
        stage.press(off(), 480)
    stages[0].run(600)
    stages[1].leap(600)
    assert stages[0].heard() == stages[1].heard()
    assert stages[0].arrivals == stages[1].arrivals


# Faults


def test_an_output_that_fails_is_said_once_and_the_others_play_on() -> None:
    data = smf(hit(60, 0, 400), hit(62, 0, 400, channel=1))
    stage = Stage(data, outputs=2)
    stage = Stage(
        data, 2, {part: (stage.routing[part])._replace(port=number) for number, part in enumerate(stage.routing)}
    )
    stage.play(loop=BAR, passes=3)
    stage.run(200)
    stage.outputs[0].is_broken = True
    stage.run()
    assert [one for one in stage.frames if isinstance(one, Fault)] == [Fault("out 0", "'out 0' was pulled out")]
    assert [tick for tick, m in stage.heard(1) if is_note_on(m)] == [0, 500, 1_000]
    assert stage.outputs[1].down == set()


def test_an_hour_of_looping_keeps_nothing() -> None:
    stage = with_pedal(*hit(60, 0, 400), (100, PEDAL_DOWN))
    engine = stage.engine
    for turn in range(0, 7_200, 720):
        stage.leap(turn * 500 + 250)
        stage.press(on())
        stage.step()
        stage.edit(change_note(stage.song, first(stage), length=300 + turn % 100))
        stage.outputs[0].sent.clear()
    assert len(engine._offs) <= 2  # how much is kept is what is asked here
    assert len(engine._hand_ticks) == 0
    assert len(engine.transport._past) <= 64
    assert len(engine.ledgers[0].voices) <= 2


# At random


CHANNELS = 2
PITCHES = st.integers(60, 62)
TICKS = st.integers(0, 60)


@st.composite
def notes(draw: st.DrawFn, number: int) -> Item:
    """A note; many of them overlap, and some last no time or longer than the song."""
    tick, length = draw(TICKS), draw(st.sampled_from((0, 0, 1, 5, 20, 20, 1_000)))
    message = note_on(draw(st.integers(0, CHANNELS - 1)), draw(PITCHES), 90)
    return Item(tick, 0, number, 1, 0, 0, number, draw(st.integers(0, 1)), tick + length, message)


@st.composite
def events(draw: st.DrawFn, number: int) -> Item:
    """A controller, bend or program."""
    kinds = st.sampled_from((PEDAL_DOWN, PEDAL_UP, bytes((BEND, 0, 0)), bytes((PROGRAM, 3)), control(0, 0, 1)))
    return Item(draw(TICKS), 0, number, 1, 0, 0, number, draw(st.integers(0, 1)), NO_END, draw(kinds))


def items(number: int) -> st.SearchStrategy[Item]:
    return st.one_of(notes(number), notes(number), events(number))


numbers = st.integers(0, 11)
asks = st.sampled_from((Ask.STOP, Ask.LOCATE, Ask.PANIC, Ask.PLAY, Ask.PLAY))
loops = st.one_of(st.none(), st.tuples(TICKS, TICKS).map(lambda pair: Loop(*pair)))
hands = st.one_of(
    st.tuples(st.sampled_from((on, off)), PITCHES).map(lambda pair: pair[0](pair[1])),
    st.sampled_from((PEDAL_DOWN, PEDAL_UP)),
)
deeds = st.one_of(
    st.tuples(st.just("put"), numbers.flatmap(items)),
    st.tuples(st.just("drop"), numbers),
    st.tuples(st.just("hand"), hands),
    st.tuples(st.just("hand"), hands),
    st.tuples(st.just("thru"), st.integers(0, 1), st.integers(0, CHANNELS - 1), st.sampled_from(Then)),
    st.tuples(st.just("ask"), asks, TICKS, loops, st.integers(0, 3)),
)


def do(stage: Stage, deed: str, *how: object) -> None:
    match deed, *how:
        case "put", Item() as item:
            stage.patch((), (item,))
        case "drop", int(number):
            stage.patch((Id(0, number),), ())
        case "hand", bytes(message):
            stage.press(message)
        case "thru", int(port), int(channel), Then() as then:
            stage.thru([NOTE_ON, CONTROL], port, channel, then)
        case "ask", Ask() as ask, int(tick), (Loop() | None) as loop, int(passes):
            stage.ask(ask, tick, loop, passes)


@given(
    st.lists(numbers.flatmap(items), max_size=12, unique_by=lambda item: item.number),
    loops,
    st.lists(st.tuples(st.integers(0, 40), st.booleans(), deeds), max_size=25),
)
def test_ons_and_offs_of_a_key_alternate_whatever_is_done_and_nothing_is_down_at_the_end(
    song: list[Item], loop: Loop | None, life: list[tuple[int, bool, tuple[object, ...]]]
) -> None:
    stage = Stage(smf(), outputs=2)
    stage.patch((), tuple(song))
    stage.thru([NOTE_ON, CONTROL])
    stage.play(loop=loop)
    now = -LEAD
    for wait, is_late, (deed, *how) in life:
        now += wait
        (stage.leap if is_late else stage.run)(now)
        do(stage, str(deed), *how)
    stage.step()
    stage.close()
    assert [(one.faults, one.down, one.pedals) for one in stage.outputs] == [([], set(), set())] * 2


@given(
    st.lists(numbers.flatmap(items), max_size=12, unique_by=lambda item: item.number),
    st.lists(st.tuples(st.integers(0, 40), numbers.flatmap(items)), max_size=8),
)
def test_the_pass_after_the_last_patch_is_the_song_as_it_then_is(
    song: list[Item], patches: list[tuple[int, Item]]
) -> None:
    """Judged against an engine that had the patched song from its start."""
    patched, fresh = Stage(smf(), outputs=2), Stage(smf(), outputs=2)
    final = {item.number: item for item in (*song, *(item for _, item in patches))}
    patched.patch((), tuple(song))
    fresh.patch((), tuple(final.values()))
    for stage in (patched, fresh):
        stage.play(loop=Loop(0, 61))
    now = 0
    for wait, item in patches:
        now += wait
        patched.run(now)
        patched.patch((), (item,))
    second = (now // 61 + 1) * 61
    for stage in (patched, fresh):
        stage.run(second + 122)

    def pitches(stage: Stage, port: int) -> list[Timed]:
        return [one for one in stage.heard(port, since=second + 61) if one[1][0] < CONTROL]

    assert [pitches(patched, port) for port in (0, 1)] == [pitches(fresh, port) for port in (0, 1)]


@given(
    st.lists(st.tuples(TICKS, numbers.flatmap(items)), max_size=6),
    st.lists(numbers.flatmap(items), max_size=12, unique_by=lambda item: item.number),
)
def test_a_patch_leaves_every_lane_where_the_song_now_has_it(patches: list[tuple[int, Item]], song: list[Item]) -> None:
    stage = Stage(smf(), outputs=2)
    stage.patch((), tuple(song))
    stage.play(loop=Loop(0, 61))
    for tick, item in sorted(patches, key=lambda one: one[0]):
        stage.run(tick)
        stage.patch((), (item,))
        now = {}
        for lane, message in stage.engine.schedule.state_at(tick + 1).items():
            now[lane] = stage.engine.ledgers[lane.port].lanes.get(lane, message) == message
        assert all(now.values()), now


def test_a_song_in_video_frames_or_with_no_division_plays_too() -> None:
    stage = Stage(smf(hit(60, 0, 25)))
    stage.tell(Tempo(tempo_map(0xE728)))  # 25 frames of 40 ticks a second
    stage.play()
    stage.run()
    assert stage.heard() == [(0, on()), (25, off())]
