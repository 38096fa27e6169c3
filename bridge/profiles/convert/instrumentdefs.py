"""An instrument of PyMidiInstrumentDefs (github simonholliday/PyMidiInstrumentDefs, definition format 1) as a profile.

Its YAML files were transcribed from the makers' manuals and cite them. Called, with what such a file holds as plain
data, by the tool of the tests that converts the whole set; the program has no reader of YAML. It refuses, with
BadProfile, what does not name its model; what a profile has no place for is left behind with the reason.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bridge.errors import BadProfile
from bridge.profiles.convert.converted import Converted, Left, filled, place, plain
from bridge.profiles.convert.instrumentdefs_slots import slots
from bridge.profiles.convert.roles import parameter_role
from bridge.profiles.section import WIDE

SOURCE: Final = "instrumentdefs"
_LINK: Final = "https://github.com/simonholliday/PyMidiInstrumentDefs"
_HIGHEST: Final = 127
_LONGEST_ACCOUNT: Final = 480
_VERSION: Final = re.compile(r"[0-9A-Za-z.]+")
_ASSIGNED: Final = {
    "default": "its owner can move it to another number",
    "slot": "what it reaches is its owner's choice",
    "off": "switched off until its owner enables it",
}
_DIRECTIONS: Final = {"transmits": "sent", "receives": "received"}
_SYNC: Final = {"both": "both", "receives": "received", "sends": "sent", "none": "none"}
_NO_PLACE: Final = {
    "midi": ("mode", "mpe", "per_voice_channels", "sysex", "nrpn", "control_change"),
    "voice": ("aftertouch", "aftertouch_transmits", "paraphonic", "voicing_modes", "voices_sent", "reference_note"),
}
"""What the definitions hold and a profile has no key for."""
Table = Mapping[str, Any]


@dataclass(slots=True)
class Reading:
    """One definition while it is read, and what is left behind of it."""

    document: Table
    left: list[Left] = field(default_factory=list)

    def table(self, key: str) -> Table:
        """One of its tables; an empty one where it is missing or says `none`."""
        found = self.document.get(key)
        return found if isinstance(found, Mapping) else {}

    def leave(self, where: str, what: str, why: str) -> None:
        """Note what is left behind."""
        self.left.append(Left(where, what, why))


def convert(document: Table, definition: str, folder: str = "", edition: str = "") -> Converted:
    """The instrument of `definition` (`maker/model` as the set has it); `edition` says which state of the set it is."""
    reading = Reading(document)
    about = reading.table("model")
    if not about.get("name"):
        raise BadProfile("it does not name its model")
    maker, _, model = definition.partition("/")
    data: dict[str, Any] = {
        "name": place(folder, maker.replace("_", "-"), model.replace("_", "-")),
        "maker": plain(about.get("manufacturer") or maker),
        "model": plain(" ".join(filter(None, (about["name"], about.get("revision"))))),
        "kind": "instrument",
        **_firmware(reading, about),
        "source": SOURCE,
        "origin": "converted",
        "sources": {SOURCE: _account(reading, definition, edition), **_documents(reading.table("sources"))},
        **slots(reading),
        **_programs(reading),
        **_sync(reading.table("midi")),
    }
    parameters = [
        made for name, control in reading.table("controls").items() if (made := _made(reading, name, control))
    ]
    if parameters:
        data["parameters"] = parameters
    _leave_the_rest(reading)
    return Converted(data, tuple(reading.left))


def _firmware(reading: Reading, about: Table) -> dict[str, str]:
    firmware = about.get("firmware")
    if firmware is None or _VERSION.fullmatch(firmware):
        return {} if firmware in (None, "none") else {"firmware": firmware}
    reading.leave("model.firmware", repr(firmware), "a profile writes versions with letters, digits and points")
    return {}


def _account(reading: Reading, definition: str, edition: str) -> dict[str, str]:
    """The data set as a source, with the beginning of its own account of which pages it was read from."""
    told = plain(str(reading.document.get("source") or "").split("\n")[0].replace("**", ""))
    if len(told) > _LONGEST_ACCOUNT:
        told = told[: told.rfind(" ", 0, _LONGEST_ACCOUNT)] + " …"
    work = " ".join(filter(None, ("PyMidiInstrumentDefs", edition)))
    said = f"{work}, {definition}"
    return {
        "kind": "data set",
        "says": f"{said}. {told}".rstrip(". ") if told else said,
        "link": _LINK,
        "licence": "MIT",
    }


def _documents(cited: Table) -> dict[str, dict[str, str]]:
    """The makers' documents that the definition cites, by its own ids for them."""
    return {id: _document(one) for id, one in cited.items() if isinstance(one, Mapping) and one.get("title")}


def _document(one: Table) -> dict[str, str]:
    kind = str(one.get("kind", "manual")).replace("_", " ")
    words = (one["title"], one.get("edition"), one.get("dated"), kind if kind != "manual" else None)
    link = one.get("url") or one.get("landing")
    return {"kind": "manual", "says": plain(", ".join(str(word) for word in words if word))} | (
        {"link": str(link)} if link else {}
    )


def _programs(reading: Reading) -> dict[str, Any]:
    change = reading.table("midi").get("program_change")
    if not isinstance(change, Mapping):
        return {}
    if change.get("receives") is False:
        return {"programs": {"select": "none"}}
    reading.leave("midi.program_change", str(dict(change)), "it is not said which bank bytes it obeys")
    return {}


