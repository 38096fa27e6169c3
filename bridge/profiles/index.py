"""The index of all profiles: what lists and recognition need of them, in one small file that is quick to read.

Called by the commands that list ports, recognise or list profiles. It is made anew, as far as needed, where a profile
was added or removed, or has another time or size. It lies in the user's cache folder; where that cannot be written, or
what lies there is damaged or of another version, the answer is the same and takes longer. A profile that cannot be read
is left out, and why is kept.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from bridge import __version__
from bridge.errors import BadProfile
from bridge.profiles import places, recognition
from bridge.profiles.entries import read_entry
from bridge.profiles.known import Device, Entry, Known, Maker, NameRule, ReplyRule
from bridge.profiles.load import data_folder, own_folder

_FORMAT: Final = 1
Stamp = tuple[int, int]
"""(time of the last change in ns, size in bytes) of a file."""
Progress = Callable[[int, int], None]
"""Called with (files read, files to read)."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where profiles lie: the program's and the user's own; and where the index is kept."""

    program: Path
    own: Path
    cache: Path


@dataclass(frozen=True, slots=True)
class Index:
    """All profiles, as far as they can be read; a user's own goes before one of the same name."""

    known: Known
    faults: Mapping[str, str] = field(default_factory=dict)
    """Path → why the profile in it is left out."""
    replaced: tuple[str, ...] = ()
    """Names that the user's own profiles share with the program's, which are left out."""

    def entry(self, name: str) -> Entry | None:
        """The profile of that name; None where there is none."""
        return next((one for one in self.known.entries if one.name == name), None)


@cache
def version() -> str:
    """Of the stored form, and of the code that reads profiles: what another wrote is made anew."""
    code = [path.stat() for path in sorted(Path(__file__).parent.glob("*.py"))]
    newest = max((one.st_mtime_ns for one in code), default=0)
    return f"{_FORMAT} of {__version__}, {newest}, {sum(one.st_size for one in code)}"


def folders() -> Folders:
    """Those of this installation and this user."""
    return Folders(data_folder(), own_folder(), places.cache())


def current(where: Folders | None = None, progress: Progress = lambda done, of: None) -> Index:
    """The index as the files are now."""
    where = where or folders()
    stamps = _stamps(where.program) | _stamps(where.own)
    path = _path(where)
    stored = _read(path)
    if stored and stored["stamps"] == stamps:
        return _index(stored)
    made = _made(where, stamps, stored, progress)
    _write(path, made)
    return _index(made)


Stored = dict[str, Any]
"""What the file holds: version, stamps, recognition, and by the path of its file each entry or fault."""


def _made(where: Folders, stamps: Mapping[str, Stamp], stored: Stored, progress: Progress) -> Stored:
    """The index of these files; what is stored of one that has not changed is taken over."""
    known = {path for path, stamp in stored.get("stamps", {}).items() if stamps.get(path) == stamp}
    entries = {path: one for path, one in stored.get("entries", {}).items() if path in known}
    faults = {path: one for path, one in stored.get("faults", {}).items() if path in known}
    special = str(where.program / recognition.FILE)
    new = sorted(stamps.keys() - known - {special})
    for done, path in enumerate(new):
        progress(done, len(new))
        own = Path(path).is_relative_to(where.own)
        name = Path(path).relative_to(where.own if own else where.program).with_suffix("").as_posix()
        try:
            entries[path] = read_entry(Path(path), name, own)
        except BadProfile as bad:
            faults[path] = str(bad)
    known_by = stored["recognition"] if special in known else _recognition(special, faults)
    return {"version": version(), "stamps": dict(stamps), "recognition": known_by, "entries": entries, "faults": faults}


def _recognition(path: str, faults: dict[str, str]) -> Known:
    """What recognition.toml says; nothing where it is missing or bad."""
    if not os.path.exists(path):
        return Known()
    try:
        return recognition.load(Path(path)).known
    except BadProfile as bad:
        faults[path] = str(bad)
        return Known()


def _index(stored: Stored) -> Index:
    entries: dict[str, Entry] = {}
    replaced: list[str] = []
    for one in sorted(stored["entries"].values(), key=lambda one: one.own):
        if one.name in entries:
            replaced.append(one.name)
        entries[one.name] = one
    by_name = tuple(entries[name] for name in sorted(entries))
    return Index(replace(stored["recognition"], entries=by_name), stored["faults"], tuple(sorted(replaced)))


def _path(where: Folders) -> Path:
    """One file an installation, so that two do not undo each other's."""
    mark = os.fsencode(f"{os.path.realpath(where.program)}\n{os.path.realpath(where.own)}")
    return where.cache / f"profiles-{hashlib.sha256(mark).hexdigest()[:12]}.json"


def _stamps(folder: Path) -> dict[str, Stamp]:
    """Every TOML file in a folder and below; what cannot be looked at is not there."""
    found: dict[str, Stamp] = {}
    waiting = [str(folder)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as inside:
            for one in inside:
                if one.is_dir(follow_symlinks=False):
                    waiting.append(one.path)
                elif one.name.endswith(".toml"):
                    with suppress(OSError):
                        state = one.stat()
                        found[one.path] = (state.st_mtime_ns, state.st_size)
    return found


def _read(path: Path) -> Stored:
    """What is stored; nothing where there is none, or it is damaged or of another version."""
    try:
        stored: Stored = json.loads(path.read_bytes())
        if stored["version"] != version():
            return {}
        return {
            "stamps": {path: (int(time), int(size)) for path, (time, size) in stored["stamps"].items()},
            "entries": {str(path): _entry(one) for path, one in stored["entries"].items()},
            "faults": {str(path): str(one) for path, one in stored["faults"].items()},
            "recognition": _known(stored["recognition"]),
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _entry(one: Mapping[str, Any]) -> Entry:
    values = {key: tuple(one[key]) for key in ("models", "usb", "trial")}
    return Entry(**{**one, **values, **_rules(one)})


def _rules(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "names": tuple(NameRule(*rule) for rule in one["names"]),
        "replies": tuple(ReplyRule(*rule) for rule in one["replies"]),
    }


def _known(one: Mapping[str, Any]) -> Known:
    return Known(
        makers=tuple(Maker(name, tuple(also), tuple(ids)) for name, also, ids in one["makers"]),
        devices=tuple(
            Device(**{**device, "also": tuple(device["also"]), **_rules(device)}) for device in one["devices"]
        ),
        common=frozenset(one["common"]),
    )


def _write(path: Path, made: Stored) -> None:
    """Put it in place at once, or not at all: the next one makes it anew."""
    text = json.dumps(made, default=_plain, separators=(",", ":"))
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, prefix=path.stem, delete=False, encoding="utf-8"
        ) as file:
            file.write(text)
        try:
            os.replace(file.name, path)
        except OSError:
            os.unlink(file.name)


def _plain(one: Any) -> Any:
    """A value as JSON has it: one of many kinds in few words."""
    if isinstance(one, frozenset):
        return sorted(one)
    if isinstance(one, NameRule | ReplyRule | Maker):
        return astuple(one)
    return {key.name: getattr(one, key.name) for key in fields(one)}
