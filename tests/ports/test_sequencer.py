"""Ports have names that tell them apart, and find their device again when it is plugged in anew."""

from pathlib import Path

import pytest

from bridge.core.clock import ManualClock
from bridge.core.message import note_off, note_on
from bridge.errors import DriverError, UnknownPort
from bridge.ports.listing import listing
from bridge.ports.open import Driver
from bridge.ports.sequencer import TEND_NS, Plug, QueueClock, Sequencer, labels
from bridge.ports.sequencer_client import Gone
from bridge.ports.usb_identity import usb_of_card
from tests.ports.kernel import Device, Kernel

NOW_NS = 5_000_000_000


@pytest.fixture(name="clock")
def _clock() -> ManualClock:
    return ManualClock(NOW_NS)


@pytest.fixture(name="kernel")
def _kernel(clock: ManualClock, tmp_path: Path) -> Kernel:
    return Kernel(clock, tmp_path)


@pytest.fixture(name="sequencer")
def _sequencer(kernel: Kernel, clock: ManualClock) -> Sequencer:
    sequencer = Sequencer(kernel, clock, kernel.sysfs)
    sequencer.pump(NOW_NS)
    return sequencer


def names(kernel: Kernel) -> list[str]:
    return list(labels(kernel.seen(), True, lambda card: usb_of_card(card, kernel.sysfs)).values())


def twins(first: str = "", second: str = "") -> tuple[Device, Device]:
    return (
        Device("Twin Synth", ["Twin Synth MIDI 1"], serial=first, socket="1-1"),
        Device("Twin Synth", ["Twin Synth MIDI 1"], serial=second, socket="2-1"),
    )


def open_both(kernel: Kernel, sequencer: Sequencer, pair: tuple[Device, Device]) -> list[Plug]:
    kernel.plug(*pair)
    return [sequencer.open(name, is_output=True) for name in names(kernel)]


# Names


def test_a_port_that_is_alone_is_called_by_client_and_port_without_numbers(kernel: Kernel) -> None:
    kernel.plug(Device("KeyStep 37", ["KeyStep 37 MIDI 1"], socket="1-1"), Device("fluid", ["in"]))
    assert names(kernel) == ["KeyStep 37:KeyStep 37 MIDI 1", "fluid:in"]


@pytest.mark.parametrize(
    ("serials", "marks"),
    [(("AAA1", "BBB2"), ["AAA1", "BBB2"]), (("", ""), ["1-1", "2-1"]), (("0001", "0001"), ["1-1", "2-1"])],
)
def test_two_alike_are_told_apart_by_serial_number_or_else_by_socket(
    kernel: Kernel, serials: tuple[str, str], marks: list[str]
) -> None:
    kernel.plug(*twins(*serials))
    assert names(kernel) == [f"Twin Synth:Twin Synth MIDI 1 [{mark}]" for mark in marks]


def test_ports_whose_long_name_was_cut_are_told_apart_by_their_order(kernel: Kernel) -> None:
    cut = "A name that is cut to thirty c"
    kernel.plug(Device(cut, [cut, cut], socket="1-1"))
    assert names(kernel) == [f"{cut}:{cut} [port 1]", f"{cut}:{cut} [port 2]"]
    kernel.plug(Device(cut, [cut, cut], socket="2-1"))
    assert names(kernel)[2:] == [f"{cut}:{cut} [2-1, port 1]", f"{cut}:{cut} [2-1, port 2]"]


def test_two_programs_of_one_name_are_told_apart_by_their_numbers(kernel: Kernel) -> None:
    kernel.plug(Device("synth", ["in"]), Device("synth", ["in"]))
    assert names(kernel) == ["synth:in [16:0]", "synth:in [20:0]"]


def test_what_tells_two_alike_apart_is_typed_for_them(kernel: Kernel) -> None:
    kernel.plug(*twins("AAA1", "BBB2"))

    def unopened(name: str, clock: object) -> object:
        raise AssertionError("a listing opens nothing")

    alsa = Driver(lambda: names(kernel), list, unopened, unopened)  # type: ignore[arg-type]  # never called
    assert [port.spec for port in listing({"alsa": alsa}).ports] == [
        "alsa:Twin Synth MIDI 1 [AAA1]",
        "alsa:Twin Synth MIDI 1 [BBB2]",
    ]


