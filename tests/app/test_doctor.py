"""Each fault of a computer is found by its own check, with what mends it; a healthy one has none."""

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.app import world
from bridge.app.doctor import CHECKS, Examined, Verdict, World, examine
from bridge.errors import DriverError
from bridge.ports.listing import Listed, Listing, listing
from bridge.ports.open import DRIVERS

HEALTHY = World(
    user="ana",
    inputs=(("rtmidi", "KeyStep 37 MIDI 1"),),
    outputs=(("rtmidi", "Synth"),),
    serial={"/dev/ttyUSB0": True},
    rt_priority=80,
    clock_source="tsc",
    files=(Examined("song.mid"), Examined("song.bridge", is_session=True, song="same")),
    free={".": 1 << 40},
)
NEWER = replace(HEALTHY, python=(3, 13, 1))
MIB = 1 << 20


def found(sick: World) -> list[Verdict]:
    return [one for one in examine(sick) if one.level != "OK"]


def test_a_healthy_computer_gets_an_ok_from_every_check() -> None:
    verdicts = examine(HEALTHY)
    assert {one.level for one in verdicts} == {"OK"}
    assert len(verdicts) >= len(CHECKS)  # but for names, each says that it has looked
    assert all(not one.mend for one in verdicts)
    assert found(NEWER) == []


@pytest.mark.parametrize(
    ("sick", "check", "level", "mend"),
    [
        (replace(HEALTHY, has_driver=False), "python", "error", "install the package python-rtmidi"),
        (replace(NEWER, has_driver=False), "python", "error", "install the package alsa-midi"),
        (replace(NEWER, has_driver=False, system="win32"), "python", "error", "install the package pylibremidi"),
        (replace(NEWER, has_driver=False, system="darwin"), "python", "warning", "use Python 3.11 or 3.12"),
        (replace(HEALTHY, sequencer="missing"), "sequencer", "error", "sudo modprobe snd-seq"),
        (replace(HEALTHY, sequencer="denied"), "sequencer", "error", "sudo usermod -aG audio ana"),
        (replace(HEALTHY, faults={"rtmidi": "it failed: no; load it"}), "ports", "error", "load it"),
        (replace(HEALTHY, inputs=(), outputs=()), "ports", "warning", "plug a device in and switch it on"),
        (replace(HEALTHY, outputs=(("rtmidi", "A"),) * 2), "names", "warning", "unplug all but one of them"),
        (replace(HEALTHY, serial={"/dev/ttyUSB0": False}), "serial", "warning", "sudo usermod -aG dialout ana"),
        (replace(HEALTHY, rt_priority=0), "real time", "warning", "ana - rtprio 80"),
        (replace(HEALTHY, has_jack=False), "jack", "warning", "only if you use JACK"),
        (replace(HEALTHY, clock_source="hpet"), "clock", "warning", "clocksource=tsc"),
        (replace(HEALTHY, clock_step_ns=15_600_000), "clock", "warning", "update the system"),
        (replace(HEALTHY, files=(Examined("x", "'x': gone; check the name"),)), "file", "error", "check the name"),
        (replace(HEALTHY, files=(Examined("x", "'x' is noise"),)), "file", "error", ""),
        (
            replace(HEALTHY, files=(Examined("x", None, True, "'x' is open in another program; close it", "same"),)),
            "file",
            "warning",
            "close it",
        ),
        (replace(HEALTHY, files=(Examined("x", None, True, None, "changed"),)), "file", "warning", "nothing, if"),
        (replace(HEALTHY, files=(Examined("x", None, True, None, "missing"),)), "file", "warning", "put the song back"),
        (replace(HEALTHY, free={"/music": 50 * MIB}), "space", "warning", "free some space"),
        (replace(HEALTHY, free={"/music": MIB}), "space", "error", "free some space"),
    ],
)
def test_one_fault_is_one_verdict_with_what_mends_it(sick: World, check: str, level: str, mend: str) -> None:
    (verdict,) = found(sick)
    assert (verdict.check, verdict.level) == (check, level)
    assert mend in "\n".join(verdict.mend)


