"""Part and tool are chosen on the controller itself; what is chosen says what its messages mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.arrival import Arrival, Epoch, Loop
from bridge.core.message import control, note_off, note_on
from bridge.core.smf import read, write
from bridge.core.song import Part, Song
from bridge.core.wish import Wish
from bridge.profiles.load import load
from bridge.surface.surface import Onward, Selected, Surface, Undo
from tests.kit import Timed, hit, smf
from tests.surface.hands import TOOL_BUTTONS, Hands

TWO_PARTS = (*hit(60, 0, 400), *hit(63, 500, 900), *hit(40, 0, 400, channel=5))


def test_parts_are_numbered_in_the_order_of_the_song() -> None:
    hands = Hands(*TWO_PARTS)
    assert hands.surface.part == Part(1, 0)
    assert hands.button(21) == [Selected(Part(1, 5), "fix")]
    assert hands.button(21) == []
    assert hands.button(20) == [Selected(Part(1, 0), "fix")]


def test_a_button_sends_the_chosen_part_onward_at_its_press_alone_and_also_while_the_song_stands() -> None:
    hands = Hands(*TWO_PARTS)
    assert hands.button(45) == [Onward(Part(1, 0))]
    hands.button(21)
    hands.is_rolling = False
    assert hands.button(45) == [Onward(Part(1, 5))]


def test_a_button_for_a_part_that_is_not_there_does_nothing() -> None:
    hands = Hands(*TWO_PARTS)
    assert hands.button(22) == []
    assert hands.surface.part == Part(1, 0)


def test_a_tool_button_chooses_the_tool_and_nothing_sounds_that_is_no_music() -> None:
    hands = Hands(*TWO_PARTS)
    heard = {}
    for name in ("pedal", "dynamics", "erase", "fix"):
        assert hands.tool(name) == [Selected(Part(1, 0), name)]
        heard[name] = set(hands.surface.thru)
    assert heard == {
        "fix": {"keys", "pad", "pedal"},
        "pedal": {"keys", "pad", "pedal"},
        "dynamics": {"keys", "pedal"},
        "erase": {"pedal"},
    }


def test_choosing_works_while_the_song_stands() -> None:
    hands = Hands(*TWO_PARTS)
    hands.is_rolling = False
    assert hands.tool("erase") == [Selected(Part(1, 0), "erase")]


def test_only_the_chosen_part_is_corrected() -> None:
    hands = Hands(*TWO_PARTS, loop=(0, 1_000))
    hands.button(21)
    hands.key(60, 500)
    hands.key(41, 0)
    assert [(id.number, note.pitch) for id, note in hands.song.notes(1) if note.channel == 5] == [(1, 41)]
    assert hands.pitches() == [60, 63]


def test_undo_is_handed_on() -> None:
    hands = Hands(*TWO_PARTS, loop=(0, 1_000))
    hands.key(64, 500)
    assert hands.button(40) == [Undo()]
    assert hands.pitches() == [60, 63]


def test_after_undo_the_same_key_makes_the_same_correction_anew() -> None:
    hands = Hands(*TWO_PARTS, loop=(0, 1_000))
    hands.key(64, 500, turn=1)
    hands.button(40)
    hands.key(64, 500, turn=2)
    assert hands.pitches() == [60, 64]


def test_choosing_another_tool_closes_what_is_open_before_it_is_announced() -> None:
    hands = Hands(*TWO_PARTS, loop=(0, 1_000), tool="pedal")
    hands.foot(127, 100)
    first, second = hands.tool("fix", tick=300)
    assert isinstance(first, Wish)
    assert second == Selected(Part(1, 0), "fix")


def test_without_a_profile_keys_do_what_pads_do() -> None:
    surface = Surface(Song(read(smf(TWO_PARTS))), None, tool="dynamics")
    arrival = Arrival(1, "keys", 0, 1, 1, 0, note_on(3, 90, 12))
    wishes = surface.take(arrival, Epoch(1, 1, 0, 0, True, Loop(0, 1_000)))
    assert [wish.tool for wish in wishes if isinstance(wish, Wish)] == ["dynamics"]
    assert surface.thru == {"pedal"}


@pytest.mark.parametrize("tool", ["fix", "dynamics", "pedal", "erase"])
@pytest.mark.parametrize("is_rolling", [True, False])
def test_stop_play_again_and_panic_are_the_engine_s_and_change_nothing_here(tool: str, is_rolling: bool) -> None:
    hands = Hands(*TWO_PARTS, loop=(0, 1_000), tool=tool)
    hands.is_rolling = is_rolling
    assert [hands.button(number, tick=10) for number in (41, 42, 43, 44)] == [[]] * 4
    assert (hands.surface.part, hands.surface.tool, hands.live) == (Part(1, 0), tool, [])


def test_a_song_without_notes_has_nothing_to_correct() -> None:
    surface = Surface(Song(read(smf([]))), load("midi-bridge/twin-controller"))
    epoch = Epoch(1, 0, 0, 0, True)
    for message in (note_on(0, 60, 1), control(15, 20, 127), control(15, 40, 127), control(0, 64, 127)):
        assert surface.take(Arrival(1, "twin", 0, 1, 0, 0, message), epoch) == []
    assert surface.part is None
    assert surface.stop(10) == []


MESSAGES = st.one_of(
    st.builds(note_on, st.just(0), st.integers(55, 70), st.integers(1, 127)),
    st.builds(note_off, st.just(0), st.integers(55, 70)),
    st.builds(note_on, st.just(9), st.integers(36, 42), st.integers(1, 127)),
    st.builds(control, st.just(0), st.just(64), st.integers(0, 127)),
    st.builds(control, st.just(15), st.sampled_from([20, 21, *TOOL_BUTTONS.values()]), st.just(127)),
)
MUSIC: tuple[Timed, ...] = (
    *TWO_PARTS,
    *hit(60, 450, 1_200),
    *hit(67, 0, 300),
    *hit(60, 450, 1_300),
    *hit(59, 1_400, 1_500),
)


@given(st.lists(st.tuples(MESSAGES, st.integers(0, 1_499)), max_size=40))
def test_whatever_a_hand_does_the_file_reads_back_as_the_song_stands(moves: list[tuple[bytes, int]]) -> None:
    hands = Hands(*MUSIC, loop=(0, 1_500))
    turn, last = 0, 0
    hands.turn(0)
    for message, tick in moves:
        if tick < last:
            turn += 1
            hands.turn(turn)
        hands.send(message, tick, turn)
        last = tick
    hands.stop(last)
    again = Song(read(write(hands.song.to_smf())))
    assert [note._replace(off=None) for _, note in again.notes(1)] == [
        note._replace(off=None) for _, note in hands.song.notes(1)
    ]


@given(st.lists(st.tuples(MESSAGES, st.integers(0, 1_499)), max_size=20), st.integers(0, 10**12))
def test_when_an_arrival_came_by_the_clock_has_no_say(moves: list[tuple[bytes, int]], at_ns: int) -> None:
    pitches = []
    for now_ns in (0, at_ns):
        hands = Hands(*MUSIC, loop=(0, 1_500))
        for message, tick in moves:
            hands.act(hands.surface.take(Arrival(1, "x", now_ns, 1, 1, tick, message), hands.epoch()))
        pitches.append((hands.notes(), hands.pedal()))
    assert pitches[0] == pitches[1]
