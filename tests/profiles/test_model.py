"""Each rule of the format refuses one bad profile, and names file, key, what was found and what is allowed."""

import copy
from typing import Any

import pytest

from bridge.errors import BadProfile
from bridge.profiles.model import check

PART: dict[str, Any] = {"channels": [1, 2], "polyphony": 8, "range": [0, 127]}
CONTROL: dict[str, Any] = {"role": "keys", "message": {"type": "note", "channel": 1, "range": [36, 84]}}
SYNTH: dict[str, Any] = {
    "name": "maker/synth",
    "maker": "Maker",
    "model": "Synth",
    "kind": "instrument",
    "wire": {"connector": "usb", "speed_bytes_per_second": 1_000_000},
    "parts": [PART],
}
KEYBOARD: dict[str, Any] = {
    **{key: value for key, value in SYNTH.items() if key != "parts"},
    "kind": "controller",
    "controls": [CONTROL],
}


def changed(profile: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy in which the key at `path` (`parts.0.range`) is `value`."""
    copied = copy.deepcopy(profile)
    *steps, last = path.split(".")
    place: Any = copied
    for step in steps:
        place = place[int(step)] if step.isdigit() else place[step]
    place[last] = value
    return copied


BAD = [
    (SYNTH, "colour", "red", "colour: found 'red', allowed: no such key"),
    (SYNTH, "name", "Synth", "name: found 'Synth', allowed: match pattern '^[a-z0-9-]+/[a-z0-9-]+$'"),
    (SYNTH, "maker", "", "maker: found '', allowed: have at least 1 character"),
    (SYNTH, "kind", "lamp", "kind: found 'lamp', allowed: 'instrument' or 'controller'"),
    (SYNTH, "polyphony", 0, "polyphony: found 0, allowed: greater than or equal to 1"),
    (SYNTH, "wire.connector", "rs232", "wire.connector: found 'rs232', allowed: 'usb' or 'din'"),
    (SYNTH, "wire.speed_bytes_per_second", 0, "wire.speed_bytes_per_second: found 0, allowed: greater than"),
    (SYNTH, "wire.speed_bytes_per_second", "fast", "wire.speed_bytes_per_second: found 'fast', allowed: integer"),
    (SYNTH, "parts", [], "parts: found 0, allowed beside kind 'instrument': 1 or more"),
    (SYNTH, "parts", [PART, PART], "parts: found channel 1 twice, allowed: once"),
    (SYNTH, "controls", [CONTROL], "controls: found 1, allowed beside kind 'instrument': 0"),
    (SYNTH, "parts.0.channels", [], "parts[0]: channels: found none, allowed: 1 or more"),
    (SYNTH, "parts.0.channels", [17], "parts[0].channels[0]: found 17, allowed: less than or equal to 16"),
    (SYNTH, "parts.0.channels", [0], "parts[0].channels[0]: found 0, allowed: greater than or equal to 1"),
    (SYNTH, "parts.0.polyphony", True, "parts[0].polyphony: found True, allowed: integer"),
    (SYNTH, "parts.0.range", [0, 128], "parts[0].range[1]: found 128, allowed: less than or equal to 127"),
    (SYNTH, "parts.0.range", [60, 59], "parts[0]: range: found [60, 59], allowed: the lower first"),
    (
        SYNTH,
        "parts.0.mono_priority",
        "first",
        "parts[0].mono_priority: found 'first', allowed: 'last', 'low' or 'high'",
    ),
    (SYNTH, "parts.0.mono_priority", "last", "parts[0]: polyphony: found 8, allowed: 1 beside mono_priority"),
    (SYNTH, "parts.0.drums", 1, "parts[0].drums: found 1, allowed: boolean"),
    (KEYBOARD, "controls", [], "controls: found 0, allowed beside kind 'controller': 1 or more"),
    (KEYBOARD, "controls", [CONTROL, CONTROL], "controls: found message ('note', 1, 36) twice, allowed: once"),
    (KEYBOARD, "parts", [PART], "parts: found 1, allowed beside kind 'controller': 0"),
    (KEYBOARD, "controls.0.role", "lamp", "controls[0].role: found 'lamp', allowed: 'part', 'tool', "),
    (KEYBOARD, "controls.0.value", "fix", "controls[0]: value: found 'fix', allowed beside role 'keys': no value"),
    (KEYBOARD, "controls.0.role", "tool", "controls[0]: value: found None, allowed beside role 'tool': fix, dynamics,"),
    (KEYBOARD, "controls.0.message.type", "bend", "controls[0].message.type: found 'bend', allowed: 'note' or"),
    (KEYBOARD, "controls.0.message.number", 3, "controls[0].message: found both or neither of number and range"),
    (KEYBOARD, "controls.0.message.range", [9, 8], "controls[0].message: range: found [9, 8], allowed: the lower"),
]


@pytest.mark.parametrize(
    ("profile", "path", "value", "said"), BAD, ids=[f"{path}={value}" for _, path, value, _ in BAD]
)
def test_a_bad_profile_is_refused_with_its_key(profile: dict[str, Any], path: str, value: object, said: str) -> None:
    with pytest.raises(BadProfile) as refused:
        check(changed(profile, path, value), "synth.toml")
    assert str(refused.value).startswith(f"'synth.toml': {said}")
    assert ";" not in str(refused.value)


@pytest.mark.parametrize("key", ["name", "maker", "model", "kind", "wire"])
def test_a_key_that_must_be_there_is_missed(key: str) -> None:
    with pytest.raises(BadProfile, match=f"^'synth.toml': {key}: found nothing, allowed: a value$"):
        check({name: value for name, value in SYNTH.items() if name != key}, "synth.toml")


def test_all_faults_are_said_in_one_line() -> None:
    profile = changed(changed(SYNTH, "maker", ""), "parts.0.channels", [99])
    with pytest.raises(BadProfile, match=r"^'synth.toml': maker: .*; parts\[0\]\.channels\[0\]: [^;\n]*$"):
        check(profile, "synth.toml")


def test_what_is_not_said_is_plain() -> None:
    part = check(SYNTH, "synth.toml").parts[0]
    assert (part.mono_priority, part.drums) == (None, False)
