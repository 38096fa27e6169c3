"""The far end of a 5-pin DIN cable in tests: a pseudo-terminal, whose other side is the serial device."""

import os
import select
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

DEADLINE_S = 2.0


@dataclass(slots=True)
class FarEnd:
    """The socket at the other end of the cable; `name` is the device at this end."""

    master: int
    slave: int
    name: str

    @classmethod
    def plugged(cls) -> "FarEnd":
        """A new cable; the test is skipped where the system gives none."""
        tty = pytest.importorskip("tty", reason="this system has no pseudo-terminals")
        try:
            master, slave = os.openpty()
        except OSError as failed:
            pytest.skip(f"this system gives no pseudo-terminal: {failed}")
        tty.setraw(master)
        tty.setraw(slave)
        return cls(master, slave, os.ttyname(slave))

    def read(self, count: int) -> bytes:
        """At least `count` bytes, or what came before the deadline."""
        data = b""
        while len(data) < count and select.select([self.master], [], [], DEADLINE_S)[0]:
            data += os.read(self.master, 4_096)
        return data

    def waiting(self) -> bytes:
        """What is there already."""
        return os.read(self.master, 4_096) if select.select([self.master], [], [], 0)[0] else b""

    def play(self, data: bytes) -> None:
        """Send bytes the other way, and see them arrive."""
        os.write(self.master, data)
        select.select([self.slave], [], [], DEADLINE_S)

    def close(self) -> None:
        """Leave nothing open."""
        self.unplug()
        os.close(self.slave)

    def unplug(self) -> None:
        """Pull the cable out, once."""
        if self.master >= 0:
            os.close(self.master)
            self.master = -1


class Cable:
    """A serial device whose name stays while its far end is pulled out and plugged in again."""

    def __init__(self, folder: Path) -> None:
        self.name = str(folder / "ttyMIDI")
        self.ends: list[FarEnd] = []
        self.plug()

    @property
    def far(self) -> FarEnd:
        """The far end that is plugged in, or was last."""
        return self.ends[-1]

    def plug(self) -> None:
        """Plug it in; it is another pseudo-terminal each time."""
        self.ends.append(FarEnd.plugged())
        os.symlink(self.far.name, self.name)

    def unplug(self) -> None:
        """Pull it out."""
        os.unlink(self.name)
        self.far.unplug()

    def close(self) -> None:
        """Leave nothing open."""
        for end in self.ends:
            end.close()


def wait_for_look(name: str) -> None:
    """Return when nobody looks any more for the device that was opened by that name."""
    for thread in threading.enumerate():
        if thread.name == f"look for {name}":
            thread.join(DEADLINE_S)
            assert not thread.is_alive()
