"""Two profiles that have every key of the format between them, and a way to change one key of one."""

import copy
from typing import Any, Final

NOTE: Final[dict[str, Any]] = {"source": "manual", "sources": {}, "since": "1.0", "until": "2.0", "note": "see there"}
ABOUT: Final[dict[str, Any]] = {
    "maker": "Maker",
    "models": ["Synth", "Synth XL"],
    "product": True,
    "firmware": "1.2",
    "source": "manual",
    "origin": "written",
    "note": "describes no product",
    "sources": {"manual": {"kind": "manual", "says": "Manual, p. 1", "link": "https://example.org", "licence": "MIT"}},
    "confirmed": [{"by": "Ada", "on": "2026-11-25", "firmware": "1.2", "note": "the keys"}],
    "match": {
        **NOTE,
        "sources": {"usb": "assumed"},
        "replies": [{**NOTE, "pattern": "F0 7E ?? 06 02 42 * F7", "model": "Synth", "state": "awake"}],
        "no_reply_of": {"Synth XL": "it is older"},
        "usb": ["0944:0117"],
        "names": ["Synth*"],
        "names_on": {"linux": ["Synth MIDI 1"]},
    },
    "ports": [{**NOTE, "name": "Synth", "direction": "both", "use": "play"}],
    "wire": {
        **NOTE,
        "connector": "both",
        "speed_bytes_per_second": 3_125,
        "sysex_piece_bytes": 64,
        "sysex_gap_ms": 20,
        "program_gap_ms": 1.5,
        "bank_gap_ms": 0,
        "running_status": True,
        "active_sensing": "honoured",
    },
    "twin": {**NOTE, "reply": "F0 7E 00 06 02 42 01 F7"},
}
SYNTH: Final[dict[str, Any]] = {
    **ABOUT,
    "name": "maker/synth",
    "model": "Synth",
    "kind": "instrument",
    "timing": {**NOTE, "note_to_sound_ms": 4.5, "spread_ms": 1, "method": "by ear"},
    "polyphony": 8,
    "polyphony_source": "manual",
    "slots": [
        {
            **NOTE,
            "channels": [1],
            "polyphony": 1,
            "range": [24, 96],
            "beyond_range": "octave",
            "mono_priority": "last",
            "drums": True,
            "velocity": [1, 127],
            "bend": {**NOTE, "semitones": 2, "set_by": "rpn"},
            "retrigger_gap_ms": 2,
            "sounds": [{**NOTE, "key": 36, "role": "kick", "name": "BD", "chokes": "a"}],
        },
        {"channels": [2]},
    ],
    "programs": {
        **NOTE,
        "select": "both",
        "display_from": 1,
        "banks": [{**NOTE, "name": "A", "msb": 0, "lsb": 1, "first": 120, "names": ["Piano"]}],
    },
    "parameters": [
        {
            **NOTE,
            "name": "Cutoff",
            "group": "Filter",
            "cc": 74,
            "cc14": [1, 33],
            "rpn": [0, 0],
            "nrpn": [1, 2],
            "sysex": "F0 41 ( vv ) cs F7",
            "bits": [0, 6],
            "data_entry": "both",
            "channels": [1],
            "range": [0, 127],
            "nrpn_range": [0, 16_383],
            "centre": 64,
            "default": 100,
            "values": {"0-63": "off", "64": "on"},
            "role": "cutoff",
            "safety": "jumps",
            "direction": "both",
        }
    ],
    "sync": {**NOTE, "clock": "both", "transport": "none"},
    "quirks": {
        **NOTE,
        "ignores_all_notes_off": True,
        "ignores_all_sound_off": True,
        "ignores_sustain": True,
        "ignores_note_off": True,
        "echoes_notes": True,
        "sends_note_on_zero": True,
        "loses_first_clock": True,
        "local_control": False,
        "middle_c": "C3",
    },
    "has": {**NOTE, "controls": {"keys": 49}, "parameters": 1, "lights": "none"},
}
KEYBOARD: Final[dict[str, Any]] = {
    **ABOUT,
    "name": "maker/keyboard",
    "model": "Keyboard",
    "kind": "controller",
    "match": {"no_reply": "it has no input"},
    "modes": [{**NOTE, "name": "daw", "enter": "F0 00 F7", "leave": "F0 01 F7"}],
    "pages": [{**NOTE, "name": "User", "entered": "at power-up", "mode": "daw"}],
    "controls": [
        {
            **NOTE,
            "name": "B{}",
            "kind": "encoder",
            "page": "User",
            "port": "Synth",
            "message": {"type": "control", "channel": 1, "number": 20},
            "range": [0, 127],
            "encoding": "sign bit",
            "detents": True,
            "motor": False,
            "release": "value 0",
            "threshold": 64,
            "pressure": "key",
            "touch": {"type": "note", "channel": 1, "numbers": [7, 9]},
            "light": {**NOTE, "type": "control", "channel": 1, "number": 20, "values": {"red": 5}},
            "role": "part",
            "value": 1,
        },
        {"kind": "pad", "message": {"type": "note", "channel": 10, "range": [36, 43]}},
        {"kind": "knob", "message": {"type": "control", "channels": [2, 3], "number": 7}},
        {
            "kind": "button",
            "message": {"type": "sysex", "sysex": "F0 7F F7"},
            "light": {"type": "sysex", "sysex": "F0 nn vv F7"},
        },
    ],
    "displays": [{**NOTE, "name": "Screen", "columns": 16, "rows": 2, "sysex": "F0 tt F7"}],
}


def changed(profile: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy in which the key at `path` (`slots.0.range`) is `value`; of an empty table's path nothing is there."""
    copied = copy.deepcopy(profile)
    *steps, last = path.split(".")
    place: Any = copied
    for step in steps:
        place = place[int(step)] if step.isdigit() else place[step]
    place[int(last) if last.isdigit() else last] = value
    return copied


def without(profile: dict[str, Any], path: str) -> dict[str, Any]:
    """A copy in which the key at `path` is not there."""
    table, _, key = path.rpartition(".")
    copied = copy.deepcopy(profile)
    place: Any = copied
    for step in filter(None, table.split(".")):
        place = place[int(step)] if step.isdigit() else place[step]
    del place[key]
    return copied
