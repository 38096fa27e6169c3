"""The beginning of a profile: a TOML file of what somebody could say at once, with comments on what is to be added.

Made by the command `profiles new`. It passes the check; what nobody said is not in it.
"""

from dataclasses import dataclass
from typing import Final

from bridge.core.wire import DIN_NS_PER_BYTE
from bridge.profiles.convert.toml_out import quoted
from bridge.profiles.sound import NS_PER_SECOND

DIN_BYTES_PER_SECOND: Final = NS_PER_SECOND // DIN_NS_PER_BYTE
USB_BYTES_PER_SECOND: Final = 1_000_000
_HEAD: Final = """\
#:schema {schema}
# {maker} {model}. `midi-bridge profiles check` says what is missing; docs/profiles.md says how it is written.
name = {name}
maker = {maker_quoted}
model = {model_quoted}
kind = "{kind}"

# Where facts were read. "assumed" is the source of all that names no other: change it, or give a table its own with
# source = "manual", or one key of a table with sources = {{ range = "manual" }}.
source = "assumed"

# [sources.manual]
# kind = "manual"
# says = "{model} Owner's Manual ({maker}, 2024), pp. 40-44"

# By what it is recognised. `midi-bridge ports` says the names of its ports.
# [match]
# names = ["{model}*"]
# replies = [{{ pattern = "F0 7E ?? 06 02 00 20 7F * F7" }}]
# no_reply = "its manual's chart says that it answers none"  # in place of replies

[wire]
connector = "{connector}"
speed_bytes_per_second = {speed:_}{speed_note}
"""
_SLOT: Final = """
# What sounds: its channels, how many notes at once, and the lowest and the highest key that sound.
[[slots]]
channels = [{channel}]
"""
_INSTRUMENT: Final = """
# How its sounds are chosen.
# [programs]
# select = "program"

# What can be turned in it: one table each.
# [[parameters]]
# name = "Cutoff"
# cc = 74
# range = [0, 127]
# role = "cutoff"

# How many parameters its manual lists.
# [has]
# parameters = 1
"""
_CONTROLLER: Final = """
# Each port that it shows, and what it is for.
# [[ports]]
# name = "{model}"
# use = "play"

# What is under the hand: one table for each control, or for a row of like ones.
# [[controls]]
# name = "K{{}}"
# kind = "knob"
# message = {{ type = "control", channel = 1, range = [70, 77] }}
"""
_HAS: Final = """
# How many of each kind there are, and whether its lights are described, "none" or "unknown".
# [has]
# controls = { keys = 25, knob = 8 }
# lights = "unknown"
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is said of a device at first; None for what is not known."""

    name: str
    maker: str
    model: str
    kind: str
    connector: str
    channel: int
    polyphony: int | None = None
    range: tuple[int, int] | None = None
    """The keys that sound, or of a controller those that it has."""
    controller: int | None = None
    """The number that the first knob of a controller without keys sends."""


def text(draft: Draft, schema: str) -> str:
    """The file, with the place of the schema for editors in its first line."""
    head = _HEAD.format(
        schema=schema,
        maker=_plain(draft.maker),
        model=_plain(draft.model),
        name=quoted(draft.name),
        maker_quoted=quoted(draft.maker),
        model_quoted=quoted(draft.model),
        kind=draft.kind,
        connector=draft.connector,
        speed=USB_BYTES_PER_SECOND if draft.connector == "usb" else DIN_BYTES_PER_SECOND,
        speed_note="" if draft.connector == "usb" else "  # 5-pin DIN: 31,250 baud, ten bits a byte",
    )
    return head + (_slot(draft) + _INSTRUMENT if draft.kind == "instrument" else _controls(draft) + _HAS)


def _plain(word: str) -> str:
    """A text inside a comment: TOML allows no control characters there, and no quotes in the examples."""
    return "".join(one for one in word if one.isprintable() and one not in '"\\')


def _slot(draft: Draft) -> str:
    lines = [_SLOT.format(channel=draft.channel)]
    lines.append("# polyphony = 1\n" if draft.polyphony is None else f"polyphony = {draft.polyphony}\n")
    lines.append("# range = [0, 127]\n" if draft.range is None else f"range = {list(draft.range)}\n")
    return "".join(lines)


def _controls(draft: Draft) -> str:
    kind, sent = (
        ("keys", f'"note", channel = {draft.channel}, range = {list(draft.range)}')
        if draft.range
        else (
            "knob",
            f'"control", channel = {draft.channel}, number = {draft.controller or 0}',
        )
    )
    return (
        _CONTROLLER.format(model=_plain(draft.model))
        + f'\n[[controls]]\nkind = "{kind}"\nmessage = {{ type = {sent} }}\n'
    )