# Opening


def test_a_name_that_has_gone_lists_what_there_is_and_leaves_the_sequencer(
    kernel: Kernel, sequencer: Sequencer
) -> None:
    kernel.plug(Device("fluid", ["in"]))
    with pytest.raises(UnknownPort, match=r"^port 'organ' is not there any more; there are: fluid:in$"):
        sequencer.open("organ", is_output=True)
    assert not kernel.is_open


def test_a_port_that_another_program_has_is_refused(kernel: Kernel, sequencer: Sequencer) -> None:
    kernel.plug(Device("fluid", ["in"]))
    kernel.is_busy = True
    with pytest.raises(DriverError, match="another program has it"):
        sequencer.open("fluid:in", is_output=True)
    assert kernel.links == {}


def test_the_client_goes_with_its_last_port(kernel: Kernel, sequencer: Sequencer) -> None:
    first, second = open_both(kernel, sequencer, twins())
    sequencer.drop(first)
    assert kernel.is_open
    sequencer.drop(second)
    assert not kernel.is_open


@pytest.mark.parametrize(
    ("serials", "unit"), [(("AAA1", "BBB2"), "BBB2"), (("", ""), "2-1"), (("0001", "0001"), "2-1")]
)
def test_what_told_two_alike_apart_means_the_same_one_when_it_is_alone(
    kernel: Kernel, sequencer: Sequencer, serials: tuple[str, str], unit: str
) -> None:
    first, second = pair = twins(*serials)
    kernel.plug(*pair)
    name = f"Twin Synth:Twin Synth MIDI 1 [{unit}]"
    assert name in names(kernel)
    kernel.unplug(first)
    assert names(kernel) == ["Twin Synth:Twin Synth MIDI 1"]
    plug = sequencer.open(name, is_output=True)
    assert (plug.name, kernel.device_of(plug.number)) == (name, second)


@pytest.mark.parametrize(
    ("serials", "unit"), [(("AAA1", "BBB2"), "BBB2"), (("", ""), "2-1"), (("0001", "0001"), "2-1")]
)
def test_one_of_two_alike_is_never_taken_for_the_other_that_is_missing(
    kernel: Kernel, sequencer: Sequencer, serials: tuple[str, str], unit: str
) -> None:
    first, _ = twins(*serials)
    kernel.plug(first)
    with pytest.raises(UnknownPort, match=r"is not there any more; there are: Twin Synth:Twin Synth MIDI 1$"):
        sequencer.open(f"Twin Synth:Twin Synth MIDI 1 [{unit}]", is_output=True)


def test_a_serial_number_that_two_share_means_neither(kernel: Kernel, sequencer: Sequencer) -> None:
    kernel.plug(*twins("0001", "0001"))
    with pytest.raises(UnknownPort, match="is not there any more"):
        sequencer.open("Twin Synth:Twin Synth MIDI 1 [0001]", is_output=True)


def test_who_was_meant_by_his_socket_is_not_looked_for_in_another(kernel: Kernel, sequencer: Sequencer) -> None:
    first, second = twins()
    kernel.plug(first)
    plug = sequencer.open("Twin Synth:Twin Synth MIDI 1 [1-1]", is_output=True)
    kernel.unplug(first)
    kernel.plug(second)
    sequencer.pump(NOW_NS)
    assert plug.far is None
    kernel.plug(first)
    sequencer.pump(NOW_NS)
    assert kernel.device_of(plug.number) is first


@pytest.mark.parametrize("serials", [("AAA1", "BBB2"), ("", ""), ("0001", "0001")])
def test_two_alike_that_were_unplugged_while_nothing_ran_are_opened_as_who_they_are(
    kernel: Kernel, sequencer: Sequencer, serials: tuple[str, str]
) -> None:
    first, second = pair = twins(*serials)
    kernel.plug(*pair)
    remembered = names(kernel)
    kernel.unplug(*pair)
    kernel.plug(second, first)
    plugs = [sequencer.open(name, is_output=True) for name in remembered]
    assert [kernel.device_of(plug.number) for plug in plugs] == [first, second]


