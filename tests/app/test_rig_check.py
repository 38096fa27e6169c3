"""A rig is tried: each entry is found, missing or one of several, and every note that was begun is ended."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bridge.app import rig_check
from bridge.app.listen import Attention
from bridge.app.rig_check import NOTE_NS, SOFT, Checked, check
from bridge.core.clock import ManualClock
from bridge.core.message import note_off, note_on
from bridge.errors import DriverError, SeveralPorts, UnknownPort
from bridge.ports.base import Capabilities
from bridge.profiles.index import Index, current
from bridge.profiles.rig import ControllerEntry, InstrumentEntry, RigFile


@dataclass
class Output:
    """An output that keeps what it is sent, and fails after so many messages."""

    clock: ManualClock
    lasts: int = 99
    sent: list[tuple[int, bytes]] = field(default_factory=list)
    name: str = "output"
    capabilities: Capabilities = field(default_factory=Capabilities)
    is_closed: bool = False

    def send(self, message: bytes, due_ns: int) -> None:
        self.sent.append((self.clock.now_ns(), message))
        if len(self.sent) > self.lasts:
            raise DriverError("it was pulled out")

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture(name="clock")
def _clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(name="outputs")
def _outputs(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> dict[str, Output]:
    """What is plugged in, by the port as it is typed."""
    found: dict[str, Output] = {}

    def there(spec: str) -> tuple[str, str]:
        if spec == "synth":
            raise SeveralPorts("'synth' may mean several ports: a, b; write more of the name")
        if spec not in found:
            raise UnknownPort(f"no port '{spec}'; there are: many")
        return "alsa", spec

    monkeypatch.setattr(rig_check, "output_there", there)
    monkeypatch.setattr(rig_check, "input_there", there)
    monkeypatch.setattr(rig_check, "open_output", lambda spec, clock: found[spec])
    return found


@pytest.fixture(scope="module")
def index() -> Index:
    return current()


BASS = InstrumentEntry(name="Bass", profile="midi-bridge/twin-bass", port="bass")
OTHER = InstrumentEntry(name="Other", port="other", channels=(7, 2))


def test_one_soft_note_is_played_on_each_within_its_range(
    clock: ManualClock, outputs: dict[str, Output], index: Index
) -> None:
    outputs |= {"bass": Output(clock), "other": Output(clock)}
    done = list(check(RigFile(instruments=(BASS, OTHER)), index, Attention(clock)))
    assert [(one.name, one.state, one.played) for one in done] == [
        ("Bass", "found", (3, 60)),
        ("Other", "found", (7, 60)),
    ]
    assert outputs["bass"].sent == [(0, note_on(2, 60, SOFT)), (NOTE_NS, note_off(2, 60))]
    assert outputs["other"].sent == [(NOTE_NS, note_on(6, 60, SOFT)), (2 * NOTE_NS, note_off(6, 60))]
    assert all(one.is_closed for one in outputs.values())


def test_what_is_missing_or_one_of_several_is_said_and_never_played(
    clock: ManualClock, outputs: dict[str, Output], index: Index
) -> None:
    outputs |= {"keys": Output(clock)}
    rig = RigFile(
        instruments=(BASS, InstrumentEntry(name="Synth", port="synth")),
        controllers=(ControllerEntry(name="Keys", port="keys"), ControllerEntry(name="Pads", port="pads")),
    )
    assert list(check(rig, index, Attention(clock))) == [
        Checked("instrument", "Bass", "midi-bridge/twin-bass", "bass", "missing", "no port 'bass'"),
        Checked("instrument", "Synth", None, "synth", "several", "'synth' may mean several ports: a, b"),
        Checked("controller", "Keys", None, "keys", "found"),
        Checked("controller", "Pads", None, "pads", "missing", "no port 'pads'"),
    ]
    assert outputs["keys"].sent == []


@pytest.mark.parametrize("lasts", [0, 1])
def test_a_port_that_fails_is_let_go_of_and_the_rest_is_tried(
    lasts: int, clock: ManualClock, outputs: dict[str, Output], index: Index
) -> None:
    outputs |= {"bass": Output(clock, lasts), "other": Output(clock)}
    first, second = check(RigFile(instruments=(BASS, OTHER)), index, Attention(clock))
    assert (first.state, first.why, first.played) == ("failed", "it was pulled out", None)
    assert outputs["bass"].sent[-1][1] == note_off(2, 60)
    assert outputs["bass"].is_closed
    assert second.state == "found"


def test_ctrl_c_ends_the_note_at_once_and_nothing_more_is_played(outputs: dict[str, Output], index: Index) -> None:
    class Impatient(ManualClock):
        """Somebody presses Ctrl-C while the first note sounds."""

        act: Callable[[], None]

        def wait_until(self, at_ns: int) -> None:
            super().wait_until(at_ns)
            self.act()

    clock = Impatient()
    attention = Attention(clock)
    clock.act = attention.stop
    outputs |= {"bass": Output(clock), "other": Output(clock)}
    done = list(check(RigFile(instruments=(BASS, OTHER)), index, attention))
    assert [one.name for one in done] == ["Bass"]
    assert [message for _, message in outputs["bass"].sent] == [note_on(2, 60, SOFT), note_off(2, 60)]
    assert outputs["bass"].sent[-1][0] < NOTE_NS
    assert outputs["other"].sent == []


def test_of_the_profiles_only_the_index_is_read(
    clock: ManualClock, outputs: dict[str, Output], index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(path: Path) -> object:
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr("bridge.profiles.load.read", read)
    outputs |= {"bass": Output(clock)}
    assert [one.state for one in check(RigFile(instruments=(BASS,)), index, Attention(clock))] == ["found"]
