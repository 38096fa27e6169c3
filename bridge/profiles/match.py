"""Which device this is, and why: from what it answers, its USB ids and the names of its ports, any of them together.

Called by the commands that list ports and by the rig, with what `index` keeps. It is pure: clues in, an answer out. It
guesses nothing: where clues leave several devices open, or contradict each other, the answer is the set of them.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from bridge.profiles.devices import Devices, Key, models_of
from bridge.profiles.known import Known
from bridge.profiles.name_rules import NameRules, Rule, plain_rule, rule
from bridge.profiles.port_names import words
from bridge.profiles.replies import Body, body, fits, maker_id, pattern_id

Outcome = Literal["device", "set", "vendor", "unknown"]
_SCORES: Final[Mapping[str, int]] = {"reply": 60, "usb": 30, "name": 25}
"""What each clue adds in percent to `_BASE`; half of it where it leaves something open."""
_NUMBER: Final = re.compile(r" \d+$")
_BASE: Final = 35
_MOST: Final = 100
_SET_SCORE: Final = 50
_VENDOR_SCORE: Final = 20


@dataclass(frozen=True, slots=True)
class Clues:
    """What is known of one device: any of it, or nothing."""

    name: str = ""
    """A port's name as its driver lists it, on this `system`: linux, macos or windows."""
    system: str = "linux"
    reply: Body = ()
    """What it answered to an identity request; `replies.parse` and `replies.exactly` make it."""
    usb: str = ""
    """Vendor and product, `0944:0117`."""
    is_numbered: bool = False
    """The driver appends a number to each name, as rtmidi does on Windows: it is not looked at."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the clues say: the profile of the device, those it may be, its makers, or nothing; and the reasons."""

    outcome: Outcome
    profiles: tuple[str, ...]
    why: tuple[str, ...]
    score: int = 0
    """How sure it is in percent."""
    vendors: tuple[str, ...] = ()
    """Who made it, where that alone is known; several share one manufacturer id."""
    model: str = ""
    """Which model of the profile's family it is, where a clue tells."""
    state: str = ""
    """What the reply tells besides, such as a firmware update being awaited."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What one clue says."""

    clue: str
    why: str
    keys: frozenset[Key] = frozenset()
    is_sure: bool = False
    vendors: tuple[str, ...] = ()
    state: str = ""

    @property
    def score(self) -> int:
        return _SCORES[self.clue] // (1 if self.is_sure and len(self.keys) == 1 else 2)


class _Pattern(NamedTuple):
    pattern: str
    key: Key
    state: str


