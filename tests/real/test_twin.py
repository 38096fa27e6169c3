"""A twin on a real JACK server with its dummy driver, and on ALSA in the virtual machine, played by another program."""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from bridge.core.message import note_on
from bridge.ports.clock import SystemClock
from bridge.ports.open import list_inputs, list_outputs, open_input, open_output
from tests.faces.person import command, environment
from tests.real.guest import run_in_guest
from tests.real.test_jack import Server, until

GUEST = Path(__file__).parent / "hil" / "guest_twin.py"
LIMIT_S = 280
REPLY = "F0 7E 00 06 02 7D 6D 62 01 00 00 00 00 00 F7"

pytestmark = [pytest.mark.real, pytest.mark.timeout(LIMIT_S + 60)]


@pytest.fixture(name="server")
def _server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    try:
        import_module("jack")
    except (ImportError, OSError) as failed:
        pytest.skip(f"there is no JACK here: {failed}")
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "midi-bridge-twin")
    server = Server("midi-bridge-twin")
    yield server
    server.stop()


def named(listed: list[str]) -> str:
    """What is typed for the port of the twin."""
    return f"jack:{next(name for name in listed if 'Twin Bass' in name)}"


@pytest.mark.usefixtures("server")
def test_a_twin_on_jack_is_played_and_answers() -> None:
    twin = subprocess.Popen(
        command("twin", "midi-bridge/twin-bass", "--json", "--on", "jack"),
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert twin.stdout
    assert json.loads(twin.stdout.readline())["name"].endswith(":Twin Bass")
    assert until(lambda: any("Twin Bass" in name for name in list_outputs("jack")))
    clock = SystemClock()
    out = open_output(named(list_outputs("jack")), clock)
    into = open_input(named(list_inputs("jack")), clock)
    out.send(note_on(2, 40, 90), 0)
    out.send(bytes.fromhex("F0 7E 7F 06 01 F7"), 0)
    heard: list[bytes] = []

    def is_answered() -> bool:
        heard.extend(message for _, message in into.receive())
        return bool(heard)

    assert until(is_answered)
    assert [message.hex(" ").upper() for message in heard] == [REPLY]
    assert [json.loads(twin.stdout.readline())["kind"] for _ in range(2)] == ["on", "sends"]
    out.close()
    into.close()
    twin.terminate()
    assert twin.wait(timeout=30) == 0
    twin.stdout.close()


def test_a_twin_on_alsa_is_seen_by_every_program() -> None:
    tests = [sys.executable, "-B", "-m", "pytest", "-v", "-m", "real", "-p", "no:cacheprovider", "-o", "timeout=100"]
    said = run_in_guest(LIMIT_S, *tests, GUEST)
    assert "2 passed" in said, said[-20_000:]
