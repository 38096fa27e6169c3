"""`midi-bridge ports`: which ports there are, and what is typed for each."""

import json
from collections import Counter
from typing import Any

import click

from bridge.app.listen import Attention, Watcher
from bridge.faces.output import answer_json, json_option
from bridge.faces.stopping import on_signals
from bridge.faces.talk import answer, printable, say
from bridge.ports.clock import SystemClock
from bridge.ports.listing import Listed, listing

_HOW = {"=": "there", "+": "come", "-": "gone"}


@click.command()
@click.option("--watch", is_flag=True, help="Go on, and say which come (+) and go (-), until Ctrl-C.")
@json_option
def ports(watch: bool, as_json: bool) -> int:
    """List all inputs and outputs, each with what is typed for it.

    The first name is short and means this port alone; the second names the driver too. With --watch, --json
    answers one object a line.
    """
    if watch:
        return _watch(as_json)
    found = listing()
    if as_json:
        answer_json([_as_data(port) for port in found.ports])
    else:
        for line in _table(found.ports):
            answer(line)
    for driver, text in found.silent.items():
        _tell(driver, text)
    _warn(found.ports)
    return 0


def _watch(as_json: bool) -> int:
    def show(sign: str, port: Listed) -> None:
        answer(json.dumps({"change": _HOW[sign], **_as_data(port)}) if as_json else f"{sign} {_line(port, 0)}")

    attention = Attention(SystemClock())
    with on_signals(attention.stop):
        attention.pay(Watcher(listing, show, _tell))
    return 0


def _as_data(port: Listed) -> dict[str, Any]:
    return {
        "driver": port.driver,
        "direction": _direction(port),
        "name": port.name,
        "spec": port.spec,
        "short": port.short,
        "alone": port.is_alone,
    }


def _table(found: tuple[Listed, ...]) -> list[str]:
    width = max((len(printable(port.short)) for port in found), default=0)
    return [_line(port, width) for port in found]


def _line(port: Listed, width: int) -> str:
    return f"{_direction(port):<6}  {printable(port.short):<{width}}  {printable(port.spec)}"


def _direction(port: Listed) -> str:
    return "output" if port.is_output else "input"


def _tell(driver: str, text: str) -> None:
    say(f"{driver}: {text}")


def _warn(found: tuple[Listed, ...]) -> None:
    """Say which ports cannot be told apart by their names."""
    for (driver, name, direction), count in Counter(
        (port.driver, port.name, _direction(port)) for port in found if not port.is_alone
    ).items():
        say(f"{count} {direction}s of {driver} are called '{name}'; no name means one of them")
