"""What the tests of twins have in common: profiles of a few lines, and bytes at a nanosecond each."""

from typing import Any

from bridge.ports.twin import Twin
from bridge.ports.twin_device import Device
from bridge.ports.twin_panel import Panel
from bridge.profiles.model import Profile


def profile(kind: str = "instrument", **tables: Any) -> Profile:
    """A profile that says no more than `tables`."""
    head = {"name": "a/b", "maker": "A", "model": "B", "kind": kind, "source": "assumed"}
    return Profile.model_validate({**head, **tables})


def instrument(**tables: Any) -> Twin:
    return Twin(profile(**tables))


def slot(**facts: Any) -> dict[str, Any]:
    return {"channels": [1], **facts}


def controller(*controls: dict[str, Any], **tables: Any) -> Panel:
    return Panel(profile("controller", controls=list(controls), **tables))


def play(device: Device, *messages: bytes, gap_ns: int = 1) -> None:
    """Send the messages, each whole, one after the other."""
    at_ns = device.heard[-1][0] + gap_ns if device.heard else gap_ns
    for message in messages:
        device.feed(message, at_ns)
        at_ns += gap_ns
    device.step(at_ns)


def hexes(text: str) -> list[bytes]:
    """The messages of a text in hex, one a comma."""
    return [bytes.fromhex(part) for part in text.split(",")]


def answers(device: Device) -> list[str]:
    """What it has sent since the last call, in hex."""
    return [message.hex(" ").upper() for _, message in device.receive()]
