"""What holds at every moment, whatever song is played and whatever is done to it."""

from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.core.arrival import Loop
from bridge.core.edit import Id
from bridge.core.message import BEND, CONTROL, NOTE_ON, PROGRAM, control, note_on
from bridge.core.schedule import NO_END, Item
from bridge.core.sysex import is_reset
from bridge.engine.chase import Wanted, lacking
from bridge.engine.link import Ask, Then
from tests.kit import LEAD, PEDAL_DOWN, PEDAL_UP, Recorder, Stage, Timed, off, on, smf

CHANNELS = 2
PITCHES = st.integers(60, 62)
TICKS = st.integers(0, 60)


@st.composite
def notes(draw: st.DrawFn, number: int) -> Item:
    """A note; many of them overlap, and some last no time or longer than the song."""
    tick, length = draw(TICKS), draw(st.sampled_from((0, 0, 1, 5, 20, 20, 1_000)))
    message = note_on(draw(st.integers(0, CHANNELS - 1)), draw(PITCHES), 90)
    return Item(tick, 0, number, 1, 0, 0, number, draw(st.integers(0, 1)), tick + length, message)


SYSEX = st.sampled_from((bytes.fromhex("f07e7f0901f7"), bytes((0xF0, 0x7D, *range(100), 0xF7))))
SETTINGS = st.sampled_from(
    (
        *(PEDAL_DOWN, PEDAL_UP, bytes((BEND, 0, 0)), bytes((PROGRAM, 3))),
        *(control(0, number, 1) for number in (0, 6, 38, 98, 99, 100, 101, 121, 123)),
    )
)


@st.composite
def events(draw: st.DrawFn, number: int, kinds: st.SearchStrategy[bytes] = SETTINGS) -> Item:
    """A controller, bend or program."""
    return Item(draw(TICKS), 0, number, 1, 0, 0, number, draw(st.integers(0, 1)), NO_END, draw(kinds))


def items(number: int) -> st.SearchStrategy[Item]:
    return st.one_of(notes(number), notes(number), events(number))


def items_and_sysex(number: int) -> st.SearchStrategy[Item]:
    return st.one_of(notes(number), events(number), events(number, SYSEX))


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
        case "plug", int(port):
            stage.outputs[port].is_connected ^= True
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


Life = list[tuple[int, bool, tuple[object, ...]]]
songs = st.lists(numbers.flatmap(items_and_sysex), max_size=12, unique_by=lambda item: item.number)
lives = st.lists(st.tuples(st.integers(0, 40), st.booleans(), deeds), max_size=25)


def live(stage: Stage, song: list[Item], loop: Loop | None, life: Life) -> None:
    """Play the song with hands that are heard, do each deed after its wait, and close."""
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


@given(songs, loops, lives)
def test_ons_and_offs_of_a_key_alternate_whatever_is_done_and_nothing_is_down_at_the_end(
    song: list[Item], loop: Loop | None, life: Life
) -> None:
    stage = Stage(smf(), outputs=2)
    live(stage, song, loop, life)
    assert [(one.faults, one.down, one.pedals) for one in stage.outputs] == [([], set(), set())] * 2


@given(
    songs,
    loops,
    lives,
    st.tuples(st.integers(0, 30), st.integers(0, 30)),
    st.tuples(st.integers(0, 30), st.integers(0, 30)),
)
def test_they_alternate_in_the_order_of_their_due_times_where_ports_are_told_beforehand(
    song: list[Item],
    loop: Loop | None,
    life: Life,
    horizons: tuple[int, int],
    latencies: tuple[int, int],
) -> None:
    stage = Stage(smf(), outputs=2, horizons_ms=horizons, latencies_ms=latencies)
    live(stage, song, loop, life)
    for port in stage.outputs:
        heard = Recorder()
        for due_ns, message in sorted(port.sent, key=lambda one: one[0]):
            heard.send(message, due_ns)
        assert (heard.faults, heard.down, heard.pedals) == ([], set(), set())


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
        for playhead in stage.engine.playheads:
            wanted, ledger = Wanted(playhead.schedule, tick + 1), playhead.ledger
            assert not list(lacking(wanted, ledger, playhead.schedule.lanes, ledger.lanes.__contains__))


