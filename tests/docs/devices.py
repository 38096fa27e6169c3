"""Makes `docs/devices` from the profiles that were written by hand: a page each, and the list of them.

Called by `tests.docs.write`, and by the test that the pages are current.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from bridge.faces.device_page import page, title
from bridge.faces.gear import UNCONFIRMED
from bridge.faces.markdown import plain, table
from bridge.profiles.complete import is_complete
from bridge.profiles.known import CONVERTED
from bridge.profiles.load import load, names
from bridge.profiles.model import Profile

FOLDER: Final = "docs/devices"
_HEAD: Final = """\
# Devices

What the program knows of each device whose profile was written by hand: how it is recognised, what it plays, what every
control sends and does here, what can be turned in it, and where each fact comes from. These pages are made from the
profiles by `python -m tests.docs.write`, and a test fails when they are not current.

`midi-bridge profiles page NAME` writes the same for any other profile: one of the {converted} that were converted from
data sets, which `midi-bridge profiles list --converted` names, or [a file of your own](../profiles.md).
"""
_TITLES: Final[Mapping[str, str]] = {"instrument": "Instruments", "controller": "Controllers"}


@cache
def render() -> Mapping[str, str]:
    """Every page by its place."""
    found = {name: load(name) for name in names() if name.partition("/")[0] not in CONVERTED}
    pages = {f"{FOLDER}/{_file(name)}": page(profile, name) for name, profile in found.items()}
    listed = "\n".join(_list(found))
    head = _HEAD.format(converted=len(names()) - len(found))
    return pages | {f"{FOLDER}/README.md": f"{head}\n{listed}\n"}


def _file(name: str) -> str:
    return f"{name.replace('/', '-')}.md"


def _list(found: Mapping[str, Profile]) -> Iterator[str]:
    for number, (kind, heading) in enumerate(_TITLES.items()):
        yield from ("",) * (number > 0)
        yield from (f"## {heading}", "")
        rows = [
            (
                f"[{title(one)}]({_file(name)})",
                plain(", ".join(one.models)),
                "yes" if is_complete(one) else "no",
                UNCONFIRMED.partition(" ")[0] if one.needs_hardware else plain(one.confirmed[0].by),
            )
            for name, one in found.items()
            if one.kind == kind
        ]
        yield from table(("device", "models", "complete", "confirmed on hardware by"), rows)
