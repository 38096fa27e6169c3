"""A twin on ALSA's sequencer, played by another program; run inside the virtual machine by tests/real/test_twin.py."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from bridge.core.message import control, note_on
from bridge.ports import alsa
from bridge.ports.clock import SystemClock
from tests.faces.person import command, environment

pytestmark = pytest.mark.real
PATIENCE_S = 20.0
REPLY = "F0 7E 00 06 02 7D 6D 62 01 00 00 00 00 00 F7"


@pytest.fixture(scope="module", autouse=True)
def _sequencer() -> None:
    start = [f"{os.environ['HIL_DIR']}/midi-devices.sh", "start", "--virmidi", "0"]
    subprocess.run(start, check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(name="twin", params=["alsa", "rtmidi"])
def _twin(request: pytest.FixtureRequest) -> "Iterator[subprocess.Popen[str]]":
    process = subprocess.Popen(
        command("twin", "midi-bridge/twin-bass", "--json", "--on", request.param),
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, "it never was so"
        time.sleep(0.01)


def test_every_program_sees_it_by_its_name_plays_it_and_is_answered(twin: "subprocess.Popen[str]") -> None:
    assert twin.stdout
    assert json.loads(twin.stdout.readline())["name"] == "Twin Bass"
    until(lambda: any("Twin Bass" in name for name in alsa.outputs()))
    clock = SystemClock()
    out = alsa.open_output(next(name for name in alsa.outputs() if "Twin Bass" in name), clock)
    into = alsa.open_input(next(name for name in alsa.inputs() if "Twin Bass" in name), clock)
    for message in (note_on(2, 40, 90), bytes.fromhex("F0 7E 7F 06 01 F7"), control(2, 7, 5)):
        out.send(message, 0)
    heard: list[bytes] = []

    def is_answered() -> bool:
        heard.extend(message for _, message in into.receive())
        return bool(heard)

    until(is_answered)
    assert [message.hex(" ").upper() for message in heard] == [REPLY]
    said = [json.loads(twin.stdout.readline()) for _ in range(3)]
    assert sorted(one["kind"] for one in said) == ["control", "on", "sends"]
    out.close()
    into.close()
    twin.terminate()
    assert twin.wait(timeout=PATIENCE_S) == 0
