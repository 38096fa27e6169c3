"""Which port is meant: finds and opens ports by what a person typed, `[DRIVER:]NAME`.

Called when a program starts, never while it plays. It refuses a name that no port has or that several have, and says
which there are. A new driver is one line in `DRIVERS`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.core.clock import Clock
from bridge.core.wire import Wire
from bridge.errors import DriverError, UnknownPort
from bridge.ports import din, rtmidi_port, tape
from bridge.ports.base import InputPort, OutputPort
from bridge.ports.loopback import Loopback
from bridge.ports.twin import Twin, TwinController, TwinPort
from bridge.profiles.load import load, names

TWINS: Final = "midi-bridge/twin-"
"""What the names of the program's own profiles begin with; a twin of them is called by the rest."""
CHAIN: Final = "+"
"""Joins twins on one wire: `bass+drums`."""

_loops: dict[str, Loopback] = {}  # the open cables of this process, which both ends find by name


@dataclass(frozen=True, slots=True)
class Driver:
    """How one driver lists and opens its ports."""

    outputs: Callable[[], list[str]]
    inputs: Callable[[], list[str]]
    open_output: Callable[[str, Clock], OutputPort]
    open_input: Callable[[str, Clock], InputPort]
    makes: bool = False
    """Opening a name that is not listed makes the port."""
    takes_paths: bool = False
    """A path is a name though it is not listed."""


def find(found: Sequence[str], wanted: str) -> str:
    """The one name that is `wanted` or has it as a part; case matters only to tell two apart."""
    return found[_find(found, found, wanted)]


def list_outputs(driver: str) -> list[str]:
    """The names of a driver's outputs."""
    return DRIVERS[driver].outputs()


def list_inputs(driver: str) -> list[str]:
    """The names of a driver's inputs."""
    return DRIVERS[driver].inputs()


def open_output(spec: str, clock: Clock) -> OutputPort:
    """The output that `[DRIVER:]NAME` means; a `TwinPort` has its twins, whose logs are the judge, in `twins`."""
    driver, name = _resolve(spec, list_outputs)
    return DRIVERS[driver].open_output(name, clock)


def open_input(spec: str, clock: Clock) -> InputPort:
    """The input that `[DRIVER:]NAME` means; on a `TwinController` a script plays with `press`."""
    driver, name = _resolve(spec, list_inputs)
    return DRIVERS[driver].open_input(name, clock)


def _resolve(spec: str, list_ports: Callable[[str], list[str]]) -> tuple[str, str]:
    """(driver, exact name)."""
    driver, colon, name = spec.partition(":")
    if not colon or driver not in DRIVERS:  # names have colons too
        return _search(spec, list_ports)
    if DRIVERS[driver].makes or (DRIVERS[driver].takes_paths and name.startswith("/")):
        return driver, name
    found = list_ports(driver)
    parts = name.split(CHAIN) if driver == "twin" else [name]
    return driver, CHAIN.join(find(found, part) for part in parts)


def _search(wanted: str, list_ports: Callable[[str], list[str]]) -> tuple[str, str]:
    """Look for the name in all drivers; one that cannot list is passed over, and named if nothing is found."""
    found: list[tuple[str, str]] = []
    silent: list[str] = []
    for driver in DRIVERS:
        try:
            found += [(driver, name) for name in list_ports(driver)]
        except DriverError as failed:
            silent.append(f"{driver}: {failed}")
    try:
        return found[_find([name for _, name in found], [":".join(port) for port in found], wanted)]
    except UnknownPort as unknown:
        raise UnknownPort("; ".join([str(unknown), *silent])) from None


def _find(found: Sequence[str], labels: Sequence[str], wanted: str) -> int:
    """The index of the one name that is meant; `labels` are what a person is shown."""
    folded = wanted.casefold()
    tests: tuple[Callable[[str], bool], ...] = (
        lambda name: name == wanted,
        lambda name: name.casefold() == folded,
        lambda name: folded in name.casefold(),
    )
    for is_meant in tests:
        meant = [index for index, name in enumerate(found) if is_meant(name)]
        if len(meant) == 1:
            return meant[0]
        if meant:
            several = ", ".join(labels[index] for index in meant)
            raise UnknownPort(f"'{wanted}' may mean several ports: {several}; write more of the name")
    raise UnknownPort(f"no port '{wanted}'; there are: {', '.join(labels) or 'none'}")


def _twin_names(kind: str) -> list[str]:
    return [name.removeprefix(TWINS) for name in names() if load(name).kind == kind]


def _open_twins(name: str, clock: Clock) -> TwinPort:
    profiles = [load(part if "/" in part else TWINS + part) for part in name.split(CHAIN)]
    slowest = max(profile.wire.ns_per_byte for profile in profiles)  # a chain is as slow as its slowest socket
    return TwinPort(name, Wire(slowest), [Twin(profile) for profile in profiles], clock)


def _open_loop(name: str, clock: Clock) -> Loopback:
    loop = _loops.get(name)
    if loop is None or loop.is_closed or loop.clock is not clock:
        loop = _loops[name] = Loopback(name, clock)
    return loop


def _loop_names() -> list[str]:
    return [name for name, loop in _loops.items() if not loop.is_closed]


DRIVERS: Final[dict[str, Driver]] = {
    "twin": Driver(
        outputs=lambda: _twin_names("instrument"),
        inputs=lambda: _twin_names("controller"),
        open_output=_open_twins,
        open_input=TwinController,
    ),
    "loop": Driver(outputs=_loop_names, inputs=_loop_names, open_output=_open_loop, open_input=_open_loop, makes=True),
    "tape": Driver(
        outputs=list,  # any path is one; none is looked for
        inputs=list,
        open_output=tape.open_output,
        open_input=tape.open_input,
        makes=True,
    ),
    "din": Driver(
        outputs=din.names,
        inputs=din.names,
        open_output=din.open_output,
        open_input=din.open_input,
        takes_paths=True,
    ),
    "rtmidi": Driver(
        outputs=rtmidi_port.outputs,
        inputs=rtmidi_port.inputs,
        open_output=rtmidi_port.open_output,
        open_input=rtmidi_port.open_input,
    ),
}
