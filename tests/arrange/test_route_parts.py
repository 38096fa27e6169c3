"""Which part goes to which instrument, where the player has not said so."""

from pathlib import Path

import pytest

from bridge.arrange.compile import Destination
from bridge.arrange.route_parts import Instrument, propose
from bridge.core.message import PROGRAM
from bridge.core.smf import read
from bridge.core.song import Part, Song
from tests.kit import Timed, hit, smf

MODULE = Instrument("module", 0, tuple(range(16)))
BASS = Instrument("bass", 1, (2,), is_mono=True)
DRUMS = Instrument("drums", 2, (9,), is_drums=True)
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
    assert propose(song(track(7)), [Instrument("synth", 3, (4, 5))]) == {Part(1, 7): Destination(3, 4)}


def test_no_part_is_left_silent() -> None:
    assert propose(song(track(1), track(9)), [DRUMS]) == {Part(1, 1): (2, 9), Part(2, 9): (2, 9)}


def test_a_song_without_notes_needs_no_instrument() -> None:
    assert propose(song([]), []) == {}


def test_every_part_of_every_ai_file_has_a_destination(corpus: Path) -> None:
    files = sorted((corpus / "ai").glob("*.mid"))
    songs = [Song(read(file.read_bytes())) for file in files]
    assert [propose(one, RIG).keys() for one in songs] == [one.parts().keys() for one in songs]
    assert len(files) == 21
