"""What a person types is the message they mean, with channels from 1, and what they read says the same."""

import contextlib

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mido.messages.specs import SPEC_BY_TYPE

from bridge.core.message import control, note_off, note_on
from bridge.errors import BadOption
from bridge.faces.spoken import channel_of, messages_of, note_of, text_of


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("note_on channel=1 note=60 velocity=90", [note_on(0, 60, 90)]),
        ("note_on channel=16 note=60 velocity=90", [note_on(15, 60, 90)]),
        ("note_off note=60", [note_off(0, 60)]),
        ("  control_change   channel=3 control=64 value=127 ", [control(2, 64, 127)]),
        ("pitchwheel channel=2 pitch=-8192", [b"\xe1\x00\x00"]),
        ("sysex data=(125,1,2)", [b"\xf0\x7d\x01\x02\xf7"]),
        ("start", [b"\xfa"]),
        ("90 3C 5A", [note_on(0, 60, 90)]),
        ("90 3c 5a 3e 5a 80 3C 40", [note_on(0, 60, 90), note_on(0, 62, 90), note_off(0, 60)]),
        ("F0 7D 01 F8 02 F7", [b"\xf8", b"\xf0\x7d\x01\x02\xf7"]),
        ("F8", [b"\xf8"]),
    ],
)
def test_words_and_bytes_mean_the_same_messages(text: str, messages: list[bytes]) -> None:
    assert messages_of(text) == messages


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "'' is no message; write one as "),
        ("note_on channel=0 note=60", "'channel=0': channels count from 1 to 16"),
        ("note_on channel=17 note=60", "'channel=17': channels count from 1 to 16"),
        ("note_on channel=-1 note=60", "channels count from 1 to 16"),
        ("note_on channel=1.5 note=60", "channels count from 1 to 16"),
        ("note_on channel=٣ note=60", "channels count from 1 to 16"),
        ("note_on channel= note=60", "channels count from 1 to 16"),
        ("note_on channel=" + "9" * 5_000, "channels count from 1 to 16"),
        ("note_on channel=1 note=300", "'note=300': note goes from 0 to 127"),
        ("control_change control=1 value=-1", "'value=-1': value goes from 0 to 127"),
        ("pitchwheel pitch=-8193", "'pitch=-8193': pitch goes from -8192 to 8191"),
        ("songpos pos=16384", "'pos=16384': pos goes from 0 to 16383"),
        ("quarter_frame frame_type=8", "'frame_type=8': frame_type goes from 0 to 7"),
        ("quarter_frame frame_value=16", "'frame_value=16': frame_value goes from 0 to 15"),
        ("note_on note=C4", "'note=C4': write a whole number behind note="),
        ("note_on key=60", "'key=60' is no word of note_on; there are channel, note, velocity"),
        ("start note=1", "'note=1' is no word of start; it has none"),
        ("note_on note", "'note': write its value behind it, as in note=1"),
        ("note_on note=x", "'note=x': write a whole number behind note="),
        ("note_on note=6_0", "'note=6_0': write a whole number behind note="),
        ("note_on note=", "'note=': write a whole number behind note="),
        ("note_on note=60 note=61", "'note=61': note= is there twice; say it once"),
        ("noteon note=60", "'noteon note=60' is no message; write one as "),
        ("note_on note=60 time=5", "leave time= out"),
        ("sysex data=125,1", "write the bytes between F0 and F7 as data="),
        ("sysex data=(125,128)", "'data=(125,128)': its bytes go from 0 to 127"),
        ("90 3C", "'90 3C' is no whole message"),
        ("3C 5A", "is no whole message"),
        ("90 3C 5A F0 7D", "is no whole message"),
        ("F4", "is no whole message"),
        ("F7", "is no whole message"),
        ("9 3C 5A", "is no message; write one as "),
        ("\x1b[31m", "is no message; write one as "),
    ],
)
def test_what_is_no_message_is_refused_with_the_way_to_write_one(text: str, line: str) -> None:
    with pytest.raises(BadOption) as refused:
        messages_of(text)
    assert line in str(refused.value)
    assert len(str(refused.value)) < 300


def test_a_sysex_that_a_port_would_cut_is_refused_before_it_leaves() -> None:
    assert len(messages_of("F0 " + "01 " * 4_094 + "F7")[0]) == 4_096
    with pytest.raises(BadOption, match=r"a SysEx of 4,097 bytes is longer than ports send whole \(4,096\)"):
        messages_of("F0 " + "01 " * 4_095 + "F7")
    with pytest.raises(BadOption, match="a SysEx of 9,002 bytes"):
        messages_of(f"sysex data=({','.join(['1'] * 9_000)})")


@given(text=st.one_of(st.text(max_size=40), st.from_regex(r"note_on( [a-z]*=[0-9,().-]*){0,3}", fullmatch=True)))
def test_any_text_is_messages_or_is_refused(text: str) -> None:
    try:
        assert all(message[0] >= 0x80 for message in messages_of(text))
    except BadOption as fault:
        refused = str(fault)
        assert refused


@given(
    kind=st.sampled_from(sorted(SPEC_BY_TYPE)),
    numbers=st.lists(st.from_regex(r"-?[0-9]{1,5}|\([0-9]{1,3}\)", fullmatch=True), min_size=3, max_size=3),
)
def test_any_numbers_are_a_message_or_are_refused_in_our_own_words(kind: str, numbers: list[str]) -> None:
    words = zip(SPEC_BY_TYPE[kind]["value_names"], numbers, strict=False)
    with contextlib.suppress(BadOption):
        assert len(messages_of(" ".join([kind, *(f"{word}={number}" for word, number in words)]))) == 1


@given(data=st.binary(min_size=1, max_size=3))
def test_what_is_read_can_be_typed_again(data: bytes) -> None:
    try:
        (message,) = messages_of(data.hex(" "))
    except (BadOption, ValueError):
        return
    assert messages_of(text_of(message)) == [message]


@given(channel=st.integers(0, 15), note=st.integers(0, 127))
def test_the_words_are_mido_s_but_for_the_channel(channel: int, note: int) -> None:
    said = str(mido.Message("note_on", channel=channel, note=note, velocity=9)).removesuffix(" time=0")
    assert text_of(note_on(channel, note, 9)) == said.replace(f"channel={channel}", f"channel={channel + 1}")


def test_keys_and_channels_have_names() -> None:
    assert (note_of(note_on(0, 60, 1)), note_of(note_off(9, 36)), note_of(control(0, 1, 2))) == ("C4", "kick", None)
    assert (channel_of(note_on(15, 60, 1)), channel_of(b"\xf8")) == (16, None)


def test_bytes_that_mido_has_no_words_for_are_shown_as_they_are() -> None:
    assert text_of(b"\xf4\x01") == "F4 01"
