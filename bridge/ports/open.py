"""Which port is meant: finds and opens ports by what a person typed, `[DRIVER:]NAME`.

Called when a program starts, never while it plays. It refuses a name that no port has or that several have, and says
which there are. A new driver is one line in `DRIVERS`.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, TypeVar

from bridge.core.clock import Clock
from bridge.core.wire import Wire
from bridge.errors import DriverError, SeveralPorts, UnknownPort
from bridge.ports import alsa, din, jack, libremidi_port, rtmidi_port, tape
from bridge.ports.base import InputPort, OutputPort
from bridge.ports.jack_ports import OWN
from bridge.ports.loopback import Loopback
from bridge.ports.twin import Twin, TwinController, TwinPort
from bridge.ports.twin_intake import ns_per_byte
from bridge.ports.wired import wired
from bridge.profiles.load import FILE, load, load_meant, names
from bridge.profiles.model import Profile

TWINS: Final = "midi-bridge/twin-"
"""What the names of the program's own profiles begin with; a twin of them is called by the rest."""
CHAIN: Final = "+"
"""Joins twins on one wire: `bass+drums`."""
UNIT_END: Final = "]"
"""What `NAME [UNIT]` ends with."""
WIRE: Final = "@"
"""Says what wire is behind an output: `UM-ONE@din` is a cable that ends in 5-pin DIN."""
DEVICE: Final = "/"
"""What the name of a device file begins with."""

_loops: dict[str, list[Loopback]] = {}  # the ends of each cable of this process, by its name


class Guard(Enum):
    """When another process can open an output, to let go of what a killed engine left down on it."""

    NEVER = "what is behind it ended with the engine"
    BESIDE = "at any time"
    AFTER = "when the engine is gone"


@dataclass(frozen=True, slots=True)
class Driver:
    """How one driver lists and opens its ports."""

    outputs: Callable[[], list[str]]
    inputs: Callable[[], list[str]]
    open_output: Callable[[str, Clock], OutputPort]
    open_input: Callable[[str, Clock], InputPort]
    makes: bool = False
    """Opening a name that is not listed makes the port."""
    free: str = ""
    """A name that begins so is taken as it is, listed or not."""
    guard: Guard = Guard.NEVER
    stands_in_for: str = ""
    """The driver that reaches the same ports in a better way: this one is asked only where that one cannot answer."""
    units: Callable[[], list[str]] = list
    """Names by which it opens one very device, `NAME [UNIT]`, also while no other has its name; they are not listed."""
    remember_output: Callable[[str], Callable[[Clock], OutputPort]] | None = None
    """Looks at an output, to open that very device later, whatever it is called by then."""
    is_extra: bool = False
    """Most machines are without it: where it is not there, only who names it is told."""


@dataclass(frozen=True, slots=True)
class Found:
    """An output that was looked for, which takes a driver a while, and can be opened at once; `wire` may be empty."""

    driver: str
    name: str
    wire: str
    opener: Callable[[Clock], OutputPort] | None = None

    @property
    def place(self) -> tuple[str, str]:
        """Its driver and its name there, one for all the names that a device file has."""
        return self.driver, os.path.realpath(self.name) if _is_file(self.driver, self.name) else self.name

    @property
    def guard(self) -> Guard:
        """When it can be opened beside the one who has it."""
        return DRIVERS[self.driver].guard

    def open(self, clock: Clock) -> OutputPort:
        """The opened port. Raises UnknownPort, DriverError."""
        output = self.opener(clock) if self.opener else DRIVERS[self.driver].open_output(self.name, clock)
        return WIRES[self.wire](output, clock) if self.wire else output

    def remembered(self) -> "Found":
        """The same, to be opened later on the very device that is there now."""
        remember = DRIVERS[self.driver].remember_output
        return replace(self, opener=remember(self.name)) if remember else self


Answer = TypeVar("Answer")


