"""What an instrument is told before the music goes on: no more than it lacks, and what belongs together, together."""

import pytest

from bridge.core.closure import add_event, change_event
from bridge.core.edit import Event, Id
from bridge.core.message import BEND, PRESSURE, PROGRAM, control
from bridge.engine.link import Ask
from tests.kit import BAR, LEAD, PEDAL_DOWN, PEDAL_UP, Stage, Timed, hit, off, on, playing, smf, with_hands

PROGRAM_5, PROGRAM_9 = bytes((PROGRAM, 5)), bytes((PROGRAM, 9))
BEND_RANGE = [control(0, 101, 0), control(0, 100, 0), control(0, 6, 12)]
NULL = [control(0, 101, 127), control(0, 100, 127)]


def located(*events: Timed, tick: int = 500) -> list[bytes]:
    """What a fresh instrument is told when the song, standing, is located."""
    stage = Stage(smf(events, hit(60, 900, 950)))
    stage.ask(Ask.LOCATE, tick)
    return [message for _, message in stage.heard()]


def at_turn(stage: Stage, tick: int = 500) -> list[bytes]:
    """What is sent at the turn of the loop, but for notes."""
    return [message for at, message in stage.heard(since=tick) if at == tick and message[0] >= 0xB0]


# At a start


def test_from_the_top_a_song_is_sent_as_it_is_written_its_settings_before_the_first_note() -> None:
    settings = [(0, control(0, 7, 90)), (0, PROGRAM_5), (0, control(0, 10, 20))]
    stage = playing(*settings, *hit(60, 0, 100), (50, control(0, 1, 9)), until=200, loop=None)
    early = [(-LEAD, message) for message in (control(0, 1, 0), *(message for _, message in settings))]
    assert stage.heard() == [*early, (0, on()), (50, control(0, 1, 9)), (100, off())]


def test_what_follows_the_first_note_at_the_tick_of_the_start_stays_there() -> None:
    stage = playing((0, on()), (0, control(0, 7, 20)), (100, off()), until=200, loop=None)
    assert stage.heard(since=0) == [(0, on()), (0, control(0, 7, 20)), (100, off())]


@pytest.mark.parametrize(("first", "told"), [(0, False), (10, False), (400, True)])
def test_a_default_is_sent_only_where_a_note_would_be_heard_without_it(first: int, told: bool) -> None:
    stage = playing(*hit(60, 0, 450), (first, control(0, 1, 90)), until=0, loop=None)
    assert ((-LEAD, control(0, 1, 0)) in stage.heard()) == told


def test_a_controller_that_is_set_before_its_channel_s_first_note_needs_no_default() -> None:
    stage = playing((400, control(0, 1, 90)), *hit(60, 450, 480), until=490, loop=None)
    assert stage.heard() == [(400, control(0, 1, 90)), (450, on()), (480, off())]


def test_from_within_all_that_the_song_has_set_is_sent_whatever_the_ledger_says() -> None:
    stage = playing((0, control(0, 7, 30)), *hit(60, 0, 400), until=200, loop=None)
    stage.ask(Ask.STOP)
    stage.outputs[0].sent.clear()
    stage.play(100)
    assert [message for _, message in stage.heard()] == [control(0, 7, 30)]


def test_the_second_pass_sets_what_stood_at_the_start_in_its_place() -> None:
    stage = playing((0, control(0, 7, 90)), (100, control(0, 7, 20)), *hit(60, 0, 400), until=500)
    assert stage.heard(since=500) == [(500, control(0, 7, 90)), (500, on())]


# Groups


def test_a_parameter_is_caught_up_with_as_selection_and_data_and_then_the_selection_stands() -> None:
    nrpn = [control(0, 99, 1), control(0, 98, 8), control(0, 6, 3)]
    events = list(enumerate([*BEND_RANGE, *NULL, *nrpn]))
    assert located(*events) == [*BEND_RANGE, *nrpn, *nrpn[:2]]
    assert located(*events[:5]) == [*BEND_RANGE, *NULL]


