"""The part of the walk that moves controls: what a twin sends is read by mido, and must be what was moved."""

from collections import defaultdict
from collections.abc import Callable

from mido import Message, Parser

from bridge.app.far_end import device_of
from bridge.ports.twin_controls import Controls, Place
from bridge.ports.twin_panel import Panel
from bridge.profiles.control import Control, Light
from bridge.profiles.model import Profile

Address = tuple[str, int, int]
DELTAS: dict[str, Callable[[int], int]] = {
    "twos complement": lambda value: value - 128 if value >= 64 else value,
    "sign bit": lambda value: 64 - value if value >= 64 else value,
    "offset 64": lambda value: value - 64,
}


def walk_controls(profile: Profile, twin_of: Profile) -> None:
    """Every control of every page is turned through its range and recognised as itself; lights and modes are set."""
    device = device_of(twin_of)
    controls = device.controls
    if controls is None:
        return
    owners = _owners(profile)
    pages: list[str | None] = [*controls.pages]
    for page in pages or [None]:
        controls.page = page
        for place in controls.here:
            _walk_one(controls, place, owners[page])
    if isinstance(device, Panel):
        _walk_modes(profile, device)
        _walk_lights(profile, device)


def _owners(profile: Profile) -> dict[str | None, dict[Address, list[Control]]]:
    """Which controls send each address, by page."""
    pages = {control.page for control in profile.controls} | {page.name for page in profile.pages}
    owners: dict[str | None, dict[Address, list[Control]]] = {page: defaultdict(list) for page in pages | {None}}
    for control in profile.controls:
        for page in pages if control.page is None else {control.page}:
            for address in control.message.addresses:
                owners[page][address].append(control)
    return owners


def _walk_one(controls: Controls, place: Place, owners: dict[Address, list[Control]]) -> None:
    assert controls.find(place.label) == place
    if place.address is None:
        (message,) = controls.move(place.label, 127)
        assert (message[0], message[-1]) == (0xF0, 0xF7)
        assert len(_read([message])) == 1
        return
    if place.is_relative:
        for detents in (1, -1, 3, -3):
            (read,) = _read(controls.turn(place.label, detents))
            assert place.control in owners[_address(read)]
            assert DELTAS[place.control.encoding](read.value) == detents
        return
    low, high = place.span
    for value in sorted({low, low + 1, (low + high) // 2, high}) if high > low else [high]:
        messages = _read(controls.move(place.label, value))
        for read in messages:
            assert _address(read) == place.address
            assert place.control in owners[place.address]
            assert _value(read) in (value, place.address[2] if read.type == "program_change" else value)
        assert messages or value == 0
    _walk_release(controls, place)


def _walk_release(controls: Controls, place: Place) -> None:
    """A pressed control lets go as its profile says."""
    if place.control.kind not in ("button", "pad", "keys", "pedal", "touch") or place.control.release is None:
        return
    controls.move(place.label, place.span[1])
    released = controls.move(place.label, 0)
    found: dict[str, Callable[[], bool]] = {
        "note off": lambda: bool(_read(released)[0].type == "note_off"),
        "note on 0": lambda: (released[0][0] & 0xF0, released[0][2]) == (0x90, 0),
        "value 0": lambda: _value(_read(released)[0]) == 0,
        "none": lambda: not released,
    }
    assert found[place.control.release](), (place.label, place.control.release, released)


def _walk_modes(profile: Profile, panel: Panel) -> None:
    """A program that enters a mode is on its page, and is back when it leaves it."""
    for mode in profile.modes:
        panel.controls.leave()
        home = panel.controls.page
        panel.feed(_bytes(mode.enter), 0)
        panel.step(0)
        assert panel.controls.mode == (mode.name if mode.name in panel.controls.modes.values() else None)
        panel.feed(_bytes(mode.leave), 0)
        panel.step(0)
        assert panel.controls.page == home


def _walk_lights(profile: Profile, panel: Panel) -> None:
    """A light that is set is the light of that control, and stands at that value."""
    for place in panel.controls.places:
        light = place.control.light
        if light is None:
            continue
        panel.controls.page = place.control.page
        for value in sorted({0, 1, 127, *light.values.values()}):
            before = len(panel.lit)
            message = _lighting(light, place, value)
            panel.feed(message, 0)
            panel.step(0)
            assert place.label in {lit.control for lit in panel.lit[before:]}, (place.label, message.hex(" "))
            assert panel.lights[place.label] == value


def _lighting(light: Light, place: Place, value: int) -> bytes:
    _, channel, number = place.address or ("", 1, 0)
    number = light.number_at(place.row, number)
    status = {"note": 0x90, "control": 0xB0, "bend": 0xE0}.get(light.type, 0) | ((light.channel or channel) - 1)
    if light.type == "sysex":
        named = {"nn": number, "vv": value, "vl": value, "vh": 0, "rr": value, "gg": value, "bb": value}
        words = [word for word in (light.sysex or "").split() if word != "*"]
        return bytes(named[word] if word in named else int(word.replace("?", "0"), 16) for word in words)
    return bytes((status, value, 0) if light.type == "bend" else (status, number, value))


def _bytes(text: str) -> bytes:
    return bytes(int(word.replace("?", "0"), 16) for word in text.split() if word != "*")


def _read(messages: list[bytes]) -> list[Message]:
    parser = Parser()
    parser.feed(b"".join(messages))
    return list(parser)


def _address(read: Message) -> Address:
    named = {
        "note_on": ("note", "note"),
        "note_off": ("note", "note"),
        "control_change": ("control", "control"),
        "polytouch": ("key pressure", "note"),
        "program_change": ("program", "program"),
        "aftertouch": ("pressure", ""),
        "pitchwheel": ("bend", ""),
    }
    kind, number = named[read.type]
    return kind, read.channel + 1, getattr(read, number) if number else 0


def _value(read: Message) -> int:
    if read.type == "pitchwheel":
        return int(read.pitch) + 8_192
    if read.type == "note_off":
        return 0
    for key in ("velocity", "value", "program"):
        if hasattr(read, key):
            return int(getattr(read, key))
    raise AssertionError(read)
