"""A simulated controller sends what its hand does, and shows what it is sent."""

from typing import Any

import pytest

from bridge.core.clock import ManualClock
from bridge.core.message import control, note_off, note_on
from bridge.errors import BadOption
from bridge.ports.twin import TwinController
from bridge.ports.twin_log import Lit
from bridge.ports.twin_panel import Panel
from tests.ports.twins import controller, play, profile


def made(kind: str, type: str = "control", **facts: Any) -> dict[str, Any]:
    numbered = {} if type in ("bend", "pressure") else {"number": facts.pop("number", 20)}
    return {"kind": kind, "name": "X", "message": {"type": type, "channel": 1, **numbered}, **facts}


def moved(panel: Panel, *values: int) -> list[str]:
    return [message.hex(" ") for value in values for message in panel.controls.move("X", value)]


def turned(panel: Panel, *detents: int) -> list[str]:
    return [message.hex(" ") for count in detents for message in panel.controls.turn("X", count)]


def test_a_knob_sends_its_place_and_turns_from_where_it_stands() -> None:
    knob = controller(made("knob"))
    assert moved(knob, 0, 64, 127) == ["b0 14 00", "b0 14 40", "b0 14 7f"]
    assert turned(knob, -3, 5) == ["b0 14 7c", "b0 14 7f"]


@pytest.mark.parametrize(
    ("encoding", "sent"),
    [
        ("twos complement", ["b0 14 01", "b0 14 03", "b0 14 7f", "b0 14 7d"]),
        ("sign bit", ["b0 14 01", "b0 14 03", "b0 14 41", "b0 14 43"]),
        ("offset 64", ["b0 14 41", "b0 14 43", "b0 14 3f", "b0 14 3d"]),
    ],
)
def test_an_endless_encoder_sends_how_far_it_was_turned(encoding: str, sent: list[str]) -> None:
    encoder = controller(made("encoder", encoding=encoding))
    assert turned(encoder, 1, 3, -1, -3) == sent
    with pytest.raises(BadOption, match="turns without end"):
        encoder.controls.move("X", 64)


def test_a_long_turn_is_sent_as_several() -> None:
    assert turned(controller(made("encoder", encoding="twos complement")), 70) == ["b0 14 3f", "b0 14 07"]


@pytest.mark.parametrize(
    ("release", "sent"),
    [(None, "80 14 40"), ("note off", "80 14 40"), ("note on 0", "90 14 00"), ("none", None)],
)
def test_a_pad_lets_go_as_its_profile_says(release: str | None, sent: str | None) -> None:
    pad = controller(made("pad", "note", **({"release": release} if release else {})))
    assert moved(pad, 100) == ["90 14 64"]
    assert moved(pad, 0) == ([] if sent is None else [sent])


def test_a_button_without_a_release_sends_its_press_alone() -> None:
    assert moved(controller(made("button", release="none")), 127, 0) == ["b0 14 7f"]


def test_a_fader_may_send_bends_and_a_button_a_program_or_a_sysex() -> None:
    assert moved(controller(made("fader", "bend")), 0, 8_192, 16_383) == ["e0 00 00", "e0 00 40", "e0 7f 7f"]
    assert moved(controller(made("button", "program", number=7)), 127, 0) == ["c0 07"]
    stop = {"kind": "button", "name": "X", "message": {"type": "sysex", "sysex": "F0 7F 7F 06 01 F7"}}
    assert moved(controller(stop), 127, 0) == ["f0 7f 7f 06 01 f7"]


def test_a_value_that_it_cannot_send_is_refused_with_what_it_can() -> None:
    with pytest.raises(BadOption, match=r"^'X' goes from 0 to 100, not to 101$"):
        controller(made("knob", range=[0, 100])).controls.move("X", 101)


def test_a_control_that_is_not_there_is_refused_with_the_nearest() -> None:
    row = {"kind": "knob", "name": "Knob {}", "message": {"type": "control", "channel": 1, "numbers": [20, 21]}}
    with pytest.raises(BadOption, match=r"^no control 'Knbo 2'; did you mean 'Knob 2'\?$"):
        controller(row).controls.move("Knbo 2", 1)


def test_controls_without_a_name_are_told_by_their_numbers() -> None:
    keys = {"kind": "keys", "message": {"type": "note", "channel": 1, "range": [60, 61]}}
    more = {"kind": "keys", "message": {"type": "note", "channel": 2, "range": [60, 60]}}
    found = [place.label for place in controller(keys, more).controls.places]
    assert found == ["keys 60 (note, channel 1)", "keys 61", "keys 60 (note, channel 2)"]


