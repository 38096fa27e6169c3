"""The schedule: in order whatever is put and dropped, and what stands where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.edit import Id
from bridge.core.message import BEND, PRESSURE, PROGRAM, control, note_off, note_on
from bridge.core.schedule import NO_END, PARAMETERS, Item, Lane, Schedule, default_of, lane_of

VOLUME = 0xB0 << 8 | 7
GM_ON = bytes.fromhex("f07e7f0901f7")
MASTER_VOLUME = bytes.fromhex("f07f7f04010040f7")


def note(tick: int, end: int, number: int = 0, pitch: int = 60, port: int = 0) -> Item:
    return Item(tick, 0, number, 1, 0, 0, number, port, end, note_on(2, pitch, 90))


def event(tick: int, message: bytes, number: int = 0, port: int = 0) -> Item:
    return Item(tick, 0, number, 1, 0, 0, number, port, NO_END, message)


messages = st.sampled_from(
    (control(0, 7, 1), control(0, 7, 2), control(1, 7, 3), control(0, 120, 0), bytes((PROGRAM, 4)), bytes((BEND, 0, 9)))
)
items = st.one_of(
    st.builds(note, st.integers(0, 20), st.integers(0, 30), st.integers(0, 8)),
    st.builds(event, st.integers(0, 20), messages, st.integers(0, 8), st.integers(0, 1)),
)
deeds = st.lists(st.one_of(items, st.integers(0, 8)), max_size=30)


def song(*events: tuple[int, bytes]) -> Schedule:
    """A schedule of these events, numbered from 0."""
    schedule = Schedule()
    schedule.load([event(tick, message, number) for number, (tick, message) in enumerate(events)])
    return schedule


def state(schedule: Schedule, tick: int) -> dict[Lane, bytes | None]:
    return {lane: schedule.standing(lane, tick) for lane in schedule.lanes}


def lived(life: list[Item | int]) -> tuple[Schedule, dict[Id, Item]]:
    """A schedule after puts and drops, and what must be in it."""
    schedule, model = Schedule(), dict[Id, Item]()
    for deed in life:
        if isinstance(deed, Item):
            schedule.put(deed)
            model[deed.id] = deed
        else:
            schedule.drop(Id(0, deed))
            model.pop(Id(0, deed), None)
    return schedule, model


def test_an_item_knows_its_id_its_key_its_off_and_its_lane() -> None:
    one = note(5, 9, 7, 61, port=3)
    assert (one.id, one.key, one.off, one.is_note) == (Id(0, 7), (3, 2, 61), note_off(2, 61), True)
    assert event(0, control(4, 7, 1), port=1).lane == Lane(1, 4, VOLUME) == lane_of(1, control(4, 7, 99))


@given(deeds)
def test_puts_and_drops_leave_each_id_once_and_all_in_order(life: list[Item | int]) -> None:
    schedule, model = lived(life)
    assert schedule.items == sorted(model.values())
    assert [schedule.drop(Id(0, number)) for number in range(9)] == [model.get(Id(0, number)) for number in range(9)]
    assert not schedule.items


@given(deeds, st.integers(0, 25))
def test_a_schedule_that_was_changed_is_one_that_was_loaded(life: list[Item | int], tick: int) -> None:
    schedule, model = lived(life)
    loaded = Schedule()
    loaded.load([note(0, 1, 99)])
    loaded.load(list(model.values()))
    assert loaded.items == schedule.items
    assert state(loaded, tick) == state(schedule, tick)


@given(deeds, st.integers(0, 25))
def test_the_head_is_the_first_at_or_behind_a_tick(life: list[Item | int], tick: int) -> None:
    schedule, _ = lived(life)
    head = schedule.head(tick)
    assert all(item.tick < tick for item in schedule.items[:head])
    assert all(item.tick >= tick for item in schedule.items[head:])


@given(deeds, st.integers(0, 25))
def test_a_lane_stands_where_its_last_event_before_a_tick_has_left_it(life: list[Item | int], tick: int) -> None:
    schedule, _ = lived(life)
    expected: dict[Lane, bytes | None] = {}
    for item in schedule.items:
        if not item.is_note and item.message[1] != 120:
            expected.setdefault(item.lane, None)
            if item.tick < tick:
                expected[item.lane] = item.message
    assert state(schedule, tick) == expected


def test_an_event_at_the_tick_itself_has_not_come_yet() -> None:
    schedule = song((100, control(0, 7, 20)))
    assert schedule.standing(Lane(0, 0, VOLUME), 100) is None
    assert schedule.standing(Lane(0, 0, VOLUME), 101) == control(0, 7, 20)


@pytest.mark.parametrize(
    ("message", "default"),
    [
        (control(3, 7, 1), control(3, 7, 100)), (bytes((BEND | 3, 1, 1)), bytes((BEND | 3, 0, 64))),
        (bytes((PRESSURE | 3, 40)), bytes((PRESSURE | 3, 0))), (bytes((PROGRAM, 1)), None), (control(0, 74, 1), None),
    ],
)  # fmt: skip
def test_what_the_song_has_not_said_stands_at_its_default_where_there_is_one(
    message: bytes, default: bytes | None
) -> None:
    assert default_of(lane_of(0, message)) == default


def test_a_reset_of_controllers_sets_back_modulation_expression_pedal_and_bend_and_no_more() -> None:
    kept = [control(0, 7, 9), control(0, 10, 9), control(0, 91, 9), bytes((PROGRAM, 9)), control(0, 0, 9)]
    gone = [control(0, 1, 9), control(0, 11, 9), control(0, 64, 127), bytes((BEND, 9, 9)), bytes((PRESSURE, 9))]
    schedule = song(*((number, message) for number, message in enumerate([*kept, *gone])), (50, control(0, 121, 0)))
    back = [control(0, 1, 0), control(0, 11, 127), control(0, 64, 0), bytes((BEND, 0, 64)), bytes((PRESSURE, 0))]
    assert [schedule.standing(lane_of(0, message), 51) for message in kept + gone] == kept + back
    assert [schedule.standing(lane_of(0, message), 50) for message in kept + gone] == kept + gone


def test_what_is_set_behind_a_reset_or_on_another_channel_stands() -> None:
    schedule = song((10, control(1, 1, 5)), (20, control(0, 121, 0)), (30, control(0, 1, 7)))
    assert schedule.standing(lane_of(0, control(0, 1, 0)), 31) == control(0, 1, 7)
    assert schedule.standing(lane_of(0, control(1, 1, 0)), 31) == control(1, 1, 5)


def test_behind_a_reset_of_the_instrument_nothing_stands_but_what_was_set_at_its_tick() -> None:
    schedule = song((10, control(0, 7, 5)), (20, control(0, 10, 6)), (20, GM_ON), (5, bytes((PROGRAM, 3))))
    assert [schedule.standing(lane_of(0, one), 21) for one in (control(0, 7, 0), control(0, 10, 0))] == [
        None,
        control(0, 10, 6),
    ]
    assert schedule.sound_at(0, 0, 21) == ({}, None, {})
    assert schedule.sound_at(0, 0, 20) == ({}, bytes((PROGRAM, 3)), {})


def test_banks_stand_with_the_program_that_took_them_or_wait_for_the_next() -> None:
    msb, program, lsb, later = control(0, 0, 1), bytes((PROGRAM, 5)), control(0, 32, 2), control(0, 0, 3)
    schedule = song((0, msb), (10, program), (20, lsb), (30, later))
    assert schedule.sound_at(0, 0, 5) == ({}, None, {0xB000: msb})
    assert schedule.sound_at(0, 0, 11) == ({0xB000: msb}, program, {})
    assert schedule.sound_at(0, 0, 31) == ({0xB000: msb}, program, {0xB000: later, 0xB020: lsb})


def test_parameters_stand_as_groups_and_nothing_is_selected_behind_a_reset() -> None:
    entries = [(10, (101, 0)), (11, (100, 0)), (12, (6, 12)), (30, (6, 9))]
    schedule = song(*((tick, control(0, *entry)) for tick, entry in entries), (20, control(0, 121, 0)))
    assert schedule.parameters_at(0, 0, 13).selection == ((101, 0), (100, 0))
    assert schedule.parameters_at(0, 0, 31).selection == ((101, 127), (100, 127))
    assert list(schedule.parameters_at(0, 0, 31).values.values()) == [((6, 12),)]
    assert {lane.kind for lane in schedule.lanes} == {PARAMETERS}


def test_sysex_is_found_in_order_and_is_no_setting() -> None:
    schedule = song((30, GM_ON), (10, MASTER_VOLUME), (20, GM_ON))
    assert [item.message for item in schedule.sysex(30)] == [MASTER_VOLUME, GM_ON]
    assert list(schedule.lanes) == []


def test_the_next_note_of_a_channel_is_looked_for_up_to_a_tick() -> None:
    schedule = song((0, control(2, 7, 1)))
    schedule.put(note(100, 110, 50))
    assert [schedule.plays(0, behind) for behind in (100, 101)] == [False, True]
    assert (schedule.plays(0, 200, 2), schedule.plays(0, 200, 3), schedule.plays(2, 200)) == (True, False, False)


def test_a_lane_follows_the_events_that_come_and_go() -> None:
    schedule = song((10, control(0, 7, 1)), (20, control(0, 7, 2)))
    lane = Lane(0, 0, VOLUME)
    schedule.drop(Id(0, 1))
    assert schedule.standing(lane, 30) == control(0, 7, 1)
    schedule.drop(Id(0, 0))
    assert (schedule.standing(lane, 30), schedule.first(lane)) == (None, None)
