"""The player's rig as far as this release knows one: outputs, and the instruments that stand behind them."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.arrange.route_parts import Instrument, Seat, anything
from bridge.core.clock import Clock
from bridge.ports.base import OutputPort
from bridge.ports.open import open_output
from bridge.ports.twin import Twin, TwinPort
from bridge.profiles.load import load

SILENT_TWINS = ("twin:module",)
CONTROLLER_PROFILE = "midi-bridge/twin-controller"
DEMO_TWINS = ("twin:module", "twin:bass+drums")


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


def open_rig(specs: Sequence[str], clock: Clock) -> Rig:
    """Open the outputs that a person named; behind one that is no twin, all sixteen channels are taken to answer.

    Raises UnknownPort and DriverError.
    """
    outputs = tuple(open_output(spec, clock) for spec in specs)
    return Rig(outputs, tuple(one for number, port in enumerate(outputs) for one in _behind(number, port)))


def _behind(number: int, port: OutputPort) -> list[Instrument]:
    return instruments(number, port.name, [twin.name for twin in port.twins] if isinstance(port, TwinPort) else ())


def instruments(number: int, name: str, twins: Sequence[str]) -> list[Instrument]:
    """What stands behind output `number`: its twins by their profiles; behind any other port, all sixteen channels."""
    return [_instrument(number, twin) for twin in twins] or [anything(name, number)]


def _instrument(number: int, profile: str) -> Instrument:
    seats = [
        Seat(channel - 1, slot.drums, slot.polyphony == 1, slot.range)
        for slot in load(profile).slots
        for channel in slot.channels
    ]
    return Instrument(profile, number, tuple(sorted(seats, key=lambda seat: seat.channel)))
