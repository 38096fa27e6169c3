"""What the program knows of gear, as the faces use it: the index with its progress, answers in words and as data."""

import sys
from collections.abc import Callable
from typing import Any, Final

from bridge.faces.talk import printable, say
from bridge.profiles.index import Index, current
from bridge.profiles.match import Answer

_MANY: Final = 50  # files; fewer are read before anybody can wonder
_STEP: Final = 25  # per cent
UNCONFIRMED: Final = "nobody has confirmed it on hardware"


def index() -> Index:
    """All profiles as they are now; the first time, and after an update, it takes seconds, and says so to a person."""
    return current(progress=_shown())


def say_faults(found: Index) -> None:
    """Which profiles are left out, and why; and which of the user's own stand in for the program's."""
    for fault in found.faults.values():
        say(f"left out: {fault}")
    for name in found.replaced:
        say(f"'{name}' is your own; the one that came with the program is not used")


def as_data(one: Answer) -> dict[str, Any]:
    """An answer as plain data."""
    data: dict[str, Any] = {"outcome": one.outcome, "profiles": one.profiles, "why": one.why, "score": one.score}
    more = {"vendors": one.vendors, "model": one.model, "state": one.state}
    return data | {key: value for key, value in more.items() if value}


def in_words(one: Answer) -> str:
    """An answer in a few words for a list; nothing where nothing is known."""
    said = " or ".join(one.profiles or one.vendors)
    text = {"device": said, "set": f"{said}?", "vendor": f"by {said}", "unknown": ""}[one.outcome]
    return printable(f"{text} ({one.model})" if one.model else text)


def is_watched() -> bool:
    """True where a person sees what is said."""
    return sys.stderr.isatty()


def _shown() -> Callable[[int, int], None]:
    """Progress for a terminal; nothing in a pipe."""
    told = -1

    def show(done: int, of: int) -> None:
        nonlocal told
        percent = done * 100 // of // _STEP * _STEP
        if of >= _MANY and percent > told and is_watched():
            told = percent
            say(f"reading {of:,} device profiles: {percent} %")

    return show
