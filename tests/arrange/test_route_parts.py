"""Which part goes to which instrument, where the player has not said so."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.arrange.compile import Destination
from bridge.arrange.route_parts import Instrument, Seat, anything, propose, shared
from bridge.core.message import PROGRAM, control
from bridge.core.smf import read
from bridge.core.song import Part, Song
from tests.kit import Timed, hit, smf

MODULE = anything("module", 0)
BASS = Instrument("bass", 1, (Seat(2, is_mono=True),))
DRUMS = Instrument("drums", 2, (Seat(9, is_drums=True),))
RIG = (MODULE, BASS, DRUMS)


def track(channel: int, program: int | None = None) -> list[Timed]:
    """One note on a channel, with its program."""
    chosen = [] if program is None else [(0, bytes((PROGRAM | channel, program)))]
    return [*chosen, *hit(60, 0, 10, channel=channel)]


def song(*tracks: list[Timed]) -> Song:
    return Song(read(smf(*tracks)))


def test_drums_go_to_the_drum_machine_bass_to_the_mono_synth_and_the_rest_to_the_module() -> None:
    routing = propose(song(track(9), track(1, 33), track(4, 0)), RIG)
    assert list(routing.values()) == [Destination(2, 9), Destination(1, 2), Destination(0, 4)]


@pytest.mark.parametrize(("program", "port"), [(31, 0), (32, 1), (39, 1), (40, 0), (None, 0)])
def test_a_bass_is_known_by_its_program(program: int | None, port: int) -> None:
    assert propose(song(track(1, program)), RIG)[Part(1, 1)].port == port


def test_on_a_module_alone_every_part_keeps_its_channel() -> None:
    routing = propose(song(track(9), track(1, 33), track(4)), [MODULE])
    assert routing == {Part(1, 9): (0, 9), Part(2, 1): (0, 1), Part(3, 4): (0, 4)}


def test_an_instrument_that_does_not_listen_on_a_part_s_channel_is_played_on_its_first() -> None:
    assert propose(song(track(7)), [Instrument("synth", 3, (Seat(4), Seat(5)))]) == {Part(1, 7): Destination(3, 4)}


def test_no_part_is_left_silent() -> None:
    assert propose(song(track(1), track(9)), [DRUMS]) == {Part(1, 1): (2, 9), Part(2, 9): (2, 9)}


def test_a_song_without_notes_needs_no_instrument() -> None:
    assert propose(song([]), []) == {}


def test_every_part_of_every_ai_file_has_a_destination(corpus: Path) -> None:
    files = sorted((corpus / "ai").glob("*.mid"))
    songs = [Song(read(file.read_bytes())) for file in files]
    assert [propose(one, RIG).keys() for one in songs] == [one.parts().keys() for one in songs]
    assert len(files) == 21


def named(name: str, *events: Timed, channel: int = 0) -> list[Timed]:
    """A track as tools that write MIDI name it, with a note where it has no events."""
    title = (0, b"\xff\x03" + bytes((len(name),)) + name.encode())
    return [title, *(events or hit(60, 0, 10, channel=channel))]


TEN = ("Drums", "Bass", "Piano", "Lead Synth", "Pad", "Strings", "Guitar", "Brass", "Choir", "Arp")


def test_ten_tracks_on_channel_one_are_told_apart_by_their_names() -> None:
    routing = propose(song(*(named(name) for name in TEN)), RIG)
    assert shared(routing) == {}
    assert [routing[Part(1, 0)], routing[Part(2, 0)]] == [(2, 9), (1, 2)]
    assert {where.port for part, where in routing.items() if part.track > 2} == {0}
    assert 9 not in {where.channel for part, where in routing.items() if part.track > 2}


def test_on_one_module_ten_tracks_of_channel_one_have_ten_channels_the_drums_the_tenth() -> None:
    routing = propose(song(*(named(name) for name in TEN)), [MODULE])
    assert len(set(routing.values())) == 10
    assert routing[Part(1, 0)].channel == 9


def test_strings_that_a_tool_counted_up_to_channel_ten_are_no_drums() -> None:
    assert propose(song(named("Strings", channel=9)), RIG)[Part(1, 9)].port == 0


def test_the_title_of_a_song_in_one_track_says_nothing_of_its_parts() -> None:
    one = [*named("Drum and Bass"), *hit(60, 0, 10, channel=1)]
    assert {where.port for where in propose(song(one), RIG).values()} == {0}


def test_a_part_gives_way_to_the_one_whose_own_channel_it_is() -> None:
    routing = propose(song(named("Piano"), named("Pad"), named("Lead", channel=1)), [MODULE])
    assert list(routing.values()) == [(0, 0), (0, 2), (0, 1)]


def test_two_hands_of_one_piano_share_its_pedal() -> None:
    right = named("Piano RH", (0, control(0, 64, 127)), *hit(72, 0, 10))
    routing = propose(song(right, named("Piano LH"), named("Pad")), [MODULE])
    assert list(routing.values()) == [(0, 0), (0, 0), (0, 1)]
    assert shared(routing) == {Destination(0, 0): [Part(1, 0), Part(2, 0)]}


def test_instruments_that_fit_equally_well_share_the_parts_out() -> None:
    routing = propose(song(track(0), track(1), track(2)), [MODULE, anything("other", 1)])
    assert list(routing.values()) == [(0, 0), (1, 1), (0, 2)]


def test_chords_do_not_go_to_a_synth_that_plays_one_note_at_a_time() -> None:
    chords = [event for pitch in (48, 52, 55) for event in hit(pitch, 0, 100)]
    mono = Instrument("mono", 0, (Seat(0, is_mono=True),))
    poly = Instrument("poly", 1, (Seat(0),))
    assert propose(song(named("Bass", *chords)), [mono, poly])[Part(1, 0)].port == 1


def test_a_part_goes_where_its_range_can_be_played() -> None:
    toy = Instrument("toy", 0, (Seat(0, range=(60, 72)),))
    piano = Instrument("piano", 1, (Seat(0, range=(21, 108)),))
    assert propose(song(named("Melody", *hit(30, 0, 10))), [toy, piano])[Part(1, 0)].port == 1


def test_more_parts_than_channels_share_them_out() -> None:
    routing = propose(
        song(*(named(f"Voice {number}") for number in range(5))), [Instrument("duo", 0, (Seat(0), Seat(1)))]
    )
    assert sorted(len(parts) for parts in shared(routing).values()) == [2, 3]


def test_who_comes_later_is_seated_around_those_who_stay() -> None:
    two = song(named("Piano"), named("Pad"), named("Lead"))
    routing = propose(two, [MODULE], {Part(2, 0): Destination(0, 0), Part(3, 0): Destination(7, 1)})
    assert routing == {Part(1, 0): (0, 1), Part(2, 0): (0, 0), Part(3, 0): (7, 1)}


def test_a_hand_follows_the_other_only_to_an_instrument_that_is_offered() -> None:
    right = named("Piano RH", (0, control(0, 64, 127)), *hit(72, 0, 10))
    two, left = song(right, named("Piano LH")), Part(2, 0)
    assert propose(two, [MODULE], {Part(1, 0): Destination(0, 5)})[left] == (0, 5)
    assert propose(two, [MODULE], {Part(1, 0): Destination(3, 5)})[left] == (0, 0)


names_of_parts = st.lists(st.sampled_from([*TEN, "", "Kick", "Track 3", "808"]), max_size=24)
rigs = st.lists(st.tuples(st.integers(1, 16), st.booleans(), st.booleans()), min_size=1, max_size=4)


@given(names_of_parts, rigs, st.dictionaries(st.integers(1, 24), st.integers(0, 63), max_size=8))
def test_nobody_shares_while_a_channel_of_the_right_kind_is_free(
    names: list[str], rig: list[tuple[int, bool, bool]], stay: dict[int, int]
) -> None:
    instruments = [
        Instrument(f"i{port}", port, tuple(Seat(channel, is_drums, is_mono) for channel in range(count)))
        for port, (count, is_drums, is_mono) in enumerate(rig)
    ]
    free = {Destination(one.port, seat.channel): seat for one in instruments for seat in one.seats}
    kept = {Part(track, 0): [*free][number % len(free)] for track, number in stay.items() if track <= len(names)}
    routing = propose(song(*(named(name) for name in names)), instruments, kept)
    assert len(routing) == len(names)
    assert {part: routing[part] for part in kept} == kept
    for where, parts in shared(routing).items():
        alike = {place for place, seat in free.items() if seat.is_drums == free[where].is_drums}
        assert alike <= set(routing.values()) or set(parts) <= kept.keys()