def _sync(midi: Table) -> dict[str, Any]:
    """How it keeps time with others, as far as that is said."""
    said = {key: _SYNC[midi[key]] for key in ("clock", "transport") if midi.get(key) in _SYNC}
    return {"sync": said} if said else {}


def _made(reading: Reading, name: str, control: Table) -> dict[str, Any] | None:
    """One control as a parameter; None for one that is left behind."""
    where = f"controls.{name}"
    if control.get("direction") == "none":
        reading.leave(where, plain(control["label"]), "the instrument neither sends nor obeys it")
        return None
    if control.get("nrpn") == WIDE:
        reading.leave(where, plain(control["label"]), "parameter number 127 127 chooses none (MIDI 1.0)")
        return None
    part = reading.table("parts").get(control.get("part", ""), {})
    group = _label(reading.table("groups"), control.get("group"))
    cc, fine, number = (control.get(key) for key in ("cc", "lsb", "nrpn"))
    scale = _scale(reading, where, control)
    facts: dict[str, Any] = {
        "name": plain(control["label"]),
        "group": ": ".join(filter(None, (part.get("label"), group))),
        "cc": cc if fine is None else None,
        "cc14": (cc, fine) if fine is not None else None,
        "nrpn": None if number is None else (number >> 7, number & _HIGHEST),
        "range": scale,
        "nrpn_range": control.get("nrpn_range") if cc is not None else None,
        "default": _default(reading, where, control, scale),
        "values": _values(control, scale),
        "role": parameter_role(group, plain(control["label"])),
        "direction": _DIRECTIONS.get(control.get("direction", "")),
        "note": _note(reading, control, part),
    }
    _leave_odd_ends(reading, where, control, part)
    return filled(facts)


def _label(labels: Table, id: str | None) -> str:
    """What the maker calls a group; its id, spelt as words, where no document says."""
    return plain(str(labels.get(id) or id.replace("_", " ").capitalize())) if id else ""


def _scale(reading: Reading, where: str, control: Table) -> Sequence[int] | None:
    """The range of values; None where the definition does not state it or the message cannot carry it."""
    stated = control.get("range")
    if not isinstance(stated, Sequence) or isinstance(stated, str):
        if stated == "unknown":
            reading.leave(where, "range: unknown", "its maker's documents do not settle it")
        return control.get("nrpn_range") if control.get("cc") is None else None
    if stated[1] > _HIGHEST and "cc" in control and "lsb" not in control:
        reading.leave(where, f"range {list(stated)}", "one controller does not carry it")
        return None
    if stated[1] <= _HIGHEST and "lsb" in control:
        reading.leave(
            where, f"range {list(stated)}", "it is not said whether that is the coarse controller's or both's"
        )
        return None
    return list(stated)


def _default(reading: Reading, where: str, control: Table, scale: Sequence[int] | None) -> int | None:
    default: int | None = control.get("default")
    if default is None:
        return None
    low, high = scale or ((0, WIDE) if control.get("cc") is None else (0, _HIGHEST))
    if "lsb" in control and scale is None:
        reading.leave(where, f"default {default}", "its range is not known")
        return None
    if low <= default <= high:
        return default
    reading.leave(where, f"default {default}", f"it is outside its range, {low} to {high}")
    return None


def _values(control: Table, scale: Sequence[int] | None) -> dict[str, str]:
    """The named values; of bands the definition gives the lowest value, and each runs to the next."""
    named: Table = control.get("values") or {}
    exact: Table = control.get("choices") or {}
    begins = sorted(named.values())
    top = scale[1] if scale else (WIDE if control.get("cc") is None else _HIGHEST)
    ends = dict(zip(begins, (*(following - 1 for following in begins[1:]), max(top, *begins, 0))))
    bands = {_key(low, ends[low]): _words(name) for name, low in named.items()}
    return bands | {str(value): _words(name) for name, value in exact.items()}


def _key(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}-{high}"


def _words(name: str) -> str:
    return plain(name.replace("_", " "))


def _note(reading: Reading, control: Table, part: Table) -> str:
    mode = part.get("mode")
    only = f"only in mode {_label({key: one.get('label') for key, one in reading.table('modes').items()}, mode)}"
    unit = f"in {control['unit']}" if control.get("unit") else None
    return "; ".join(filter(None, (only if mode else None, unit, _ASSIGNED.get(control.get("assignment", "")))))


def _leave_odd_ends(reading: Reading, where: str, control: Table, part: Table) -> None:
    for key in ("step", "panel_only"):
        if key in control:
            reading.leave(where, f"{key}: {control[key]}", "a profile has no place for it")
    if "nrpn" in control and part.get("nrpn_msb") is not None and part.get("count", 1) > 1:
        reading.leave(where, f"the parameter numbers of instances 2 to {part['count']}", "each has an MSB of its own")


def _leave_the_rest(reading: Reading) -> None:
    for table, keys in _NO_PLACE.items():
        for key in _there(reading.table(table), keys):
            value = reading.table(table)[key]
            reading.leave(f"{table}.{key}", plain(str(value))[:60], "a profile has no place for it")


def _there(table: Table, keys: Iterable[str]) -> list[str]:
    return [key for key in keys if key in table]
