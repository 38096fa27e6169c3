"""A port's name is read underneath what each system writes round it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.profiles.port_names import is_tail, readings, words

SYSTEMS = ("linux", "macos", "windows")


def read(name: str, system: str) -> set[str]:
    return {" ".join(one.words) for one in readings(name, system)}


@pytest.mark.parametrize(
    ("name", "system", "expected"),
    [
        ("KeyStep 37:KeyStep 37 MIDI 1 20:0", "linux", "keystep 37"),
        ("nanoPAD2 28:0", "linux", "nanopad2"),
        ("RD:RD MIDI 1       ", "linux", "rd midi 1"),
        ("XONE:K2:XONE:K2 MIDI 1", "linux", "xone k2"),
        ("Midi-Bridge:XONE:K2 4:(capture_0) XONE:K2 MIDI 1", "linux", "xone k2 midi 1"),
        ("a2j:KeyStep [20] (capture): KeyStep MIDI 1", "linux", "keystep"),
        ("FLUID Synth (8017):Synth input port (8017:0) 131:0", "linux", "fluid synth"),
        ("Synth:Synth MIDI 1 [1-1.4, port 2]", "linux", "synth midi 1"),
        ("VMeter 1.30 A", "macos", "vmeter a"),
        ("XONE:K3 #2", "macos", "xone k3"),
        ("MPK mini Plus Anschluss 1", "macos", "mpk mini plus anschluss 1"),
        ("MIDIIN2 (MPK mini IV)", "windows", "mpk mini iv"),
        ("MIDIOUT2 (MPK mini IV) 3", "windows", "mpk mini iv"),
        ("2- MPK mini IV", "windows", "mpk mini iv"),
        ("MIDIIN2 (2- MPK mini IV)", "windows", "mpk mini iv"),
        ("MIDIIN2 (Arturia KeyLab Essenti", "windows", "arturia keylab essenti"),
        ("MPK mini 3 0", "windows", "mpk mini 3"),
    ],
)
def test_what_a_system_writes_round_a_name_is_taken_off(name: str, system: str, expected: str) -> None:
    assert expected in read(name, system)


def test_a_number_at_the_end_is_taken_off_on_windows_alone() -> None:
    assert read("loopMIDI Port 1", "windows") == {"loopmidi port 1", "loopmidi port"}
    assert read("loopMIDI Port 1", "macos") == {"loopmidi port 1"}


@pytest.mark.parametrize(
    ("name", "system", "is_cut"),
    [
        ("MIDIIN2 (Arturia KeyLab Essenti", "windows", True),
        ("MPK mini IV MPK mini IV DAW Por", "linux", True),
        ("MPK mini IV MPK mini IV DAW Por", "macos", False),
        ("MPK mini IV", "windows", False),
    ],
)
def test_a_name_of_31_letters_or_without_its_bracket_may_be_cut(name: str, system: str, is_cut: bool) -> None:
    assert any(one.is_cut for one in readings(name, system)) == is_cut


def test_words_are_told_without_case_accents_and_marks() -> None:
    assert words("PĒRKONS HD-01 / K.O. II") == ("perkons", "hd01", "ko", "ii")


@pytest.mark.parametrize(
    ("rest", "is_only_what_systems_write"),
    [
        ("", True),
        ("midi 1", True),
        ("daw in", True),
        ("usb1 midi1", True),
        ("midi ps21n472p", True),
        ("port a", True),
        ("3", False),
        ("plus", False),
        ("mkii midi 1", False),
    ],
)
def test_what_stands_behind_a_name_is_a_port_or_another_device(rest: str, is_only_what_systems_write: bool) -> None:
    assert is_tail(words(rest), (), is_cut=False) == is_only_what_systems_write


def test_a_name_that_is_written_twice_and_cut_is_still_that_name() -> None:
    assert is_tail(words("MPK mini IV DAW Por"), words("MPK mini IV"), is_cut=True)
    assert not is_tail(words("MPK mini IV DAW Por"), words("MPK mini IV"), is_cut=False)


@given(name=st.text(), system=st.sampled_from(SYSTEMS))
def test_any_text_has_readings_of_words(name: str, system: str) -> None:
    assert all(
        all(word.replace("+", "p").isalnum() for word in one.words) and one.words for one in readings(name, system)
    )


@pytest.mark.parametrize("piece", ["a", "(", "midiin(", "1- ", ": ", "a2j:", "Midi-Bridge:x (capture_", "\u0130"])
def test_a_name_without_end_is_read_at_once(piece: str) -> None:
    start = time.process_time()
    readings(piece * 20_000, "windows")
    assert time.process_time() - start < 1
