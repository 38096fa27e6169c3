"""A message with placeholders is filled, and read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.profiles.clues import pattern_faults
from bridge.profiles.control import LIGHT_PLACES
from bridge.profiles.template import joined, split, template


def test_a_value_stands_where_vv_does() -> None:
    dx7 = template("F0 43 10 00 06 vv F7")
    assert dx7.fill({"vv": 99}) == bytes.fromhex("F0 43 10 00 06 63 F7")
    assert dx7.read(bytes.fromhex("F0 43 10 00 06 63 F7")) == {"vv": b"\x63"}
    assert dx7.read(bytes.fromhex("F0 43 10 00 07 63 F7")) is None


def test_unknown_digits_are_zero_when_sent_and_anything_when_read() -> None:
    one = template("F0 43 1? ?? vv F7")
    assert one.fill({"vv": 5}) == bytes.fromhex("F0 43 10 00 05 F7")
    assert one.read(bytes.fromhex("F0 43 1F 7A 05 F7")) == {"vv": b"\x05"}
    assert one.read(bytes.fromhex("F0 43 20 7A 05 F7")) is None
    assert template("F0 ?5 F7").read(b"\xf0\xf5\xf7") is None


def test_a_star_stands_for_any_number_of_bytes() -> None:
    reply = template("F0 7E ?? 06 02 47 * F7")
    assert reply.fill(rest=b"\x01\x02") == bytes.fromhex("F0 7E 00 06 02 47 01 02 F7")
    assert reply.read(bytes.fromhex("F0 7E 7F 06 02 47 F7")) == {}
    assert reply.read(bytes.fromhex("F0 7E 7F 06 02 47 01 02 03 F7")) == {}
    assert reply.read(bytes.fromhex("F0 7E 7F 06 02 47 01 F7 F7")) is None


def test_a_text_and_a_colour_are_read() -> None:
    assert template("F0 00 20 tt F7").read(b"\xf0\x00\x20Hi!\xf7") == {"tt": b"Hi!"}
    colour = template("F0 03 nn rr gg bb F7").read(bytes.fromhex("F0 03 0B 01 02 03 F7"))
    assert colour == {"nn": b"\x0b", "rr": b"\x01", "gg": b"\x02", "bb": b"\x03"}


def test_a_placeholder_that_stands_twice_is_one_value() -> None:
    assert template("F0 vv vv F7").read(b"\xf0\x05\x05\xf7") == {"vv": b"\x05"}
    assert template("F0 vv vv F7").read(b"\xf0\x05\x06\xf7") is None


MASTER_VOLUME = "F0 41 10 16 12 ( 10 00 16 vv ) cs F7"


def test_a_checksum_is_reckoned_when_the_message_is_made_and_must_be_right_when_it_is_read() -> None:
    mt_32 = template(MASTER_VOLUME)
    published = bytes.fromhex("F0 41 10 16 12 10 00 16 00 5A F7")
    assert mt_32.fill({"vv": 0}) == published
    assert mt_32.read(published) == {"vv": b"\x00"}
    assert mt_32.read(bytes.fromhex("F0 41 10 16 12 10 00 16 00 5B F7")) is None
    assert template("F0 41 10 42 12 ( 40 00 7F 00 ) cs F7").fill() == bytes.fromhex("F0 41 10 42 12 40 00 7F 00 41 F7")


@given(st.integers(0, 127))
def test_bytes_with_their_checksum_make_a_multiple_of_128(value: int) -> None:
    message = template(MASTER_VOLUME).fill({"vv": value})
    assert sum(message[5:-1]) % 128 == 0
    assert template(MASTER_VOLUME).read(message) == {"vv": bytes((value,))}


@given(st.integers(0, 16_383))
def test_fourteen_bits_are_halved_and_joined(value: int) -> None:
    found = template("F0 7D vh vl F7").read(template("F0 7D vh vl F7").fill(split(value)))
    assert found is not None
    assert joined(found) == value


WORDS = st.text("0123456789ABCDEF?", min_size=1, max_size=3) | st.sampled_from(
    ["*", "nn", "vv", "vh", "vl", "rr", "f0"]
)


@given(st.lists(WORDS, max_size=8).map(" ".join))
def test_every_message_that_a_profile_may_hold_can_be_sent_and_read(text: str) -> None:
    if not list(pattern_faults("sysex", text, LIGHT_PLACES)):
        assert template(text).fill() is not None
        assert template(text).read(b"") is None or not text.strip("* ")


@given(st.binary(max_size=12))
def test_whatever_comes_is_read_or_is_another_message(data: bytes) -> None:
    found = template("F0 7D vh vl * F7").read(data)
    assert found is None or (data[:2], data[-1:]) == (b"\xf0\x7d", b"\xf7")


@pytest.mark.parametrize("word", ["xx", "f0", "0", "GG", "000"])
def test_a_word_that_is_no_byte_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match=f"found '{word}'"):
        template(f"F0 {word} F7")
