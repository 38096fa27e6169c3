"""Three devices, two of them alike, unplugged and plugged in again while `play` plays; run in the virtual machine.

`python guest_unplug.py ROUNDS FOLDER` prints one line of JSON: what each device heard that was not its own, what it had
down at the end by its firmware's own ledger, and how far the one that was never unplugged was off its beat.
"""

import importlib
import json
import os
import random
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.faces.person import command, environment
from tests.kit import hit, smf

KIT = os.environ["HIL_DIR"]
sys.path.insert(0, KIT)
Firmware = importlib.import_module("firmware").Firmware
PATIENCE_S = 60.0
START_S = 180.0
"""All profiles are read when ports are first recognised: half a minute in emulation, more on a busy host."""
PORTS = {"keys": "alsa:KeyStep 37", "a": "alsa:[2-1]", "b": "alsa:[3-1]"}
PITCHES = {"keys": 40, "a": 50, "b": 60}


def devices(*arguments: str) -> None:
    subprocess.run([f"{KIT}/midi-devices.sh", *arguments], check=True, stdout=subprocess.DEVNULL)


def song() -> bytes:
    """A part for each device, on keys of its own, with a program and a pedal."""
    parts = []
    for channel, pitch in enumerate(PITCHES.values()):
        part = [
            (0, bytes((0xC0 | channel, 5))),
            (10, bytes((0xB0 | channel, 64, 127))),
            (900, bytes((0xB0 | channel, 64, 0))),
        ]
        for number in range(8):
            part += hit(pitch + number, number * 125, number * 125 + 100, channel)
        parts.append(part)
    return smf(*parts)


def is_on(message: bytes) -> bool:
    return message[0] & 0xF0 == 0x90 and message[2] > 0


def hears(firmware: Any, since_s: float) -> bool:
    """True when a note came after that."""
    return any(is_on(message) for at_s, message in list(firmware.messages) if at_s > since_s)


def wait_to_hear(firmware: dict[str, Any], names: list[str], patience_s: float = PATIENCE_S) -> None:
    since_s = time.monotonic()
    while not all(hears(firmware[name], since_s) for name in names):
        if time.monotonic() - since_s > patience_s:
            raise AssertionError(f"{names}: nothing was heard again")
        time.sleep(0.05)


def down(messages: list[tuple[float, bytes]]) -> list[str]:
    """Keys and pedals that are down at the end."""
    held: set[tuple[int, int, int]] = set()
    for _, message in messages:
        if message[0] & 0xE0 == 0x80:
            (held.add if is_on(message) else held.discard)((0x90, message[0] & 15, message[1]))
        elif message[0] & 0xF0 == 0xB0 and message[1] == 64:
            (held.add if message[2] >= 64 else held.discard)((0xB0, message[0] & 15, 64))
    return sorted(map(str, held))


def foreign(name: str, messages: list[tuple[float, bytes]]) -> int:
    """Notes of another part."""
    own = range(PITCHES[name], PITCHES[name] + 8)
    return sum(is_on(message) and message[1] not in own for _, message in messages)


def main() -> None:
    rounds, folder = int(sys.argv[1]), Path(sys.argv[2])
    chance = random.Random(rounds)
    devices("start", "--virmidi", "0", "--slots", "3")
    devices("add", "keys", "--vendor", "Arturia", "--product", "KeyStep 37", "--ins", "1", "--outs", "1")
    for name in ("a", "b"):
        devices("add", name, "--product", "Twin Synth", "--serial", "", "--ins", "1", "--outs", "1")
    path = folder / "song.mid"
    path.write_bytes(song())
    firmware = {name: Firmware(name) for name in PORTS}
    to = [word for port in PORTS.values() for word in ("--to", port)]
    with subprocess.Popen(
        command("play", path, *to, "--loop", "0s:1s"), env=environment(), stderr=subprocess.PIPE, text=True
    ) as play:
        try:
            wait_to_hear(firmware, list(PORTS), START_S)
            for _ in range(rounds):
                gone = chance.choice((["a"], ["b"], ["a", "b"], ["b", "a"]))
                for name in gone:
                    devices("unplug", name)
                time.sleep(chance.uniform(0.0, 0.7))
                for name in chance.sample(gone, len(gone)):
                    devices("plug", name)
                wait_to_hear(firmware, list(PORTS))
        finally:
            play.send_signal(2)
            said = play.communicate(timeout=PATIENCE_S)[1]
    heard = {name: list(one.messages) for name, one in firmware.items()}
    beats = [at_s for at_s, message in heard["keys"] if is_on(message)]
    gaps = sorted(after - before for before, after in pairwise(beats))
    answer = {
        "rounds": rounds,
        "code": play.returncode,
        "foreign": {name: foreign(name, messages) for name, messages in heard.items()},
        "down": {name: down(messages) for name, messages in heard.items()},
        "notes": {name: sum(is_on(message) for _, message in messages) for name, messages in heard.items()},
        "undisturbed_gap_ms": [round(1e3 * gaps[len(gaps) * place // 100], 1) for place in (1, 50, 99)],
        "longest_gap_ms": round(1e3 * gaps[-1], 1),
        "said": said.splitlines()[-8:],
    }
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
