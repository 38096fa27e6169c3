"""A song of a hundred thousand notes in eight tracks, the same every time, as bytes."""

from random import Random

from bridge.core.splice import write_number

TRACKS = 8
DIVISION = 480
NOTE_TICKS = 120


def track_body(random: Random, channel: int, notes: int) -> bytes:
    """Sixteenths with running status, as programs write them; one in four is held into the next."""
    timed = []
    for number in range(notes):
        start, pitch = number * NOTE_TICKS, random.randrange(36, 84)
        length = NOTE_TICKS * (1 if number % 4 else 2) - 10
        timed += [(start, 1, pitch, random.randrange(40, 120)), (start + length, 0, pitch, 0)]
    out, now = bytearray(b"\0" + bytes((0xC0 | channel, channel)) + b"\0" + bytes((0xB0 | channel, 7, 100))), 0
    for index, (tick, _, pitch, velocity) in enumerate(sorted(timed)):
        out += write_number(tick - now) + (b"" if index else bytes((0x90 | channel,))) + bytes((pitch, velocity))
        now = tick
    return bytes(out) + b"\0\xff\x2f\0"


def big_song(notes: int = 100_000) -> bytes:
    """The file with so many notes, evenly spread over its tracks."""
    random = Random(notes)
    bodies = [track_body(random, channel, notes // TRACKS) for channel in range(TRACKS)]
    header = b"MThd\0\0\0\6\0\1" + TRACKS.to_bytes(2) + DIVISION.to_bytes(2)
    return header + b"".join(b"MTrk" + len(body).to_bytes(4) + body for body in bodies)
