"""Loading a large file to paired notes, and saving it after one corrected note, beside mido."""

import gc
import time
from collections import deque
from collections.abc import Callable, Iterator
from io import BytesIO

import mido

from benchmarks.big_song import big_song
from benchmarks.row import Row
from bridge.core.closure import change_note
from bridge.core.smf import read, write
from bridge.core.song import Song


def seconds(work: Callable[[], object], runs: int) -> float:
    """The shortest of so many runs."""
    taken = []
    for _ in range(runs):
        gc.collect()
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def mido_notes(midi: "mido.MidiFile") -> int:
    """Pair mido's messages by a plain loop: the number of notes."""
    notes: list[tuple[int, int, int, int]] = []
    for track in midi.tracks:
        waiting: dict[tuple[int, int], deque[tuple[int, int]]] = {}
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity:
                waiting.setdefault((message.channel, message.note), deque()).append((tick, message.velocity))
            elif message.type in ("note_on", "note_off") and waiting.get((message.channel, message.note)):
                start, velocity = waiting[message.channel, message.note].popleft()
                notes.append((start, tick - start, message.note, velocity))
    return len(notes)


def _corrected(song: Song) -> None:
    id, note = song.notes(song.tracks[3])[5_000]
    song.apply(change_note(song, id, pitch=note.pitch ^ 1))


def rows() -> Iterator[Row]:
    """Both figures as ratios to mido in the same run."""
    data = big_song()
    song, theirs = Song(read(data)), mido.MidiFile(file=BytesIO(data))
    if sum(song.parts().values()) != mido_notes(theirs):
        raise AssertionError("the two readers do not find the same notes")
    own = seconds(lambda: Song(read(data)), 5)
    peer = seconds(lambda: mido_notes(mido.MidiFile(file=BytesIO(data))), 2)
    yield Row("load 100,000 notes to pairs, beside mido", peer / own, 8, "x", True, f"{own:.3f} s, mido {peer:.2f} s")
    _corrected(song)
    own = seconds(lambda: BytesIO().write(write(song.to_smf())), 15)
    peer = seconds(lambda: theirs.save(file=BytesIO()), 2)
    yield Row(
        "save after one corrected note, beside mido",
        peer / own,
        100,
        "x",
        True,
        f"{own * 1e3:.2f} ms, mido {peer:.2f} s",
    )
