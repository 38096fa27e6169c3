"""The program's one client of the ALSA sequencer: which ports there are, whose is what arrives, who is plugged in.

The ports of `sequencer_ports` share it and call it from the one thread of the loop; nothing here waits. What the
kernel does is behind `Client`, so that all of it can be tried without a kernel. It refuses a name that is not listed.
"""

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.core.clock import Clock
from bridge.core.message import is_note_off, is_note_on, note_off
from bridge.core.stream import Stream
from bridge.errors import BridgeError, DriverError, UnknownPort
from bridge.ports.sequencer_client import Address, Arrived, Came, Client, Gone, Overrun, Seen
from bridge.ports.usb_identity import SYSFS, Usb, usb_of_card

TEND_NS: Final = 1_000_000_000
"""So often what is missing is looked for."""
COMPARE_NS: Final = 40_000_000
"""So often the queue's clock is read while ports are in use: a reading costs a system call."""
_FIRST_READINGS: Final = 16  # when the client starts, …
_APART_NS: Final = 1_000_000  # … so far apart that each finds another tick of the queue's timer
_AT_ONCE: Final = 3  # readings in a row: what holds one up is seldom there for the next
_KEPT: Final = 512  # readings of which the best counts, some 20 s: the clocks tick alike, only their distance matters
_JUMP_NS: Final = 5_000_000  # a queue that lost so much was stopped or starved: what was measured before is void
_MAX_WAITING: Final = 16_384  # messages that wait for one who does not receive
_UNMEANT: Final = frozenset((0xF8, 0xFE))  # clock, Active Sensing: nothing follows them, a session would fill with them


class QueueClock:
    """The distance between the queue's clock and ours.

    Both tick alike, but a reading of the queue is late by what the kernel's timer was late and by what held the
    caller up, never early: the greatest distance is the best.
    """

    def __init__(self) -> None:
        self._distances: deque[int] = deque(maxlen=_KEPT)
        self._distance = 0

    def compare(self, read: Callable[[], int], now: Callable[[], int]) -> None:
        """Take a reading."""
        distance = max(read() - now() for _ in range(_AT_ONCE))
        if abs(distance - self._distance) > _JUMP_NS:
            self._distances.clear()
        self._distances.append(distance)
        self._distance = max(self._distances)

    def own_ns(self, at_ns: int) -> int:
        """The queue's time at `at_ns`."""
        return max(0, at_ns + self._distance)

    def at_ns(self, own_ns: int) -> int:
        """Our time when the queue's is `own_ns`."""
        return own_ns - self._distance


@dataclass(slots=True)
class Identity:
    """What a port is known by when it comes back."""

    name: str
    port: int
    usb: Usb | None
    goes_by_serial: bool = False
    is_alone: bool = True
    """No other device of its model was seen beside it: without a serial number, any socket will do."""

    def is_at(self, seen: Seen, usb: Usb | None) -> bool:
        """True if that port is the one that was meant."""
        if self.usb is None or usb is None:
            return self.usb is usb and seen.name == self.name
        is_it = self.usb.is_again(usb, goes_by_serial=self.goes_by_serial, is_alone=self.is_alone)
        return is_it and seen.address.port == self.port

    def meet(self, usb: Usb | None) -> None:
        """Another device was plugged in while this one was there."""
        if self.usb and usb and self.usb.is_like(usb) and usb.socket != self.usb.socket:
            self.is_alone = False


