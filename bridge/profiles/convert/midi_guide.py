"""A table of MIDI Guide (https://midi.guide, github pencilresearch/midi) as a profile.

One CSV file holds one device: its controllers and parameter numbers; a second, `*.triggers.csv`, the notes that strike
its sounds. Called by `profiles convert`, and by what converts the whole data set. It refuses, with BadProfile, what is
no such table; a row that breaks the format, or says what a profile has no place for, is left behind with the reason.

In the column `usage`, `0-63: Off; 64-127: On` names values and bands of values, and `0~127: Morph` a stretch in which
each value is another; both are kept as they are written.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final, NamedTuple

from bridge.errors import BadProfile
from bridge.profiles.convert.converted import NULL_NUMBER, Converted, Left, check_size, filled, place, plain
from bridge.profiles.convert.roles import drum_role, parameter_role
from bridge.profiles.section import WIDE

SOURCE: Final = "midi-guide"
LICENCE: Final = "CC BY-SA 4.0"
_LINK: Final = "https://github.com/pencilresearch/midi"
_NEEDED: Final = ("manufacturer", "device")
_PARAMETERS: Final = (*_NEEDED, "parameter_name", "cc_msb")
_TRIGGERS: Final = (*_NEEDED, "sound_name", "midi_channel", "note_number_min_value", "note_number_max_value")
_HIGHEST: Final = 127
_NUMBER: Final = re.compile(r"[0-9]{1,5}")
_BAND: Final = re.compile(r"([0-9]{1,5})(?:\s*([-~])\s*([0-9]{1,5}))?\s*:\s*(\S.*)")
_BASIC: Final = "basic"
Span = tuple[int, int]


class _Named(NamedTuple):
    """A value or a band of values with its name; `kind` is what stands between its ends."""

    first: int
    last: int
    kind: str
    name: str


class _Unusable(Exception):
    """A row that cannot be taken over; its text is the reason."""


@dataclass(slots=True)
class _Row:
    """One row: its cells by the names of their columns, and what is left behind of it."""

    number: int
    cells: Mapping[str, str]
    left: list[Left] = field(default_factory=list)

    def text(self, key: str) -> str:
        return plain(self.cells.get(key, ""))

    def value(self, key: str, highest: int) -> int | None:
        """The number in a cell; None for an empty one."""
        text = self.text(key)
        if not text:
            return None
        if not _NUMBER.fullmatch(text) or int(text) > highest:
            raise _Unusable(f"{key} is {text!r}, allowed: 0 to {highest}")
        return int(text)

    def pair(self, first: str, second: str, highest: int) -> Span | None:
        """Two numbers of which both or none are there."""
        low, high = self.value(first, highest), self.value(second, highest)
        if low is None and high is None:
            return None
        if low is None or high is None:
            raise _Unusable(f"{first if low is None else second} is empty beside {second if low is None else first}")
        return low, high

    def leave(self, what: str, why: str) -> None:
        self.left.append(Left(f"row {self.number}", what, why))


def convert(parameters: bytes | None, triggers: bytes | None = None, folder: str = "", edition: str = "") -> Converted:
    """The device that one or both tables describe; `edition` says which state of the data set they are of."""
    tables = [
        (_rows(data, needed), make)
        for data, needed, make in ((parameters, _PARAMETERS, _parameters), (triggers, _TRIGGERS, _slots))
        if data is not None
    ]
    rows = [row for table, _ in tables for row in table]
    if not rows:
        raise BadProfile("it has no rows")
    maker, model = (rows[0].text(key) for key in _NEEDED)
    said = ", ".join(filter(None, ("MIDI Guide by Pencil Research", edition, f"{maker} {model}")))
    data: dict[str, Any] = {
        "name": place(folder, maker, model),
        "maker": maker,
        "model": model,
        "kind": "instrument",
        "source": SOURCE,
        "origin": "converted",
        "sources": {SOURCE: {"kind": "data set", "says": said, "link": _LINK, "licence": LICENCE}},
    }
    for table, make in tables:
        data |= make([row for row in table if _is_of(row, maker, model)])
    return Converted(data, tuple(left for row in rows for left in row.left))


def _rows(data: bytes, needed: Sequence[str]) -> list[_Row]:
    """Its rows that hold something, counted from 1 for the head, as a spreadsheet does."""
    check_size(data)
    try:
        lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    except UnicodeDecodeError as failed:
        raise BadProfile(f"it is no UTF-8 text: byte {failed.start}") from None
    except csv.Error as failed:
        raise BadProfile(f"it is no CSV: {failed}") from None
    head = [plain(cell).casefold() for cell in lines[0]] if lines else []
    missing = [key for key in needed if key not in head]
    if missing:
        raise BadProfile(f"it is no table of MIDI Guide: there is no column {missing[0]!r}")
    return [_row(number, head, cells) for number, cells in enumerate(lines[1:], 2) if any(cells)]


def _row(number: int, head: Sequence[str], cells: Sequence[str]) -> _Row:
    row = _Row(number, dict(zip(head, cells)))
    beyond = plain(" ".join(cells[len(head) :]))
    if beyond:
        row.leave(repr(beyond), "there are more cells than columns")
    return row


def _is_of(row: _Row, maker: str, model: str) -> bool:
    mine = (row.text("manufacturer"), row.text("device")) == (maker, model)
    if not mine:
        row.leave("the row", f"it is of another device than {maker} {model}")
    return mine


def _parameters(rows: Sequence[_Row]) -> dict[str, Any]:
    made = [(row, one) for row in rows for one in _made(row)]
    fine: dict[int, set[int]] = {}
    for _, one in made:
        if "cc14" in one:
            fine.setdefault(one["cc14"][0], set()).add(one["cc14"][1])
    kept = []
    for row, one in made:
        if "cc14" in one and len(fine[one["cc14"][0]]) > 1:
            row.leave(repr(one["name"]), f"cc_msb {one['cc14'][0]} has several cc_lsb in this table")
        else:
            kept.append(one)
    return {"parameters": kept} if kept else {}


def _made(row: _Row) -> Iterator[dict[str, Any]]:
    name = row.text("parameter_name")
    try:
        if not name:
            raise _Unusable("it has no name")
        yield {"name": name} | filled({"group": row.text("section")}) | _facts(row)
    except _Unusable as reason:
        row.leave(repr(name) if name else "the row", str(reason))


def _facts(row: _Row) -> dict[str, Any]:
    """All but the name of one parameter."""
    coarse, fine = row.value("cc_msb", _HIGHEST), row.value("cc_lsb", _HIGHEST)
    nrpn = row.pair("nrpn_msb", "nrpn_lsb", _HIGHEST)
    if coarse is None and fine is not None:
        raise _Unusable(f"cc_lsb is {fine} beside no cc_msb")
    if coarse is not None and coarse == fine:
        raise _Unusable(f"cc_msb and cc_lsb are both {fine}")
    if nrpn == NULL_NUMBER:
        raise _Unusable("parameter number 127 127 chooses none (MIDI 1.0)")
    if coarse is None and nrpn is None:
        raise _Unusable("no message reaches it")
    address = {"cc14": (coarse, fine)} if fine is not None else {"cc": coarse}
    by_number = _span(row, "nrpn") if nrpn else None
    scale = by_number if coarse is None else _by_controller(row, is_wide=fine is not None)
    facts: dict[str, Any] = {
        **address,
        "nrpn": nrpn,
        "range": scale,
        "nrpn_range": by_number if by_number != scale else None,
        "centre": _centre(row, scale, fine is not None),
        "default": _default(row, "cc" if coarse is not None else "nrpn", scale),
        "values": _values(row, *(scale or (0, _HIGHEST if fine is None and coarse is not None else WIDE)))
        if scale or fine is None
        else _unscaled(row),
        "role": parameter_role(row.text("section"), row.text("parameter_name")),
        "note": "; ".join(filter(None, (row.text("parameter_description"), row.text("notes")))),
    }
    if nrpn and coarse is not None and row.text("nrpn_default_value") not in ("", row.text("cc_default_value")):
        row.leave(
            f"nrpn_default_value {row.text('nrpn_default_value')}", "a profile has one default, that by controller"
        )
    return filled(facts)


def _span(row: _Row, way: str) -> Span | None:
    low, high = (f"{way}_{end}_value" for end in ("min", "max"))
    span = row.pair(low, high, WIDE)
    if span and span[0] > span[1]:
        raise _Unusable(f"{low} is {span[0]} and {high} is {span[1]}, the lower first")
    return span


def _by_controller(row: _Row, is_wide: bool) -> Span | None:
    """The range by controller; None where it is not known of which of two controllers it is."""
    span = _span(row, "cc")
    if span and is_wide and span[1] <= _HIGHEST:
        row.leave(
            f"its range {span[0]} to {span[1]}", "it is not said whether that is the coarse controller's or both's"
        )
        return None
    if span and not is_wide and span[1] > _HIGHEST:
        raise _Unusable(f"cc_max_value is {span[1]}, allowed: 0 to {_HIGHEST} for one controller")
    return span


def _centre(row: _Row, scale: Span | None, is_wide: bool) -> int | None:
    """The value in the middle, where the table says that it goes both ways from there."""
    orientation = row.text("orientation")
    if orientation == "centered":
        low, high = scale or (0, WIDE if is_wide else _HIGHEST)
        return (low + high + 1) // 2
    if orientation not in ("", "0-based"):
        row.leave(f"orientation {orientation!r}", "allowed: 0-based or centered")
    return None


def _default(row: _Row, way: str, scale: Span | None) -> int | None:
    value = row.value(f"{way}_default_value", WIDE)
    if value is None:
        return None
    if scale is None or not scale[0] <= value <= scale[1]:
        row.leave(f"{way}_default_value {value}", "it is outside its range" if scale else "its range is not known")
        return None
    return value


def _unscaled(row: _Row) -> dict[str, str]:
    if row.text("usage"):
        row.leave("its usage", "its range is not known")
    return {}


def _values(row: _Row, low: int, high: int) -> dict[str, str]:
    """The names of its values and bands; those that overlap contradict each other, and none of them is kept."""
    bands: list[_Named] = []
    for part in filter(None, map(str.strip, row.text("usage").replace("–", "-").split(";"))):
        found = _BAND.fullmatch(part)
        if not found:
            row.leave(f"usage {part!r}", "it is not of the form '0-63: Off' or '0~127: Morph'")
            continue
        band = _Named(int(found[1]), int(found[3] or found[1]), found[2] or "-", found[4])
        if low <= band.first <= band.last <= high:
            bands.append(band)
        else:
            row.leave(f"usage {part!r}", f"it is outside its range, {low} to {high}, or runs backwards")
    return dict(_apart(row, sorted(bands)))


def _apart(row: _Row, bands: Sequence[_Named]) -> Iterator[tuple[str, str]]:
    """The bands that overlap no other, by their keys; one that holds all the others is meant for what they leave."""
    rest = max(bands, key=lambda band: band.last - band.first, default=None)
    if rest and len(bands) > 2 and rest.first <= bands[0].first and all(band.last <= rest.last for band in bands):
        row.leave(f"usage '{rest.first}-{rest.last}: {rest.name}'", "it holds all the others")
        bands = [band for band in bands if band is not rest]
    begins = [band.first for band in bands[1:]]
    ends = accumulate((band.last for band in bands), max, initial=-1)
    for band, ended, follows in zip(bands, ends, (*begins, WIDE + 1)):
        key = str(band.first) if band.first == band.last else f"{band.first}{band.kind}{band.last}"
        if ended < band.first and band.last < follows:
            yield key, band.name
        else:
            row.leave(f"usage '{key}: {band.name}'", "it overlaps another")


def _slots(rows: Sequence[_Row]) -> dict[str, Any]:
    """The sounds by the channel that they are struck on; the basic channel is not known."""
    by_channel: dict[int | None, dict[int, dict[str, Any]]] = {}
    for row in rows:
        try:
            channel, key, sound = _sound(row)
            if key in by_channel.get(channel, {}):
                raise _Unusable(f"key {key} strikes {by_channel[channel][key]['name']!r} already")
            by_channel.setdefault(channel, {})[key] = sound
        except _Unusable as reason:
            row.leave(repr(row.text("sound_name")), str(reason))
    slots = [
        filled(
            {
                "channels": (channel,) if channel else None,
                "drums": True,
                "sounds": [sounds[key] for key in sorted(sounds)],
            }
        )
        for channel, sounds in sorted(by_channel.items(), key=lambda one: one[0] or 0)
    ]
    return {"slots": slots} if slots else {}


def _sound(row: _Row) -> tuple[int | None, int, dict[str, Any]]:
    """(channel, key, sound) of one row; no channel for the basic one."""
    named = row.text("midi_channel")
    channel = None if named == _BASIC else row.value("midi_channel", 16)
    if named != _BASIC and not channel:
        raise _Unusable(f"midi_channel is {named!r}, allowed: 1 to 16 or {_BASIC!r}")
    span = row.pair("note_number_min_value", "note_number_max_value", _HIGHEST)
    if span is None or span[0] > span[1]:
        raise _Unusable("it has no key, or its keys run backwards")
    key = row.value("note_number_default_value", _HIGHEST)
    if key is None and span[0] < span[1]:
        raise _Unusable(f"it is struck by keys {span[0]} to {span[1]}, none of them by default")
    if span[0] < span[1]:
        row.leave(f"keys {span[0]} to {span[1]}", "a sound of a profile has one key")
    if row.text("velocity_usage"):
        row.leave(f"velocity_usage {row.text('velocity_usage')!r}", "a profile has no place for it")
    name = row.text("sound_name")
    group = row.text("section")
    note = "; ".join(filter(None, (group, row.text("sound_description"), row.text("comments"))))
    struck = span[0] if key is None else key
    sound = {"key": struck, "role": drum_role(name), "name": name, "note": note}
    return channel, struck, filled(sound)
