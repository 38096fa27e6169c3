"""One line of the answer: what was measured, what it must be, and whether it is."""

from dataclasses import dataclass

MARKS = {True: "ok", False: "MISSED", None: "skipped"}


@dataclass(frozen=True, slots=True)
class Row:
    """A figure beside its goal; `value` None is one that could not be taken, for the reason in `detail`."""

    name: str
    value: float | None
    goal: float
    unit: str
    is_floor: bool = False
    """True where the goal is the least the figure may be, not the most."""
    detail: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met; None where nothing was measured."""
        if self.value is None:
            return None
        return self.value >= self.goal if self.is_floor else self.value <= self.goal

    def __str__(self) -> str:
        value = "-" if self.value is None else f"{self.value:.4g}"
        bound = f"{'>=' if self.is_floor else '<='} {self.goal:.4g} {self.unit}"
        return f"  {self.name:<46} {value:>9} {bound:<16} {MARKS[self.is_met]:<8} {self.detail}".rstrip()
