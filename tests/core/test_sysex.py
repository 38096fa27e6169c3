"""SysEx out of a track's packets: whole messages, at the packet that ends them."""

import pytest

from bridge.core.finding import Findings
from bridge.core.sysex import RESET_PAUSE_NS, is_reset, messages, taken_ns
from bridge.core.track import scan
from bridge.core.wire import DIN_NS_PER_BYTE

GM_ON = bytes.fromhex("f07e7f0901f7")


def found(events: str) -> list[tuple[int, str | None]]:
    """The messages in the body of a track, with the index of the event at which each is whole."""
    body = bytes.fromhex(events)
    found = messages(scan(body, 0, len(body), Findings()))
    return [(index, message.hex() if message else None) for index, message in found]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ("00f0057e7f0901f7", [(0, "f07e7f0901f7")]),
        ("00f0024312 0af702 0001 0af702 02f7", [(2, "f04312000102f7")]),
        ("00f0024312 00903c40 0af702 02f7", [(2, "f0431202f7")]),
        ("00f706f07e7f0901f7", [(0, "f07e7f0901f7")]),
        ("00f702f07d 00f702 01f7", [(1, "f07d01f7")]),
        ("00f0047df80 1f7".replace(" ", ""), [(0, "f07d01f7")]),
    ],
    ids=["one", "three packets", "a note between", "in an escape", "in two escapes", "a clock inside"],
)  # fmt: skip
def test_a_message_is_whole_at_its_last_packet(events: str, expected: list[tuple[int, str]]) -> None:
    assert found(events) == expected


@pytest.mark.parametrize(
    "events",
    ["00f002 4312", "00f001f7", "00f0047d9001f7"],
    ids=["never ended", "nothing in it", "a status in it"],
)
def test_a_broken_message_is_none(events: str) -> None:
    assert found(events) == [(0, None)]


def test_a_message_that_another_breaks_off_is_lost_and_the_other_is_whole() -> None:
    assert found("00f0024312 00f0037d01f7") == [(0, None), (1, "f07d01f7")]


@pytest.mark.parametrize("escape", ["f8", "903c40", "f20102", "7f01f7"])
def test_an_escape_that_holds_no_exclusive_message_is_nothing(escape: str) -> None:
    assert found(f"00f7{len(escape) // 2:02x}{escape}") == []


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("f07e7f0901f7", True), ("f07e000903f7", True), ("f04110421240007f0041f7", True),
        ("f0431 04c00007e00f7".replace(" ", ""), True), ("f07f7f04010040f7", False), ("f07e7f0601f7", False),
        ("f07ef7", False),
    ],
    ids=["GM", "GM 2", "GS", "XG", "master volume", "identity request", "too short"],
)  # fmt: skip
def test_what_sets_a_whole_instrument_back_is_known(message: str, expected: bool) -> None:
    assert is_reset(bytes.fromhex(message)) == expected


def test_a_reset_takes_its_bytes_and_the_pause_that_the_instrument_needs() -> None:
    assert taken_ns(GM_ON) == 6 * DIN_NS_PER_BYTE + RESET_PAUSE_NS
    assert taken_ns(bytes.fromhex("f07d01f7")) == 4 * DIN_NS_PER_BYTE
