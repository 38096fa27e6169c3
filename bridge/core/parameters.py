"""One channel's registered and non-registered parameters: which one is selected, and what was entered into each.

Pure; kept by the ledger for what an instrument knows, and made by the schedule for what the song wants. A data
entry means nothing without the selection before it, so both are caught up with as one group. Source: MIDI 1.0
Detailed Specification, Data Entry and Parameter Numbers; RP-015 for what a reset of the controllers does.
"""

from typing import Final, NamedTuple

from bridge.core.message import control

DATA_MSB: Final = 6
DATA_LSB: Final = 38
_STEPS: Final = (96, 97)  # increment and decrement
_RPN: Final = (101, 100)  # MSB, LSB
_NRPN: Final = (99, 98)
NUMBERS: Final = frozenset((DATA_MSB, DATA_LSB, *_STEPS, *_RPN, *_NRPN))
"""The controllers that belong to such a group."""
_NULL: Final = 127


class Parameter(NamedTuple):
    """One parameter: the controllers that select it, MSB first, and what they are set to."""

    kinds: tuple[int, int]
    msb: int
    lsb: int


class Parameters:
    """What one channel's parameters stand at, as far as it is known."""

    def __init__(self, channel: int) -> None:
        self.channel = channel
        self.values: dict[Parameter, tuple[tuple[int, int], ...]] = {}
        """The data entries (controller, value) that give a parameter its value, the newest parameter last."""
        self._kinds = _RPN
        self._numbers: dict[int, int] = {}

    @property
    def selection(self) -> tuple[tuple[int, int], ...]:
        """The (controller, value) that stand selected, MSB first; empty while nothing was ever selected."""
        return tuple((kind, self._numbers[kind]) for kind in self._kinds if kind in self._numbers)

    def take(self, number: int, value: int) -> None:
        """One of the group's controllers, in the order of the song."""
        if number in _RPN or number in _NRPN:
            self._kinds = _RPN if number in _RPN else _NRPN
            self._numbers[number] = value
        elif parameter := self._selected():
            entries = self._entered(self.values.pop(parameter, ()), (number, value))
            if entries:
                self.values[parameter] = entries

    def deselect(self) -> None:
        """A reset of the controllers: nothing is selected, the values stay."""
        self._kinds = _RPN
        self._numbers = dict.fromkeys((*_RPN, *_NRPN), _NULL)

    def lacking(self, known: "Parameters", *, again: bool = False) -> list[bytes]:
        """What must be sent to bring `known` here: each value that differs behind its selection, then the selection.

        With `again` all values are sent.
        """
        out: list[tuple[int, int]] = []
        for parameter, entries in self.values.items():
            if again or known.values.get(parameter, ())[-len(entries) :] != entries:
                out += zip(parameter.kinds, parameter[1:], strict=True)
                out += entries
        if out or not set(self.selection) <= set(known.selection):
            out += self.selection
        return [control(self.channel, *one) for one in out]

    def _selected(self) -> Parameter | None:
        msb, lsb = (self._numbers.get(kind) for kind in self._kinds)
        if msb is None or lsb is None or (msb, lsb) == (_NULL, _NULL):
            return None
        return Parameter(self._kinds, msb, lsb)

    def _entered(self, before: tuple[tuple[int, int], ...], entry: tuple[int, int]) -> tuple[tuple[int, int], ...]:
        """A new MSB sets the LSB to nothing; a step counts only from a value that is known."""
        if entry[0] == DATA_MSB:
            return (entry,)
        if entry[0] == DATA_LSB:
            return (*(one for one in before if one[0] == DATA_MSB), entry)
        return (*before, entry) if before else ()
