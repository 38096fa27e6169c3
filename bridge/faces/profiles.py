"""`midi-bridge profiles`: which devices are known, what a profile says, and which device somebody has."""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, get_args

import click

from bridge.app.at_sight import this_system
from bridge.errors import BadOption, BadProfile, BridgeError
from bridge.faces.gear import UNCONFIRMED, as_data, in_words, index, say_faults
from bridge.faces.output import answer_json, json_option
from bridge.faces.profile_convert import convert, export, page_
from bridge.faces.profile_files import check, new
from bridge.faces.talk import answer, printable, say
from bridge.faces.words import count_of
from bridge.profiles import load
from bridge.profiles.clues import USB_ID, System
from bridge.profiles.complete import counted, missing
from bridge.profiles.index import Index
from bridge.profiles.known import Entry
from bridge.profiles.match import Answer, Clues, Matcher
from bridge.profiles.model import Profile
from bridge.profiles.replies import Body, Byte, parse
from bridge.profiles.section import ASSUMED

_SYSTEMS: Final = get_args(System)
_GROUPS: Final[Mapping[tuple[bool, str], str]] = {
    (True, "written"): "complete",
    (False, "written"): "not complete",
    (False, "converted"): "converted from data sets: only what those hold",
}
_CALLER: Final = 2


@click.group(invoke_without_command=True)
@click.pass_context
def profiles(context: click.Context) -> None:
    """Device profiles: which there are, what they say, and which device somebody has."""
    if context.invoked_subcommand is None:
        answer(context.get_help())


for _command in (check, new, convert, export, page_):
    profiles.add_command(_command)


@profiles.command("list")
@click.argument("words", nargs=-1, metavar="[WORD...]")
@click.option("--complete", is_flag=True, help="Only those that are complete.")
@click.option("--converted", is_flag=True, help="Only those that were converted from data sets.")
@json_option
def list_(words: tuple[str, ...], complete: bool, converted: bool, as_json: bool) -> int:
    """List the devices that are known, those with every WORD in name, maker or model.

    Complete ones stand apart from those that were converted from data sets and say only what those hold.
    """
    found = index()
    say_faults(found)
    entries = [
        one
        for one in found.known.entries
        if (one.complete or not complete) and (one.origin == "converted" or not converted) and _has(one, words)
    ]
    if words and not entries:
        said = f"none of them has '{' '.join(words)}' in its name, maker or model"
        say(f"{said}; midi-bridge profiles list says which there are")
    if as_json:
        answer_json([_entry_data(one) for one in entries])
    else:
        for line in _grouped(entries):
            answer(line)
    return 0


def _has(one: Entry, words: tuple[str, ...]) -> bool:
    text = " ".join((one.name, one.maker, one.model, *one.models)).casefold()
    return all(word.casefold() in text for word in words)


def _entry_data(one: Entry) -> dict[str, Any]:
    return {
        "name": one.name,
        "maker": one.maker,
        "model": one.model,
        "models": one.models,
        "kind": one.kind,
        "origin": one.origin,
        "complete": one.complete,
        "confirmed": one.confirmed,
        "own": one.own,
    }


def _grouped(entries: list[Entry]) -> Iterator[str]:
    width = max((len(one.name) for one in entries), default=0)
    for (is_complete, origin), title in _GROUPS.items():
        group = [one for one in entries if (one.complete, one.origin) == (is_complete, origin)]
        for confirmed, state in ((True, "confirmed on hardware"), (False, "nobody has confirmed them on hardware")):
            some = [one for one in group if one.confirmed == confirmed]
            if some:
                yield f"{count_of(len(some), 'profile')}, {title}; {state}"
            for one in some:
                own = "  your own" if one.own else ""
                yield f"  {one.name:<{width}}  {one.kind:<10}  {printable(f'{one.maker} {one.model}')}{own}"


@profiles.command()
@click.argument("name", metavar="NAME")
@json_option
def show(name: str, as_json: bool) -> int:
    """Say what one profile holds, where its facts come from, and how many of them are only assumed."""
    found = index()
    entry = _entry(found, name)
    say_faults(Index(found.known, {}, tuple(one for one in found.replaced if one == name)))
    profile = load.load_file(Path(entry.path))
    if as_json:
        answer_json(_profile_data(entry, profile))
    else:
        answer("\n".join(printable(line) for line in _page(entry, profile)))
    return 0


def _entry(found: Index, name: str) -> Entry:
    entry = found.entry(name)
    if entry:
        return entry
    place = f"{name}.toml"
    for path, fault in found.faults.items():
        if Path(path).as_posix().endswith(f"/{place}"):
            raise BadProfile(fault)
    raise load.missing(name, [one.name for one in found.known.entries])


def _profile_data(entry: Entry, profile: Profile) -> dict[str, Any]:
    number = counted([profile])
    return {
        **_entry_data(entry),
        "file": entry.path,
        "facts": number.facts,
        "sourced": number.sourced,
        "assumed": number.facts - number.sourced,
        "sources": _source_data(profile),
        "missing": missing(profile),
        "profile": profile.model_dump(mode="json", exclude_unset=True),
    }


def _source_data(profile: Profile) -> list[dict[str, Any]]:
    facts = Counter(fact.source for fact in profile.facts())
    return [
        {"id": id, "facts": facts[id], "kind": one.kind, "says": one.says, "link": one.link, "licence": one.licence}
        for id, one in profile.sources.items()
    ]


