import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from bridge.core.smf import read
from bridge.session import disk, report
from bridge.session.export import render
from bridge.session.session import Session
from tests.session import songs
from tests.session.songs import changed, nth, pedal, removed, wish

VALIDATOR = jsonschema.Draft202012Validator(report.schema())


def record(one: Session) -> report.Json:
    """The record of an export of that session, through JSON text and back."""
    made = report.corrections_json(one.source, one.corrections.values(), "out.mid", disk.sha256(render(one)))
    found: report.Json = json.loads(json.dumps(made))
    return found


@pytest.fixture
def corrected() -> Session:
    """A bass with one of everything."""
    one = songs.session()
    first, second, third, last = (nth(one, number) for number in range(4))
    one.correct("player", wish(changed(first, pitch=41), label="E to F"))
    one.correct("agent:tidy", wish(changed(first, velocity=99), tool="scale"))
    one.correct("player", wish(removed(second), tool="erase"))
    one.correct("player", wish(changed(third, tick=196, length=40)))
    one.correct("player", wish(pedal(0, 127), pedal(90, 0), tool="pedal"))
    one.correct("player", wish(changed(last, pitch=48)))
    one.undo("player")
    return one


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(report.schema())


def test_a_corrected_note_is_told_with_channels_from_one(corrected: Session) -> None:
    found = record(corrected)
    assert found["version"] == 1
    assert found["source"] == {"name": "song.mid", "sha256": corrected.source.sha256}
    assert found["export"] == {"name": "out.mid", "sha256": disk.sha256(render(corrected))}
    before = {"track": 0, "channel": 1, "tick": 0, "length": 48, "pitch": 40, "velocity": 80}
    assert found["corrections"][0] == {
        "n": 1,
        "author": "player",
        "tool": "fix",
        "label": "E to F",
        "live": True,
        "bar": 1,
        "changes": [
            {
                "op": "change",
                "kind": "note",
                "id": {"track": 0, "index": 0},
                "before": before,
                "after": {**before, "pitch": 41},
            }
        ],
    }


def test_an_added_pedal_is_told_with_its_bytes_and_its_controller(corrected: Session) -> None:
    assert record(corrected)["corrections"][4]["changes"][1] == {
        "op": "add",
        "kind": "event",
        "id": {"correction": 5, "n": 1},
        "before": None,
        "after": {"track": 0, "channel": 1, "tick": 90, "message": [176, 64, 0], "controller": 64, "value": 0},
    }


def test_what_was_taken_back_is_told_too(corrected: Session) -> None:
    assert [one["live"] for one in record(corrected)["corrections"]] == [True] * 5 + [False]


@given(songs.notes, songs.acts)
def test_every_record_keeps_to_the_schema(notes: list[songs.Hit], acts: list[songs.Act]) -> None:
    VALIDATOR.validate(record(songs.live(songs.session(notes), acts)))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 2),
        (("source", "sha256"), "AB"),
        (("source", "path"), "/song.mid"),
        (("corrections", 0, "n"), 0),
        (("corrections", 0, "bar"), "1"),
        (("corrections", 0, "changes"), []),
        (("corrections", 0, "changes", 0, "op"), "move"),
        (("corrections", 0, "changes", 0, "before"), None),
        (("corrections", 0, "changes", 0, "kind"), "event"),
        (("corrections", 0, "changes", 0, "after", "channel"), 0),
        (("corrections", 0, "changes", 0, "after", "channel"), 17),
        (("corrections", 0, "changes", 0, "after", "pitch"), 128),
        (("corrections", 0, "changes", 0, "id"), {"track": 0, "n": 0}),
        (("corrections", 2, "changes", 0, "after"), {}),
        (("corrections", 4, "changes", 0, "after", "message"), [64, 64, 0]),
        (("corrections", 4, "changes", 0, "after", "value"), 128),
        (("corrections", 4, "changes", 0, "before"), {}),
    ],
)
def test_each_rule_of_the_schema_refuses_what_breaks_it(
    corrected: Session, path: tuple[str | int, ...], value: object
) -> None:
    found = record(corrected)
    VALIDATOR.validate(found)
    at: Any = found
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(found)


def test_notes_are_counted_by_author_and_by_what_changed(corrected: Session) -> None:
    names = ("notes", "start", "length", "pitch", "velocity", "removed", "added")
    found = report.summary(corrected, render(corrected))["notes"]
    assert {author: tuple(figures[name] for name in names) for author, figures in found.items()} == {
        "source": (1, 0, 0, 0, 0, 0, 0),
        "agent:tidy": (1, 0, 0, 0, 1, 0, 0),
        "player": (3, 1, 1, 1, 0, 1, 0),
    }
    assert next(iter(found)) == "source"


def test_corrections_are_counted_by_tool(corrected: Session) -> None:
    assert report.summary(corrected, render(corrected))["corrections"] == {
        "erase": {"live": 1, "taken_back": 0},
        "fix": {"live": 2, "taken_back": 1},
        "pedal": {"live": 1, "taken_back": 0},
        "scale": {"live": 1, "taken_back": 0},
    }


def test_all_events_of_an_untouched_song_stand() -> None:
    one = songs.session()
    assert report.events_unchanged(one.song.smf, read(render(one))) == {"source": 9, "unchanged": 9, "with_delta": 9}


def test_a_removed_note_takes_two_events_and_the_delta_behind_it() -> None:
    one = songs.session()
    one.correct("player", wish(removed(nth(one, 1))))
    assert report.events_unchanged(one.song.smf, read(render(one))) == {"source": 9, "unchanged": 7, "with_delta": 6}


def test_a_corrected_pitch_is_two_events_that_no_longer_stand() -> None:
    one = songs.session()
    one.correct("player", wish(changed(nth(one, 1), pitch=44)))
    assert report.events_unchanged(one.song.smf, read(render(one))) == {"source": 9, "unchanged": 7, "with_delta": 7}


def test_an_added_pedal_leaves_every_event_of_the_source_standing() -> None:
    one = songs.session()
    one.correct("player", wish(pedal(10, 127)))
    assert report.events_unchanged(one.song.smf, read(render(one))) == {"source": 9, "unchanged": 9, "with_delta": 8}


def test_a_running_status_written_out_no_longer_stands() -> None:
    data = songs.smf([(0, b"\xb0\x07\x40"), (10, b"\x0a\x40")])
    written = songs.smf([(0, b"\xb0\x07\x40"), (10, b"\xb0\x0a\x40")])
    assert report.events_unchanged(read(data), read(written)) == {"source": 3, "unchanged": 2, "with_delta": 2}


def test_a_track_that_is_missing_in_the_export_stands_nowhere() -> None:
    two, one = songs.smf(songs.hits(songs.BASS), []), songs.smf(songs.hits(songs.BASS))
    assert report.events_unchanged(read(two), read(one)) == {"source": 10, "unchanged": 9, "with_delta": 9}
