"""Host and engine killed in turn while they play through ALSA; run in the virtual machine by tests/real/test_kills.py.

`python guest_kills.py TIMES SECONDS FOLDER` kills each so often, and stops early when the seconds are over. It prints
one line of JSON for each kill: who was killed and the milliseconds until the last thing was let go of.
"""

import json
import os
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

from tests.real.test_kills import VICTIMS, silent_after


def main() -> None:
    times, seconds, folder = int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])
    load = (Path(os.environ["HIL_DIR"]) / "midi-devices.sh", "start", "--virmidi", "0", "--slots", "1")
    subprocess.run(load, check=True, stdout=subprocess.DEVNULL)  # the sequencer's modules
    end_s = time.monotonic() + seconds
    for seed, victim in product(range(times), VICTIMS):
        if time.monotonic() > end_s:
            break
        ms = silent_after(folder / f"{victim}{seed}", "alsa", victim, seed)
        sys.stdout.write(json.dumps({"victim": victim, "ms": ms}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
