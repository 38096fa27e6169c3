"""The JACK port on a real server with its dummy driver, and another program at the far end."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from statistics import median

import pytest

from bridge.core.message import note_off, note_on
from bridge.errors import DriverError
from bridge.ports import jack as driver
from bridge.ports.clock import SystemClock
from bridge.ports.jack import Client
from bridge.ports.jack_ports import JackInput, JackOutput
from bridge.ports.open import open_input, open_output

pytestmark = pytest.mark.real

RATE = 48_000
PERIOD = 128
FRAME_NS = 1e9 / RATE
DEADLINE_S = 5.0
SETTLED_NS = 1_500_000_000  # frames and clock are tied by then
ATTEMPTS = 3  # a server that was late itself spoils a run: the next one counts
CLOCK = SystemClock()
Log = list[tuple[int, bytes]]


class Server:
    """A jackd of our own, with the dummy driver."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._process = self._started()

    def _started(self) -> "subprocess.Popen[bytes]":
        environment = dict(os.environ, JACK_NO_AUDIO_RESERVATION="1")
        for flags in (["-R", "-P", "60"], ["-r"]):
            command = ["jackd", "-n", self.name, *flags, "-d", "dummy", "-r", str(RATE), "-p", str(PERIOD)]
            process = subprocess.Popen(
                command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
            )
            if self._answers(process):
                return process
            process.kill()
            process.wait()
        pytest.skip("jackd does not start here, not even with its dummy driver")

    def _answers(self, process: "subprocess.Popen[bytes]") -> bool:
        def is_listing() -> bool:
            with suppress(DriverError):
                driver.outputs()
                return True
            return process.poll() is not None

        return until(is_listing) and process.poll() is None

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(DEADLINE_S)
        self._process.kill()
        self._process.wait()


