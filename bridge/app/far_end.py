"""A twin in a process of its own: what comes to its end of the cable is fed to it, what it sends goes back.

`midi-bridge twin` steps it. Both ways are paced as the device's own wire is, and what happens in the twin is handed to
`show`, in the order of its times. A hand moves controls by lines of text: `K1 64`, or `K1 +3` for a turn.
"""

import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from bridge.core.clock import POLL_NS
from bridge.core.wire import DIN_NS_PER_BYTE, Wire
from bridge.errors import BadOption
from bridge.ports.twin import Twin
from bridge.ports.twin_ends import End, PseudoTerminal
from bridge.ports.twin_intake import ns_per_byte
from bridge.ports.twin_log import Line
from bridge.ports.twin_panel import Panel
from bridge.profiles.model import Profile

_PIECE: Final = 16
"""Bytes taken at once: what is not taken waits at the sender's side, as it does with a wire."""
_LINE: Final = re.compile(r"(?P<control>.+?)\s+(?P<sign>[+-]?)(?P<value>\d{1,5})")


def device_of(profile: Profile, model: str | None = None) -> Twin | Panel:
    """The twin of a profile: an instrument, or a controller."""
    return Twin(profile, model) if profile.kind == "instrument" else Panel(profile, model)


class FarEnd:
    """One twin at one end of a cable."""

    has_ended: Final = False
    poll_ns: Final = POLL_NS

    def __init__(
        self,
        device: Twin | Panel,
        end: End,
        show: Callable[[Line], None],
        hand: deque[str],
        complain: Callable[[str], None],
    ) -> None:
        """`hand` is filled with lines by whoever moves the controls; of one that cannot be done `complain` is told."""
        self.device = device
        self._end = end
        self._show = show
        self._hand = hand
        self._complain = complain
        speed = ns_per_byte(device.profile.wire)
        if isinstance(end, PseudoTerminal):
            speed = max(speed, DIN_NS_PER_BYTE)
        self._into, self._out = Wire(speed), Wire(speed)
        self._is_pressed = False  # more waits than was taken
        self._leaving: deque[bytes] = deque()
        self._logs = _logs(device)
        self._shown = [0] * len(self._logs)

    @property
    def next_ns(self) -> int | None:
        """When something arrives or leaves, or may be taken."""
        times = [self.device.next_ns]
        times += [self._into.free_ns if self._is_pressed else None, self._out.free_ns if self._leaving else None]
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def step(self, now_ns: int) -> None:
        """Take, handle and send what may be by now, and show what has happened."""
        while self._into.free_ns <= now_ns and (data := self._end.read(_PIECE)):
            begins_ns = self._into.free_ns if self._is_pressed else now_ns
            self._is_pressed = len(data) >= _PIECE
            for byte in data:
                self.device.feed(bytes((byte,)), self._into.book(1, begins_ns)[1])
        self._is_pressed = self._is_pressed and self._into.free_ns > now_ns
        self._move_by_hand(now_ns)
        self.device.step(now_ns)
        self._leaving.extend(message for _, message in self.device.receive())
        while self._leaving and self._out.free_ns <= now_ns:
            message = self._leaving.popleft()
            self._out.book(len(message), now_ns)
            self._end.write(message)
        self._show_new()

    def _move_by_hand(self, now_ns: int) -> None:
        while self._hand:
            try:
                self._move(self._hand.popleft(), now_ns)
            except BadOption as refused:
                self._complain(str(refused))

    def _move(self, line: str, now_ns: int) -> None:
        found = _LINE.fullmatch(line.strip())
        if found is None:
            raise BadOption(f"found '{line.strip()}', allowed: a control and its value, as 'K1 64', or a turn: 'K1 +3'")
        controls, value = self.device.controls, int(found["value"])
        if controls is None:
            raise BadOption(f"'{self.device.name}' has no controls")
        if found["sign"]:
            messages = controls.turn(found["control"], -value if found["sign"] == "-" else value)
        else:
            messages = controls.move(found["control"], value)
        self.device.send(messages, now_ns)

    def _show_new(self) -> None:
        new: list[Line] = []
        for number, log in enumerate(self._logs):
            new += log[self._shown[number] :]
            self._shown[number] = len(log)
        for line in sorted(new, key=lambda line: line.at_ns):
            self._show(line)


def read_beside(lines: Iterable[str]) -> deque[str]:
    """Lines as somebody writes them, each there as soon as it is written: a thread of its own waits for them."""
    written: deque[str] = deque()
    threading.Thread(target=lambda: written.extend(lines), name="hand", daemon=True).start()
    return written


def _logs(device: Twin | Panel) -> Sequence[Sequence[Line]]:
    if isinstance(device, Twin):
        return device.log, device.memory.changes, device.intake.lost, device.sent
    return device.lit, device.intake.lost, device.sent
