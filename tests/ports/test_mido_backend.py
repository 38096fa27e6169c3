"""A program that was written for mido plays on the ports of this one."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import mido
import pytest

from bridge.core.clock import ManualClock
from bridge.ports import mido_backend, tape
from bridge.ports.twin import TwinPort

ROOT = Path(__file__).parents[2]
PROGRAM = """
import mido
with mido.open_output("tape:" + {path!r}) as port:
    port.send(mido.Message("note_on", channel=3, note=60, velocity=90))
    port.send(mido.Message("sysex", data=(125, 1)))
print(*mido.get_output_names(), sep="\\n")
"""


@pytest.fixture(name="backend")
def _backend(monkeypatch: pytest.MonkeyPatch) -> mido.Backend:
    for name in ("MIDO_DEFAULT_INPUT", "MIDO_DEFAULT_OUTPUT", "MIDO_DEFAULT_IOPORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(mido_backend, "_CLOCK", ManualClock())
    return mido.Backend("bridge.ports.mido_backend")


def test_a_mido_program_chooses_our_ports_by_the_environment_alone(tmp_path: Path) -> None:
    path = str(tmp_path / "a.tape")
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(path=path)],
        env={**os.environ, "MIDO_BACKEND": "bridge.ports.mido_backend", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert [message for _, message in tape.read(path)] == [b"\x93\x3c\x5a", b"\xf0\x7d\x01\xf7"]
    assert {"twin:bass", "twin:module"} <= set(told.stdout.split("\n"))


def test_mido_lists_inputs_and_outputs_by_the_names_that_open_them(backend: mido.Backend) -> None:
    assert "twin:controller" in backend.get_input_names()
    assert "twin:controller" not in backend.get_output_names()
    assert {"twin:bass", "twin:drums", "twin:module"} <= set(backend.get_output_names())


def test_what_goes_into_a_loop_comes_out_as_mido_s_message(backend: mido.Backend) -> None:
    sent = [mido.Message("note_on", channel=2, note=61, velocity=7), mido.Message("sysex", data=(1, 2)), CLOCK]
    with backend.open_output("loop:mido") as out, backend.open_input("loop:mido") as into:
        for message in sent:
            out.send(message)
        assert list(into.iter_pending()) == sent
        assert into.poll() is None
        out.send(sent[0])
        assert into.receive() == sent[0]


CLOCK = mido.Message("clock")


def test_one_name_opens_both_ways(backend: mido.Backend) -> None:
    with backend.open_ioport("loop:both") as port:
        port.send(CLOCK)
        assert port.poll() == CLOCK


def test_a_handle_that_is_closed_or_forgotten_ends_itself_alone(backend: mido.Backend) -> None:
    with backend.open_output("loop:q") as out, backend.open_input("loop:q") as into:
        backend.open_output("loop:q").close()
        backend.open_input("loop:q")
        gc.collect()  # mido closes one that nobody holds
        out.send(CLOCK)
        assert into.poll() == CLOCK


def test_a_twin_hears_what_mido_plays(backend: mido.Backend) -> None:
    port = backend.open_output("twin:module", autoreset=True)
    assert isinstance(port._port, TwinPort)
    port.send(mido.Message("note_on", channel=0, note=60, velocity=90))
    (twin,) = port._port.twins
    port.close()
    assert [(one.kind, one.number) for one in twin.log][:2] == [("on", 60), ("control", 123)]
    assert twin.sounding == []


def test_a_port_without_a_name_is_the_first(backend: mido.Backend) -> None:
    with backend.open_output() as port:
        assert port.name == backend.get_output_names()[0]


@pytest.mark.parametrize(
    ("name", "options", "line"),
    [
        ("no such port", {}, "no port 'no such port'; there are: "),
        ("tape:", {}, "no tape can have this name"),
        ("loop:a", {"virtual": True}, "virtual ports are not supported"),
    ],
)
def test_what_cannot_be_opened_is_an_os_error_as_mido_programs_expect(
    name: str, options: dict[str, bool], line: str, backend: mido.Backend
) -> None:
    with pytest.raises(OSError, match=line):
        backend.open_output(name, **options)
    with pytest.raises(OSError, match=line):
        backend.open_input(name, **options)


def test_a_callback_is_refused_and_not_forgotten(backend: mido.Backend) -> None:
    with pytest.raises(OSError, match="callbacks are not supported"):
        backend.open_input("loop:a", callback=print)


def test_a_port_that_fails_under_mido_is_an_os_error(backend: mido.Backend) -> None:
    with backend.open_output("loop:cut") as port:
        port._port.close()
        with pytest.raises(OSError, match="'cut' is closed"):
            port.send(CLOCK)


def test_nothing_of_midi_bridge_that_plays_loads_mido() -> None:
    code = "import sys, bridge.faces.play, bridge.faces.ports, bridge.faces.doctor\nprint('mido' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"
    assert "mido" in vars(mido_backend)["Message"].__module__
