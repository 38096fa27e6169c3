"""What is played on: what was typed, else the rig's file, else the twins; and what stands behind each port."""

from pathlib import Path
from typing import Any

import pytest

from bridge.app.rig import (
    CONTROLLER_PROFILE,
    Plan,
    instruments_of,
    open_rig,
    output_there,
    plan,
    rig_of,
    stands_behind,
)
from bridge.arrange.route_parts import Seat
from bridge.core.clock import ManualClock
from bridge.errors import BadRig, DriverError, UnknownPort
from bridge.ports.loopback import Loopback
from bridge.ports.open import DRIVERS, Driver
from bridge.profiles.load import data_folder
from tests.conftest import rig_file
from tests.kit import MS

pytestmark = pytest.mark.usefixtures("home")

RIG = """
[[instruments]]
name = "Bass"
profile = "midi-bridge/twin-bass"
port = "twin:bass+drums"
channels = [5]

[[instruments]]
name = "Kit"
profile = "midi-bridge/twin-drums"
port = "twin:bas+drum"
latency_ms = 7.5

[[instruments]]
name = "Sampler"
port = "twin:module"
channels = [1, 10]
latency_ms = 2

[[controllers]]
name = "Hands"
profile = "midi-bridge/twin-controller"
port = "twin:controller"
"""


