"""Finds device profiles and reads them from TOML.

Called whenever a device's nature is asked for, never at start-up. It refuses a file that is no TOML (with line and
column), that `model` refuses, or whose name is not its place.
"""

import os
import re
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from bridge.errors import BadProfile
from bridge.profiles import places
from bridge.profiles.model import Profile, check
from bridge.profiles.section import PROFILE_NAME, nearest

PACKAGE: Final = Path(__file__).parent.parent
FILE: Final = ".toml"
"""What the name of a file ends with, wherever a profile may be named or a file given."""


def names() -> list[str]:
    """The names of all profiles that came with the program, sorted: `maker/model`, converted ones with their set."""
    folder = data_folder()
    found = (path for depth in ("*/*.toml", "*/*/*.toml") for path in folder.glob(depth))
    return sorted(path.relative_to(folder).with_suffix("").as_posix() for path in found)


def load(name: str) -> Profile:
    """The profile of that name; `BadProfile` where there is none."""
    profile = load_file(place_of(name))
    if profile.name != name:
        raise BadProfile(f"'{name}.toml': name: found {profile.name!r}, allowed: {name!r}, its place")
    return profile


def load_meant(given: str) -> Profile:
    """The profile in the file that is given, which ends in `.toml`, or that of the name that is given."""
    return load_file(Path(given)) if given.endswith(FILE) else load(given)


def place_of(name: str) -> Path:
    """The file of the profile of that name, the user's own first; `BadProfile` with the nearest where there is none."""
    if re.fullmatch(PROFILE_NAME, name):
        for path in (folder / f"{name}.toml" for folder in (own_folder(), data_folder())):
            if os.path.isfile(path):  # also False where it may not be looked for, which Path would raise
                return path
    raise missing(name, names())


def missing(name: str, there: Collection[str]) -> BadProfile:
    """The error of a name that no profile has, with the one that was likely meant."""
    near = nearest(name, there)
    meant = f"did you mean '{near}'?" if near else "midi-bridge profiles list says which there are"
    return BadProfile(f"no profile '{name}'; {meant}")


def load_file(path: Path) -> Profile:
    """The profile in one file, wherever it lies."""
    return check(read(path), str(path))


def read(path: Path) -> dict[str, Any]:
    """What stands in a TOML file; `BadProfile` names the file, and the line and column where it is none."""
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # it may never end, or never begin
            raise BadProfile(f"'{path}': it is a device or a pipe; name a file")
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # Windows may have put a mark before it
    except OSError as failed:
        raise unreadable(path, failed) from failed
    except UnicodeDecodeError as failed:
        raise BadProfile(f"'{path}' is not UTF-8 text: byte {failed.start}") from failed
    except ValueError as failed:  # also of a number with more digits than Python reads
        raise BadProfile(f"'{path}' is not TOML: {failed}") from failed
    except RecursionError as failed:
        raise BadProfile(f"'{path}' is not TOML: its lists or tables are nested too deeply") from failed


def unreadable(path: Path, failed: OSError) -> BadProfile:
    """The error of a file that may not be read, or is not there."""
    reason = (failed.strerror or str(failed)).lower()
    return BadProfile(f"cannot read '{path}': {reason}; check its name and its rights")


def own_folder() -> Path:
    """Where the user's own profiles lie, under the same names."""
    return places.settings() / "profiles"


def data_folder(package: Path = PACKAGE) -> Path:
    """Where the profiles lie: inside an installed package, or beside it in a checkout."""
    for folder in (package / "_profiles", package.parent / "firmware_profiles"):
        if folder.is_dir():
            return folder
    raise BadProfile("the device profiles are missing from this installation; install midi-bridge again")
