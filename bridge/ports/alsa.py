"""The ALSA sequencer through alsa_midi; the only file that imports it.

Messages are handed over and taken in by the library's C functions themselves, without an object for each. The queue
runs on a timer of 6,250 Hz: at the kernel's own 1 kHz a note is up to a millisecond late. It refuses a system without
a sequencer, one that may not be opened, and a port that another program has for itself.
"""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from bridge.core.clock import Clock
from bridge.core.message import SYSEX, SYSEX_END
from bridge.core.stream import Stream
from bridge.errors import DriverError
from bridge.ports.base import Capabilities, InputPort, OutputPort, closed
from bridge.ports.sequencer import Sequencer, labels, unit_names
from bridge.ports.sequencer_client import Address, Arrived, Came, Gone, Heard, Overrun, Seen
from bridge.ports.sequencer_ports import SequencerInput, SequencerOutput
from bridge.ports.usb_identity import Usb, usb_of_card

try:
    import alsa_midi
    from alsa_midi._ffi import alsa, ffi  # its objects cost more than the kernel does
except (ImportError, OSError):  # not installed, or not Linux: then there is no libasound
    alsa_midi = None

CLIENT: Final = "midi-bridge"
DEVICE: Final = "/dev/snd/seq"
TIMER_HZ: Final = 6_250
"""The finest the kernel takes (sound/core/seq/seq_timer.c, MAX_FREQUENCY)."""
POOL: Final = 2_000
"""Events that wait in the kernel, each way; its own 500 and 200 are a burst of controllers."""
TWIN_INSTEAD: Final = "or play on a twin: --to twin:module"
_READ_AT_ONCE: Final = 4_096  # a flood may not keep the loop here; more than the kernel and the library keep
_DIRECT: Final = 253  # SND_SEQ_QUEUE_DIRECT (alsa/seq.h)
_FULL: Final = frozenset((-errno.EAGAIN, -errno.ENOMEM))
_NOBODY: Final = frozenset((-errno.ENOENT, -errno.ENODEV, -errno.ENXIO))
"""The far end has gone this very moment: the announcement follows."""
_LONGEST: Final = 64  # bytes of one event that is no SysEx: a 14-bit controller is two messages


