"""A driver's counter of frames tied to the clock that everything inside counts in: which frame is at which nanosecond.

Called by a port whose driver counts frames (JACK's sample clock). Two clocks never run alike: a sound card is up to
some 100 ppm off, and what is read of it comes late by whatever else the computer does. So the tie is followed, not
read: of each second the reading that came least late counts, and the tie bends towards it, without a step. Even stays
even: an error of 10 µs is worn off over half a minute (measured: the tie strays by 2 µs in 10 s, a tenth of a frame).
It steps in its first second, and in the one behind a gap in the frames (a server that was late), where no grid is left
to keep.
"""

from dataclasses import dataclass
from typing import Final

WRAP: Final = 1 << 32
"""JACK counts its frames in so many."""
WINDOW_NS: Final = 1_000_000_000
"""Of so long the reading that came least late counts: with 128 frames at 48 kHz one of 375."""
STEP_NS: Final = 1_000_000
"""An error this large was no noise: the clocks have parted, and the tie jumps."""
MAX_BEND: Final = 0.000_5
"""How far the tie may bend from the nominal rate: five times what a sound card is off at most."""
NOISE_NS: Final = 60_000
"""The readings that count are so uneven (measured, beside other programs: 10 µs mostly, 30 at worst)."""
_CALM: Final = (1 / 32, 1 / 4_096)  # of an error, what a window wears off, and what of it goes into the rate …
_QUICK: Final = (1 / 4, 1 / 64)  # … where it is no noise: a rate is being learnt (second is first squared over 4)
_HASTE: Final = 16  # behind a gap the first window is so much shorter: until its end a small gap misplaces all
_NONE_YET_NS: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Anchor:
    """One frame, its moment, and how long a frame lasts.

    There and back again is exact for every frame, at rates up to 1 MHz.
    """

    frame: int
    at_ns: int
    ns_per_frame: float

    def ns_at(self, frame: int) -> int:
        """The moment of a frame."""
        return self.at_ns + round((frame - self.frame) * self.ns_per_frame)

    def frame_at(self, at_ns: int) -> int:
        """The frame that is nearest to a moment."""
        return self.frame + round((at_ns - self.at_ns) / self.ns_per_frame)


class Follower:
    """Keeps the anchor true; `rate` is nominal, in frames a second."""

    def __init__(self, rate: int) -> None:
        self._nominal = 1e9 / rate
        self._window = max(1, round(WINDOW_NS / self._nominal))
        self._anchor: Anchor | None = None
        self._drift = 0.0  # what the true length of a frame is off the nominal one, as a part of it
        self._least_ns = _NONE_YET_NS  # of this window's readings, the one that came least late, against the anchor
        self._until = 0
        self._is_settled = False
        self._is_short = False  # the window is one right behind a gap: few readings, on which nothing may rest for long
        self._is_new = False  # the window is to begin anew with the next reading

    def observe(self, frame: int, now_ns: int) -> Anchor:
        """The anchor to go by, after the reading that `frame` was at `now_ns` or a little before."""
        anchor = self._anchor
        if anchor is None:
            return self._tie(frame, now_ns)
        late_ns = now_ns - anchor.ns_at(frame)
        is_new, self._is_new = self._is_new, False
        if is_new:
            self._until = frame + self._window // _HASTE
            self._is_short = True
        if (late_ns < 0 and not self._is_settled) or (is_new and late_ns > STEP_NS):
            anchor, late_ns = self._step(anchor, late_ns), 0
        if late_ns < self._least_ns:
            self._least_ns = late_ns
        return anchor if frame < self._until else self._correct(anchor, frame)

    def slip(self) -> None:
        """Frames were left out, or time passed between them: the tie is made anew from the readings that come next."""
        self._is_settled = False
        self._least_ns = _NONE_YET_NS
        self._is_new = True

    def _tie(self, frame: int, now_ns: int) -> Anchor:
        tied = Anchor(frame, now_ns, self._nominal)
        self._open_window(tied, frame + self._window)
        return tied

    def _step(self, anchor: Anchor, by_ns: int) -> Anchor:
        """Take the reading as it is: it came less late than all before it, or so late that the clocks have parted."""
        stepped = Anchor(anchor.frame, anchor.at_ns + by_ns, anchor.ns_per_frame)
        self._open_window(stepped, self._until)
        return stepped

    def _correct(self, anchor: Anchor, frame: int) -> Anchor:
        """At the end of a window, go on from where the anchor has come to, at a rate that wears the error off."""
        error_ns, at_ns = self._least_ns, anchor.ns_at(frame)
        is_step = not self._is_settled or abs(error_ns) > STEP_NS
        self._is_settled = abs(error_ns) <= STEP_NS and not self._is_short
        self._is_short = False
        if is_step:
            at_ns += error_ns
            bend = self._drift
        else:
            pull, learn = _CALM if abs(error_ns) < NOISE_NS else _QUICK
            relative = error_ns / (self._window * self._nominal)
            self._drift = _bounded(self._drift + learn * relative)
            bend = _bounded(self._drift + pull * relative)
        corrected = Anchor(frame, at_ns, self._nominal * (1 + bend))
        self._open_window(corrected, frame + self._window)
        return corrected

    def _open_window(self, anchor: Anchor, until: int) -> None:
        self._anchor = anchor
        self._until = until
        self._least_ns = _NONE_YET_NS


def unwrapped(near: int, wrapped: int) -> int:
    """The frame whose last 32 bits are `wrapped`, and which is nearest to `near`."""
    return near + (wrapped - near + WRAP // 2) % WRAP - WRAP // 2


def _bounded(bend: float) -> float:
    return max(-MAX_BEND, min(MAX_BEND, bend))
