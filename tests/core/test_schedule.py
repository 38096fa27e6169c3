"""The schedule: in order whatever is put and dropped, and what stands where."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.edit import Id
from bridge.core.message import BEND, PRESSURE, PROGRAM, control, note_off, note_on
from bridge.core.schedule import NO_END, Item, Lane, Schedule, default_of, lane_of

VOLUME = 0xB0 << 8 | 7


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
    assert [schedule.get(Id(0, number)) for number in range(9)] == [model.get(Id(0, number)) for number in range(9)]


@given(deeds, st.integers(0, 25))
def test_a_schedule_that_was_changed_is_one_that_was_loaded(life: list[Item | int], tick: int) -> None:
    schedule, model = lived(life)
    loaded = Schedule()
    loaded.load([note(0, 1, 99)])
    loaded.load(list(model.values()))
    assert loaded.items == schedule.items
    assert list(loaded.state_at(tick).items()) == list(schedule.state_at(tick).items())


@given(deeds, st.integers(0, 25))
def test_the_head_is_the_first_at_or_behind_a_tick(life: list[Item | int], tick: int) -> None:
    schedule, _ = lived(life)
    head = schedule.head(tick)
    assert all(item.tick < tick for item in schedule.items[:head])
    assert all(item.tick >= tick for item in schedule.items[head:])


@given(deeds, st.integers(0, 25))
def test_the_state_is_the_last_event_before_a_tick_or_the_default(life: list[Item | int], tick: int) -> None:
    schedule, _ = lived(life)
    expected: dict[Lane, bytes | None] = {}
    for item in schedule.items:
        if not item.is_note and item.message[1] != 120:
            if item.tick < tick:
                expected[item.lane] = item.message
            else:
                expected.setdefault(item.lane, default_of(item.message))
    assert schedule.state_at(tick) == {lane: message for lane, message in expected.items() if message}


def test_an_event_at_the_tick_itself_has_not_come_yet() -> None:
    schedule = Schedule()
    schedule.put(event(100, control(0, 7, 20)))
    assert schedule.state_at(100) == {Lane(0, 0, VOLUME): control(0, 7, 100)}
    assert schedule.state_at(101) == {Lane(0, 0, VOLUME): control(0, 7, 20)}


def test_a_bend_stands_at_its_centre_and_pressure_at_nothing_before_the_song_sets_them() -> None:
    schedule = Schedule()
    schedule.put(event(5, bytes((BEND, 1, 1)), 0))
    schedule.put(event(5, bytes((PRESSURE, 40)), 1))
    assert list(schedule.state_at(0).values()) == [bytes((PRESSURE, 0)), bytes((BEND, 0, 64))]


def test_a_program_or_an_unknown_controller_has_no_default() -> None:
    schedule = Schedule()
    schedule.put(event(5, bytes((PROGRAM, 1)), 0))
    schedule.put(event(5, control(0, 74, 1), 1))
    assert schedule.state_at(0) == {}


def test_state_is_sent_bank_first_then_program_then_parameters_then_the_rest() -> None:
    sent = [control(0, n, 1) for n in (0, 32)] + [bytes((PROGRAM, 3))] + [control(0, n, 1) for n in (100, 101, 6, 7)]
    schedule = Schedule()
    schedule.load([event(number, message, number) for number, message in enumerate(reversed(sent))])
    assert list(schedule.state_at(50).values()) == sent


def test_the_state_of_a_lane_follows_the_events_that_come_and_go() -> None:
    schedule = Schedule()
    for tick, value in ((10, 1), (20, 2)):
        schedule.put(event(tick, control(0, 7, value), value))
    schedule.drop(Id(0, 2))
    assert schedule.state_at(30) == {Lane(0, 0, VOLUME): control(0, 7, 1)}
    schedule.drop(Id(0, 1))
    assert schedule.state_at(30) == {}
