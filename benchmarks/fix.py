"""How often the tool *fix* finds the note that a simulated player means, on the corpus of AI files.

A part is drawn evenly, then one of its notes; the player wants it d semitones higher or lower (d = 1: 45 %, 2:
35 %, 3 or 4: 15 %, 5 to 12: 5 %) and presses that key once, or again and again until it is right. He knows a loop
(0 ± 60 ms late), or hears the song for the first time (300 ± 90 ms). Right is: that note, or one of equal part,
onset and pitch, has the pitch; "clean" says how often no other note had another pitch than before. A press that
names a note as right already counts as wrong, and so does one that is wrong only because two notes were equally
likely: there the ideal scorer can only guess too.

The ideal scorer knows the distributions above, that no key is ever pressed that is written there already, and
for chords which keys are held; it takes the most likely note and leaves out what it has tried.

    python -m benchmarks.fix [--json]
"""

import argparse
import json
import math
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.row import Row
from bridge.core.arrival import Arrival, Epoch, Loop
from bridge.core.edit import Edit, Id, Note
from bridge.core.message import note_off, note_on
from bridge.core.smf import read
from bridge.core.song import Part, Song
from bridge.core.wish import Joins, Wish
from bridge.surface.place import MS, Field, Standing, around, chord
from bridge.surface.surface import Action, Surface

CORPUS: Final = Path(__file__).parent.parent / "tests" / "corpus" / "ai"
FIX: Final = "fix"
PRESSES: Final = 2_000
TRIES: Final = 3
PASS_NS: Final = 16_000 * MS  # a loop as long as the demo's
AS_WRITTEN_NOTES: Final = 500  # of each part, from its start
AS_WRITTEN_MS: Final = 20
BLOCK_MS: Final = (10, 60)  # the fingers of a chord come down this long before the one that is new
EARLY_MS: Final = (300, 800)


class Hearing(NamedTuple):
    """In which pass the player presses, and how late, in milliseconds."""

    name: str
    turn: int
    mean_ms: int
    spread_ms: int


HEARINGS: Final = (Hearing("in a loop", 1, 0, 60), Hearing("at first hearing", 0, 300, 90))


class Score(NamedTuple):
    """One line of the table, in percent; a goal of None is none."""

    hearing: str
    what: str
    first: float
    first_goal: float | None
    in_three: float
    in_three_goal: float | None
    clean: float | None
    presses: int


class Unharmed(NamedTuple):
    """What playing along as written does to the songs."""

    hearing: str
    notes: int
    presses: int
    changed: int


class Case(NamedTuple):
    """A note that the player wants at another pitch, the keys held for it, and when its presses come."""

    song: Song
    part: Part
    loop: Loop | None
    note: Note
    pitch: int
    held: tuple[tuple[int, Arrival], ...]
    presses: tuple[Arrival, ...]


class Result(NamedTuple):
    """With which press, from 0, the note was right (`TRIES`: with none), and if nothing else had changed then."""

    press: int
    is_clean: bool = False


