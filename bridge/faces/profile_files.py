"""`midi-bridge profiles check` and `new`: profiles as a contributor writes them."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from bridge.errors import BadOption, BridgeError
from bridge.faces.files import check_kind, refuse_existing
from bridge.faces.gear import UNCONFIRMED
from bridge.faces.output import PATH, answer_json, json_option
from bridge.faces.profile_convert import converted_from, say_left
from bridge.faces.talk import answer, printable, say
from bridge.faces.words import count_of
from bridge.profiles import draft
from bridge.profiles.complete import counted, missing
from bridge.profiles.convert.converted import Left
from bridge.profiles.draft import Draft
from bridge.profiles.known import CONVERTED
from bridge.profiles.load import data_folder, names, place_of, read
from bridge.profiles.model import Profile, faults_of
from bridge.session import disk

_NAME: Final = re.compile(r"[a-z0-9-]+/[a-z0-9-]+")
_KINDS: Final = ("instrument", "controller")
_CONNECTORS: Final = ("usb", "din", "both")
_Value = TypeVar("_Value")


@click.command()
@click.argument("given", nargs=-1, metavar="[FILE|NAME...]")
@json_option
def check(given: tuple[str, ...], as_json: bool) -> int:
    """Say what is wrong with profiles, what they lack to be complete, and how many of their facts have a source.

    A FILE may lie anywhere; a NAME is one of those that came with the program, as moog/minitaur. Without any, all
    that came with it and were written by hand are checked. The exit code is 2 where a rule is broken; a profile that
    is only incomplete is no fault.
    """
    found = [_checked(one) for one in given or _written()]
    if as_json:
        answer_json(found)
    else:
        for one in found:
            _say(one)
        if len(found) > 1:
            _sum_up(found)
    return max((2 for one in found if one["faults"]), default=0)


def _written() -> list[str]:
    """The profiles that came with the program and were written by hand."""
    return [name for name in names() if name.partition("/")[0] not in CONVERTED]


def _checked(given: str) -> dict[str, Any]:
    """What is to be said of one profile."""
    is_file = given.endswith(".toml") or os.path.exists(given)
    try:
        if is_file:
            check_kind(Path(given))
        data = read(Path(given) if is_file else place_of(given))
        found = faults_of(data) or _misplaced(given, is_file, data)
    except BridgeError as fault:
        return _verdict(given, faults=[str(fault)])
    if found:
        return _verdict(given, faults=[f"'{given}': {one}" for one in found])
    return _verdict(given, Profile.model_validate(data))


def _misplaced(given: str, is_file: bool, data: dict[str, Any]) -> list[str]:
    """The fault of a file among those of the program whose name is not its place."""
    path = Path(given).resolve()
    if not is_file or not path.is_relative_to(data_folder().resolve()):
        return []
    place = path.relative_to(data_folder().resolve()).with_suffix("").as_posix()
    return [] if data["name"] == place else [f"name: found {data['name']!r}, allowed: {place!r}, its place"]


def _verdict(given: str, profile: Profile | None = None, faults: list[str] | None = None) -> dict[str, Any]:
    number = counted([profile] if profile else [])
    lacks = missing(profile) if profile else []
    return {
        "given": given,
        "name": profile.name if profile else None,
        "origin": profile.origin if profile else None,
        "faults": faults or [],
        "complete": profile is not None and not lacks,
        "missing": lacks,
        "facts": number.facts,
        "sourced": number.sourced,
        "confirmed": profile is not None and not profile.needs_hardware,
        "product": profile is not None and profile.product,
    }


def _say(one: dict[str, Any]) -> None:
    for fault in one["faults"]:
        say(fault)
    if one["faults"]:
        return
    state = "complete" if one["complete"] else "not complete"
    hardware = "confirmed on hardware" if one["confirmed"] else UNCONFIRMED
    answer(f"{printable(one['given'])}: {state}; {_sourced(one['sourced'], one['facts'])}; {hardware}")
    for lack in one["missing"]:
        answer(f"  {printable(lack)}")


def _sum_up(found: list[dict[str, Any]]) -> None:
    complete = sum(one["complete"] for one in found)
    facts, sourced = (sum(one[key] for one in found) for key in ("facts", "sourced"))
    general = sum(one["complete"] and not one["product"] for one in found)
    beside = f", {general} of which describe no product" if general else ""
    answer(f"{complete} of {count_of(len(found), 'profile')} complete{beside}; {_sourced(sourced, facts)}")


def _sourced(sourced: int, facts: int) -> str:
    return f'{sourced:,} of {count_of(facts, "fact")} have a source better than "assumed"'


@click.command()
@click.argument("name", metavar="[MAKER/MODEL]", required=False)
@click.option(
    "--from-csv",
    "table",
    type=PATH,
    metavar="FILE.csv",
    help="Of a table of MIDI Guide, in place of all that is asked.",
)
@click.option("--kind", type=click.Choice(_KINDS), help="Something that sounds, or something with keys and knobs.")
@click.option("--maker", metavar="TEXT", help="Who makes it, for people.")
@click.option("--model", metavar="TEXT", help="What it is called, for people.")
@click.option("--connector", type=click.Choice(_CONNECTORS), help="Its sockets for MIDI.")
@click.option("--channel", type=click.IntRange(1, 16), help="The channel it plays on, by factory setting.")
@click.option("--polyphony", type=click.IntRange(1, 256), help="How many notes an instrument sounds at once.")
@click.option("--range", type=(click.IntRange(0, 127), click.IntRange(0, 127)), metavar="LOW HIGH",
              help="The keys that sound, or that a controller has.")  # fmt: skip
@click.option("--cc", type=click.IntRange(0, 127), help="What the first knob of a controller without keys sends.")
@click.option("-o", "--output", type=PATH, metavar="FILE", help="The file to write.  [default: MODEL.toml]")
def new(name: str | None, table: Path | None, output: Path | None, **said: Any) -> int:
    """Begin a profile: a commented file that passes the check, with what is known, and a list of what is missing.

    What is not given by an option is asked on a terminal. With --from-csv the file holds what a table of MIDI Guide
    says of a device, and what of the table was left behind is said; a table of its triggers that lies beside it is
    taken too.
    """
    if name is not None and not _NAME.fullmatch(name):
        raise BadOption(f"'{name}' is no name for a profile; two words of a-z, 0-9 and - as moog/minitaur")
    if output:
        refuse_existing(output)
    data, left = _of_table(table, name, said) if table else (_asked(name, said), ())
    target = output or Path(f"{data['name'].partition('/')[2]}.toml")
    refuse_existing(target)
    disk.write(draft.text(data, _schema_from(target)).encode(), target)
    verdict = _checked(str(target))
    assert not verdict["faults"], verdict
    answer(printable(f"{target}: written"))
    say_left(left)
    _say(verdict)
    return 0


def _of_table(table: Path, name: str | None, said: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Left, ...]]:
    """What a table of MIDI Guide says, and what of it was left behind. Raises BadOption, BadProfile, BadFile."""
    beside = next((option for option, value in said.items() if value is not None), None)
    if beside:
        raise BadOption(
            f"--{beside} beside --from-csv; leave it out, and write what the table does not say into the file"
        )
    converted = converted_from(table, "midi-guide")
    data = draft.to_go_on_with(converted.data)
    return data | ({"name": name} if name else {}), converted.left


def _asked(name: str | None, said: Mapping[str, Any]) -> dict[str, Any]:
    """What was said by options, and what is asked for besides."""
    if name is None:
        raise BadOption("MAKER/MODEL is missing; give two words as moog/minitaur, or --from-csv")
    maker, model = (word.replace("-", " ").title() for word in name.split("/"))
    kind = said["kind"] or _ask(
        "--kind", "Does it sound (instrument), or is it played on (controller)", click.Choice(_KINDS)
    )
    about = {
        "maker": said["maker"] or _ask("--maker", "Who makes it", str, maker),
        "model": said["model"] or _ask("--model", "What it is called", str, model),
        "connector": said["connector"] or _ask("--connector", "Its sockets for MIDI", click.Choice(_CONNECTORS)),
        "channel": said["channel"] or _ask("--channel", "The channel it plays on", click.IntRange(1, 16), 1),
    }
    for option in ("maker", "model"):
        if any("\ud800" <= letter <= "\udfff" for letter in about[option]):
            raise BadOption(f"--{option} {about[option]!r} is no UTF-8 text, as a profile is; type it again")
    keys, cc = said["range"], said["cc"]
    if keys and keys[0] > keys[1]:
        raise BadOption(f"--range {keys[0]} {keys[1]} runs backwards; the lower first")
    if kind == "controller" and not keys and cc is None:
        cc = _ask("--range or --cc", "Which controller its first knob sends", click.IntRange(0, 127))
    return Draft(name=name, kind=kind, polyphony=said["polyphony"], range=keys, controller=cc, **about).data()


def _ask(option: str, question: str, kind: Any, default: _Value | None = None) -> Any:
    """The answer of the person at the terminal; without a terminal the default. Raises BadOption where none is."""
    if on_terminal():
        return click.prompt(question, type=kind, default=default, err=True)
    if default is None:
        raise BadOption(f"{option} is missing; give it, or run this on a terminal")
    return default


def on_terminal() -> bool:
    """True where somebody can be asked."""
    return sys.stdin.isatty()


def _schema_from(target: Path) -> str:
    """Where editors find the schema, seen from the file."""
    return Path(os.path.relpath(data_folder() / "profile.schema.json", target.resolve().parent)).as_posix()
