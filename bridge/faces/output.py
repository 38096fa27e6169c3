"""What all listings have in common: how a path is typed, and the answer as JSON."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from bridge.faces.talk import answer

PATH: Final = click.Path(path_type=Path, readable=False)
"""The type of every path that is typed: what is wrong with it is said by whatever opens it, for each of several."""
_Command = TypeVar("_Command", bound=Callable[..., Any])


def json_option(command: _Command) -> _Command:
    """The `--json` of every listing; the command gets it as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Answer as JSON, for programs.")(command)


def answer_json(data: object) -> None:
    """The answer as JSON; equal data give equal text."""
    answer(json.dumps(data, indent=2))
