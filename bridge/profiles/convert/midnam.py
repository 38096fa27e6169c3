"""A MIDNAM file (MIDINameDocument of the MIDI Manufacturers Association) as a profile.

It holds names: of programs and their banks, of the keys of drum kits, of controllers and parameter numbers; for each
channel a set of them. Called by `profiles convert`. It refuses, with BadProfile, what is no such XML, what defines
entities of its own (a few lines of them unfold to gigabytes), and what is larger or deeper than any such file is.

One device and one of its modes are taken over; the rest is left behind with the reason.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from bridge.errors import BadProfile
from bridge.profiles.convert.converted import NULL_NUMBER, Converted, Left, check_size, place, plain
from bridge.profiles.convert.midnam_programs import programs
from bridge.profiles.convert.roles import drum_role
from bridge.profiles.section import WIDE

SOURCE: Final = "midnam"
_DEEPEST: Final = 32
_MOST_UNFOLDED: Final = 500_000
_HIGHEST: Final = 127
_COARSE: Final = 32
"""14-bit controllers are 0 to 31, each with its fine one 32 above (MIDI 1.0, control change)."""
_CHANNELS: Final = range(1, 17)
_UNUSED: Final = ("DeviceModeEnable", "DeviceModeDisable", "SysExDeviceID", "SupportsStandardDeviceMode")


@dataclass(slots=True)
class Reading:
    """One device of a document while it is read, and what is left behind of it."""

    device: Element
    left: list[Left] = field(default_factory=list)
    _lists: dict[tuple[str, str | None], Element] = field(default_factory=dict)
    _unfolded: int = 0

    def __post_init__(self) -> None:
        for one in self.device.iter():
            if one.tag.endswith("NameList") and one.get("Name"):
                self._lists.setdefault((one.tag, one.get("Name")), one)

    def leave(self, where: str, what: str, why: str) -> None:
        """Note what is left behind."""
        self.left.append(Left(where, what, why))

    def used(self, element: Element, tag: str) -> list[Element]:
        """The lists of one kind that stand in an element, or that it names. Raises BadProfile where they unfold."""
        named = [self._lists.get((tag, one.get("Name"))) for one in element.findall(f"Uses{tag}")]
        found = [*element.findall(tag), *(one for one in named if one is not None)]
        self._unfolded += 1 + sum(map(len, found))
        if self._unfolded > _MOST_UNFOLDED:
            raise BadProfile(f"its lists are used so often that they unfold to more than {_MOST_UNFOLDED:,} entries")
        return found


def convert(data: bytes, folder: str = "", edition: str = "") -> Converted:
    """The first device of the document; `edition` says where the file is from."""
    root = _parsed(data)
    devices = list(root.iter("MasterDeviceNames"))
    if root.tag != "MIDINameDocument":
        raise BadProfile(f"it is no MIDNAM: it is a {plain(root.tag)[:40]!r}, allowed: a MIDINameDocument")
    if not devices:
        raise BadProfile("it describes no device: there is no MasterDeviceNames, as in files for expansion boards")
    reading = Reading(devices[0])
    maker = _text(devices[0], "Manufacturer")
    models = [name for one in devices[0].findall("Model") if (name := plain(one.text or ""))]
    if not maker or not models:
        raise BadProfile("it does not name its maker and model")
    sets = _sets(reading)
    content: dict[str, Any] = {
        "name": place(folder, maker, models[0]),
        "maker": maker,
        "model": models[0],
        **({"models": models} if len(models) > 1 else {}),
        "kind": "instrument",
        "source": SOURCE,
        "origin": "converted",
        "sources": {SOURCE: _source(root, maker, models[0], edition)},
        **_slots(reading, sets),
        **programs(reading, [one for one, _ in sets]),
        **_parameters(reading, sets),
    }
    for number, one in enumerate(devices[1:], 2):
        reading.leave(
            f"device {number}", f"{_text(one, 'Manufacturer')} {_text(one, 'Model')}", "a profile holds one device"
        )
    for one in root.iter("ExtendingDeviceNames"):
        reading.leave("ExtendingDeviceNames", _text(one, "Model"), "it extends another file")
    for tag in _UNUSED:
        for one in reading.device.iter(tag):
            reading.leave(tag, plain(" ".join(one.itertext()))[:60], "a profile has no place for it")
    return Converted(content, tuple(reading.left))


def _source(root: Element, maker: str, model: str, edition: str) -> dict[str, str]:
    author = _text(root, "Author")
    said = ", ".join(filter(None, (f"MIDNAM file of {maker} {model}", edition, f"by {author}" if author else "")))
    return {"kind": "data set", "says": said}


def _text(element: Element, tag: str) -> str:
    return plain(element.findtext(tag) or "")


def _parsed(data: bytes) -> Element:
    """The root of the document; names of tags without their prefixes."""
    check_size(data)
    builder = TreeBuilder()
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise BadProfile("it is no MIDNAM: its elements are nested too deeply")
        builder.start(tag.rpartition(":")[2], attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag.rpartition(":")[2])

    def entity(*about: object) -> None:
        raise BadProfile(f"it defines the entity {str(about[0])!r}; a MIDNAM file has no entities of its own")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.EntityDeclHandler = builder.data, entity
    try:
        parser.Parse(data, True)
        root: Element = builder.close()
    except (expat.ExpatError, LookupError, ValueError) as failed:  # an encoding that nobody knows is a LookupError
        raise BadProfile(f"it is no XML: {failed}") from None
    return root


def _sets(reading: Reading) -> list[tuple[Element, list[int]]]:
    """The sets of names of the first mode, each with its channels."""
    modes = reading.device.findall("CustomDeviceMode")
    for mode in modes[1:]:
        reading.leave("CustomDeviceMode", plain(mode.get("Name", "")), "a profile describes one mode")
    channels: dict[str, list[int]] = {}
    for one in modes[0].iter("ChannelNameSetAssign") if modes else ():
        channel = number(one.get("Channel"), 16)
        if channel:
            channels.setdefault(one.get("NameSet", ""), []).append(channel)
    found = reading.device.findall("ChannelNameSet")
    for mode in modes[:1]:
        found = [*found, *mode.findall("ChannelNameSet")]
    sets = []
    for one in found:
        if not modes or one.get("Name", "") in channels:
            sets.append((one, sorted(set(channels.get(one.get("Name", ""), _available(one))))))
        else:
            reading.leave("ChannelNameSet", plain(one.get("Name", "")), "no channel uses it in the first mode")
    return sets


def _available(names: Element) -> list[int]:
    """The channels that a set says it is for."""
    said = [one for one in names.iter("AvailableChannel") if one.get("Available") == "true"]
    return [channel for one in said if (channel := number(one.get("Channel"), 16))]


def number(text: str | None, highest: int) -> int | None:
    """A number from 0 to `highest`; None for anything else."""
    word = (text or "").strip()
    return int(word) if word.isascii() and word.isdigit() and len(word) < 6 and int(word) <= highest else None


def _slots(reading: Reading, sets: Sequence[tuple[Element, list[int]]]) -> dict[str, Any]:
    """A slot for each set; only where one of them names keys, since channels alone may be those to choose from."""
    slots: list[dict[str, Any]] = []
    taken: set[int] = set()
    for names, channels in sets:
        sounds = _sounds(reading, names)
        free = [channel for channel in channels if channel not in taken]
        if free:
            taken.update(free)
            slots.append({"channels": free} | ({"drums": True, "sounds": sounds} if sounds else {}))
        elif sounds:
            reading.leave("ChannelNameSet", plain(names.get("Name", "")), "its channels are not known, or another's")
    for one in reading.device.iter("Patch"):
        for kit in [*one.findall("NoteNameList"), *one.findall("UsesNoteNameList")]:
            name = plain(kit.get("Name", "")) or "its keys"
            reading.leave(f"Patch {plain(one.get('Name', ''))}", name, "a profile names the keys of one kit")
    return {"slots": slots} if any("sounds" in slot for slot in slots) else {}


def _sounds(reading: Reading, names: Element) -> list[dict[str, Any]]:
    """The keys that a set names."""
    sounds: dict[int, dict[str, Any]] = {}
    for one in (note for notes in reading.used(names, "NoteNameList") for note in notes.iter("Note")):
        key, name = number(one.get("Number"), _HIGHEST), plain(one.get("Name", ""))
        if key is None or key in sounds or not name:
            reading.leave(
                "Note", f"{one.get('Number')!r} {name!r}", "no key from 0 to 127, no name, or a key named before"
            )
            continue
        role = drum_role(name)
        sounds[key] = {"key": key} | ({"role": role} if role else {}) | {"name": name}
    return [sounds[key] for key in sorted(sounds)]


def _parameters(reading: Reading, sets: Sequence[tuple[Element, list[int]]]) -> dict[str, Any]:
    """The controls of every list; on certain channels where not every set uses the list."""
    every = {channel for _, channels in sets for channel in channels}
    lists = list(reading.device.iter("ControlNameList"))
    made: list[dict[str, Any]] = []
    for controls in lists:
        users = [channels for names, channels in sets if controls in reading.used(names, "ControlNameList")]
        mine = {channel for channels in users for channel in channels}
        about: dict[str, Any] = {"group": plain(controls.get("Name", ""))} if len(lists) > 1 else {}
        if not about.get("group"):
            about = {}
        if mine and mine != every:
            about["channels"] = sorted(mine)
        made += [{"name": one.pop("name"), **about, **one} for one in _controls(reading, controls)]
    return {"parameters": made} if made else {}


def _controls(reading: Reading, controls: Element) -> Iterator[dict[str, Any]]:
    for one in controls.iter("Control"):
        name = plain(one.get("Name", ""))
        address = _address(one)
        if not name or not address:
            reading.leave(
                "Control", f"{one.get('Type', '7bit')} {one.get('Number')} {name!r}", "no name, or no such number"
            )
            continue
        yield {"name": name} | address | _scale(reading, one, name, 127 if "cc" in address else WIDE)


def _address(control: Element) -> dict[str, Any] | None:
    """The message that reaches it; None where the number is none of its type."""
    kind = control.get("Type", "7bit").casefold()
    value = number(control.get("Number"), WIDE)
    if value is None or kind not in ("7bit", "14bit", "rpn", "nrpn"):
        return None
    if kind in ("rpn", "nrpn"):
        pair = (value >> 7, value & _HIGHEST)
        return {kind: pair} if pair != NULL_NUMBER else None
    if kind == "14bit":
        return {"cc14": (value, value + _COARSE)} if value < _COARSE else None
    return {"cc": value} if value <= _HIGHEST else None


def _scale(reading: Reading, control: Element, name: str, highest: int) -> dict[str, Any]:
    """The range, the default and the named values of one control."""
    about = control.find("Values")
    if about is None:
        return {}
    low, high, default = (number(about.get(key), highest) for key in ("Min", "Max", "Default"))
    facts: dict[str, Any] = {}
    if low is not None and high is not None and low <= high:
        facts["range"] = (low, high)
        facts |= {"default": default} if default is not None and low <= default <= high else {}
    elif about.keys():
        reading.leave(f"Control {name}", plain(str(about.attrib)), f"no range from 0 to {highest}, the lower first")
    values: dict[str, str] = {}
    for one in (value for names in reading.used(about, "ValueNameList") for value in names.iter("Value")):
        value, said = number(one.get("Number"), highest), plain(one.get("Name", ""))
        if value is None or not said or str(value) in values:
            reading.leave(
                f"Control {name}", f"value {one.get('Number')} {said!r}", "no name, no such value, or named before"
            )
        else:
            values[str(value)] = said
    return facts | ({"values": values} if values else {})
