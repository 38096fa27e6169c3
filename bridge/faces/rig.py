"""`midi-bridge rig`: the player's rig made, shown and tried."""

import os
import re
import sys
from pathlib import Path
from typing import Any, Final

import click

from bridge.app.listen import Attention
from bridge.app.rig import instruments_of, latency_ns, rig_of
from bridge.app.rig_check import Checked, check
from bridge.app.rig_draft import Said, kind_of, render, unasked
from bridge.app.rig_scan import Sighting, scan
from bridge.arrange.route_parts import Instrument
from bridge.core.names import key_name
from bridge.errors import RefusedOverwrite
from bridge.faces import gear
from bridge.faces.output import PATH, answer_json, json_option
from bridge.faces.stopping import on_signals
from bridge.faces.talk import answer, printable, say
from bridge.faces.words import spans
from bridge.ports import alsa
from bridge.ports.clock import SystemClock
from bridge.ports.listing import listing
from bridge.profiles.index import Index
from bridge.profiles.known import Kind
from bridge.profiles.load import load
from bridge.profiles.match import Matcher
from bridge.profiles.rig import Entry, InstrumentEntry, RigFile, load_rig, path_of
from bridge.profiles.section import nearest
from bridge.session import disk

_LEFT_OUT: Final = "-"
_KINDS: Final[dict[str, Kind | None]] = {"i": "instrument", "c": "controller", "": None}
_CHANNEL: Final = re.compile(r"[0-9]{1,2}")
_NO_RIG: Final = "there is no rig yet, so the program's own twins are it; midi-bridge rig init makes one"
_rig = click.option("--rig", metavar="NAME|PATH", help="Which rig, where not the one without a name.")


@click.group(invoke_without_command=True)
@click.pass_context
def rig(context: click.Context) -> None:
    """Your rig: the instruments and controllers in the room, in a file that play uses.

    It is rig.toml in your settings' folder; others have names, or lie anywhere.
    """
    if context.invoked_subcommand is None:
        answer(context.get_help())


@rig.command()
@_rig
@click.option("-o", "--output", type=PATH, metavar="FILE", help="Write it there instead.")
@click.option("--yes", is_flag=True, help="Ask nothing; comments in the file say what is to be filled in.")
def init(rig: str | None, output: Path | None, yes: bool) -> int:
    """Make a rig of what is plugged in and switched on.

    Each device is asked what it is. You are asked only what no device tells: what stands behind a cable, and on which
    channel. In a pipe nobody is asked. A file that is there is never replaced: edit it.
    """
    path = output or path_of(rig)
    if os.path.lexists(path):
        raise RefusedOverwrite(f"'{path}' exists; edit it, or give another name with {'-o' if output else '--rig'}")
    _see_to_folder(path)
    found = listing()
    for driver, text in found.silent.items():
        say(f"{driver}: {text}")
    index = gear.index()
    usb = alsa.usb_devices(is_output=False) | alsa.usb_devices(is_output=True)
    seen = scan(found.ports, usb, Matcher(index.known), SystemClock())
    is_asked = not yes and sys.stdin.isatty()
    said = [(one, _asked(one, index) if is_asked else unasked(one)) for one in seen]
    text = render(said)
    disk.write(text.encode(), path)
    unknown = sum(answered.is_wanted and kind_of(one, answered) is None for one, answered in said)
    more = f", {unknown} of them left for you to fill in" if unknown else ""
    tries = "; midi-bridge rig check tries them" if seen else ""
    answer(printable(f"{path}: {len(seen)} found{more}{tries}"))
    return 0


def _see_to_folder(path: Path) -> None:
    """Before anything is asked: make the settings' own folder; any other must be there. Raises BadFile, DiskError."""
    try:
        if path.is_relative_to(path_of().parent):
            path.parent.mkdir(parents=True, exist_ok=True)
        os.stat(os.path.join(path.parent, ""))
    except OSError as failed:
        raise disk.cannot_write(path, failed) from failed


@rig.command()
@_rig
@json_option
def show(rig: str | None, as_json: bool) -> int:
    """What a rig says: each instrument with its channels and how late it sounds, and the controllers."""
    file = rig_of(rig)
    _say_where(rig, file)
    rows = [_instrument(*pair) for pair in zip(file.instruments, instruments_of(file), strict=True)]
    rows += [_entry("controller", one) for one in file.controllers]
    if as_json:
        answer_json(rows)
    else:
        for line in _shown(rows):
            answer(line)
    return 0


@rig.command(name="check")
@_rig
@json_option
def try_out(rig: str | None, as_json: bool) -> int:
    """Say what of a rig is there, and play a soft note on each instrument, a third of a second long.

    The exit code is 1 where something is missing. Ctrl-C ends it, and the note.
    """
    file = rig_of(rig)
    _say_where(rig, file)
    attention = Attention(SystemClock())
    index = gear.index()
    done: list[Checked] = []
    with on_signals(attention.stop):
        for one in check(file, index, attention):
            done.append(one)
            if not as_json:
                answer(_tried(one))
    if as_json:
        answer_json([_as_data(one) for one in done])
    lost = [one.name for one in done if one.state != "found"]
    if lost:
        say(f"not all of the rig can be played: {', '.join(lost)}")
    return 1 if lost else 0