def test_a_hand_on_a_fader_is_felt_and_a_pad_may_be_squeezed() -> None:
    fader = made("fader", "bend", touch={"type": "note", "channel": 1, "number": 104})
    panel = controller(fader, {**made("pad", "note", pressure="key"), "name": "Pad"})
    assert [*panel.controls.touch("X", True), *panel.controls.touch("X", False)] == [
        bytes.fromhex("90 68 7F"),
        bytes.fromhex("90 68 00"),
    ]
    assert panel.controls.squeeze("Pad", 30) == [bytes.fromhex("A0 14 1E")]
    assert panel.controls.touch("Pad", True) == panel.controls.squeeze("X", 1) == []


def pages() -> Panel:
    return controller(
        {**made("knob", number=20), "page": "Custom"},
        {**made("knob", number=30), "page": "Programmer"},
        pages=[{"name": "Custom", "entered": "at power-up"}, {"name": "Programmer", "entered": "-", "mode": "Live"}],
        modes=[{"name": "Live", "enter": "F0 00 20 29 0E 01 F7", "leave": "F0 00 20 29 0E 00 F7"}],
    )


def test_a_program_that_enters_a_mode_changes_the_page_until_it_leaves_it() -> None:
    panel = pages()
    assert moved(panel, 1) == ["b0 14 01"]
    play(panel, bytes.fromhex("F0 00 20 29 0E 01 F7"))
    assert (panel.controls.page, panel.controls.mode, moved(panel, 1)) == ("Programmer", "Live", ["b0 1e 01"])
    play(panel, bytes.fromhex("F0 00 20 29 0E 00 F7"))
    assert (panel.controls.page, panel.controls.mode) == ("Custom", None)


def test_a_control_of_another_page_is_refused_with_its_page() -> None:
    panel = controller({**made("knob"), "page": "A"}, {**made("knob"), "name": "Y", "page": "B"})
    with pytest.raises(BadOption, match=r"^'Y' is on another page: B$"):
        panel.controls.move("Y", 1)
    panel.controls.page = "B"
    assert panel.controls.move("Y", 1) == [control(0, 20, 1)]


def test_leaving_a_mode_that_it_is_not_in_changes_no_page() -> None:
    panel = pages()
    panel.controls.page = "Elsewhere"
    play(panel, bytes.fromhex("F0 00 20 29 0E 00 F7"))
    assert panel.controls.page == "Elsewhere"


def test_a_control_of_this_page_goes_before_one_of_all_pages() -> None:
    both = [made("knob", number=20), {**made("knob", number=21), "page": "A"}]
    for controls in (both, both[::-1]):
        assert moved(controller(*controls), 1) == ["b0 15 01"]


def test_a_light_is_logged_by_the_name_of_its_control_and_of_its_colour() -> None:
    pad = made("pad", "note", light={"type": "note", "channel": 3, "values": {"off": 0, "red": 5}})
    panel = controller(pad)
    play(panel, note_on(2, 20, 5), note_on(0, 20, 5), note_on(2, 21, 5), note_off(2, 20))
    assert panel.lit == [Lit(1, "X", 5, "red"), Lit(4, "X", 0, "off")]
    assert panel.lights == {"X": 0}


def test_a_ring_a_motor_and_a_colour_are_set_by_their_own_messages() -> None:
    ring = {**made("encoder"), "name": "Ring", "light": {"type": "control", "number": 48}}
    motor = {**made("fader", "bend"), "name": "Motor", "motor": True, "light": {"type": "bend"}}
    colour = {
        "kind": "pad",
        "name": "P{}",
        "message": {"type": "note", "channel": 1, "numbers": [11, 12]},
        "light": {"type": "sysex", "sysex": "F0 03 03 nn rr gg bb F7"},
    }
    panel = controller(ring, motor, colour)
    play(panel, control(0, 48, 9), bytes.fromhex("E0 00 40"), bytes.fromhex("F0 03 03 0C 01 7F 03 F7"))
    assert [(lit.control, lit.value, lit.text) for lit in panel.lit] == [
        ("Ring", 9, ""),
        ("Motor", 8_192, ""),
        ("P2", 127, "017f03"),
    ]


def test_a_display_shows_what_is_written_to_it() -> None:
    panel = controller(made("knob"), displays=[{"name": "LCD", "columns": 7, "sysex": "F0 00 20 tt F7"}])
    play(panel, b"\xf0\x00\x20Volume\xf7")
    assert panel.lit == [Lit(1, "LCD", 0, "Volume")]


def test_a_script_moves_the_controls_of_a_profile_by_their_names() -> None:
    clock = ManualClock()
    port = TwinController("x", clock, profile("controller", controls=[made("knob")]))
    port.move("X", 5, 10)
    clock.wait_until(20)
    assert port.receive() == [(10, control(0, 20, 5))]
    with pytest.raises(BadOption, match="has no profile"):
        TwinController("x", clock).move("X", 5, 10)
