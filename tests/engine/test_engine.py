"""The engine, judged by what its outputs were sent and when it was due."""

import pytest

from bridge.core.arrival import Loop
from bridge.core.closure import change_note
from bridge.core.message import BEND, CONTROL, NOTE_ON, PROGRAM, control, is_note_on
from bridge.core.tempo import tempo_map
from bridge.engine.link import Acknowledged, Answer, Ask, Fault, Tempo
from tests.kit import BAR, LEAD, MS, PEDAL_DOWN, PEDAL_UP, Stage, hit, off, on, playing, smf, with_hands

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
    settings = [control(0, 7, 90), control(0, 0, 8), control(0, 32, 1), bytes((PROGRAM, 5))]
    stage = playing(*((0, message) for message in settings), *hit(60, 0, 100), until=0, loop=None)
    assert stage.heard() == [*((-LEAD, message) for message in settings), (0, on())], "each once, as in the song"


def test_a_program_that_stands_is_not_said_again_in_later_passes() -> None:
    program = (100, bytes((PROGRAM, 5)))
    stage = playing((0, program[1]), program, *hit(60, 0, 400), until=3_000)
    assert [one for one in stage.heard() if one[1] == program[1]] == [(-LEAD, program[1]), program]


def test_a_program_is_said_again_behind_another_bank() -> None:
    program = bytes((PROGRAM, 5))
    events = [(0, control(0, 0, 1)), (0, program), (200, control(0, 0, 2)), (200, program)]
    stage = playing(*events, *hit(60, 0, 400), until=600)
    assert [tick for tick, m in stage.heard() if m == program] == [-LEAD, 200, 500]


def test_locate_chases_bank_program_controllers_and_bend_in_that_order() -> None:
    bend, volume, program, lsb, msb = (
        bytes((BEND, 1, 70)), control(0, 7, 33), bytes((PROGRAM, 9)), control(0, 32, 2), control(0, 0, 3)
    )  # fmt: skip
    stage = Stage(smf(list(enumerate((bend, volume, msb, lsb, program))), hit(60, 900, 950)))
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


# Arrivals


def test_an_arrival_carries_epoch_pass_and_the_tick_that_was_heard() -> None:
    stage = with_hands(*hit(60, 0, 400))
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
    stage = with_hands(*hit(60, 0, 400))
    stage.leap(450)
    stage.press(on(), 490)
    stage.press(off(), 510)
    stage.leap(800)
    assert [(one.epoch, one.turn, one.tick) for one in stage.arrivals] == [(1, 0, 490), (2, 1, 10)]


def test_a_song_plays_as_it_would_have_however_late_the_hand_is_read() -> None:
    stages = [with_hands(*hit(60, 0, 400)) for _ in range(2)]
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
    stage = with_hands(*hit(60, 0, 400), (100, PEDAL_DOWN))
    engine = stage.engine
    for turn in range(0, 7_200, 720):
        stage.leap(turn * 500 + 250)
        stage.press(on())
        stage.step()
        stage.edit(change_note(stage.song, stage.song.notes(1)[0][0], length=300 + turn % 100))
        stage.tell(Acknowledged(stage.arrivals[-1].seq))
        stage.outputs[0].sent.clear()
    assert len(engine.playheads[0]._offs) <= 2  # how much is kept is what is asked here
    assert len(engine.hand.ticks) == 0
    assert not engine.unacknowledged
    assert len(engine.transport._known) <= 64
    assert len(engine.playheads[0].ledger.voices) <= 2


def test_a_song_in_video_frames_or_with_no_division_plays_too() -> None:
    stage = Stage(smf(hit(60, 0, 25)))
    stage.tell(Tempo(tempo_map(0xE728)))  # 25 frames of 40 ticks a second
    stage.play()
    stage.run()
    assert stage.heard() == [(0, on()), (25, off())]