def test_each_port_of_one_of_several_alike_is_meant_also_when_it_is_alone(kernel: Kernel, sequencer: Sequencer) -> None:
    kernel.plug(Device("Interface", ["Out", "Out"], socket="1-1"))
    plugs = [sequencer.open(f"Interface:Out [1-1, port {number}]", is_output=True) for number in (1, 2)]
    assert [kernel.links[plug.number].port for plug in plugs] == [0, 1]


# Unplugging


def test_a_device_that_is_pulled_out_and_put_back_is_connected_again(kernel: Kernel, sequencer: Sequencer) -> None:
    key = Device("KeyStep 37", ["KeyStep 37 MIDI 1"], serial="K1", socket="1-1")
    kernel.plug(key)
    plug = sequencer.open("KeyStep 37:KeyStep 37 MIDI 1", is_output=False)
    kernel.unplug(key)
    sequencer.pump(NOW_NS)
    assert plug.far is None
    kernel.plug(Device("Other", ["MIDI 1"], socket="3-1", model="0002"), key)  # which gets another number now
    sequencer.pump(NOW_NS)
    assert kernel.device_of(plug.number) is key


@pytest.mark.parametrize("serials", [("AAA1", "BBB2"), ("", ""), ("0001", "0001")])
def test_two_alike_replugged_in_the_other_order_stay_who_they_are(
    kernel: Kernel, sequencer: Sequencer, serials: tuple[str, str]
) -> None:
    first, second = pair = twins(*serials)
    plugs = open_both(kernel, sequencer, pair)
    kernel.unplug(first, second)
    kernel.plug(second, first)
    sequencer.pump(NOW_NS)
    assert (kernel.card_of(second), kernel.card_of(first)) == (0, 1)
    assert [kernel.device_of(plug.number) for plug in plugs] == [first, second]


def test_a_serial_number_is_known_in_any_socket(kernel: Kernel, sequencer: Sequencer) -> None:
    first, second = pair = twins("AAA1", "BBB2")
    plugs = open_both(kernel, sequencer, pair)
    kernel.unplug(first, second)
    first.socket, second.socket = "2-1", "1-1"
    kernel.plug(first, second)
    sequencer.pump(NOW_NS)
    assert [kernel.device_of(plug.number) for plug in plugs] == [first, second]


def test_a_device_alone_of_its_model_is_known_in_another_socket(kernel: Kernel, sequencer: Sequencer) -> None:
    first, _ = twins()
    kernel.plug(first)
    plug = sequencer.open("Twin Synth:Twin Synth MIDI 1", is_output=True)
    kernel.unplug(first)
    first.socket = "4-2"
    kernel.plug(first)
    sequencer.pump(NOW_NS)
    assert kernel.device_of(plug.number) is first


def test_a_second_of_its_model_that_came_later_is_not_taken_for_it(kernel: Kernel, sequencer: Sequencer) -> None:
    first, second = twins()
    kernel.plug(first)
    plug = sequencer.open("Twin Synth:Twin Synth MIDI 1", is_output=True)
    kernel.plug(second)
    sequencer.pump(NOW_NS)
    kernel.unplug(first, second)
    kernel.plug(second)
    sequencer.pump(NOW_NS)
    assert plug.far is None
    kernel.plug(first)
    sequencer.pump(NOW_NS)
    assert kernel.device_of(plug.number) is first


def test_each_port_of_a_device_is_found_again_by_its_place(kernel: Kernel, sequencer: Sequencer) -> None:
    device = Device("Interface", ["Out", "Out"], socket="1-1")
    kernel.plug(device)
    plugs = [sequencer.open(f"Interface:Out [port {number}]", is_output=True) for number in (1, 2)]
    kernel.unplug(device)
    sequencer.pump(NOW_NS)
    kernel.plug(device)
    sequencer.pump(NOW_NS)
    assert [kernel.links[plug.number].port for plug in plugs] == [0, 1]


def test_a_program_that_is_started_again_is_known_by_its_names(kernel: Kernel, sequencer: Sequencer) -> None:
    fluid = Device("fluid", ["in"])
    kernel.plug(fluid)
    plug = sequencer.open("fluid:in", is_output=True)
    kernel.unplug(fluid)
    kernel.plug(Device("other", ["in"]), fluid)
    sequencer.pump(NOW_NS)
    assert kernel.device_of(plug.number) is fluid


