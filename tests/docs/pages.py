"""The pages a player reads, as text that can be run: what stands behind `$` is typed, what follows is its answer.

A block marked `console` is run in a folder of its own, all blocks of a page in their order, and its answers must be
these, character for character. A block marked `sh` is not run, since it needs a device, a network or minutes; its
commands are only looked up. `python -m tests.docs.write` writes all answers anew.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = ("README.md", "docs/tutorial.md", "docs/corrections.md", "docs/profiles.md", "docs/rig.md")
"""The pages whose console blocks are run."""
READ: Final = (
    *PAGES,
    "docs/thru.md",
    "docs/reference.md",
    "docs/architecture.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    *(f"docs/devices/{path.name}" for path in sorted((ROOT / "docs" / "devices").glob("*.md"))),
)
"""Every page whose links must lead somewhere."""
PROMPT: Final = "$ "
_BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CRASH: Final = "Traceback (most recent call last)"  # no answer, and not to be written into a page
_SHIM: Final = '#!/bin/sh\nPYTHONPATH="{root}" exec "{python}" -m bridge "$@"\n'


def text_of(page: str) -> str:
    """The page as it is written."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The contents of all blocks marked with that word."""
    return [content for marked, content in _BLOCK.findall(text) if marked == language]


def rerun(text: str, folder: Path) -> str:
    """The page with every console block's answers as they are now; `folder` is new, and stands for a clone."""
    environment = _clone(folder)

    def typed(found: re.Match[str]) -> str:
        if found[1] != "console":
            return found[0]
        return "```console\n" + "".join(_typed(found[2], folder, environment)) + "```"

    return _BLOCK.sub(typed, text)


def _typed(content: str, folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """Each command of a block with its answer, stdout and stderr as they come."""
    for line in content.splitlines():
        if line.startswith(PROMPT):
            done = subprocess.run(
                ["sh", "-c", line.removeprefix(PROMPT)],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
            )
            answer = done.stdout.decode()
            if _CRASH in answer:
                raise RuntimeError(f"{line}\n{answer}")
            yield f"{line}\n{answer}"


def _clone(folder: Path) -> dict[str, str]:
    """Put what a reader has into the folder: the corpus, the data, and the command on the path."""
    (folder / "tests").mkdir()
    for name in ("corpus", "data"):
        (folder / "tests" / name).symlink_to(ROOT / "tests" / name, target_is_directory=True)
    shim = folder / ".venv" / "bin" / "midi-bridge"
    shim.parent.mkdir(parents=True)
    shim.write_text(_SHIM.format(root=ROOT, python=sys.executable), encoding="utf-8")
    shim.chmod(0o755)
    path = f"{shim.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**os.environ, "PATH": path, "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1", "COLUMNS": "80"}
