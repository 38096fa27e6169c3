"""The frames between engine and host: small, binary, always the same codec, over whatever carries bytes.

Down go the song's tempo, patches, routes and transport requests; up come epochs, arrivals, answers and
faults. `pipe` and `channel` carry them.

A frame is its kind (one byte), then its fields in the order of the class, little-endian: see `_CODECS`.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import IntEnum
from struct import Struct
from typing import Final

from bridge.core.arrival import Arrival, Epoch, Loop
from bridge.core.edit import Id
from bridge.core.schedule import Item
from bridge.core.tempo import Segment, TempoMap


class Ask(IntEnum):
    """What a requester wants of the transport."""

    PLAY = 1
    STOP = 2
    LOCATE = 3
    PANIC = 4
    AGAIN = 5
    """Play from the top at once, rolling or not."""
    QUIT = 6
    """Let go of everything and close the ports; what came in until then is still told and acknowledged."""
    FINISH = 7
    """Quit as soon as all that waits for a slow wire has left; the answer comes then."""


class Then(IntEnum):
    """What a route does with what it matches: nothing, let it be heard, or a reflex, the `Ask` of its name at once."""

    SWALLOW = 0
    THRU = 1
    STOP = 2
    PLAY = 3
    PANIC = 4
    AGAIN = 5


@dataclass(frozen=True, slots=True)
class Tempo:
    """The song's tempo map; it comes before the first patch."""

    map: TempoMap


@dataclass(frozen=True, slots=True)
class Patch:
    """A whole change of the schedule: what goes, then what comes. Version 1 is the song as it is opened."""

    version: int
    drops: tuple[Id, ...]
    puts: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """What comes from input `source` with this kind of status, channel and first data byte goes this way.

    `channel` -1 is any; a system message's `kind` is its whole status byte, and of SysEx only MIDI Machine Control is
    matched, by its command in place of a data byte. A thru sends it to output `port` on
    `to_channel` (-1: its own), its velocities spread; where it `goes_on`, routes behind it are tried as well.
    """

    source: int
    kind: int
    channel: int
    low: int
    high: int
    then: Then
    port: int = 0
    to_channel: int = 0
    transpose: int = 0
    velocity_low: int = 1
    velocity_high: int = 127
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Routes:
    """All routes, in place of those before; the first that matches decides, unless it goes on."""

    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A transport request; `passes` 0 goes round a loop until it is stopped."""

    number: int
    ask: Ask
    tick: int = 0
    loop: Loop | None = None
    passes: int = 0


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Arrivals up to `seq` are on disk."""

    seq: int


@dataclass(frozen=True, slots=True)
class Patched:
    """A patch is in force since `at_ns`, `tick`."""

    version: int
    at_ns: int
    tick: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A transport request was accepted (`refusal` is empty) or refused; the epoch in force then."""

    request: int
    epoch: int
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A port failed; the others play on."""

    port: str
    text: str


@dataclass(frozen=True, slots=True)
class Plug:
    """A device was pulled out, or is back."""

    port: str
    is_connected: bool


@dataclass(frozen=True, slots=True)
class Late:
    """So many messages of the song left a port late so far, the worst by `worst_ns`."""

    port: str
    count: int
    worst_ns: int


@dataclass(frozen=True, slots=True)
class Opened:
    """The engine's first word: its ports as JSON (see engine/process), or why there are none."""

    text: str


Frame = (
    Tempo | Patch | Routes | Request | Acknowledged | Patched | Answer | Fault | Plug | Late | Opened | Epoch | Arrival
)


class _Writer:
    """Puts fields behind one another."""

    def __init__(self) -> None:
        self.out = bytearray()

    def pack(self, struct: Struct, *values: int) -> None:
        self.out += struct.pack(*values)

    def block(self, data: bytes) -> None:
        self.pack(_U32, len(data))
        self.out += data

    def text(self, text: str) -> None:
        self.block(text.encode(errors=_ANY_TEXT))


