"""A hand on the twin controller, for tests: what it does goes through a surface into a real session.

    hands = Hands(*hit(60, 0, 400), *hit(64, 500, 900), loop=(0, 1_000))
    hands.key(62, 20)
    assert hands.pitches() == [62, 64]

A tick is a millisecond. Every hand method takes the tick at which it was heard and the pass; 1 is a later pass.
"""

from typing import Final

from bridge.core.arrival import Arrival, Epoch, Loop
from bridge.core.edit import Note
from bridge.core.message import SUSTAIN, control, is_controller, note_off, note_on
from bridge.core.smf import read
from bridge.core.song import Song
from bridge.core.wish import Wish
from bridge.profiles.load import load
from bridge.profiles.model import Profile
from bridge.session.session import Correction, Session, Source
from bridge.surface.surface import Action, Selected, Surface, Undo
from tests.kit import Timed, smf

TWIN: Final = load("midi-bridge/twin-controller")
PLAYER: Final = "player"
TOOL_BUTTONS: Final = {"fix": 30, "dynamics": 31, "pedal": 32, "erase": 33}
MS: Final = 1_000_000


class Hands:
    """One song in a loop or not, one surface, one session."""

    def __init__(
        self, *events: Timed, loop: tuple[int, int] | None = None, tool: str = "fix", profile: Profile = TWIN
    ) -> None:
        data = smf(events)
        self.song = Song(read(data))
        self.session = Session(Source.of("song.mid", data), self.song)
        self.surface = Surface(self.song, profile, tool=tool)
        self.loop = Loop(*loop) if loop else None
        self.is_rolling = True
        self.plays = 0
        self.actions: list[Action] = []

    def epoch(self, turn: int = 1, tick: int = 0, at_ns: int = 0) -> Epoch:
        """The epoch of a pass."""
        return Epoch(10 * self.plays + turn, turn, at_ns, tick, self.is_rolling, self.loop)

    def send(self, message: bytes, tick: int, turn: int = 1) -> list[Action]:
        """One message, heard at a tick of a pass; what the surface said to it, which is done."""
        arrival = Arrival(1, "twin", 0, 10 * self.plays + turn, turn, tick, message)
        return self.act(self.surface.take(arrival, self.epoch(turn)))

    def turn(self, turn: int, tick: int | None = None, at_ns: int = 0) -> list[Action]:
        """A new epoch; without a tick it begins at the loop's start."""
        start = self.loop.start if self.loop and tick is None else tick or 0
        return self.act(self.surface.turn(self.epoch(turn, start, at_ns)))

    def stop(self, tick: int) -> list[Action]:
        """Playing stops; the next arrivals are from another play."""
        self.plays += 1
        return self.act(self.surface.stop(tick))

    def act(self, actions: list[Action]) -> list[Action]:
        """Do what the surface says."""
        self.actions += actions
        for action in actions:
            match action:
                case Wish():
                    self.session.correct(PLAYER, action)
                case Undo():
                    self.session.undo(PLAYER)
                case Selected():
                    pass
        return actions

    def down(self, pitch: int, tick: int, turn: int = 1) -> list[Action]:
        """A key goes down."""
        return self.send(note_on(0, pitch, 80), tick, turn)

    def up(self, pitch: int, tick: int, turn: int = 1) -> list[Action]:
        """A key comes up."""
        return self.send(note_off(0, pitch), tick, turn)

    def key(self, pitch: int, tick: int, turn: int = 1) -> list[Action]:
        """A key is struck: down and up."""
        return self.down(pitch, tick, turn) + self.up(pitch, tick + 10, turn)

    def pad(self, tick: int, velocity: int, turn: int = 1) -> list[Action]:
        """The first pad is hit."""
        return self.send(note_on(9, 36, velocity), tick, turn)

    def foot(self, value: int, tick: int, turn: int = 1) -> list[Action]:
        """The pedal moves."""
        return self.send(control(0, SUSTAIN, value), tick, turn)

    def button(self, number: int, tick: int = 0, turn: int = 1) -> list[Action]:
        """A button is pressed and let go."""
        return self.send(control(15, number, 127), tick, turn) + self.send(control(15, number, 0), tick, turn)

    def tool(self, name: str, tick: int = 0, turn: int = 1) -> list[Action]:
        """The button of a tool."""
        return self.button(TOOL_BUTTONS[name], tick, turn)

    def notes(self) -> list[Note]:
        """The notes of the part as they are now."""
        return [note for _, note in self.song.part_notes(next(iter(self.song.parts())))]

    def pitches(self) -> list[int]:
        """The pitches of the part by onset; of a chord from below."""
        return [note.pitch for note in sorted(self.notes(), key=lambda note: (note.tick, note.pitch))]

    def velocities(self) -> list[int]:
        """The velocities of the part by onset; of a chord from below."""
        return [note.velocity for note in sorted(self.notes(), key=lambda note: (note.tick, note.pitch))]

    def pedal(self) -> list[tuple[int, int]]:
        """Every CC 64 of the song, as (tick, value)."""
        events = [event for track in self.song.tracks for _, event in self.song.events(track)]
        return [(event.tick, event.value) for event in events if is_controller(event.message, SUSTAIN)]

    @property
    def live(self) -> list[Correction]:
        """The corrections that stand."""
        return [one for one in self.session.corrections.values() if one.live]
