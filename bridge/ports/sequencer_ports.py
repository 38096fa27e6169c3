"""An output and an input of the ALSA sequencer, as the engine steps them.

What is due later is handed to the kernel's queue, at most `HORIZON_NS` ahead, and leaves by its timer; what is due
now leaves at once. Both find their device again when it is plugged in anew. Nothing here waits but `close`.
"""

from collections import deque
from typing import Final

from bridge.core.clock import Clock
from bridge.core.independence import lets_go
from bridge.core.lanes import LIMIT, LONG_SYSEX
from bridge.core.message import SYSEX, SYSEX_END, is_note_off
from bridge.core.sysex import PIECE
from bridge.core.wire import DIN_NS_PER_BYTE, Wire
from bridge.ports.ahead import UNSURE_NS, Ahead
from bridge.ports.base import LONGEST_CLOSE_NS, Capabilities, closed
from bridge.ports.drain import drain
from bridge.ports.sequencer import Plug, Sequencer

HORIZON_NS: Final = 20_000_000
"""Far enough for a loop that wakes late, near enough for a hand that takes over a controller."""
_AHEAD_NS: Final = 50_000_000  # short SysEx in a row may be so far ahead of the wire: 156 bytes of a device's buffer
_LATEST_NS: Final = 50_000_000  # assumed: no queue of the kernel runs so late
_RETRY_NS: Final = 1_000_000  # a queue that is full is asked again after so long
_REAL_TIME: Final = 0xF8


