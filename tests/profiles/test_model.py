"""Each rule of the format refuses one bad profile, and names file, key, what was found and what is allowed."""

import ast
import copy
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import BadProfile
from bridge.profiles import clues, control, model, parameter, section, sound
from bridge.profiles.faults import allowed
from bridge.profiles.model import Profile, check
from tests.profiles.samples import KEYBOARD, SYNTH, changed, without

ANYWHERE = "assumed, here, for its table or for the whole file"
SCHEMA = Profile.model_json_schema()
KINDS = "'note', 'control', 'bend', 'pressure', 'key pressure', 'program', 'sysex' or 'other'"

TYPES: list[tuple[dict[str, Any], str, object, str]] = [
    (SYNTH, "colour", "red", ": no such key, allowed: name, maker, "),
    (SYNTH, "two\nlines", 1, "'two\\nlines': no such key, allowed: name, maker, "),
    (SYNTH, "slots.0.rnge", [0, 9], ": no such key, allowed: source, sources, "),
    (SYNTH, "name", "Synth", ": found 'Synth', allowed: text like 'maker/model'"),
    (SYNTH, "maker", "", ": found '', allowed: text of 1 or more characters"),
    (SYNTH, "kind", "lamp", ": found 'lamp', allowed: 'instrument' or 'controller'"),
    (SYNTH, "kind", "Instrumet", ": found 'Instrumet', allowed: 'instrument' or 'controller' "),
    (SYNTH, "polyphony", 0, ": found 0, allowed: a whole number from 1 to 256"),
    (SYNTH, "polyphony", True, ": found true, allowed: a whole number from 1 to 256"),
    (SYNTH, "wire", 5, ": found 5, allowed: a table"),
    (SYNTH, "wire.connector", "USB", ": found 'USB', allowed: 'usb', 'din', 'both' or 'serial' (did you mean 'usb'?)"),
    (SYNTH, "wire.sysex_piece_bytes", 0, ": found 0, allowed: a whole number from 1 up"),
    (SYNTH, "wire.sysex_gap_ms", -0.5, ": found -0.5, allowed: a number from 0 to 10000"),
    (SYNTH, "wire.running_status", 1, ": found 1, allowed: true or false"),
    (SYNTH, "slots", {}, ": found a table, allowed: a list of tables"),
    (SYNTH, "slots.0", 7, ": found 7, allowed: a table"),
    (SYNTH, "slots.0.channels", [17], "slots[0].channels[0]: found 17, allowed: a whole number from 1 to 16"),
    (SYNTH, "slots.0.range", [0], ": found [0], allowed: a list of 2, each a whole number from 0 to 127"),
    (SYNTH, "slots.0.range", [0, 1, 2], ": found [0, 1, 2], allowed: a list of 2, each a whole number"),
    (SYNTH, "slots.0.range", "all", ": found 'all', allowed: a list of 2, each a whole number from 0"),
    (SYNTH, "slots.0.sounds.0.role", "kik", ": found 'kik', allowed: 'kick', 'kick 2', "),
    (SYNTH, "match.usb", ["944:117"], "match.usb[0]: found '944:117', allowed: text like '0944:0117'"),
    (SYNTH, "match.names_on.linx", ["a"], "match.names_on: found the key 'linx', allowed: 'linux', 'macos' or "),
    (SYNTH, "match.names", ["a" * 99, 3], "match.names[1]: found 3, allowed: text of 1 or more characters"),
    (SYNTH, "sources.My Book", {"kind": "manual", "says": "a"}, "sources: found the key 'My Book', allowed: text lik"),
    (SYNTH, "confirmed.0.on", "today", ": found 'today', allowed: text like '2026-11-25'"),
    (SYNTH, "note", "x" * 99, ""),
    (SYNTH, "firmware", "x" * 99 + "!", f": found '{'x' * 59}…, allowed: text like '1.2.0'"),
    (KEYBOARD, "controls.1.message.type", "sound", f": found 'sound', allowed: {KINDS}"),
    (KEYBOARD, "controls.0.value", [1], ": found [1], allowed: text or a whole number"),
]  # fmt: skip
MACHINE = {"kind": "button", "message": {"type": "sysex", "sysex": "F0 7F 7F 06 01 F7"}}
SWITCH = {"name": "Saw", "sysex": "F0 41 32 00 10 vv F7", "range": [0, 1]}
BETWEEN: list[tuple[dict[str, Any], str, object, str]] = [
    (SYNTH, "wire.sources", {"speed": "manual"}, "wire.sources.speed: found a source for a key that is not there, al"),
    (SYNTH, "match.replies.0.pattern", "F0 7E ?? 06 02 4 F7", ": found '4' as byte 5 of "),
    (SYNTH, "match.replies.0.pattern", "F0 7E ?? 06 02 * 41 * F7", ": found * 2 times in "),
    (SYNTH, "match.replies.0.pattern", "F0 41 * F7", ": found 'F0 41 * F7', allowed: one that"),
    (SYNTH, "match.no_reply", "old", ": found a reason beside replies, allowed: one of them"),
    (SYNTH, "match.no_reply_of", {"Synth": "old"}, "match.no_reply_of.Synth: found a reason beside a reply, allowed: "),
    (SYNTH, "match.no_reply_of", {"Sint": "old"}, ": found 'Sint', allowed: Synth, Synth XL (did you mean 'Synth'?)"),
    (SYNTH, "match.replies.0.model", "Synt", ": found 'Synt', allowed: Synth, Synth XL (did you "),
    (SYNTH, "slots.0.range", [60, 59], ": found [60, 59], allowed: the lower first"),
    (SYNTH, "slots.0.velocity", [9, 1], ": found [9, 1], allowed: the lower first"),
    (SYNTH, "slots.0.channels", [], ": found none, allowed: 1 or more"),
    (SYNTH, "slots", [{"polyphony": 1}, {"polyphony": 2}], "slots: found 2 without channels, allowed: one"),
    (SYNTH, "slots.0.polyphony", 8, ": found 8, allowed: 1 beside mono_priority"),
    (SYNTH, "slots.0.drums", False, "slots[0].sounds: found some, allowed: only beside drums = true"),
    (SYNTH, "slots.0.sounds", [{"key": 1}, {"key": 1}], ": found key 1 twice, allowed: once"),
    (SYNTH, "slots.1.channels", [1], "slots: found channel 1 twice, allowed: once"),
    (SYNTH, "programs.banks.0.first", 127, ""),
    (SYNTH, "programs.banks.0.names", ["a"] * 9, ": found 9 from 120, allowed: up to program 127"),
    (SYNTH, "programs.select", "none", "programs.banks: found some beside select 'none', allowed: none"),
    (SYNTH, "parameters", [{"name": "a"}], "parameters[0]: found no message, allowed: one or more of cc, cc14, rpn, "),
    (SYNTH, "parameters.0.range", [2, 1], ": found [2, 1], allowed: the lower first"),
    (SYNTH, "parameters.0.nrpn_range", [2, 1], ": found [2, 1], allowed: the lower first"),
    (SYNTH, "parameters.0.values", {"low": "off"}, ": found 'low', allowed: a value as 5 or a band"),
    (SYNTH, "parameters.0.values", {"9-1": "off"}, ": found '9-1', allowed: a value as 5 or a band"),
    (SYNTH, "parameters.0.sysex", "F0 xx F7", ": found 'xx' as byte 1 of 'F0 xx F7', allowed: two hex"),
    (SYNTH, "parameters.0.sysex", "F0 nn F7", ": found 'nn' as byte 1 of 'F0 nn F7', allowed: two hex"),
    (SYNTH, "parameters.0.sysex", "F0 ( vv cs F7", ": found 'F0 ( vv cs F7', allowed: ( before the bytes of a checks"),
    (SYNTH, "parameters.0.sysex", "F0 ( vv ) F7", ": found 'F0 ( vv ) F7', allowed: ( before the bytes of a checks"),
    (SYNTH, "parameters.0.sysex", "F0 vv ( ) cs F7", ": found 'F0 vv ( ) cs F7', allowed: ( before the bytes of a "),
    (SYNTH, "parameters.0.sysex", "F0 vh vl F7", "parameters[0].bits: found [0, 6], allowed: none without vv in sysex"),
    (SYNTH, "parameters.0.bits", [3, 2], ": found [3, 2], allowed: the lower first"),
    (SYNTH, "parameters.0.bits", [0, 3], "parameters[0].range: found [0, 127], allowed: up to 15, by its bits"),
    (SYNTH, "parameters.0", {**SWITCH, "data_entry": "lsb"}, "parameters[0].data_entry: found 'lsb', allowed: none wi"),
    (SYNTH, "parameters.0.data_entry", "msb", "parameters[0].nrpn_range: found [0, 16383], allowed: up to 127 beside"),
    (SYNTH, "parameters.0", {**SWITCH, "bits": [5, 5]}, ""),
    (SYNTH, "twin.reply", "F0 7E 00 06 02 vv F7", ": found 'vv' as byte 5 of "),
    (SYNTH, "twin.reply", "F0 7E F7", ": found 'F0 7E F7', allowed: one from F0 7E to F7, with "),
    (KEYBOARD, "controls.3.light.sysex", "F0 tt F7", ": found 'tt' as byte 1 of 'F0 tt F7', allowed: two hex"),
    (KEYBOARD, "displays.0.sysex", "F0 vv F7", ": found 'vv' as byte 1 of 'F0 vv F7', allowed: two hex"),
    (SYNTH, "parameters.0.sysex", "41 vv F7", ": found '41 vv F7', allowed: from F0 to F7"),
    (SYNTH, "source", "book", "slots[1].channels: found source 'book', allowed: assumed, manual"),
    (SYNTH, "polyphony_source", "book", "polyphony: found source 'book', allowed: assumed, manual"),
    (SYNTH, "wire.source", "Manual", ": found 'Manual', allowed: text like 'manual'"),
    (SYNTH, "quirks.source", "manul", "quirks.ignores_all_notes_off: found source 'manul', allowed: assumed, manual"),
    (KEYBOARD, "controls", [], ": found none, allowed: 1 or more beside kind 'controller'"),
    (KEYBOARD, "polyphony_source", "manual", ": found a source for a key that is not there, allowed: none without po"),
    (KEYBOARD, "polyphony", 3, ": found some, allowed: none beside kind 'controller'"),
    (KEYBOARD, "slots", SYNTH["slots"], ": found some, allowed: none beside kind 'controller'"),
    (KEYBOARD, "programs", SYNTH["programs"], ": found some, allowed: none beside kind 'controller'"),
    (KEYBOARD, "parameters", SYNTH["parameters"], ": found some, allowed: none beside kind 'controller'"),
    (KEYBOARD, "controls.2.message", {"type": "note", "channel": 10, "number": 36}, "controls: found message ('note'"),
    (KEYBOARD, "controls.0.port", "Sinth", ": found 'Sinth', allowed: Synth (did you mean 'Synth'?)"),
    (KEYBOARD, "controls.0.page", "Usr", ": found 'Usr', allowed: User (did you mean 'User'?)"),
    (KEYBOARD, "pages.0.mode", "live", ": found 'live', allowed: daw"),
    (KEYBOARD, "controls.1.range", [9, 1], ": found [9, 1], allowed: the lower first"),
    (KEYBOARD, "controls.1.role", "tool", "controls[1].value: found nothing beside role 'tool', allowed: fix, dynami"),
    (KEYBOARD, "controls.1.value", "fix", ": found 'fix' beside no role, allowed: no value"),
    (KEYBOARD, "controls.0.value", 17, ": found 17 beside role 'part', allowed: 1, 2, 3, "),
    (KEYBOARD, "controls.3.role", "stop", ": found 'stop' beside a message of type 'sysex', allowed: again, panic"),
    (KEYBOARD, "controls.3", {**MACHINE, "role": "undo"}, "controls[3].role: found 'undo' beside a message of type 's"),
    (KEYBOARD, "controls.3", {**MACHINE, "role": "stop"}, ""),
    (KEYBOARD, "controls.0.kind", "knob", "controls[0].encoding: found 'sign bit' beside kind 'knob', allowed: 'abso"),
    (KEYBOARD, "controls.1.message", {"type": "note", "range": [1, 2]}, ": found both or neither of channel "),
    (KEYBOARD, "controls.1.message", {"type": "note", "channel": 1}, ": found no number beside type 'note', allow"),
    (KEYBOARD, "controls.1.message.number", 0, "controls[1].message: found number and range beside type 'note', allo"),
    (KEYBOARD, "controls.1.message.type", "bend", "controls[1].message: found range beside type 'bend', allowed: non"),
    (KEYBOARD, "controls.1.message.range", [9, 8], ": found [9, 8], allowed: the lower first"),
    (KEYBOARD, "controls.1.message.sysex", "F0 F7", ": found a message beside type 'note', allowed: a mess"),
    (KEYBOARD, "controls.1.message", {"type": "sysex"}, "controls[1].message.sysex: found nothing beside type 'sysex"),
    (KEYBOARD, "controls.3.message.channel", 1, "controls[3].message: found channel beside type 'sysex', allowed: sy"),
    (KEYBOARD, "controls.3.message.sysex", "F0 !! F7", ": found '!!' as byte 1 of 'F0 !! F7', "),
    (KEYBOARD, "controls.1.message.type", "other", "controls[1].message: found channel, range beside type 'other', al"),
    (KEYBOARD, "controls.0.light.numbers", [1], "controls[0].light: found both of number and numbers, allowed: one"),
    (KEYBOARD, "controls.1.light", {"type": "note", "numbers": [1, 2]}, "controls[1].light.numbers: found 2 beside 8"),
    (KEYBOARD, "controls.0.light.sysex", "F0 F7", ": found a message beside type 'control', allow"),
    (KEYBOARD, "controls.3.light", {"type": "sysex"}, "controls[3].light.sysex: found nothing beside type 'sysex', a"),
    (KEYBOARD, "modes.0.enter", "F0 g F7", ": found 'g' as byte 1 of 'F0 g F7', allowed: two hex digits in "),
    (KEYBOARD, "modes.0.leave", "F0 g F7", ": found 'g' as byte 1 of 'F0 g F7', allowed: two hex digits in "),
]  # fmt: skip
BAD = [one for one in (*TYPES, *BETWEEN) if one[3]]
GOOD = [one for one in (*TYPES, *BETWEEN) if not one[3]]


