"""The file of a rig as `rig init` writes it: an entry for each device, and comments on what only the player knows.

It is made of what `rig_scan` has seen and of what the player has said to it. It passes the check as it is, whatever is
left open. It guesses nothing: what may be a controller is no instrument, since nobody would hear what it is sent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.app.at_sight import UNCONFIRMED
from bridge.app.rig_scan import Sighting
from bridge.profiles.convert.toml_out import quoted
from bridge.profiles.known import Kind
from bridge.profiles.load import load
from bridge.profiles.match import Answer
from bridge.profiles.model import Profile

_HEAD: Final = """\
# Your rig: what sounds, and what has keys, knobs and pads. docs/rig.md says what each line means.
# midi-bridge rig check plays a note on each instrument and says what is missing.
"""
_NOTHING: Final = """
# Nothing was found. An entry looks so:
#
# [[instruments]]
# name = "Synth"
# profile = "generic/gm-module"  # midi-bridge profiles list names them all
# port = "alsa:UM-ONE MIDI 1@din"  # as midi-bridge ports names it; @din where a cable ends in 5-pin DIN
# channels = [1, 2]
"""
_DIN: Final = "@din"


@dataclass(frozen=True, slots=True)
class Said:
    """What the player has said of one device, or what is taken where nobody is asked."""

    profile: str | None = None
    channels: tuple[int, ...] = ()
    is_wanted: bool = True
    kind: Kind | None = None


def unasked(one: Sighting) -> Said:
    """What is written of a device where nobody is asked."""
    return Said(one.answer.profiles[0] if one.answer.outcome == "device" else None)


def kind_of(one: Sighting, said: Said) -> Kind | None:
    """Whether it sounds or has keys and knobs; None where only the player can know."""
    if said.profile or said.kind:
        return load(said.profile).kind if said.profile else said.kind
    if one.output is None:
        return "controller"
    kinds = {load(name).kind for name in one.answer.profiles}
    return kinds.pop() if len(kinds) == 1 else None


def render(found: Sequence[tuple[Sighting, Said]]) -> str:
    """The whole file."""
    draft = _Draft()
    entries = [entry for one, said in found if said.is_wanted for entry in draft.entries(one, said)]
    return "\n".join([_HEAD, *entries]) if entries else _HEAD + _NOTHING


class _Draft:
    """The entries so far, as far as the next must differ from them."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._claims: set[tuple[str, int]] = set()

    def entries(self, one: Sighting, said: Said) -> Iterator[str]:
        """All that one device is: an instrument, a controller, or both."""
        profile = load(said.profile) if said.profile else None
        kind = kind_of(one, said)
        if one.output and kind != "controller":
            entry = self._instrument(one, said, profile)
            yield entry if kind else _commented("If it sounds, or what is behind it does:", entry)
        if not one.input:
            return
        if kind == "controller":
            yield _controller(one, profile, self._name(one, profile))
        elif profile and any(control.means == "keys" for control in profile.controls):
            yield _controller(one, profile, self._name(one, profile, " keys"))
        elif profile is None:
            yield _commented("If it has keys, knobs or pads:", _controller(one, None, self._name(one, None, " keys")))

    def _name(self, one: Sighting, profile: Profile | None, end: str = "") -> str:
        """A name that no other entry has."""
        own = (one.answer.model or profile.model if profile else one.name) + end
        tried = [own, *(f"{own} {number}" for number in range(2, len(self._names) + 3))]
        name = next(name for name in tried if name not in self._names)
        self._names.add(name)
        return name

    def _instrument(self, one: Sighting, said: Said, profile: Profile | None) -> str:
        is_din = profile and profile.wire and profile.wire.connector != "usb" and not one.is_direct
        port = f"{one.output}{_DIN if is_din else ''}"
        lines = ["[[instruments]]", f"name = {quoted(self._name(one, profile))}", *_what(one, profile)]
        lines += [f"port = {quoted(port)}", *self._channels(port, said, profile)]
        if profile is None:
            lines.append("# write @din behind the port's name where it is a cable that ends in 5-pin DIN")
        if profile is None or not profile.timing:
            lines.append("# latency_ms = 0  # from a note to its sound, where you know it")
        return "\n".join(lines) + "\n"

    def _channels(self, port: str, said: Said, profile: Profile | None) -> Iterator[str]:
        known = sorted(channel for slot in (profile.slots if profile else ()) for channel in slot.channels)
        channels = list(said.channels) or known
        if not channels:
            yield "# channels = [1]  # the channels it listens on; without this line all sixteen"
            return
        claims = {(port, channel) for channel in channels}
        if claims & self._claims:
            yield f"# channels = {channels}  # another on this port has one of these: set it to others, and say which"
            return
        self._claims |= claims
        by_factory = "" if said.channels else "  # by factory setting; change them if it is set otherwise"
        yield f"channels = {channels}{by_factory}"


def _controller(one: Sighting, profile: Profile | None, name: str) -> str:
    port = one.input or ""
    return "\n".join(["[[controllers]]", f"name = {quoted(name)}", *_what(one, profile), f"port = {quoted(port)}", ""])


def _what(one: Sighting, profile: Profile | None) -> Iterator[str]:
    """The profile and why it is that, or what there is to choose from."""
    if profile:
        yield from (f"# {_plain(why)}" for why in (one.answer.why if profile.name in one.answer.profiles else ()))
        yield f"profile = {quoted(profile.name)}" + (f"  # {UNCONFIRMED}" if profile.needs_hardware else "")
    else:
        yield f"# {_open(one.answer)}; midi-bridge profiles list names them all:"
        yield from (f"# profile = {quoted(name)}" for name in one.answer.profiles or ("maker/model",))


def _open(answer: Answer) -> str:
    """What is to be filled in."""
    if answer.profiles:
        return "it may be one of these"
    return f"it is made by {_plain(' or '.join(answer.vendors))}" if answer.vendors else "nobody knows what this is"


def _commented(head: str, entry: str) -> str:
    return "\n".join(f"# {line}" for line in [head, *entry.splitlines()]) + "\n"


def _plain(text: str) -> str:
    """A text for a comment, where a line's end would end it."""
    return "".join(one if one.isprintable() else "?" for one in text)
