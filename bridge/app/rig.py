"""The rig that a song is played on: what is to be opened, what stands behind each port, what is missing.

It comes from what a person typed, else from the file of his rig, else it is the program's own twins. What a file says
is not doubted; behind a port that was typed stands what it is recognised as, where that is sure. Called by `play`, its
host and the demo when they start, and by the commands that look at a rig. It refuses a rig of which nothing that sounds
is there.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, TypeVar

from bridge.app.at_sight import Device, Recogniser
from bridge.arrange.route_parts import Instrument, Seat, anything
from bridge.core.clock import Clock
from bridge.errors import BadOption, BadProfile, BadRig, DriverError, UnknownPort
from bridge.ports.base import OutputPort
from bridge.ports.listing import VIRTUAL
from bridge.ports.open import CHAIN, WIRE, Found, found_input, found_output, is_there, open_output, twin_profile
from bridge.ports.twin import Twin, TwinPort
from bridge.profiles.index import current
from bridge.profiles.load import load
from bridge.profiles.model import Profile
from bridge.profiles.rig import LONGEST_LATENCY_MS, ControllerEntry, Entry, InstrumentEntry, RigFile, load_rig, path_of

SILENT_TWINS: Final = ("twin:module",)
CONTROLLER_PROFILE: Final = "midi-bridge/twin-controller"
BUILT_IN: Final = RigFile(
    instruments=(InstrumentEntry(name="module", profile="midi-bridge/twin-module", port=SILENT_TWINS[0]),)
)
"""The rig of who has made none: the program's own twins."""
DEMO_TWINS: Final = ("twin:module", "twin:bass+drums")
_NS_PER_MS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Rig:
    """Open outputs, and what stands behind each."""

    outputs: tuple[OutputPort, ...]
    instruments: tuple[Instrument, ...]

    @property
    def twin_ports(self) -> tuple[TwinPort, ...]:
        """The outputs with twins behind them."""
        return tuple(port for port in self.outputs if isinstance(port, TwinPort))

    @property
    def twins(self) -> tuple[tuple[TwinPort, Twin], ...]:
        """Every twin with its port."""
        return tuple((port, twin) for port in self.twin_ports for twin in port.twins)


Place = tuple[str, str]
"""A port by its driver and its exact name."""
Behind = Sequence[Sequence[InstrumentEntry]]
"""What stands behind each output, by the rig's file or recognised; nothing where nobody knows."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be opened, by names as typed, and what is known of it before."""

    outputs: tuple[str, ...]
    source: str | None = None
    behind: Behind = ()
    controller: str | None = None
    """The profile of the controller, where it is known."""
    hand: str = ""
    """What the controller's own port is called; nothing where there is no hardware behind it."""
    absent: tuple[str, ...] = ()
    """Names of instruments of the rig that are not there now."""
    said: tuple[str, ...] = ()
    """What to tell a person: one line each."""

    @property
    def latencies_ns(self) -> tuple[int, ...]:
        """How long after a message each output's instruments are heard, the slowest of several."""
        behind = self.behind or [()] * len(self.outputs)
        return tuple(max(map(latency_ns, entries), default=0) for entries in behind)

    @property
    def surface_profile(self) -> Profile | None:
        """By what the controller's messages are understood: its profile, as far as it is sent on that port."""
        profile = load(self.controller) if self.controller else None
        return profile.sent_on(self.hand) if profile and self.hand else profile


def plan(to: Sequence[str], source: str | None, rig: str | None, *, is_fast: bool = False) -> Plan:
    """What is to be opened: what was typed goes before the rig's file, and that before the program's own twins.

    A rig that was not asked for by name is not for `is_fast`, which real instruments cannot be. Raises BadRig,
    UnknownPort, BadOption where an output is named twice, and DriverError where no instrument of the rig is there.
    """
    is_used = rig is not None or not (is_fast or (to and source is not None))
    file = (load_rig(rig) if is_used else None) or RigFile()
    found, lost = _there(() if to else file.instruments, output_there)
    hands, missed = _there(() if source is not None else file.controllers, input_there)
    if lost and not found:
        raise DriverError(f"{'; '.join(lost.values())}; midi-bridge rig check looks at all of the rig")
    sight = Recogniser(lambda: current().known)
    typed = [_typed_output(spec, one, sight) for spec, one in _outputs_typed(to).items()]
    hand = _typed_hand(source, sight) if source is not None else _hand_of_rig(*hands[0]) if hands else _Hand()
    behind = _by_port(found) or _entries(typed)
    outputs = tuple(spec for spec, _ in typed) or tuple(map(_spelt, behind))
    said = [] if outputs or rig is None else [f"there is no instrument in the rig of '{path_of(rig)}'"]
    said += [] if outputs else ["playing on silent twins; name a port with --to to hear it"]
    said += [f"playing on the rig of '{path_of(rig)}'"] if found else []
    said += [str(device) for _, device in typed if device]
    said += [hand.said] if hand.said else []
    return Plan(
        outputs or SILENT_TWINS,
        hand.spec,
        behind,
        hand.profile,
        hand.port,
        tuple(lost),
        (*dict.fromkeys(said), *lost.values(), *missed.values()),
    )


