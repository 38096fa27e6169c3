"""The far end of a 5-pin DIN cable in a process of its own: `python witness.py LOG`.

It prints the serial device of its other end, writes down each message it hears as a line `at_ns hex`, by the system's
monotonic clock, and plays what it is given on stdin, in hex. It shares no code with the program
under test: mido's parser reads the bytes.
"""

import os
import select
import sys
import time
import tty

import mido


def main() -> None:
    master, slave = os.openpty()
    tty.setraw(master)
    tty.setraw(slave)
    sys.stdout.write(os.ttyname(slave) + "\n")
    sys.stdout.flush()
    parser = mido.Parser()
    with open(sys.argv[1], "w", buffering=1) as log:
        while True:
            ready = select.select([master, sys.stdin], [], [])[0]
            if master in ready:
                data, now_ns = os.read(master, 4_096), time.monotonic_ns()
                parser.feed(data)
                log.writelines(f"{now_ns} {message.hex().replace(' ', '')}\n" for message in parser)
            if sys.stdin in ready:
                words = os.read(sys.stdin.fileno(), 4_096)
                if not words:
                    return
                os.write(master, bytes.fromhex(words.decode()))


if __name__ == "__main__":
    main()
