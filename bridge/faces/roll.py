"""Piano rolls as SVG: a part before and after, one above the other on the same axes.

Called by faces/render. Untouched notes of one author are one path, so that thousands of them cost little;
corrected ones are shapes of their own with a text that shows under the pointer. Colours come from the page.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from bridge.core.message import DRUM_CHANNEL
from bridge.core.names import key_name, note_name
from bridge.faces.picture import Pedal, Picture, Roll, RollNote, RollPart

_BLACK: Final = (1, 3, 6, 8, 10)
_GUTTER: Final = 104
_RIGHT: Final = 8
_TOP: Final = 18
_MARKS: Final = 26
_VELOCITY: Final = 26
_PEDAL: Final = 12
_GAP: Final = 4
_PLOT: Final = (1_000, 16_000)  # least and most width, in pixels
_BAR_WIDTH: Final = 48
_ONSET_WIDTH: Final = 3
_ROWS_HEIGHT: Final = 150
_ROW: Final = (4.0, 11.0)
_LEAST_NOTE: Final = 1.6
_MARK: Final = 15  # pixels from one number to the next
_MARK_DRIFT: Final = 3 * _MARK
_LEAST_CORRECTED: Final = 5.0  # its colour must show inside its edge


@dataclass(frozen=True, slots=True)
class _Axes:
    """Where ticks and keys are; `rows` are the keys from the top down."""

    end: int
    bar_ticks: Sequence[int]
    rows: Mapping[int, int]
    row: float
    plot: float
    is_drums: bool
    has_pedal: bool

    def x(self, tick: int) -> float:
        return _GUTTER + min(tick, self.end) * self.plot / max(1, self.end)

    @property
    def keys(self) -> float:
        return len(self.rows) * self.row

    @property
    def height(self) -> float:
        return self.keys + _GAP + _VELOCITY + (_GAP + _PEDAL if self.has_pedal else 0)


def roll_svg(picture: Picture, part: RollPart, colours: Mapping[str, str]) -> str:
    """One part of a picture as SVG; `colours` gives each author's class."""
    axes = _axes(picture, part)
    second = _TOP + axes.height + _MARKS
    width, height = _GUTTER + axes.plot + _RIGHT, second + axes.height + 4
    label = escape(f"Piano roll of {part.name or 'a part without a name'}, before and after", quote=True)
    fits = " fits" if axes.plot == _PLOT[0] else ""  # as wide as the page, whatever that is
    size = f'width="{_n(width)}" height="{_n(height)}"'
    return "".join(
        (
            f'<svg class="roll{fits}" role="img" aria-label="{label}" {size} viewBox="0 0 {_n(width)} {_n(height)}">',
            *_bar_numbers(axes),
            *_pane("before", part.before, axes, _TOP, colours),
            *_marks(picture.corrections, part, axes, _TOP + axes.height, colours),
            *_pane("after", part.after, axes, second, colours),
            "</svg>",
        )
    )


def _axes(picture: Picture, part: RollPart) -> _Axes:
    both = (part.before, part.after)
    pitches = {note.pitch for roll in both for note in roll.notes} or {60}
    is_drums = part.channel == DRUM_CHANNEL + 1
    keys = sorted(pitches, reverse=True) if is_drums else range(max(pitches) + 1, min(pitches) - 2, -1)
    least, most = _ROW
    onsets = max(len({note.tick for note in roll.notes}) for roll in both)
    wish = len(picture.bar_ticks) * _BAR_WIDTH if picture.bar_ticks else onsets * _ONSET_WIDTH
    return _Axes(
        max([picture.end, 1, *(note.tick + note.length for roll in both for note in roll.notes)]),
        picture.bar_ticks,
        {pitch: row for row, pitch in enumerate(keys)},
        max(11.0 if is_drums else least, min(most, _ROWS_HEIGHT / len(keys))),
        max(_PLOT[0], min(_PLOT[1], wish)),
        is_drums,
        any(roll.pedals for roll in both),
    )


def _bar_numbers(axes: _Axes) -> Iterator[str]:
    step = _bar_step(axes)
    for bar, tick in enumerate(axes.bar_ticks, 1):
        if (bar - 1) % step == 0:
            yield f'<text class="bar" x="{_n(axes.x(tick) + 3)}" y="{_TOP - 6}">{bar}</text>'


def _bar_step(axes: _Axes) -> int:
    """Every how many bars a line and number fit."""
    step = 1
    while len(axes.bar_ticks) / step * 24 > axes.plot:
        step *= 2
    return step


def _pane(name: str, roll: Roll, axes: _Axes, top: float, colours: Mapping[str, str]) -> Iterator[str]:
    yield f'<g transform="translate(0 {_n(top)})"><text class="pane" x="0" y="11">{name}</text>'
    yield from _paper(axes)
    yield from _untouched(roll.notes, axes, colours)
    yield from _corrected(roll.notes, axes, colours)
    yield from _pedal_lane(roll.pedals, axes, colours)
    yield "</g>"


