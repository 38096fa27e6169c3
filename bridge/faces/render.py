"""The report as one HTML page: piano rolls before and after, and every correction.

Called by whoever has a Picture. The page needs nothing else: no script, no network, no font. Every name in it was
written by somebody else, so all text is escaped.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

from bridge.faces.picture import Picture, RollPart, Table
from bridge.faces.roll import roll_svg
from bridge.faces.style import AUTHOR_COLOURS, CSS, author_classes
from bridge.faces.words import count_of, event_words, note_change_words, note_words
from bridge.session.session import PLAYER, SOURCE

_SHOWN: Final = 6  # changes of one correction that are shown before the rest is folded
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_HEAD: Final = ("", "bar", "part", "tool", "author", "what", "before → after")


def report(picture: Picture) -> str:
    """The whole page as text; to be written as UTF-8."""
    colours = _colours(picture)
    title = escape(picture.title)
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{title} · midi-bridge</title><style>{CSS}{author_classes()}</style></head><body><main>",
            f"<header><h1>{title}</h1>{_lead(picture)}</header>",
            _facts(picture),
            f"<h2>Before and after</h2>{_legend(picture, colours)}",
            *(_part(picture, part, colours) for part in _in_order(picture.parts)),
            f"<h2>Corrections</h2>{_corrections(picture, colours)}",
            *map(_table, picture.tables),
            "<footer>Made by midi-bridge. What nobody corrected is byte for byte the source's.</footer>",
            "</main></body></html>\n",
        )
    )


def _colours(picture: Picture) -> dict[str, str]:
    """Each author's class: the source's and the player's are fixed, the others take what is left in turn."""
    found = {note.author for part in picture.parts for roll in (part.before, part.after) for note in roll.notes}
    found |= {pedal.author for part in picture.parts for roll in (part.before, part.after) for pedal in roll.pedals}
    found |= {one["author"] for one in picture.corrections}
    others = sorted(found - {SOURCE, PLAYER})
    classes = {author: f"a{2 + place % (AUTHOR_COLOURS - 2)}" for place, author in enumerate(others)}
    return {SOURCE: "a0", PLAYER: "a1"} | classes


def _lead(picture: Picture) -> str:
    names = f"<b>{escape(picture.source_name)}</b> → <b>{escape(picture.export_name)}</b>"
    return f'<p class="lead">{names}</p><p class="lead">{_outcome(picture)}</p>'


def _outcome(picture: Picture) -> str:
    """In one sentence, what became of the notes."""
    before = [note.state for part in picture.parts for note in part.before.notes]
    added = sum(note.state == "added" for part in picture.parts for note in part.after.notes)
    back = sum(not one["live"] for one in picture.corrections)
    taken = f", {back} of them taken back again" if back else ""
    return (
        f"{count_of(len(picture.corrections), 'correction')}{taken}. Of {count_of(len(before), 'note')}, "
        f"{before.count('changed'):,} changed, {before.count('removed'):,} removed; {added:,} added."
    )


def _facts(picture: Picture) -> str:
    items = "".join(f"<li><b>{escape(much)}</b><span>{escape(what)}</span></li>" for what, much in picture.facts)
    return f'<ul class="facts">{items}</ul>' if items else ""


def _legend(picture: Picture, colours: Mapping[str, str]) -> str:
    used = {note.author for part in picture.parts for roll in (part.before, part.after) for note in roll.notes}
    used |= {one["author"] for one in picture.corrections if one["live"]} | {SOURCE}
    items = [
        f'<li class="{colour}"><i></i>{escape(_author(picture, author))}</li>'
        for author, colour in colours.items()
        if author in used
    ]
    items.append('<li class="a0"><i class="edge"></i>corrected</li><li><i class="ring"></i>removed</li>')
    return f'<ul class="legend">{"".join(items)}</ul>'


def _author(picture: Picture, author: str) -> str:
    return picture.source_label if author == SOURCE else author


def _in_order(parts: Sequence[RollPart]) -> list[RollPart]:
    """Corrected parts first; within both, as in the file."""
    return sorted(parts, key=lambda part: not part.is_corrected)