plugs = st.tuples(st.just("plug"), st.integers(0, 1))
plugged_lives = st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.one_of(plugs, deeds)), max_size=25)


@given(songs, loops, plugged_lives)
def test_whenever_a_cable_is_pulled_out_and_put_back_nothing_is_down_at_the_end(
    song: list[Item], loop: Loop | None, life: Life
) -> None:
    """The devices keep their power; of offs there may be too many, since nobody knows which of them were heard."""
    stage = Stage(smf(), outputs=2)
    back = [(1, False, ("plug", number)) for number in (0, 1) if sum(how == ("plug", number) for *_, how in life) % 2]
    live(stage, song, loop, [*life, *back])
    ons = [message for one in stage.outputs for _, message in one.faults if message[0] & 0xF0 == NOTE_ON]
    assert (ons, [(one.down, one.pedals) for one in stage.outputs]) == ([], [(set(), set())] * 2)


undisturbing = st.one_of(
    st.just(("plug", 1)),
    st.tuples(st.just("put"), numbers.flatmap(items)),
    st.tuples(st.just("drop"), numbers),
    st.tuples(st.just("hand"), hands),
)


@given(songs, st.lists(st.tuples(st.integers(0, 40), st.booleans(), undisturbing), max_size=25))
def test_the_other_devices_hear_the_same_whatever_is_done_to_a_cable(song: list[Item], life: Life) -> None:
    pulled, left = Stage(smf(), outputs=2), Stage(smf(), outputs=2)
    live(pulled, song, Loop(0, 61), life)
    live(
        left,
        song,
        Loop(0, 61),
        [(wait, is_late, ("step",) if how[0] == "plug" else how) for wait, is_late, how in life],
    )
    assert pulled.heard(0) == left.heard(0)


GONE, BACK, READY = 10, 30, 1_500
ROLLING = [Item(0, 0, 90 + port, 1, 0, 0, 90 + port, port, 5_000, note_on(5, 40, 90)) for port in (0, 1)]


@given(songs, st.booleans())
def test_a_device_that_is_back_has_the_song_s_sysex_once_in_its_order_and_stands_where_the_song_is(
    song: list[Item], is_late: bool
) -> None:
    # Of what stands at the tick of a reset the schedule takes all to be set behind it.
    resets = {(item.port, item.tick): item for item in sorted(song) if is_reset(item.message)}
    assume(all(item >= resets.get((item.port, item.tick), item) for item in song if not is_reset(item.message)))
    stage = Stage(smf(), outputs=2)
    stage.patch((), (*song, *ROLLING))
    stage.play()
    stage.run(GONE)
    stage.outputs[0].is_connected = False
    stage.run(BACK)
    stage.outputs[0].is_connected = True
    stage.step()
    (stage.leap if is_late else stage.run)(READY)
    playhead = stage.engine.playheads[0]
    heard = [message for _, message in stage.heard(0, since=BACK)]
    sysex = [item.message for item in sorted(song) if item.port == 0 and item.message[0] == 0xF0]
    assert [message for message in heard if message[0] == 0xF0] == sysex
    wanted, ledger = Wanted(playhead.schedule, READY + 1), playhead.ledger
    assert not list(lacking(wanted, ledger, playhead.schedule.lanes, ledger.lanes.__contains__))
    first = next((at for at, message in enumerate(heard) if message[0] & 0xF0 == NOTE_ON), len(heard))
    before = [item.message for item in sorted(song) if item.port == 0 and item.message[0] == 0xF0 and item.tick <= BACK]
    assert [message for message in heard[:first] if message[0] == 0xF0][: len(before)] == before
