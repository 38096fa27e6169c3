"""What keeps a process on time: its interpreter does not stall, and it runs before ordinary programs.

Called once by the engine's process and once by its watchdog, when what they need is loaded.
"""

import gc
import os
import sys
from typing import Final

PRIORITY: Final = 8
"""SCHED_FIFO, below the 10 of JACK's own threads."""
_SWITCH_S: Final = 0.001


def be_on_time(priority: int = PRIORITY) -> str:
    """Keep this interpreter from stalling, and have it run before ordinary programs; what to say where it may not."""
    gc.collect()
    gc.freeze()
    gc.disable()
    sys.setswitchinterval(_SWITCH_S)
    if not hasattr(os, "sched_setscheduler"):
        return ""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except OSError:
        return "without real-time priority notes may come late on a busy computer; midi-bridge doctor says what helps"
    return ""


def is_first() -> bool:
    """True where the system lets this process run before ordinary programs."""
    return hasattr(os, "sched_getscheduler") and os.sched_getscheduler(0) == os.SCHED_FIFO