def _outputs_typed(to: Sequence[str]) -> dict[str, Found]:
    """The outputs of those names. Raises UnknownPort, and BadOption where two of them mean one."""
    found: dict[str, Found] = {}
    meant: dict[Place, str] = {}
    for spec in to:
        one = found_output(spec)
        other = meant.setdefault(one.place, spec)
        if spec in found or other != spec:
            same = "is there twice" if other == spec else f"is the port of '--to {other}'"
            raise BadOption(f"'--to {spec}' {same}; name each output once")
        found[spec] = one
    return found


def _typed_output(spec: str, found: Found, sight: Recogniser) -> tuple[str, Device | None]:
    """An output as it is to be opened, and the instrument that it is recognised as."""
    device = sight.device(found.driver, found.name, is_output=True)
    if device is None or device.profile.kind != "instrument":
        return spec, None
    wire = device.profile.wire
    is_din = wire is not None and wire.connector == "din" and not found.wire
    return (f"{spec}{WIRE}din" if is_din else spec), device


def _entries(typed: Sequence[tuple[str, Device | None]]) -> tuple[tuple[InstrumentEntry, ...], ...]:
    """What a rig's file would say of these outputs; nothing where no instrument is recognised."""
    names = [device.model if device else "" for _, device in typed]
    called = [f"{name} {names[:at].count(name) + 1}" if name in names[:at] else name for at, name in enumerate(names)]
    entries = [
        (InstrumentEntry(name=name, profile=device.profile.name, port=spec),) if device else ()
        for name, (spec, device) in zip(called, typed, strict=True)
    ]
    return tuple(entries) if any(entries) else ()


@dataclass(frozen=True, slots=True)
class _Hand:
    """The controller: what is typed for it, its profile, its port's own name, and what a person is told of it."""

    spec: str | None = None
    profile: str | None = None
    port: str = ""
    said: str = ""


def _hand_of_rig(place: Place, one: ControllerEntry) -> _Hand:
    return _Hand(one.port, one.profile, _own_name(place), f"correcting with '{one.name}'")


def _typed_hand(spec: str, sight: Recogniser) -> _Hand:
    """A controller as it was typed, and what it is recognised as; a twin is that of its profile. Raises UnknownPort."""
    driver, name = found_input(spec)
    if driver == "twin":
        return _Hand(spec, twin_profile(name).name)
    device = sight.device(driver, name, is_output=False)
    if device is None or not device.profile.controls:
        return _Hand(spec)
    return _Hand(spec, device.profile.name, _own_name((driver, name)), str(device))


def _own_name(place: Place) -> str:
    """What the port is called, where its device has named it."""
    return place[1] if place[0] not in VIRTUAL else ""


_Entry = TypeVar("_Entry", bound=Entry)


def output_there(spec: str) -> Place:
    """Which output a name means that is there now. Raises UnknownPort."""
    return _there_now(spec, found_output(spec).place)


def input_there(spec: str) -> Place:
    """Which input a name means that is there now. Raises UnknownPort."""
    return _there_now(spec, found_input(spec))


def _there_now(spec: str, place: Place) -> Place:
    driver, name = place
    if not is_there(driver, name):
        raise UnknownPort(f"no port '{spec}'")
    try:
        for part in name.split(CHAIN) if driver == "twin" else ():
            twin_profile(part)
    except BadProfile as bad:
        raise UnknownPort(str(bad)) from bad
    return place


def _there(
    entries: Sequence[_Entry], find: Callable[[str], Place]
) -> tuple[list[tuple[Place, _Entry]], dict[str, str]]:
    """Those that are there, each with its port; and what to say of each that is missing, by its name."""
    found: list[tuple[Place, _Entry]] = []
    lost: dict[str, str] = {}
    for one in entries:
        try:
            found.append((find(one.port), one))
        except UnknownPort as fault:
            lost[one.name] = f"'{one.name}' is missing: {reason(fault)}"
    return found, lost


def _by_port(found: Sequence[tuple[Place, InstrumentEntry]]) -> tuple[tuple[InstrumentEntry, ...], ...]:
    """Those behind one port together, however it was typed for each. Raises BadRig where two have one channel."""
    ports: dict[Place, list[InstrumentEntry]] = {}
    owners: dict[tuple[Place, int], str] = {}
    for place, one in found:
        ports.setdefault(place, []).append(one)
        for channel in one.channels:
            other = owners.setdefault((place, channel), one.name)
            if other != one.name:
                raise BadRig(
                    f"'{other}' and '{one.name}' of the rig are both on channel {channel} of '{one.port}'; "
                    "give each channels of its own"
                )
    return tuple(tuple(entries) for entries in ports.values())


