"""Finds which device a port's name belongs to: the patterns of all profiles, asked at once.

`match` makes one from what is known and asks it with each name. It is pure. A pattern holds on whole words, from the
first word to the last; the maker's name before it and what systems write behind it are no part of it.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from bridge.profiles.devices import Key
from bridge.profiles.known import ANY
from bridge.profiles.port_names import Reading, Words, is_tail, readings, words

_MOST_WORDS: Final = 16
_LEAST_ALONE: Final = 7
_LEAST_OF_TWO: Final = 8
_LEAST_CODE: Final = 3
_LEAST_CUT: Final = 8
"""Letters of a word, of two words, of a code such as `TR-8`, and of a name cut short, that tell a device alone."""
_NUMERAL: Final = re.compile(r"(?:mk)?(?:\d|i{1,3}|iv|vi?)|mk|v\d")


class Rule(NamedTuple):
    """One pattern: its pieces between the stars, and whom it means."""

    key: Key
    pieces: tuple[Words, ...]
    any_head: bool = False
    any_tail: bool = False
    needs_maker: bool = False
    system: str = ANY

    @property
    def length(self) -> int:
        """Letters that it asks for: of two that fit, the longer is meant."""
        return sum(len(word) for piece in self.pieces for word in piece)


class Named(NamedTuple):
    """What a name says: the devices it fits, whether for sure, and the makers it begins with."""

    keys: frozenset[Key]
    is_sure: bool
    makers: frozenset[str]


class _Hit(NamedTuple):
    length: int
    is_sure: bool
    key: Key


def rule(key: Key, pattern: str, system: str = ANY) -> Rule | None:
    """The rule that a pattern with `*` says; None for one without a word."""
    pieces = tuple(found for piece in pattern.split("*") if (found := words(piece)))
    if not pieces:
        return None
    return Rule(key, pieces, pattern.startswith("*"), pattern.endswith("*"), system=system)


def plain_rule(key: Key, model: str, maker: Words, common: Collection[str]) -> Rule | None:
    """The rule of a model whose port names nobody has noted: its name, behind the maker's where it is too common."""
    found = words(model)
    if not found:
        return None
    alone = found == maker or _stands_alone(model, found, common)
    return Rule(key, (found,), needs_maker=not alone)


def _stands_alone(model: str, found: Words, common: Collection[str]) -> bool:
    core = [word for word in found if not word.isdecimal() and not _NUMERAL.fullmatch(word)]
    if any(len(words(code)[0]) >= _LEAST_CODE for code in model.split() if _is_code(code)):
        return True
    telling = [word for word in core if word not in common]
    if any(len(word) >= _LEAST_ALONE for word in telling):
        return True
    return len(core) > 1 and bool(telling) and sum(map(len, core)) >= _LEAST_OF_TWO


def _is_code(text: str) -> bool:
    """True for what no language has as a word: letters and digits mixed, or with a dash between, as `JD-Xi`."""
    found = words(text)
    if len(found) != 1 or _NUMERAL.fullmatch(found[0]):
        return False
    has_both = any(one.isdecimal() for one in found[0]) and any(one.isalpha() for one in found[0])
    return has_both or "-" in text.strip("-")


class NameRules:
    """All rules, found by their first piece."""

    def __init__(self, rules: Iterable[Rule], makers: Mapping[Words, str]) -> None:
        self._by_piece: defaultdict[str, list[Rule]] = defaultdict(list)
        self._makers = makers
        self._makers_at = {name[0] for name in makers}
        for one in rules:
            self._by_piece["".join(one.pieces[0])].append(one)

    def ask(self, name: str, system: str) -> Named:
        """Which devices a port of that name may be: of several the one that has most of it, all where they are even."""
        hits: list[_Hit] = []
        makers: set[str] = set()
        for reading in readings(name, system):
            hits += self._hits(reading, "", system)
            for taken, maker in self._made_by(reading.words):
                makers.add(maker)
                rest = reading._replace(words=reading.words[taken:])
                hits += self._hits(rest, maker, system)
        best = max((hit.length for hit in hits), default=0)
        longest = [hit for hit in hits if hit.length == best]
        sure = frozenset(hit.key for hit in longest if hit.is_sure)
        return Named(sure or frozenset(hit.key for hit in longest), bool(sure), frozenset(makers))

    def _made_by(self, read: Words) -> Iterator[tuple[int, str]]:
        if read[0] in self._makers_at:
            for count in range(1, min(len(read), _MOST_WORDS) + 1):
                if maker := self._makers.get(read[:count]):
                    yield count, maker

    def _hits(self, reading: Reading, maker: str, system: str) -> Iterator[_Hit]:
        read = reading.words[:_MOST_WORDS]
        for start in range(len(read)):
            for end in range(start + 1, len(read) + 1):
                for one in self._by_piece.get("".join(read[start:end]), ()):
                    if not _is_meant(one, maker, system) or (start and not one.any_head):
                        continue
                    if (hit := _hit(one, reading, start, end)) is not None:
                        yield hit
        if reading.is_cut:
            yield from self._cut(reading, maker, system)

    def _cut(self, reading: Reading, maker: str, system: str) -> Iterator[_Hit]:
        """Devices whose names begin with all that is left of this one: any of them may be meant."""
        left = "".join(reading.words)
        if len(left) < _LEAST_CUT:
            return
        for piece, rules in self._by_piece.items():
            if len(piece) > len(left) and piece.startswith(left):
                yield from (_Hit(len(left), False, one.key) for one in rules if _is_meant(one, maker, system))


def _is_meant(one: Rule, maker: str, system: str) -> bool:
    if one.system not in (ANY, system):
        return False
    return one.key[0] == maker if maker else not one.needs_maker


def _hit(one: Rule, reading: Reading, start: int, end: int) -> _Hit | None:
    """The rule on this reading, its first piece at these words; None where the rest does not fit."""
    read = reading.words
    for number, piece in enumerate(one.pieces):
        if number:
            found = _next(read, end, piece)
            if found is None:
                return None
            end = found
        if read[end - 1].isdecimal() and piece[-1] != read[end - 1]:
            return None  # `nanoKONTROL 2` is no nanoKONTROL2: a number by itself may be the system's
    if not one.any_tail and not is_tail(read[end:], read[start:end], reading.is_cut):
        return None
    is_whole = end == len(read) and not any(letter.isdecimal() for letter in one.pieces[-1][-1])
    return _Hit(one.length, reading.number in ("", "0") or not is_whole, one.key)


def _next(read: Words, start: int, piece: Words) -> int | None:
    """Where a later piece ends that begins at or behind `start`."""
    wanted = "".join(piece)
    for first in range(start, len(read)):
        for end in range(first + 1, len(read) + 1):
            if "".join(read[first:end]) == wanted:
                return end
    return None
