"""The far end of a 5-pin DIN cable, as a process of its own: `python din_wire.py FD`; shares no code with the program.

Takes a byte from the pseudo-terminal FD when the simulated socket is free for it, 320 us a byte. A line on stdin ends
it; then it prints one line a byte: its value and when its last bit has arrived, in ns of the monotonic clock.
"""

import os
import select
import sys
import time

BYTE_NS = 320_000
FIFO = 16  # bytes a serial chip takes ahead


def main(master: int) -> None:
    """Listen until a line comes on stdin and nothing more is waiting."""
    heard: list[tuple[int, int]] = []
    free_ns = 0
    while True:
        ready, _, _ = select.select([master, sys.stdin], [], [])
        if master not in ready:
            break
        ahead = max(0, free_ns - time.monotonic_ns()) // BYTE_NS
        if ahead >= FIFO:
            time.sleep(BYTE_NS / 1e9)
            continue
        data = os.read(master, FIFO - ahead)
        now_ns = time.monotonic_ns()
        for byte in data:
            free_ns = max(free_ns, now_ns) + BYTE_NS
            heard.append((byte, free_ns))
    print("\n".join(f"{byte} {at_ns}" for byte, at_ns in heard))


if __name__ == "__main__":
    main(int(sys.argv[1]))
