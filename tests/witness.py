"""The far end of a 5-pin DIN cable in a process of its own: `python witness.py LOG`.

It prints the serial device of its other end, writes down each channel message and SysEx that it hears as a line
`at_ns hex`, by the system's monotonic clock, and plays what it is given on stdin, in hex, each answered by the
time at which it was sent. It shares no code with the program under test.
"""

import os
import select
import sys
import time
import tty


def main() -> None:
    master, slave = os.openpty()
    tty.setraw(master)
    tty.setraw(slave)
    sys.stdout.write(os.ttyname(slave) + "\n")
    sys.stdout.flush()
    status, data = 0, b""
    with open(sys.argv[1], "w", buffering=1) as log:
        while True:
            ready = select.select([master, sys.stdin], [], [])[0]
            if master in ready:
                heard, now_ns = os.read(master, 4_096), time.monotonic_ns()
                for byte in heard:
                    if byte == 0xF7 and status == 0xF0:
                        log.write(f"{now_ns} f0{data.hex()}f7\n")
                    if byte >= 0x80:
                        status, data = (byte, b"") if byte < 0xF8 else (status, data)
                        continue
                    data += bytes((byte,))
                    if status < 0xF0 and len(data) == (1 if status & 0xE0 == 0xC0 else 2):
                        log.write(f"{now_ns} {status:02x}{data.hex()}\n")
                        data = b""  # a running status stands
            if sys.stdin in ready:
                words = os.read(sys.stdin.fileno(), 4_096)
                if not words:
                    return
                for word in words.split():
                    os.write(master, bytes.fromhex(word.decode()))
                    sys.stdout.write(f"{time.monotonic_ns()}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