class FarEnd:
    """The other program, from here."""

    def __init__(self, name: str = "far") -> None:
        self.name = name
        script = Path(__file__).parent / "jack_far_end.py"
        self._process = subprocess.Popen(
            [sys.executable, str(script), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._answer()

    def play(self, count: int, spacing: int) -> None:
        """Let it play, and wait until it has."""
        self._ask(f"play {count} {spacing}")

    def tell(self) -> tuple[Log, Log]:
        """What it played and what it heard, each with its frame."""
        played, heard = ([(frame, bytes.fromhex(text)) for frame, text in log] for log in self._ask("tell"))
        return played, heard

    def heard(self) -> list[bytes]:
        """What it heard."""
        return [message for _, message in self.tell()[1]]

    def kill(self) -> None:
        """End it without a word."""
        self._process.kill()
        self._process.communicate()

    def _ask(self, line: str) -> list[list[tuple[int, str]]]:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> list[list[tuple[int, str]]]:
        assert self._process.stdout
        answer: list[list[tuple[int, str]]] = json.loads(self._process.stdout.readline())
        return answer


def until(is_so: Callable[[], bool]) -> bool:
    """Wait for it, and say whether it has come."""
    end = time.monotonic() + DEADLINE_S
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


@pytest.fixture(name="server")
def _server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    try:
        import_module("jack")
    except (ImportError, OSError) as failed:
        pytest.skip(f"JACK's library is not here: {failed}")
    if not shutil.which("jackd"):
        pytest.skip("jackd is not installed")
    name = f"midi-bridge-test-{os.getpid()}"
    monkeypatch.setenv("JACK_DEFAULT_SERVER", name)
    server = Server(name)
    yield server
    client = Client._opened
    for port in client.ports if client else ():
        port.close()
    server.stop()


@pytest.fixture(name="far")
def _far(server: Server) -> Iterator[FarEnd]:
    far = FarEnd()
    yield far
    far.kill()


@pytest.fixture(name="ear")
def _ear(server: Server) -> Iterator[FarEnd]:
    ear = FarEnd("ear")
    yield ear
    ear.kill()


def opened_output(spec: str) -> JackOutput:
    output = open_output(spec, CLOCK)
    assert isinstance(output, JackOutput)
    return output


def opened_input(spec: str) -> JackInput:
    source = open_input(spec, CLOCK)
    assert isinstance(source, JackInput)
    return source


def undisturbed(port: JackOutput | JackInput, run: Callable[[], None]) -> None:
    """Run until the server was not late itself."""
    for _ in range(ATTEMPTS):
        before = port.xruns
        run()
        if port.xruns == before:
            return
    pytest.skip(f"the server was late in each of {ATTEMPTS} runs: this computer is too busy")


def test_what_is_played_leaves_at_its_frame_and_nothing_is_lost(far: FarEnd) -> None:
    output = opened_output("jack:far:in")
    messages = [note_on(channel, pitch, 90) for channel in range(4) for pitch in range(128)]
    step_ns = 5_123_457
    found: list[Log] = []

    def run() -> None:
        before = len(far.tell()[1])
        start_ns = CLOCK.now_ns() + SETTLED_NS
        for number, message in enumerate(messages):
            CLOCK.wait_until(start_ns + number * step_ns - output.capabilities.horizon_ns)
            output.send(message, start_ns + number * step_ns)
        until(lambda: len(far.tell()[1]) >= before + len(messages))
        found.append(far.tell()[1][before:])

    undisturbed(output, run)
    assert [message for _, message in found[-1]] == messages
    errors = [frame - number * step_ns / FRAME_NS for number, (frame, _) in enumerate(found[-1])]
    assert max(abs(error - median(errors)) for error in errors) <= 1.0
    assert output.late == 0


def test_thru_leaves_at_the_frame_at_which_it_came_in(far: FarEnd, ear: FarEnd) -> None:
    output, source = opened_output("jack:ear:in"), opened_input("jack:far:out")

    def thru(at_ns: int, message: bytes) -> bool:
        output.send(message, at_ns)
        return True

    source.attach(thru)
    found: list[tuple[Log, Log]] = []

    def run() -> None:
        before = len(far.tell()[0]), len(ear.tell()[1])
        far.play(500, 150)
        until(lambda: len(ear.tell()[1]) >= before[1] + 500)
        found.append((far.tell()[0][before[0] :], ear.tell()[1][before[1] :]))

    undisturbed(output, run)
    played, heard = found[-1]
    assert len(played) == 500
    assert heard == played


def test_input_is_stamped_with_the_moment_of_its_frame(far: FarEnd) -> None:
    source = opened_input("jack:far:out")
    found: list[tuple[Log, Log, int]] = []

    def run() -> None:
        before = len(far.tell()[0])
        far.play(300, 200)
        time.sleep(0.05)
        found.append((far.tell()[0][before:], source.receive(), CLOCK.now_ns()))

    undisturbed(source, run)
    played, arrived, now_ns = found[-1]
    assert [message for _, message in arrived] == [message for _, message in played]
    errors = [at_ns - frame * FRAME_NS for (at_ns, _), (frame, _) in zip(arrived, played)]
    assert max(abs(error - median(errors)) for error in errors) < FRAME_NS
    assert 0 < now_ns - arrived[-1][0] < 500_000_000


def test_what_is_due_later_can_be_called_back_until_it_leaves(far: FarEnd) -> None:
    output = opened_output("jack:far:in")
    now_ns = CLOCK.now_ns()
    output.send(note_on(0, 60, 90), now_ns)
    assert until(lambda: far.heard() == [note_on(0, 60, 90)])
    for message in (note_on(0, 64, 90), note_off(0, 60), note_off(0, 64)):
        output.send(message, now_ns + 2_000_000_000)
    output.cancel()
    assert until(lambda: len(far.heard()) == 2)
    time.sleep(0.05)
    assert far.heard() == [note_on(0, 60, 90), note_off(0, 60)]


def test_a_program_that_is_killed_and_started_again_is_played_on(far: FarEnd) -> None:
    output = opened_output("jack:far:in")
    far.kill()
    assert until(lambda: not output.is_connected)
    output.send(note_on(0, 60, 90), CLOCK.now_ns())
    again = FarEnd()
    try:
        assert until(lambda: output.is_connected)
        output.send(note_on(0, 61, 90), CLOCK.now_ns())
        assert until(lambda: again.heard() == [note_on(0, 61, 90)])
    finally:
        again.kill()


def test_what_is_sent_right_before_the_close_still_arrives(far: FarEnd) -> None:
    output = opened_output("jack:far:in")
    output.send(note_on(0, 60, 90), CLOCK.now_ns())
    output.send(note_off(0, 60), CLOCK.now_ns() + output.capabilities.horizon_ns)
    output.close()
    assert far.heard() == [note_on(0, 60, 90), note_off(0, 60)]


def test_the_list_has_other_programs_and_a_port_of_our_own_is_seen_by_them(far: FarEnd) -> None:
    assert "far:in" in driver.outputs()
    assert "far:out" in driver.inputs()
    opened_output("jack:=main")
    with Client.looking() as server:
        assert "midi-bridge:main" in [port.name for port in server.get_ports(is_midi=True)]
    assert "midi-bridge:main" not in driver.inputs()


def test_a_server_that_stops_is_said_in_one_line(
    far: FarEnd, server: Server, capfd: pytest.CaptureFixture[str]
) -> None:
    output = opened_output("jack:far:in")
    server.stop()

    def is_refused() -> bool:
        try:
            output.send(note_on(0, 60, 90), CLOCK.now_ns())
        except DriverError as refused:
            return str(refused).startswith("JACK has stopped (")
        return False

    assert until(is_refused)
    output.close()
    with pytest.raises(DriverError, match=r"^no JACK server runs; start jackd or pipewire"):
        driver.outputs()
    assert capfd.readouterr().err == ""
