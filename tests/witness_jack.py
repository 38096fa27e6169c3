"""Another program on the JACK server: `python witness_jack.py LOG`, as `witness.py` is the far end of a cable.

It prints its name, writes what its port `in` hears to the log as `at_ns hex`, and plays what comes on stdin, in hex, on
its port `out`, each answered by the time at which it was sent.
"""

import os
import sys
import time
from collections import deque

import jack


def main() -> None:
    client = jack.Client("witness", no_start_server=True)
    source, output = client.midi_inports.register("in"), client.midi_outports.register("out")
    waiting: deque[bytes] = deque()
    with open(sys.argv[1], "w", buffering=1) as log:

        def process(frames: int) -> None:
            now_ns = time.monotonic_ns()
            log.writelines(f"{now_ns} {bytes(data).hex()}\n" for _, data in source.incoming_midi_events())
            output.clear_buffer()
            while waiting:
                output.write_midi_event(0, waiting.popleft())

        client.set_process_callback(process)
        client.activate()
        sys.stdout.write(client.name + "\n")
        sys.stdout.flush()
        while words := os.read(sys.stdin.fileno(), 4_096):
            for word in words.split():
                waiting.append(bytes.fromhex(word.decode()))
                sys.stdout.write(f"{time.monotonic_ns()}\n")
            sys.stdout.flush()
        client.deactivate()


if __name__ == "__main__":
    main()