def _paper(axes: _Axes) -> Iterator[str]:
    """Rows, bar lines, the names of keys, and the lanes below."""
    shaded = (row for pitch, row in axes.rows.items() if (row % 2 if axes.is_drums else pitch % 12 in _BLACK))
    stripes = "".join(f"M{_GUTTER} {_n(row * axes.row)}h{_n(axes.plot)}v{_n(axes.row)}H{_GUTTER}z" for row in shaded)
    lanes = [(0.0, axes.keys), (axes.keys + _GAP, _VELOCITY)]
    if axes.has_pedal:
        lanes.append((axes.keys + _VELOCITY + 2 * _GAP, _PEDAL))
    for top, height in lanes:
        yield f'<rect class="paper" x="{_GUTTER}" y="{_n(top)}" width="{_n(axes.plot)}" height="{_n(height)}"/>'
    yield f'<path class="black" d="{stripes}"/>'
    lines = axes.bar_ticks[:: _bar_step(axes)]
    yield f'<path class="grid" d="{"".join(f"M{_n(axes.x(tick))} 0V{_n(axes.height)}" for tick in lines)}"/>'
    for pitch, row in axes.rows.items():
        if axes.is_drums or pitch % 12 == 0 or len(axes.rows) < 10:
            name = key_name(DRUM_CHANNEL, pitch) if axes.is_drums else note_name(pitch)
            yield _gutter_text(name, (row + 0.5) * axes.row)
    yield _gutter_text("velocity", axes.keys + _GAP + _VELOCITY / 2)
    if axes.has_pedal:
        yield _gutter_text("pedal", axes.height - _PEDAL / 2)


def _gutter_text(text: str, middle: float) -> str:
    return f'<text class="key" x="{_GUTTER - 6}" y="{_n(middle + 3)}">{escape(text)}</text>'


def _untouched(notes: Iterable[RollNote], axes: _Axes, colours: Mapping[str, str]) -> Iterator[str]:
    shapes: defaultdict[str, list[str]] = defaultdict(list)
    stems: defaultdict[str, list[str]] = defaultdict(list)
    for note in notes:
        if note.state == "same":
            x, y, width, height = _box(note, axes)
            shapes[note.author].append(f"M{_n(x)} {_n(y)}h{_n(width)}v{_n(height)}h-{_n(width)}z")
            stems[note.author].append(_stem(note, axes))
    for author, paths in shapes.items():
        colour = colours[author]
        yield f'<path class="same {colour}" d="{"".join(paths)}"/>'
        yield f'<path class="stem {colour}" d="{"".join(stems[author])}"/>'


def _corrected(notes: Iterable[RollNote], axes: _Axes, colours: Mapping[str, str]) -> Iterator[str]:
    for note in notes:
        if note.state != "same":
            x, y, width, height = _box(note, axes)
            title = f"<title>{escape(note.title)}</title>" if note.title else ""
            yield (
                f'<g class="{note.state} {colours[note.author]}">{title}<rect x="{_n(x)}" y="{_n(y)}" '
                f'width="{_n(max(_LEAST_CORRECTED, width))}" height="{_n(height)}" rx="1.5"/>'
                f'<path class="stem" d="{_stem(note, axes)}"/></g>'
            )


def _box(note: RollNote, axes: _Axes) -> tuple[float, float, float, float]:
    """Where a note is drawn: a hair narrower than it lasts, so that repeated ones stay apart."""
    x = axes.x(note.tick)
    width = max(_LEAST_NOTE, axes.x(note.tick + note.length) - x - 0.8)
    return x, axes.rows[note.pitch] * axes.row + 0.5, width, axes.row - 1


def _stem(note: RollNote, axes: _Axes) -> str:
    bottom = axes.keys + _GAP + _VELOCITY
    return f"M{_n(axes.x(note.tick) + 1)} {_n(bottom)}v-{_n(note.velocity * (_VELOCITY - 2) / 127)}"


def _pedal_lane(pedals: Iterable[Pedal], axes: _Axes, colours: Mapping[str, str]) -> Iterator[str]:
    for pedal in pedals:
        x, y = axes.x(pedal.start), axes.height - _PEDAL + 2
        width = max(_LEAST_NOTE, axes.x(pedal.end) - x - 1)
        title = f"<title>sustain pedal down, by {escape(pedal.author)}</title>"
        yield (
            f'<rect class="pedal {colours[pedal.author]}" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" '
            f'height="{_PEDAL - 4}" rx="2">{title}</rect>'
        )


def _marks(
    corrections: Iterable[Mapping[str, Any]], part: RollPart, axes: _Axes, top: float, colours: Mapping[str, str]
) -> Iterator[str]:
    """The numbers of the live corrections between the two rolls, each a link to its row in the table."""
    starts = sorted(
        (min(ticks), one["n"], one["author"])
        for one in corrections
        if one["live"] and (ticks := list(_ticks(one, part)))
    )
    free, y = 0.0, top + _MARKS / 2
    for tick, n, author in starts:
        x = max(axes.x(tick) + 6, free)
        if x - axes.x(tick) > _MARK_DRIFT:
            continue  # so many stand here that a number would point elsewhere
        free = x + _MARK
        yield (
            f'<a href="#c{n}"><circle class="mark {colours[author]}" cx="{_n(x)}" cy="{_n(y)}" r="7"/>'
            f'<text class="mark" x="{_n(x)}" y="{_n(y + 3)}">{n}</text></a>'
        )


def _ticks(correction: Mapping[str, Any], part: RollPart) -> Iterator[int]:
    for change in correction["changes"]:
        state = change["before"] or change["after"]
        if (state["track"], state["channel"]) == (part.track, part.channel):
            yield state["tick"]


def _n(number: float) -> str:
    """A length with at most one decimal, as short as can be."""
    return f"{number:.1f}".removesuffix(".0")
