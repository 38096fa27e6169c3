"""An identity reply is told by its bytes, also where it breaks the standard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.profiles.replies import body, exactly, fits, maker_id, parse

LAUNCHPAD = "F0 7E ?? 06 02 00 20 29 03 01 00 00 ?? ?? ?? ?? F7"


def found(text: str) -> str:
    one = body(parse(text))
    return "" if one is None else " ".join(f"{byte.value:02X}" for byte in one)


@pytest.mark.parametrize(
    "text",
    ["F0 7E 00 06 02 42 13 01 F7", "f07e000602421301f7", "0xF0,0x7E,0x00,0x06,0x02,0x42,0x13,0x01,0xF7"],
)
def test_bytes_are_read_however_they_are_written(text: str) -> None:
    assert found(text) == "42 13 01"


@pytest.mark.parametrize("text", ["F0 7E zz", "F0 7", "F0 +1", "F0 1_", "F", "F0 7E 123"])
def test_what_is_no_byte_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"found '.*', allowed: bytes of two hex digits"):
        parse(text)


@pytest.mark.parametrize("device", ["00", "10", "7F", "09", "FF"])
def test_the_device_byte_tells_nothing(device: str) -> None:
    assert found(f"F0 7E {device} 06 02 42 13 01 00 00 03 00 01 00 F7") == "42 13 01 00 00 03 00 01 00"


def test_a_frame_without_its_device_byte_or_its_end_is_understood() -> None:
    assert found("F0 7E 06 02 3E 0E 00 03 00 32 2E 33 33 F7") == "3E 0E 00 03 00 32 2E 33 33"
    assert found("F0 7E 00 06 02 3E 0E 00 03 00") == "3E 0E 00 03 00"


def test_a_clock_within_a_reply_is_no_part_of_it() -> None:
    assert found("F0 7E 00 06 02 42 F8 13 01 FE F7") == "42 13 01"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "F7",
        "90 3C 40",
        "F0 7E 7F 06 01 F7",  # our own request, come back
        "F0 7E 00 06 02 F7",
        "F0 7E 00 06 02 42 F7",
        "F0 7E 00 06 02 42 93 01 F7",
        "F0 41 10 42 12 40 00 7F 00 41 F7",
    ],
)
def test_what_is_no_reply_has_no_body(text: str) -> None:
    assert body(parse(text)) is None


def test_the_maker_has_one_byte_or_three() -> None:
    assert [maker_id(parse(text)) for text in ("42 13 01", "00 20 29 13 01")] == ["42", "00 20 29"]


@pytest.mark.parametrize(
    ("reply", "fit"),
    [
        ("F0 7E 00 06 02 00 20 29 03 01 00 00 00 04 02 02 F7", True),
        ("F0 7E 00 06 02 00 20 29 13 01 00 00 00 04 02 02 F7", False),
        ("F0 7E 00 06 02 00 20 29 03 01 00 00 00 04 02 02 41 F7", None),
        ("F0 7E 00 06 02 00 20 29 03 01 00 00 F7", None),
        ("F0 7E 00 06 02 00 20 29 03 01 F7", False),
        ("F0 7E 00 06 02 00 20 29 03 ?? 00 00 ?? ?? ?? ?? F7", True),
    ],
)
def test_a_reply_fits_a_pattern_or_fits_it_but_for_its_length(reply: str, fit: bool | None) -> None:
    one = body(parse(reply))
    assert one is not None
    assert fits(one, LAUNCHPAD) is fit


@pytest.mark.parametrize(("tail", "fit"), [("", True), ("00 00 31 32 33 34", True)])
def test_a_star_stands_for_any_number_of_bytes(tail: str, fit: bool) -> None:
    one = body(parse(f"F0 7E 00 06 02 47 49 00 19 {tail} F7"))
    assert one is not None
    assert fits(one, "F0 7E ?? 06 02 47 49 00 19 * F7") is fit


def test_half_a_byte_may_be_open() -> None:
    one = body(parse("F0 7E 00 06 02 00 20 6B 02 00 04 07 00 00 00 01 F7"))
    assert one is not None
    assert fits(one, "F0 7E ?? 06 02 00 20 6B 02 00 04 0? * F7")
    assert not fits(one, "F0 7E ?? 06 02 00 20 6B 02 00 04 1? * F7")


@given(st.binary(max_size=400))
def test_any_bytes_are_a_reply_or_none(data: bytes) -> None:
    one = body(exactly(data))
    assert one is None or all(byte.mask == 0xFF and byte.value < 0x80 for byte in one)
    assert one is None or fits(one, LAUNCHPAD) in (True, False, None)


@given(st.text(max_size=200))
def test_any_text_is_bytes_or_refused(text: str) -> None:
    try:
        found = parse(text)
    except ValueError as refused:
        assert "allowed" in str(refused)  # noqa: PT017 - most texts are refused, a few are bytes
    else:
        assert all(0 <= one.value <= 255 for one in found)
