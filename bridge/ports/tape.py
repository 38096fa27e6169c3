"""A port's traffic as a readable text file: recorded by an output, played back by an input at its times.

One line is one message: nanoseconds since the port was opened, then its bytes in hex; what stands behind `#` is a
comment. Opened by name (`tape:PATH`). It refuses to record over a file that exists, and a tape with a line that
cannot be read, with the number of that line, before anything is played. A tape on which nothing was recorded is not
kept.
"""

import errno
import os
import stat
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Final, TextIO

from bridge.core.clock import Clock
from bridge.core.stream import Stream
from bridge.errors import BadFile, BridgeError, DriverError, RefusedOverwrite
from bridge.ports.base import Capabilities, closed

HEAD: Final = "# midi-bridge tape: nanoseconds since the start, then the bytes of one message\n"
MAX_BYTES: Final = 256 * 1024 * 1024
_FAR_NS: Final = 1 << 62
_TUNE_REQUEST: Final = b"\xf6"  # one whole message, before which anything unfinished is dropped
_WRONG_PATHS: Final = {
    errno.ENOENT: "there is no such file or folder; check the name",
    errno.ENOTDIR: "part of the path is no folder; check the name",
    errno.EISDIR: "it is a folder; name a file in it",
    errno.ENAMETOOLONG: "the name is too long; check it",
    errno.ELOOP: "its links lead in a circle; give the file itself",
}


class TapeOutput:
    """Writes every message that is sent to the file, at once, with the time of its sending."""

    capabilities: Final = Capabilities(virtual=True)

    def __init__(self, name: str, file: TextIO, clock: Clock) -> None:
        """`file` should be line buffered, so that a tape is readable while it is recorded."""
        self.name = name
        self._file = file
        self._clock = clock
        self._start_ns = clock.now_ns()
        self._refusal: str | None = None
        self._is_blank = True
        self._write(HEAD)

    def send(self, message: bytes, due_ns: int) -> None:
        """Write one line now; after a failed write every send fails."""
        if self._file.closed:
            raise closed(self.name)
        self._is_blank = False
        self._write(f"{self._clock.now_ns() - self._start_ns} {message.hex(' ').upper()}\n")

    def close(self) -> None:
        """Let the file go; all that was sent is in it, and where nothing was, it is taken away again."""
        try:
            self._file.close()
            if self._is_blank:
                Path(self._file.name).unlink(missing_ok=True)
        except OSError as failed:
            raise self._failed(failed) from failed

    def _write(self, line: str) -> None:
        if self._refusal:
            raise DriverError(self._refusal)
        try:
            self._file.write(line)
        except OSError as failed:
            raise self._failed(failed) from failed

    def _failed(self, failed: OSError) -> DriverError:
        reason = (failed.strerror or str(failed)).lower()
        self._refusal = f"tape '{self.name}' cannot be written: {reason}; record on another disk"
        return DriverError(self._refusal)


class TapeInput:
    """Plays a tape back: each message arrives at its time, and is stamped with it however late it is asked for."""

    capabilities: Final = Capabilities(stamps_input=True, virtual=True)

    def __init__(self, name: str, recorded: Sequence[tuple[int, bytes]], clock: Clock, start_ns: int) -> None:
        """`recorded` is in order of time, in ns since `start_ns`."""
        self.name = name
        self._clock = clock
        self._coming = [(start_ns + at_ns, message) for at_ns, message in recorded]
        self._first = 0  # the first that has not been received
        self._is_closed = False

    @property
    def next_ns(self) -> int | None:
        """When the next message of the tape arrives, or None."""
        return self._coming[self._first][0] if self._first < len(self._coming) else None

    def receive(self) -> list[tuple[int, bytes]]:
        """What the tape has played since the last call."""
        if self._is_closed:
            raise closed(self.name)
        first = self._first
        self._first = bisect_right(self._coming, self._clock.now_ns(), lo=first, key=itemgetter(0))
        return self._coming[first : self._first]

    def close(self) -> None:
        """Stop the tape; what was not received is not played."""
        self._is_closed = True
        self._coming.clear()
        self._first = 0


def open_output(name: str, clock: Clock) -> TapeOutput:
    """A new tape at the path `name`. Raises RefusedOverwrite where something is there, BadFile, DriverError."""
    try:
        file = _new(_path(name))
    except FileExistsError as failed:
        raise RefusedOverwrite(f"'{name}' exists; record on a tape with another name") from failed
    except OSError as failed:
        raise _cannot_open(name, failed, "written") from failed
    return TapeOutput(name, file, clock)


def open_input(name: str, clock: Clock) -> TapeInput:
    """The tape at the path `name`, which starts now. Raises BadFile, DriverError."""
    return TapeInput(name, read(name), clock, clock.now_ns())


def read(name: str) -> list[tuple[int, bytes]]:
    """All of a tape as (ns since its start, message). Raises BadFile with the number of a line that is unreadable."""
    recorded: list[tuple[int, bytes]] = []
    at_ns = 0
    for number, line in enumerate(_lines(name), 1):
        words = line.partition(b"#")[0].split()
        if not words:
            continue
        try:
            at_ns, message = _entry(words, at_ns)
        except ValueError as failed:
            raise BadFile(f"'{name}' is no tape: line {number:,}: {failed}") from None
        recorded.append((at_ns, message))
    return recorded


def _lines(name: str) -> Iterator[bytes]:
    path = _path(name)
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
            raise BadFile(f"'{name}': it is a device or a pipe; name a file")
        if found.st_size > MAX_BYTES:
            raise BadFile(f"'{name}': it is over 256 MiB, too large for a tape; check the name")
        return iter(path.read_bytes().splitlines())
    except OSError as failed:
        raise _cannot_open(name, failed, "read") from failed


def _entry(words: list[bytes], before_ns: int) -> tuple[int, bytes]:
    """The time and message of one line; ValueError says what is wrong with it."""
    if not words[0].isdigit() or len(words[0]) > 19 or int(words[0]) > _FAR_NS:
        raise ValueError("it does not begin with a time in nanoseconds")
    at_ns = int(words[0])
    if at_ns < before_ns:
        raise ValueError("its time is before that of the line above")
    try:
        message = bytes.fromhex(b" ".join(words[1:]).decode("ascii"))
    except ValueError:
        raise ValueError("behind the time there must be bytes in hex") from None
    stream = Stream(max_sysex=MAX_BYTES)
    cut = stream.feed(message, at_ns) + stream.feed(_TUNE_REQUEST, at_ns)
    if stream.dropped or [whole for _, whole in cut] != [message, _TUNE_REQUEST]:
        raise ValueError("its bytes are not one whole message")
    return at_ns, message


def _new(path: Path) -> TextIO:
    return open(path, "x", encoding="ascii", buffering=1, newline="\n")


def _path(name: str) -> Path:
    if not name or "\0" in name:
        raise BadFile(f"'{name}': no tape can have this name; write tape:PATH")
    return Path(os.path.expanduser(name))  # a shell leaves the ~ behind `tape:` as it is


def _cannot_open(name: str, failed: OSError, what: str) -> BridgeError:
    if failed.errno in _WRONG_PATHS:
        return BadFile(f"'{name}': {_WRONG_PATHS[failed.errno]}")
    reason = (failed.strerror or str(failed)).lower()
    return DriverError(f"tape '{name}' cannot be {what}: {reason}; choose another file")
