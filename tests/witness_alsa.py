"""Another program in ALSA's sequencer: `python witness_alsa.py LOG`, as `witness.py` is the far end of a cable.

It prints its name, writes what its port `in` hears to the log as `at_ns hex`, and plays what comes on stdin, in hex, on
its port `out`, each answered by the time at which it was sent. What is heard has the kernel's own stamps.
"""

import os
import sys
import threading
import time
from typing import Final

from alsa_midi import MidiBytesEvent, PortCaps, RealTime, SequencerClient

POOL: Final = 2_000
FINE: Final = 6_250  # the timer's resolution, in its own units


def listen(name: str, log_path: str) -> None:
    """Take everything in, for ever, on a thread of its own."""
    client = SequencerClient(name)
    client.set_client_pool_input(POOL)
    queue = client.create_queue()
    timer = queue.get_timer()
    timer.resolution = FINE
    queue.set_timer(timer)
    queue.start()
    client.drain_output()
    caps = PortCaps.WRITE | PortCaps.SUBS_WRITE
    port = client.create_port("in", caps=caps, timestamping=True, timestamp_real=True, timestamp_queue=queue)
    before_ns = time.monotonic_ns()
    began_ns = (before_ns + time.monotonic_ns()) // 2 - _ns(queue.get_status().real_time)
    sys.stdout.write(name + "\n")
    sys.stdout.flush()
    with open(log_path, "w", buffering=1) as log:
        while port.port_id is not None:  # the port goes when nobody holds it
            event = client.event_input(prefer_bytes=True)
            if isinstance(event, MidiBytesEvent) and event.midi_bytes:
                assert isinstance(event.time, RealTime)
                log.write(f"{began_ns + _ns(event.time)} {bytes(event.midi_bytes).hex()}\n")


def _ns(time: RealTime) -> int:
    return int(time.seconds * 1_000_000_000 + time.nanoseconds)


def main() -> None:
    name = f"witness-{os.getpid()}"
    player = SequencerClient(name)
    output = player.create_port("out", caps=PortCaps.READ | PortCaps.SUBS_READ)
    threading.Thread(target=listen, args=(name, sys.argv[1]), daemon=True).start()
    while words := os.read(sys.stdin.fileno(), 4_096):
        for word in words.decode().split():
            player.event_output(MidiBytesEvent(bytes.fromhex(word)), port=output)
            player.drain_output()
            sys.stdout.write(f"{time.monotonic_ns()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
