"""One line of the answer: what was measured, what it must be, and whether it is."""

from dataclasses import dataclass

MARKS = {True: "ok", False: "MISSED", None: "skipped"}


@dataclass(frozen=True, slots=True)
class Row:
    """A figure beside its goal, if it has one; `value` None could not be taken, for the reason in `detail`."""

    name: str
    value: float | None
    goal: float | None
    unit: str
    is_floor: bool = False
    """True where the goal is the least the figure may be, not the most."""
    detail: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met; None where nothing was measured or asked for."""
        if self.value is None or self.goal is None:
            return None
        return self.value >= self.goal if self.is_floor else self.value <= self.goal

    def __str__(self) -> str:
        value = "-" if self.value is None else f"{self.value:.4g}"
        bound = self.unit if self.goal is None else f"{'>=' if self.is_floor else '<='} {self.goal:.4g} {self.unit}"
        mark = "no goal" if self.goal is None and self.value is not None else MARKS[self.is_met]
        return f"  {self.name:<46} {value:>9} {bound:<16} {mark:<8} {self.detail}".rstrip()
