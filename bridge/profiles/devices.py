"""Which profiles describe one and the same device: several sources may, under differing spellings.

`match` makes one from what is known. It is pure. A device is a maker and a model; a profile of a family describes
several.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from bridge.profiles.known import Entry, Known, Maker
from bridge.profiles.port_names import Words, words

Key = tuple[str, str]
"""(maker, model) of a device, each without spaces, marks and capitals."""
_MOST_TOLD: Final = 6
_LEAST_VARIANT: Final = 5
_NO_MAKERS: Final = frozenset(("generic", "midibridge"))  # what is made by nobody, or here


@lru_cache(maxsize=4_096)
def squashed(text: str) -> str:
    """A name without spaces, marks and capitals."""
    return "".join(words(text))


def models_of(entry: Entry) -> tuple[str, ...]:
    """All models that a profile describes: `Lead 4 (Lead 4R)` are two."""
    first, bracket, second = entry.model.removesuffix(")").rpartition(" (")
    variants = (first, second) if bracket and len(second) >= _LEAST_VARIANT else ()
    return (entry.model, *entry.models, *variants)


class Devices:
    """All devices that have a profile."""

    def __init__(self, known: Known) -> None:
        spelt = {squashed(entry.maker): entry.maker for entry in known.entries}
        self._makers = spelt | {squashed(name): one.name for one in known.makers for name in _names(one)}
        self._aliases = {
            (squashed(self.maker(one.maker)), squashed(name)): squashed(one.model)
            for one in known.devices
            for name in one.also
        }
        self._best: dict[Key, Entry] = {}
        self._spoken: dict[Key, str] = {}
        self._names: defaultdict[Key, set[str]] = defaultdict(set)
        for entry in sorted(known.entries, key=lambda one: one.rank):
            for model in models_of(entry):
                key = self.key(entry.maker, model)
                self._best.setdefault(key, entry)
                self._spoken.setdefault(key, model)
                self._names[key].add(entry.name)
        names = {entry.maker for entry in known.entries}.union(*(_names(one) for one in known.makers))
        self.maker_words: dict[Words, str] = {
            words(name): squashed(self.maker(name)) for name in names if squashed(name) not in {"", *_NO_MAKERS}
        }
        """Every spelling of every maker, in words; to the maker as it stands in a key."""

    def __contains__(self, key: Key) -> bool:
        """Whether a profile describes it."""
        return key in self._best

    def maker(self, name: str) -> str:
        """The maker by the name that it goes by here."""
        return self._makers.get(squashed(name), name)

    def key(self, maker: str, model: str) -> Key:
        """The device of that maker and model, however they are spelt."""
        made, plain = squashed(self.maker(maker)), squashed(model)
        return made, self._aliases.get((made, plain), plain)

    def profiles(self, keys: Iterable[Key]) -> tuple[str, ...]:
        """The best profile of each device, each once, the best first."""
        best = {self._best[key].name: self._best[key].rank for key in keys}
        return tuple(sorted(best, key=lambda name: best[name]))

    def further(self, keys: Iterable[Key]) -> list[str]:
        """The names of the profiles that describe these devices less well."""
        keys = list(keys)
        return sorted({name for key in keys for name in self._names[key]} - set(self.profiles(keys)))

    def makers(self, keys: Iterable[Key]) -> set[str]:
        """Who made them."""
        return {self.maker(self._best[key].maker) for key in keys}

    def model(self, keys: Iterable[Key]) -> str:
        """The one model of a family that the keys leave; nothing where they leave several, or there is no family."""
        found = {self._spoken[key] for key in keys if self._best[key].models and self._spoken[key] != self._family(key)}
        return found.pop() if len(found) == 1 else ""

    def _family(self, key: Key) -> str:
        return self._best[key].model

    def said(self, keys: Iterable[Key]) -> str:
        """The devices in words."""
        said = sorted({f"{self._best[key].maker} {self._spoken[key]}" for key in keys})
        more = [f"{len(said) - _MOST_TOLD} more"] if len(said) > _MOST_TOLD else []
        return ", or ".join([*said[:_MOST_TOLD], *more])


def _names(maker: Maker) -> tuple[str, ...]:
    return (maker.name, *maker.also)
