"""`midi-bridge ports`: which ports there are, and what is typed for each."""

import json
from collections import Counter
from typing import Any

import click

from bridge.app.at_sight import Recogniser
from bridge.app.listen import Attention, Watcher
from bridge.faces import gear
from bridge.faces.output import answer_json, json_option
from bridge.faces.stopping import on_signals
from bridge.faces.talk import answer, printable, say
from bridge.ports.clock import SystemClock
from bridge.ports.listing import Listed, listing
from bridge.profiles.match import Answer

_HOW = {"=": "there", "+": "come", "-": "gone"}


@click.command()
@click.option("--watch", is_flag=True, help="Go on, and say which come (+) and go (-), until Ctrl-C.")
@json_option
def ports(watch: bool, as_json: bool) -> int:
    """List all inputs and outputs, each with what is typed for it, and the device it is recognised as.

    The first name is short and means this port alone; the second names the driver too. Behind it stands the device's
    profile, or those it may have with a question mark, or its maker. Nothing is sent: the device is known by name and
    USB ids. With --watch, --json answers one object a line.
    """
    recogniser = Recogniser(lambda: gear.index().known)
    if watch:
        return _watch(recogniser, as_json)
    found = listing()
    if as_json:
        answer_json([_as_data(port, recogniser) for port in found.ports])
    else:
        for line in _table(found.ports, recogniser):
            answer(line)
    for driver, text in found.silent.items():
        _tell(driver, text)
    _warn(found.ports)
    return 0


def _answer(port: Listed, recogniser: Recogniser) -> Answer | None:
    return recogniser.answer(port.driver, port.name, is_output=port.is_output)


def _words(port: Listed, recogniser: Recogniser) -> str:
    found = _answer(port, recogniser)
    return gear.in_words(found) if found else ""


def _watch(recogniser: Recogniser, as_json: bool) -> int:
    def show(sign: str, port: Listed) -> None:
        if as_json:
            answer(json.dumps({"change": _HOW[sign], **_as_data(port, recogniser)}))
        else:
            answer(f"{sign} {_line(port, _words(port, recogniser))}")

    attention = Attention(SystemClock())
    with on_signals(attention.stop):
        attention.pay(Watcher(listing, show, _tell))
    return 0


def _as_data(port: Listed, recogniser: Recogniser) -> dict[str, Any]:
    found = _answer(port, recogniser)
    return {
        "driver": port.driver,
        "direction": _direction(port),
        "name": port.name,
        "spec": port.spec,
        "short": port.short,
        "alone": port.is_alone,
        "recognised": gear.as_data(found) if found else None,
    }


def _table(found: tuple[Listed, ...], recogniser: Recogniser) -> list[str]:
    widths = [max((len(printable(name)) for name in names), default=0) for names in _columns(found)]
    return [_line(port, _words(port, recogniser), *widths) for port in found]


def _columns(found: tuple[Listed, ...]) -> tuple[list[str], list[str]]:
    return [port.short for port in found], [port.spec for port in found]


def _line(port: Listed, words: str, short_width: int = 0, spec_width: int = 0) -> str:
    names = f"{printable(port.short):<{short_width}}  {printable(port.spec):<{spec_width}}"
    return f"{_direction(port):<6}  {names}  {words}".rstrip()


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