class AlsaClient:
    """Our client in the kernel: one queue, one port that hears announcements, and those that are made."""

    def __init__(self) -> None:
        self._seq = _opened()
        with _driver_call("does not start"):
            self._seq.set_client_pool_output(POOL)
            self._seq.set_client_pool_input(POOL)
            self._queue = self._seq.create_queue(CLIENT)
            timer = self._queue.get_timer()
            timer.resolution = TIMER_HZ
            self._queue.set_timer(timer)
            self._queue.start()
            self._seq.drain_output()
            announce = self._seq.create_port("announce", caps=_caps("WRITE"))
            announce.connect_from(alsa_midi.SYSTEM_ANNOUNCE)
        self._handle = self._seq.handle
        self._ports = {announce.port_id: announce}
        self._parser = _parser()
        self._event = ffi.new("snd_seq_event_t *")
        self._read_into = ffi.new("snd_seq_event_t **")
        self._bytes = ffi.new("unsigned char[]", _LONGEST)
        self._status = _allocated("queue_status")
        self._number: int = self._queue.queue_id

    def fileno(self) -> int:
        """Readable when there is something to `read`."""
        polled = ffi.new("struct pollfd *")
        alsa.snd_seq_poll_descriptors(self._handle, polled, 1, 1)  # POLLIN
        return int(polled.fd)

    def make_port(self, name: str, is_output: bool) -> int:
        """Make a port that nobody else may connect, and return its number; an input is stamped by the queue."""
        with _driver_call("makes no port"):
            if is_output:
                port = self._seq.create_port(name, caps=_caps("READ"))
            else:
                stamps = {"timestamping": True, "timestamp_real": True, "timestamp_queue": self._queue}
                port = self._seq.create_port(name, caps=_caps("WRITE"), **stamps)
        self._ports[port.port_id] = port
        return int(port.port_id)

    def drop_port(self, port: int) -> None:
        """Take it away, and what it is connected with."""
        with _driver_call("does not take its port away"):
            self._ports.pop(port).close()

    def connect(self, port: int, far: Address, is_output: bool) -> None:
        """Connect our own port with another."""
        with _driver_call(f"does not connect with {far.client}:{far.port}"):
            own = self._ports[port]
            (own.connect_to if is_output else own.connect_from)(far)

    def seen(self) -> list[Seen]:
        """All ports of others."""
        return [one for one in _seen(self._handle) if one.address.client != self._seq.client_id]

    def read(self) -> list[Heard]:
        """What has come since the last call."""
        heard: list[Heard] = []
        for _ in range(_READ_AT_ONCE):
            result = alsa.snd_seq_event_input(self._handle, self._read_into)
            if result == -errno.EAGAIN:
                break
            if result == -errno.ENOSPC:
                heard.append(Overrun())
            elif result < 0:
                raise _failed("does not answer", result)
            elif one := self._heard(self._read_into[0]):
                heard.append(one)
        return heard

    def write(self, port: int, message: bytes, own_ns: int | None) -> bool:
        """Send to whom our port is connected with, at that time of the queue or now; False where it is full."""
        event = self._event
        is_data = message[0] in (SYSEX, SYSEX_END) or message[0] < 0x80
        if is_data:  # a SysEx, or a piece of one
            event.type = alsa.SND_SEQ_EVENT_SYSEX
            data = ffi.from_buffer(message)  # held until the kernel has it
            event.data.ext.len, event.data.ext.ptr = len(message), data
        elif alsa.snd_midi_event_encode(self._parser, message, len(message), event) < 0:
            return True  # no MIDI message
        event.flags = alsa.SND_SEQ_EVENT_LENGTH_VARIABLE if is_data else alsa.SND_SEQ_EVENT_LENGTH_FIXED
        event.tag = port
        event.source.port = port
        event.dest.client = alsa.SND_SEQ_ADDRESS_SUBSCRIBERS
        event.queue = _DIRECT
        if own_ns is not None:
            event.queue = self._number
            event.flags |= alsa.SND_SEQ_TIME_STAMP_REAL
            event.time.time.tv_sec, event.time.time.tv_nsec = divmod(own_ns, 1_000_000_000)
        result = alsa.snd_seq_event_output_direct(self._handle, event)
        if result < 0 and result not in _FULL | _NOBODY:
            raise _failed("takes no message", result)
        return result not in _FULL

    def take_back(self, port: int) -> None:
        """Remove all of that port's messages that wait in the queue."""
        with _driver_call("gives nothing back"):
            self._seq.remove_events(alsa_midi.RemoveCondition.OUTPUT, queue=self._queue, tag=port)

    def queue_ns(self) -> int:
        """The queue's time."""
        result = alsa.snd_seq_get_queue_status(self._handle, self._number, self._status)
        if result < 0:
            raise _failed("does not tell its time", result)
        time = alsa.snd_seq_queue_status_get_real_time(self._status)
        return int(time.tv_sec) * 1_000_000_000 + int(time.tv_nsec)

    def close(self) -> None:
        """Leave the sequencer."""
        self._ports.clear()
        with _driver_call("does not close"):
            self._queue.close()
            self._seq.close()

    def _heard(self, event: Any) -> Heard | None:
        kind = event.type
        if kind == alsa.SND_SEQ_EVENT_SYSEX:
            return self._arrived(event, bytes(ffi.buffer(event.data.ext.ptr, event.data.ext.len)))
        if kind in (alsa.SND_SEQ_EVENT_PORT_START, alsa.SND_SEQ_EVENT_PORT_CHANGE):
            return Came(Address(event.data.addr.client, event.data.addr.port))
        if kind == alsa.SND_SEQ_EVENT_PORT_EXIT:
            return Gone(Address(event.data.addr.client, event.data.addr.port))
        count = alsa.snd_midi_event_decode(self._parser, self._bytes, _LONGEST, event)
        return self._arrived(event, bytes(ffi.buffer(self._bytes, count))) if count > 0 else None

    @staticmethod
    def _arrived(event: Any, data: bytes) -> Arrived:
        time = event.time.time
        return Arrived(event.dest.port, time.tv_sec * 1_000_000_000 + time.tv_nsec, data)


