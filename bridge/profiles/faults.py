"""What is wrong with a person's TOML file, in the words of the house: key, what was found, what is allowed.

Profiles and rigs are refused with it. Every fault of a file is named at once: also what the rules between keys find
in a table of which another key could not be read.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bridge.profiles.section import Keys, Refused, among

_LONGEST_SHOWN: Final = 60
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
Schema = Mapping[str, Any]
Steps = tuple[int | str, ...]


def said(model: type[BaseModel], refused: ValidationError, data: Mapping[str, object] | None = None) -> str:
    """All faults, joined in one line."""
    return "; ".join(faults(model, refused, data))


def faults(model: type[BaseModel], refused: ValidationError, data: Mapping[str, object] | None = None) -> list[str]:
    """Every fault, one a line, in the order of keys; `data` is what was refused, from which rules find more."""
    schema = _schema(model)
    errors = refused.errors(include_url=False)
    found = [_fault(schema, error) for error in errors if not isinstance(_raised(error), Refused)]
    if data is not None and issubclass(model, Keys):
        found += _broken_rules(_loose(model, data, [error["loc"] for error in errors if _raised(error) is None]), "")
    else:
        found += [fault.at(_place(error["loc"])) for error in errors for fault in getattr(_raised(error), "faults", ())]
    return list(dict.fromkeys(found))  # of a choice of types each complains


@cache
def _schema(model: type[BaseModel]) -> Schema:
    return model.model_json_schema()


def allowed(schema: Schema, root: Schema) -> str:
    """What a key may hold, from its JSON schema; `root` is the schema of the whole file."""
    ways = _ways(schema, root)
    return " or ".join(dict.fromkeys(_allowed(one, root) for one in ways))


def _allowed(schema: Schema, root: Schema) -> str:
    if "enum" in schema or "const" in schema:
        return _either([repr(word) for word in schema.get("enum", [schema.get("const")])])
    if "prefixItems" in schema:
        inner = [allowed(one, root) for one in schema["prefixItems"]]
        return f"a list of {len(inner)}, each {inner[0]}"  # pairs are all of one kind
    if "items" in schema:
        inside = allowed(schema["items"], root)
        return "a list of tables" if inside == "a table" else f"a list, each {inside}"
    if schema.get("type") in ("integer", "number"):
        return _limits(schema)
    if "pattern" in schema:
        return f"text like {' or '.join(map(repr, schema.get('examples', [schema['pattern']])))}"
    if schema.get("minLength", 0) > 0:
        return f"text of {schema['minLength']} or more characters"
    return {"string": "text", "boolean": "true or false"}.get(schema.get("type", ""), "a table")


def _limits(schema: Schema) -> str:
    kind = {"integer": "a whole number", "number": "a number"}[schema["type"]]
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None or high is None:
        return kind if low is None else f"{kind} from {low:g} up"
    return f"{kind} from {int(low)} to {int(high)}"


def _fault(schema: Schema, error: ErrorDetails) -> str:
    steps = error["loc"]
    if error["type"] == "extra_forbidden":
        keys = _keys(_at(schema, steps[:-1])[0], schema)
        return f"{_place(steps)}: no such key, allowed: {among(keys, str(steps[-1]))}"
    if steps and steps[-1] == "[key]":
        names = _ways(_at(schema, steps[:-2])[0], schema)[0]
        return f"{_place(steps[:-2])}: found the key {shown(steps[-2])}, {_key_allowed(names, str(steps[-2]), schema)}"
    if (raised := _raised(error)) is not None:
        return ": ".join(filter(None, (_place(steps), str(raised))))
    is_missing = error["type"] == "missing"
    if is_missing and isinstance(steps[-1], int):  # a list too short: its own fault
        steps, is_missing = steps[:-1], False
    here, steps = _at(schema, steps)
    found = "nothing" if is_missing else shown(error["input"])
    return f"{_place(steps)}: found {found}, allowed: {allowed(here, schema)}{_meant(error['input'], here, schema)}"


def _key_allowed(table: Schema, found: str, root: Schema) -> str:
    names = {"type": "string", "pattern": next(iter(table.get("patternProperties", ())), ""), **table["propertyNames"]}
    return f"allowed: {allowed(names, root)}{_meant(found, names, root)}"


def _meant(found: object, schema: Schema, root: Schema) -> str:
    words = [word for one in _ways(schema, root) for word in one.get("enum", ()) if isinstance(word, str)]
    said = among(words, found) if words and isinstance(found, str) else ""
    return f" ({said.rpartition(' (')[2]}" if said.endswith("?)") else ""


def _raised(error: ErrorDetails) -> object:
    """What a check of ours raised; None where the fault is the type's own."""
    return error.get("ctx", {}).get("error") if error["type"] == "value_error" else None


