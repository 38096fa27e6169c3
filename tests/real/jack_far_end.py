"""Another program on the JACK server, in a process of its own: plays notes at frames of its choice, and hears.

    python jack_far_end.py NAME

It answers each line on its stdin with one line of JSON: `play COUNT SPACING` plays so many messages, each so many
frames behind the one before and a bit, and answers when they have left; `tell` says what it played and what it heard,
as [frame, message in hex].
"""

import gc
import json
import sys
import time

import jack

LEAD = 4_800


class FarEnd:
    """The program: an output `out`, an input `in`, and both logs."""

    def __init__(self, name: str) -> None:
        self.client = jack.Client(name, no_start_server=True, use_exact_name=True)
        self.source = self.client.midi_inports.register("in")
        self.output = self.client.midi_outports.register("out")
        self.heard: list[tuple[int, str]] = []
        self.played: list[tuple[int, str]] = []
        self.waiting: list[tuple[int, bytes]] = []
        self.frame = 0
        self.client.set_process_callback(self.process)
        self.client.activate()

    def process(self, frames: int) -> None:
        first = self.frame = self.client.last_frame_time
        for offset, message in self.source.incoming_midi_events():
            self.heard.append((first + offset, bytes(message).hex()))
        self.output.clear_buffer()
        while self.waiting and self.waiting[0][0] < first + frames:
            frame, message = self.waiting.pop(0)
            if frame >= first:  # what an xrun took away was not played
                self.output.write_midi_event(frame - first, message)
                self.played.append((frame, message.hex()))

    def play(self, count: int, spacing: int) -> str:
        start = self.frame + LEAD
        self.waiting = [
            (start + number * spacing + number * number % 61, bytes((0x90, number % 128, 1 + number // 128)))
            for number in range(count)
        ]
        while self.waiting:
            time.sleep(0.01)
        return "played"


def tell(answer: object) -> None:
    """One line of JSON."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Obey until stdin ends."""
    gc.disable()
    end = FarEnd(sys.argv[1])
    tell("ready")
    for line in sys.stdin:
        words = line.split()
        answer: object = [end.played, end.heard]
        if words[0] == "play":
            answer = end.play(int(words[1]), int(words[2]))
        tell(answer)


if __name__ == "__main__":
    main()