class Plug:
    """Our end of one connection; `far` is the other, None while its device is gone."""

    def __init__(self, name: str, number: int, is_output: bool, identity: Identity) -> None:
        self.name = name
        self.number = number
        self.is_output = is_output
        self.identity = identity
        self.far: Address | None = None
        self.arrived: list[tuple[int, bytes]] = []
        self.lost = 0
        """Times that the kernel threw arrivals away, and messages that nobody received."""
        self.on_loss: Callable[[], None] = lambda: None
        self._stream = Stream()
        self._down: set[tuple[int, int]] = set()  # keys whose on has arrived
        self._last_ns = 0

    def take(self, data: bytes, at_ns: int) -> None:
        """Bytes have arrived."""
        self._last_ns = max(self._last_ns, at_ns)  # a better comparison of clocks may not turn time back
        for stamped in self._stream.feed(data, self._last_ns):
            self._keep(*stamped)

    def break_off(self, at_ns: int) -> None:
        """Arrivals were lost, their note-offs perhaps too: no SysEx goes on, and no key stays down."""
        self.lost += 1
        self._stream = Stream()
        for key in sorted(self._down):
            self.take(note_off(*key), at_ns)

    def unplug(self) -> None:
        """The device has gone."""
        self.far = None
        self._stream = Stream()
        self._down.clear()
        self.on_loss()

    def _keep(self, at_ns: int, message: bytes) -> None:
        if message[0] in _UNMEANT:
            return
        if is_note_on(message):
            self._down.add((message[0] & 15, message[1]))
        elif is_note_off(message):
            self._down.discard((message[0] & 15, message[1]))
        if len(self.arrived) < _MAX_WAITING:
            self.arrived.append((at_ns, message))
        else:
            self.lost += 1


class Sequencer:
    """The client, our ends of all connections, and the queue's clock."""

    def __init__(self, client: Client, clock: Clock, sysfs: Path = SYSFS) -> None:
        self.client = client
        self.queue = QueueClock()
        self.lock = threading.RLock()
        """Held by the ports while they use any of this: another driver's own thread may send to an output too."""
        self.is_closed = False
        self._clock = clock
        self._sysfs = sysfs
        self._plugs: dict[int, Plug] = {}
        self._compare_ns = 0
        self._tend_ns = 0
        for _ in range(_FIRST_READINGS):
            self.queue.compare(client.queue_ns, clock.now_ns)
            clock.wait_until(clock.now_ns() + _APART_NS)

    @property
    def has_inputs(self) -> bool:
        """True while something is open that reads."""
        return any(not plug.is_output for plug in self._plugs.values())

    def open(self, name: str, is_output: bool) -> Plug:
        """Connect with the port that is listed under that very name. Raises UnknownPort, DriverError."""
        try:
            return self._connected(name, is_output)
        except BridgeError:
            self._leave_if_unused()
            raise

    def drop(self, plug: Plug) -> None:
        """Let one connection go; the client goes with the last."""
        if self._plugs.pop(plug.number, None):
            self.client.drop_port(plug.number)
        self._leave_if_unused()

    def pump(self, now_ns: int) -> None:
        """Take in what has come, for all ports; now and then compare the clocks, and look for what is missing."""
        for heard in self.client.read():
            match heard:
                case Arrived(port, own_ns, data):
                    if plug := self._plugs.get(port):
                        plug.take(data, self.queue.at_ns(own_ns))
                case Came(address):
                    self._came(address)
                case Gone(address):
                    self._lose({address})
                case Overrun():
                    self._overrun(now_ns)
        if now_ns >= self._compare_ns:
            self._compare_ns = now_ns + COMPARE_NS
            self.queue.compare(self.client.queue_ns, self._clock.now_ns)
        if now_ns >= self._tend_ns:
            self._tend_ns = now_ns + TEND_NS
            self._find_missing()

    def _connected(self, name: str, is_output: bool) -> Plug:
        seen = self.client.seen()
        listed = labels(seen, is_output, self._usb)
        meant = [one for one in seen if listed.get(one.address) == name]
        meant = meant or [one for one in seen if one.address in listed and name in unit_names(one, self._usb)]
        if len(meant) != 1:
            known = ", ".join(listed.values()) or "none"
            raise UnknownPort(f"port '{name}' is not there any more; there are: {known}")
        plug = Plug(name, self.client.make_port(name, is_output), is_output, self._identity(name, meant[0], seen))
        try:
            self.client.connect(plug.number, meant[0].address, is_output)
        except DriverError:
            self.client.drop_port(plug.number)
            raise
        plug.far = meant[0].address
        self._plugs[plug.number] = plug
        return plug

    def _leave_if_unused(self) -> None:
        if not self._plugs and not self.is_closed:
            self.is_closed = True
            self.client.close()

    def _came(self, address: Address) -> None:
        known = [plug for plug in self._plugs.values() if plug.far is None or plug.identity.usb]
        seen = next((one for one in self.client.seen() if one.address == address), None) if known else None
        if seen is None:
            return
        usb = self._usb(seen.card)
        for plug in known:
            if plug.far is None:
                self._reconnect(plug, seen, usb)
            elif plug.far != address:
                plug.identity.meet(usb)

    def _overrun(self, now_ns: int) -> None:
        for plug in self._plugs.values():
            if not plug.is_output:
                plug.break_off(now_ns)
        connected = {plug.far for plug in self._plugs.values() if plug.far}
        self._lose(connected.difference(one.address for one in self.client.seen()))
        self._find_missing()

    def _lose(self, gone: Set[Address]) -> None:
        for plug in self._plugs.values():
            if plug.far in gone:
                plug.unplug()
                if plug.is_output:
                    self.client.take_back(plug.number)

    def _find_missing(self) -> None:
        missing = [plug for plug in self._plugs.values() if plug.far is None]
        for seen in self.client.seen() if missing else ():
            usb = self._usb(seen.card)
            for plug in missing:
                if plug.far is None:
                    self._reconnect(plug, seen, usb)

    def _reconnect(self, plug: Plug, seen: Seen, usb: Usb | None) -> None:
        if not (seen.takes if plug.is_output else seen.gives) or not plug.identity.is_at(seen, usb):
            return
        try:
            self.client.connect(plug.number, seen.address, plug.is_output)
        except DriverError:  # gone again, or another program has it: it is tried again in a second
            return
        plug.far = seen.address

    def _identity(self, name: str, far: Seen, seen: Iterable[Seen]) -> Identity:
        usb = self._usb(far.card)
        cards = {one.card for one in seen if one.card != far.card}
        others = [other for card in cards if usb and (other := self._usb(card)) and usb.is_like(other)]
        goes_by_serial = bool(usb and usb.serial) and not any(usb.is_twin(other) for other in others if usb)
        is_bound = bool(usb) and any(f"[{usb.socket}{end}" in name for end in ("]", ",") if usb)
        return Identity(far.name, far.address.port, usb, goes_by_serial, is_alone=not (others or is_bound))

    def _usb(self, card: int) -> Usb | None:
        return usb_of_card(card, self._sysfs) if card >= 0 else None


