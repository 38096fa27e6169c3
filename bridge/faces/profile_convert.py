"""`midi-bridge profiles convert`, `export` and `page`: other people's data as profiles, profiles as other things."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from bridge.errors import BadProfile
from bridge.faces import device_page
from bridge.faces.files import read, refuse_existing
from bridge.faces.output import PATH, answer_json, json_option
from bridge.faces.talk import answer, printable
from bridge.faces.words import count_of
from bridge.profiles.convert import hapax, midi_guide, midnam, toml_out
from bridge.profiles.convert.converted import Converted, Left
from bridge.profiles.load import load_meant
from bridge.profiles.model import check
from bridge.session import disk

_TRIGGERS: Final = ".triggers.csv"


@click.command()
@click.argument("source", type=PATH, metavar="IN")
@click.option("--from", "kind", type=click.Choice(("midi-guide", "midnam")), required=True, help="What IN is.")
@click.option("-o", "--output", type=PATH, required=True, metavar="OUT.toml", help="The profile to write.")
@json_option
def convert(source: Path, kind: str, output: Path, as_json: bool) -> int:
    """Make a profile from a table of MIDI Guide or a MIDNAM file, and say what was left behind and why.

    Of MIDI Guide both tables of a device are taken, DEVICE.csv and DEVICE.triggers.csv, where they lie side by side.
    What IN does not hold stays absent; `midi-bridge profiles check` says what is missing for a complete profile.
    """
    refuse_existing(output)
    converted = converted_from(source, kind)
    profile = check(converted.data, str(source))
    origin = f"Converted from '{source.name}' ({kind}); see [sources] for whose facts these are."
    disk.write(toml_out.text(profile, origin).encode(), output)
    contents = {
        "parameters": len(profile.parameters),
        "sounds": sum(len(slot.sounds) for slot in profile.slots),
        "programs": sum(len(bank.names) for bank in profile.programs.banks) if profile.programs else 0,
    }
    _report(output, profile.name, contents, converted.left, as_json)
    return 0


def converted_from(source: Path, kind: str) -> Converted:
    """What a file holds, `midi-guide` or `midnam`. Raises BadProfile with its name, BadFile, DiskError."""
    try:
        return _READERS[kind](source)
    except BadProfile as bad:
        raise BadProfile(f"'{source}': {bad}") from None


def _midi_guide(source: Path) -> Converted:
    name = source.name
    if name.endswith(_TRIGGERS):
        main = source.with_name(f"{name.removesuffix(_TRIGGERS)}.csv")
        return midi_guide.convert(read(main) if main.is_file() else None, read(source))
    triggers = source.with_name(f"{source.stem}{_TRIGGERS}")
    return midi_guide.convert(read(source), read(triggers) if triggers.is_file() else None)


def _midnam(source: Path) -> Converted:
    return midnam.convert(read(source), edition=source.name)


_READERS: Final[Mapping[str, Callable[[Path], Converted]]] = {"midi-guide": _midi_guide, "midnam": _midnam}


@click.command()
@click.argument("name", metavar="FILE|NAME")
@click.option("--to", "kind", type=click.Choice(("hapax",)), required=True, help="Whose file it is to be.")
@click.option("--channel", type=click.IntRange(1, 16), help="The slot on this channel.  [default: the first slot]")
@click.option("-o", "--output", type=PATH, required=True, metavar="OUT.txt", help="The file to write.")
@json_option
def export(name: str, kind: str, channel: int | None, output: Path, as_json: bool) -> int:
    """Write a profile as another program's file: an instrument definition of the Squarp Hapax.

    What Hapax has no place for is left behind, and said.
    """
    refuse_existing(output)
    profile = load_meant(name)
    text, left = hapax.text(profile, channel)
    disk.write(text.encode(), output)
    _report(output, profile.name, {"lines": text.count("\n")}, left, as_json)
    return 0


@click.command("page")
@click.argument("name", metavar="FILE|NAME")
@click.option("-o", "--output", type=PATH, metavar="OUT.md", help="The file to write.  [default: stdout]")
def page_(name: str, output: Path | None) -> int:
    """Write the page about a device, for a player: what its profile says, each fact with its source, as Markdown.

    What the profile does not say is left out. The pages of the profiles that came with the program are in docs/devices.
    """
    text = device_page.page(load_meant(name), name)
    if output is None:
        answer(text.rstrip("\n"))
        return 0
    refuse_existing(output)
    disk.write(text.encode(), output)
    answer(printable(f"{output}: written"))
    return 0


def _report(output: Path, name: str, contents: Mapping[str, int], left: Iterable[Left], as_json: bool) -> None:
    if as_json:
        behind = [{"where": one.where, "what": one.what, "why": one.why} for one in left]
        data: dict[str, Any] = {"written": str(output), "name": name, **contents, "left": behind}
        answer_json(data)
        return
    there = ", ".join(count_of(number, noun.removesuffix("s")) for noun, number in contents.items() if number)
    answer(printable(f"{output}: {name}, {there or 'nothing but its name'}"))
    say_left(left)


def say_left(left: Iterable[Left]) -> None:
    """What was left behind, one line each."""
    for one in left:
        answer(printable(f"  left behind: {one}"))