def _at(root: Schema, steps: Steps) -> tuple[Schema, Steps]:
    """The schema at the place that `steps` lead to, and the steps as far as they are in the file."""
    here: Schema = root
    for count, step in enumerate(steps):
        inner = next(filter(None, (_inside(one, step) for one in _ways(here, root))), None)
        if inner is None:
            return here, steps[:count]
        here = inner
    return here, steps


def _inside(schema: Schema, step: int | str) -> Schema | None:
    if isinstance(step, int):
        prefix: Sequence[Schema] = schema.get("prefixItems", ())
        return prefix[step] if step < len(prefix) else schema.get("items")
    others = schema.get("additionalProperties") or next(iter(schema.get("patternProperties", {}).values()), None)
    inner: Schema | None = schema.get("properties", {}).get(step, others)
    return inner


def _ways(schema: Schema, root: Schema) -> list[Schema]:
    """The kinds of value that are allowed, null apart, which TOML has not."""
    if "$ref" in schema:
        return _ways(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "anyOf" in schema:
        return [way for one in schema["anyOf"] for way in _ways(one, root)]
    return [] if schema.get("type") == "null" else [schema]


def _keys(schema: Schema, root: Schema) -> Collection[str]:
    return [key for one in _ways(schema, root) for key in one.get("properties", ())]


def _place(steps: Steps) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{_key(step)}" for step in steps).lstrip(".")


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else repr(key)


def shown(value: object) -> str:
    """A value of the file, short enough for one line; a table is not shown."""
    if isinstance(value, Mapping):
        return "a table"
    text = str(value).lower() if isinstance(value, bool) else _written(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _written(value: object) -> str:
    try:
        return repr(value) if isinstance(value, str | int | float | list) else str(value)  # a date as TOML has it
    except ValueError:
        return "a number with more digits than can be shown"


def _either(words: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _loose(model: type[Keys], table: Mapping[str, object], bad: Sequence[Steps]) -> Keys:
    """The table with the keys that could be read; reading another raises AttributeError."""
    values: dict[str, object] = {}
    lost: list[str] = []
    for key in model.model_fields.keys() & table.keys():
        inner = next(_models(model.model_fields[key].annotation), None)
        mine = [steps[1:] for steps in bad if steps[:1] == (key,)]
        if () in mine or (mine and inner is None and not isinstance(table[key], Mapping)):
            lost.append(key)
        else:
            values[key] = table[key] if inner is None else _loose_inside(inner, table[key], mine)
    made = model.model_construct(set(values), **values)
    for key in lost:
        made.__dict__.pop(key, None)
    return made


def _loose_inside(model: type[Keys], value: object, bad: Sequence[Steps]) -> object:
    if isinstance(value, Mapping):
        return _loose(model, value, bad)
    if not isinstance(value, list):
        return value
    return tuple(
        _loose(model, one, [steps[1:] for steps in bad if steps[0] == place]) if isinstance(one, Mapping) else None
        for place, one in enumerate(value)
    )


def _broken_rules(table: Keys, place: str) -> Iterator[str]:
    """What the rules of the table and of those in it find."""
    for rule in table.rules():
        with suppress(AttributeError):
            for fault in rule():
                yield fault.at(place)
    for key, value in table.__dict__.items():
        for number, one in enumerate(value if isinstance(value, tuple) else (value,)):
            if isinstance(one, Keys):
                step = f"{key}[{number}]" if isinstance(value, tuple) else key
                yield from _broken_rules(one, f"{place}.{step}".lstrip("."))


def _models(annotation: object) -> Iterator[type[Keys]]:
    """The tables that a type is made of: itself, of a list its items, of alternatives each."""
    if isinstance(annotation, type) and issubclass(annotation, Keys):
        yield annotation
    if get_origin(annotation) in (Union, UnionType, tuple, Annotated):
        for one in get_args(annotation):
            yield from _models(one)
