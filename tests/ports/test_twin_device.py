"""A twin answers the identity request as its profile says, and loses what comes faster than it takes."""

from typing import Any

import pytest

from bridge.core.clock import ManualClock
from bridge.core.message import control, note_on
from bridge.core.wire import Wire
from bridge.ports.twin import Twin, TwinPort
from bridge.ports.twin_device import reply_of
from bridge.ports.twin_intake import ns_per_byte
from bridge.profiles.load import load
from tests.ports.twins import answers, hexes, instrument, play, profile, slot

MS = 1_000_000
PATTERN = "F0 7E ?? 06 02 42 13 01 ?? 00 * F7"


def asked(request: str, **tables: Any) -> list[str]:
    device = instrument(**tables)
    play(device, *hexes(request))
    return answers(device)


def test_a_pattern_is_answered_with_zeros_for_what_it_leaves_open() -> None:
    found = asked("F0 7E 7F 06 01 F7", match={"replies": [{"pattern": PATTERN}]})
    assert found == ["F0 7E 00 06 02 42 13 01 00 00 00 00 00 00 F7"]


def test_an_id_of_three_bytes_makes_the_reply_two_bytes_longer() -> None:
    found = reply_of(profile(match={"replies": [{"pattern": "F0 7E ?? 06 02 00 20 29 03 01 00 00 * F7"}]}))
    assert found == bytes.fromhex("F0 7E 00 06 02 00 20 29 03 01 00 00 00 00 00 00 F7")


@pytest.mark.parametrize("pattern", ["F0 7E ?? 06 02 * F7", "F0 7E ?? 06 02 *", "F0 7E ?? 06 02 "])
def test_a_pattern_that_says_nothing_of_the_maker_is_answered_all_the_same(pattern: str) -> None:
    found = reply_of(profile(match={"replies": [{"pattern": pattern}]}))
    assert (found or b"")[:5] == bytes.fromhex("F0 7E 00 06 02")


def test_a_reply_of_its_own_goes_before_the_pattern() -> None:
    tables = {"match": {"replies": [{"pattern": PATTERN}]}, "twin": {"reply": "F0 7E 10 06 02 42 13 01 05 00 09 F7"}}
    assert asked("F0 7E 7F 06 01 F7", **tables) == ["F0 7E 10 06 02 42 13 01 05 00 09 F7"]
    assert asked("F0 7E 10 06 01 F7", **tables) == ["F0 7E 10 06 02 42 13 01 05 00 09 F7"]
    assert asked("F0 7E 11 06 01 F7", **tables) == []


def test_a_device_that_calls_itself_everybody_answers_whoever_is_asked() -> None:
    assert len(asked("F0 7E 05 06 01 F7", twin={"reply": "F0 7E 7F 06 02 42 13 01 05 00 09 F7"})) == 1


def test_each_model_of_a_family_has_its_own_reply() -> None:
    family = profile(
        models=["B 25", "B 49"],
        match={
            "replies": [
                {"pattern": "F0 7E ?? 06 02 41 01 00 00 00 ?? F7", "state": "update"},
                {"pattern": "F0 7E ?? 06 02 41 02 00 00 00 ?? F7", "model": "B 25"},
                {"pattern": "F0 7E ?? 06 02 41 03 00 00 00 ?? F7", "model": "B 49"},
            ]
        },
    )
    found = [(reply_of(family, model) or b"")[6] for model in (None, "B 25", "B 49")]
    assert found == [2, 2, 3]


def test_the_first_launchpad_answers_nothing_and_the_launchpad_s_does() -> None:
    launchpads = load("novation/launchpad-s")
    found = [reply_of(launchpads, model) for model in (None, "Launchpad", "Launchpad Mini")]
    assert found == [bytes.fromhex("F0 7E 00 06 02 00 20 29 20 00 00 00 00 00 00 00 F7"), None, None]


def test_no_reply_is_no_answer() -> None:
    assert asked("F0 7E 7F 06 01 F7", match={"no_reply": "older than the request"}) == []
    assert asked("F0 7E 7F 06 01 F7") == []


def test_what_only_looks_like_the_request_is_not_answered() -> None:
    tables = {"match": {"replies": [{"pattern": PATTERN}]}}
    assert asked("F0 7E 7F 06 02 F7,F0 7E 7F 06 F7,F0 7E 7F 06 01 00 F7,F0 7F 7F 06 01 F7", **tables) == []


@pytest.mark.parametrize(("number", "model"), [(1, "bass"), (2, "controller"), (3, "drums"), (4, "module")])
def test_the_programs_own_twins_answer_with_the_id_for_what_is_not_sold(number: int, model: str) -> None:
    found = reply_of(load(f"midi-bridge/twin-{model}"))
    assert found == bytes.fromhex(f"F0 7E 00 06 02 7D 6D 62 0{number} 00 00 00 00 00 F7")