def ask(
    drivers: Mapping[str, Driver], question: Callable[[str, Driver], Answer]
) -> tuple[dict[str, Answer], dict[str, str]]:
    """What each driver answers, and what those said that cannot; of a driver and its stand-in one is heard."""
    answers: dict[str, Answer] = {}
    silent: dict[str, str] = {}
    for key, driver in drivers.items():
        if driver.stands_in_for in answers:
            continue
        try:
            answers[key] = question(key, driver)
        except DriverError as failed:
            if not driver.is_extra and driver.stands_in_for not in silent:
                silent[key] = str(failed)
        else:
            silent.pop(driver.stands_in_for, None)
    return answers, silent


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
    """The output that `[DRIVER:]NAME[@din]` means; a `TwinPort` has its twins, whose logs are the judge, in `twins`."""
    return found_output(spec).open(clock)


def found_output(spec: str) -> Found:
    """The output that `[DRIVER:]NAME[@din]` means, not opened yet. Raises UnknownPort."""
    named, wire = _split_wire(spec)
    return Found(*_resolve(named, list_outputs), wire)


def open_input(spec: str, clock: Clock) -> InputPort:
    """The input that `[DRIVER:]NAME` means; on a `TwinController` a script plays with `press`."""
    driver, name = found_input(spec)
    return DRIVERS[driver].open_input(name, clock)


def found_input(spec: str) -> tuple[str, str]:
    """The driver and exact name of the input that `[DRIVER:]NAME` means, not opened yet. Raises UnknownPort."""
    return _resolve(spec, list_inputs)


def is_there(driver: str, name: str) -> bool:
    """False for a device file that does not exist, whose name is taken as it is until it is opened."""
    return not _is_file(driver, name) or os.path.exists(name)


def _is_file(driver: str, name: str) -> bool:
    """True for a device file; names of twins and of JACK's ports may begin like one."""
    return DRIVERS[driver].free == DEVICE and name.startswith(DEVICE)


def _split_wire(spec: str) -> tuple[str, str]:
    """(`[DRIVER:]NAME`, the wire or nothing); an `@` that belongs to the name of a port stays with it."""
    named, _, wire = spec.rpartition(WIRE)
    if not named or (not _is_free(spec) and _is_found(spec)):
        return spec, ""
    if wire in WIRES:
        return named, wire
    if not _is_free(spec) and _is_found(named):
        raise UnknownPort(f"no port '{spec}'; '{named}' is one, and behind its {WIRE} may stand: {', '.join(WIRES)}")
    return spec, ""


def _resolve(spec: str, list_ports: Callable[[str], list[str]]) -> tuple[str, str]:
    """(driver, exact name)."""
    driver, colon, name = spec.partition(":")
    if not colon or driver not in DRIVERS:  # names have colons too
        return _search(spec, list_ports)
    if _is_free(spec):
        return driver, name
    found = list_ports(driver)
    if driver == "twin":
        return driver, CHAIN.join(part if _is_profile(part) else find(found, part) for part in name.split(CHAIN))
    try:
        return driver, find(found, name)
    except UnknownPort:
        if not name.endswith(UNIT_END):
            raise
    return driver, _find_unit(driver, found, name)


def _find_unit(driver: str, found: Sequence[str], wanted: str) -> str:
    """The name of the one device that is meant by `NAME [UNIT]`; it is never taken for another of its kind."""
    units = DRIVERS[driver].units()
    return find(units if any(wanted.casefold() in name.casefold() for name in units) else found, wanted)


def _is_free(spec: str) -> bool:
    """True where any name is a port's, whether it is listed or not."""
    key, _, name = spec.partition(":")
    driver = DRIVERS.get(key)
    return driver is not None and (driver.makes or bool(driver.free and name.startswith(driver.free)))


def _is_found(spec: str) -> bool:
    try:
        _resolve(spec, list_outputs)
    except UnknownPort:
        return False
    return True


