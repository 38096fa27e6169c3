"""What sounds in a twin is what its profile says of its slots, and no more than that."""

import pytest

from bridge.core.message import control, note_off, note_on
from bridge.ports.twin import Twin
from tests.ports.twins import answers, instrument, play, slot

MS = 1_000_000
HATS = [
    {"key": 42, "role": "closed hat", "chokes": "hat"},
    {"key": 46, "role": "open hat", "chokes": "hat"},
    {"key": 36, "role": "kick"},
]


def voices(twin: Twin) -> list[tuple[str, int]]:
    return [(line.kind, line.number) for line in twin.log if line.kind in ("on", "off", "steal", "choke", "missed")]


def test_an_instrument_of_which_nothing_is_known_plays_every_key_of_every_channel_at_once() -> None:
    unknown = instrument()
    play(unknown, *(note_on(channel, key, 90) for channel in range(16) for key in range(128)))
    assert len(unknown.sounding) == 16 * 128


def test_a_note_beyond_the_range_is_played_in_the_nearest_octave_where_the_device_does_so() -> None:
    organ = instrument(slots=[slot(range=[36, 96], beyond_range="octave")])
    play(organ, note_on(0, 35, 90), note_on(0, 0, 90), note_on(0, 97, 90), note_on(0, 127, 90), note_off(0, 0))
    assert voices(organ) == [("on", 47), ("on", 36), ("on", 85), ("on", 91), ("off", 36)]


def test_an_octave_that_is_not_in_a_short_range_is_silent() -> None:
    short = instrument(slots=[slot(range=[60, 64], beyond_range="octave")])
    play(short, note_on(0, 53, 90), note_on(0, 52, 90))
    assert voices(short) == [("on", 64)]


def test_an_instrument_without_dynamics_sounds_each_note_alike() -> None:
    flat = instrument(slots=[slot(velocity=[127, 127])])
    play(flat, note_on(0, 60, 1), note_on(0, 62, 90))
    assert [line.value for line in flat.log] == [127, 127]


def test_a_key_struck_again_too_soon_is_missed() -> None:
    slow = instrument(slots=[slot(retrigger_gap_ms=10)])
    for at_ms, message in (
        (1, note_on(0, 60, 9)),
        (2, note_off(0, 60)),
        (11, note_on(0, 60, 9)),
        (12, note_on(0, 61, 9)),
    ):
        slow.feed(message, at_ms * MS)
    slow.step(20 * MS)
    assert voices(slow) == [("on", 60), ("off", 60), ("missed", 60), ("on", 61)]
    for at_ms, message in ((21, note_off(0, 60)), (31, note_on(0, 60, 9))):
        slow.feed(message, at_ms * MS)
    slow.step(40 * MS)
    assert voices(slow)[-1] == ("on", 60)


def test_a_closed_hat_ends_an_open_one_and_no_kick() -> None:
    drums = instrument(slots=[slot(drums=True, sounds=HATS)])
    play(drums, note_on(0, 36, 90), note_on(0, 46, 90), note_on(0, 42, 90))
    assert voices(drums) == [("on", 36), ("on", 46), ("choke", 46), ("on", 42)]


def test_a_key_without_a_drum_is_silent() -> None:
    drums = instrument(slots=[slot(drums=True, sounds=HATS)])
    play(drums, note_on(0, 37, 90))
    assert voices(drums) == []


@pytest.mark.parametrize(
    ("quirk", "ending"),
    [
        ("ignores_all_notes_off", [control(0, 123, 0)]),
        ("ignores_all_sound_off", [control(0, 120, 0)]),
        ("ignores_note_off", [note_off(0, 60)]),
    ],
)
def test_what_an_instrument_ignores_leaves_its_note_sounding(quirk: str, ending: list[bytes]) -> None:
    for is_ignored in (True, False):
        device = instrument(slots=[slot()], quirks={quirk: is_ignored})
        play(device, note_on(0, 60, 90), *ending)
        assert bool(device.sounding) == is_ignored


def test_a_pedal_that_is_ignored_holds_nothing() -> None:
    device = instrument(slots=[slot()], quirks={"ignores_sustain": True})
    play(device, control(0, 64, 127), note_on(0, 60, 90), note_off(0, 60))
    assert device.sounding == []


def test_an_echo_gives_notes_back_and_controllers_not() -> None:
    echo = instrument(slots=[slot()], quirks={"echoes_notes": True, "sends_note_on_zero": True})
    play(echo, note_on(0, 60, 90), control(0, 7, 5), note_off(0, 60))
    assert answers(echo) == ["90 3C 5A", "90 3C 00"]


def test_the_first_clock_behind_a_start_is_lost_where_the_device_loses_it() -> None:
    good, bad = instrument(slots=[slot()]), instrument(slots=[slot()], quirks={"loses_first_clock": True})
    for device in (good, bad):
        play(device, b"\xf8", b"\xfa", b"\xf8", b"\xf8", b"\xf8", b"\xfc", b"\xf8")
    assert (good.ticks, bad.ticks) == (3, 2)
    play(bad, b"\xfb", b"\xf8", b"\xf8")
    assert bad.ticks == 3


def test_a_bend_is_as_wide_as_rpn_0_has_made_it() -> None:
    synth = instrument(slots=[slot(bend={"semitones": 2, "set_by": "rpn"})])
    play(synth, b"\xe0\x00\x60")
    assert synth.bend_of(0) == 1
    play(synth, control(0, 101, 0), control(0, 100, 0), control(0, 6, 12))
    assert synth.bend_of(0) == 6
    fixed = instrument(slots=[slot(bend={"semitones": 2, "set_by": "fixed"})])
    play(fixed, control(0, 101, 0), control(0, 100, 0), control(0, 6, 12), b"\xe0\x00\x00")
    assert fixed.bend_of(0) == -2
    assert instrument(slots=[slot()]).bend_of(0) is None
