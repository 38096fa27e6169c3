"""The names in a MIDNAM file become programs, drums and parameters; a file that would unfold for ever is refused."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.errors import BadProfile
from bridge.profiles.convert.midnam import convert
from bridge.profiles.model import Profile, check

HEAD = b"<?xml version='1.0'?><!DOCTYPE MIDINameDocument PUBLIC '-//MMA//DTD' 'http://dev.midi.org/x.dtd'>"
DEVICE = """
<MIDINameDocument><Author>Somebody</Author><MasterDeviceNames>
<Manufacturer>Acme</Manufacturer><Model>Lead</Model><Model>Lead Rack</Model>
<CustomDeviceMode Name="Multi"><ChannelNameSetAssignments>{channels}</ChannelNameSetAssignments></CustomDeviceMode>
<CustomDeviceMode Name="Single"/>
<ChannelNameSet Name="Synth"><UsesControlNameList Name="All"/><PatchBank Name="A">
  <MIDICommands><ControlChange Control="0" Value="1"/><ControlChange Control="32" Value="2"/></MIDICommands>
  <PatchNameList><Patch Number="1" Name="Brass" ProgramChange="0"/><Patch Number="2" Name="Bells" ProgramChange="1"/>
  <Patch Number="6" Name="Choir" ProgramChange="5"/></PatchNameList></PatchBank></ChannelNameSet>
<ChannelNameSet Name="Drums"><UsesControlNameList Name="All"/><UsesControlNameList Name="Kit"/>
  <UsesNoteNameList Name="Standard"/></ChannelNameSet>
<NoteNameList Name="Standard"><NoteGroup><Note Number="36" Name="Kick"/></NoteGroup><Note Number="40" Name="Zap"/>
  <Note Number="200" Name="Beyond"/></NoteNameList>
<ControlNameList Name="All"><Control Type="7bit" Number="74" Name="Filter Cutoff"><Values Min="0" Max="127"
  Default="64"><UsesValueNameList Name="Ends"/></Values></Control><Control Type="14bit" Number="19" Name="Level"/>
  <Control Type="NRPN" Number="410" Name="Slide"/><Control Type="RPN" Number="0" Name="Bend Range"/>
  <Control Type="7bit" Number="900" Name="Nonsense"/></ControlNameList>
