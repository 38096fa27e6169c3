"""What a computer needs to play well, as a table of checks over a world that somebody else has looked at.

Called by the command `doctor`. Every check is pure: facts in, verdicts out; `app/world.py` gathers the facts.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Level = Literal["OK", "warning", "error"]
Access = Literal["there", "missing", "denied"]
Beside = Literal["same", "changed", "missing"]

RT_PRIORITY: Final = 80
"""What the engine asks for at most; 99 is the kernel's own."""
LIMITS_FILE: Final = "/etc/security/limits.d/95-midi-bridge.conf"
_PACKAGES: Final = {"linux": "alsa-midi", "win32": "pylibremidi"}
"""What brings the driver on a Python for which there is no python-rtmidi."""
_FIRST_PYTHON_WITHOUT_RTMIDI: Final = (3, 13)
_GOOD_CLOCKS: Final = frozenset(("tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page", "xen", "riscv"))
_COARSE_NS: Final = 1_000
_LITTLE: Final = 100 * 1024 * 1024  # bytes: hours of playing
_TOO_LITTLE: Final = 4 * 1024 * 1024
_LOG_IN: Final = "then log out and in again"


@dataclass(frozen=True, slots=True)
class Examined:
    """One file that was named: what it is, or `fault`, why it cannot be read."""

    path: str
    fault: str | None = None
    is_session: bool = False
    lock: str | None = None
    """Why it cannot be written just now, None where it can."""
    song: Beside | None = None
    """The song's file beside a session."""


@dataclass(frozen=True, slots=True)
class World:
    """All that the checks look at."""

    python: tuple[int, int, int] = (3, 12, 0)
    system: str = "linux"
    user: str = ""
    has_driver: bool = True
    """A package that reaches the system's MIDI ports is installed, and loads on this Python."""
    sequencer: Access = "there"
    faults: Mapping[str, str] = field(default_factory=dict)
    """What each driver said that could not list its ports."""
    inputs: tuple[tuple[str, str], ...] = ()
    """(driver, name) of every input that has hardware behind it; `outputs` likewise."""
    outputs: tuple[tuple[str, str], ...] = ()
    serial: Mapping[str, bool] = field(default_factory=dict)
    """The serial devices that `ports` lists, and whether they may be read and written."""
    rt_priority: int = 0
    """The highest real-time priority that is allowed; 0 for none."""
    has_jack: bool = True
    """JACK's library is there."""
    has_jack_server: bool = True
    """It answers."""
    clock_source: str | None = None
    clock_step_ns: int = 1
    files: tuple[Examined, ...] = ()
    free: Mapping[str, int] = field(default_factory=dict)
    """Free bytes, by the folder that a session lies in."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found; `mend` is what to do, in lines that can be copied."""

    check: str
    level: Level
    found: str
    mend: tuple[str, ...] = ()


Check = Callable[[World], Iterator[Verdict]]


def examine(world: World) -> list[Verdict]:
    """All checks, in the order of the table."""
    return [verdict for check in CHECKS for verdict in check(world)]


def _python(world: World) -> Iterator[Verdict]:
    version = ".".join(map(str, world.python))
    if world.has_driver:
        yield Verdict("python", "OK", version)
        return
    has_rtmidi = world.python[:2] < _FIRST_PYTHON_WITHOUT_RTMIDI
    package = "python-rtmidi" if has_rtmidi else _PACKAGES.get(world.system)
    if package:
        mend = (f"install the package {package}",)
        yield Verdict("python", "error", f"{version}, but the MIDI driver is not installed", mend)
    else:
        mend = ("use Python 3.11 or 3.12",)
        yield Verdict("python", "warning", f"{version}: there is no MIDI driver for it yet, only twins play", mend)


def _sequencer(world: World) -> Iterator[Verdict]:
    if world.system != "linux":
        return
    if world.sequencer == "there":
        yield Verdict("sequencer", "OK", "ALSA's sequencer is there and may be opened")
    elif world.sequencer == "denied":
        mend = (f"sudo usermod -aG audio {world.user or '$USER'}", _LOG_IN)
        yield Verdict("sequencer", "error", "/dev/snd/seq may not be opened", mend)
    else:
        mend = ("sudo modprobe snd-seq", "in a container, give it /dev/snd")
        yield Verdict("sequencer", "error", "there is no /dev/snd/seq, so no USB device can be reached", mend)


