"""`twin` opens a simulated device for any other program, and says what happens in it."""

import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.core.message import control, note_off, note_on
from tests.faces.person import command, environment, is_one_line, midi_bridge

ASK = bytes.fromhex("F0 7E 7F 06 01 F7")
FILE = """
name = "me/mine"
maker = "Me"
model = "Mine"
models = ["Mine", "Mine XL"]
kind = "instrument"
source = "assumed"

[[slots]]
channels = [1]

[[parameters]]
name = "Store"
cc = 75
safety = "stores"
"""


class Opened:
    """A twin in a process of its own, reached by a socket."""

    def __init__(self, *arguments: object) -> None:
        self.process = subprocess.Popen(
            command("twin", *arguments, "--on", "socket"),
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.first = self.line()
        found = re.search(r"127\.0\.0\.1:(\d+)", self.first)
        assert found, self.first
        self.cable = socket.create_connection(("127.0.0.1", int(found[1])))

    def line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()

    def end(self) -> tuple[int, str, str]:
        """Ctrl-C: exit code, the rest of the answer, the talk."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@pytest.fixture(name="opened")
def _opened() -> Iterator[list[Opened]]:
    """The twins of a test, ended with it."""
    opened: list[Opened] = []
    yield opened
    for one in opened:
        one.cable.close()
        one.process.kill()
        one.process.communicate()


def test_another_program_plays_a_twin_and_reads_what_it_did(opened: list[Opened]) -> None:
    twin = Opened("midi-bridge/twin-bass", "--json")
    opened.append(twin)
    where = json.loads(twin.first)
    assert (where["kind"], where["profile"], where["on"]) == ("where", "midi-bridge/twin-bass", "socket")
    twin.cable.sendall(note_on(2, 36, 90) + control(2, 7, 100) + note_off(2, 36) + ASK)
    said = [json.loads(twin.line()) for _ in range(4)]
    assert [(one["kind"], one.get("channel"), one.get("number"), one.get("value")) for one in said] == [
        ("on", 3, 36, 90),
        ("control", 3, 7, 100),
        ("off", 3, 36, 0),
        ("sends", None, None, None),
    ]
    reply = "F0 7E 00 06 02 7D 6D 62 01 00 00 00 00 00 F7"
    assert said[3]["bytes"] == reply
    assert twin.cable.recv(64).hex(" ").upper() == reply
    code, out, err = twin.end()
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "kind": "end",
        "heard": 4,
        "lost_bytes": 0,
        "order_faults": 0,
        "down": 0,
        "out_of_range": 0,
        "stored": 0,
    }


def test_a_person_reads_where_it_is_and_what_it_hears(opened: list[Opened]) -> None:
    twin = Opened("midi-bridge/twin-module")
    opened.append(twin)
    assert twin.first.startswith("the twin of midi-bridge Twin Module is at 127.0.0.1:")
    assert twin.first.endswith("; Ctrl-C ends it\n")
    twin.cable.sendall(note_on(0, 60, 90))
    assert twin.line().split()[1:] == ["on", "channel", "1", "C4", "(60)", "90"]
    assert twin.end()[1] == "1 heard, 0 lost bytes, 0 order faults, 1 down, 0 out of range, 0 stored\n"


def test_a_file_of_ones_own_is_played_and_what_it_stores_is_told(opened: list[Opened], tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(FILE)
    twin = Opened(tmp_path / "mine.toml", "--model", "Mine XL")
    opened.append(twin)
    twin.cable.sendall(control(0, 75, 1))
    assert twin.line().split()[1:] == ["control", "channel", "1", "75", "1"]
    assert twin.line().rstrip().endswith("Store = 1  (its memory has changed)")


def test_a_hand_on_stdin_moves_controls(opened: list[Opened]) -> None:
    twin = Opened("midi-bridge/twin-controller", "--hand")
    opened.append(twin)
    assert twin.process.stdin
    twin.process.stdin.write("keys 60 100\nnothing 5\n")
    twin.process.stdin.flush()
    assert twin.cable.recv(3) == note_on(0, 60, 100)
    assert twin.line().split()[1:] == ["sends", "90", "3C", "64"]
    assert twin.end()[2] == "midi-bridge: no control 'nothing'\n"


@pytest.mark.skipif(os.name != "posix", reason="this system has no pseudo-terminals")
def test_by_itself_it_is_behind_a_pseudo_terminal() -> None:
    process = subprocess.Popen(
        command("twin", "midi-bridge/twin-bass", "--json"), env=environment(), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    where = json.loads(process.stdout.readline())
    device = os.open(where["name"], os.O_RDWR | os.O_NOCTTY)
    os.write(device, note_on(2, 40, 90))
    assert json.loads(process.stdout.readline())["kind"] == "on"
    os.close(device)
    process.terminate()
    assert process.wait(timeout=30) == 0
    process.stdout.close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("twin", "no/such"), "no profile 'no/such'"),
        (("twin", "midi-bridge/twin-bass", "--on", "moon"), "no place 'moon' for a twin"),
        (("twin", "midi-bridge/twin-bass", "--model", "XL"), "no model 'XL' in midi-bridge/twin-bass"),
        (
            ("twin", "nowhere.toml"),
            "cannot read 'nowhere.toml': no such file or directory; check its name",
        ),
    ],
)
def test_what_cannot_be_opened_is_refused_in_one_line(arguments: tuple[str, ...], said: str) -> None:
    ran = midi_bridge(*arguments)
    assert ran.code == 2
    assert is_one_line(ran.err)
    assert said in ran.err
