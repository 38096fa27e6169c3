"""What a profile lacks to be complete, and how many of its facts somebody has looked up.

Called by the command that checks profiles, and by tests. What complete means is told in `docs/profiles.md`, and
defined here. It says of no fact whether it is true: only hardware can.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from bridge.profiles.control import Control
from bridge.profiles.model import Profile
from bridge.profiles.section import ASSUMED

Need = Callable[[Profile], Iterator[str]]
_LOOKED_UP: Final = re.compile(
    r"match\.replies\[\]\.pattern|wire\.connector|polyphony|slots\[\]\.(range|polyphony|sounds\[\]\.key)|programs\.select"
    r"|parameters\[\]\.(cc|cc14|rpn|nrpn|sysex)|controls\[\]\.message|has\.(controls|parameters)"
)
"""The facts for which "assumed" is not enough."""
_PLACE: Final = re.compile(r"\[\d+\]")


class Counted(NamedTuple):
    """How many facts there are, and how many have a source that is better than "assumed"."""

    facts: int
    sourced: int


def counted(profiles: Iterable[Profile]) -> Counted:
    """The facts of all these profiles together."""
    sources = [fact.source for profile in profiles for fact in profile.facts()]
    return Counted(len(sources), sum(source != ASSUMED for source in sources))


def missing(profile: Profile) -> list[str]:
    """What is not there yet, each with its key and what to say; nothing for a complete profile."""
    needs = (_identity, _wire, *_OF_KIND[profile.kind], _controls, _pages, _sources)
    return [lack for need in needs for lack in need(profile)]


def is_complete(profile: Profile) -> bool:
    """True where nothing is missing."""
    return not missing(profile)


def _identity(profile: Profile) -> Iterator[str]:
    if not (profile.match and (profile.match.replies or profile.match.no_reply)):
        yield "match.replies: what it answers to an identity request, or in match.no_reply why nothing"


def _wire(profile: Profile) -> Iterator[str]:
    if not profile.wire:
        yield "wire: its sockets, and how fast it takes bytes"


def _ports(profile: Profile) -> Iterator[str]:
    if not profile.ports:
        yield "ports: each port that it shows, and what it is for"


def _slots(profile: Profile) -> Iterator[str]:
    if not profile.slots:
        yield "slots: its channels, and what each can do"
    for number, slot in enumerate(profile.slots):
        if not slot.channels:
            yield f"slots[{number}].channels: the channels that it is on by factory setting"
        if "range" not in slot.model_fields_set:
            yield f"slots[{number}].range: the lowest and the highest key that sound"
        if slot.polyphony is None and profile.polyphony is None:
            yield f"slots[{number}].polyphony: how many notes sound at once, here or for all slots together"
        if slot.drums and not slot.sounds:
            yield f"slots[{number}].sounds: which key strikes which drum, with its role where it has one"


def _programs(profile: Profile) -> Iterator[str]:
    if profile.programs:
        if profile.programs.select in ("msb", "lsb", "both") and not profile.programs.banks:
            yield "programs.banks: the bank bytes, and which programs each has"
    elif not all(slot.drums for slot in profile.slots):
        yield "programs: how a sound is chosen, or select = 'none'"


def _parameters(profile: Profile) -> Iterator[str]:
    there = len(profile.parameters)
    known = profile.has.parameters if profile.has else None
    if known is None:
        yield "has.parameters: how many parameters MIDI reaches, by its source"
    elif there < known:
        yield f"parameters: {there} of {known} are described"


def _lights(profile: Profile) -> Iterator[str]:
    lights = profile.has.lights if profile.has else None
    if lights is None:
        yield "has.lights: 'described', 'none', or 'unknown' where the sources do not tell"
    if lights == "described" and not any(control.light for control in profile.controls):
        yield "controls[].light: what lights each, or has.lights = 'none' or 'unknown'"


def _controls(profile: Profile) -> Iterator[str]:
    known = profile.has.controls if profile.has else {}
    there = _most_on_a_page(profile.controls)
    for kind in sorted(there.keys() - known.keys()):
        yield f"has.controls.{kind}: how many there are, by its source"
    for kind, number in known.items():
        if there[kind] < number:
            yield f"controls: {there[kind]} of {number} of kind '{kind}' are described"


def _most_on_a_page(controls: Iterable[Control]) -> Mapping[str, int]:
    """How many of each kind are described on the page that has the most of it; those of every page are on each."""
    always: Counter[str] = Counter()
    pages: dict[str, Counter[str]] = {}
    for control in controls:
        kinds = always if control.page is None else pages.setdefault(control.page, Counter())
        kinds[control.kind] += len(control.message.addresses) or 1
    most: Counter[str] = Counter()
    for page in pages.values():
        most |= page
    return always + most


def _pages(profile: Profile) -> Iterator[str]:
    told = {page.name for page in profile.pages}
    for page in sorted({control.page for control in profile.controls if control.page} - told):
        yield f"pages: how a person comes to the page '{page}'"


def _sources(profile: Profile) -> Iterator[str]:
    if not profile.product:  # nobody can look it up: each device of its kind is another
        return
    places: dict[str, list[str]] = {}
    for fact in profile.facts():
        if fact.source == ASSUMED and _LOOKED_UP.fullmatch(_PLACE.sub("[]", fact.place)):
            places.setdefault(_PLACE.sub("[]", fact.place), []).append(fact.place)
    for first, *others in places.values():
        more = f", as are {len(others)} more like it" if others else ""
        yield f"{first}: a source, since it is only assumed{more}"


_OF_KIND: Final[Mapping[str, tuple[Need, ...]]] = {
    "instrument": (_slots, _programs, _parameters),
    "controller": (_ports, _lights),
}
