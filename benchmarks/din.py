"""5-pin DIN: how late notes are behind floods of controllers, on a pseudo-terminal with a wire clock at its far end.

Each flood is played twice, by the loop that plays songs: at normal priority, and with real-time priority where that is
allowed. The clock at the far end always asks for real-time priority, so that it measures the loop and not itself.
"""

import gc
import os
import subprocess
import sys
import tty
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

from benchmarks.row import Row
from bridge.core.message import control, is_note_off, is_note_on, note_off, note_on
from bridge.engine.loop import run
from bridge.ports.clock import SystemClock
from bridge.ports.din import DinOutput
from bridge.ports.serial_line import Line

FLOODS = (1_200, 2_400)
ROUNDS = 2
MELODY = 200
STEP_NS = 20_011_000  # no multiple of the flood's steps
CHORDS = 8
SECONDS = 8
_LEAD_NS = 200_000_000
_S = 1_000_000_000
_REAL_TIME, _NORMAL = "real-time priority", "normal priority"
_CHORD, _MELODY = 0, 1  # channels

Events = list[tuple[int, bytes]]


def song(controllers_per_second: int) -> Events:
    """A melody, then ten-note chords, and the flood through both: (ns from the start, message)."""
    events: Events = []
    for number in range(MELODY):
        at_ns = number * STEP_NS
        events += [(at_ns, note_on(_MELODY, 72, 90)), (at_ns + STEP_NS // 2, note_off(_MELODY, 72))]
    for number in range(CHORDS):
        at_ns = MELODY * STEP_NS + number * _S // 2
        for finger in range(10):
            events += [(at_ns, note_on(_CHORD, 40 + 4 * finger, 100))]
            events += [(at_ns + _S // 4, note_off(_CHORD, 40 + 4 * finger))]
    for number in range(SECONDS * controllers_per_second):
        message = control(number % 2, 1 + number // 2 % 8, number % 128)
        events.append((number * _S // controllers_per_second, message))
    return sorted(events, key=lambda event: event[0])


@dataclass(slots=True)
class Script:
    """Sends a song's messages when they are due."""

    port: DinOutput
    events: deque[tuple[int, bytes]]

    @property
    def next_ns(self) -> int | None:
        """When the next message is due."""
        return self.events[0][0] if self.events else None

    def step(self, now_ns: int) -> None:
        """Send what is due."""
        while self.events and self.events[0][0] <= now_ns:
            due_ns, message = self.events.popleft()
            self.port.send(message, due_ns)


@dataclass(slots=True)
class Heard:
    """What arrived at the far end: times in ms."""

    singles: list[float] = field(default_factory=list)
    chords: list[float] = field(default_factory=list)
    lost: int = 0
    wrong_last: int = 0
    coalesced: int = 0


@contextmanager
def _priority(wanted: str) -> Iterator[bool]:
    """Run with it; False where it is not allowed."""
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        if wanted == _REAL_TIME:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
    except OSError:
        yield False
        return
    gc.collect()
    gc.freeze()
    gc.disable()
    yield True
    gc.enable()
    gc.unfreeze()
    os.sched_setscheduler(0, *before)


def real_time_child() -> None:
    """Between fork and exec: the child measures and must not come late itself."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(60))
    except OSError:
        return


def measure(controllers_per_second: int) -> Heard:
    """Play the song with that flood on a wire of its own."""
    master, slave = os.openpty()
    tty.setraw(master)
    tty.setraw(slave)
    clock = SystemClock()
    port = DinOutput(Line.shared(os.ttyname(slave)), clock)
    command = [sys.executable, str(Path(__file__).with_name("din_wire.py")), str(master)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, pass_fds=[master], preexec_fn=real_time_child
    ) as far:
        start_ns = clock.now_ns() + _LEAD_NS
        events = [(start_ns + at_ns, message) for at_ns, message in song(controllers_per_second)]
        script = Script(port, deque(events))
        run(clock, (script, port), (), lambda: not script.events and port.next_ns is None, None)
        clock.wait_until(clock.now_ns() + _LEAD_NS)
        out, _ = far.communicate("\n")
    port.close()
    os.close(master)
    os.close(slave)
    arrived = [(int(byte), int(at_ns)) for byte, at_ns in (line.split() for line in out.splitlines())]
    return _judged(events, list(_messages(arrived)), port.lanes.coalesced)


def _messages(arrived: list[tuple[int, int]]) -> Iterator[tuple[int, bytes]]:
    """Channel messages of three bytes with the arrival of their last one; the status may run."""
    status, data = 0, bytearray()
    for byte, at_ns in arrived:
        if byte >= 0x80:
            status = byte
        else:
            data.append(byte)
        if len(data) == 2:
            yield at_ns, bytes((status, *data))
            data.clear()


def _judged(events: Events, arrived: Events, coalesced: int) -> Heard:
    heard = Heard(coalesced=coalesced)
    due: defaultdict[bytes, deque[int]] = defaultdict(deque)
    last: dict[bytes, bytes] = {}
    for at_ns, message in events:
        due[message].append(at_ns)
        last[message[:2]] = message
    arrived_last = {message[:2]: message for _, message in arrived}
    heard.wrong_last = sum(arrived_last.get(lane) != message for lane, message in last.items())
    for at_ns, message in arrived:
        if is_note_on(message):
            late = heard.chords if message[0] & 15 == _CHORD else heard.singles
            late.append((at_ns - due[message].popleft()) / 1e6)
        elif is_note_off(message):
            due[message].popleft()
    heard.lost = sum(len(times) for message, times in due.items() if message[0] < 0xA0)
    heard.lost += len(events) - len(arrived) - coalesced
    return heard


def _p99(times: list[float]) -> float:
    return quantiles(times, n=100, method="inclusive")[-1]


def quietest(controllers_per_second: int) -> Heard:
    """The better of two rounds: what a neighbour on the machine costs is not ours."""
    rounds = [measure(controllers_per_second) for _ in range(ROUNDS)]
    best = min(rounds, key=lambda heard: _p99(heard.singles))
    best.lost, best.wrong_last = (max(getattr(one, name) for one in rounds) for name in ("lost", "wrong_last"))
    return best


def rows() -> Iterator[Row]:
    """Each flood at each priority, beside the same notes without a flood."""
    for priority in (_NORMAL, _REAL_TIME):
        with _priority(priority) as is_allowed:
            quiet = quietest(0) if is_allowed else None
            for flood in FLOODS:
                yield from _rows(flood, priority, quiet)


def _rows(flood: int, priority: str, quiet: Heard | None) -> Iterator[Row]:
    name = f"{flood:,} CC/s, {priority}"
    if quiet is None:
        yield Row(f"{name}: a single note, p99", None, 3, "ms", detail="real-time priority is not allowed here")
        return
    heard = quietest(flood)
    single_goal, chord_goal = (3, 2) if priority == _REAL_TIME else (None, None)
    detail = f"median {sorted(heard.singles)[len(heard.singles) // 2]:.2f}, max {max(heard.singles):.2f}"
    alone = f"without the flood {_p99(quiet.singles):.2f}"
    yield Row(f"{name}: a single note, p99", _p99(heard.singles), single_goal, "ms", detail=f"{detail}; {alone}")
    later = _p99(heard.chords) - _p99(quiet.chords)
    detail = f"p99 {_p99(heard.chords):.2f} for {_p99(quiet.chords):.2f}, max {max(heard.chords):.2f}"
    yield Row(f"{name}: a chord later by", later, chord_goal, "ms", detail=detail)
    coalesced = f"{heard.coalesced:,} values had a newer one"
    yield Row(f"{name}: lost", heard.lost + heard.wrong_last, 0, "messages", detail=coalesced)
