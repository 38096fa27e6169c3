"""A rule behind `--thru` means what it says, and a slip in one is named with the way out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.app.thru_rules import WORDS, thru_rule
from bridge.core.message import KEY_PRESSURE, NOTE_ON, PROGRAM, control, note_on
from bridge.engine.routes import Router
from bridge.errors import CallerError

OUTPUTS = ["module", "bass+drums", "USB MIDI 1"]
Sent = list[tuple[int, bytes]]


def sent(message: bytes, *rules: str) -> Sent:
    """What a message from the hand becomes by these rules."""
    router = Router()
    router.routes = tuple(route for rule in rules for route in thru_rule(rule, OUTPUTS))
    return router.route(0, message)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("", [(0, note_on(4, 60, 80))]),
        ("channel=2", [(0, note_on(1, 60, 80))]),
        ("channel=16 to=2", [(1, note_on(15, 60, 80))]),
        ("to=BASS", [(1, note_on(4, 60, 80))]),
        ("to=USB", [(2, note_on(4, 60, 80))]),
        ("to=1", [(0, note_on(4, 60, 80))]),
        ("transpose=-12", [(0, note_on(4, 48, 80))]),
        ("transpose=+7", [(0, note_on(4, 67, 80))]),
        ("transpose=70", []),
        ("velocity=100:100", [(0, note_on(4, 60, 100))]),
        ("in=5", [(0, note_on(4, 60, 80))]),
        ("in=1", []),
        ("low=60 high=60", [(0, note_on(4, 60, 80))]),
        ("low=61", []),
        ("high=59", []),
        ("what=notes", [(0, note_on(4, 60, 80))]),
        ("what=all", [(0, note_on(4, 60, 80))]),
        ("what=controllers", []),
    ],
)
def test_a_key_goes_where_its_rule_says(rule: str, expected: Sent) -> None:
    assert sent(note_on(4, 60, 80), rule) == expected


def test_the_rule_of_the_manual_does_all_at_once() -> None:
    rule = "low=36 high=59 transpose=12 channel=2 velocity=40:127 to=bass"
    assert sent(note_on(0, 36, 1), rule) == [(1, note_on(1, 48, 40))]
    assert sent(note_on(0, 60, 1), rule) == []


def test_a_split_gives_each_hand_its_instrument_and_both_the_pedal() -> None:
    split = ("high=59 to=2 channel=3", "low=60 channel=1")
    assert sent(note_on(0, 59, 80), *split) == [(1, note_on(2, 59, 80))]
    assert sent(note_on(0, 60, 80), *split) == [(0, note_on(0, 60, 80))]
    assert sent(control(0, 64, 127), *split) == [(1, control(2, 64, 127)), (0, control(0, 64, 127))]


def test_rules_that_overlap_are_layers() -> None:
    assert sent(note_on(0, 60, 80), "channel=1", "channel=2 transpose=-12") == [
        (0, note_on(0, 60, 80)),
        (0, note_on(1, 48, 80)),
    ]


@pytest.mark.parametrize(
    ("what", "heard"),
    [("all", (True, True, True, True)), ("notes", (True, True, False, False)), ("controllers", (0, 0, 1, 1))],
)
def test_a_rule_is_for_all_messages_or_for_some(what: str, heard: tuple[bool, ...]) -> None:
    messages = (note_on(0, 60, 80), bytes((KEY_PRESSURE, 60, 5)), control(0, 20, 5), bytes((PROGRAM, 7)))
    assert [bool(sent(message, f"low=30 what={what}")) for message in messages] == list(heard)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("loud", "'loud' in --thru: write word=value, as in 'low=36 high=59 transpose=12'"),
        ("hgih=59", "'hgih=59' in --thru: no such word; did you mean high=?"),
        ("Channel=2", "'Channel=2' in --thru: no such word; did you mean channel=?"),
        ("x=2", "'x=2' in --thru: no such word; there are low, high, transpose, in, channel, to, velocity, what"),
        ("low=40 low=41", "'low=41' in --thru: low= is there twice; say it once"),
        ("low=128", "'low=128' in --thru: write a whole number from 0 to 127"),
        ("high=", "'high=' in --thru: write a whole number from 0 to 127"),
        ("transpose=1.5", "'transpose=1.5' in --thru: write a whole number from -127 to 127"),
        ("channel=0", "'channel=0' in --thru: write a whole number from 1 to 16"),
        ("channel=17", "'channel=17' in --thru: write a whole number from 1 to 16"),
        ("in=all", "'in=all' in --thru: write a whole number from 1 to 16"),
        ("low=60 high=36", "'low=60 high=36' in --thru: low lies above high; write the lower key behind low="),
        ("velocity=0:127", "'velocity=0:127' in --thru: write two from 1 to 127, the softer first, as velocity=40:127"),
        ("velocity=90:40", "'velocity=90:40' in --thru: write two from 1 to 127, the softer first, as velocity=40:127"),
        ("velocity=90", "'velocity=90' in --thru: write two from 1 to 127, the softer first, as velocity=40:127"),
        ("what=keys", "'what=keys' in --thru: there are all, notes, controllers"),
        ("to=4", "'to=4' in --thru: no port '4'; there are: module, bass+drums, USB MIDI 1"),
        (
            "to=m",
            "'to=m' in --thru: 'm' may mean several ports: module, bass+drums, USB MIDI 1; write more of the name",
        ),
    ],
)
def test_a_slip_is_named_with_the_way_out(rule: str, said: str) -> None:
    with pytest.raises(CallerError) as refused:
        thru_rule(rule, OUTPUTS)
    assert str(refused.value) == said


values = st.one_of(st.text(max_size=5), st.integers(-200, 200).map(str))
items = st.one_of(st.text(max_size=8), st.tuples(st.sampled_from(WORDS), values).map("=".join))


@given(st.lists(items, max_size=5).map(" ".join))
def test_whatever_is_typed_is_a_rule_within_the_limits_of_midi_or_one_line(text: str) -> None:
    try:
        routes = thru_rule(text, OUTPUTS)
    except CallerError as refused:
        said = str(refused)
        assert ("--thru" in said and said.isprintable()) or not text.isprintable()
        return
    assert NOTE_ON in {route.kind for route in routes} or "controllers" in text
    for route in routes:
        assert 0 <= route.low <= route.high <= 127
        assert (-1 <= route.to_channel <= 15, -1 <= route.channel <= 15, route.port < len(OUTPUTS)) == (True,) * 3