class MadePort:
    """A port of our own that every program sees and may connect, both ways; a client of its own, called as it is."""

    capabilities: Final = Capabilities(virtual=True)

    def __init__(self, name: str, clock: Clock) -> None:
        """Raises DriverError."""
        self.name = name
        self._clock = clock
        self._seq = _opened(name)
        self._stream = Stream()
        self._is_closed = False
        with _driver_call("makes no port"):
            self._port = self._seq.create_port(name)

    def receive(self) -> list[tuple[int, bytes]]:
        """What has come since the last call, all stamped now."""
        if self._is_closed:
            raise closed(self.name)
        now_ns, arrived = self._clock.now_ns(), list[tuple[int, bytes]]()
        with _driver_call("does not answer"):
            while len(arrived) < _READ_AT_ONCE and self._seq.event_input_pending(True):
                event = self._seq.event_input(prefer_bytes=True)
                arrived += self._stream.feed(bytes(getattr(event, "midi_bytes", b"")), now_ns)
        return arrived

    def send(self, message: bytes, due_ns: int) -> None:
        """Send to all who are connected, now."""
        if self._is_closed:
            raise closed(self.name)
        with _driver_call("takes no message"):
            self._seq.event_output(alsa_midi.MidiBytesEvent(message), port=self._port)
            self._seq.drain_output()

    def close(self) -> None:
        """Take it away."""
        if not self._is_closed:
            self._is_closed = True
            self._seq.close()


_shared: Final[dict[int, Sequencer]] = {}  # by process: a child may not use its parent's


def outputs() -> list[str]:
    """The names of the sequencer's outputs. Raises DriverError."""
    return _names(is_output=True)


def inputs() -> list[str]:
    """The names of the sequencer's inputs. Raises DriverError."""
    return _names(is_output=False)


def open_output(name: str, clock: Clock) -> OutputPort:
    """The output of exactly that name; `UnknownPort` if it has gone, `DriverError` if it does not open."""
    sequencer = _sequencer(clock)
    return SequencerOutput(sequencer.open(name, is_output=True), sequencer, clock)


def usb_ids(is_output: bool) -> dict[str, str]:
    """Vendor and product, as `0944:0117`, of the USB device behind each port that has one; none without a sequencer."""
    return {name: f"{usb.vendor}:{usb.product}" for name, usb in usb_devices(is_output).items()}


def usb_devices(is_output: bool) -> dict[str, Usb]:
    """The USB device behind each port that has one, by the port's name; none without a sequencer."""
    try:
        seq = _opened()
    except DriverError:
        return {}
    try:
        seen = _seen(seq.handle)
        devices = {one.address: _usb(one.card) for one in seen}
        named = labels(seen, is_output, _usb)
        return {name: usb for at, name in named.items() if (usb := devices[at])}
    finally:
        seq.close()


def units() -> list[str]:
    """Every name that means one very device, such as `KeyStep 37:KeyStep 37 MIDI 1 [AB12]`. Raises DriverError."""
    seq = _opened()
    try:
        return [name for one in _seen(seq.handle) for name in unit_names(one, _usb)]
    finally:
        seq.close()


def open_input(name: str, clock: Clock) -> InputPort:
    """The input of exactly that name; `UnknownPort` if it has gone, `DriverError` if it does not open."""
    sequencer = _sequencer(clock)
    return SequencerInput(sequencer.open(name, is_output=False), sequencer, clock)


def _sequencer(clock: Clock) -> Sequencer:
    sequencer = _shared.get(os.getpid())
    if sequencer is None or sequencer.is_closed:
        sequencer = _shared[os.getpid()] = Sequencer(AlsaClient(), clock)
    return sequencer


def _names(is_output: bool) -> list[str]:
    seq = _opened()
    try:
        return list(labels(_seen(seq.handle), is_output, _usb).values())
    finally:
        seq.close()