class _Reader:
    """Takes fields one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 1

    def unpack(self, struct: Struct) -> tuple[int, ...]:
        values: tuple[int, ...] = struct.unpack_from(self.data, self.at)
        self.at += struct.size
        return values

    def block(self) -> bytes:
        (length,) = self.unpack(_U32)
        self.at += length
        return self.data[self.at - length : self.at]

    def text(self) -> str:
        return self.block().decode(errors=_ANY_TEXT)


_ANY_TEXT: Final = "surrogatepass"  # the name of a port is typed, and what is typed may be no UTF-8
_U32: Final = Struct("<I")
_I64: Final = Struct("<q")
_ID: Final = Struct("<iI")
_ITEM: Final = Struct("<qHIBBiIHq")  # all of Item but the message
_ROUTE: Final = Struct("<HBbBBBHbbBB?")
_REQUEST: Final = Struct("<IBqqqI")
_EPOCH: Final = Struct("<IIqqBqq")
_ARRIVAL: Final = Struct("<IqIIq")
_PATCHED: Final = Struct("<Iqq")
_ANSWER: Final = Struct("<II")
_PLUG: Final = Struct("<B")
_LATE: Final = Struct("<Iq")
_NO_LOOP: Final = Loop(-1, -1)


def _write_tempo(frame: Tempo, out: _Writer) -> None:
    # Scaled nanoseconds outgrow 64 bits in a file of many days, so they travel as text.
    text = ";".join(f"{s.tick},{s.scaled_ns},{s.per_tick}" for s in frame.map.segments)
    out.block(f"{frame.map.scale}:{text}".encode("ascii"))


def _read_tempo(data: _Reader) -> Tempo:
    scale, _, text = data.block().decode("ascii").partition(":")
    segments = tuple(Segment(*map(int, part.split(","))) for part in text.split(";"))
    return Tempo(TempoMap(segments, int(scale)))


def _write_patch(frame: Patch, out: _Writer) -> None:
    out.pack(_U32, frame.version)
    out.pack(_U32, len(frame.drops))
    for id in frame.drops:
        out.pack(_ID, *id)
    out.pack(_U32, len(frame.puts))
    for item in frame.puts:
        out.pack(_ITEM, *item[:-1])
        out.block(item.message)


def _read_patch(data: _Reader) -> Patch:
    (version,), (drops,) = data.unpack(_U32), data.unpack(_U32)
    ids = tuple(Id(*data.unpack(_ID)) for _ in range(drops))
    (puts,) = data.unpack(_U32)
    return Patch(version, ids, tuple(Item._make((*data.unpack(_ITEM), data.block())) for _ in range(puts)))


def _write_routes(frame: Routes, out: _Writer) -> None:
    out.pack(_U32, len(frame.routes))
    for route in frame.routes:
        out.pack(_ROUTE, *(getattr(route, field.name) for field in fields(Route)))


def _read_routes(data: _Reader) -> Routes:
    (count,) = data.unpack(_U32)
    return Routes(tuple(_read_route(data) for _ in range(count)))


def _read_route(data: _Reader) -> Route:
    source, kind, channel, low, high, then, port, to_channel, transpose, low_out, high_out, on = data.unpack(_ROUTE)
    return Route(source, kind, channel, low, high, Then(then), port, to_channel, transpose, low_out, high_out, bool(on))


def _write_request(frame: Request, out: _Writer) -> None:
    out.pack(_REQUEST, frame.number, frame.ask, frame.tick, *(frame.loop or _NO_LOOP), frame.passes)


def _read_request(data: _Reader) -> Request:
    number, ask, tick, start, end, passes = data.unpack(_REQUEST)
    return Request(number, Ask(ask), tick, _loop(start, end), passes)


def _write_epoch(frame: Epoch, out: _Writer) -> None:
    loop = frame.loop or _NO_LOOP
    out.pack(_EPOCH, frame.number, frame.turn, frame.at_ns, frame.tick, frame.rolling, *loop)


def _read_epoch(data: _Reader) -> Epoch:
    number, turn, at_ns, tick, rolling, start, end = data.unpack(_EPOCH)
    return Epoch(number, turn, at_ns, tick, bool(rolling), _loop(start, end))


def _loop(start: int, end: int) -> Loop | None:
    return None if start < 0 else Loop(start, end)


def _write_arrival(frame: Arrival, out: _Writer) -> None:
    out.pack(_ARRIVAL, frame.seq, frame.at_ns, frame.epoch, frame.turn, frame.tick)
    out.text(frame.port)
    out.block(frame.message)


def _read_arrival(data: _Reader) -> Arrival:
    seq, at_ns, epoch, turn, tick = data.unpack(_ARRIVAL)
    return Arrival(seq, data.text(), at_ns, epoch, turn, tick, data.block())


def _write_answer(frame: Answer, out: _Writer) -> None:
    out.pack(_ANSWER, frame.request, frame.epoch)
    out.text(frame.refusal)


def _read_answer(data: _Reader) -> Answer:
    request, epoch = data.unpack(_ANSWER)
    return Answer(request, epoch, data.text())


def _write_fault(frame: Fault, out: _Writer) -> None:
    out.text(frame.port)
    out.text(frame.text)


def _write_plug(frame: Plug, out: _Writer) -> None:
    out.text(frame.port)
    out.pack(_PLUG, frame.is_connected)


def _read_plug(data: _Reader) -> Plug:
    return Plug(data.text(), bool(*data.unpack(_PLUG)))


def _write_late(frame: Late, out: _Writer) -> None:
    out.text(frame.port)
    out.pack(_LATE, frame.count, frame.worst_ns)


def _read_late(data: _Reader) -> Late:
    port = data.text()
    count, worst_ns = data.unpack(_LATE)
    return Late(port, count, worst_ns)


_CODECS: Final[tuple[tuple[type, Callable[..., None], Callable[[_Reader], Frame]], ...]] = (
    (Tempo, _write_tempo, _read_tempo),
    (Patch, _write_patch, _read_patch),
    (Routes, _write_routes, _read_routes),
    (Request, _write_request, _read_request),
    (Acknowledged, lambda f, out: out.pack(_U32, f.seq), lambda data: Acknowledged(*data.unpack(_U32))),
    (Patched, lambda f, out: out.pack(_PATCHED, f.version, f.at_ns, f.tick), lambda d: Patched(*d.unpack(_PATCHED))),
    (Answer, _write_answer, _read_answer),
    (Fault, _write_fault, lambda data: Fault(data.text(), data.text())),
    (Plug, _write_plug, _read_plug),
    (Late, _write_late, _read_late),
    (Opened, lambda frame, out: out.text(frame.text), lambda data: Opened(data.text())),
    (Epoch, _write_epoch, _read_epoch),
    (Arrival, _write_arrival, _read_arrival),
)
_KINDS: Final = {codec[0]: kind for kind, codec in enumerate(_CODECS)}


def encode(frame: Frame) -> bytes:
    """The bytes of a frame."""
    kind = _KINDS[type(frame)]
    out = _Writer()
    out.out.append(kind)
    _CODECS[kind][1](frame, out)
    return bytes(out.out)


def decode(data: bytes) -> Frame:
    """The frame that `encode` made these bytes of."""
    return _CODECS[data[0]][2](_Reader(data))
