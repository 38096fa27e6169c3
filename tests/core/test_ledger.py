"""The ledger: what is down on one port, and who may let it go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.edit import Id
from bridge.core.ledger import Ledger
from bridge.core.message import (
    BEND,
    PROGRAM,
    control,
    is_note_off,
    is_note_on,
    is_pedal,
    is_pedal_down,
    note_off,
    note_on,
)
from bridge.core.schedule import Lane

ON, OFF = note_on(0, 60, 90), note_off(0, 60)
A, B = Id(0, 1), Id(0, 2)
PEDAL = Lane(0, 0, 0xB0 << 8 | 64)


def test_a_note_goes_on_and_off() -> None:
    ledger = Ledger(0)
    assert (ledger.song_on(A, ON), ledger.song_off(A, OFF), ledger.voices) == ([ON], [OFF], {})


def test_a_second_note_of_a_key_ends_the_first_whose_own_off_is_swallowed() -> None:
    ledger = Ledger(0)
    ledger.song_on(A, ON)
    assert ledger.song_on(B, ON) == [OFF, ON]
    assert ledger.song_off(A, OFF) == []
    assert ledger.song_off(B, OFF) == [OFF]


def test_the_song_s_off_waits_for_the_hand() -> None:
    ledger = Ledger(0)
    ledger.song_on(A, ON)
    assert ledger.hand(ON) == [OFF, ON]
    assert ledger.song_off(A, OFF) == []
    assert ledger.hand(OFF) == [OFF]


def test_the_hand_s_off_waits_for_the_song() -> None:
    ledger = Ledger(0)
    ledger.hand(ON)
    ledger.song_on(A, ON)
    assert ledger.hand(OFF) == []
    assert ledger.song_off(A, OFF) == [OFF]


def test_a_release_of_a_key_that_is_not_held_is_not_sent() -> None:
    ledger = Ledger(0)
    assert ledger.hand(OFF) == []
    ledger.song_on(A, ON)
    assert ledger.hand(OFF) == []


def test_releasing_the_song_leaves_the_hand_s_keys_down() -> None:
    ledger = Ledger(0)
    ledger.song_on(A, ON)
    ledger.song_on(B, note_on(0, 62, 90))
    ledger.hand(note_on(0, 62, 90))
    ledger.hand(note_on(0, 64, 90))
    assert ledger.release_song() == [OFF]
    assert ledger.voices.keys() == {(0, 62), (0, 64)}


@pytest.mark.parametrize("number", range(64, 70))
def test_every_pedal_is_lifted_but_those_that_are_held(number: int) -> None:
    ledger = Ledger(0)
    ledger.set(control(0, number, 64))
    ledger.set(control(1, number, 63))
    assert ledger.lift_pedals({Lane(0, 0, 0xB0 << 8 | number)}) == []
    assert ledger.lift_pedals() == [control(0, number, 0)]
    assert ledger.lift_pedals() == []


@pytest.mark.parametrize(
    ("message", "pedal", "down"),
    [(control(3, 64, 127), True, True), (control(3, 64, 63), True, False), (control(0, 70, 127), False, False),
     (note_on(0, 64, 127), False, False)],
)  # fmt: skip
def test_a_pedal_is_down_from_64_on(message: bytes, pedal: bool, down: bool) -> None:
    assert (is_pedal(message), is_pedal_down(message)) == (pedal, down)


def test_silence_is_note_offs_then_pedals_then_all_off_then_the_bend() -> None:
    ledger = Ledger(0)
    for message in (note_on(3, 60, 90), control(3, 64, 127), bytes((BEND | 3, 0, 0))):
        ledger.hand(message)
    assert ledger.silence() == [
        note_off(3, 60), control(3, 64, 0), control(3, 123, 0), control(3, 120, 0), bytes((BEND | 3, 0, 64)),
    ]  # fmt: skip
    assert (ledger.voices, ledger.lift_pedals()) == ({}, [])


def test_silence_says_nothing_on_channels_that_were_never_used() -> None:
    assert Ledger(0).silence() == []


@pytest.mark.parametrize("number", [0, 32])
def test_behind_a_bank_the_program_is_unknown(number: int) -> None:
    ledger = Ledger(0)
    ledger.set(bytes((PROGRAM, 5)))
    ledger.set(bytes((PROGRAM | 1, 5)))
    ledger.set(control(0, number, 1))
    assert [lane.channel for lane in ledger.lanes if lane.kind == PROGRAM << 8] == [1]


def test_a_program_is_known_with_the_bank_that_it_took() -> None:
    ledger = Ledger(0)
    msb, program = control(0, 0, 1), bytes((PROGRAM, 5))
    for message in (msb, program, control(0, 0, 2), control(0, 32, 3)):
        ledger.set(message)
    assert ledger.sounds == {0: (msb, None, program)}


def test_behind_a_reset_of_controllers_lanes_stand_where_it_leaves_them_and_parameters_are_not_selected() -> None:
    ledger = Ledger(0)
    for entry in ((1, 90), (7, 90), (101, 0), (100, 0), (6, 12), (121, 0)):
        ledger.set(control(0, *entry))
    ledger.set(control(1, 1, 90))
    lanes = [Lane(0, channel, 0xB0 << 8 | number) for channel, number in ((0, 1), (0, 7), (1, 1))]
    assert [ledger.lanes[lane][2] for lane in lanes] == [0, 90, 90]
    assert ledger.parameters[0].selection == ((101, 127), (100, 127))
    assert list(ledger.parameters[0].values.values()) == [((6, 12),)]


@pytest.mark.parametrize("reset", [control(0, 121, 0), bytes.fromhex("f07e7f0901f7")], ids=["controllers", "GM"])
def test_a_pedal_that_was_down_before_a_reset_is_let_go_in_the_end_once(reset: bytes) -> None:
    ledger = Ledger(0)
    for message in (control(0, 64, 127), control(0, 66, 0), reset):
        ledger.set(message)
    assert ledger.lift_pedals() == [control(0, 64, 0)]
    assert ledger.lift_pedals() == []


def test_a_reset_of_the_instrument_makes_all_unknown_but_the_keys() -> None:
    ledger = Ledger(0)
    ledger.song_on(A, ON)
    for message in (bytes((PROGRAM, 5)), control(0, 7, 9), control(0, 101, 0), bytes.fromhex("f07e7f0901f7")):
        ledger.set(message)
    assert (ledger.lanes, ledger.sounds, ledger.parameters) == ({}, {}, {})
    assert ledger.song_off(A, OFF) == [OFF]


@pytest.mark.parametrize("number", [120, 123])
def test_all_notes_off_from_the_song_leaves_each_key_its_own_off(number: int) -> None:
    ledger = Ledger(0)
    ledger.song_on(A, ON)
    assert ledger.set(control(0, number, 0)) == [control(0, number, 0)]
    assert (ledger.song_off(A, OFF), ledger.lanes) == ([OFF], {})


pitches, owners = st.integers(60, 61), st.builds(Id, st.just(0), st.integers(0, 3))
deeds = st.one_of(
    st.tuples(st.sampled_from(("song on", "song off")), owners, pitches),
    st.tuples(st.sampled_from(("hand on", "hand off")), owners, pitches),
    st.tuples(st.sampled_from(("release", "silence")), owners, pitches),
)


def done(ledger: Ledger, what: str, owner: Id, pitch: int) -> list[bytes]:
    """What one deed sends."""
    on, off = note_on(0, pitch, 90), note_off(0, pitch)
    return {
        "song on": lambda: ledger.song_on(owner, on),
        "song off": lambda: ledger.song_off(owner, off),
        "hand on": lambda: ledger.hand(on),
        "hand off": lambda: ledger.hand(off),
        "release": ledger.release_song,
        "silence": ledger.silence,
    }[what]()


@given(st.lists(deeds, max_size=40))
def test_ons_and_offs_of_a_key_alternate_and_silence_leaves_none_down(life: list[tuple[str, Id, int]]) -> None:
    ledger, down = Ledger(0), set[int]()
    for what, owner, pitch in [*life, ("silence", A, 60)]:
        for message in done(ledger, what, owner, pitch):
            if is_note_on(message) or is_note_off(message):
                assert is_note_on(message) != (message[1] in down)
                down ^= {message[1]}
        assert {pitch for _, pitch in ledger.voices} == down
    assert down == set()