def _usb(card: int) -> Any:
    return usb_of_card(card) if card >= 0 else None


def _opened(client: str = CLIENT) -> Any:
    """A client of the sequencer; what the library would print where there is none is avoided by looking first."""
    if sys.platform != "linux":
        raise DriverError(f"only Linux has it; install the package python-rtmidi instead, {TWIN_INSTEAD}")
    if alsa_midi is None:
        raise DriverError(f"its library is not installed; install the package alsa-midi, {TWIN_INSTEAD}")
    if not os.path.exists(DEVICE):
        raise DriverError(f"there is no {DEVICE}; load it with modprobe snd-seq, {TWIN_INSTEAD}")
    if not os.access(DEVICE, os.R_OK | os.W_OK):
        raise DriverError(f"{DEVICE} may not be opened; join the group audio and log in anew, {TWIN_INSTEAD}")
    with _driver_call("does not open"):
        return alsa_midi.SequencerClient(client)


def _seen(handle: Any) -> list[Seen]:
    """All ports, the system's own left out; alsa_midi's own list fails on a name that is cut within a letter."""
    client, port = _allocated("client_info"), _allocated("port_info")
    found: list[Seen] = []
    alsa.snd_seq_client_info_set_client(client, -1)
    while alsa.snd_seq_query_next_client(handle, client) >= 0:
        number = alsa.snd_seq_client_info_get_client(client)
        if number == alsa.SND_SEQ_CLIENT_SYSTEM:
            continue
        name = _text(alsa.snd_seq_client_info_get_name(client))
        card = alsa.snd_seq_client_info_get_card(client)
        alsa.snd_seq_port_info_set_client(port, number)
        alsa.snd_seq_port_info_set_port(port, -1)
        while alsa.snd_seq_query_next_port(handle, port) >= 0:
            found.append(_one(Address(number, alsa.snd_seq_port_info_get_port(port)), name, card, port))
    return found


def _one(address: Address, client_name: str, card: int, port: Any) -> Seen:
    caps = alsa.snd_seq_port_info_get_capability(port)
    gives = alsa.SND_SEQ_PORT_CAP_READ | alsa.SND_SEQ_PORT_CAP_SUBS_READ
    takes = alsa.SND_SEQ_PORT_CAP_WRITE | alsa.SND_SEQ_PORT_CAP_SUBS_WRITE
    is_open = not caps & alsa.SND_SEQ_PORT_CAP_NO_EXPORT
    name = _text(alsa.snd_seq_port_info_get_name(port))
    return Seen(address, client_name, name, card, is_open and caps & gives == gives, is_open and caps & takes == takes)


def _caps(direction: str) -> Any:
    """What our own ports allow: nobody else connects them, so nobody lists them."""
    return alsa_midi.PortCaps[direction] | alsa_midi.PortCaps.NO_EXPORT


def _parser() -> Any:
    made = ffi.new("snd_midi_event_t **")
    alsa.snd_midi_event_new(_LONGEST, made)
    alsa.snd_midi_event_no_status(made[0], 1)
    return ffi.gc(made[0], alsa.snd_midi_event_free)


def _allocated(kind: str) -> Any:
    """One of the library's opaque structures, freed with the object."""
    made = ffi.new(f"snd_seq_{kind}_t **")
    getattr(alsa, f"snd_seq_{kind}_malloc")(made)
    return ffi.gc(made[0], getattr(alsa, f"snd_seq_{kind}_free"))


def _text(name: Any) -> str:
    return bytes(ffi.string(name)).decode("utf-8", errors="replace")


@contextmanager
def _driver_call(what: str) -> Iterator[None]:
    """Turn the library's exceptions into ours."""
    try:
        yield
    except alsa_midi.ALSAError as failed:
        raise _failed(what, failed.errnum) from failed
    except alsa_midi.Error as failed:
        raise DriverError(f"ALSA's sequencer {what}: {failed}; start again") from failed


def _failed(what: str, code: int) -> DriverError:
    return DriverError(f"ALSA's sequencer {what}: {os.strerror(abs(code)).lower()}; see that its device is on and free")