def _say_where(rig: str | None, file: RigFile) -> None:
    say(f"the rig of '{path_of(rig)}'" if rig or load_rig() else _NO_RIG)
    if not (file.instruments or file.controllers):
        say("there is nothing in it; docs/rig.md shows how an entry is written")


def _entry(kind: str, one: Entry) -> dict[str, Any]:
    confirmed = bool(one.profile and not load(one.profile).needs_hardware)
    return {"kind": kind, "name": one.name, "profile": one.profile, "port": one.port, "confirmed": confirmed}


def _instrument(one: InstrumentEntry, behind: Instrument) -> dict[str, Any]:
    channels = [seat.channel + 1 for seat in behind.seats]
    return _entry("instrument", one) | {"channels": channels, "latency_ms": latency_ns(one) / 1e6}


def _shown(rows: list[dict[str, Any]]) -> list[str]:
    """A table: what it is called, what it is, where, on which channels, how late."""
    columns = [
        [
            row["kind"],
            printable(row["name"]),
            row["profile"] or "?",
            printable(row["port"]),
            _channels(row["channels"]) if "channels" in row else "",
            f"{row['latency_ms']:g} ms" if row.get("latency_ms") else "",
        ]
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*columns, strict=True)]
    return ["  ".join(f"{text:<{width}}" for text, width in zip(row, widths)).rstrip() for row in columns]


def _channels(channels: list[int]) -> str:
    """`channels 1-9, 11`."""
    return f"channel{'s' if channels[1:] else ''} {spans(channels)}"


def _tried(one: Checked) -> str:
    name = printable(one.name)
    if one.played:
        channel, key = one.played
        return f"found    {name}: {key_name(channel - 1, key)} on channel {channel} of '{printable(one.port)}'"
    return f"{one.state:<8} {name}: {one.why or one.port}"


def _as_data(one: Checked) -> dict[str, Any]:
    data: dict[str, Any] = {"kind": one.kind, "name": one.name, "profile": one.profile, "port": one.port}
    channel, key = one.played or (None, None)
    return data | {"state": one.state, "why": one.why, "channel": channel, "key": key}


# What only the player knows


def _asked(one: Sighting, index: Index) -> Said:
    """What the player says of one device: what it is, where nobody else knows, and its channel where it has one."""
    profile = unasked(one).profile
    if profile is None:
        told = _ask_profile(one, index)
        if told == _LEFT_OUT:
            return Said(is_wanted=False)
        profile = told or None
    else:
        say(f"'{one.name}' is {profile}")
    kind = kind_of(one, Said(profile)) or _ask_kind(one.name)
    channels = _ask_channels(one.name, profile) if kind == "instrument" else ()
    return Said(profile, channels, kind=kind)


def _ask_profile(one: Sighting, index: Index) -> str:
    """A profile's name, nothing where the player does not know it either, or `-`."""
    some = f"; it may be {' or '.join(one.answer.profiles)}" if one.answer.profiles else ""
    entries = sorted(index.known.entries, key=lambda entry: entry.rank)
    names = [entry.name for entry in entries]
    while True:
        said = _prompt(f"what is '{one.name}', or behind it{some} (a profile; nothing: unknown; -: leave it out)")
        if said in ("", _LEFT_OUT, *names):
            return said
        like = [entry for entry in entries if said.casefold() in entry.name]
        best = [entry.name for entry in like if entry.rank[0] == like[0].rank[0]]
        if len(best) == 1:
            return best[0]
        near = nearest(said, names)
        say(f"no profile '{said}'; {_meant(best or [near] if near else best)}")


def _meant(names: list[str]) -> str:
    return f"did you mean {' or '.join(names[:5])}?" if names else "midi-bridge profiles list says which there are"


def _ask_kind(name: str) -> Kind | None:
    """Whether an unknown device sounds or has keys and knobs; None where the player does not know it either."""
    while True:
        said = _prompt(f"is '{name}', or what is behind it, an instrument or a controller (i or c; nothing: unknown)")
        if said in _KINDS:
            return _KINDS[said]
        say(f"'{said}' is neither; type i or c, or nothing")


def _ask_channels(name: str, profile: str | None) -> tuple[int, ...]:
    """The channels that the player has set; nothing where those of the profile hold, or nobody knows."""
    known = [channel for slot in (load(profile).slots if profile else ()) for channel in slot.channels]
    if len(known) > 1:
        return ()
    usual = f"nothing: {known[0]}" if known else "nothing: all"
    while True:
        said = _prompt(f"which channel is '{name}' set to (1 to 16, several as 1,2,10; {usual})")
        words = [word.strip() for word in said.split(",")] if said else []
        if all(_CHANNEL.fullmatch(word) and 1 <= int(word) <= 16 for word in words):
            return tuple(sorted({int(word) for word in words}))
        say(f"'{said}' is no channel; give numbers from 1 to 16, as 1,2,10")


def _prompt(text: str) -> str:
    said: str = click.prompt(printable(text), default="", show_default=False, err=True)
    return said.strip()
