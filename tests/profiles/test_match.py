"""The program says what a device is, and why; what it cannot know it leaves open."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.profiles.known import Device, Entry, Known, Maker, NameRule, ReplyRule
from bridge.profiles.match import Answer, Clues, Matcher
from bridge.profiles.replies import exactly, parse

SYSTEMS = ("linux", "macos", "windows")


def written(name: str, maker: str, model: str, *names: str, models: tuple[str, ...] = (),
            replies: tuple[ReplyRule, ...] = (), usb: tuple[str, ...] = ()) -> Entry:  # fmt: skip
    rules = tuple(NameRule(one) for one in names)
    return Entry(name, maker, model, models, "controller", names=rules, replies=replies, usb=usb)


def converted(name: str, maker: str, model: str) -> Entry:
    return Entry(name, maker, model, origin="converted")


PAD_REPLY = ReplyRule("F0 7E ?? 06 02 42 13 01 00 00 ?? ?? ?? ?? F7")
PAD = written("acme/pad-2", "Acme", "Pad 2", "Pad 2", replies=(PAD_REPLY,), usb=("0944:0117",))
GRAND = written("acme/grand", "Acme", "Grand", replies=(ReplyRule("F0 7E ?? 06 02 42 20 01 00 00 01 00 00 00 F7"),))
UPRIGHT = written(
    "acme/upright", "Acme", "Upright", replies=(ReplyRule("F0 7E ?? 06 02 42 20 01 00 00 02 00 00 00 F7"),)
)
SPINET = written("acme/spinet", "Acme", "Spinet", replies=(ReplyRule("F0 7E ?? 06 02 42 20 01 00 00 02 00 00 00 F7"),))
FAMILY = written(
    "bolt/keys-mk3", "Bolt", "Keys MK3", "Keys MK3*", "LKMK3*", models=("Keys MK3 25", "Keys MK3 37"),
    replies=(
        ReplyRule("F0 7E ?? 06 02 00 20 29 34 01 00 00 ?? ?? ?? ?? F7", "Keys MK3 25"),
        ReplyRule("F0 7E ?? 06 02 00 20 29 35 01 00 00 ?? ?? ?? ?? F7", "Keys MK3 37"),
        ReplyRule("F0 7E ?? 06 02 00 20 29 34 11 00 00 ?? ?? ?? ?? F7", "Keys MK3 25", "a firmware update is awaited"),
    ),
)  # fmt: skip
ENTRIES = (
    PAD, GRAND, UPRIGHT, SPINET, FAMILY,
    converted("midi-guide/korg/minilogue", "KORG", "minilogue"),
    converted("instrumentdefs/korg/minilogue", "Korg", "minilogue"),
    converted("instrumentdefs/korg/minilogue-xd", "Korg", "minilogue xd"),
    converted("instrumentdefs/korg/m1", "Korg", "M1"),
    converted("midi-guide/sequential/pro-3", "Sequential", "Pro 3"),
    converted("midi-guide/dsi/pro-3", "Dave Smith Instruments", "Pro 3"),
    converted("midi-guide/nord/lead-4", "Nord", "Lead 4 (Lead 4R)"),
    *(converted(f"midi-guide/x/{name.lower()}", maker, name) for maker, name in (
        ("Polyend", "Synth"), ("Polyend", "Step"), ("Waldorf", "M"), ("Norand", "Mono"), ("Neuzeit", "Warp"),
        ("Chase Bliss", "Clean"))),
)  # fmt: skip
KNOWN = Known(
    ENTRIES,
    (Maker("Roland", ids=("41",)), Maker("BOSS", ids=("41",)), Maker("Korg", ids=("42",)),
     Maker("Sequential", ("Dave Smith Instruments",))),
    (Device("Korg", "M1", replies=(ReplyRule("F0 7E ?? 06 02 42 19 00 00 00 ?? ?? ?? ?? F7"),)),),
    frozenset(("synth", "step", "mono", "warp", "clean", "pro", "lead")),
)  # fmt: skip
MATCHER = Matcher(KNOWN)


def named(name: str, system: str = "linux") -> Answer:
    return MATCHER.answer(Clues(name, system))


def replied(text: str, name: str = "") -> Answer:
    return MATCHER.answer(Clues(name, reply=parse(text)))


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("Pad 2:Pad 2 MIDI 1 24:0", "linux"),
        ("Acme Pad 2", "linux"),
        ("Midi-Bridge:Pad 2 4:(capture_0) Pad 2 MIDI 1", "linux"),
        ("Pad 2 Pad 2 MIDI 1", "linux"),
        ("PAD 2 Anschluss 1", "macos"),
        ("Pad 2 #2", "macos"),
        ("MIDIIN2 (Pad 2)", "windows"),
        ("3- Pad 2", "windows"),
        ("Pad2 MIDI 1", "linux"),
        ("Pad 2 7", "windows"),
    ],
)
def test_a_device_is_known_by_its_name_on_every_system(name: str, system: str) -> None:
    found = named(name, system)
    assert (found.outcome, found.profiles) == ("device", ("acme/pad-2",))
    assert "Acme Pad 2" in found.why[0]


@pytest.mark.parametrize(
    "name",
    ["Pad 21", "XPad 2", "Pad 2 Plus", "Pad", "Launch Pad 2", "My Pad 2", "Pad 2 3", "minilogue 2", "minilogue bass"],
)
def test_a_name_within_another_name_is_no_match(name: str) -> None:
    assert named(name).outcome == "unknown"


def test_the_m1_is_not_in_a_name_with_m1x() -> None:
    assert named("MIDI M1x").outcome == "unknown"
    assert named("Korg M1").profiles == ("instrumentdefs/korg/m1",)


@pytest.mark.parametrize("name", ["Synth", "Step", "M", "Mono", "Warp", "Clean", "Synth:Synth MIDI 1 24:0"])
def test_a_common_word_names_a_device_only_behind_its_maker(name: str) -> None:
    assert named(name).outcome == "unknown"


def test_a_plus_is_part_of_a_name() -> None:
    matcher = Matcher(
        Known((converted("a/hermod", "Squarp", "Hermodica"), converted("a/plus", "Squarp", "Hermodica+")))
    )
    assert [matcher.answer(Clues(name)).profiles for name in ("Hermodica", "Hermodica+")] == [
        ("a/hermod",),
        ("a/plus",),
    ]


def test_behind_its_maker_a_common_word_is_a_name() -> None:
    assert named("Waldorf M:Waldorf M MIDI 1 20:0").profiles == ("midi-guide/x/m",)
    assert named("Korg M MIDI 1").outcome == "vendor"


def test_the_longer_name_is_meant() -> None:
    assert named("minilogue xd _ KBD/KNOB", "windows").profiles == ("instrumentdefs/korg/minilogue-xd",)
    assert named("minilogue").profiles == ("instrumentdefs/korg/minilogue",)


def test_a_number_that_windows_may_have_added_leaves_the_device_open() -> None:
    found = named("minilogue 3", "windows")
    assert (found.outcome, found.profiles) == ("set", ("instrumentdefs/korg/minilogue",))
    assert "added by the system" in found.why[0]
    assert named("minilogue 3", "macos").outcome == "unknown"
    assert MATCHER.answer(Clues("minilogue 3", "windows", is_numbered=True)).outcome == "device"


def test_a_name_that_is_cut_leaves_open_what_it_may_have_been() -> None:
    cut = named("MIDIIN2 (minilogu", "windows")
    assert cut.outcome == "set"
    assert set(cut.profiles) == {"instrumentdefs/korg/minilogue", "instrumentdefs/korg/minilogue-xd"}


def test_several_sources_of_one_device_are_one_device_and_the_best_is_used() -> None:
    found = named("minilogue")
    assert found.outcome == "device"
    assert found.why[-1] == (
        "the same device is described by midi-guide/korg/minilogue too; instrumentdefs/korg/minilogue goes before"
    )
    mine = Matcher(Known((*ENTRIES, written("korg/minilogue", "Korg", "minilogue"))))
    assert mine.answer(Clues("minilogue")).profiles == ("korg/minilogue",)


def test_a_maker_by_two_names_has_one_device_of_one_name() -> None:
    assert named("Dave Smith Instruments Pro 3").profiles == named("Sequential Pro 3").profiles
    assert named("Sequential Pro 3").outcome == "device"


def test_a_model_in_brackets_is_a_second_name() -> None:
    assert named("Nord Lead 4R").profiles == named("Nord Lead 4").profiles == ("midi-guide/nord/lead-4",)


def test_a_reply_tells_the_device_and_the_model_of_a_family() -> None:
    found = replied("F0 7E 00 06 02 00 20 29 35 01 00 00 00 01 02 03 F7")
    assert (found.outcome, found.profiles, found.model) == ("device", ("bolt/keys-mk3",), "Keys MK3 37")


def test_a_device_that_awaits_its_update_says_so() -> None:
    found = replied("F0 7E 00 06 02 00 20 29 34 11 00 00 00 01 02 03 F7")
    assert found.state == "a firmware update is awaited"
    assert found.why[0].endswith("; a firmware update is awaited")


def test_a_shared_triple_is_told_apart_by_the_version_or_left_open() -> None:
    assert replied("F0 7E 10 06 02 42 20 01 00 00 01 00 00 00 F7").profiles == ("acme/grand",)
    both = replied("F0 7E 10 06 02 42 20 01 00 00 02 00 00 00 F7")
    assert (both.outcome, both.profiles) == ("set", ("acme/spinet", "acme/upright"))
    assert both.why[-1] == "left open: acme/spinet, acme/upright"


def test_a_reply_of_another_length_is_not_for_sure() -> None:
    found = replied("F0 7E 00 06 02 42 13 01 00 00 03 00 01 00 31 32 33 F7")
    assert (found.outcome, found.profiles) == ("set", ("acme/pad-2",))
    assert "but for its length" in found.why[0]


def test_a_reply_that_no_profile_has_tells_who_made_it() -> None:
    found = replied("F0 7E 10 06 02 41 42 00 00 16 04 01 00 00 F7")
    assert (found.outcome, found.profiles, found.vendors) == ("vendor", (), ("Roland", "BOSS"))


@pytest.mark.parametrize("text", ["F0 7E 7F 06 01 F7", "90 3C 40", "F0 7E 00 06 02 7D 01 00 01 00 01 00 00 00 F7"])
def test_nonsense_and_what_anybody_may_answer_is_unknown(text: str) -> None:
    assert replied(text).outcome == "unknown"


def test_usb_ids_tell_the_device_or_its_maker() -> None:
    assert MATCHER.answer(Clues(usb="0944:0117")).profiles == ("acme/pad-2",)
    assert MATCHER.answer(Clues(usb="0944:0999")).vendors == ("Acme",)
    assert MATCHER.answer(Clues(usb="1234:5678")).outcome == "unknown"


def test_clues_that_agree_make_it_surer() -> None:
    reply = parse("F0 7E 00 06 02 42 13 01 00 00 03 00 01 00 F7")
    scores = [MATCHER.answer(one).score for one in (
        Clues("Pad 2"), Clues("Pad 2", usb="0944:0117"), Clues("Pad 2", usb="0944:0117", reply=reply))]  # fmt: skip
    assert scores == sorted(set(scores))
    assert len(MATCHER.answer(Clues("Pad 2", usb="0944:0117", reply=reply)).why) == 3


def test_a_name_tells_apart_what_the_reply_leaves_open() -> None:
    known = Known((PAD, SPINET, written("acme/upright", "Acme", "Upright", "Upright", replies=UPRIGHT.replies)))
    found = Matcher(known).answer(Clues("Upright", reply=parse("F0 7E 10 06 02 42 20 01 00 00 02 00 00 00 F7")))
    assert (found.outcome, found.profiles) == ("device", ("acme/upright",))


def test_clues_that_contradict_each_other_are_left_open() -> None:
    found = replied("F0 7E 00 06 02 00 20 29 35 01 00 00 00 01 02 03 F7", "Pad 2")
    assert (found.outcome, found.profiles) == ("set", ("acme/pad-2", "bolt/keys-mk3"))
    assert "these contradict each other" in found.why


def test_a_stranger_that_answers_behind_a_known_port_leaves_it_open() -> None:
    found = replied("F0 7E 10 06 02 41 42 00 00 16 04 01 00 00 F7", "Pad 2")
    assert (found.outcome, found.profiles) == ("set", ("acme/pad-2",))
    assert "Roland or BOSS did not make it" in found.why


def test_without_a_clue_nothing_is_known() -> None:
    assert MATCHER.answer(Clues()) == Answer("unknown", (), ("there is nothing to go by",))


@given(name=st.text(max_size=300), system=st.sampled_from(SYSTEMS), reply=st.binary(max_size=60))
def test_any_name_and_any_bytes_get_an_answer(name: str, system: str, reply: bytes) -> None:
    found = MATCHER.answer(Clues(name, system, reply=exactly(reply)))
    assert bool(found.profiles) == (found.outcome in ("device", "set"))
    assert found.why
    assert 0 <= found.score <= 100


@given(
    start=st.sampled_from(["F0 7E 00 06 02 42 13 01 00 00", "F0 7E 00 06 02 00 20 29 34", "F0 7E 06 02 42"]),
    rest=st.binary(max_size=40),
)
def test_any_end_of_a_reply_gets_an_answer(start: str, rest: bytes) -> None:
    assert MATCHER.answer(Clues(reply=(*parse(start), *exactly(rest)))).outcome in (
        "device",
        "set",
        "vendor",
        "unknown",
    )


def test_a_name_made_to_cost_much_does_not() -> None:
    start = time.process_time()
    for system in SYSTEMS:
        named("Pad " * 5_000 + "a:" * 5_000, system)
    assert time.process_time() - start < 1
