"""A part goes where the session remembers it, where the player sends it, else as proposed; nothing hangs by it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.app.rig import open_rig
from bridge.app.routing import CHOSEN, RoutingTable, routed
from bridge.app.stage import Stage
from bridge.arrange.compile import Destination
from bridge.arrange.route_parts import Instrument, Seat, anything, propose
from bridge.core.clock import ManualClock
from bridge.core.message import control
from bridge.core.smf import read
from bridge.core.song import Part, Song
from bridge.errors import BadOption
from bridge.ports.twin import Twin, TwinController
from bridge.profiles.load import load as load_profile
from bridge.session.journal import Journal
from bridge.session.session import Session, Source
from bridge.session.stored import Routed, load
from bridge.surface.surface import Surface
from tests.kit import Timed, hit, smf

MS = 1_000_000
MODULE, BASS = anything("module", 0), Instrument("bass", 1, (Seat(2, is_mono=True),))
DATA = smf(hit(60, 0, 400) + hit(64, 500, 900), hit(40, 0, 900, channel=1), hit(38, 0, 400, channel=9))
BASS_ALONE = Instrument("bass", 0, BASS.seats)
FIRST, SECOND, DRUMS = Part(1, 0), Part(2, 1), Part(3, 9)


def opened(path: Path, data: bytes = DATA) -> Journal:
    if path.exists():
        return Journal.open(path, "again", 0, 0)
    return Journal.create(path, Source.of("song.mid", data), "test", 0, 0)


def table(**chosen: str) -> RoutingTable:
    song = Song(read(DATA))
    return RoutingTable(song, [MODULE, BASS], propose(song, [MODULE, BASS]), ())


def route(path: Path, *instruments: Instrument, absent: tuple[str, ...] = ()) -> dict[Part, Destination]:
    """One opening of the session on that rig."""
    with opened(path) as journal:
        outputs = [f"port {number}" for number in range(1 + max(one.port for one in instruments))]
        return routed(Song(read(DATA)), journal, outputs, instruments, absent)


# What is remembered


def test_a_proposal_is_remembered_by_the_instrument_s_name(tmp_path: Path) -> None:
    path = tmp_path / "song.bridge"
    route(path, MODULE)
    assert load(path).routing[DRUMS] == Routed("module", 9)
    moved = anything("module", 1)
    assert route(path, BASS_ALONE, moved) == {FIRST: (1, 0), SECOND: (1, 1), DRUMS: (1, 9)}


def test_a_session_that_remembers_ports_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "song.bridge"
    with opened(path) as journal:
        journal.route(FIRST, "port 0", 7)
    assert route(path, MODULE)[FIRST] == (0, 7)


def test_a_proposal_gives_way_to_another_on_another_rig(tmp_path: Path) -> None:
    path = tmp_path / "song.bridge"
    route(path, MODULE)
    other = anything("other", 0)
    route(path, other)
    assert load(path).routing[FIRST] == Routed("other", 0)


def test_what_goes_to_an_instrument_that_is_off_today_goes_back_to_it_tomorrow(tmp_path: Path) -> None:
    path = tmp_path / "song.bridge"
    before = route(path, MODULE, BASS)
    assert set(route(path, BASS_ALONE, absent=("module",)).values()) == {(0, 2)}
    assert route(path, MODULE, BASS) == before


def test_what_the_player_has_chosen_stays_whatever_he_plays_on_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "song.bridge"
    with opened(path) as journal:
        journal.route(FIRST, "bass", 2)
        journal.put(CHOSEN, f"[[{FIRST.track}, {FIRST.channel}]]")
    assert route(path, anything("other", 0))[FIRST] == (0, 0)
    assert route(path, MODULE, BASS)[FIRST] == (1, 2)


def test_a_part_that_is_new_to_the_session_takes_no_channel_of_one_that_it_remembers(tmp_path: Path) -> None:
    path = tmp_path / "song.bridge"
    with opened(path) as journal:
        journal.route(SECOND, "module", 0)
    assert route(path, MODULE) == {FIRST: (0, 1), SECOND: (0, 0), DRUMS: (0, 9)}


def test_who_must_move_today_takes_no_channel_of_one_that_stays(tmp_path: Path) -> None:
    path = tmp_path / "song.bridge"
    with opened(path) as journal:
        journal.route(FIRST, "organ", 0)
        journal.route(SECOND, "module", 0)
    assert route(path, MODULE, absent=("organ",)) == {FIRST: (0, 1), SECOND: (0, 0), DRUMS: (0, 9)}
    assert load(path).routing[FIRST] == Routed("organ", 0)


@pytest.mark.parametrize("text", ["", "3", "[1]", '[["a", {}]]', "[[1]]"])
def test_what_somebody_wrote_into_a_session_by_hand_does_no_harm(text: str, tmp_path: Path) -> None:
    path = tmp_path / "song.bridge"
    with opened(path) as journal:
        journal.put(CHOSEN, text)
    assert route(path, MODULE)[FIRST] == (0, 0)


# What a person says


@pytest.mark.parametrize(
    ("text", "part", "where"),
    [
        ("1=module:5", FIRST, (0, 4)),
        ("1=bass", FIRST, (1, 2)),
        ("channel 2=MOD", SECOND, (0, 1)),
        ("3=module", DRUMS, (0, 9)),
        ("1=module", FIRST, (0, 0)),
    ],
)
def test_a_part_is_sent_where_a_person_says(text: str, part: Part, where: tuple[int, int]) -> None:
    found = table()
    assert found.change(text) == part
    assert found.routing[part] == where
    assert [row["chosen"] for row in found.as_data()] == [one == part for one in (FIRST, SECOND, DRUMS)]


def test_without_a_channel_one_is_taken_that_no_other_part_has() -> None:
    found = table()
    found.change("2=module:1")
    assert found.routing[found.change("1=module")] == (0, 1)


def test_an_instrument_may_have_a_colon_in_its_name() -> None:
    song = Song(read(DATA))
    found = RoutingTable(song, [anything("Synth:1", 0), anything("Organ:2", 1)], {}, ())
    assert found.routing[found.change("1=Organ:2")] == (1, 0)
    assert found.routing[found.change("1=Organ:2:5")] == (1, 4)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1", "'1' sends no part anywhere; give PART=INSTRUMENT or PART=INSTRUMENT:CHANNEL, as 2=module:3"),
        ("=module", "'=module' sends no part anywhere; give PART=INSTRUMENT or PART=INSTRUMENT:CHANNEL, as 2=module:3"),
        ("4=module", "there is no part 4; the song has 3"),
        ("0=module", "there is no part 0; the song has 3"),
        ("piano=module", "there is no part 'piano'; there are: channel 1, channel 2, channel 10"),
        ("channel=module", "'channel' may mean several parts: channel 1, channel 2, channel 10; give its number"),
        ("1=organ", "there is no instrument 'organ'; there are: module, bass"),
        ("1=s:1", "'bass' does not listen on channel 1; it does on 3, unless the channels of your rig say otherwise"),
        (
            "1=bass:4",
            "'bass' does not listen on channel 4; it does on 3, unless the channels of your rig say otherwise",
        ),
        (
            "1=bass:0",
            "'bass' does not listen on channel 0; it does on 3, unless the channels of your rig say otherwise",
        ),
    ],
)
def test_a_place_that_is_none_is_refused_with_the_way_out(text: str, says: str) -> None:
    with pytest.raises(BadOption) as refused:
        table().change(text)
    assert str(refused.value) == says


def test_onward_a_part_goes_from_instrument_to_instrument_and_round() -> None:
    found = table()
    for where in ((1, 2), (0, 0), (1, 2)):
        found.onward(FIRST)
        assert found.routing[FIRST] == where
    assert FIRST in found.chosen


# While it plays


class At:
    """Does something at one moment of the performance."""

    def __init__(self, at_ns: int, act: Callable[[int], object]) -> None:
        self.next_ns: int | None = at_ns
        self._act = act

    def step(self, now_ns: int) -> None:
        if self.next_ns is not None and now_ns >= self.next_ns:
            self.next_ns = None
            self._act(now_ns)


def performed(tmp_path: Path, data: bytes, at_ms: int, *changes: str) -> tuple[dict[str, Twin], Journal, Stage]:
    """The song played once on module and bass, with changes at a millisecond."""
    clock = ManualClock()
    source = Source.of("song.mid", data)
    session = Session(source, Song(read(data)))
    journal = opened(tmp_path / "song.bridge", data)
    rig = open_rig(["twin:module", "twin:bass+drums"], clock)
    stage = Stage(clock, session, journal, rig, Surface(session.song, None), waits_for_disk=True)
    stage.play(others=[At(at_ms * MS, lambda now_ns: stage.host.route(changes, now_ns))])
    return {twin.name.rpartition("-")[2]: twin for _, twin in rig.twins}, journal, stage


def on(twin: Twin) -> list[tuple[int, int]]:
    return [(one.channel, one.number) for one in twin.log if one.kind == "on"]


def test_a_part_that_is_sent_elsewhere_is_heard_there_and_its_note_ends_here(tmp_path: Path) -> None:
    twins, _, stage = performed(tmp_path, smf(hit(60, 0, 400) + hit(64, 500, 900)), 700, "1=bass")
    assert on(twins["module"]) == [(0, 60), (0, 64)]
    assert on(twins["bass"]) == []
    assert not twins["module"].down
    off = [one for one in twins["module"].log if one.kind == "off" and one.number == 64]
    assert off[0].at_ns < 900 * MS
    assert load(stage.host.journal.path).routing == {FIRST: Routed("bass", 2)}


def test_what_comes_later_is_heard_on_the_new_instrument_alone(tmp_path: Path) -> None:
    notes: list[Timed] = [event for number in range(20) for event in hit(40 + number, 100 * number, 100 * number + 50)]
    twins, _, _ = performed(tmp_path, smf(notes), 1_025, "1=bass")
    here, there = on(twins["module"]), on(twins["bass"])
    assert [number for _, number in here + there] == list(range(40, 60))
    assert {channel for channel, _ in there} == {2}
    assert len(there) >= 9
    assert all(not twin.down and not twin.order_faults for twin in twins.values())


def test_its_program_and_controllers_go_along(tmp_path: Path) -> None:
    events: list[Timed] = [(0, bytes((0xC0, 5))), (0, control(0, 7, 90)), (0, control(0, 64, 127))]
    twins, _, _ = performed(tmp_path, smf(events + hit(60, 100, 300) + hit(62, 900, 1_000)), 500, "1=module:5")
    sent = [(one.kind, one.channel, one.number) for one in twins["module"].log]
    assert ("on", 4, 62) in sent
    assert twins["module"].memory.chosen[4].program == 5
    assert not twins["module"].down


def test_all_changes_are_made_or_none(tmp_path: Path) -> None:
    with pytest.raises(BadOption):
        performed(tmp_path, DATA, 100, "1=bass", "9=bass")
    assert load(tmp_path / "song.bridge").routing[FIRST] == Routed("module", 0)


def test_the_hand_is_heard_where_its_part_has_gone(tmp_path: Path) -> None:
    _, _, stage = performed(tmp_path, DATA, 100, "1=bass")
    assert {(route.port, route.to_channel) for route in stage.engine.router.routes if route.port >= 0} >= {(1, 2)}


def test_a_button_sends_the_selected_part_to_the_next_instrument(tmp_path: Path) -> None:
    clock = ManualClock()
    session = Session(Source.of("song.mid", DATA), Song(read(DATA)))
    rig = open_rig(["twin:module", "twin:bass"], clock)
    profile, hands = load_profile("midi-bridge/twin-controller"), TwinController("hands", clock)
    with opened(tmp_path / "song.bridge") as journal:
        stage = Stage(clock, session, journal, rig, Surface(session.song, profile), [hands], waits_for_disk=True)
        hands.press(control(15, 45, 127), 200 * MS)
        hands.press(control(15, 45, 0), 220 * MS)
        said: list[str] = []
        stage.play(show=lambda news: said.append(news.text))
    assert "part 1 (channel 1) to 'bass', channel 3" in said
    assert load(tmp_path / "song.bridge").routing[FIRST] == Routed("bass", 2)
    assert not any(twin.down for _, twin in rig.twins)