def test_the_answer_leaves_when_the_request_has_arrived() -> None:
    module = Twin(load("midi-bridge/twin-module"))
    port = TwinPort("module", Wire(1_000), [module], ManualClock())
    port.send(bytes.fromhex("F0 7E 7F 06 01 F7"), 0)
    port.step(MS)
    assert [at_ns for at_ns, _ in module.receive()] == [6_000]
    assert module.receive() == []


def din(**facts: Any) -> dict[str, Any]:
    return {"connector": "din", "speed_bytes_per_second": 3_125, **facts}


def test_what_follows_a_program_change_too_soon_is_lost() -> None:
    slow = instrument(wire=din(program_gap_ms=50), slots=[slot()])
    slow.feed(b"\xc0\x05", MS)
    slow.feed(note_on(0, 60, 90), 50 * MS)  # its first byte came while the device was busy
    slow.feed(note_on(0, 62, 90), 52 * MS)
    slow.step(60 * MS)
    assert slow.sounding == [(0, 62)]
    assert [(lost.at_ns, lost.count) for lost in slow.intake.lost] == [(50 * MS, 3)]


def test_the_two_halves_of_a_bank_select_belong_together() -> None:
    slow = instrument(wire=din(bank_gap_ms=20), slots=[slot()])
    play(slow, control(0, 0, 1), control(0, 32, 2), b"\xc0\x05", gap_ns=2 * MS)
    assert slow.intake.lost_bytes == 2
    assert slow.memory.chosen[0].program is None
    play(slow, b"\xc0\x05", gap_ns=30 * MS)
    assert slow.memory.chosen[0].program == 5


def test_a_clock_gets_through_while_it_works() -> None:
    slow = instrument(wire=din(program_gap_ms=50), slots=[slot()])
    play(slow, b"\xfa", b"\xc0\x05", b"\xf8", b"\xf8", gap_ns=MS)
    assert (slow.ticks, slow.intake.lost) == (2, [])


def test_sysex_longer_than_its_piece_is_broken_unless_it_comes_with_pauses() -> None:
    message = b"\xf0\x7d" + bytes(10) + b"\xf7"
    at_once, in_pieces = (instrument(wire=din(sysex_piece_bytes=6, sysex_gap_ms=5)) for _ in range(2))
    at_once.feed(message, 10 * MS)
    for number, start in enumerate(range(0, len(message), 6)):
        in_pieces.feed(message[start : start + 6], (number + 1) * 10 * MS)
    for device in (at_once, in_pieces):
        device.step(100 * MS)
    assert (at_once.heard, at_once.intake.lost_bytes) == ([], 7)
    assert [found for _, found in in_pieces.heard] == [message]
    assert in_pieces.intake.lost == []


def test_a_broken_sysex_spoils_no_note_behind_it() -> None:
    device = instrument(wire=din(sysex_piece_bytes=4, sysex_gap_ms=5), slots=[slot()])
    play(device, b"\xf0\x7d\x01\x02\x03\x04\xf7", note_on(0, 60, 90), gap_ns=20 * MS)
    assert device.sounding == [(0, 60)]


def test_a_sysex_too_close_to_the_one_before_is_lost() -> None:
    device = instrument(wire=din(sysex_gap_ms=100))
    for at_ms, data in ((10, "F0 7D 01 F7"), (50, "F0 7D 02 F7"), (200, "F0 7D 03 F7")):
        device.feed(bytes.fromhex(data), at_ms * MS)
    device.step(300 * MS)
    assert [message[2] for _, message in device.heard] == [1, 3]
    assert device.intake.lost_bytes == 4


def test_bytes_that_no_wire_could_have_carried_so_fast_are_counted_and_not_lost() -> None:
    device = instrument(wire=din(), slots=[slot()])
    device.feed(note_on(0, 60, 90), 960_000)
    device.feed(note_on(0, 62, 90), 1_919_999)
    device.step(MS * 10)
    assert (device.intake.early, len(device.sounding)) == (3, 2)


def test_an_unknown_wire_is_taken_for_5_pin_din() -> None:
    assert ns_per_byte(None) == 320_000


def test_active_sensing_that_stops_ends_all_notes_where_it_is_honoured() -> None:
    honours, ignores = (instrument(wire=din(active_sensing=how), slots=[slot()]) for how in ("honoured", "ignored"))
    for device in (honours, ignores):
        device.feed(b"\xfe", MS)
        device.feed(note_on(0, 60, 90), 2 * MS)
        device.step(302 * MS - 1)
        assert device.sounding == [(0, 60)]
        assert device.next_ns == (302 * MS if device is honours else None)
        device.step(400 * MS)
        assert bool(device.sounding) == (device is ignores)
        device.feed(note_on(0, 62, 90), 1_000 * MS)
        device.step(1_000 * MS)
    assert [(line.kind, line.at_ns // MS) for line in honours.log] == [("on", 2), ("off", 302), ("on", 1_000)]
    assert ignores.sounding == [(0, 60), (0, 62)]
