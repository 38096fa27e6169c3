"""What is plugged in becomes a rig's file: what is known is in it, and what is not known is for the player to say."""

from collections.abc import Callable
from csv import DictReader
from pathlib import Path
from tomllib import loads

import pytest

from bridge.app import rig_scan
from bridge.app.rig_draft import Said, render, unasked
from bridge.app.rig_scan import Sighting, scan, use_of
from bridge.core.clock import ManualClock
from bridge.errors import DriverError
from bridge.ports.listing import Listed
from bridge.ports.usb_identity import Usb
from bridge.profiles.index import current
from bridge.profiles.load import load
from bridge.profiles.match import Answer, Clues, Matcher
from bridge.profiles.rig import RigFile, check, load_rig
from tests.app.test_recognise import Device

MINITAUR, KEYS = "moog/minitaur", "generic/keys-49"
BASS = bytes.fromhex("F07E0006027D6D6201000000000000F7")
DRUMS = bytes.fromhex("F07E0006027D6D6203000000000000F7")


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(current().known)


Room = Callable[..., list[Sighting]]


@pytest.fixture(name="room")
def _room(monkeypatch: pytest.MonkeyPatch, matcher: Matcher) -> Room:
    """Looks round in a room of ports, each with the replies of what is behind it."""
    clock = ManualClock()

    def look(
        *ports: Listed, replies: dict[str, list[bytes]] | None = None, usb: dict[str, Usb] | None = None
    ) -> list[Sighting]:
        devices = {name: Device(clock, *answers) for name, answers in (replies or {}).items()}

        def opened(spec: str, clock: object) -> Device:
            if spec not in devices:
                raise DriverError("another program has it")
            return devices[spec]

        monkeypatch.setattr(rig_scan, "open_output", opened)
        monkeypatch.setattr(rig_scan, "open_input", opened)
        return scan(ports, usb or {}, matcher, clock, "linux")

    return look


def both(name: str, driver: str = "alsa", is_alone: bool = True) -> tuple[Listed, Listed]:
    spec = f"{driver}:{name.rpartition(':')[2]}"
    return Listed(driver, True, name, spec, spec, is_alone), Listed(driver, False, name, spec, spec, is_alone)


def rig(tmp_path: Path, *found: tuple[Sighting, Said]) -> tuple[str, RigFile]:
    text = render(found)
    path = tmp_path / "rig.toml"
    path.write_text(text, encoding="utf-8")
    read = load_rig(str(path))
    assert read
    return text, read


def drafted(tmp_path: Path, found: list[Sighting]) -> tuple[str, RigFile]:
    return rig(tmp_path, *((one, unasked(one)) for one in found))


def test_a_device_is_known_by_its_name_where_its_port_does_not_open(room: Room, tmp_path: Path) -> None:
    (seen,) = room(*both("Minitaur:Minitaur MIDI 1"))
    assert (seen.answer.profiles, seen.output, seen.is_direct) == ((MINITAUR,), "alsa:Minitaur MIDI 1", True)
    text, read = drafted(tmp_path, [seen])
    (one,) = read.instruments
    assert (one.profile, one.port, one.channels) == (MINITAUR, "alsa:Minitaur MIDI 1", (1,))
    assert "  # by factory setting; change them if it is set otherwise" in text
    assert f'profile = "{MINITAUR}"  # nobody has confirmed its profile on hardware' in text
    assert "# 'Minitaur:Minitaur MIDI 1' is a name of" in text


def test_a_device_with_a_serial_number_is_written_as_that_very_one(room: Room) -> None:
    name = "Minitaur:Minitaur MIDI 1"
    (seen,) = room(*both(name), usb={name: Usb("1c75", "0288", "AB12", "1-1")})
    assert seen.output == "alsa:Minitaur MIDI 1 [AB12]"
    (seen,) = room(*both(f"{name} [1-1]"), usb={f"{name} [1-1]": Usb("1c75", "0288", "0001", "1-1")})
    assert seen.output == "alsa:Minitaur MIDI 1 [1-1]"


def test_behind_a_cable_that_is_unknown_stands_who_answers_through_it(room: Room, tmp_path: Path) -> None:
    found = room(*both("USB MIDI:USB MIDI MIDI 1"), replies={"alsa:USB MIDI MIDI 1": [BASS, DRUMS]})
    assert [(one.answer.profiles, one.is_direct) for one in found] == [
        (("midi-bridge/twin-bass",), False),
        (("midi-bridge/twin-drums",), False),
    ]
    _, read = drafted(tmp_path, found)
    assert [(one.name, one.port, one.channels) for one in read.instruments] == [
        ("Twin Bass", "alsa:USB MIDI MIDI 1@din", (3,)),
        ("Twin Drums", "alsa:USB MIDI MIDI 1@din", (10,)),
    ]


def test_two_that_listen_on_one_channel_of_a_cable_are_left_to_be_set(room: Room, tmp_path: Path) -> None:
    found = room(*both("USB MIDI:USB MIDI MIDI 1"), replies={"alsa:USB MIDI MIDI 1": [BASS]})
    text, read = drafted(tmp_path, found * 2)
    assert [(one.name, one.channels) for one in read.instruments] == [("Twin Bass", (3,)), ("Twin Bass 2", ())]
    assert "# channels = [3]  # another on this port has one of these: set it to others, and say which" in text