class SequencerOutput:
    """A way out through the kernel's queue.

    A long SysEx lets everything pass that is due before it begins, and only F8 to FF until it has ended; it leaves in
    pieces as fast as the wire of the device carries them.
    """

    capabilities: Final = Capabilities(sees_unplug=True, cancels=True, horizon_ns=HORIZON_NS)

    def __init__(self, plug: Plug, sequencer: Sequencer, clock: Clock, ns_per_byte: int = DIN_NS_PER_BYTE) -> None:
        self.name = plug.name
        self.dropped = 0
        """Messages given up: too many waited, or who they were for did not take them."""
        self._plug = plug
        self._sequencer = sequencer
        self._clock = clock
        self._wire = Wire(ns_per_byte)  # of SysEx alone: all else is far slower than any wire's buffer
        self._ahead = Ahead()
        self._line: deque[tuple[int, bytes]] = deque()  # (due_ns, message) that the queue does not take yet
        self._bulk: deque[tuple[int, bytes]] = deque()  # long SysEx
        self._begun = b""  # the rest of the one that is under way
        self._queued: deque[int] = deque()  # when what was given to the queue was due, as far as it may still be there
        self._retry_ns = 0
        self._is_closed = False
        plug.on_loss = self._forget

    @property
    def is_connected(self) -> bool:
        """False while the device is gone: what is sent meanwhile is dropped."""
        return self._plug.far is not None

    @property
    def next_ns(self) -> int | None:
        """When the next of what still waits may go, None while nothing does."""
        if self._is_closed or not self.is_connected:
            return None
        if self._begun:
            return max(self._wire.free_ns, self._retry_ns)
        times = []
        if self._line:
            times.append(self._may_go_ns(*self._line[0]))
        if self._bulk:
            times.append(self._begins_ns())
        return max(min(times), self._retry_ns) if times else None

    def fileno(self) -> int:
        """Readable when a device has come or gone: `step` notices."""
        return self._sequencer.client.fileno()

    def send(self, message: bytes, due_ns: int) -> None:
        """Hand one message to the kernel to leave at `due_ns`; `DriverError` once closed."""
        if self._is_closed:
            raise closed(self.name)
        with self._sequencer.lock:
            self._take(message, due_ns)

    def step(self, now_ns: int) -> None:
        """Notice what has come or gone, and hand over what may go by now."""
        if not self._is_closed:
            with self._sequencer.lock:
                if not self._sequencer.has_inputs:  # they are asked anyway, and nothing wakes who asks too late
                    self._sequencer.pump(now_ns)
                self._advance(now_ns)

    def cancel(self) -> None:
        """Call back all that has not left, but what lets go of notes and pedals; a SysEx under way is ended."""
        if not self._is_closed and self.is_connected:
            with self._sequencer.lock:
                self._call_back()

    def close(self) -> None:
        """Let what waits leave, if too much does only what lets go, then give the port back: in half a second."""
        if self._is_closed:
            return
        try:
            self._finish(self._clock.now_ns() + LONGEST_CLOSE_NS)
        finally:
            self._is_closed = True
            with self._sequencer.lock:
                self._sequencer.drop(self._plug)

    def _finish(self, last_ns: int) -> None:
        drain([self], self._clock, last_ns)
        if self.next_ns is not None:
            self.cancel()
        if self._latest_ns > self._clock.now_ns() - UNSURE_NS:
            self._clock.wait_until(min(self._latest_ns + UNSURE_NS, last_ns))

    @property
    def _latest_ns(self) -> int:
        """When the last of what is in the queue is due; 0 where nothing is."""
        return max(self._queued, default=0)

    def _take(self, message: bytes, due_ns: int) -> None:
        if not self.is_connected or not self._ahead.admits(message):
            return
        now_ns = self._clock.now_ns()
        if message[0] >= _REAL_TIME:
            self._hand_over(message, due_ns, now_ns)
        elif len(self._line) + len(self._bulk) >= LIMIT and not (is_note_off(message) or lets_go(message)):
            self.dropped += 1
        else:
            is_long = message[0] == SYSEX and len(message) >= LONG_SYSEX
            (self._bulk if is_long else self._line).append((due_ns, message))
            self._advance(now_ns)

    def _call_back(self) -> None:
        self._sequencer.client.take_back(self._plug.number)
        now_ns = self._clock.now_ns()  # not before: what leaves meanwhile must count as left
        waiting = [message for _, message in self._line]
        ends = [bytes((SYSEX_END,))] if self._begun else []
        self._line.clear()
        self._bulk.clear()
        self._begun = b""
        self._queued.clear()
        for message in ends + self._ahead.call_back(now_ns, waiting):
            self._hand_over(message, now_ns, now_ns)

    def _advance(self, now_ns: int) -> None:
        """Hand over one thing after the other until one has to wait."""
        if now_ns < self._retry_ns:
            return
        while (
            self._send_piece(now_ns) if self._begun else self._send_first_in_line(now_ns) or self._begin_sysex(now_ns)
        ):
            pass

    def _send_piece(self, now_ns: int) -> bool:
        if self._wire.free_ns > now_ns:
            return False
        piece, self._begun = self._begun[:PIECE], self._begun[PIECE:]
        self._hand_over(piece, now_ns, now_ns)
        self._wire.book(len(piece), now_ns)
        return True

    def _send_first_in_line(self, now_ns: int) -> bool:
        if not self._line or self._may_go_ns(*self._line[0]) > now_ns:
            return False
        due_ns, message = self._line[0]
        if not self._hand_over(message, due_ns, now_ns):
            self._retry_ns = now_ns + _RETRY_NS
            return False
        self._line.popleft()
        if message[0] == SYSEX:
            self._wire.book(len(message), now_ns)
        return True

    def _begin_sysex(self, now_ns: int) -> bool:
        if not self._bulk or self._begins_ns() > now_ns:
            return False
        _, self._begun = self._bulk.popleft()
        return True

    def _may_go_ns(self, due_ns: int, message: bytes) -> int:
        """When a message may be handed over: what is due behind a long SysEx not before its own time."""
        may_ns = due_ns if self._bulk and due_ns > self._bulk[0][0] else 0
        return max(may_ns, self._wire.free_ns - _AHEAD_NS) if message[0] == SYSEX else may_ns

    def _begins_ns(self) -> int:
        """When the next long SysEx may begin: nothing that is in the queue may leave in the middle of it."""
        behind_queue_ns = self._latest_ns + UNSURE_NS if self._latest_ns else 0
        return max(self._bulk[0][0], behind_queue_ns, self._wire.free_ns)

    def _hand_over(self, message: bytes, due_ns: int, now_ns: int) -> bool:
        """False where the queue is full; who is sent to directly and does not take it has lost it."""
        while self._queued and self._queued[0] < now_ns - _LATEST_NS:
            self._queued.popleft()
        is_ahead = due_ns > now_ns or self._would_overtake(message, now_ns)
        due_ns = max(due_ns, now_ns)
        own_ns = self._sequencer.queue.own_ns(due_ns) if is_ahead else None
        if not self._sequencer.client.write(self._plug.number, message, own_ns):
            self.dropped += not is_ahead
            return not is_ahead
        self._ahead.note(due_ns, message, now_ns)
        if is_ahead:
            self._queued.append(due_ns)
        return True

    def _would_overtake(self, message: bytes, now_ns: int) -> bool:
        """True for what must not arrive before something that is due, and may still wait in a queue that runs late."""
        is_behind = is_note_off(message) or lets_go(message) or self._ahead.holds(message)
        return is_behind and any(due_ns <= now_ns for due_ns in self._queued)

    def _forget(self) -> None:
        self._line.clear()
        self._bulk.clear()
        self._ahead.forget()
        self._begun, self._retry_ns = b"", 0
        self._queued.clear()
        self._wire.free_ns = 0


class SequencerInput:
    """A way in, stamped by the kernel."""

    capabilities: Final = Capabilities(sees_unplug=True, stamps_input=True)

    def __init__(self, plug: Plug, sequencer: Sequencer, clock: Clock) -> None:
        self.name = plug.name
        self._plug = plug
        self._sequencer = sequencer
        self._clock = clock
        self._is_closed = False

    @property
    def is_connected(self) -> bool:
        """False while the device is gone: nothing arrives."""
        return self._plug.far is not None

    @property
    def lost(self) -> int:
        """Times that more came than the kernel could keep, and messages that waited too long."""
        return self._plug.lost

    def fileno(self) -> int:
        """Readable when something has arrived, or a device has come or gone."""
        return self._sequencer.client.fileno()

    def receive(self) -> list[tuple[int, bytes]]:
        """What has arrived since the last call, with the kernel's stamps."""
        if self._is_closed:
            raise closed(self.name)
        with self._sequencer.lock:
            self._sequencer.pump(self._clock.now_ns())
        arrived, self._plug.arrived = self._plug.arrived, []
        return arrived

    def close(self) -> None:
        """Give the port back."""
        if not self._is_closed:
            self._is_closed = True
            with self._sequencer.lock:
                self._sequencer.drop(self._plug)
