"""The docstrings of a table's keys, read from its source: they are what the reference and editors say of a key.

Called by `section` when a schema is made, which is in tests and where a file is refused. Where Python has no source, as
in some bundles, there are none.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from inspect import cleandoc, getsource
from itertools import pairwise

from pydantic import BaseModel


def docstrings(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """(key, text) of each key of the table, those of the tables that it is built on first."""
    for base in reversed(model.__mro__):
        for key, text in _of_module(base.__module__).get(base.__qualname__, {}).items():
            if key in model.model_fields:
                yield key, text


@cache
def _of_module(name: str) -> Mapping[str, Mapping[str, str]]:
    """The texts of each class of a module, by key."""
    try:
        source = getsource(sys.modules[name])
    except (OSError, TypeError):
        return {}
    return {node.name: dict(_of_class(node)) for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}


def _of_class(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Each assignment with the text that stands beneath it."""
    for one, beneath in pairwise(node.body):
        if isinstance(one, ast.AnnAssign) and isinstance(beneath, ast.Expr) and isinstance(beneath.value, ast.Constant):
            yield ast.unparse(one.target), cleandoc(str(beneath.value.value))
