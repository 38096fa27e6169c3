"""Makes `docs/reference.md` from the program itself: commands, ports, tools, faults, findings, profile keys.

Called by `tests.docs.write`, and by the test that the page is current. Only the sentences in the tables below are
written by hand; a name of the program that they miss, or one that they invent, is refused.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from inspect import cleandoc, getdoc
from typing import Any, Final

import click
from pydantic import BaseModel

from bridge.core.finding import SENTENCES
from bridge.errors import BridgeError
from bridge.faces.cli import group
from bridge.faces.talk import PROGRAM
from bridge.ports.open import DRIVERS
from bridge.profiles.load import names
from bridge.profiles.model import TOOLS, Control, ControlMessage, PartModel, Profile, WireSpeed

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
    "twin": "A simulated device, made from a profile. Several on one wire are joined by `+`: `twin:bass+drums`.",
    "loop": "A cable inside the program; opening a name makes it. For tests.",
    "tape": "A port's traffic in a file, `tape:PATH`: text, recorded as an output, played as an input.",
    "din": "5-pin DIN on a serial device. Every serial device is listed, whatever is behind it.",
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
comment.

    # a note of half a second
    0 90 3C 5A
    500000000 80 3C 40

Programs that use mido play on these ports with `MIDO_BACKEND=bridge.ports.mido_backend` in their environment; the names
are those of `ports`. Virtual ports and callbacks are refused.
"""
KEYS_TEXT: Final = """\
A profile is a TOML file at `firmware_profiles/MAKER/MODEL.toml` that says what one model of device is. Unknown keys
and wrong values are refused, all in one line. `parts[]` and `controls[]` are lists of tables (`[[parts]]`).
"""
MODELS: Final[Mapping[str, type[BaseModel]]] = {
    "": Profile,
    "wire.": WireSpeed,
    "parts[].": PartModel,
    "controls[].": Control,
    "controls[].message.": ControlMessage,
}
KEYS: Final[Mapping[str, str]] = {
    "name": "Its name, `maker/model`: the same as the place of its file.",
    "maker": "Who makes it, for people.",
    "model": "What it is called, for people.",
    "kind": "Something that sounds, or something with keys, pads and buttons.",
    "wire": "How it is reached.",
    "wire.connector": "The socket: USB or 5-pin DIN.",
    "wire.speed_bytes_per_second": "How fast it takes bytes; 5-pin DIN takes 3125.",
    "polyphony": "How many notes can sound at once in all parts together; without it each part has its own.",
    "parts": "What an instrument plays with: at least one there, none on a controller.",
    "parts[].channels": "The channels that sound alike. A channel is in one part only.",
    "parts[].polyphony": "How many notes of this part can sound at once.",
    "parts[].range": "The lowest and the highest key that sound.",
    "parts[].mono_priority": "Which key wins where only one sounds; needs a polyphony of 1.",
    "parts[].drums": "True for a drum kit, where each key is an instrument.",
    "controls": "What a controller has under the hand: at least one there, none on an instrument.",
    "controls[].role": "What the player means by it. `again` plays from the top, `panic` lets go of everything.",
    "controls[].value": "Which part (1 to 16) or which tool a button chooses; only beside those two roles.",
    "controls[].message": "What it sends.",
    "controls[].message.type": "A note, or a control change.",
    "controls[].message.channel": "On which channel.",
    "controls[].message.number": "The one key or controller that it sends.",
    "controls[].message.range": "The lowest and the highest it sends, in place of `number`.",
}


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
                f"Twins there are: {', '.join(f'`{name}`' for name in names())}.\n",
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
                _table(("key", "allowed", "without it", "what it says"), _keys()),
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


def profile_keys() -> list[str]:
    """Every key that a profile may have, as the page writes it."""
    return [prefix + name for prefix, model in MODELS.items() for name in model.model_fields]


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


def _keys() -> Iterator[Sequence[str]]:
    for prefix, model in MODELS.items():
        schema = model.model_json_schema()
        for name, found in schema["properties"].items():
            default = "refused" if name in schema["required"] else _value(found.get("default"))
            yield f"`{prefix}{name}`", _allowed(found), default, KEYS[prefix + name]


def _allowed(schema: Mapping[str, Any]) -> str:
    """What a key may hold, from its JSON schema."""
    if "anyOf" in schema:
        return " or ".join(_allowed(one) for one in schema["anyOf"] if one.get("type") != "null")
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "prefixItems" in schema:
        return f"two of {_allowed(schema['prefixItems'][0])}"
    if "maximum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    if "items" in schema:
        return f"a list of {_allowed(schema['items'])}"
    if "pattern" in schema:
        return f"text like `{schema['pattern']}`"
    return {"string": "text", "integer": "a number", "boolean": "`true`, `false`"}.get(schema.get("type", ""), "tables")


def _value(default: object) -> str:
    return "nothing" if default is None or default == [] else f"`{str(default).lower()}`"


def _sentence(thing: object) -> str:
    return " ".join((getdoc(thing) or "").split())


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