def _search(wanted: str, list_ports: Callable[[str], list[str]]) -> tuple[str, str]:
    """Look for the name in all drivers; one that cannot list is passed over, and named if nothing is found."""
    answers, silent = ask(DRIVERS, lambda driver, _: list_ports(driver))
    found = [(driver, name) for driver, names in answers.items() for name in names]
    try:
        return found[_find([name for _, name in found], [":".join(port) for port in found], wanted)]
    except UnknownPort as unknown:
        said = "; ".join([str(unknown), *(f"{driver}: {text}" for driver, text in silent.items())])
        raise type(unknown)(said) from None


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
            raise SeveralPorts(f"'{wanted}' may mean several ports: {several}; write more of the name")
    raise UnknownPort(f"no port '{wanted}'; there are: {', '.join(labels) or 'none'}")


def _twin_names(kind: str) -> list[str]:
    own = [name for name in names() if name.startswith(TWINS)]
    return [name.removeprefix(TWINS) for name in own if load(name).kind == kind]


def _is_profile(name: str) -> bool:
    """True for the name or the file of a profile, which is no short name of one of the program's own twins."""
    return "/" in name or name.endswith(FILE)


def twin_profile(name: str) -> Profile:
    """The profile of a twin by its name on a wire: `bass`, `moog/minitaur`, or a file that ends in `.toml`."""
    return load_meant(name if _is_profile(name) else TWINS + name)


def _open_twins(name: str, clock: Clock) -> TwinPort:
    profiles = [twin_profile(part) for part in name.split(CHAIN)]
    for profile in profiles:
        if profile.kind != "instrument":
            raise UnknownPort(f"'{profile.name}' is a controller: it sounds nothing; its twin is an input, --from")
    slowest = max(ns_per_byte(profile.wire) for profile in profiles)  # a chain is as slow as its slowest socket
    return TwinPort(name, Wire(slowest), [Twin(profile) for profile in profiles], clock)


def _open_controller(name: str, clock: Clock) -> TwinController:
    profile = twin_profile(name)
    if not profile.controls:
        raise UnknownPort(f"'{profile.name}' has no controls; its twin is an output, --to")
    return TwinController(name, clock, profile)


def _open_loop(name: str, clock: Clock) -> Loopback:
    ends = [end for end in _loops.get(name, ()) if not end.is_closed and end.clock is clock]
    _loops[name] = [*ends, Loopback(name, clock, *ends[:1])]
    return _loops[name][-1]


def _loop_names() -> list[str]:
    return [name for name, ends in _loops.items() if not all(end.is_closed for end in ends)]


_RTMIDI: Final = Driver(
    outputs=rtmidi_port.outputs,
    inputs=rtmidi_port.inputs,
    open_output=rtmidi_port.open_output,
    open_input=rtmidi_port.open_input,
    guard=Guard.BESIDE,
    stands_in_for="alsa",
)
_LIBREMIDI: Final = Driver(
    outputs=libremidi_port.outputs,
    inputs=libremidi_port.inputs,
    open_output=libremidi_port.open_output,
    open_input=libremidi_port.open_input,
    guard=Guard.BESIDE,
    stands_in_for="alsa",
)
"""The same driver on a Python for which there is no python-rtmidi."""
DRIVERS: Final[dict[str, Driver]] = {
    "twin": Driver(
        outputs=lambda: _twin_names("instrument"),
        inputs=lambda: _twin_names("controller"),
        open_output=_open_twins,
        open_input=_open_controller,
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
        remember_output=din.remember_output,
        guard=Guard.AFTER,
        free=DEVICE,
    ),
    "alsa": Driver(
        outputs=alsa.outputs,
        inputs=alsa.inputs,
        open_output=alsa.open_output,
        open_input=alsa.open_input,
        units=alsa.units,
        guard=Guard.BESIDE,
    ),
    "jack": Driver(
        outputs=jack.outputs,
        inputs=jack.inputs,
        open_output=jack.open_output,
        open_input=jack.open_input,
        free=OWN,
        guard=Guard.AFTER,
        is_extra=True,
    ),
    "rtmidi": _LIBREMIDI if libremidi_port.is_installed and not rtmidi_port.is_installed else _RTMIDI,
}
WIRES: Final[dict[str, Callable[[OutputPort, Clock], OutputPort]]] = {"din": wired}
"""What may stand behind the `@` of an output."""