def test_real_time_priority_is_mended_by_two_lines_that_can_be_copied() -> None:
    (verdict,) = found(replace(HEALTHY, rt_priority=0))
    assert verdict.mend == (
        "put these two lines into /etc/security/limits.d/95-midi-bridge.conf, then log out and in again:",
        "ana - rtprio 80",
        "ana - memlock unlimited",
    )
    assert found(replace(HEALTHY, rt_priority=0, user=""))[0].mend[1] == "@audio - rtprio 80"


def test_what_only_linux_has_is_not_asked_of_another_system() -> None:
    elsewhere = replace(HEALTHY, system="darwin", sequencer="missing", rt_priority=0, clock_source=None)
    assert found(elsewhere) == []


def test_a_check_looks_at_nothing_but_the_world_it_is_given() -> None:
    assert examine(HEALTHY) == examine(replace(HEALTHY))


def test_this_computer_can_be_looked_at_whatever_it_lacks(tmp_path: Path) -> None:
    ports = (Listed("rtmidi", True, "Synth", "rtmidi:Synth", "synth"), Listed("twin", True, "a", "twin:a", "a"))
    seen = world.look(Listing(ports, {"din": "no"}), [Examined("x")], [tmp_path, tmp_path / "missing"])
    assert seen.outputs == (("rtmidi", "Synth"),)
    assert seen.inputs == ()
    assert seen.faults == {"din": "no"}
    assert list(seen.free) == [str(tmp_path)]
    assert seen.python >= (3, 11)
    assert seen.clock_step_ns >= 1
    assert {one.level for one in examine(seen)} <= {"OK", "warning", "error"}


def test_a_device_that_may_not_be_opened_is_told_from_one_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "seq").touch()
    names = [str(tmp_path / name) for name in ("ttyA", "ttyB", "pulled")]
    for name in names[:2]:
        Path(name).touch()
    listed = [Listed("din", is_output, name, f"din:{name}", name) for is_output in (False, True) for name in names]
    monkeypatch.setattr(world, "SEQUENCER", str(tmp_path / "seq"))
    monkeypatch.setattr("os.access", lambda path, mode: str(path).endswith(("seq", "ttyA")))
    seen = world.look(Listing(tuple(listed), {}), (), ())
    assert seen.sequencer == "there"
    assert seen.serial == {names[0]: True, names[1]: False, names[2]: True}
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert world.look(Listing((), {}), (), ()).sequencer == "denied"
    monkeypatch.setattr(world, "SEQUENCER", str(tmp_path / "missing"))
    assert world.look(Listing((), {}), (), ()).sequencer == "missing"


def test_the_highest_priority_is_that_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr("os.geteuid", lambda: 1_000)
    for hard, allowed in ((0, 0), (80, 80), (resource.RLIM_INFINITY, 99)):
        monkeypatch.setattr(resource, "getrlimit", lambda limit, hard=hard: (0, hard))
        assert world.look(Listing((), {}), (), ()).rt_priority == allowed


def test_a_computer_where_no_jack_server_runs_has_no_fault_and_is_told_so() -> None:
    idle = replace(HEALTHY, has_jack_server=False)
    assert found(idle) == []
    assert "no server answers" in next(one.found for one in examine(idle) if one.check == "jack")


def test_a_jack_server_runs_where_its_driver_answered() -> None:
    def refuses() -> list[str]:
        raise DriverError("no JACK server runs; start jackd")

    jack = replace(DRIVERS["jack"], inputs=list, outputs=list)
    assert world.look(listing({"jack": jack}), (), ()).has_jack_server
    assert not world.look(listing({"jack": replace(jack, outputs=refuses)}), (), ()).has_jack_server


def test_every_serial_device_that_ports_lists_is_looked_at() -> None:
    din = replace(DRIVERS["din"], inputs=lambda: ["/dev/ttyS0"], outputs=lambda: ["/dev/ttyS0"])
    assert list(world.look(listing({"din": din}), (), ()).serial) == ["/dev/ttyS0"]
