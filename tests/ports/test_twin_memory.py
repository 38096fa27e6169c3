"""A twin knows what it is set to: programs by the bank bytes that it obeys, parameters by every message."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.message import control
from bridge.core.parameters import DATA_LSB, DATA_MSB
from bridge.ports.twin import Twin
from bridge.ports.twin_memory import Chosen, value_of
from bridge.profiles.parameter import DataEntry
from tests.ports.twins import instrument, play, slot


def with_parameters(*parameters: dict[str, Any]) -> Twin:
    return instrument(slots=[slot()], parameters=[{"name": f"P{place}", **one} for place, one in enumerate(parameters)])


def cc(*pairs: tuple[int, int]) -> list[bytes]:
    return [control(0, *pair) for pair in pairs]


def test_a_controller_sets_its_parameter_on_its_channels_alone() -> None:
    twin = with_parameters({"cc": 74}, {"cc": 74, "channels": [3]})
    play(twin, *cc((74, 90)), control(2, 74, 5))
    assert [twin.memory.value(place, channel) for place, channel in ((0, 0), (0, 2), (1, 0), (1, 2))] == [
        90,
        None,
        None,
        5,
    ]


def test_a_value_beyond_the_range_is_taken_as_the_nearest_and_counted() -> None:
    twin = with_parameters({"cc": 74, "range": [10, 20]})
    play(twin, *cc((74, 90), (74, 3), (74, 15)))
    assert [change.value for change in twin.memory.changes] == [20, 10, 15]
    assert twin.memory.beyond == 2


def test_two_controllers_make_fourteen_bits_and_a_new_coarse_one_clears_the_fine() -> None:
    twin = with_parameters({"cc14": [19, 51]})
    play(twin, *cc((19, 1), (51, 5)))
    assert twin.memory.value(0, 0) == 133
    play(twin, *cc((19, 2)))
    assert twin.memory.value(0, 0) == 256


def test_numbered_parameters_are_set_by_their_own_kind_of_number() -> None:
    twin = with_parameters({"nrpn": [1, 8], "range": [0, 127]}, {"rpn": [1, 8]})
    play(twin, *cc((99, 1), (98, 8), (6, 100)))
    assert (twin.memory.value(0, 0), twin.memory.value(1, 0)) == (100, None)
    play(twin, *cc((101, 1), (100, 8), (6, 1), (38, 2)))
    assert (twin.memory.value(0, 0), twin.memory.value(1, 0)) == (100, 130)


def test_a_data_entry_without_a_number_sets_nothing() -> None:
    twin = with_parameters({"nrpn": [1, 8]}, {"rpn": [127, 127]})
    play(twin, *cc((6, 100), (101, 127), (100, 127), (6, 5)))
    assert twin.memory.changes == []


def test_the_range_over_nrpn_may_be_wider() -> None:
    twin = with_parameters({"cc": 20, "nrpn": [0, 20], "range": [0, 127], "nrpn_range": [0, 164]})
    play(twin, *cc((99, 0), (98, 20), (6, 1), (38, 36)))
    assert twin.memory.value(0, 0) == 164


@pytest.mark.parametrize(
    ("entries", "high", "value"),
    [
        ([(DATA_MSB, 5)], 127, 5),
        ([(DATA_MSB, 5), (DATA_LSB, 64)], 127, 5),
        ([(DATA_MSB, 0), (DATA_LSB, 64)], 127, 64),
        ([(DATA_MSB, 5)], 16_383, 640),
        ([(DATA_MSB, 5), (DATA_LSB, 64)], 16_383, 704),
        ([(DATA_MSB, 5), (96, 0), (96, 0), (97, 0)], 127, 6),
    ],
)
def test_data_entries_mean_what_the_width_of_the_parameter_says(
    entries: list[tuple[int, int]], high: int, value: int
) -> None:
    assert value_of(entries, high) == value


@pytest.mark.parametrize(
    ("held_by", "entries", "value"),
    [
        ("msb", [(DATA_MSB, 0), (DATA_LSB, 64)], 0),
        ("msb", [(DATA_LSB, 64)], None),
        ("lsb", [(DATA_MSB, 5), (DATA_LSB, 64)], 64),
        ("lsb", [(DATA_MSB, 5)], None),
        ("both", [(DATA_MSB, 0), (DATA_LSB, 64)], 64),
        ("both", [(DATA_MSB, 1)], 128),
    ],
)
def test_only_the_data_entries_count_that_the_device_reads(
    held_by: DataEntry, entries: list[tuple[int, int]], value: int | None
) -> None:
    assert value_of(entries, 127, held_by) == value


def test_a_bend_range_in_semitones_is_not_taken_for_its_cents() -> None:
    twin = with_parameters({"rpn": [0, 0], "range": [0, 24], "data_entry": "msb"})
    play(twin, *cc((101, 0), (100, 0), (6, 0), (38, 12)))
    assert twin.memory.value(0, 0) == 0


def test_one_byte_sets_each_of_the_switches_that_share_it() -> None:
    switches = [{"sysex": "F0 41 32 00 10 vv F7", "bits": bits} for bits in ([4, 4], [3, 3], [0, 2])]
    twin = with_parameters(*switches)
    play(twin, bytes.fromhex("F0 41 32 00 10 12 F7"))
    assert [twin.memory.value(place, 0) for place in range(3)] == [1, 0, 2]
    assert twin.memory.beyond == 0


def test_a_message_with_a_wrong_checksum_sets_nothing() -> None:
    twin = with_parameters({"sysex": "F0 41 10 16 12 ( 10 00 16 vv ) cs F7", "range": [0, 100]})
    play(twin, bytes.fromhex("F0 41 10 16 12 10 00 16 50 0B F7"))
    assert twin.memory.changes == []
    play(twin, bytes.fromhex("F0 41 10 16 12 10 00 16 50 0A F7"))
    assert twin.memory.value(0, 0) == 80


def test_a_sysex_sets_its_parameter() -> None:
    twin = with_parameters({"sysex": "F0 43 1? 00 06 vv F7", "range": [0, 99]}, {"sysex": "F0 7D vh vl F7"})
    play(twin, bytes.fromhex("F0 43 12 00 06 32 F7"), bytes.fromhex("F0 7D 01 05 F7"))
    assert (twin.memory.value(0, 0), twin.memory.value(1, 0)) == (50, 133)
    assert [change.name for change in twin.memory.changes] == ["P0", "P1"]


def test_what_changes_its_memory_is_counted() -> None:
    twin = with_parameters({"cc": 70}, {"cc": 71, "safety": "stores"})
    play(twin, *cc((70, 1), (71, 1), (71, 2)))
    assert twin.memory.stored == 2


def test_what_is_only_sent_is_not_obeyed() -> None:
    twin = with_parameters({"cc": 70, "direction": "sent"})
    play(twin, *cc((70, 1)))
    assert twin.memory.value(0, 0) is None


def test_the_table_has_defaults_until_something_is_set() -> None:
    twin = with_parameters({"cc": 70, "default": 64}, {"cc": 71, "group": "Filter"}, {"cc": 72})
    play(twin, *cc((71, 9)))
    assert twin.memory.table(0) == {"P0": 64, "Filter: P1": 9}


@pytest.mark.parametrize(
    ("select", "chosen"),
    [
        ("program", Chosen(5)),
        ("msb", Chosen(5, msb=1)),
        ("lsb", Chosen(5, lsb=2)),
        ("both", Chosen(5, 1, 2)),
        ("none", Chosen()),
    ],
)
def test_only_the_bank_bytes_that_it_obeys_choose_the_bank(select: str, chosen: Chosen) -> None:
    twin = instrument(slots=[slot()], programs={"select": select})
    play(twin, *cc((0, 1), (32, 2)), b"\xc0\x05")
    assert twin.memory.chosen[0] == chosen
    assert any(line.kind == "program" for line in twin.log) == (select != "none")


def test_a_bank_waits_for_its_program_change_and_each_channel_has_its_own() -> None:
    twin = instrument(slots=[slot(channels=[1, 2])], programs={"select": "msb"})
    play(twin, *cc((0, 1)), b"\xc1\x07")
    assert (twin.memory.chosen[0], twin.memory.chosen[1]) == (Chosen(), Chosen(7))


def test_a_program_has_the_name_that_its_bank_gives_it() -> None:
    banks = [
        {"name": "A", "lsb": 0, "names": ["Piano"]},
        {"name": "B", "lsb": 1, "first": 10, "names": ["Bass", "Pad"]},
    ]
    twin = instrument(slots=[slot()], programs={"select": "lsb", "banks": banks})
    play(twin, b"\xc0\x00")
    assert twin.memory.program_name(0) == "Piano"
    play(twin, *cc((32, 1)), b"\xc0\x0b")
    assert twin.memory.program_name(0) == "Pad"
    play(twin, b"\xc0\x00")
    assert twin.memory.program_name(0) is None


numbers = st.sampled_from((0, 6, 19, 32, 38, 51, 74, 96, 97, 98, 99, 100, 101))


@given(st.lists(st.tuples(numbers, st.integers(0, 127)), max_size=40))
def test_whatever_comes_a_parameter_stands_within_its_range(pairs: list[tuple[int, int]]) -> None:
    span = {"range": [3, 90]}
    twin = with_parameters(
        {"cc": 74, **span}, {"cc14": [19, 51], **span}, {"nrpn": [0, 0], **span}, {"rpn": [0, 0], **span}
    )
    play(twin, *cc(*pairs))
    values = [twin.memory.value(place, 0) for place in range(4)]
    assert all(value is None or 3 <= value <= 90 for value in values)