def test_what_nobody_knows_is_written_with_what_is_to_be_filled_in(room: Room, tmp_path: Path) -> None:
    text, read = drafted(tmp_path, room(*both("Zzyzx:Zzyzx MIDI 1")))
    assert read == RigFile()  # a controller with lights looks like that too, and would play no note
    instrument, controller = (block.splitlines() for block in text.split("\n\n")[1:])
    assert instrument[:2] == ["# If it sounds, or what is behind it does:", "# [[instruments]]"]
    assert '# # profile = "maker/model"' in instrument
    assert "# # channels = [1]  # the channels it listens on; without this line all sixteen" in instrument
    assert controller[:2] == ["# If it has keys, knobs or pads:", "# [[controllers]]"]
    assert check(loads("\n".join(line.removeprefix("# ") for line in instrument[1:])), "rig.toml").instruments


@pytest.mark.parametrize(("profile", "counts"), [("moog/minitaur", (1, 0)), ("akai/lpd8", (0, 1))])
def test_what_is_one_of_several_of_a_kind_is_of_that_kind(
    profile: str, counts: tuple[int, int], tmp_path: Path
) -> None:
    one = Sighting("Thing", "alsa:Thing", "alsa:Thing", Answer("set", (profile, profile), ()))
    _, read = drafted(tmp_path, [one])
    assert (len(read.instruments), len(read.controllers)) == counts


def test_of_all_ports_that_anybody_has_seen_none_is_taken_for_an_instrument_by_guess(
    matcher: Matcher, tmp_path: Path
) -> None:
    with (Path(__file__).parents[1] / "data" / "port-names.csv").open(encoding="utf-8") as file:
        names = sorted({row["port_name"] for row in DictReader(file)})
    answers = {name: matcher.answer(Clues(name)) for name in names}
    seen = [Sighting(name, name, name, one) for name, one in answers.items() if not one.profiles]
    assert len(seen) > 100
    assert drafted(tmp_path, seen)[1] == RigFile()


def test_what_only_sends_is_a_controller(room: Room, tmp_path: Path) -> None:
    _, read = drafted(tmp_path, room(both("Zzyzx:Zzyzx MIDI 1")[1]))
    assert ([one.port for one in read.controllers], read.instruments) == (["alsa:Zzyzx MIDI 1"], ())


def test_a_controller_is_no_instrument_though_it_can_be_sent_to(room: Room, tmp_path: Path) -> None:
    name = "APC Key 25 mk2:APC Key 25 mk2 Keys"
    _, read = drafted(tmp_path, room(*both(name)))
    assert [(one.profile, one.name) for one in read.controllers] == [("akai/apc-key-25-mk2", "APC Key 25 mk2")]
    assert read.instruments == ()


def test_programs_cables_and_ports_for_other_programs_are_left_out(room: Room) -> None:
    found = room(
        *both("Midi Through:Midi Through Port-0"),
        *both("system:midi_playback_1", "jack"),
        *both("Launchkey MK3 49:Launchkey MK3 49 LKMK3 DAW In"),
        *both("Launchkey MK3 49:Launchkey MK3 49 LKMK3 MIDI"),
        *both("Synth:MIDI 1", is_alone=False),
    )
    assert [one.name for one in found] == ["Launchkey MK3 49 LKMK3 MIDI"]


def test_a_port_is_for_what_the_longest_name_that_fits_it_says() -> None:
    launchkey = load("novation/launchkey-mk3")
    assert use_of(launchkey, "LKMK3 MIDI") == "play"
    assert use_of(launchkey, "LKMK3 DAW") == "daw"
    assert use_of(launchkey, "something else") == "play"


def test_one_of_several_is_for_the_player_to_choose(tmp_path: Path) -> None:
    open_set = Sighting(
        "USB Synth", "alsa:USB Synth", None, Answer("set", ("moog/minitaur", "generic/piano"), ("left open",))
    )
    text, read = drafted(tmp_path, [open_set])
    assert read.instruments[0].profile is None
    assert '# it may be one of these; midi-bridge profiles list names them all:\n# profile = "moog/minitaur"\n' in text
    _, read = rig(tmp_path, (open_set, Said("generic/piano", (4,))))
    assert (read.instruments[0].profile, read.instruments[0].channels) == ("generic/piano", (4,))


def test_what_the_player_does_not_want_is_not_written(tmp_path: Path) -> None:
    one = Sighting("USB Synth", "alsa:USB Synth", None, Answer("unknown", (), ()))
    text, read = rig(tmp_path, (one, Said(is_wanted=False)))
    assert read == RigFile()
    assert "# Nothing was found." in text


@pytest.mark.parametrize("name", ['a "quoted" name', "back\\slash", "Tastatur für Müller", "two\nlines\x7f"])
def test_whatever_a_port_is_called_the_file_can_be_read(name: str, tmp_path: Path) -> None:
    one = Sighting(name, f"alsa:{name}", f"alsa:{name}", Answer("vendor", (), (), vendors=("A\nB",)))
    text, read = rig(tmp_path, (one, Said(kind="instrument")))
    assert (read.instruments[0].name, read.instruments[0].port) == (name, f"alsa:{name}")
    assert "# it is made by A?B" in text
