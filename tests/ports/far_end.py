"""The far end of a 5-pin DIN cable in tests: a pseudo-terminal, whose other side is the serial device."""

import os
import select
from dataclasses import dataclass

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