class Matcher:
    """Answers for any number of devices; making one costs more than asking it."""

    def __init__(self, known: Known) -> None:
        self._devices = Devices(known)
        ids = {id for one in known.makers for id in one.ids}
        self._vendors = {id: tuple(one.name for one in known.makers if id in one.ids) for id in ids}
        self._usb: defaultdict[str, set[Key]] = defaultdict(set)
        self._usb_vendors: defaultdict[str, set[str]] = defaultdict(set)
        for entry in known.entries:
            for id in entry.usb:
                self._usb[id].add(self._devices.key(entry.maker, entry.model))
                self._usb_vendors[id[:4]].add(self._devices.maker(entry.maker))
        self._patterns: defaultdict[str, list[_Pattern]] = defaultdict(list)
        for id, pattern in _patterns(known, self._devices):
            self._patterns[id].append(pattern)
        self._names = NameRules(_name_rules(known, self._devices), self._devices.maker_words)

    def answer(self, clues: Clues) -> Answer:
        """What all the clues together say."""
        found = [one for one in (self._by_reply(clues), self._by_usb(clues), self._by_name(clues)) if one]
        told = [one for one in found if one.keys]
        if not told:
            return _nobody(found)
        common = frozenset.intersection(*(one.keys for one in told))
        keys = common or frozenset.union(*(one.keys for one in told))
        against = [] if common else ["these contradict each other"]
        against += [f"{' or '.join(one.vendors)} did not make it" for one in found if self._is_stranger(one, keys)]
        profiles = self._devices.profiles(keys)
        is_sure = not against and (len(told) > 1 or told[0].is_sure)
        outcome: Outcome = "device" if is_sure and len(profiles) == 1 else "set"
        most, score = (_MOST, _BASE) if outcome == "device" else (_SET_SCORE, 0)
        return Answer(
            outcome,
            profiles,
            (*(one.why for one in found), *against, *self._told_of(keys, profiles)),
            min(most, score + sum(one.score for one in told)),
            model=self._devices.model(keys),
            state=next((one.state for one in told if one.state), ""),
        )

    def _is_stranger(self, one: _Found, keys: frozenset[Key]) -> bool:
        """Whether a clue names makers, and none of these devices is theirs."""
        return bool(one.vendors and not one.keys and not self._devices.makers(keys) & set(one.vendors))

    def _told_of(self, keys: frozenset[Key], profiles: tuple[str, ...]) -> Iterator[str]:
        """What stays open, or which further profiles describe the same device."""
        if len(profiles) > 1:
            yield f"left open: {', '.join(profiles)}"
        elif others := self._devices.further(keys):
            yield f"the same device is described by {', '.join(others)} too; {profiles[0]} goes before"

    def _by_reply(self, clues: Clues) -> _Found | None:
        if not clues.reply:
            return None
        found = body(clues.reply)
        if found is None:
            return _Found("reply", "these bytes are no identity reply")
        id = maker_id(found)
        vendors = self._vendors.get(id, ())
        fitting = {one: fits(found, one.pattern) for one in self._patterns.get(id, ())}
        is_sure = True in fitting.values()
        hits = [one for one, fit in fitting.items() if fit is (True if is_sure else None)]
        if not hits:
            return _Found("reply", _id_in_words(id, vendors), vendors=vendors)
        keys = frozenset(one.key for one in hits)
        state = next((one.state for one in hits if one.state), "")
        length = "" if is_sure else ", but for its length"
        told = f"it answers to an identity request as {self._devices.said(keys)} does{length}"
        return _Found("reply", f"{told}; {state}" if state else told, keys, is_sure, vendors, state)

    def _by_usb(self, clues: Clues) -> _Found | None:
        if not clues.usb:
            return None
        id = clues.usb.lower()
        keys, vendors = frozenset(self._usb.get(id, ())), tuple(sorted(self._usb_vendors.get(id[:4], ())))
        said = self._devices.said(keys) or " or ".join(vendors) or "nobody that the profiles know"
        return _Found("usb", f"its USB id {id} belongs to {said}", keys, True, vendors)

    def _by_name(self, clues: Clues) -> _Found | None:
        name = _NUMBER.sub("", clues.name.strip()) if clues.is_numbered else clues.name.strip()
        if not name:
            return None
        named = self._names.ask(name, clues.system)
        vendors = tuple(sorted(self._devices.maker(maker) for maker in named.makers))
        if named.keys:
            doubt = "" if named.is_sure else ", but its end may be missing, or added by the system"
            told = f"'{name}' is a name of {self._devices.said(named.keys)}{doubt}"
        else:
            told = f"'{name}' begins as names of {' or '.join(vendors)} do" if vendors else f"no profile names '{name}'"
        return _Found("name", told, named.keys, named.is_sure, vendors)


def _nobody(found: list[_Found]) -> Answer:
    """The answer where no clue leads to a profile."""
    why = tuple(one.why for one in found) or ("there is nothing to go by",)
    vendors = next((one.vendors for one in found if one.vendors), ())
    return Answer("vendor", (), why, _VENDOR_SCORE, vendors) if vendors else Answer("unknown", (), why)


def _id_in_words(id: str, vendors: tuple[str, ...]) -> str:
    whose = f"which belongs to {' or '.join(vendors)}" if vendors else "which nobody is known to have"
    return f"it answers with the manufacturer id {id}, {whose}; no profile has the rest of the answer"


def _patterns(known: Known, devices: Devices) -> Iterator[tuple[str, _Pattern]]:
    """(manufacturer id, pattern) of every reply that leads to a profile."""
    for owner in known.rules:
        for one in owner.replies:
            key = devices.key(owner.maker, one.model or owner.model)
            if key in devices:
                yield pattern_id(one.pattern), _Pattern(one.pattern, key, one.state)


def _name_rules(known: Known, devices: Devices) -> Iterator[Rule]:
    for owner in known.rules:
        for name in owner.names:
            key = devices.key(owner.maker, owner.model)
            if key in devices and (found := rule(key, name.pattern, name.system)):
                yield found
    for entry in known.entries:
        if entry.origin == "converted":
            for model in models_of(entry):
                key = devices.key(entry.maker, model)
                if found := plain_rule(key, model, words(entry.maker), known.common):
                    yield found
