"""What a profile says of a device, in a player's words: messages, keys, values, and where each fact comes from.

Called by what draws the page of a device. Absent facts are empty words, and never guessed.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from bridge.core.names import note_name
from bridge.faces.markdown import Footnotes, code, plain
from bridge.faces.words import spans
from bridge.profiles.control import UNADDRESSED, Control, ControlMessage, Light
from bridge.profiles.parameter import Parameter, band
from bridge.profiles.section import Section, facts
from bridge.profiles.sound import Slot

Say = Callable[[Any], str]
_TYPES: Final[Mapping[str, tuple[str, str]]] = {
    "note": ("note", "notes"),
    "control": ("CC", "CC"),
    "program": ("program", "programs"),
    "key pressure": ("key pressure of", "key pressure of"),
    "bend": ("pitch bend", ""),
    "pressure": ("channel pressure", ""),
}
"""What a message of each type is called with one number, and with several."""
_TURNS: Final[Mapping[str, str]] = {
    "absolute": "sends its place",
    "twos complement": "turns: 1, 2, 3 right and 127, 126, 125 left",
    "sign bit": "turns: 1, 2, 3 right and 65, 66, 67 left",
    "offset 64": "turns: 65, 66, 67 right and 63, 62, 61 left",
}
_WINS: Final[Mapping[str, str]] = {
    "last": "the last key wins",
    "low": "the lowest key wins",
    "high": "the highest key wins",
}
_SET_BY: Final[Mapping[str, str]] = {
    "rpn": "set by RPN 0/0", "parameter": "set by a parameter", "panel": "set at the device", "fixed": "fixed",
}  # fmt: skip
_FULL: Final = (0, 127)


def runs(numbers: Iterable[int]) -> str:
    """Numbers with their unbroken runs as spans: `1–9, 11`."""
    return spans(numbers, "–")


def span(ends: tuple[int, int]) -> str:
    """From where to where: `0–127`."""
    return str(ends[0]) if ends[0] == ends[1] else f"{ends[0]:,}–{ends[1]:,}"


def key(number: int) -> str:
    """A key by its number and its name."""
    return f"{number} ({note_name(number)})"


def keys(ends: tuple[int, int]) -> str:
    """A span of keys by their numbers and names."""
    return f"{span(ends)} ({note_name(ends[0])} to {note_name(ends[1])})" if ends[0] < ends[1] else key(ends[0])


def sent(message: ControlMessage) -> str:
    """What a control sends."""
    if message.type in UNADDRESSED:
        return code(message.sysex) if message.sysex else "nothing of MIDI's"
    channels, numbers = (tuple(dict.fromkeys(one)) for one in list(zip(*message.addresses))[1:])
    one, many = _TYPES[message.type]
    if not many:
        return f"{one}, {_channels(channels)}"
    named = f" ({note_name(numbers[0])} to {note_name(numbers[-1])})" if message.type == "note" and numbers[1:] else ""
    alone = key(numbers[0]) if message.type == "note" else str(numbers[0])
    said = f"{many} {runs(numbers)}{named}" if numbers[1:] else f"{one} {alone}"
    return f"{said}, {_channels(channels)}"


def _channels(channels: Sequence[int]) -> str:
    return f"channel{'s' if channels[1:] else ''} {runs(channels)}"


def label(control: Control) -> str:
    """What is printed beside a control, or beside the first and the last of a row."""
    names = [name for _, name in control.labels()] or [control.name or control.kind]
    return plain(names[0] if names[0] == names[-1] else f"{names[0]} to {names[-1]}")


def values_of(control: Control) -> str:
    """Which values a control sends, where that is not simply 0 to 127."""
    wide = control.message.type == "bend"
    parts = (
        span(control.range) if control.range != _FULL and not wide and control.encoding == "absolute" else "",
        _TURNS[control.encoding] if "encoding" in control.model_fields_set else "",
        {True: "in steps", False: "without steps"}.get(control.detents, "") if control.detents is not None else "",
        "moved by a motor" if control.motor else "",
        f"let go: {control.release}" if control.release and control.release != "none" else "",
        "let go: nothing" if control.release == "none" else "",
        f"pressed from {control.threshold}" if control.threshold is not None else "",
        {"channel": "pressed on: one pressure for all", "key": "pressed on: a pressure each"}.get(
            control.pressure or "", ""
        ),
        f"touched: {sent(control.touch)}" if control.touch else "",
    )
    return "; ".join(filter(None, parts))


def light(one: Light | None, own: ControlMessage) -> str:
    """What lights a control; a light of its own type and number is set by the message that it sends."""
    if one is None:
        return ""
    named = ", ".join(f"{plain(name)} {value}" for name, value in one.values.items())
    numbers = one.numbers or (() if one.number is None else (one.number,))
    if one.sysex:
        how = code(one.sysex)
    elif one.type == own.type and not numbers and one.channel in (None, own.channel):
        how = "as sent"
    else:
        number = f" {runs(numbers)}" if numbers else ""
        where = f", channel {one.channel}" if one.channel else ""
        how = f"{_TYPES[one.type][0]}{number}{where}"
    return f"{how}: {named}" if named else how


def reached(one: Parameter) -> str:
    """By what a parameter is set."""
    ways = (
        f"CC {one.cc}" if one.cc is not None else "",
        f"CC {one.cc14[0]} and {one.cc14[1]} (14 bits)" if one.cc14 else "",
        f"RPN {one.rpn[0]}/{one.rpn[1]}" if one.rpn else "",
        f"NRPN {one.nrpn[0]}/{one.nrpn[1]}" if one.nrpn else "",
        code(one.sysex) if one.sysex else "",
    )
    return " or ".join(filter(None, ways))


def scale(one: Parameter) -> str:
    """From where to where a parameter goes, its middle and where it starts."""
    parts = (
        span(one.range) if one.range else "",
        f"by NRPN {span(one.nrpn_range)}" if one.nrpn_range else "",
        f"centre {one.centre:,}" if one.centre is not None else "",
        f"starts at {one.default:,}" if one.default is not None else "",
    )
    return ", ".join(filter(None, parts))


def named_values(one: Parameter) -> str:
    """What the values of a parameter are called."""
    return "; ".join(
        f"{span(band(text))} {plain(name)}{' (each value another)' if '~' in text else ''}"
        for text, name in one.values.items()
    )


def voices(slot: Slot) -> str:
    """How many notes of a slot sound at once, and which of them."""
    wins = f", {_WINS[slot.mono_priority]}" if slot.mono_priority else ""
    return "" if slot.polyphony is None else f"{slot.polyphony}{wins}"


def dynamics(slot: Slot) -> str:
    """Which velocities it tells apart."""
    if slot.velocity is None:
        return ""
    return "no dynamics" if slot.velocity[0] == slot.velocity[1] else span(slot.velocity)


def bend(slot: Slot) -> str:
    """How far its pitch bends."""
    if slot.bend is None:
        return ""
    return ", ".join(
        filter(None, (f"{slot.bend.semitones} semitones each way", _SET_BY.get(slot.bend.set_by or "", "")))
    )


class Sheet:
    """What the sections of one page share: the source that goes without saying, and the footnotes."""

    def __init__(self, usual: str | None) -> None:
        self.usual = usual
        self.notes = Footnotes()

    def source(self, section: Section, elsewhere: Collection[str] = (), otherwise: str | None = None) -> str:
        """Where the facts of a table come from, if not all from the usual source: `manual; range: guide`.

        `elsewhere` are keys of which it is said in another place; `otherwise` is the source of the table that it is in.
        """
        by: dict[str, list[str]] = {}
        for fact in facts(section, "", otherwise or self.usual):
            name = fact.place.removeprefix(".").partition(".")[0].partition("[")[0]
            if name not in elsewhere and name not in by.setdefault(fact.source or "", []):
                by[fact.source or ""].append(name)
        most = max(by, key=lambda id: len(by[id]), default="")
        others = [f"{', '.join(names).replace('_', ' ')}: {id}" for id, names in by.items() if id != most]
        return "; ".join([most] * (most != self.usual) + others)

    def mark(self, *sections: Section | None) -> str:
        """The footnotes of tables: what a reader should know, and for which firmware it holds."""
        return "".join(self.notes.mark(plain(note(one))) for one in sections if one is not None)

    def rows(self, section: Section, words: Mapping[str, tuple[str, Say]]) -> list[tuple[str, str, str]]:
        """(what, how it is, its source) of each fact of a table that is there, in the order of the words."""
        return [
            (title, say(getattr(section, name)), self._source_of(section, name))
            for name, (title, say) in words.items()
            if name in section.model_fields_set
        ]

    def _source_of(self, section: Section, name: str) -> str:
        source = section.sources.get(name, section.source or self.usual)
        return "" if source == self.usual else source or ""


def note(section: Section) -> str:
    """What a reader should know of a table besides, and for which firmware it holds, as it is written."""
    parts = (
        f"since firmware {section.since}" if section.since else "",
        f"until firmware {section.until}" if section.until else "",
        section.note or "",
    )
    return "; ".join(filter(None, parts))
