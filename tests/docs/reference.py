"""Makes `docs/reference.md` from the program itself: commands, ports, tools, faults, findings, profile keys.

Called by `tests.docs.write`, and by the test that the page is current. Only the sentences in the tables below are
written by hand; a name of the program that they miss, or one that they invent, is refused.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from inspect import cleandoc, getdoc
from typing import Any, Final

import click

from bridge.core.finding import SENTENCES
from bridge.errors import BridgeError
from bridge.faces.cli import group
from bridge.faces.talk import PROGRAM
from bridge.ports.open import DRIVERS
from bridge.profiles.control import TOOLS
from bridge.profiles.faults import allowed
from bridge.profiles.load import names
from bridge.profiles.model import Profile

Schema = Mapping[str, Any]
OURS: Final = "midi-bridge/"
COMMON: Final = frozenset(("source", "sources", "since", "until", "note"))
"""The keys of every table of facts."""
HEAD: Final = """\
# Reference

Every command and option, every fault, and every key of a device profile. This page is made from the program by
`python -m tests.docs.write`, and a test fails when it is not current. How to play is in the [tutorial](tutorial.md).

Answers come on stdout, talk on stderr. Channels, bars, parts and corrections count from 1. Tracks count from 0 in
lists and in JSON, but from 1 in `play --track`. C4 is key 60.
"""
EXIT_CODES: Final = """\
| exit code | when |
| --- | --- |
| 0 | done; also `info` with findings, `diff` with differences, Ctrl-C in `play`, `ports --watch`, `monitor`, `send` |
| 1 | the world failed: a device, a driver, the disk, a session damaged or in use; also `doctor` with an error |
| 2 | what was asked cannot be done: a wrong name or option, no MIDI file, nothing to undo, a file that would be lost |
| 130 | Ctrl-C in any other command |

Where a command takes several files, all are tried, and the worst code is the command's.
"""
PORTS: Final[Mapping[str, str]] = {
    "twin": "A simulated device, made from a profile: one of the program's own, any other by its name, or a file of"
    " yours that ends in `.toml`. Several on one wire are joined by `+`: `twin:bass+drums`.",
    "loop": "A cable inside the program; opening a name makes it. For tests.",
    "tape": "A port's traffic in a file, `tape:PATH`: text, recorded as an output, played as an input.",
    "din": "5-pin DIN on a serial device, found again when plugged in anew. Every serial device is listed, whatever is"
    " behind it.",
    "jack": "The MIDI ports of the programs on a JACK server, exact to the frame. `jack:=NAME` makes one for others.",
    "alsa": "USB and all else that the ALSA sequencer knows, on Linux: on time by the kernel's queue, and found again"
    " when plugged in anew.",
    "rtmidi": "The system's MIDI ports on macOS and Windows, both untested, and on a Linux without the driver `alsa`.",
}
PORTS_TEXT: Final = """\
`--to`, `--from`, `monitor`, `send` and `panic` take `NAME` or `DRIVER:NAME`; `ports` lists them. A part of the port's
name is enough if no other port has it; upper and lower case are the same. A name that no port has is answered with a
list of those there are.