def labels(seen: Iterable[Seen], is_output: bool, usb_of: Callable[[int], Usb | None]) -> dict[Address, str]:
    """What a person calls each port of one direction: two of one name get what tells them apart."""
    named: defaultdict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        if one.takes if is_output else one.gives:
            named[one.name].append(one)
    found: dict[Address, str] = {}
    for name, alike in named.items():
        marks = _marks(alike, usb_of) if len(alike) > 1 else [""]
        found |= {one.address: name + mark for one, mark in zip(alike, marks, strict=True)}
    return found


def unit_names(one: Seen, usb_of: Callable[[int], Usb | None]) -> list[str]:
    """What one port of a USB device may be called to mean this very device, whether another like it is there or not.

    It is what `labels` calls it beside another: by serial number or socket, and which port of the device.
    """
    usb = usb_of(one.card)
    units = [unit for unit in (usb.serial, usb.socket) if unit] if usb else []
    return [f"{one.name} [{unit}{port}]" for unit in units for port in ("", f", port {one.address.port + 1}")]


def _marks(alike: Sequence[Seen], usb_of: Callable[[int], Usb | None]) -> list[str]:
    """The first that tells them all apart: serial or socket, which port of the device, both, the numbers."""
    devices = [usb_of(one.card) for one in alike]
    units = [_unit(device, devices) for device in devices]
    ports = [f"port {one.address.port + 1}" for one in alike]
    both = [f"{unit}, {port}" if unit else "" for unit, port in zip(units, ports, strict=True)]
    for marks in (units, ports if len(set(units)) == 1 else [], both):
        if all(marks) and len(set(marks)) == len(alike):
            return [f" [{mark}]" for mark in marks]
    return [f" [{one.address.client}:{one.address.port}]" for one in alike]


def _unit(device: Usb | None, devices: Iterable[Usb | None]) -> str:
    if device is None:
        return ""
    twins = {other.socket for other in devices if other and device.is_twin(other)}
    return device.serial if device.serial and len(twins) == 1 else device.socket
