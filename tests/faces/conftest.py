"""A small disk of its own for a test, in a mount namespace that no other process sees."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

_NAMESPACE = (
    ("unshare", "--mount") if os.name == "posix" and os.geteuid() == 0 else ("unshare", "--mount", "--map-root-user")
)


@pytest.fixture
def own_disk() -> Callable[..., tuple[str, ...]]:
    """Gives the words to put before a command, so that `path` is a disk of that size for it, with a copy on it."""
    if not shutil.which("unshare"):
        pytest.skip("there is no unshare here, so no test can have a disk of its own")
    mount = ("sh", "-c", "mount -t tmpfs none /tmp")
    tried = subprocess.run([*_NAMESPACE, *mount], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"no test may have a disk of its own here: {tried.stderr.strip()}")

    def words(path: Path, size: str, copy: Path | None = None, then: str = "true") -> tuple[str, ...]:
        path.mkdir(exist_ok=True)
        copied = f"cp -r '{copy}' '{path}'" if copy else "true"
        script = f"mount -t tmpfs -o size={size} none '{path}' && {copied} && {{ {then}; }} && exec \"$@\""
        return (*_NAMESPACE, "sh", "-c", script, "sh")

    return words