def place_of(path: str) -> str:
    """`slots[0].range` of `slots.0.range`."""
    return "".join(f"[{step}]" if step.isdigit() else f".{step}" for step in path.split(".")).lstrip(".")


def refused(profile: dict[str, Any]) -> list[str]:
    """Every fault that a profile is refused for."""
    with pytest.raises(BadProfile) as fault:
        check(profile, "synth.toml")
    file, _, said = str(fault.value).partition(": ")
    assert file == "'synth.toml'"
    return said.split("; ")


@pytest.mark.parametrize("profile", [SYNTH, KEYBOARD], ids=["synth", "keyboard"])
def test_a_profile_with_all_keys_is_taken(profile: dict[str, Any]) -> None:
    assert check(profile, "synth.toml").name == profile["name"]


@pytest.mark.parametrize(("profile", "path", "value", "said"), BAD, ids=[f"{one[1]}={one[2]}"[:60] for one in BAD])
def test_a_bad_profile_is_refused_with_its_key(profile: dict[str, Any], path: str, value: object, said: str) -> None:
    assert refused(changed(profile, path, value))[0].startswith(place_of(path) + said if said[0] == ":" else said)


@pytest.mark.parametrize(("profile", "path", "value", "said"), GOOD)
def test_what_breaks_no_rule_is_taken(profile: dict[str, Any], path: str, value: object, said: str) -> None:
    check(changed(profile, path, value), "synth.toml")


