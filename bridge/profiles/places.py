"""Where this user's own folders lie: the one caller of platformdirs.

Called by whatever reads or keeps settings, the index of profiles, or the sockets of running sessions. It makes no
folder. A user without a home, as in a container, has `NOWHERE`: who looks there finds nothing, who writes there fails.
"""

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Final

import platformdirs

NOWHERE: Final = Path(os.devnull) / "midi-bridge"
"""A folder in which nothing is and nothing can be made."""


def settings() -> Path:
    """The folder of the player's rigs and own profiles."""
    return _place(platformdirs.user_config_dir)


def cache() -> Path:
    """The folder of what can be made anew."""
    return _place(platformdirs.user_cache_dir)


def runtime() -> Path:
    """The folder of what lasts no longer than its user is logged in."""
    return _place(platformdirs.user_runtime_dir)


def _place(find: Callable[..., str]) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where a system has no runtime folder, a temporary one serves
        try:
            path = Path(find("midi-bridge", appauthor=False))
        except (RuntimeError, OSError):  # no home, or what is to stand in for it is somebody else's
            return NOWHERE
    return path if path.is_absolute() else NOWHERE  # an older platformdirs leaves the ~ of who has no home
