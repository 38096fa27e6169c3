"""The player's surface: what a controller sends becomes what is to be done to the song.

The host calls `take` for every arrival and `turn` for every new epoch, in the order in which the engine made
them. Nothing is decided by a clock, by chance or by how late an arrival was handed over: only by the song, and
by the epoch, pass and tick that each arrival carries. The song is read, never changed; the host does what the
actions say before it hands over the next arrival.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol, Self

from bridge.core.arrival import Arrival, Epoch, Loop
from bridge.core.song import Part, Song
from bridge.core.wish import Wish
from bridge.profiles.control import Role
from bridge.profiles.model import Profile
from bridge.surface import dynamics, erase, fix, pedal
from bridge.surface.decode import Decoder, Gesture
from bridge.surface.place import MS, Field


@dataclass(frozen=True, slots=True)
class Undo:
    """The newest live correction of the player is to be taken back."""


@dataclass(frozen=True, slots=True)
class Selected:
    """Another part or tool was chosen: what the controller is heard on, and how, may be another now."""

    part: Part
    tool: str


@dataclass(frozen=True, slots=True)
class Onward:
    """The part is to be played by the next instrument of the rig."""

    part: Part


Action = Wish | Undo | Selected | Onward


class Tool(Protocol):
    """What a tool remembers, as a value; each event gives the next state and the wishes, in this order."""

    def touched(self, field: Field, gesture: Gesture) -> tuple[Self, tuple[Wish, ...]]:
        """A control of the tool's moved (went down only while the song plays)."""

    def turned(self, field: Field, turn: int) -> tuple[Self, tuple[Wish, ...]]:
        """The loop begins again, with pass `turn`."""

    def ended(self, field: Field, tick: int) -> tuple[Self, tuple[Wish, ...]]:
        """Playing stopped or jumped away at `tick`, or the tool is laid down."""


_AT_REST: Final[Mapping[str, Tool]] = MappingProxyType(
    {
        fix.TOOL: fix.Fixing(),
        dynamics.TOOL: dynamics.Striking(),
        pedal.TOOL: pedal.Pedalling(),
        erase.TOOL: erase.Erasing(),
    }
)
_HANDS: Final[Mapping[str, frozenset[Role]]] = MappingProxyType(
    {
        fix.TOOL: frozenset({"keys", "pad"}),
        dynamics.TOOL: frozenset({"pad"}),
        pedal.TOOL: frozenset({"pedal"}),
        erase.TOOL: frozenset({"keys", "pad"}),
    }
)
_MUSIC: Final[frozenset[Role]] = frozenset({"keys", "pad", "pedal"})
_SILENT: Final = frozenset({dynamics.TOOL, erase.TOOL})  # what the hand does for these is no music
_BUTTONS: Final = frozenset({"part", "tool", "undo", "route"})
_GOES_ON_NS: Final = 5 * MS  # a new epoch this close to where the last one had come is no jump


class Surface:
    """One controller with what is chosen on it; `profile` None: keys and a pedal, and no buttons.

    Without a word about it the song's first part is chosen; in a song without notes `part` is None and nothing
    ever follows.
    """

    def __init__(self, song: Song, profile: Profile | None, part: Part | None = None, tool: str = fix.TOOL) -> None:
        self.profile = profile
        self._song = song
        self._parts = tuple(song.parts())
        self.part = part if part or not self._parts else self._parts[0]
        self.tool = tool
        self._decoder = Decoder(profile)
        self._state = _AT_REST[tool]
        self._epoch: Epoch | None = None
        self._down: frozenset[tuple[Role, int]] = frozenset()

    @property
    def thru(self) -> frozenset[Role]:
        """The roles of the controller that sound on the selected part's instrument; all others are swallowed."""
        return _MUSIC - self._hands if self.tool in _SILENT else _MUSIC

    def take(self, arrival: Arrival, epoch: Epoch) -> list[Action]:
        """What follows from one message, under the epoch that it carries."""
        gesture = self._decoder.decode(arrival)
        if gesture is None:
            return []
        if gesture.role in ("keys", "pad"):
            touched = frozenset({(gesture.role, gesture.number)})
            self._down = self._down | touched if gesture.is_down else self._down - touched
        if self.part is None or (gesture.is_down and not epoch.rolling and gesture.role not in _BUTTONS):
            return []
        if gesture.role in _BUTTONS:
            return self._button(gesture, epoch, self.part) if gesture.is_down else []
        if gesture.role not in self._hands:
            return []
        self._state, wishes = self._state.touched(self._field(epoch.loop, self.part), gesture)
        return list(wishes)

    def turn(self, epoch: Epoch) -> list[Action]:
        """What follows from a new epoch: the loop turned, playing stopped, or it jumped."""
        last, self._epoch = self._epoch, epoch
        if last is None or not last.rolling or self.part is None:
            return []
        if not epoch.rolling:
            return self._end(last.loop, epoch.tick)
        if last.loop and last.loop == epoch.loop and epoch.turn == last.turn + 1:
            self._state, wishes = self._state.turned(self._field(last.loop, self.part), epoch.turn)
            return list(wishes)
        tempo = self._song.tempo
        reached_ns = tempo.ns_at(last.tick) + epoch.at_ns - last.at_ns
        if epoch.turn == last.turn and abs(tempo.ns_at(epoch.tick) - reached_ns) <= _GOES_ON_NS:
            return []
        return self._end(last.loop, tempo.tick_at(reached_ns))

    def stop(self, tick: int) -> list[Action]:
        """What follows when playing ends at `tick`: what is open is closed; a second time nothing."""
        last, self._epoch = self._epoch, None
        return self._end(last.loop if last else None, tick)

    @property
    def _hands(self) -> frozenset[Role]:
        """The roles that work the tool; on a controller without pads its keys do what pads do."""
        hands = _HANDS[self.tool]
        return hands if self._decoder.has_pads or "pad" not in hands else hands | {"keys"}

    def _field(self, loop: Loop | None, part: Part) -> Field:
        return Field(self._song, part, loop, frozenset(number for _, number in self._down))

    def _end(self, loop: Loop | None, tick: int) -> list[Action]:
        if self.part is None:
            return []
        self._state, wishes = self._state.ended(self._field(loop, self.part), tick)
        return list(wishes)

    def _button(self, gesture: Gesture, epoch: Epoch, part: Part) -> list[Action]:
        if gesture.role == "undo":
            self._state = _AT_REST[self.tool]
            return [Undo()]
        if gesture.role == "route":
            return [Onward(part)]
        tool = self.tool
        if gesture.role == "tool":
            tool = str(gesture.means)
        elif int(gesture.means or 0) <= len(self._parts):
            part = self._parts[int(gesture.means or 0) - 1]
        if (part, tool) == (self.part, self.tool):
            return []
        actions = self._end(epoch.loop, gesture.arrival.tick)
        self.part, self.tool, self._state = part, tool, _AT_REST[tool]
        return [*actions, Selected(part, tool)]