@pytest.fixture(name="plugged")
def _plugged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the ports that a system has, in both directions."""
    there: list[str] = []
    monkeypatch.setitem(DRIVERS, "rtmidi", Driver(there.copy, there.copy, Loopback, Loopback))
    return there


def planned(to: tuple[str, ...] = (), source: str | None = None, name: str | None = None, fast: bool = False) -> Plan:
    return plan(to, source, name, is_fast=fast)


def test_without_a_rig_and_without_a_word_it_is_silent_twins() -> None:
    assert planned() == Plan(("twin:module",), said=("playing on silent twins; name a port with --to to hear it",))


def test_the_rig_s_file_says_what_is_opened_and_each_port_once() -> None:
    place = rig_file(RIG)
    found = planned()
    assert found.outputs == ("twin:bass+drums", "twin:module")
    assert [[one.name for one in entries] for entries in found.behind] == [["Bass", "Kit"], ["Sampler"]]
    assert (found.source, found.controller) == ("twin:controller", CONTROLLER_PROFILE)
    assert found.said == (f"playing on the rig of '{place}'", "correcting with 'Hands'")


def test_a_port_is_latest_for_its_slowest_instrument() -> None:
    rig_file(RIG)
    assert planned().latencies_ns == (7.5 * MS, 2 * MS)


def test_an_instrument_is_as_late_as_its_profile_says_unless_the_rig_does(tmp_path: Path) -> None:
    own = tmp_path / "config" / "midi-bridge" / "profiles" / "me" / "slow.toml"
    own.parent.mkdir(parents=True)
    own.write_text(
        'name = "me/slow"\nmaker = "Me"\nmodel = "Slow"\nkind = "instrument"\nsource = "assumed"\n'
        '[timing]\nnote_to_sound_ms = 12\nmethod = "by ear"\n[[slots]]\nchannels = [1]\n',
        encoding="utf-8",
    )
    entry = '[[instruments]]\nname = "Slow"\nprofile = "me/slow"\nport = "twin:bass"\n'
    rig_file(entry)
    assert planned().latencies_ns == (12 * MS,)
    rig_file(entry + "latency_ms = 3")
    assert planned().latencies_ns == (3 * MS,)


def test_what_is_typed_goes_before_the_rig() -> None:
    rig_file(RIG)
    assert planned(to=("twin:drums",)).outputs == ("twin:drums",)
    assert planned(to=("twin:drums",), source="loop:hands") == Plan(("twin:drums",), "loop:hands")
    assert planned(source="loop:hands").source == "loop:hands"
    assert planned(source="loop:hands").controller is None


def test_a_rig_that_is_named_gives_the_controller_to_a_port_that_is_typed() -> None:
    rig_file(RIG, "studio")
    found = planned(to=("twin:drums",), name="studio")
    assert (found.outputs, found.source, found.controller) == (("twin:drums",), "twin:controller", CONTROLLER_PROFILE)


def test_in_no_time_it_is_twins_unless_a_rig_is_named() -> None:
    rig_file(RIG)
    rig_file('[[instruments]]\nname = "Kit"\nport = "twin:drums"\n', "studio")
    assert planned(fast=True).outputs == ("twin:module",)
    assert planned(fast=True, name="studio").outputs == ("twin:drums",)


def test_what_is_missing_is_said_and_the_rest_is_played_on() -> None:
    place = rig_file(RIG.replace("twin:module", "twin:organ").replace("twin:controller", "twin:keys"))
    found = planned()
    assert found.outputs == ("twin:bass+drums",)
    assert found.source is None
    assert found.absent == ("Sampler",)
    assert found.said == (
        f"playing on the rig of '{place}'",
        "'Sampler' is missing: no port 'organ'",
        "'Hands' is missing: no port 'keys'",
    )


def test_a_rig_of_which_nothing_is_there_is_not_played_on() -> None:
    rig_file('[[instruments]]\nname = "A"\nport = "twin:x"\n[[instruments]]\nname = "B"\nport = "twin:d"\n')
    with pytest.raises(DriverError) as refused:
        planned()
    assert str(refused.value) == (
        "'A' is missing: no port 'x'; 'B' is missing: 'd' may mean several ports: drums, module; "
        "midi-bridge rig check looks at all of the rig"
    )


def test_a_controller_alone_corrects_what_silent_twins_play() -> None:
    rig_file(RIG[RIG.index("[[controllers]]") :])
    assert (planned().outputs, planned().source) == (("twin:module",), "twin:controller")
    assert planned().said[0].startswith("playing on silent twins")


def test_a_rig_with_a_mistake_is_not_played_on() -> None:
    rig_file(RIG.replace("latency_ms", "latency"))
    with pytest.raises(BadRig, match="latency: no such key"):
        planned()


def test_an_instrument_is_what_its_profile_says_on_the_channels_that_it_is_set_to() -> None:
    rig_file(RIG)
    found = planned()
    opened = open_rig(found.outputs, ManualClock(), found.behind)
    assert [(one.name, one.port) for one in opened.instruments] == [("Bass", 0), ("Kit", 0), ("Sampler", 1)]
    assert [one.seats for one in opened.instruments] == [
        (Seat(4, is_mono=True, range=(24, 72)),),
        (Seat(9, is_drums=True, range=(27, 87)),),
        (Seat(0), Seat(9, is_drums=True)),
    ]


def test_twins_that_were_typed_are_what_their_profiles_say_and_anything_else_may_be_anything() -> None:
    found = stands_behind(["bass+drums", "USB MIDI"], [["midi-bridge/twin-bass", "midi-bridge/twin-drums"], []])
    assert [(one.name, one.port, len(one.seats)) for one in found] == [
        ("bass", 0, 1),
        ("drums", 0, 1),
        ("USB MIDI", 1, 16),
    ]


def test_all_of_a_rig_can_be_looked_at_while_it_is_in_its_cases() -> None:
    assert [one.name for one in instruments_of(rig_of(None))] == ["module"]
    rig_file(
        '[[instruments]]\nname = "A"\nport = "alsa:A"\n[[instruments]]\nname = "B"\nport = "alsa:B"\nchannels = [3]\n'
    )
    assert [(one.name, one.port, len(one.seats)) for one in instruments_of(rig_of(None))] == [("A", 0, 16), ("B", 1, 1)]


# What was typed, and is recognised

MINITAUR = "Moog Minitaur:Moog Minitaur MIDI 1 20:0"
NOBODY = "nobody has confirmed its profile on hardware"


def seats(found: Plan) -> list[tuple[str, tuple[Seat, ...]]]:
    opened = open_rig(found.outputs, ManualClock(), found.behind)
    return [(one.name, one.seats) for one in opened.instruments]


def test_an_instrument_that_was_typed_is_what_its_name_says(plugged: list[str]) -> None:
    plugged += [MINITAUR, "UM-ONE MIDI 1"]
    found = planned(to=("um-one", "minitaur"))
    assert found.outputs == ("um-one", "minitaur")
    assert found.said == (f"'Minitaur' is moog/minitaur; {NOBODY}",)
    cable, minitaur = seats(found)
    assert (cable[0], len(cable[1])) == ("UM-ONE MIDI 1", 16)
    assert minitaur == ("Minitaur", (Seat(0, is_mono=True, range=(0, 72)),))


def test_two_alike_have_names_of_their_own(plugged: list[str]) -> None:
    plugged += [f"{MINITAUR} [A]", f"{MINITAUR} [B]"]
    found = planned(to=("[A]", "[B]"))
    assert [entries[0].name for entries in found.behind] == ["Minitaur", "Minitaur 2"]
    assert len(found.said) == 1


def test_one_that_is_late_by_its_profile_is_late_here(plugged: list[str], tmp_path: Path) -> None:
    own = tmp_path / "config" / "midi-bridge" / "profiles" / "me" / "slow.toml"
    own.parent.mkdir(parents=True)
    own.write_text(
        'name = "me/slow"\nmaker = "Me"\nmodel = "Slowpoke"\nkind = "instrument"\nsource = "assumed"\n'
        '[match]\nno_reply = "untried"\nnames = ["Slowpoke"]\n[timing]\nnote_to_sound_ms = 12\nmethod = "by ear"\n'
        "[[slots]]\npolyphony = 1\n",
        encoding="utf-8",
    )
    plugged += ["Slowpoke", "Moog Minitaur"]
    found = planned(to=("minitaur", "slowpoke"))
    assert found.latencies_ns == (0, 12 * MS)
    name, on_any = seats(found)[1]
    assert (name, on_any) == ("Slowpoke", tuple(Seat(channel, is_mono=True) for channel in range(16)))


def test_one_that_has_5_pin_din_alone_is_behind_a_cable(plugged: list[str]) -> None:
    plugged += ["volca keys", MINITAUR]
    assert planned(to=("volca", "minitaur")).outputs == ("volca@din", "minitaur")
    assert planned(to=("volca@din",)).outputs == ("volca@din",)


def test_a_controller_that_was_typed_has_the_buttons_of_its_profile(plugged: list[str]) -> None:
    plugged += ["KeyLab mkII 61 MIDI", "KeyLab mkII 61 DAW", MINITAUR]
    found = planned(to=("minitaur",), source="61 DAW")
    assert (found.source, found.controller) == ("61 DAW", "arturia/keylab-mkii")
    assert found.said[1] == f"'KeyLab mkII' is arturia/keylab-mkii; {NOBODY}"
    desk, keys = found.surface_profile, planned(source="61 MIDI").surface_profile
    assert desk
    assert keys
    assert {one.means for one in desk.controls} >= {"stop", "play", "undo", "pad"}
    assert {one.means for one in keys.controls} >= {"keys"}
    assert "play" not in {one.means for one in keys.controls}


def test_a_controller_is_no_instrument_and_an_instrument_without_keys_no_controller(plugged: list[str]) -> None:
    plugged += ["LKMK3 MIDI", MINITAUR]
    found = planned(to=("LKMK3",), source="minitaur")
    assert (found.behind, found.controller, found.said) == ((), None, ())
    assert found.surface_profile is None


@pytest.mark.parametrize(
    ("source", "profile"),
    [
        ("twin:controller", CONTROLLER_PROFILE),
        ("twin:novation/launchkey-mk3", "novation/launchkey-mk3"),
        ("loop:Moog Minitaur", None),
        ("tape:minitaur.tape", None),
    ],
)
def test_a_twin_is_of_its_profile_and_loops_and_tapes_of_none(source: str, profile: str | None) -> None:
    found = planned(source=source)
    assert found.controller == profile
    assert (found.surface_profile and found.surface_profile.name) == profile


def test_what_the_rig_s_file_says_is_not_doubted(plugged: list[str]) -> None:
    plugged += [MINITAUR, "LKMK3 MIDI"]
    entries = '[[instruments]]\nname = "Any"\nport = "minitaur"\n[[controllers]]\nname = "Keys"\nport = "LKMK3"\n'
    place = rig_file(entries)
    found = planned()
    assert found.said == (f"playing on the rig of '{place}'", "correcting with 'Keys'")
    assert (len(seats(found)[0][1]), found.surface_profile) == (16, None)


@pytest.mark.parametrize("words", [{"to": ("minitaur",)}, {"source": "minitaur"}])
def test_a_name_that_several_ports_have_is_refused_before_anything_is_opened(
    words: dict[str, Any], plugged: list[str]
) -> None:
    plugged += [f"{MINITAUR} [A]", f"{MINITAUR} [B]"]
    with pytest.raises(UnknownPort, match="'minitaur' may mean several ports"):
        planned(**words)


def test_a_twin_of_a_file_of_one_s_own_is_an_instrument_as_the_file_says(tmp_path: Path) -> None:
    file = tmp_path / "lead.toml"
    file.write_text(
        'name = "acme/lead"\nmaker = "Acme"\nmodel = "Lead"\nkind = "instrument"\nsource = "assumed"\n'
        "[[slots]]\nchannels = [3]\npolyphony = 1\nrange = [24, 96]\n",
        encoding="utf-8",
    )
    opened = open_rig((f"twin:bass+{file}",), ManualClock())
    assert [(one.name, one.seats) for one in opened.instruments] == [
        ("bass", (Seat(2, is_mono=True, range=(24, 72)),)),
        (str(file), (Seat(2, is_mono=True, range=(24, 96)),)),
    ]


def test_a_twin_of_whose_slots_nothing_is_known_plays_on_every_channel(tmp_path: Path) -> None:
    file = tmp_path / "box.toml"
    file.write_text('name = "acme/box"\nmaker = "Acme"\nmodel = "Box"\nkind = "instrument"\n', encoding="utf-8")
    (found,) = open_rig((f"twin:{file}",), ManualClock()).instruments
    assert [seat.channel for seat in found.seats] == list(range(16))


def test_whoever_types_an_output_keeps_the_rig_s_controller() -> None:
    rig_file('[[controllers]]\nname = "Hands"\nport = "twin:controller"\n')
    found = planned(to=("twin:module",))
    assert (found.outputs, found.source) == (("twin:module",), "twin:controller")
    assert found.said == ("correcting with 'Hands'",)


def test_a_broken_file_of_a_twin_is_that_entry_s_own_affair(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_bytes(b"\xff")
    rig_file(f'[[instruments]]\nname = "A"\nport = "twin:{broken}"\n[[instruments]]\nname = "B"\nport = "twin:bass"\n')
    found = planned()
    assert (found.outputs, found.absent) == (("twin:bass",), ("A",))
    assert found.said[-1] == f"'A' is missing: '{broken}' is not UTF-8 text: byte 0"


def test_a_rig_without_an_instrument_says_so_where_it_was_asked_for(tmp_path: Path) -> None:
    empty = tmp_path / "empty.toml"
    empty.write_text("", encoding="utf-8")
    assert planned(name=str(empty)).said[0] == f"there is no instrument in the rig of '{empty}'"


def test_two_spellings_of_one_port_are_one_and_its_wire_is_kept() -> None:
    rig_file('[[instruments]]\nname = "A"\nport = "loop:x"\n[[instruments]]\nname = "B"\nport = "loop:x@din"\n')
    assert planned().outputs == ("loop:x@din",)


def test_two_instruments_on_one_channel_of_one_port_are_refused_however_the_port_is_typed() -> None:
    one = '[[instruments]]\nname = "A"\nport = "loop:x"\nchannels = [1, 2]\n'
    rig_file(one + '[[instruments]]\nname = "B"\nport = "loop:x@din"\nchannels = [2, 3]\n')
    says = "'A' and 'B' of the rig are both on channel 2 of 'loop:x@din'; give each channels of its own"
    with pytest.raises(BadRig) as refused:
        planned()
    assert str(refused.value) == says


def test_two_names_of_one_serial_device_are_one_port_of_the_rig(tmp_path: Path) -> None:
    (tmp_path / "ttyUSB0").touch()
    (tmp_path / "by-id").symlink_to(tmp_path / "ttyUSB0")
    ports = [f"din:{tmp_path}/{name}" for name in ("ttyUSB0", "by-id")]
    rig_file(
        "".join(
            f'[[instruments]]\nname = "{n}"\nport = "{port}"\nchannels = [{n}]\n' for n, port in enumerate(ports, 1)
        )
    )
    assert planned().outputs == (ports[0],)


def test_profiles_of_any_name_that_a_link_has_are_played_also_in_a_chain(tmp_path: Path) -> None:
    for name in ("bass", "drums"):
        (tmp_path / name).write_bytes((data_folder() / f"midi-bridge/twin-{name}.toml").read_bytes())
        (tmp_path / f"{name}.toml").symlink_to(tmp_path / name)
    for spec in (f"twin:{tmp_path}/bass.toml", f"twin:{tmp_path}/bass.toml+{tmp_path}/drums.toml"):
        assert output_there(spec) == tuple(spec.split(":"))
    with pytest.raises(UnknownPort, match=r"none\.toml"):
        output_there(f"twin:{tmp_path}/bass.toml+{tmp_path}/none.toml")
