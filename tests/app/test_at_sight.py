"""At sight a port is the device that its name says for sure, and nothing where it says nothing."""

import pytest

from bridge.app.at_sight import Recogniser
from bridge.profiles.index import current
from bridge.profiles.known import Known

SIGHT = Recogniser(lambda: current().known)


def profile(driver: str, name: str, *, is_output: bool = True) -> str | None:
    found = SIGHT.device(driver, name, is_output=is_output)
    return found and found.profile.name


@pytest.mark.parametrize(
    ("driver", "name", "expected"),
    [
        ("rtmidi", "Moog Minitaur:Moog Minitaur MIDI 1 20:0", "moog/minitaur"),
        ("rtmidi", "Moog Minitaur:Moog Minitaur MIDI 1 [AB12]", "moog/minitaur"),
        ("jack", "a2j:Moog Minitaur [20] (playback): Moog Minitaur MIDI 1", "moog/minitaur"),
        ("jack", "=Moog Minitaur", None),
        ("jack", "system:midi_playback_1", None),
        ("rtmidi", "UM-ONE:UM-ONE MIDI 1 24:0", None),
        ("rtmidi", "Moog Toaster", None),
        ("din", "/dev/serial/by-id/usb-Moog_Minitaur", None),
        ("tape", "Moog Minitaur", None),
        ("loop", "Moog Minitaur", None),
        ("twin", "moog/minitaur", None),
    ],
)
def test_a_port_is_the_device_that_it_is_named_after(driver: str, name: str, expected: str | None) -> None:
    assert profile(driver, name) == expected


def test_a_port_for_other_programs_is_not_the_device_that_has_it() -> None:
    name = "Launchkey MK3 49:Launchkey MK3 49 LKMK3 {} 20:0"
    assert profile("rtmidi", name.format("MIDI In"), is_output=False) == "novation/launchkey-mk3"
    assert profile("rtmidi", name.format("DAW In"), is_output=False) is None


def test_usb_ids_say_what_a_name_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = {"Keys:Keys MIDI 1": "1c75:024b"}
    monkeypatch.setattr("bridge.ports.alsa.usb_ids", lambda is_output: {} if is_output else ids)
    assert profile("alsa", "Keys:Keys MIDI 1", is_output=False) == "arturia/keylab-mkii"
    assert profile("alsa", "Keys:Keys MIDI 1 [AB12]", is_output=False) == "arturia/keylab-mkii"
    assert profile("alsa", "Keys:Keys MIDI 1", is_output=True) is None
    assert profile("rtmidi", "Keys:Keys MIDI 1", is_output=False) is None


def test_what_nobody_has_confirmed_on_hardware_is_said_to_be_so() -> None:
    found = SIGHT.device("rtmidi", "Moog Minitaur", is_output=True)
    assert found
    assert str(found) == "'Minitaur' is moog/minitaur; nobody has confirmed its profile on hardware"
    tried = found.profile.model_copy(update={"confirmed": (object(),)})
    assert str(found._replace(profile=tried)) == "'Minitaur' is moog/minitaur"


def test_for_ports_without_hardware_no_profile_is_looked_up() -> None:
    def unwanted() -> Known:
        raise AssertionError

    assert Recogniser(unwanted).device("twin", "module", is_output=True) is None
