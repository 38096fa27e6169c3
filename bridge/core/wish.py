"""What a hand or an agent wants changed: changes not yet worked out, and how they join what was done before."""

from dataclasses import dataclass
from enum import Enum

from bridge.core.closure import Change


class Joins(Enum):
    """How a wish joins the corrections before it."""

    NEW = "a correction of its own"
    EXTENDS = "goes on with the last correction of the same author and tool"
    REPLACES = "takes the place of the last correction of the same author and tool"


@dataclass(frozen=True, slots=True)
class Wish:
    """Changes to be made as one correction, or as part of one: `tick` is where in the song it belongs."""

    tool: str
    label: str
    tick: int
    changes: tuple[Change, ...]
    joins: Joins = Joins.NEW
