"""Looks at this computer for `doctor`: nothing is changed, no network, no rights needed.

What cannot be found out is taken as the harmless answer, so that a check never fails by itself.
"""

import ctypes.util
import getpass
import importlib.util
import os
import shutil
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from bridge.app.doctor import Access, Examined, World
from bridge.ports.listing import Listing

if sys.platform != "win32":
    import resource

SEQUENCER: Final = "/dev/snd/seq"
_DRIVERS: Final = ("alsa_midi", "rtmidi", "pylibremidi")
"""Any of them reaches the system's MIDI ports; what does not load on this Python is not found."""
_CLOCK: Final = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
_HIGHEST_PRIORITY: Final = 99


def look(found: Listing, files: Iterable[Examined], folders: Iterable[Path]) -> World:
    """The world as it is now; ports, files and the folders of sessions were looked up by the caller."""
    real = [port for port in found.ports if port.is_real]
    return World(
        python=sys.version_info[:3],
        system=sys.platform,
        user=_user(),
        has_driver=any(importlib.util.find_spec(package) for package in _DRIVERS),
        sequencer=_access(SEQUENCER),
        faults=found.silent,
        inputs=tuple((port.driver, port.name) for port in real if not port.is_output),
        outputs=tuple((port.driver, port.name) for port in real if port.is_output),
        serial={port.name: _access(port.name) != "denied" for port in found.ports if port.driver == "din"},
        rt_priority=_rt_priority(),
        has_jack=ctypes.util.find_library("jack") is not None,
        has_jack_server="jack" in found.answered,
        clock_source=_clock_source(),
        clock_step_ns=max(1, round(time.get_clock_info("monotonic").resolution * 1e9)),
        files=tuple(files),
        free=_free(folders),
    )


def _access(path: str) -> Access:
    if not os.path.exists(path):
        return "missing"
    return "there" if os.access(path, os.R_OK | os.W_OK) else "denied"


def _rt_priority() -> int:
    """The highest real-time priority this user may ask for."""
    if sys.platform == "win32" or not hasattr(resource, "RLIMIT_RTPRIO"):
        return 0
    if os.geteuid() == 0:
        return _HIGHEST_PRIORITY
    _, hard = resource.getrlimit(resource.RLIMIT_RTPRIO)
    return _HIGHEST_PRIORITY if hard == resource.RLIM_INFINITY else hard


def _clock_source() -> str | None:
    try:
        return _CLOCK.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user without a name, in a container
        return ""


def _free(folders: Iterable[Path]) -> Mapping[str, int]:
    free: dict[str, int] = {}
    for folder in folders:
        try:
            free[str(folder)] = shutil.disk_usage(folder).free
        except (OSError, ValueError):
            continue  # that it cannot be reached is said of the file itself
    return free