def _drivers(world: World) -> Iterator[Verdict]:
    for driver, text in world.faults.items():
        yield _said("ports", "error", f"{driver}: {text}")
    if world.inputs or world.outputs or not world.faults:
        found = f"{len(world.inputs)} inputs and {len(world.outputs)} outputs of real devices"
        if world.inputs or world.outputs:
            yield Verdict("ports", "OK", found)
        else:
            yield Verdict("ports", "warning", found, ("plug a device in and switch it on",))


def _names(world: World) -> Iterator[Verdict]:
    for direction, found in (("inputs", world.inputs), ("outputs", world.outputs)):
        for (driver, name), count in Counter(found).items():
            if count > 1:
                mend = ("unplug all but one of them",)
                yield Verdict("names", "warning", f"{count} {direction} of {driver} are called '{name}'", mend)


def _serial(world: World) -> Iterator[Verdict]:
    denied = [path for path, is_allowed in world.serial.items() if not is_allowed]
    if denied:
        mend = (f"sudo usermod -aG dialout {world.user or '$USER'}", _LOG_IN)
        yield Verdict("serial", "warning", f"may not be opened: {', '.join(denied)}", mend)
    elif world.serial:
        yield Verdict("serial", "OK", f"may be opened: {', '.join(world.serial)}")
    else:
        yield Verdict("serial", "OK", "there is no serial device")


def _real_time(world: World) -> Iterator[Verdict]:
    if world.system != "linux":
        return
    if world.rt_priority > 0:
        yield Verdict("real time", "OK", f"priorities up to {world.rt_priority} are allowed")
        return
    who = world.user or "@audio"
    mend = (
        f"put these two lines into {LIMITS_FILE}, {_LOG_IN}:",
        f"{who} - rtprio {RT_PRIORITY}",
        f"{who} - memlock unlimited",
    )
    yield Verdict("real time", "warning", "not allowed: a busy computer makes notes late", mend)


def _jack(world: World) -> Iterator[Verdict]:
    if world.has_jack:
        found = "its server runs" if world.has_jack_server else "its library is there, but no server answers"
        yield Verdict("jack", "OK", found)
    else:
        mend = ("only if you use JACK: install jackd2 or pipewire-jack",)
        yield Verdict("jack", "warning", "its library is not there", mend)


def _clock(world: World) -> Iterator[Verdict]:
    if world.clock_step_ns > _COARSE_NS:
        found = f"it moves in steps of {world.clock_step_ns:,} ns, which can be heard"
        yield Verdict("clock", "warning", found, ("update the system, or use another computer",))
    elif world.clock_source is not None and world.clock_source not in _GOOD_CLOCKS:
        mend = ("start the system with the kernel option clocksource=tsc, if its log does not call the tsc unstable",)
        yield Verdict("clock", "warning", f"the kernel counts time with {world.clock_source}, which is slow", mend)
    else:
        yield Verdict("clock", "OK", world.clock_source or f"steps of {world.clock_step_ns} ns")


def _files(world: World) -> Iterator[Verdict]:
    for one in world.files:
        name = f"'{one.path}'"
        if one.fault:
            yield _said("file", "error", one.fault)
        elif not one.is_session:
            yield Verdict("file", "OK", f"{name} can be played")
        elif one.lock:
            yield _said("file", "warning", one.lock)
        elif one.song == "changed":
            mend = ("nothing, if that was meant: the session goes by its own copy",)
            yield Verdict("file", "warning", f"{name} is whole, but the song beside it has changed since", mend)
        elif one.song == "missing":
            mend = ("put the song back beside it to play it; log and export work without",)
            yield Verdict("file", "warning", f"{name} is whole, but its song is not beside it", mend)
        else:
            yield Verdict("file", "OK", f"{name} is whole and free, and its song is beside it")


def _space(world: World) -> Iterator[Verdict]:
    for folder, free in world.free.items():
        found = f"{free // (1024 * 1024):,} MiB free in '{folder}'"
        if free >= _LITTLE:
            yield Verdict("space", "OK", found)
        else:
            level: Level = "error" if free < _TOO_LITTLE else "warning"
            yield Verdict("space", level, found, ("free some space before you play",))


def _said(check: str, level: Level, text: str) -> Verdict:
    """The verdict of a fault, whose one line says what happened and, behind `; `, what to do."""
    found, _, mend = text.partition("; ")
    return Verdict(check, level, found, (mend,) if mend else ())


CHECKS: Final[tuple[Check, ...]] = (
    _python,
    _sequencer,
    _drivers,
    _names,
    _serial,
    _real_time,
    _jack,
    _clock,
    _files,
    _space,
)