def _spelt(entries: Sequence[InstrumentEntry]) -> str:
    """The port of several entries as it is to be opened: as it is typed with its wire, where one says that."""
    ports = [one.port for one in entries]
    if len(ports) == 1:  # looked up already
        return ports[0]
    return next((port for port in ports if found_output(port).wire), ports[0])


def rig_outputs() -> dict[Place, str]:
    """The outputs of the player's own rig that are there and are hardware, each as typed. Raises BadRig."""
    file = load_rig() or RigFile()
    found, _ = _there(file.instruments, output_there)
    return {place: one.port for place, one in found if place[0] not in VIRTUAL}


def reason(fault: UnknownPort) -> str:
    """Why a port is not found, without the list of all others."""
    return str(fault).partition("; ")[0]


def latency_ns(one: InstrumentEntry) -> int:
    """From a note to its sound: as the rig says, else as the profile does."""
    ms = one.latency_ms
    if ms is None:
        timing = load(one.profile).timing if one.profile else None
        ms = min(timing.note_to_sound_ms, LONGEST_LATENCY_MS) if timing else 0
    return round(ms * _NS_PER_MS)


def open_rig(specs: Sequence[str], clock: Clock, behind: Behind = ()) -> Rig:
    """Open outputs by their names as typed, all or none. Raises UnknownPort, RefusedOverwrite and DriverError."""
    with ExitStack() as undo:
        outputs: tuple[OutputPort, ...] = ()
        for spec in specs:
            outputs += (open_output(spec, clock),)
            undo.callback(outputs[-1].close)
        undo.pop_all()
    twins = [[twin.name for twin in port.twins] if isinstance(port, TwinPort) else [] for port in outputs]
    return Rig(outputs, stands_behind([port.name for port in outputs], twins, behind))


def stands_behind(names: Sequence[str], twins: Sequence[Sequence[str]], behind: Behind = ()) -> tuple[Instrument, ...]:
    """The instruments behind outputs of those names: what the rig's file says, else the twins by their profiles.

    Behind any other port all sixteen channels are taken to answer.
    """
    found: list[Instrument] = []
    for number, (name, profiles) in enumerate(zip(names, twins, strict=True)):
        if behind and behind[number]:
            found += [of_entry(one, number) for one in behind[number]]
        else:
            called = name.split(CHAIN) if profiles else ()
            found += [_instrument(own, number, twin_profile(own)) for own in called] or [anything(name, number)]
    return tuple(found)


def of_entry(one: InstrumentEntry, number: int) -> Instrument:
    """The instrument that an entry of the rig's file is, behind output `number`."""
    return _instrument(one.name, number, load(one.profile) if one.profile else None, one.channels)


def _instrument(name: str, number: int, profile: Profile | None, channels: Sequence[int] = ()) -> Instrument:
    """The instrument of a profile, on the channels (1-16) it is set to; where nobody knows those, on any."""
    seats = _seats(profile) if profile else ()
    is_known = not profile or any(slot.channels for slot in profile.slots)
    channels = channels or (() if is_known else range(1, 17))
    return Instrument(name, number, _set_to(seats or anything(name, number).seats, channels))


def _seats(profile: Profile) -> tuple[Seat, ...]:
    """The channels by factory setting; a slot of which nobody knows it has the lowest that is free."""
    taken = {channel for slot in profile.slots for channel in slot.channels}
    free = (channel for channel in range(1, 17) if channel not in taken)
    seats = [
        Seat(channel - 1, slot.drums, slot.polyphony == 1, slot.range)
        for slot in profile.slots
        for channel in (slot.channels or islice(free, 1))
    ]
    return tuple(sorted(seats, key=lambda seat: seat.channel))


def _set_to(seats: tuple[Seat, ...], channels: Sequence[int]) -> tuple[Seat, ...]:
    """The seats on the channels (1-16) that the player has set; one that the profile has not is another's instead.

    A synthesiser whose only channel is 1 in the factory and 5 here is the same on 5.
    """
    if not channels:
        return seats
    own = {seat.channel: seat for seat in seats}
    wanted = [channel - 1 for channel in channels]
    free = [seat for seat in seats if seat.channel not in wanted]
    strangers = [channel for channel in wanted if channel not in own]
    moved = [replace(like, channel=channel) for channel, like in zip(strangers, (free or [*seats]) * len(strangers))]
    kept = [seat for seat in seats if seat.channel in wanted]
    return tuple(sorted([*kept, *moved], key=lambda seat: seat.channel))


def rig_of(name: str | None) -> RigFile:
    """The rig of that name or path; the twins where the player has made none yet. Raises BadRig."""
    return load_rig(name) or BUILT_IN


def instruments_of(rig: RigFile) -> tuple[Instrument, ...]:
    """All its instruments, whether they are there or not."""
    ports = list(dict.fromkeys(one.port for one in rig.instruments))
    return tuple(of_entry(one, ports.index(one.port)) for one in rig.instruments)