def test_a_turn_sends_no_parameter_that_stands_already() -> None:
    stage = Stage(smf([*enumerate([*BEND_RANGE, *NULL]), *hit(60, 100, 200)]))
    stage.play(50, BAR._replace(start=50))
    stage.run(450)
    assert at_turn(stage, 450) == []


def test_a_turn_brings_back_the_value_that_stood_before_the_loop() -> None:
    wide = [*BEND_RANGE[:2], control(0, 6, 24)]
    events = [*enumerate([*BEND_RANGE, *NULL]), *((300, message) for message in [*wide, *NULL])]
    stage = Stage(smf([*events, *hit(60, 100, 200)]))
    stage.play(100, BAR._replace(start=100))
    stage.run(400)
    assert at_turn(stage, 400) == [*BEND_RANGE, *NULL]


def test_data_that_is_corrected_behind_the_head_is_sent_with_its_selection() -> None:
    stage = playing(*((1, message) for message in [*BEND_RANGE, *NULL]), *hit(60, 0, 400), until=200)
    data = next(id for id, event in stage.song.events(1) if event.message == BEND_RANGE[2])
    stage.edit(change_event(stage.song, data, 2))
    assert stage.heard(since=200) == [(200, message) for message in [*BEND_RANGE[:2], control(0, 6, 2), *NULL]]


def test_a_bank_behind_the_last_program_is_sent_behind_it() -> None:
    bank, later = control(0, 0, 1), control(0, 0, 2)
    assert located((0, bank), (1, PROGRAM_5), (2, later)) == [bank, PROGRAM_5, later]
    assert located((0, bank), (1, PROGRAM_5), (2, later), (3, PROGRAM_9)) == [later, PROGRAM_9]


def test_a_turn_does_not_say_a_program_again_for_a_bank_that_waits() -> None:
    events = [(0, control(0, 0, 1)), (1, PROGRAM_5), (2, control(0, 0, 2))]
    stage = Stage(smf([*events, *hit(60, 100, 200)]))
    stage.play(50, BAR._replace(start=50))
    stage.run(450)
    assert at_turn(stage, 450) == []


def test_a_program_of_another_bank_comes_back_with_its_own() -> None:
    events = [(0, control(0, 0, 1)), (1, PROGRAM_5), (300, control(0, 0, 2)), (301, PROGRAM_5)]
    stage = Stage(smf([*events, *hit(60, 100, 200)]))
    stage.play(50, BAR._replace(start=50))
    stage.run(450)
    assert at_turn(stage, 450) == [control(0, 0, 1), PROGRAM_5]


# Reset of all controllers


def test_behind_a_reset_a_locate_finds_what_the_reset_left() -> None:
    events = [control(0, 1, 90), control(0, 7, 80), PEDAL_DOWN, bytes((BEND, 0, 0)), bytes((PRESSURE, 9))]
    told = located(*enumerate(events), (50, control(0, 121, 0)))
    assert set(told) == {
        control(0, 1, 0), control(0, 7, 80), PEDAL_UP, bytes((BEND, 0, 64)), bytes((PRESSURE, 0)),
    }  # fmt: skip


def test_a_turn_knows_what_the_song_s_reset_has_done() -> None:
    events = [(100, control(0, 1, 90)), (100, control(0, 7, 30)), (200, control(0, 121, 0))]
    stage = playing(*events, *hit(60, 0, 400), until=500)
    assert at_turn(stage) == [control(0, 7, 100)]


def test_a_reset_from_the_song_does_not_let_go_of_the_hand_s_pedal() -> None:
    stage = with_hands((300, control(0, 121, 0)), *hit(60, 0, 400))
    stage.press(PEDAL_DOWN, 200)
    stage.run(350)
    assert stage.heard(since=200) == [(200, PEDAL_DOWN), (300, control(0, 121, 0)), (300, PEDAL_DOWN)]


def test_a_reset_put_in_behind_the_head_sets_the_lanes_back() -> None:
    stage = playing((50, control(0, 1, 90)), *hit(60, 0, 400), until=200)
    stage.edit(add_event(stage.song, Id(-1, 0), Event(1, 100, control(0, 121, 0))))
    assert stage.heard(since=200) == [(200, control(0, 1, 0))]