def test_no_rule_is_without_its_bad_profile() -> None:
    """Each line that makes a fault is reached by one of the bad profiles above."""
    files = {inspect.getfile(module) for module in (clues, control, model, parameter, section, sound)}
    makes = {
        (file, node.lineno)
        for file in files
        for node in ast.walk(ast.parse(Path(file).read_text(encoding="utf-8")))
        if isinstance(node, ast.Expr | ast.Yield) and "Fault(" in ast.unparse(node) and isinstance(node.value, ast.Call)
    }
    reached: set[tuple[str, int]] = set()

    def lines(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename not in files:
            return None
        reached.add((frame.f_code.co_filename, frame.f_lineno))
        return lines

    before = sys.gettrace()
    sys.settrace(lines)
    try:
        for profile, path, value, _ in BAD:
            refused(changed(profile, path, value))
        refused({**without(SYNTH, "source"), "sources": {}})
    finally:
        sys.settrace(before)
    assert len(makes) > 25
    assert sorted(makes - reached) == []


def keys_of(schema: dict[str, Any], table: Any, path: str) -> Iterator[tuple[str, dict[str, Any], object]]:
    """Each (path, schema, value) of a key that is there, tables and lists walked into."""
    ways = schema.get("anyOf", [schema])
    found = next((SCHEMA["$defs"][way["$ref"].rpartition("/")[2]] for way in ways if "$ref" in way), ways[0])
    if isinstance(table, dict) and "properties" in found:
        for key, value in table.items():
            inner = found["properties"][key]
            yield f"{path}{key}", inner, value
            yield from keys_of(inner, value, f"{path}{key}.")
    if isinstance(table, dict) and "patternProperties" in found:
        (named,) = found["patternProperties"].values()
        for key, value in table.items():
            yield from keys_of(named, value, f"{path}{key}.")
    for place, one in enumerate(table) if isinstance(table, list) and "items" in found else ():
        yield from keys_of(found["items"], one, f"{path}{place}.")


THERE = [(profile, path, schema) for profile in (SYNTH, KEYBOARD) for path, schema, _ in keys_of(SCHEMA, profile, "")]


def test_the_two_profiles_have_every_key_of_the_format() -> None:
    there = {path.rpartition(".")[2] for _, path, _ in THERE}
    tables = [SCHEMA, *SCHEMA["$defs"].values()]
    assert {key for table in tables for key in table["properties"]} - there == {"no_reply"} - there


@pytest.mark.parametrize(("profile", "path", "schema"), THERE, ids=[f"{one[0]['model']}: {one[1]}" for one in THERE])
def test_what_no_key_can_be_is_refused_with_what_it_can_be(
    profile: dict[str, Any], path: str, schema: dict[str, Any]
) -> None:
    """Bytes are neither text, number, table nor list."""
    assert (
        refused(changed(profile, path, b"?"))[0] == f"{place_of(path)}: found b'?', allowed: {allowed(schema, SCHEMA)}"
    )


MUST = {
    "": "name maker model kind",
    "wire.": "connector speed_bytes_per_second",
    "timing.": "note_to_sound_ms method",
    "slots.0.bend.": "semitones",
    "slots.0.sounds.0.": "key",
    "programs.": "select",
    "programs.banks.0.": "name",
    "parameters.0.": "name",
    "match.replies.0.": "pattern",
    "ports.0.": "name use",
    "sources.manual.": "kind says",
    "confirmed.0.": "by on",
    "controls.0.": "kind message",
    "controls.0.message.": "type",
    "controls.0.light.": "type",
    "displays.0.": "name columns sysex",
    "modes.0.": "name enter leave",
    "pages.0.": "name entered",
}


@pytest.mark.parametrize("path", [f"{table}{key}" for table, keys in MUST.items() for key in keys.split()])
def test_a_key_that_must_be_there_is_missed(path: str) -> None:
    profile = SYNTH if path.split(".")[0] in SYNTH else KEYBOARD
    assert refused(without(profile, path))[0].startswith(f"{place_of(path)}: found nothing, allowed: ")


def test_no_other_key_must_be_there() -> None:
    assert sum(len(table.get("required", ())) for table in (SCHEMA, *SCHEMA["$defs"].values())) == sum(
        len(keys.split()) for keys in MUST.values()
    )


def test_all_faults_of_a_file_are_said_at_once() -> None:
    profile = copy.deepcopy(SYNTH)
    profile["maker"] = ""
    profile["wire"]["speed_bytes_per_secnd"] = profile["wire"].pop("speed_bytes_per_second")
    profile["slots"][0] |= {"channels": [99], "range": [9, 3], "velocity": [9, 3], "source": "book"}
    profile["slots"][1]["channels"] = [2, 2]
    profile["quirks"]["source"] = "page"
    said = refused(profile)
    assert [one.partition(": ")[0] for one in said] == [
        "maker",
        "wire.speed_bytes_per_second",
        "wire.speed_bytes_per_secnd",
        "slots[0].channels[0]",
        *[f"slots[0].{key}" for key in ("polyphony", "range", "beyond_range", "mono_priority", "drums", "velocity")],
        "slots[0].retrigger_gap_ms",
        *[f"quirks.{key}" for key in SYNTH["quirks"] if key not in ("source", "sources", "since", "until", "note")],
        "slots[0].range",
        "slots[0].velocity",
    ]


def test_a_fault_draws_no_other_after_it() -> None:
    assert refused(changed(SYNTH, "slots.0.polyphony", "one")) == [
        "slots[0].polyphony: found 'one', allowed: a whole number from 1 to 256"
    ]


def test_a_file_without_any_source_is_told_once() -> None:
    slot = {"channels": [1], "polyphony": 3}
    assert refused({"name": "a/b", "maker": "a", "model": "b", "kind": "instrument", "slots": [slot]}) == [
        f"slots[0].channels: found no source, as have 1 more, allowed: {ANYWHERE}"
    ]


def test_two_firmwares_may_send_the_same_by_different_controls() -> None:
    old = {"kind": "knob", "message": {"type": "control", "channel": 1, "number": 7}, "until": "1.9"}
    new = {"kind": "fader", "message": {"type": "control", "channel": 1, "number": 7}, "since": "2.0"}
    check({**KEYBOARD, "controls": [old, new]}, "keyboard.toml")


def test_what_is_not_said_is_plain() -> None:
    slot = check(SYNTH, "synth.toml").slots[1]
    assert (slot.mono_priority, slot.drums, slot.polyphony) == (None, False, None)


keys = st.sampled_from([*SCHEMA["properties"], "x"]) | st.text(max_size=5)
values = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=9,
)


@given(st.data())
def test_whatever_stands_in_a_file_it_is_taken_or_refused_in_one_line(data: st.DataObject) -> None:
    profile, path, _ = data.draw(st.sampled_from(THERE))
    said = fault_of(changed(profile, path, data.draw(values)))
    assert said == "" or said.startswith("'synth.toml': ")
    assert "\n" not in said


def fault_of(profile: dict[str, Any]) -> str:
    """What a profile is refused with; nothing where it is taken."""
    try:
        check(profile, "synth.toml")
    except BadProfile as fault:
        return str(fault)
    return ""