A USB cable or interface whose far end is 5-pin DIN is slower than USB says. `@din` behind the name of an output keeps
what waits here, where notes go before controllers and a panic can call it back: `--to UM-ONE@din`.
"""
MESSAGES_TEXT: Final = """\
`send` takes a message in the words of [mido](https://mido.readthedocs.io), and `monitor` says it so, but for one thing:
**channels count from 1 to 16**, as everywhere here, where mido counts from 0 to 15. A word that is left out is 0, but
the channel 1 and the velocity 64.

    note_on channel=1 note=60 velocity=90
    note_off channel=1 note=60
    control_change channel=1 control=64 value=127
    program_change channel=1 program=0
    pitchwheel channel=1 pitch=-8192
    aftertouch channel=1 value=64
    polytouch channel=1 note=60 value=64
    sysex data=(125,1,2)
    start

Programs count from 0 here, as in mido. Or `send` takes bytes in hex: `90 3C 5A`. A SysEx may have 4,096 bytes, the most
that ALSA sends whole.

On a tape each line is one message: nanoseconds since the start, then its bytes in hex. What stands behind `#` is a
comment. A tape on which nothing was recorded is not kept.

    # a note of half a second
    0 90 3C 5A
    500000000 80 3C 40

Programs that use mido play on these ports with `MIDO_BACKEND=bridge.ports.mido_backend` in their environment; the names
are those of `ports`. Virtual ports and callbacks are refused.
"""
KEYS_TEXT: Final = """\
A profile is a TOML file at `firmware_profiles/MAKER/MODEL.toml` that says what one model of device is;
[how one is written](profiles.md) has a page of its own. Unknown keys and wrong values are refused, all in one line.
`slots[]` is a list of tables (`[[slots]]`). Each table may also have `source`, `sources`, `since`, `until` and `note`,
which are explained with the first.
"""


def render() -> str:
    """The whole page."""
    return (
        "\n".join(
            (
                HEAD,
                *_commands(),
                "## Exit codes and faults\n",
                EXIT_CODES,
                _table(("fault", "exit code", "what it is"), _faults()),
                "## Ports\n",
                PORTS_TEXT,
                _table(("driver", "what its ports are"), ((f"`{name}`", PORTS[name]) for name in DRIVERS)),
                f"Twins there are: {', '.join(f'`{name}`' for name in names() if name.startswith(OURS))}.\n",
                "## Messages\n",
                MESSAGES_TEXT,
                "## Tools\n",
                *(f"{_tool(name)}\n" for name in TOOLS),
                "## Findings\n",
                "What `info` may say of a file. None of it is refused: the file is read, and goes back as it came.\n",
                _table(
                    ("code", "what is wrong"),
                    ((f"`{code}`", text.format("N", "M")) for code, text in SENTENCES.items()),
                ),
                "## Device profiles\n",
                KEYS_TEXT,
                _table(("key", "allowed", "without it", "what it says"), profile_keys()),
            )
        ).rstrip("\n")
        + "\n"
    )


def commands() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Every command with its path as typed, a group before what is in it."""
    yield from _commands_of(group, click.Context(group, info_name=PROGRAM, **group.context_settings))


def _commands_of(command: click.Command, context: click.Context) -> Iterator[tuple[str, click.Command, click.Context]]:
    yield context.command_path, command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _commands_of(found, click.Context(found, info_name=name, parent=context))


def fault_classes(root: type[BridgeError] = BridgeError) -> Iterator[type[BridgeError]]:
    """Every class of error, families before their members."""
    yield root
    for family in root.__subclasses__():
        yield from fault_classes(family)


def profile_keys() -> Iterator[Sequence[str]]:
    """A row for every key that a profile may have: its place, what it may hold, its default, what it says."""
    yield from _keys_of(Profile.model_json_schema(), "", set())


def _commands() -> Iterator[str]:
    for path, command, context in commands():
        yield f"## {path}\n"
        yield f"    {path} {' '.join(command.collect_usage_pieces(context))}\n"
        yield f"{cleandoc(command.help or '')}\n"
        yield _table(("option", "what it does"), _options(command, context))


def _options(command: click.Command, context: click.Context) -> Iterator[Sequence[str]]:
    for param in command.get_params(context):
        record = param.get_help_record(context)
        if record and isinstance(param, click.Option):
            yield f"`{record[0]}`", " ".join(record[1].split())


def _faults() -> Iterator[Sequence[str]]:
    return ((f"`{fault.__name__}`", str(fault.exit_code), _sentence(fault)) for fault in fault_classes())


def _tool(name: str) -> str:
    """What the tool's module says of it; its first line is a sentence or more."""
    return cleandoc(import_module(f"bridge.surface.{name}").__doc__ or "").removeprefix("The tool ")


def _keys_of(table: Schema, prefix: str, common: set[str]) -> Iterator[Sequence[str]]:
    """The rows of a table and of those in it; what all tables have stands at the first that has it."""
    root = Profile.model_json_schema()
    there = [key for key in table["properties"] if not (key in COMMON and key in common)]
    for key in there:
        found = table["properties"][key]
        default = "refused" if key in table.get("required", ()) else _value(found.get("default"))
        yield f"`{prefix}{key}`", allowed(found, root), default, " ".join(found["description"].split())
    common |= set(there) if prefix else set()
    for key in there:
        for inner, mark in _inner(table["properties"][key], root):
            yield from _keys_of(inner, f"{prefix}{key}{mark}.", common)


def _inner(schema: Schema, root: Schema) -> Iterator[tuple[Schema, str]]:
    """The tables that a key holds, with the mark of a list or of names."""
    for one in schema.get("anyOf", [schema]):
        if "$ref" in one:
            yield root["$defs"][one["$ref"].rpartition("/")[2]], ""
        elif "$ref" in one.get("items", ()):
            yield root["$defs"][one["items"]["$ref"].rpartition("/")[2]], "[]"
        for named in one.get("patternProperties", {}).values():
            yield from ((table, f".ID{mark}") for table, mark in _inner(named, root))


def _value(default: object) -> str:
    return "nothing" if default in (None, [], {}) else f"`{str(default).lower()}`"


def _sentence(thing: object) -> str:
    return " ".join((getdoc(thing) or "").split())


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
