"""A profile as TOML text: keys in the order of the model, notes last, each parameter in one line.

Called by the commands that convert, and by what converts whole data sets; `tables` by what begins a file that a person
goes on with. Equal profiles give equal text. It refuses, with TypeError, what TOML cannot say.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bridge.profiles.model import Profile
from bridge.profiles.section import Section

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_ABOUT: Final = frozenset(Section.model_fields)
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def text(profile: Profile, comment: str = "") -> str:
    """The file of a profile, with `comment` at its head."""
    data = profile.model_dump(mode="json", exclude_unset=True)
    return document({key: _arranged(value) for key, value in data.items()}, comment)


def _arranged(value: Any) -> Any:
    """The value with what is said about facts behind the facts, in each of its tables."""
    if isinstance(value, Mapping):
        ordered = sorted(value.items(), key=lambda one: one[0] in _ABOUT)
        return {key: _arranged(one) for key, one in ordered}
    return [_arranged(one) for one in value] if isinstance(value, list) else value


def document(data: Mapping[str, Any], comment: str = "") -> str:
    """Any table as a whole TOML file; its own keys come first, then its tables."""
    head = [f"# {_printable(line)}".rstrip() for line in comment.splitlines()]
    return "\n".join([*head, *_table(data, ())]) + "\n"


def tables(path: str, value: Mapping[str, Any] | Sequence[Mapping[str, Any]], beneath: Sequence[str] = ()) -> list[str]:
    """One table, or a list of them, as a person writes them: each key in a line, each table of a list under its header.

    `beneath` stands behind the own keys of a table that is alone.
    """
    many, header = ([value], f"[{path}]") if isinstance(value, Mapping) else (value, f"[[{path}]]")
    lines: list[str] = []
    for one in many:
        lists = {key: inner for key, inner in one.items() if _is_tables(inner)}
        own = [f"{_key(key)} = {_value(inner)}" for key, inner in one.items() if key not in lists]
        lines += ["", header, *own, *(beneath if len(many) == 1 else ())]
        lines += [line for key, inner in lists.items() for line in ("", *tables(f"{path}.{_key(key)}", inner))]
    return lines[1:]


def _table(data: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """The lines of one table: what is no table first, since a header takes all that follows it."""
    inner = {key: value for key, value in data.items() if isinstance(value, Mapping)}
    for key, value in data.items():
        if key not in inner:
            yield from _entry(key, value)
    for key, value in inner.items():
        here = (*path, key)
        if not value or any(not isinstance(one, Mapping) for one in value.values()):
            yield ""
            yield f"[{'.'.join(map(_key, here))}]"
        yield from _table(value, here)


def _entry(key: str, value: Any) -> Iterator[str]:
    if _is_tables(value):
        yield ""
        yield f"{_key(key)} = ["
        yield from (f"    {_value(one)}," for one in value)
        yield "]"
    else:
        yield f"{_key(key)} = {_value(value)}"


def _is_tables(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(one, Mapping) for one in value)


def _value(value: Any) -> str:
    """A value in one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_value, value))}]"
    raise TypeError(f"TOML has no {type(value).__name__}")


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else quoted(key)


def quoted(word: str) -> str:
    """A text as TOML writes it in one line."""
    return f'"{"".join(_ESCAPES.get(one) or _escaped(one) for one in word)}"'


def _escaped(one: str) -> str:
    return f"\\u{ord(one):04X}" if ord(one) < 0x20 or ord(one) == 0x7F else one


def _printable(line: str) -> str:
    """A comment's line: TOML allows no control character in it but the tab."""
    return "".join(one if one.isprintable() else " " for one in line)
