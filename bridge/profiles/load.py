"""Finds device profiles and reads them from TOML.

Called whenever a device's nature is asked for, never at start-up. It refuses a file that is no TOML (with line and
column), that `model` refuses, or whose name is not its place.
"""

import tomllib
from pathlib import Path
from typing import Final

from bridge.errors import BadProfile
from bridge.profiles.model import Profile, check
from bridge.profiles.section import nearest

PACKAGE: Final = Path(__file__).parent.parent


def names() -> list[str]:
    """The names of all profiles that came with the program, sorted: `maker/model`, converted ones with their set."""
    folder = data_folder()
    return sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.toml"))


def load(name: str) -> Profile:
    """The profile of that name; `BadProfile` where there is none."""
    there = names()
    if name not in there:
        near = nearest(name, there)
        meant = f"did you mean '{near}'?" if near else "midi-bridge profiles list says which there are"
        raise BadProfile(f"no profile '{name}'; {meant}")
    profile = load_file(data_folder() / f"{name}.toml")
    if profile.name != name:
        raise BadProfile(f"'{name}.toml': name: found {profile.name!r}, allowed: {name!r}, its place")
    return profile


def load_file(path: Path) -> Profile:
    """The profile in one file, wherever it lies."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as failed:
        raise BadProfile(f"cannot read '{path}': {failed.strerror}") from failed
    except UnicodeDecodeError as failed:
        raise BadProfile(f"'{path}' is not UTF-8 text: byte {failed.start}") from failed
    except tomllib.TOMLDecodeError as failed:
        raise BadProfile(f"'{path}' is not TOML: {failed}") from failed
    return check(data, str(path))


def data_folder(package: Path = PACKAGE) -> Path:
    """Where the profiles lie: inside an installed package, or beside it in a checkout."""
    for folder in (package / "_profiles", package.parent / "firmware_profiles"):
        if folder.is_dir():
            return folder
    raise BadProfile("the device profiles are missing from this installation; install midi-bridge again")
