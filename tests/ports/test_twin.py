"""A twin sounds what a device of its profile would, and counts what no device should be sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.clock import ManualClock
from bridge.core.message import control, note_off, note_on
from bridge.core.wire import DIN_NS_PER_BYTE, Wire
from bridge.ports.twin import Twin, TwinController, TwinPort
from bridge.ports.twin_log import Sounded
from bridge.profiles.load import load
from bridge.profiles.model import Profile
from bridge.profiles.sound import Slot
from bridge.profiles.sound import Wire as ProfileWire

BASS = 2  # channel 3
DRUMS = 9  # channel 10


def twin(model: str) -> Twin:
    return Twin(load(f"midi-bridge/twin-{model}"))


def built(*slots: Slot, polyphony: int | None = None) -> Twin:
    speed = ProfileWire(connector="usb", speed_bytes_per_second=1_000_000)
    return Twin(
        Profile(
            name="a/b",
            maker="a",
            model="b",
            kind="instrument",
            wire=speed,
            slots=slots,
            polyphony=polyphony,
            source="assumed",
        )
    )


def play(instrument: Twin, *messages: bytes) -> list[tuple[str, int]]:
    """Send one message a nanosecond; what its voices did, as (kind, pitch)."""
    for at_ns, message in enumerate(messages):
        instrument.feed(message, at_ns)
    instrument.step(len(messages))
    return [(line.kind, line.number) for line in instrument.log if line.kind in ("on", "off", "steal")]


def test_a_note_sounds_when_its_last_byte_has_arrived() -> None:
    bass = twin("bass")
    for at_ns, byte in ((10, 0x92), (20, 36), (30, 100)):
        bass.feed(bytes((byte,)), at_ns)
    bass.step(29)
    assert bass.log == []
    assert bass.next_ns == 30
    bass.step(1_000)
    assert bass.log == [Sounded(30, "on", BASS, 36, 100)]
    assert bass.heard == [(30, note_on(BASS, 36, 100))]
    assert bass.next_ns is None


def test_a_twin_ignores_other_channels() -> None:
    bass = twin("bass")
    assert play(bass, note_on(DRUMS, 36, 100), note_off(DRUMS, 40)) == []
    assert (bass.heard, bass.down, bass.order_faults) == ([], set(), 0)


def test_a_bass_does_not_sound_below_its_lowest_note_but_its_key_is_down() -> None:
    bass = twin("bass")
    assert play(bass, note_on(BASS, 23, 100)) == []
    assert bass.down == {(BASS, 23)}


def test_the_last_key_of_a_mono_bass_wins_and_the_held_one_comes_back() -> None:
    played = play(twin("bass"), note_on(BASS, 36, 90), note_on(BASS, 40, 80), note_off(BASS, 40), note_off(BASS, 36))
    assert played == [("on", 36), ("steal", 36), ("on", 40), ("off", 40), ("on", 36), ("off", 36)]


@pytest.mark.parametrize(("priority", "winner"), [("low", 36), ("high", 48), ("last", 40)])
def test_each_mono_priority_picks_its_key(priority: str, winner: int) -> None:
    part = Slot.model_validate({"channels": [1], "polyphony": 1, "range": [0, 127], "mono_priority": priority})
    mono = built(part)
    play(mono, note_on(0, 36, 90), note_on(0, 48, 90), note_on(0, 40, 90))
    assert mono.sounding == [(0, winner)]


def test_a_full_part_gives_up_its_oldest_voice() -> None:
    duo = built(Slot(channels=(1,), polyphony=2, range=(0, 127)))
    played = play(duo, note_on(0, 60, 9), note_on(0, 62, 9), note_on(0, 64, 9), note_off(0, 60), note_off(0, 62))
    assert played == [("on", 60), ("on", 62), ("steal", 60), ("on", 64), ("off", 62)]
    assert duo.down == {(0, 64)}


def test_parts_share_the_voices_of_the_device() -> None:
    parts = [Slot(channels=(channel,), polyphony=2, range=(0, 127)) for channel in (1, 2)]
    played = play(built(*parts, polyphony=2), note_on(0, 60, 9), note_on(1, 61, 9), note_on(1, 62, 9))
    assert played == [("on", 60), ("on", 61), ("steal", 60), ("on", 62)]


def test_the_pedal_keeps_a_released_note_until_it_rises() -> None:
    module = twin("module")
    held = play(module, control(0, 64, 127), note_on(0, 60, 90), note_off(0, 60))
    assert held == [("on", 60)]
    assert module.down == set()
    module.feed(control(0, 64, 0), 50)
    module.step(50)
    assert module.log[-1] == Sounded(50, "off", 0, 60, 0)
    assert module.sounding == []


def test_a_rising_pedal_leaves_held_keys_sounding() -> None:
    module = twin("module")
    play(module, control(0, 64, 127), note_on(0, 60, 90), note_on(0, 62, 90), note_off(0, 62), control(0, 64, 0))
    assert module.sounding == [(0, 60)]


def test_a_sustained_note_struck_again_is_one_voice_that_its_key_holds() -> None:
    module = twin("module")
    again = (control(0, 64, 127), note_on(0, 60, 90), note_off(0, 60), note_on(0, 60, 80), control(0, 64, 0))
    assert play(module, *again) == [("on", 60), ("off", 60), ("on", 60)]
    assert module.order_faults == 0


def test_all_sound_off_silences_its_channel_even_with_the_pedal_down() -> None:
    module = twin("module")
    play(module, control(0, 64, 127), note_on(0, 60, 90), note_on(1, 61, 90), control(0, 120, 0))
    assert module.sounding == [(1, 61)]


def test_all_notes_off_leaves_what_the_pedal_holds() -> None:
    module = twin("module")
    play(module, note_on(1, 61, 90), control(0, 64, 127), note_on(0, 60, 90), control(0, 123, 0), control(1, 123, 0))
    assert module.sounding == [(0, 60)]


def test_all_notes_off_does_not_excuse_a_missing_note_off() -> None:
    module = twin("module")
    play(module, note_on(0, 60, 90), control(0, 123, 0))
    assert module.sounding == []
    assert module.down == {(0, 60)}


def test_reset_of_all_controllers_lifts_the_pedal() -> None:
    module = twin("module")
    play(module, control(0, 64, 127), note_on(0, 60, 90), note_off(0, 60), control(0, 121, 0))
    assert module.sounding == []


def test_a_key_struck_twice_and_a_key_released_twice_are_faults() -> None:
    module = twin("module")
    play(module, note_on(0, 60, 90), note_on(0, 60, 90), note_off(0, 60), note_on(0, 60, 0))
    assert module.order_faults == 2
    assert module.sounding == []


def test_controllers_programs_pressure_and_bend_are_logged_with_their_values() -> None:
    module = twin("module")
    play(module, control(0, 7, 100), b"\xc0\x05", b"\xd0\x21", b"\xe0\x00\x40", b"\xa0\x3c\x10")
    assert [(line.kind, line.number, line.value) for line in module.log] == [
        ("control", 7, 100),
        ("program", 5, 0),
        ("pressure", 0, 0x21),
        ("bend", 0, 8192),
        ("key pressure", 0x3C, 0x10),
    ]


def test_a_sysex_is_heard_and_breaks_no_note() -> None:
    module = twin("module")
    play(module, b"\xf0\x7e\xf7", note_on(0, 60, 90))
    assert [message for _, message in module.heard] == [b"\xf0\x7e\xf7", note_on(0, 60, 90)]


keys = st.integers(24, 34)
played = st.one_of(
    st.builds(note_on, st.just(BASS), keys, st.integers(0, 127)),
    st.builds(note_off, st.just(BASS), keys),
    st.builds(control, st.just(BASS), st.sampled_from((64, 120, 121, 123)), st.sampled_from((0, 127))),
)


@given(st.lists(played, max_size=40), st.integers(1, 3))
def test_whatever_is_played_voices_begin_and_end_in_turn_and_never_outnumber_the_part(
    messages: list[bytes], polyphony: int
) -> None:
    trio = built(Slot(channels=(3,), polyphony=polyphony, range=(24, 72)))
    sounding: set[int] = set()
    for kind, pitch in play(trio, *messages):
        assert (pitch in sounding) == (kind != "on")
        sounding ^= {pitch}
        assert len(sounding) <= polyphony
    assert {(BASS, pitch) for pitch in sounding} == set(trio.sounding)


def test_stepping_late_changes_nothing_in_the_log() -> None:
    early, late = twin("bass"), twin("bass")
    for instrument in (early, late):
        for at_ns, message in ((5, note_on(BASS, 40, 90)), (9, note_on(BASS, 41, 90)), (12, note_off(BASS, 41))):
            instrument.feed(message, at_ns)
    for now_ns in range(20):
        early.step(now_ns)
    late.step(1_000)
    assert early.log == late.log


def chain(clock: ManualClock) -> TwinPort:
    return TwinPort("bass+drums", Wire(DIN_NS_PER_BYTE), [twin("bass"), twin("drums")], clock)


def test_bass_and_drums_share_one_wire_and_wait_for_each_other() -> None:
    clock = ManualClock(1_000_000)
    port = chain(clock)
    port.send(note_on(DRUMS, 36, 100), 1_000_000)
    port.send(note_on(BASS, 40, 100), 1_000_000)
    port.step(10_000_000)
    bass, drums = port.twins
    assert drums.log == [Sounded(1_960_000, "on", DRUMS, 36, 100)]
    assert bass.log == [Sounded(2_920_000, "on", BASS, 40, 100)]
    assert port.lateness == [(DRUMS, 960_000), (BASS, 1_920_000)]
    assert port.lateness_of(bass) == [1_920_000]


def test_only_note_ons_are_counted_as_late() -> None:
    port = chain(ManualClock())
    port.send(note_on(BASS, 40, 100), 0)
    port.send(note_off(BASS, 40), 0)
    port.send(note_on(BASS, 40, 0), 0)
    port.step(10_000_000)
    assert len(port.lateness) == 1


def test_a_note_passes_the_controllers_that_wait_for_the_wire() -> None:
    port = chain(ManualClock())
    for number in range(70, 80):
        port.send(control(BASS, number, 1), 0)
    port.send(note_on(BASS, 40, 100), 0)
    port.step(100_000_000)
    assert port.lateness == [(BASS, 1_920_000)]
    assert [message for _, message in port.twins[0].heard][:2] == [control(BASS, 70, 1), note_on(BASS, 40, 100)]


def test_stepping_late_changes_nothing_on_the_wire() -> None:
    clocks = ManualClock(), ManualClock()
    early, late = (chain(clock) for clock in clocks)
    for at_ns in range(0, 4_000_000, 100_000):
        for clock, port in zip(clocks, (early, late)):
            clock.wait_until(at_ns)
            port.send(control(BASS, 70 + at_ns // 100_000 % 7, at_ns // 100_000), at_ns)
        early.step(at_ns + 50_000)
    for port in (early, late):
        port.step(100_000_000)
    assert early.twins[0].heard == late.twins[0].heard


def test_a_loop_that_sleeps_until_the_next_byte_hears_everything() -> None:
    clock = ManualClock()
    port = chain(clock)
    port.send(note_on(BASS, 40, 100), 0)
    wakes = []
    while (next_ns := port.next_ns) is not None:
        wakes.append(next_ns)
        clock.wait_until(next_ns)
        port.step(clock.now_ns())
    assert wakes == [320_000, 640_000, 960_000]
    assert port.twins[0].down == {(BASS, 40)}


def test_what_is_on_the_wire_arrives_after_the_port_is_closed() -> None:
    port = chain(ManualClock())
    port.send(note_on(BASS, 40, 100), 0)
    port.close()
    port.step(1_000_000)
    assert port.twins[0].sounding == [(BASS, 40)]


def test_a_script_is_received_when_its_time_has_come() -> None:
    clock = ManualClock()
    controller = TwinController("controller", clock)
    controller.press(note_on(0, 62, 90), 200)
    controller.press(note_on(0, 60, 90), 100)
    assert controller.next_ns == 100
    assert controller.receive() == []
    clock.wait_until(150)
    assert controller.receive() == [(100, note_on(0, 60, 90))]
    assert controller.next_ns == 200
    clock.wait_until(500)
    assert controller.receive() == [(200, note_on(0, 62, 90))]
    assert controller.next_ns is None