def _part(picture: Picture, part: RollPart, colours: Mapping[str, str]) -> str:
    about = f"channel {part.channel} · {count_of(len(part.before.notes), 'note')} · {_corrected(part)}"
    name = escape(part.name or f"Track {part.track}")
    svg = roll_svg(picture, part, colours)
    return f'<section class="part"><h3>{name}<small>{about}</small></h3><div class="scroll">{svg}</div></section>'


def _corrected(part: RollPart) -> str:
    differing = sum(note.state != "same" for note in part.before.notes)
    differing += sum(note.state == "added" for note in part.after.notes)
    told = [count_of(differing, "note")] if differing else []
    if part.before.pedals != part.after.pedals:
        told.append("pedal")
    return f"{' and '.join(told) or 'nothing'} corrected"


def _corrections(picture: Picture, colours: Mapping[str, str]) -> str:
    if not picture.corrections:
        return '<p class="lead">Nothing was corrected.</p>'
    names = {(part.track, part.channel): part.name or f"Track {part.track}" for part in picture.parts}
    head = "".join(f"<th>{word}</th>" for word in _HEAD)
    rows = "".join(_correction(picture, one, names, colours) for one in picture.corrections)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _correction(
    picture: Picture, one: Mapping[str, Any], names: Mapping[tuple[int, int], str], colours: Mapping[str, str]
) -> str:
    states = [change["before"] or change["after"] for change in one["changes"]]
    places = dict.fromkeys((state["track"], state["channel"]) for state in states)
    parts = ", ".join(names.get(place, f"Track {place[0]}") for place in places)
    author = f'<span class="who {colours[one["author"]]}"><i></i>{escape(_author(picture, one["author"]))}</span>'
    back = "" if one["live"] else ' <span class="tag">taken back</span>'
    cells = (
        escape(str(one["n"])),
        "–" if one["bar"] is None else escape(str(one["bar"])),
        escape(parts),
        escape(one["tool"]),
        author,
        f"<span>{escape(one['label'])}</span>{back}",
        _changes(picture, one),
    )
    row = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr id="c{escape(str(one["n"]))}"{"" if one["live"] else " class=back"}>{row}</tr>'


def _changes(picture: Picture, one: Mapping[str, Any]) -> str:
    items = [_change(picture, change, one["bar"]) for change in one["changes"]]
    if len(items) <= _SHOWN + 1:
        return _list(items)
    rest = f"<details><summary>and {len(items) - _SHOWN} more</summary>{_list(items[_SHOWN:])}</details>"
    return _list(items[:_SHOWN]) + rest


def _list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def _change(picture: Picture, change: Mapping[str, Any], bar: int | None) -> str:
    """One change in words, with its bar where that is not the correction's own."""
    before, after = change["before"], change["after"]
    own = bisect_right(picture.bar_ticks, (before or after)["tick"])
    where = f'<span class="at">bar {own}</span>' if picture.bar_ticks and own != bar else ""
    return where + escape(_words(change["kind"], before, after))


def _words(kind: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    if kind == "note" and before and after:
        return note_change_words(before, after)
    say = note_words if kind == "note" else _event
    if before and after:
        return f"{say(before)} → {say(after)}"
    return f"{say(before)} → removed" if before else f"added: {say(after or {})}"


def _event(state: Mapping[str, Any]) -> str:
    message = state["message"]
    return event_words(bytes.fromhex(message) if isinstance(message, str) else bytes(message))


def _table(table: Table) -> str:
    head = "".join(f"<th{_numeric(at)}>{escape(word)}</th>" for at, word in enumerate(table.head))
    rows = "".join(
        f"<tr>{''.join(f'<td{_numeric(at)}>{escape(cell)}</td>' for at, cell in enumerate(row))}</tr>"
        for row in table.rows
    )
    return (
        f"<h2>{escape(table.title)}</h2>"
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _numeric(column: int) -> str:
    return ' class="n"' if column else ""
