"""What the report page promises: complete, escaped, self-contained, small."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import pytest

from bridge.faces.picture import Pedal, Picture, Roll, RollNote, RollPart, Table
from bridge.faces.render import report

EVIL = "<script>alert('&')</script>\""
VOID = {"meta"}
BAR = 1_536


class Page(HTMLParser):
    """A page as elements, which fails where they are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def count(self, tag: str, class_: str | None = None) -> int:
        return sum(
            name == tag and (class_ is None or class_ in (attrs.get("class") or "").split())
            for name, attrs in self.elements
        )


def change(op: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, Any]:
    kind = "event" if "message" in (before or after or {}) else "note"
    return {"op": op, "kind": kind, "id": {"track": 3, "index": 7}, "before": before, "after": after}


def note(pitch: int = 35, velocity: int = 99, tick: int = BAR) -> dict[str, int]:
    return {"track": 3, "channel": 3, "tick": tick, "length": 96, "pitch": pitch, "velocity": velocity}


def correction(n: int = 1, *changes: dict[str, Any], live: bool = True, **more: Any) -> dict[str, Any]:
    told = {"n": n, "author": "player", "tool": "fix", "label": "wrong bass note", "live": live, "bar": 2}
    return told | {"changes": changes or (change("change", note(35), note(33)),)} | more


def bass(name: str = "Bass", author: str = "player") -> RollPart:
    untouched = [RollNote(tick, 96, 40, 90, "source") for tick in range(0, 4 * BAR, 192)]
    before = [
        *untouched,
        RollNote(BAR, 96, 35, 99, "source", "changed", "B1 → A1"),
        RollNote(96, 9, 30, 9, "source", "removed"),
    ]
    return RollPart(
        name, 3, 3, Roll(before), Roll([*untouched, RollNote(BAR, 96, 33, 99, author, "changed", "B1 → A1")])
    )


def picture(**more: Any) -> Picture:
    told: dict[str, Any] = {
        "title": "Jam",
        "source_name": "jam.mid",
        "export_name": "corrected.mid",
        "end": 4 * BAR,
        "bar_ticks": [0, BAR, 2 * BAR, 3 * BAR],
        "parts": [bass()],
        "corrections": [correction()],
    }
    return Picture(**(told | more))


def rows(html: str) -> list[str]:
    return re.findall(r"<tr id=.*?</tr>", html)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def test_a_part_is_drawn_twice_with_its_corrected_notes_apart() -> None:
    page = Page(report(picture()))
    assert page.count("svg", "roll") == 1
    assert (page.count("g", "changed"), page.count("g", "removed"), page.count("path", "same")) == (2, 1, 2)
    assert page.text.count("B1 → A1") == 3  # under the pointer in both rolls, and in the table


def test_every_correction_is_a_row_in_a_musicians_words() -> None:
    (row,) = rows(report(picture()))
    assert words(row) == "1 2 Bass fix player wrong bass note B1 → A1"


def test_a_correction_that_was_taken_back_is_struck_through_and_has_no_mark_in_the_roll() -> None:
    html = report(picture(corrections=[correction(1), correction(2, live=False)]))
    assert ["class=back" in row for row in rows(html)] == [False, True]
    assert "taken back" in rows(html)[1]
    assert ('href="#c1"' in html, 'href="#c2"' in html) == (True, False)


def test_a_pedal_is_a_lane_under_both_rolls_and_words_in_the_table() -> None:
    event = {"track": 3, "channel": 3, "tick": 2 * BAR, "message": [0xB2, 64, 127], "controller": 64, "value": 127}
    part = RollPart("Bass", 3, 3, Roll([]), Roll([], [Pedal(2 * BAR, 3 * BAR, "player")]))
    html = report(picture(parts=[part], corrections=[correction(1, change("add", None, event), tool="pedal")]))
    assert Page(html).count("rect", "pedal") == 1
    assert Page(html).count("rect", "paper") == 6
    assert "bar 3 added: sustain pedal down" in words(rows(html)[0])


