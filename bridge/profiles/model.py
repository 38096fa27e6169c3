"""The format of a device profile, with only the keys that the four twins use, checked by pydantic.

`load` calls it with what it read from TOML. It refuses unknown keys, wrong types, values out of range and keys that
contradict each other, and names all faults of a file in one line. Channels count from 1 here: a
person writes these files.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from bridge.errors import BadProfile

Channel = Annotated[int, Field(ge=1, le=16)]
Number = Annotated[int, Field(ge=0, le=127)]
Voices = Annotated[int, Field(ge=1, le=256)]
Span = Annotated[tuple[Number, Number], Field(strict=False)]  # TOML has lists, no tuples
Text = Annotated[str, Field(min_length=1)]
Role = Literal["part", "tool", "undo", "keys", "pad", "pedal", "stop", "play", "again", "panic"]

TOOLS: Final = ("fix", "dynamics", "pedal", "erase")
VALUES: Final[Mapping[str, tuple[str | int, ...]]] = {"part": tuple(range(1, 17)), "tool": TOOLS}
"""The values that a control of each role may have; a role that is not here has none."""
NS_PER_SECOND: Final = 1_000_000_000


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class WireSpeed(_Keys):
    """The socket that a device is reached by, and how fast it takes bytes."""

    connector: Literal["usb", "din"]
    speed_bytes_per_second: Annotated[int, Field(ge=1, le=NS_PER_SECOND)]

    @property
    def ns_per_byte(self) -> int:
        """How long one byte takes, in ns."""
        return NS_PER_SECOND // self.speed_bytes_per_second


class PartModel(_Keys):
    """The channels (1-16) of an instrument that sound alike, and what they can do."""

    channels: Annotated[tuple[Channel, ...], Field(strict=False)]
    polyphony: Voices
    range: Span
    mono_priority: Literal["last", "low", "high"] | None = None
    drums: bool = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_span(self.range)
        if not self.channels:
            raise ValueError("channels: found none, allowed: 1 or more")
        if self.mono_priority and self.polyphony != 1:
            raise ValueError(f"polyphony: found {self.polyphony}, allowed: 1 beside mono_priority")
        return self


class ControlMessage(_Keys):
    """What a control sends: a note or control change, of one number or of any in a range."""

    type: Literal["note", "control"]
    channel: Channel
    number: Number | None = None
    range: Span | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.number is None) == (self.range is None):
            raise ValueError("found both or neither of number and range, allowed: one of them")
        _check_span(self.span)
        return self

    @property
    def span(self) -> tuple[int, int]:
        """The lowest and the highest number that it sends."""
        return self.range or (self.number or 0, self.number or 0)

    @property
    def addresses(self) -> list[tuple[str, int, int]]:
        """Every (type, channel 1-16, number) that it sends."""
        return [(self.type, self.channel, number) for number in range(self.span[0], self.span[1] + 1)]


class Control(_Keys):
    """One key bed, pad bank, pedal or button of a controller, and what the player means by it."""

    role: Role
    value: str | int | None = None
    message: ControlMessage

    @model_validator(mode="after")
    def _check(self) -> Self:
        allowed: tuple[str | int | None, ...] = VALUES.get(self.role, (None,))
        if self.value not in allowed:
            said = ", ".join("no value" if value is None else str(value) for value in allowed)
            raise ValueError(f"value: found {self.value!r}, allowed beside role '{self.role}': {said}")
        return self


class Profile(_Keys):
    """What one model of device is: an instrument with its parts, or a controller with its controls."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]+/[a-z0-9-]+$")]
    maker: Text
    model: Text
    kind: Literal["instrument", "controller"]
    wire: WireSpeed
    polyphony: Voices | None = None
    """Voices that all parts share; none: each part has its own."""
    parts: Annotated[tuple[PartModel, ...], Field(strict=False)] = ()
    controls: Annotated[tuple[Control, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        found = {"parts": len(self.parts), "controls": len(self.controls)}
        needed = "parts" if self.kind == "instrument" else "controls"
        if not found.pop(needed):
            raise ValueError(f"{needed}: found 0, allowed beside kind '{self.kind}': 1 or more")
        for key, count in found.items():
            if count:
                raise ValueError(f"{key}: found {count}, allowed beside kind '{self.kind}': 0")
        _check_once("parts", "channel", (channel for part in self.parts for channel in part.channels))
        addresses = (address for control in self.controls for address in control.message.addresses)
        _check_once("controls", "message", addresses)
        return self


def check(data: Mapping[str, object], file: str) -> Profile:
    """The profile in `data`; `BadProfile` names `file` and every fault in one line."""
    try:
        return Profile.model_validate(data)
    except ValidationError as refused:
        faults = "; ".join(_fault(error) for error in refused.errors(include_url=False))
        raise BadProfile(f"'{file}': {faults}") from None


def _check_span(span: tuple[int, int]) -> None:
    if span[0] > span[1]:
        raise ValueError(f"range: found {list(span)}, allowed: the lower first")


def _check_once(key: str, what: str, claims: Iterable[object]) -> None:
    seen = set()
    for claim in claims:
        if claim in seen:
            raise ValueError(f"{key}: found {what} {claim} twice, allowed: once")
        seen.add(claim)


def _fault(error: ErrorDetails) -> str:
    """One fault in the words of the house: key, what was found, what is allowed."""
    key = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"]).lstrip(".")
    if error["type"] == "value_error":  # raised by a check above, which says the rest itself
        return f"{key}: {error['ctx']['error']}".removeprefix(": ")
    if error["type"] == "missing":
        return f"{key}: found nothing, allowed: a value"
    if error["type"] == "extra_forbidden":
        return f"{key}: found {error['input']!r}, allowed: no such key"
    allowed = error["msg"].removeprefix("Input should be ").removeprefix("String should ").removeprefix("a valid ")
    return f"{key}: found {error['input']!r}, allowed: {allowed}"
