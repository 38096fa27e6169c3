"""What every converter gives: a profile as plain data, and what of its source is not in it.

It makes names too: the words of a maker and a model as folder and file.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bridge.errors import BadProfile

MAX_BYTES: Final = 4 * 1024 * 1024
"""No file of the data sets has half a megabyte; what is larger than this is something else."""
NULL_NUMBER: Final = (127, 127)
"""(MSB, LSB) of the parameter number that chooses none: MIDI 1.0, RPN and NRPN."""
_SPELT: Final = str.maketrans({"æ": "ae", "ø": "o", "œ": "oe", "đ": "d", "ł": "l", "þ": "th", "μ": "u", "+": " plus "})


@dataclass(frozen=True, slots=True)
class Left:
    """One thing of the source that is not in the profile."""

    where: str
    """Its place in the source: `row 12`."""
    what: str
    """What stands there."""
    why: str
    """Why it was left behind."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: {self.why}"


@dataclass(frozen=True, slots=True)
class Converted:
    """A profile as plain data, for the model to check, and what was left behind."""

    data: dict[str, Any]
    left: tuple[Left, ...] = ()


def filled(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that are known: without those that are None or empty."""
    return {key: value for key, value in facts.items() if value is not None and value not in ("", {})}


def plain(text: str) -> str:
    """A text of the source in one line, its accents joined to their letters, without control characters."""
    joined = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(one for one in joined if unicodedata.category(one) not in ("Cc", "Cs"))


def place(folder: str, maker: str, model: str) -> str:
    """The name of the profile: `folder/maker/model`, or `maker/model`. Raises BadProfile where no letter is left."""
    words = [*([folder] if folder else []), slug(maker), slug(model)]
    if not all(words):
        raise BadProfile(f"no name can be made of maker {maker!r} and model {model!r}; they need letters or digits")
    return "/".join(words)


def slug(text: str) -> str:
    """The letters a-z and digits of a text, its words joined by `-`: "Fred's Lab" as `freds-lab`."""
    spelt = text.casefold().translate(_SPELT)
    base = "".join(one for one in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(one))
    kept = "".join(one if one.isascii() and one.isalnum() else " " for one in base if one not in "'’`")
    return "-".join(kept.split())


def check_size(data: bytes) -> None:
    """Raises BadProfile where there is more than any file of the kind has."""
    if len(data) > MAX_BYTES:
        raise BadProfile(f"it has {len(data):,} bytes; a file of this kind has less than {MAX_BYTES:,}")