<ControlNameList Name="Kit"><Control Number="20" Name="Tune"/></ControlNameList>
<ValueNameList Name="Ends"><Value Number="0" Name="Shut"/><Value Number="127" Name="Open"/></ValueNameList>
</MasterDeviceNames></MIDINameDocument>
"""
CHANNELS = "".join(
    f'<ChannelNameSetAssign Channel="{one}" NameSet="{"Drums" if one == 10 else "Synth"}"/>' for one in range(1, 17)
)
WHOLE = HEAD + DEVICE.format(channels=CHANNELS).encode()


def test_a_file_of_every_kind_of_names_is_a_profile() -> None:
    profile = check(convert(WHOLE).data, "acme")
    assert (profile.name, profile.models) == ("acme/lead", ("Lead", "Lead Rack"))
    assert profile.sources["midnam"].says == "MIDNAM file of Acme Lead, by Somebody"
    assert [(slot.channels, slot.drums) for slot in profile.slots] == [
        ((*range(1, 10), *range(11, 17)), False),
        ((10,), True),
    ]
    assert [(sound.key, sound.role) for sound in profile.slots[1].sounds] == [(36, "kick"), (40, None)]


def test_programs_lie_in_banks_by_their_bytes_and_without_gaps() -> None:
    programs = check(convert(WHOLE).data, "acme").programs
    assert programs is not None
    assert (programs.select, programs.display_from) == ("both", 1)
    assert [(bank.msb, bank.lsb, bank.first, bank.names) for bank in programs.banks] == [
        (1, 2, 0, ("Brass", "Bells")),
        (1, 2, 5, ("Choir",)),
    ]


def test_controls_are_parameters_on_the_channels_that_use_their_list() -> None:
    parameters = check(convert(WHOLE).data, "acme").parameters
    assert [(one.name, one.cc, one.cc14, one.nrpn, one.rpn) for one in parameters] == [
        ("Filter Cutoff", 74, None, None, None),
        ("Level", None, (19, 51), None, None),
        ("Slide", None, None, (3, 26), None),
        ("Bend Range", None, None, None, (0, 0)),
        ("Tune", 20, None, None, None),
    ]
    assert (parameters[0].range, parameters[0].default) == ((0, 127), 64)
    assert parameters[0].values == {"0": "Shut", "127": "Open"}
    assert [one.channels for one in parameters] == [(), (), (), (), (10,)]


def test_the_rest_is_left_behind_with_the_reason() -> None:
    assert [str(left) for left in convert(WHOLE).left] == [
        "CustomDeviceMode: Single: a profile describes one mode",
        "Note: '200' 'Beyond': no key from 0 to 127, no name, or a key named before",
        "Control: 7bit 900 'Nonsense': no name, or no such number",
    ]


def test_channels_alone_make_no_slots() -> None:
    file = WHOLE.replace(b'<UsesNoteNameList Name="Standard"/>', b"")
    assert "slots" not in convert(file).data


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is no XML: no element found"),
        (b"<MIDINameDocument>", "it is no XML: no element found"),
        (b"<?xml version='1.0' encoding='ebcdic-x'?><a/>", "it is no XML: unknown encoding"),
        (b"<html/>", "it is a 'html', allowed: a MIDINameDocument"),
        (b"<MIDINameDocument><ExtendingDeviceNames/></MIDINameDocument>", "it describes no device"),
        (b"<MIDINameDocument><MasterDeviceNames/></MIDINameDocument>", "it does not name its maker and model"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "it defines the entity 'b'"),
        (b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "it defines the entity 'b'"),
        (b"<a>" * 40 + b"</a>" * 40, "nested too deeply"),
        (b" " * 5_000_000, "a file of this kind has less than"),
    ],
)
def test_what_is_no_midnam_is_refused_in_one_line(data: bytes, why: str) -> None:
    with pytest.raises(BadProfile, match=why) as bad:
        convert(data)
    assert len(str(bad.value).splitlines()) == 1


def test_lists_that_unfold_are_refused() -> None:
    names = "".join(f'<Patch Name="{one}" ProgramChange="{one % 128}"/>' for one in range(2_000))
    banks = '<PatchBank><UsesPatchNameList Name="L"/></PatchBank>' * 2_000
    file = (
        "<MIDINameDocument><MasterDeviceNames><Manufacturer>A</Manufacturer><Model>B</Model>"
        f'<ChannelNameSet Name="S">{banks}</ChannelNameSet><PatchNameList Name="L">{names}</PatchNameList>'
        "</MasterDeviceNames></MIDINameDocument>"
    )
    with pytest.raises(BadProfile, match="they unfold to more than 500,000 entries"):
        convert(file.encode())


def refused(data: bytes) -> str:
    """Why a file is refused; nothing where it gives a profile that the model takes."""
    try:
        made = convert(data)
    except BadProfile as bad:
        return str(bad)
    Profile.model_validate(made.data)
    return ""


PIECES = [piece for piece in DEVICE.replace("\n", " ").replace("<", "\0<").split("\0") if piece]


@given(
    st.binary(max_size=120) | st.lists(st.sampled_from(PIECES), max_size=40).map(lambda some: "".join(some).encode())
)
@example(WHOLE)
def test_any_bytes_give_a_profile_or_a_line(data: bytes) -> None:
    body = b"<Manufacturer>A</Manufacturer><Model>B</Model>" + data
    for file in (data, b"<MIDINameDocument><MasterDeviceNames>" + body + b"</MasterDeviceNames></MIDINameDocument>"):
        assert len(refused(file).splitlines()) <= 1


@given(
    st.dictionaries(
        st.sampled_from(['"36"', '"1"', '"74"', '"0"', '"Synth"', '"All"', '"NRPN"', '"127"']), st.text(max_size=6)
    )
)
def test_whatever_the_attributes_say_the_model_takes_what_is_kept(changed: dict[str, str]) -> None:
    text = WHOLE.decode()
    for old, new in changed.items():
        plain = "".join(one for one in new if one not in '<>&"' and (one.isprintable() or one == " "))
        text = text.replace(old, f'"{plain}"')
    assert len(refused(text.encode(errors="replace")).splitlines()) <= 1