def _page(entry: Entry, profile: Profile) -> Iterator[str]:
    yield f"{entry.name}: {profile.maker} {profile.model}, {_kind(profile)}"
    if profile.models:
        yield f"  stands for {', '.join(profile.models)}"
    for text in filter(None, (profile.note,)):
        yield f"  {text}"
    yield from (f"  {line}" for line in _confirmed(profile))
    yield from (f"  {line}" for line in _contents(profile))
    number = counted([profile])
    yield f"  {count_of(number.facts, 'fact')}, {number.facts - number.sourced:,} of them only assumed"
    facts = Counter(fact.source for fact in profile.facts())
    for id, source in profile.sources.items():
        yield f"    {facts[id]:>5,}  {source.says} ({source.kind})"
    if facts[ASSUMED]:
        yield f"    {facts[ASSUMED]:>5,}  assumed: likely, and nobody has looked it up"
    lacks = missing(profile)
    yield f"  complete: {'yes' if not lacks else 'no'}"
    yield from (f"    missing: {lack}" for lack in lacks)
    yield f"  {entry.path}"


def _kind(profile: Profile) -> str:
    both = profile.kind == "instrument" and profile.controls
    written = "" if profile.origin == "written" else ", converted from a data set"
    return f"{'an' if profile.kind[0] in 'aeiou' else 'a'} {profile.kind}{' with controls' if both else ''}{written}"


def _confirmed(profile: Profile) -> Iterator[str]:
    for one in profile.confirmed:
        firmware = f" with firmware {one.firmware}" if one.firmware else ""
        yield f"confirmed on hardware by {one.by} on {one.on}{firmware}"
    if profile.needs_hardware:
        yield UNCONFIRMED


def _contents(profile: Profile) -> Iterator[str]:
    if profile.wire:
        yield f"wire: {profile.wire.connector}, {profile.wire.speed_bytes_per_second:,} bytes a second"
    for noun, many in (("slot", profile.slots), ("parameter", profile.parameters), ("port", profile.ports)):
        if many:
            yield count_of(len(many), noun)
    if profile.controls:
        yield count_of(sum(len(control.message.addresses) or 1 for control in profile.controls), "control")


@profiles.command()
@click.option("--name", metavar="NAME", help="A port's name, as the system lists it.")
@click.option("--system", type=click.Choice(_SYSTEMS), help="The system that lists it.  [default: this one]")
@click.option("--reply", metavar="BYTES", help="What it answers to an identity request, as 'F0 7E … F7'.")
@click.option("--usb", metavar="VVVV:PPPP", help="Its USB vendor and product.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Answer for each JSON line on stdin, with one JSON line.")
@json_option
def match(name: str | None, system: str | None, reply: str | None, usb: str | None, from_stdin: bool,
          as_json: bool) -> int:  # fmt: skip
    """Say which device this is, and why: by a port's name, an identity reply, USB ids, or any of them together.

    The outcome is a device, a set of those it may be, the vendor alone, or unknown; nothing is guessed. The lines on
    stdin are objects with the keys name, system, reply and usb. A bad one is answered with its error, and the exit code
    is then 2.
    """
    given = {"name": name, "reply": reply, "usb": usb}
    if from_stdin:
        if any(given.values()):
            raise BadOption("--stdin takes its names, replies and USB ids from stdin; leave the other options out")
        return _match_lines(system or this_system())
    clues = _clues({key: value for key, value in given.items() if value is not None}, system or this_system())
    found = index()
    say_faults(found)
    said = Matcher(found.known).answer(clues)
    if as_json:
        answer_json(as_data(said))
    else:
        answer("\n".join(printable(line) for line in _said(found, said)))
    return 0


def _said(found: Index, said: Answer) -> Iterator[str]:
    yield f"{said.outcome}: {in_words(said) or 'nothing is known of it'} ({said.score} % sure)"
    yield from (f"  {reason}" for reason in said.why)
    if any((entry := found.entry(name)) and not entry.confirmed for name in said.profiles):
        yield f"  {UNCONFIRMED}"


def _match_lines(system: str) -> int:
    matcher = Matcher(index().known)
    code = 0
    for line in sys.stdin.buffer:
        text = line.decode("utf-8", errors="replace").strip()
        if not text:
            continue
        try:
            said = as_data(matcher.answer(_clues(_object(text), system)))
        except BridgeError as bad:
            said, code = {"error": str(bad)}, _CALLER
        answer(json.dumps(said))
    return code


def _object(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise BadOption("the line is no JSON") from None
    if not isinstance(data, dict):
        raise BadOption('the line is no JSON object; give one as {"name": …, "system": …} or {"reply": …}')
    return {key: value for key, value in data.items() if value is not None}


def _clues(given: Mapping[str, Any], system: str) -> Clues:
    """What was typed or came as JSON, checked. Raises BadOption."""
    if not any(key in given for key in ("name", "reply", "usb")):
        raise BadOption("there is nothing to go by; give a name, a reply or USB ids")
    for key in ("name", "system", "usb"):
        if not isinstance(given.get(key, ""), str):
            raise BadOption(f"{key}: found {type(given[key]).__name__}, allowed: text")
    if (system := given.get("system", system)) not in _SYSTEMS:
        raise BadOption(f"system: found '{system}', allowed: {', '.join(_SYSTEMS)}")
    usb = given.get("usb", "")
    if usb and not re.fullmatch(USB_ID, usb.lower()):
        raise BadOption(f"usb: found '{usb}', allowed: vendor and product as 0944:0117")
    return Clues(given.get("name", ""), system, _reply(given.get("reply", "")), usb.lower())


def _reply(given: object) -> Body:
    if isinstance(given, list) and all(isinstance(one, int) and 0 <= one <= 255 for one in given):
        return tuple(Byte(one) for one in given)
    if not isinstance(given, str):
        raise BadOption(f"reply: found {type(given).__name__}, allowed: text as 'F0 7E … F7', or a list of bytes")
    try:
        return parse(given)
    except ValueError as bad:
        raise BadOption(f"reply: {bad}") from None
