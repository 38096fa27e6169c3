"""The demo: an AI's part on a rig of twins, corrected by a scripted player while it plays in a loop.

Nothing in it is canned: the player only presses keys, pads, pedal and buttons of a twin controller, at places
in the song that he hears; what becomes of it is the program's affair.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

from bridge.app.host import News
from bridge.app.rig import CONTROLLER_PROFILE, DEMO_TWINS, Rig, open_rig
from bridge.app.sessions import open_for_song
from bridge.app.stage import Stage
from bridge.core.arrival import Loop
from bridge.core.clock import Clock
from bridge.core.message import SUSTAIN, control, note_off, note_on
from bridge.core.song import Song
from bridge.engine.transport import Transport
from bridge.ports.twin import TwinController
from bridge.profiles.load import load
from bridge.session.session import Session, Source
from bridge.surface.surface import Surface

SONG: Final = "jam__20221206_153823.mid"
SOURCE_MID: Final = "source.mid"
PASSES: Final = 4
SOURCE_LABEL: Final = "AI"
MARK: Final = "demo"  # meta: the session was made here, and may be replaced
_KEYS, _PADS, _BUTTONS = 0, 9, 15  # the twin controller's channels, counted from 0
_DRUMS, _PIANO, _BASS = 1, 2, 3  # the parts, counted from 1


class Press(NamedTuple):
    """One message of the script: in which pass, at which tick."""

    turn: int
    tick: int
    message: bytes


def _button(turn: int, tick: int, number: int) -> Iterator[Press]:
    yield Press(turn, tick, control(_BUTTONS, number, 127))
    yield Press(turn, tick + 20, control(_BUTTONS, number, 0))


def _select(turn: int, tick: int, part: int, tool: str) -> Iterator[Press]:
    yield from _button(turn, tick, 19 + part)
    yield from _button(turn, tick + 40, {"fix": 30, "dynamics": 31, "pedal": 32, "erase": 33}[tool])


def _held(turn: int, tick: int, ticks: int, channel: int, number: int, velocity: int = 90) -> Iterator[Press]:
    yield Press(turn, tick, note_on(channel, number, velocity))
    yield Press(turn, tick + ticks, note_off(channel, number))


def _pedalled(turn: int, down: int, up: int) -> Iterator[Press]:
    yield Press(turn, down, control(_KEYS, SUSTAIN, 127))
    if up:
        yield Press(turn, up, control(_KEYS, SUSTAIN, 0))


_ACCENTS: Final = (112, 58, 96, 52, 104, 60, 100, 66)  # velocities of the eighths of a bar, strong and weak
_HASTE: Final = (3, -6, 8, -2, -9, 5, 11, -4)  # ticks that the hand is late: nobody hits the grid


def script() -> list[Press]:
    """What the player does in four passes of eight bars, 1,536 ticks each."""
    presses = [
        # First hearing: B1 under an A major chord in bar 7. He plays the A1 that belongs there, 300 ms late.
        *_select(0, 8_000, _BASS, "fix"),
        *_held(0, 9_984 + 230, 150, _KEYS, 33),
        # The D major chord of bar 5, fourth beat: A and D stay, F sharp becomes G.
        *_select(1, 5_200, _PIANO, "fix"),
        *_held(1, 6_900, 190, _KEYS, 57),
        *_held(1, 6_906, 184, _KEYS, 62),
        *_held(1, 6_930, 160, _KEYS, 67),
        # Heard once more, he likes the F sharp better.
        *_button(2, 7_300, 40),
        # The drums of bars 7 and 8 on one pad.
        *_select(2, 8_600, _DRUMS, "dynamics"),
        *(
            press
            for eighth in range(16)
            for press in _held(2, 9_216 + eighth * 192 + _HASTE[eighth % 8], 40, _PADS, 36, _ACCENTS[eighth % 8])
        ),
        # A hi-hat that is struck twice at one instant in bar 2: its pad is held over it.
        *_select(3, 1_000, _DRUMS, "erase"),
        *_held(3, 1_985, 70, _PADS, 42),
        # The pedal that the part never had: changed with the chords, open at the end.
        *_select(3, 2_300, _PIANO, "pedal"),
        *_pedalled(3, 2_925, 5_740),
        *_pedalled(3, 5_800, 8_620),
        *_pedalled(3, 8_690, 0),
    ]
    return sorted(presses, key=lambda press: press[:2])


class ScriptedPlayer:
    """Plays the script by ear: each press is aimed at a place in the song, in the pass that he hears."""

    def __init__(self, controller: TwinController, transport: Transport, presses: Sequence[Press]) -> None:
        self._controller = controller
        self._transport = transport
        self._presses = list(presses)
        self._heard = 0

    @property
    def next_ns(self) -> int | None:
        """Nothing of its own: it acts when a pass begins, which the engine knows."""
        return None

    def step(self, now_ns: int) -> None:
        """At the start of each pass, aim the presses of that pass."""
        epoch = self._transport.epoch
        if not epoch.rolling or epoch.number == self._heard:
            return
        self._heard = epoch.number
        while self._presses and self._presses[0].turn <= epoch.turn:
            press = self._presses.pop(0)
            self._controller.press(press.message, self._transport.due_ns(press.tick, epoch))


@dataclass(frozen=True, slots=True)
class Performance:
    """What is left when the demo has been played: the session as it is, and the rig that heard it."""

    session: Session
    rig: Rig


def source() -> Source:
    """The demo's song as its source, by the name under which the demo leaves it beside the session."""
    return Source.of(SOURCE_MID, files("bridge").joinpath("_songs", SONG).read_bytes())


def whole_song(song: Song) -> Loop:
    """All whole bars of the song as a loop."""
    assert song.bars is not None
    last_bar = song.bars.bar_at(max(0, song.music_end - 1))
    return Loop(0, song.bars.tick_of(last_bar + 1))


def perform(
    clock: Clock,
    session_path: Path,
    run_id: str,
    *,
    is_fast: bool,
    delay_ns: int = 0,
    show: Callable[[News], None] = lambda news: None,
) -> Performance:
    """Play and correct the demo's song; the session at `session_path` must not exist yet."""
    opened = open_for_song(source(), session_path, clock, run_id, label=SOURCE_LABEL)
    opened.journal.put(MARK, "1")
    opened.journal.wait(opened.journal.commit())
    rig = open_rig(DEMO_TWINS, clock)
    controller = TwinController("controller", clock)
    surface = Surface(opened.session.song, load(CONTROLLER_PROFILE))
    stage = Stage(
        clock,
        opened.session,
        opened.journal,
        rig,
        surface,
        [controller],
        delay_ns=delay_ns,
        waits_for_disk=is_fast,
    )
    player = ScriptedPlayer(controller, stage.engine.transport, script())
    stage.play(whole_song(opened.session.song), PASSES, [player], show)
    return Performance(opened.session, rig)
