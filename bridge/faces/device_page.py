"""The page about one device, for a player who has it or wants it: made from its profile alone, as Markdown.

Called by `profiles page`, and by what makes `docs/devices`. What the profile does not say is left out.
"""

import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from bridge.faces import device_words as words
from bridge.faces.device_tables import controls, parameters
from bridge.faces.device_words import Say, Sheet
from bridge.faces.gear import UNCONFIRMED
from bridge.faces.markdown import code, ended, link, plain, sentence, table
from bridge.faces.words import count_of
from bridge.profiles.complete import counted, missing
from bridge.profiles.model import Profile
from bridge.profiles.section import ASSUMED
from bridge.profiles.sound import Slot

Section = Callable[[Profile, Sheet], Iterator[str]]
_KINDS: Final[Mapping[str, str]] = {"instrument": "An instrument", "controller": "A controller"}
_DIRECTIONS: Final[Mapping[str, str]] = {"in": "from the device", "out": "to the device", "both": "both ways"}
_KEYS_LINE: Final = "Channels count from 1, and C4 is key 60."
_SELECT: Final[Mapping[str, str]] = {
    "none": "It takes no program change.",
    "program": "A program change chooses the sound; it obeys no bank select.",
    "msb": "Bank select by CC 0, then a program change, chooses the sound.",
    "lsb": "Bank select by CC 32, then a program change, chooses the sound.",
    "both": "Bank select by CC 0 and CC 32, then a program change, chooses the sound.",
}
_MATCH: Final[Mapping[str, tuple[str, Say]]] = {
    "names": ("port name", lambda names: ", ".join(map(code, names))),
    "names_on": (
        "port name on one system",
        lambda on: "; ".join(f"{system}: {', '.join(map(code, names))}" for system, names in on.items()),
    ),
    "usb": ("USB", lambda ids: ", ".join(map(code, ids))),
    "no_reply": ("no identity reply", plain),
    "no_reply_of": (
        "no identity reply of a model",
        lambda of: "; ".join(f"{plain(model)}: {plain(why)}" for model, why in of.items()),
    ),
}
_WIRE: Final[Mapping[str, tuple[str, Say]]] = {
    "connector": (
        "sockets",
        lambda one: {"usb": "USB", "din": "5-pin DIN", "both": "USB and 5-pin DIN",
                     "serial": "none for MIDI: another program speaks it for this device"}[one],
    ),
    "speed_bytes_per_second": ("takes", lambda one: f"{one:,} bytes a second"),
    "sysex_piece_bytes": ("longest piece of SysEx", lambda one: count_of(one, "byte")),
    "sysex_gap_ms": ("rest between pieces of SysEx", lambda one: f"{one:g} ms"),
    "program_gap_ms": ("rest after a program change", lambda one: f"{one:g} ms"),
    "bank_gap_ms": ("rest after a bank select", lambda one: f"{one:g} ms"),
    "running_status": ("running status", lambda one: "understood" if one else "not understood"),
    "active_sensing": ("active sensing", lambda one: f"{one}{': falls silent when it stops' * (one == 'honoured')}"),
}  # fmt: skip
_TIMING: Final[Mapping[str, tuple[str, Say]]] = {
    "note_to_sound_ms": ("from a note to its sound", lambda one: f"{one:g} ms"),
    "spread_ms": ("from note to note that differs by", lambda one: f"{one:g} ms"),
    "method": ("measured", plain),
}
_SYNC_WORDS: Final[Mapping[str, str]] = {
    "both": "sent and received", "received": "received", "sent": "sent", "none": "neither sent nor received",
}  # fmt: skip
_SYNC: Final[Mapping[str, tuple[str, Say]]] = {
    "clock": ("MIDI clock", _SYNC_WORDS.__getitem__),
    "transport": ("start, continue and stop", _SYNC_WORDS.__getitem__),
}
_QUIRKS: Final[Mapping[str, tuple[str, Say]]] = {
    "ignores_all_notes_off": ("all notes off (CC 123)", lambda one: "ignored" if one else "obeyed"),
    "ignores_all_sound_off": ("all sound off (CC 120)", lambda one: "ignored" if one else "obeyed"),
    "ignores_sustain": ("sustain pedal (CC 64)", lambda one: "ignored" if one else "obeyed"),
    "ignores_note_off": ("note-off", lambda one: "ignored: sounds ring by themselves" if one else "obeyed"),
    "echoes_notes": ("notes that it is played", lambda one: "sent back: never wire its output to its input" if one
                     else "not sent back"),
    "sends_note_on_zero": ("a key let go sends", lambda one: "a note-on of velocity 0" if one else "a note-off"),
    "loses_first_clock": ("first clock after start", lambda one: "lost: it starts one clock late" if one else "kept"),
    "local_control": ("local control (CC 122)", lambda one: "obeyed" if one else "ignored"),
    "middle_c": ("key 60 is called", str),
}  # fmt: skip


