"""The longest tables on the page of a device: every control under the hand, and every parameter.

Called by what draws the page. What a control does in this program follows from its role alone.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from bridge.faces import device_words as words
from bridge.faces.device_words import Sheet
from bridge.faces.markdown import code, plain, table
from bridge.profiles.control import UNADDRESSED, Control
from bridge.profiles.model import Profile
from bridge.profiles.parameter import Parameter

_DOES: Final[Mapping[str, str]] = {
    "keys": "plays, and corrects notes",
    "pad": "plays, and corrects notes and dynamics",
    "pedal": "sustain pedal: plays, and corrects pedalling",
    "undo": "takes back the newest correction",
    "route": "sends the part on to the next instrument",
    "stop": "stops",
    "play": "plays on",
    "again": "plays from the start of the loop or the song",
    "panic": "silences everything",
}
"""What a control of each role does in this program; a part and a tool are named besides."""
_ALONG: Final = frozenset(("bend", "pressure"))
"""What goes to the instrument with the keys, on their channel, whatever moves it."""
_USED: Final[Mapping[bool, str]] = {
    True: "A control that has nothing under *here* does nothing in this program.",
    False: "None of its controls does anything in this program.",
}
_LIGHTS: Final[Mapping[str, str]] = {
    "none": "It has no lights.",
    "unknown": "What lights it, the sources do not tell.",
}
_IN_SYSEX: Final = "In a SysEx message `vv` stands for the value, `vh vl` for its upper and its lower seven bits."
_LIT: Final = (
    "A light is set by a message to it; *as sent* is the one that the control itself sends. In SysEx `nn` stands for"
    " the number of the control, `vv` for the value, `rr gg bb` for a colour."
)
_SAFETY: Final[Mapping[str, str]] = {
    "harmless": "smooth",
    "jumps": "jumps audibly",
    "stores": "never: changes its memory",
}


def controls(profile: Profile, sheet: Sheet) -> Iterator[str]:
    """Everything under the hand: what it sends, what lights it, and what it does in this program."""
    if not profile.controls:
        return
    keyed = {channel for one in profile.controls if one.means == "keys" for _, channel, _ in one.message.addresses}
    lights = _LIGHTS.get((profile.has and profile.has.lights) or "", "")
    yield f"{_USED[any(_does(one, keyed) for one in profile.controls)]} {lights}".rstrip()
    yield ""
    for page in profile.pages:
        by = f", or a program by the mode *{plain(page.mode)}*" if page.mode else ""
        yield f"- Page *{plain(page.name)}*: {plain(page.entered)}{by}{_source(sheet.source(page))}{sheet.mark(page)}"
    for mode in profile.modes:
        ways = f"entered by {code(mode.enter)}, left by {code(mode.leave)}"
        yield f"- Mode *{plain(mode.name)}*: {ways}{_source(sheet.source(mode))}{sheet.mark(mode)}"
    for display in profile.displays:
        size = f"{display.columns} characters in {display.rows} rows, written by {code(display.sysex)}"
        yield f"- Display *{plain(display.name)}*: {size}{_source(sheet.source(display))}{sheet.mark(display)}"
    if profile.pages or profile.modes or profile.displays:
        yield ""
    head = ("control", "kind", "page", "port", "sends", "values", "here", "light", "source")
    yield from table(head, [_control(one, keyed, sheet) for one in profile.controls])
    if any(one.light for one in profile.controls):
        yield from ("", _LIT)


def _source(source: str) -> str:
    return f" ({source})" if source else ""


def _control(one: Control, keyed: Collection[int], sheet: Sheet) -> tuple[str, ...]:
    """One row: a control, or a row of like ones."""
    count = len(one.message.addresses)
    return (
        words.label(one) + sheet.mark(one),
        f"{one.kind} × {count}" if count > 1 and one.kind != "keys" else one.kind,
        plain(one.page or ""),
        plain(one.port or ""),
        words.sent(one.message),
        words.values_of(one),
        _does(one, keyed),
        words.light(one.light, one.message) + sheet.mark(one.light),
        sheet.source(one),
    )


def _does(one: Control, keyed: Collection[int]) -> str:
    """What it does in this program; nothing where it has no role, or sends what no role goes by."""
    message = one.message
    if message.type in UNADDRESSED:
        return ""
    if one.means == "part":
        return f"chooses part {one.value}"
    if one.means == "tool":
        return f"chooses the tool *{one.value}*"
    if one.means:
        return _DOES[one.means]
    along = message.type in _ALONG and any(channel in keyed for _, channel, _ in message.addresses)
    return "goes along with the keys" if along else ""


def parameters(profile: Profile, sheet: Sheet) -> Iterator[str]:
    """Everything that messages turn in it, group by group, and what must never be automated."""
    if not profile.parameters:
        return
    stores = [plain(one.name) for one in profile.parameters if one.safety == "stores"]
    if stores:
        yield f"**Never automated, and sent by no agent**, since they change its memory: {', '.join(stores)}."
        yield ""
    if any(one.sysex for one in profile.parameters):
        yield from (_IN_SYSEX, "")
    groups: dict[str, list[Parameter]] = {}
    for one in profile.parameters:
        groups.setdefault(one.group or "", []).append(one)
    head = ("parameter", "sent as", "channel", "range", "values", "what it is", "when automated", "direction", "source")
    for number, (group, many) in enumerate(groups.items()):
        yield from ("",) * (number > 0)
        yield from (f"### {plain(group)}", "") if group else ()
        yield from table(head, [_parameter(one, sheet) for one in many])


def _parameter(one: Parameter, sheet: Sheet) -> tuple[str, ...]:
    return (
        plain(one.name) + sheet.mark(one),
        words.reached(one),
        words.runs(one.channels),
        words.scale(one),
        words.named_values(one),
        one.role or "",
        _SAFETY.get(one.safety or "", ""),
        {"sent": "only sent", "received": "only obeyed", "both": "both ways"}.get(one.direction or "", ""),
        sheet.source(one),
    )