def test_removed_and_added_notes_are_told_as_such() -> None:
    html = report(picture(corrections=[correction(1, change("remove", note(42), None), change("add", None, note(45)))]))
    told = words(rows(html)[0])
    assert "F#2, 96 ticks, velocity 99 → removed" in told
    assert "added: A2, 96 ticks, velocity 99" in told


def test_drums_are_called_by_their_names() -> None:
    part = RollPart("Drums", 1, 10, Roll([RollNote(0, 9, 42, 90, "source")]), Roll([]))
    assert "closed hi-hat" in Page(report(picture(parts=[part]))).text


def test_a_correction_of_many_notes_is_folded_without_losing_one() -> None:
    many = [change("change", note(velocity=99), note(velocity=20 + n)) for n in range(20)]
    (row,) = rows(report(picture(corrections=[correction(1, *many)])))
    assert row.count("velocity 99 → ") == 20
    assert "and 14 more" in row


def test_each_author_has_a_colour_of_its_own_and_a_name_in_the_legend() -> None:
    parts = [bass("a", "player"), bass("b", "agent:muse"), bass("c", "repair:range")]
    html = report(picture(parts=parts, source_label="AI"))
    legend = re.findall(r'<li class="(a\d)"><i></i>([^<]*)', html)
    assert legend == [("a0", "AI"), ("a1", "player"), ("a2", "agent:muse"), ("a3", "repair:range")]


def test_parts_that_were_corrected_come_first() -> None:
    plain = RollPart("Plain", 1, 1, Roll([RollNote(0, 9, 60, 90, "source")]), Roll([RollNote(0, 9, 60, 90, "source")]))
    html = report(picture(parts=[plain, bass()]))
    assert html.index("<h3>Bass") < html.index("<h3>Plain")


def test_names_that_somebody_else_wrote_stay_text() -> None:
    html = report(
        picture(
            title=EVIL,
            source_name=EVIL,
            export_name=EVIL,
            source_label=EVIL,
            parts=[bass(EVIL, EVIL)],
            corrections=[correction(author=EVIL, tool=EVIL, label=EVIL)],
            facts=[(EVIL, EVIL)],
            tables=[Table(EVIL, (EVIL, EVIL), [(EVIL, EVIL)])],
        )
    )
    page = Page(html)
    assert page.count("script") == 0
    assert page.text.count(EVIL) >= 12
    assert not any(name.startswith("on") for _, attrs in page.elements for name in attrs)


def test_the_page_needs_nothing_from_anywhere() -> None:
    page = Page(report(picture()))
    links = [attrs[name] for _, attrs in page.elements for name in ("src", "href", "action") if name in attrs]
    assert links
    assert all(link and link.startswith("#") for link in links)
    assert page.count("script") == page.count("link") == page.count("img") == 0
    assert "url(" not in page.text
    assert "@import" not in page.text


def test_a_song_without_bars_or_notes_or_corrections_is_still_a_page() -> None:
    page = Page(report(picture(bar_ticks=[], end=0, parts=[RollPart("", 0, 1, Roll([]), Roll([]))], corrections=[])))
    assert "Nothing was corrected." in page.text
    assert page.count("text", "bar") == 0


def test_equal_pictures_make_equal_pages() -> None:
    assert report(picture()) == report(picture())


@pytest.mark.parametrize("count", [5_000])
def test_thousands_of_untouched_notes_are_one_shape_a_roll(count: int) -> None:
    many = [RollNote(tick * 24, 20, 30 + tick % 60, 1 + tick % 127, "source") for tick in range(count)]
    part = RollPart("Piano", 2, 2, Roll(many), Roll(many))
    html = report(picture(parts=[part], end=count * 24, bar_ticks=list(range(0, count * 24, BAR))))
    assert Page(html).count("path", "same") == 2
    assert len(html) < 150 * count