def title(profile: Profile) -> str:
    """What a person calls it: its maker and its model, which may begin with the maker."""
    is_told = profile.model.casefold().startswith(profile.maker.casefold())
    return plain(profile.model if is_told else f"{profile.maker} {profile.model}")


def page(profile: Profile, called: str) -> str:
    """The whole page; `called` is what is typed for the profile: its name, or its file."""
    sheet = Sheet(profile.source)
    called = shlex.quote(called)
    lines = [f"# {title(profile)}", "", *_head(profile, called)]
    for heading, section in _SECTIONS.items():
        found = list(section(profile, sheet))
        lines += ["", f"## {heading}", "", *found] if found else []
    notes = sheet.notes.lines()
    return "\n".join([*lines, *([""] if notes else []), *notes]) + "\n"


def _head(profile: Profile, called: str) -> Iterator[str]:
    """What it is, and how far this page can be trusted."""
    with_controls = " with controls of its own" if profile.kind == "instrument" and profile.controls else ""
    family = f" The page is of a family: {', '.join(map(plain, profile.models))}." if profile.models else ""
    yield f"{_KINDS[profile.kind]}{with_controls}.{family}"
    if profile.note:
        yield from ("", sentence(profile.note))
    if not profile.product:
        yield from ("", "It describes no product, but any device of its kind, or a simulated one.")
    number, lacks = counted([profile]), missing(profile)
    yield ""
    for one in profile.confirmed:
        note = f" {sentence(one.note)}" if one.note else ""
        firmware = f" with firmware {plain(one.firmware)}" if one.firmware else ""
        yield f"- Confirmed on hardware by {plain(one.by)} on {one.on}{firmware}.{note}"
    if profile.needs_hardware:
        yield f"- **{sentence(UNCONFIRMED)}**"
    if profile.origin == "converted":
        yield "- Converted from a data set, and only as complete as that."
    if profile.firmware:
        yield f"- Read of firmware {profile.firmware}."
    yield f'- {number.sourced:,} of {count_of(number.facts, "fact")} have a source better than "assumed".'
    if lacks:
        yield f"- Not complete: {code(f'midi-bridge profiles check {called}')} says what is missing."
    yield f"- To play it without having it: {code(f'midi-bridge twin {called}')}."


def _recognised(profile: Profile, sheet: Sheet) -> Iterator[str]:
    match = profile.match
    if match is None:
        return
    rows = sheet.rows(match, _MATCH)
    replies = match.sources.get("replies", match.source)
    rows += [
        (
            "identity reply" + sheet.mark(one),
            " ".join(filter(None, (code(one.pattern), *map(_bracketed, (one.model, one.state))))),
            sheet.source(one, (), replies),
        )
        for one in match.replies
    ]
    yield from table(("by" + sheet.mark(match), "which is", "source"), rows)
    if match.replies:
        yield from ("", "In a reply `?` stands for any digit, `*` for any number of bytes.")


def _bracketed(text: str | None) -> str:
    return f"({plain(text)})" if text else ""


def _ports(profile: Profile, sheet: Sheet) -> Iterator[str]:
    rows = [
        (
            code(one.name) + sheet.mark(one),
            _DIRECTIONS[one.direction] if "direction" in one.model_fields_set else "",
            {"play": "playing", "control": "its own controls", "daw": "a DAW's private talk", "din": "its 5-pin socket",
             "update": "new firmware", "unused": "nothing"}[one.use],
            sheet.source(one),
        )
        for one in profile.ports
    ]  # fmt: skip
    yield from table(("port", "direction", "for", "source"), rows)
    wired = [
        row for one, said in ((profile.wire, _WIRE), (profile.timing, _TIMING)) if one for row in sheet.rows(one, said)
    ]
    if rows and wired:
        yield ""
    mark = sheet.mark(profile.wire, profile.timing)
    yield from table(("wire" + mark, "", "source"), wired) if any(wired) else ()


def _slots(profile: Profile, sheet: Sheet) -> Iterator[str]:
    if profile.polyphony:
        other = profile.polyphony_source
        source = f" ({plain(other)})" if other and other != sheet.usual else ""
        yield f"{count_of(profile.polyphony, 'voice')} for all channels together{source}. {_KEYS_LINE}"
    elif profile.slots:
        yield _KEYS_LINE
    if profile.slots:
        yield ""
    head = ("channel", "what", "keys", "notes at once", "beyond its keys", "velocities", "bend", "rest between strokes")
    yield from table((*head, "source"), [_slot(slot, sheet) for slot in profile.slots])
    rows = [row for slot in profile.slots for row in _sounds(slot, sheet, is_one_of_many=len(profile.slots) > 1)]
    if rows:
        yield from ("", "### Drums", "")
    yield from table(("channel", "key", "sound", "in a kit", "cut off together", "source"), rows)


