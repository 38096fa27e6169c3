"""What the worst files cost to read: time and memory stay in proportion to their bytes and chunks."""

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator

from benchmarks.row import Row
from bridge.core.smf import read

Make = Callable[[int], bytes]
"""A file of about so many bytes."""
LENGTH = 10_000_000
TRACED = 1_000_000  # bytes of a file whose memory is traced, which is slow
ENDLESS = b"\0\xff\x01\xff\xff\xff\x7f"  # a text that says it is 2^28 - 1 bytes long


def _file(*chunks: bytes, announced: int = 1) -> bytes:
    return b"MThd\0\0\0\6\0\1" + announced.to_bytes(2) + b"\0\x60" + b"".join(chunks)


def _chunk(body: bytes, kind: bytes = b"MTrk") -> bytes:
    return kind + len(body).to_bytes(4) + body


def _track_of(event: bytes, first: bytes = b"") -> Make:
    return lambda length: _file(_chunk(first + event * (length // len(event))))


def _file_of(piece: bytes, announced: int = 1) -> Make:
    return lambda length: _file(piece * (length // len(piece)), announced=announced)


FILES: dict[str, Make] = {
    "65,535 tracks announced, 1 there": lambda _: _file(_chunk(b"\0\xff\x2f\0"), announced=65_535),
    "65,535 empty tracks": lambda _: _file(_chunk(b"") * 65_535, announced=65_535),
    "tracks of 2^28 bytes announced": _file_of(b"MTrk" + (1 << 28).to_bytes(4), announced=65_535),
    "empty tracks": _file_of(_chunk(b"")),
    "tracks of one byte": _file_of(_chunk(b"\0")),
    "empty unknown chunks": _file_of(_chunk(b"", b"XFIH")),
    "junk and tracks by turns": _file_of(b"\xff" + _chunk(b"")),
    "junk": _file_of(b"\xff"),
    "junk that nearly is a track": _file_of(b"MTr"),
    "a text of 2^28 bytes, cut": lambda length: _file(_chunk(ENDLESS + bytes(length))),
    "tracks of a text of 2^28 bytes": _file_of(_chunk(ENDLESS)),
    "running status, two bytes": _track_of(b"\0\x3c\x40", b"\0\x90\x3c\x40"),
    "running status, one byte": _track_of(b"\0\x3c", b"\0\xc0\x3c"),
    "data over 127": _track_of(b"\0\x90\xff\xff"),
    "undefined statuses": _track_of(b"\0\xf4"),
    "stray data": _track_of(b"\0\x3c"),
    "empty texts": _track_of(b"\0\xff\x01\0"),
    "meta kinds over 127": _track_of(b"\0\xff\xf1\0"),
    "tempos without length": _track_of(b"\0\xff\x51\0"),
    "ends of track": _track_of(b"\0\xff\x2f\0"),
    "open SysEx": _track_of(b"\0\xf0\0"),
    "empty escapes": _track_of(b"\0\xf7\0"),
    "notes without end": _track_of(b"\0\x90\x3c\x40"),
    "numbers that never end": _track_of(b"\xff\xff\xff\xff\xf6"),
}
"""Ten megabytes of each, where no count is named."""


def _seconds(data: bytes) -> float:
    gc.collect()
    start = time.perf_counter()
    read(data)
    return time.perf_counter() - start


def _peak(data: bytes) -> int:
    gc.collect()
    tracemalloc.start()
    read(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _may_take(data: bytes) -> float:
    return 0.5e-6 * len(data) + 0.020 + 2e-6 * len(read(data).chunks)


def _may_hold(data: bytes) -> int:
    return 120 * len(data) + 2_000_000 + 1_000 * len(read(data).chunks)


def rows() -> Iterator[Row]:
    """Time and memory of each file as shares of what it may cost."""
    for name, make in FILES.items():
        data = make(LENGTH)
        taken, may_take = _seconds(data), _may_take(data)
        yield Row(f"time: {name}", taken / may_take, 1, "of limit", detail=f"{taken:.3f} s of {may_take:.2f} s")
        data = make(TRACED)
        held, may_hold = _peak(data), _may_hold(data)
        detail = f"{held / 1e6:.1f} MB of {may_hold / 1e6:.0f} MB"
        yield Row(f"memory: {name}", held / may_hold, 1, "of limit", detail=detail)
