"""All ports that can be named, each with what a person types for it.

Called by the commands that list ports, and by the mido backend. A driver that cannot list is no fault: what it says
goes along.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.errors import UnknownPort
from bridge.ports.open import DRIVERS, Driver, ask, find

_ADDRESS: Final = re.compile(r"(?P<rest>.+) \d+:\d+")
"""ALSA's numbers at the end of a name: they change when a device is plugged in again."""
_CLIENT: Final = re.compile(r"(?P<client>[^:]+):(?P<port>.+)")


VIRTUAL: Final = frozenset(("twin", "loop", "tape"))
"""The drivers with no hardware behind them."""

GUESSED: Final = frozenset(("din",))
"""The drivers whose list may hold what is no MIDI device at all: a serial port may lead to a printer."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One port: `name` is the driver's own, `spec` what is typed for it, `short` the least that means it."""

    driver: str
    is_output: bool
    name: str
    spec: str
    short: str
    is_alone: bool = True
    """No other port of its driver and direction has this very name."""

    @property
    def is_real(self) -> bool:
        """True for a port with a MIDI device, or another program, behind it for sure."""
        return self.driver not in VIRTUAL | GUESSED


@dataclass(frozen=True, slots=True)
class Listing:
    """What there is, in the order of the drivers; what each driver said that could not list; and those that could."""

    ports: tuple[Listed, ...]
    silent: Mapping[str, str]
    answered: frozenset[str] = frozenset()


def listing(drivers: Mapping[str, Driver] = DRIVERS) -> Listing:
    """All inputs and outputs as they are now."""
    found: dict[bool, list[tuple[str, str]]] = {False: [], True: []}
    answers, silent = ask(drivers, lambda _, driver: (driver.inputs(), driver.outputs()))
    for key, (inputs, outputs) in answers.items():
        found[False] += [(key, name) for name in inputs]
        found[True] += [(key, name) for name in outputs]
    ports = [port for is_output, names in found.items() for port in _listed(names, is_output)]
    return Listing(tuple(ports), silent, frozenset(answers))


def _listed(found: Sequence[tuple[str, str]], is_output: bool) -> Iterator[Listed]:
    everywhere = [name for _, name in found]
    for driver, name in found:
        own = [other for key, other in found if key == driver]
        spec = f"{driver}:{_first_that_means(name, own, _shorter(name))}"
        short = _first_that_means(name, everywhere, _words(name), spec)
        yield Listed(driver, is_output, name, spec, short, own.count(name) == 1)


def _shorter(name: str) -> list[str]:
    """A system's name (`Client:Port 20:0`) without what says the same twice, the shortest first."""
    addressed = _ADDRESS.fullmatch(name)
    whole = addressed["rest"] if addressed else name
    split = _CLIENT.fullmatch(whole)
    if not split:
        return [whole, name]
    port, client = split["port"], split["client"]
    if not port.startswith(client):
        return [whole, name]
    return [port, f"{port}{name.removeprefix(whole)}", whole, name]


def _words(name: str) -> Iterator[str]:
    """The first word of a name in small letters, then the first two, and so on; a path stays as it is."""
    shortest = _shorter(name)[0]
    words = shortest.split() if "/" in shortest else shortest.casefold().split()
    return (" ".join(words[:count]) for count in range(1, len(words) + 1))


def _first_that_means(
    name: str, found: Sequence[str], tried: Iterator[str] | Sequence[str], otherwise: str = ""
) -> str:
    """The first text that `find` would take for this name and no other."""
    for text in tried:
        try:
            if find(found, text) == name:
                return text
        except UnknownPort:
            continue
    return otherwise or name
