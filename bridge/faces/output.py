"""What all listings have in common: how a path is typed, and the answer as JSON."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from bridge.errors import BadFile
from bridge.faces.talk import answer


class _Typed(click.Path):
    """Any path, but for one in a folder that was removed, where nothing has a place."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. Raises BadFile."""
        path = super().convert(value, param, ctx)
        try:
            Path(value).absolute()
        except FileNotFoundError as failed:
            raise BadFile(f"'{value}': the folder that you are in was removed; go to another one") from failed
        return path


PATH: Final = _Typed(path_type=Path, readable=False)
"""The type of every path that is typed: what is wrong with it is said by whatever opens it, for each of several."""
_Command = TypeVar("_Command", bound=Callable[..., Any])


def json_option(command: _Command) -> _Command:
    """The `--json` of every listing; the command gets it as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Answer as JSON, for programs.")(command)


def answer_json(data: object) -> None:
    """The answer as JSON; equal data give equal text."""
    answer(json.dumps(data, indent=2))