def test_a_device_that_another_program_took_first_is_tried_again(kernel: Kernel, sequencer: Sequencer) -> None:
    fluid = Device("fluid", ["in"])
    kernel.plug(fluid)
    plug = sequencer.open("fluid:in", is_output=True)
    kernel.unplug(fluid)
    kernel.plug(fluid)
    kernel.is_busy = True
    sequencer.pump(NOW_NS)
    assert plug.far is None
    kernel.is_busy = False
    sequencer.pump(NOW_NS + TEND_NS)
    assert kernel.device_of(plug.number) is fluid


# Arrivals


def test_an_overrun_breaks_off_the_sysex_and_what_follows_is_whole(kernel: Kernel, sequencer: Sequencer) -> None:
    kernel.plug(Device("keys", ["out"]))
    plug = sequencer.open("keys:out", is_output=False)
    kernel.arrive(b"\xf0" + bytes(255), NOW_NS)
    sequencer.pump(NOW_NS)
    kernel.overrun()
    kernel.arrive(b"\x01\x02\xf7", NOW_NS)
    kernel.arrive(b"\xf0\x43\xf7", NOW_NS + 1)
    sequencer.pump(NOW_NS + 2)
    assert plug.arrived == [(NOW_NS + 1, b"\xf0\x43\xf7")]
    assert plug.lost == 1


def test_an_overrun_leaves_no_key_down(kernel: Kernel, sequencer: Sequencer) -> None:
    kernel.plug(Device("keys", ["out"]))
    plug = sequencer.open("keys:out", is_output=False)
    kernel.arrive(note_on(0, 60, 90) + note_on(0, 64, 90) + note_off(0, 64), NOW_NS)
    sequencer.pump(NOW_NS)
    kernel.overrun()
    sequencer.pump(NOW_NS + 5)
    assert plug.arrived[3:] == [(NOW_NS + 5, note_off(0, 60))]


def test_an_unplugging_that_was_lost_in_an_overrun_is_noticed(kernel: Kernel, sequencer: Sequencer) -> None:
    keys = Device("keys", ["out"])
    kernel.plug(keys)
    plug = sequencer.open("keys:out", is_output=False)
    sequencer.pump(NOW_NS)
    assert plug.far
    kernel.unplug(keys)
    kernel.overrun(Gone(plug.far))
    sequencer.pump(NOW_NS)
    assert plug.far is None


def test_stamps_never_go_back_when_the_clocks_are_compared_anew(kernel: Kernel, sequencer: Sequencer) -> None:
    kernel.plug(Device("keys", ["out"]))
    plug = sequencer.open("keys:out", is_output=False)
    kernel.arrive(note_on(0, 60, 90), NOW_NS)
    kernel.arrive(note_off(0, 60), NOW_NS - 1)
    sequencer.pump(NOW_NS)
    assert [at_ns for at_ns, _ in plug.arrived] == [NOW_NS, NOW_NS]


def test_clock_and_active_sensing_stay_outside(kernel: Kernel, sequencer: Sequencer) -> None:
    kernel.plug(Device("keys", ["out"]))
    plug = sequencer.open("keys:out", is_output=False)
    kernel.arrive(b"\xf8\xfe\xfa", NOW_NS)
    sequencer.pump(NOW_NS)
    assert plug.arrived == [(NOW_NS, b"\xfa")]


# The queue's clock


def test_of_all_readings_the_one_that_nothing_held_up_counts() -> None:
    clock, late = QueueClock(), iter([400, 7, 90])
    clock.compare(lambda: 1_000_000 - next(late), lambda: 9_000_000)
    assert clock.at_ns(1_000_000) == 9_000_007
    clock.compare(lambda: 1_000_000 - 500, lambda: 9_000_000)
    assert clock.own_ns(9_000_007) == 1_000_000


def test_a_queue_that_was_starved_is_measured_from_new() -> None:
    clock = QueueClock()
    clock.compare(lambda: 100_000_000, lambda: 100_000_000)
    clock.compare(lambda: 90_000_000, lambda: 100_000_000)
    assert clock.own_ns(100_000_000) == 90_000_000