def _slot(slot: Slot, sheet: Sheet) -> tuple[str, ...]:
    """One row: the channels that sound alike, and what they can do."""
    return (
        (words.runs(slot.channels) or "not known") + sheet.mark(slot, slot.bend),
        "drums" if slot.drums else "",
        words.keys(slot.range) if "range" in slot.model_fields_set else "",
        words.voices(slot),
        {"silent": "silent", "octave": "in the nearest octave"}.get(slot.beyond_range or "", ""),
        words.dynamics(slot),
        words.bend(slot),
        "" if slot.retrigger_gap_ms is None else f"{slot.retrigger_gap_ms:g} ms",
        sheet.source(slot, ("sounds",)),
    )


def _sounds(slot: Slot, sheet: Sheet, *, is_one_of_many: bool) -> Iterator[tuple[str, ...]]:
    """A row for each sound of a drum slot."""
    source = slot.sources.get("sounds", slot.source)
    for one in slot.sounds:
        yield (
            words.runs(slot.channels) if is_one_of_many else "",
            words.key(one.key) + sheet.mark(one),
            plain(one.name or ""),
            one.role or "",
            plain(one.chokes or ""),
            sheet.source(one, (), source),
        )


def _programs(profile: Profile, sheet: Sheet) -> Iterator[str]:
    programs = profile.programs
    if programs is None:
        return
    is_told = "display_from" in programs.model_fields_set and programs.select != "none"
    first = programs.display_from if is_told else 0  # else the names are numbered by their program bytes
    counts = f" Its display counts from {first}." if is_told else ""
    source = sheet.source(programs, ("banks",))
    yield f"{_SELECT[programs.select]}{counts}{f' ({source})' if source else ''}{sheet.mark(programs)}"
    if programs.banks:
        yield ""
    otherwise = programs.sources.get("banks", programs.source)
    rows = [
        (
            plain(one.name) + sheet.mark(one),
            "" if one.msb is None else str(one.msb),
            "" if one.lsb is None else str(one.lsb),
            words.span((one.first, one.first + len(one.names) - 1)) if one.names else "",
            sheet.source(one, (), otherwise),
        )
        for one in programs.banks
    ]
    yield from table(("bank", "CC 0", "CC 32", "program bytes", "source"), rows)
    for bank in programs.banks:
        if bank.names:
            named = (f"{place} {plain(name)}" for place, name in enumerate(bank.names, bank.first + first))
            yield from ("", f"**{plain(bank.name)}**: {', '.join(named)}.")


def _sync(profile: Profile, sheet: Sheet) -> Iterator[str]:
    if profile.sync is None:
        return
    rows = sheet.rows(profile.sync, _SYNC)
    yield from table(("what" + sheet.mark(profile.sync), "here", "source"), rows)


def _quirks(profile: Profile, sheet: Sheet) -> Iterator[str]:
    if profile.quirks is None:
        return
    rows = sheet.rows(profile.quirks, _QUIRKS)
    yield from table(("what", "here", "source"), rows)
    if said := words.note(profile.quirks):
        yield from (*("",) * bool(rows), sentence(said))


def _sources(profile: Profile, sheet: Sheet) -> Iterator[str]:
    count = Counter(fact.source for fact in profile.facts())
    if sheet.usual:
        yield f"Where no source stands beside a fact, it is *{plain(sheet.usual)}*."
    if sheet.usual and (profile.sources or count[ASSUMED]):
        yield ""
    for id, one in profile.sources.items():
        where = f" {link(one.link)}" if one.link else ""
        licence = f" Licence: {ended(one.licence)}" if one.licence else ""
        yield f"- *{plain(id)}* ({one.kind}, {count_of(count[id], 'fact')}): {ended(one.says)}{where}{licence}"
    if count[ASSUMED]:
        yield f"- *{ASSUMED}* ({count_of(count[ASSUMED], 'fact')}): likely, and nobody has looked it up."


_SECTIONS: Final[Mapping[str, Section]] = {
    "How it is recognised": _recognised,
    "Ports and wire": _ports,
    "What sounds": _slots,
    "Programs": _programs,
    "Controls": controls,
    "Parameters": parameters,
    "Keeping time with others": _sync,
    "Where it goes its own way": _quirks,
    "Where this comes from": _sources,
}