@dataclass(slots=True)
class Hand:
    """A surface and the least of a host: what its wishes do to the song, and how to take it all back."""

    song: Song
    surface: Surface
    loop: Loop | None
    made: list[tuple[Edit, ...]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def send(self, at: Arrival, message: bytes) -> None:
        """One message, with what follows from it."""
        arrival = Arrival(at.seq, "twin", at.at_ns, at.epoch, at.turn, at.tick, message)
        self.act(self.surface.take(arrival, Epoch(at.epoch, at.turn, 0, 0, True, self.loop)))

    def act(self, actions: Iterable[Action]) -> None:
        """Do what the surface says, as a session would."""
        for action in actions:
            if isinstance(action, Wish):
                self._correct(action)

    def take_all_back(self) -> None:
        """The song as it was before."""
        while self.made:
            self.song.apply(self.song.reverted(self.made.pop()))

    def changed(self) -> set[Id]:
        """The notes that the corrections that stand gave another pitch."""
        return {
            edit.id
            for edits in self.made
            for edit in edits
            if isinstance(edit.before, Note) and isinstance(edit.after, Note) and edit.before.pitch != edit.after.pitch
        }

    def _correct(self, wish: Wish) -> None:
        edits: list[Edit] = []
        if wish.joins is Joins.REPLACES and self.made:
            self.song.apply(self.song.reverted(self.made.pop()))
        elif wish.joins is Joins.EXTENDS and self.made:
            edits.extend(self.made.pop())
        for change in wish.changes:
            made = change(self.song, lambda: Id(-1, next(self.numbers)))
            self.song.apply(made)
            edits.extend(made)
        if edits:
            self.made.append(tuple(edits))


class Player:
    """Draws cases from the corpus; the same ones for each seed."""

    def __init__(self, seed: int = 1) -> None:
        self.songs = [Song(read(path.read_bytes())) for path in sorted(CORPUS.glob("*.mid"))]
        self.parts = [(song, part, song.part_notes(part)) for song in self.songs for part in song.parts()]
        self._rng = random.Random(seed)

    def note(self, hearing: Hearing) -> Case:
        """A note alone."""
        song, part, note, pitch = self._drawn()
        loop = self._loop(song, note.tick) if hearing.turn else None
        return Case(song, part, loop, note, pitch, (), self._presses(song, loop, note, hearing))

    def voice(self, hearing: Hearing, before_ms: tuple[int, int]) -> Case:
        """A voice of a chord of three or more pitches; the others are held from up to `before_ms` before."""
        while True:
            song, part, note, pitch = self._drawn()
            others = {beside.pitch for _, beside in chord(Field(song, part), note)} - {note.pitch}
            if len(others) >= 2 and pitch not in others:
                break
        loop = self._loop(song, note.tick) if hearing.turn else None
        presses = self._presses(song, loop, note, hearing)
        held = []
        for other in sorted(others):
            early = round(self._rng.uniform(*before_ms) * MS)
            ns = song.tempo.ns_at(presses[0].tick) - early
            held.append((ns, other, _arrival(song, loop, ns, presses[0].turn, presses[0].epoch)))
        by_time = tuple((other, at) for _, other, at in sorted(held, key=lambda one: one[:2]))
        return Case(song, part, loop, note, pitch, by_time, presses)

    def jitter_ns(self) -> int:
        """How far from its time a note is played by one who plays along."""
        return round(self._rng.gauss(0, AS_WRITTEN_MS) * MS)

    def _drawn(self) -> tuple[Song, Part, Note, int]:
        while True:
            song, part, notes = self._rng.choice(self.parts)
            note = self._rng.choice(notes)[1]
            pitch = note.pitch + self._interval()
            if 0 <= pitch <= 127:
                return song, part, note, pitch

    def _interval(self) -> int:
        share = self._rng.random()
        near = 1 if share < 0.45 else 2
        far = self._rng.choice((3, 4)) if share < 0.95 else self._rng.randint(5, 12)
        return (near if share < 0.8 else far) * self._rng.choice((-1, 1))

    def _loop(self, song: Song, tick: int) -> Loop:
        """A loop of 16 s with that tick anywhere in it, or the whole of a shorter song."""
        end_ns = song.tempo.ns_at(song.end)
        if end_ns <= PASS_NS:
            return Loop(0, song.end)
        start_ns = min(max(0, song.tempo.ns_at(tick) - self._rng.randrange(PASS_NS)), end_ns - PASS_NS)
        return Loop(song.tempo.tick_at(start_ns), song.tempo.tick_at(start_ns + PASS_NS))

    def _presses(self, song: Song, loop: Loop | None, note: Note, hearing: Hearing) -> tuple[Arrival, ...]:
        """One press in each of three passes of the loop, or in each of three times that the song is played."""
        found = []
        for number in range(TRIES):
            late = round(self._rng.gauss(hearing.mean_ms, hearing.spread_ms) * MS)
            turn = hearing.turn and hearing.turn + number
            found.append(_arrival(song, loop, song.tempo.ns_at(note.tick) + late, turn, number))
        return tuple(found)


def _arrival(song: Song, loop: Loop | None, ns: int, turn: int, epoch: int) -> Arrival:
    """An arrival at that time of the song, in the pass before or behind where it lies outside the loop."""
    if loop:
        start, end = song.tempo.ns_at(loop.start), song.tempo.ns_at(loop.end)
        turn, ns = max(0, turn + (ns - start) // (end - start)), start + (ns - start) % (end - start)
    return Arrival(0, "twin", 0, epoch, turn, max(0, song.tempo.tick_at(ns)), b"")


def ours(case: Case) -> Result:
    """The press with which the tool *fix* has it right."""
    hand = Hand(case.song, Surface(case.song, None, case.part), case.loop)
    same = {id for id, note in case.song.part_notes(case.part, case.note.tick, case.note.tick + 1) if _is(note, case)}
    try:
        for pitch, at in case.held:
            hand.send(at, note_on(0, pitch, 80))
        for number, at in enumerate(case.presses):
            hand.send(at, note_on(0, case.pitch, 80))
            if same & (changed := hand.changed()):
                return Result(number, changed <= same)
            hand.send(at, note_off(0, case.pitch))
        return Result(TRIES)
    finally:
        hand.take_all_back()


def _is(note: Note, case: Case) -> bool:
    return (note.tick, note.pitch) == (case.note.tick, case.note.pitch)


Costs = dict[tuple[int, int], float]
"""What it costs to believe in a note, by onset and pitch."""


def nearest(case: Case, pitch_weight: int) -> Result:
    """The press with which the nearest onset is right, and of notes that begin together the nearest pitch or any."""
    return _tried(case, (_near_costs(case, at, pitch_weight) for at in case.presses))


def _near_costs(case: Case, at: Arrival, pitch_weight: int) -> Costs:
    near = around(Field(case.song, case.part, case.loop), at, 2_000 * MS, 2_000 * MS)
    return _least((one, abs(one.late_ns) + pitch_weight * abs(one.note.pitch - case.pitch)) for one in near)


def ideal(case: Case, hearing: Hearing) -> Result:
    """The press with which the most likely note is right."""
    return _tried(case, _added(case, (_ideal_costs(case, hearing, at) for at in case.presses)))


def _ideal_costs(case: Case, hearing: Hearing, at: Arrival) -> Costs:
    mean, spread = hearing.mean_ms * MS, hearing.spread_ms * MS
    near = around(Field(case.song, case.part, case.loop), at, mean + 8 * spread, 8 * spread - mean)
    return _least((one, ((one.late_ns - mean) / spread) ** 2 / 2) for one in near if _may_be(case, one.note))


def _may_be(case: Case, note: Note) -> bool:
    if abs(case.pitch - note.pitch) not in _LIKELIHOODS:
        return False
    voices = {beside.pitch for _, beside in chord(Field(case.song, case.part), note)} - {note.pitch}
    return not case.held or voices == {pitch for pitch, _ in case.held}


_LIKELIHOODS: Final = {1: 0.225, 2: 0.175, 3: 0.0375, 4: 0.0375} | dict.fromkeys(range(5, 13), 0.05 / 16)


def _added(case: Case, costs: Iterator[Costs]) -> Iterator[Costs]:
    """The evidence of all presses so far, and that of the interval once."""
    total: Costs = {}
    for newest in costs:
        prior = {place: -math.log(_LIKELIHOODS[abs(case.pitch - place[1])]) for place in newest}
        total = {place: cost + total.get(place, prior[place]) for place, cost in newest.items()}
        yield total


def _least(costs: Iterable[tuple[Standing, float]]) -> Costs:
    found: Costs = {}
    for one, cost in costs:
        place = (one.note.tick, one.note.pitch)
        found[place] = min(cost, found.get(place, cost))
    return found


def _tried(case: Case, costs: Iterable[Costs]) -> Result:
    tried: set[tuple[int, int]] = set()
    for number, newest in enumerate(costs):
        left = {place: cost for place, cost in newest.items() if place not in tried}
        if not left:
            break
        best = min(left, key=lambda place: (left[place], place))
        if best == (case.note.tick, case.note.pitch):
            return Result(number)
        tried.add(best)
    return Result(TRIES)


def run(presses: int = PRESSES, seed: int = 1) -> list[Score]:
    """The table: for each hearing the tool, the ideal scorer and the nearest onset, for notes and for chord voices."""
    rows = []
    goals = {("in a loop", "note"): (85.0, 99.0), ("at first hearing", "note"): (80.0, 98.0)}
    for hearing in HEARINGS:
        player = Player(seed)
        kinds = {
            "note": [player.note(hearing) for _ in range(presses)],
            "chord voice": [player.voice(hearing, BLOCK_MS) for _ in range(presses)],
            "chord voice, others held early": [player.voice(hearing, EARLY_MS) for _ in range(presses)],
        }
        for kind, cases in kinds.items():
            aims = goals.get((hearing.name, kind), (None, None))
            for name, scorer in _scorers(hearing).items():
                results = [scorer(case) for case in cases]
                first, three = (100 * sum(result.press < n for result in results) / presses for n in (1, TRIES))
                clean = 100 * sum(result.is_clean for result in results) / presses
                first_goal, three_goal = aims if name == FIX else (None, None)
                extra = clean if name == FIX else None
                row = Score(hearing.name, f"{kind}: {name}", first, first_goal, three, three_goal, extra, presses)
                rows.append(row)
    return rows


def _scorers(hearing: Hearing) -> dict[str, Callable[[Case], Result]]:
    return {
        FIX: ours,
        "ideal scorer": lambda case: ideal(case, hearing),
        "nearest onset": lambda case: nearest(case, 0),
        "nearest onset, then pitch": lambda case: nearest(case, 1),
    }


def run_as_written(notes: int = AS_WRITTEN_NOTES, seed: int = 1, passes: int = 2) -> list[Unharmed]:
    """What is changed by one who plays every part as it is written, at first and in later passes of a loop."""
    rows = []
    for hearing in HEARINGS:
        player = Player(seed)
        played = changed = 0
        for song, part, part_notes in player.parts:
            hand = Hand(song, Surface(song, None, part), Loop(0, song.end) if hearing.turn else None)
            for number in range(passes if hearing.turn else 1):
                played += _play(player, hand, part_notes[:notes], hearing.turn + number)
            changed += len(hand.changed())
            hand.take_all_back()
        total = sum(len(part_notes[:notes]) for _, _, part_notes in player.parts)
        rows.append(Unharmed(hearing.name, total, played, changed))
    return rows


def _play(player: Player, hand: Hand, notes: Iterable[tuple[Id, Note]], turn: int) -> int:
    """Play notes with their lengths, at least 20 ms; the number of presses."""
    ns_at = hand.song.tempo.ns_at
    moves = []
    for _, note in notes:
        on_ns = ns_at(note.tick) + player.jitter_ns()
        moves.append((on_ns, 1, note.pitch))
        moves.append((on_ns + max(20 * MS, ns_at(note.end) - ns_at(note.tick)), 0, note.pitch))
    for ns, is_down, pitch in sorted(moves):
        at = _arrival(hand.song, hand.loop, ns, turn, turn)
        hand.send(at, note_on(0, pitch, 80) if is_down else note_off(0, pitch))
    return len(moves) // 2


def rows() -> Iterator[Row]:
    """The figures that have a goal, with those of the other scorers beside them."""
    scores = run()
    for mine in (score for score in scores if score.first_goal is not None):
        kind = mine.what.split(":")[0]
        others = [
            one for one in scores if (one.hearing, one.what.split(":")[0]) == (mine.hearing, kind) and one != mine
        ]
        for name, of in (("at the first press", _first), ("within three presses", _in_three)):
            value, goal = of(mine)
            detail = ", ".join(f"{one.what.split(': ')[1]} {of(one)[0]:.1f}" for one in others)
            yield Row(f"fix {mine.hearing}, {name}", value, goal or 0.0, "%", is_floor=True, detail=detail)
    for line in run_as_written():
        detail = f"{line.changed} of {line.notes}"
        yield Row(
            f"notes harmed by playing along {line.hearing}", 100 * line.changed / line.notes, 0.1, "%", detail=detail
        )


def _first(score: Score) -> tuple[float, float | None]:
    return score.first, score.first_goal


def _in_three(score: Score) -> tuple[float, float | None]:
    return score.in_three, score.in_three_goal


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="how often the tool fix finds the note that is meant")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    as_json = parser.parse_args().json
    scores, unharmed = run(), run_as_written()
    if as_json:
        print(
            json.dumps({"scores": [score._asdict() for score in scores], "as_written": [u._asdict() for u in unharmed]})
        )
        return
    print(f"{'hearing':<17} {'what is meant: who looks':<57} {'first press':>12} {'within three':>13} {'clean':>8}")
    for score in scores:
        first, three = (f"{got:.1f} %" for got in (score.first, score.in_three))
        goals = f"  (goals {score.first_goal:.0f} and {score.in_three_goal:.0f} %)" if score.first_goal else ""
        clean = "" if score.clean is None else f"{score.clean:.1f} %"
        print(f"{score.hearing:<17} {score.what:<57} {first:>12} {three:>13} {clean:>8}{goals}")
    for line in unharmed:
        print(
            f"played as written, {line.hearing}: {line.changed} of {line.notes} notes changed by {line.presses} presses"
        )


if __name__ == "__main__":
    main()
