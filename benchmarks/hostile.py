"""What the worst files cost to read: time and memory stay in proportion to their bytes and chunks."""

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator

from benchmarks.row import Row
from bridge.core.smf import read

LENGTH = 10_000_000
ENDLESS = b"\0\xff\x01\xff\xff\xff\x7f"  # a text that says it is 2^28 - 1 bytes long


def _file(*chunks: bytes, announced: int = 1) -> bytes:
    return b"MThd\0\0\0\6\0\1" + announced.to_bytes(2) + b"\0\x60" + b"".join(chunks)


def _chunk(body: bytes, kind: bytes = b"MTrk") -> bytes:
    return kind + len(body).to_bytes(4) + body


def _filled(event: bytes, first: bytes = b"") -> bytes:
    return _file(_chunk(first + event * (LENGTH // len(event))))


FILES: dict[str, Callable[[], bytes]] = {
    "65,535 tracks announced, 1 there": lambda: _file(_chunk(b"\0\xff\x2f\0"), announced=65_535),
    "65,535 tracks of 2^28 bytes announced": lambda: _file((b"MTrk" + (1 << 28).to_bytes(4)) * 65_535, announced=65_535),
    "65,535 empty tracks": lambda: _file(_chunk(b"") * 65_535, announced=65_535),
    "10 MB of empty tracks": lambda: _file(_chunk(b"") * (LENGTH // 8)),
    "10 MB of tracks of one byte": lambda: _file(_chunk(b"\0") * (LENGTH // 9)),
    "10 MB of empty unknown chunks": lambda: _file(_chunk(b"", b"XFIH") * (LENGTH // 8)),
    "10 MB of junk and tracks by turns": lambda: _file((b"\xff" + _chunk(b"")) * (LENGTH // 9)),
    "10 MB of junk": lambda: _file(b"\xff" * LENGTH),
    "10 MB of junk that nearly is a track": lambda: _file(b"MTr" * (LENGTH // 3)),
    "a text of 2^28 bytes, cut": lambda: _file(_chunk(ENDLESS + bytes(LENGTH))),
    "a thousand tracks of a text of 2^28 bytes": lambda: _file(_chunk(ENDLESS + bytes(LENGTH // 1_000)) * 1_000),
    "10 MB of running status, two bytes": lambda: _filled(b"\0\x3c\x40", b"\0\x90\x3c\x40"),
    "10 MB of running status, one byte": lambda: _filled(b"\0\x3c", b"\0\xc0\x3c"),
    "10 MB of data over 127": lambda: _filled(b"\0\x90\xff\xff"),
    "10 MB of undefined statuses": lambda: _filled(b"\0\xf4"),
    "10 MB of stray data": lambda: _filled(b"\0\x3c"),
    "10 MB of empty texts": lambda: _filled(b"\0\xff\x01\0"),
    "10 MB of meta kinds over 127": lambda: _filled(b"\0\xff\xf1\0"),
    "10 MB of tempos without length": lambda: _filled(b"\0\xff\x51\0"),
    "10 MB of ends of track": lambda: _filled(b"\0\xff\x2f\0"),
    "10 MB of open SysEx": lambda: _filled(b"\0\xf0\0"),
    "10 MB of empty escapes": lambda: _filled(b"\0\xf7\0"),
    "10 MB of notes without end": lambda: _filled(b"\0\x90\x3c\x40"),
    "10 MB of numbers that never end": lambda: _filled(b"\xff\xff\xff\xff\xf6"),
    "10 MB of 0xFF": lambda: _filled(b"\xff"),
}


def _chunks(data: bytes) -> int:
    return len(read(data).chunks)


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


def rows() -> Iterator[Row]:
    """Time and memory of each file as shares of what it may cost."""
    for name, make in FILES.items():
        data = make()
        count = _chunks(data)
        may_take = 0.5e-6 * len(data) + 0.020 + 2e-6 * count
        may_hold = 120 * len(data) + 2_000_000 + 1_000 * count
        taken, held = min(_seconds(data), _seconds(data)), _peak(data)
        yield Row(f"time: {name}", taken / may_take, 1, "of limit", detail=f"{taken:.3f} s of {may_take:.2f} s")
        detail = f"{held / 1e6:.1f} MB of {may_hold / 1e6:.0f} MB"
        yield Row(f"memory: {name}", held / may_hold, 1, "of limit", detail=detail)
