"""`midi-bridge twin`: a simulated device that any program can play."""

import json
import sys
from collections import deque
from collections.abc import Callable
from contextlib import closing
from typing import Final

import click

from bridge.app.far_end import FarEnd, device_of, read_beside
from bridge.app.listen import Attention
from bridge.core.names import key_name
from bridge.errors import BadOption
from bridge.faces.output import json_option
from bridge.faces.stopping import on_signals
from bridge.faces.talk import answer, printable, say
from bridge.ports.clock import SystemClock
from bridge.ports.twin import Twin
from bridge.ports.twin_ends import EASIEST, ENDS, open_end
from bridge.ports.twin_log import Changed, Line, Lit, Lost, Sounded
from bridge.ports.twin_panel import Panel
from bridge.profiles.load import load_meant
from bridge.profiles.model import Profile

_NOTES: Final = frozenset(("on", "off", "steal", "choke", "missed"))


@click.command()
@click.argument("name", metavar="PROFILE")
@click.option("--on", "where", default=EASIEST, show_default=True, metavar="PLACE", help=f"Where: {', '.join(ENDS)}.")
@click.option("--model", metavar="MODEL", help="Which model of a family it is.")
@click.option("--hand", is_flag=True, help="Move its controls by lines on stdin: 'K1 64', or 'K1 +3' for a turn.")
@json_option
def twin(name: str, where: str, model: str | None, hand: bool, as_json: bool) -> int:
    """Open the twin of a device for any other program, and say what it hears, until Ctrl-C.

    PROFILE is the name of a profile, maker/model, or a file of your own that ends in .toml.

    The first line says where it is: a pseudo-terminal is opened as a serial device (--to din:/dev/pts/5), a socket as
    a TCP port that takes bare MIDI bytes; alsa and jack make ports that every program sees. With --json, one object a
    line.
    """
    profile = load_meant(name)
    _check_model(profile, model)
    clock = SystemClock()
    attention = Attention(clock)
    device = device_of(profile, model)
    start_ns = clock.now_ns()
    show = _show_data(start_ns) if as_json else _show_line(start_ns)
    with closing(open_end(where, profile, clock)) as end, on_signals(attention.stop):
        _introduce(profile, where.partition(":")[0], end.name, as_json)
        written = read_beside(sys.stdin) if hand else deque[str]()
        attention.pay(FarEnd(device, end, show, written, say))
    _sum_up(device, as_json)
    return 0


def _check_model(profile: Profile, model: str | None) -> None:
    if model is not None and model not in profile.models:
        known = ", ".join(profile.models) or "none, it is one device"
        raise BadOption(f"no model '{model}' in {profile.name}; there are: {known}")


def _introduce(profile: Profile, kind: str, place: str, as_json: bool) -> None:
    if as_json:
        answer(json.dumps({"kind": "where", "profile": profile.name, "on": kind, "name": place}))
        return
    answer(f"the twin of {profile.maker} {profile.model} is at {place}; Ctrl-C ends it")


def _sum_up(device: Twin | Panel, as_json: bool) -> None:
    counts = {"heard": len(device.heard), "lost_bytes": device.intake.lost_bytes}
    if isinstance(device, Twin):
        counts |= {
            "order_faults": device.order_faults,
            "down": len(device.down),
            "out_of_range": device.memory.beyond,
            "stored": device.memory.stored,
        }
    if as_json:
        answer(json.dumps({"kind": "end", **counts}))
    else:
        answer(", ".join(f"{count:,} {word.replace('_', ' ')}" for word, count in counts.items()))


def _show_line(start_ns: int) -> Callable[[Line], None]:
    return lambda line: answer(f"{(line.at_ns - start_ns) / 1e6:>12.3f}  {printable(_said(line))}")


def _show_data(start_ns: int) -> Callable[[Line], None]:
    return lambda line: answer(json.dumps({"at_ms": (line.at_ns - start_ns) / 1e6, **_data(line)}))


def _said(line: Line) -> str:
    if isinstance(line, Sounded):
        what = f"{key_name(line.channel, line.number)} ({line.number})" if line.kind in _NOTES else str(line.number)
        return f"{line.kind:<8}  channel {line.channel + 1:>2}  {what}  {line.value}"
    if isinstance(line, Changed):
        warning = "  (its memory has changed)" if line.is_stored else ""
        return f"set       channel {line.channel + 1:>2}  {line.name} = {line.value}{warning}"
    if isinstance(line, Lit):
        return f"light     {line.control} = {line.value}" + (f" ({line.text})" if line.text else "")
    if isinstance(line, Lost):
        return f"lost      {line.count} bytes: {line.why}"
    return f"sends     {line.message.hex(' ').upper()}"


def _data(line: Line) -> dict[str, object]:
    if isinstance(line, Sounded):
        return {"kind": line.kind, "channel": line.channel + 1, "number": line.number, "value": line.value}
    if isinstance(line, Changed):
        place = {"channel": line.channel + 1, "parameter": line.name, "value": line.value}
        return {"kind": "set", **place, "stored": line.is_stored}
    if isinstance(line, Lit):
        return {"kind": "light", "control": line.control, "value": line.value, "text": line.text}
    if isinstance(line, Lost):
        return {"kind": "lost", "count": line.count, "why": line.why}
    return {"kind": "sends", "bytes": line.message.hex(" ").upper()}
