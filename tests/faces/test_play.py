"""`play`: a song once, on what it was asked for, with a session beside it; nothing that is asked wrongly leaves one."""

from pathlib import Path

import pytest

import bridge.app.player
import bridge.faces.play
import bridge.ports.base
import bridge.ports.loopback
from bridge.app.rig import Rig
from bridge.core.clock import ManualClock
from bridge.core.smf import read
from bridge.errors import NotMidi
from bridge.session.stored import load
from tests.faces.person import SONG, corrected, is_one_line, is_silent, midi_bridge, pitches_heard
from tests.kit import hit, smf

CORPUS = Path(__file__).parents[1] / "corpus"
FILES = sorted(path for path in CORPUS.glob("*/*.*") if path.suffix != ".csv" and b"MThd" in path.read_bytes()[:4096])
NO_TRACKS = b"MThd\0\0\0\6\0\1\0\0\1\xf4"


def test_a_song_is_played_once_and_its_session_lies_beside_it(song: Path, rigs: list[Rig]) -> None:
    ran = midi_bridge("play", song, "--fast")
    assert (ran.code, ran.out) == (0, "")
    assert all(is_one_line(line) for line in ran.err.splitlines(keepends=True))
    assert sorted(path.name for path in song.parent.iterdir()) == ["song.bridge", "song.mid"]
    assert song.read_bytes() == SONG
    assert sorted(pitches_heard(rigs[0])) == [40, 60, 64, 67]
    assert is_silent(rigs[0])
    assert load(song.with_suffix(".bridge")).source.data == SONG


def test_it_ends_when_the_last_note_has_rung_out(song: Path, rigs: list[Rig], monkeypatch: pytest.MonkeyPatch) -> None:
    clocks: list[ManualClock] = []

    def clock(wall_ns: int) -> ManualClock:
        clocks.append(ManualClock(wall_ns=wall_ns))
        return clocks[-1]

    monkeypatch.setattr(bridge.faces.play, "ManualClock", clock)
    assert midi_bridge("play", song, "--fast").code == 0
    assert 1_400 <= clocks[0].now_ns() / 1e6 < 1_600


def test_without_a_port_a_person_is_told_that_nothing_will_sound(song: Path) -> None:
    assert "silent twins" in midi_bridge("play", song, "--fast").err
    assert "silent twins" not in midi_bridge("play", song, "--fast", "--to", "twin:drums").err


STUDIO = """
[[instruments]]
name = "Moog"
profile = "midi-bridge/twin-bass"
port = "twin:bass"
channels = [7]

[[instruments]]
name = "Piano"
port = "twin:module"
channels = [2, 3]

[[instruments]]
name = "Organ"
port = "twin:organ"

[[controllers]]
name = "Hands"
profile = "midi-bridge/twin-controller"
port = "twin:controller"
"""


def test_a_song_is_played_on_the_rig_and_the_rig_is_said(song: Path, rigs: list[Rig]) -> None:
    path = song.with_name("studio.toml")
    path.write_text(STUDIO, encoding="utf-8")
    ran = midi_bridge("play", song, "--fast", "--rig", path)
    assert ran.code == 0
    assert ran.err.splitlines()[:6] == [
        f"midi-bridge: playing on the rig of '{path}'",
        "midi-bridge: correcting with 'Hands'",
        "midi-bridge: 'Organ' is missing: no port 'organ'",
        "midi-bridge: part 1 (channel 1) to 'Piano', channel 3",
        "midi-bridge: part 2 (channel 2) to 'Piano', channel 2",
        "midi-bridge: in the hand: fix, for part 1 (channel 1)",
    ]
    assert sorted(pitches_heard(rigs[0])) == [40, 60, 64, 67]


def test_a_rig_with_a_mistake_is_refused_before_a_session_is_made(song: Path) -> None:
    path = song.with_name("studio.toml")
    path.write_text(STUDIO.replace("channels", "chanels"), encoding="utf-8")
    ran = midi_bridge("play", song, "--fast", "--rig", path)
    assert ran.code == 2
    assert is_one_line(ran.err)
    assert "instruments[0].chanels: no such key" in ran.err
    assert "(did you mean 'channels'?)" in ran.err
    assert sorted(song.parent.iterdir()) == [song, path]


def test_a_session_may_lie_elsewhere(song: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    session = tmp_path / "kept" / "mine.bridge"
    assert midi_bridge("play", song, "--fast", "--session", session).code == 0
    assert load(session).source.name == "song.mid"
    assert not song.with_suffix(".bridge").exists()


@pytest.mark.parametrize("place", ["nowhere/mine.bridge", "song.mid/mine.bridge", "x" * 300, ".", "/dev/null"])
def test_a_session_that_cannot_be_there_is_the_callers_mistake(place: str, song: Path) -> None:
    ran = midi_bridge("play", song, "--fast", "--session", song.parent / place)
    assert ran.code == 2
    assert is_one_line(ran.err)


def test_an_old_session_plays_the_corrected_song(tmp_path: Path, rigs: list[Rig]) -> None:
    session = corrected(tmp_path)
    ran = midi_bridge("play", tmp_path / "song.mid", "--fast")
    assert ran.code == 0
    assert sorted(pitches_heard(rigs[0])) == [40, 62, 65, 67]
    assert "2 corrections" in ran.err
    assert len(load(session).runs) == 2


@pytest.mark.parametrize("data", [smf(hit(72, 0, 400)), b"a letter"])
def test_a_song_that_changed_on_disk_is_played_from_the_sessions_copy(
    data: bytes, tmp_path: Path, rigs: list[Rig]
) -> None:
    corrected(tmp_path)
    (tmp_path / "song.mid").write_bytes(data)
    ran = midi_bridge("play", tmp_path / "song.mid", "--fast")
    assert ran.code == 0
    assert len([line for line in ran.err.splitlines() if "changed on disk" in line and "own copy" in line]) == 1
    assert sorted(pitches_heard(rigs[0])) == [40, 62, 65, 67]


def test_the_sessions_own_export_in_place_is_no_change_to_warn_of(tmp_path: Path) -> None:
    session = corrected(tmp_path)
    assert midi_bridge("export", session, "-o", tmp_path / "song.mid", "--in-place").code == 0
    assert "changed" not in midi_bridge("play", tmp_path / "song.mid", "--fast").err


def test_a_session_is_no_song(tmp_path: Path) -> None:
    session = corrected(tmp_path)
    before = session.read_bytes()
    ran = midi_bridge("play", session, "--fast")
    assert ran.code == 2
    assert is_one_line(ran.err)
    assert session.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--to twin:nothing", "no port 'nothing'"),
        ("--to d", "several ports"),
        ("--to loop:x --from loop:x", "hears the song itself"),
        ("--from twin:nothing", "no port"),
        ("--from twin:module", "no port"),
        ("--part 0", "no part 0"),
        ("--part 3", "no part 3"),
        ("--track 1", "format 2"),
        ("--track 0", "no track 0"),
        ("--loop 2", "is no loop"),
        ("--loop 1:", "is no loop"),
        ("--loop :", "is no loop"),
        ("--loop a:b", "is no loop"),
        ("--loop 2:1", "within the song"),
        ("--loop 0:1", "within the song"),
        ("--loop -3:1", "within the song"),
        ("--loop 1:500", "within the song"),
        ("--loop 1:99999999999999999999999999", "within the song"),
        ("--loop 0s:0.0001s", "within the song"),
        ("--loop 0s:1e300s", "is no loop"),
        ("--loop 0s:infs", "is no loop"),
        ("--loop nans:1s", "is no loop"),
        ("--loop 5s:9s", "within the song"),
        ("--loop 1:2s", "is no loop"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_before_a_session_is_made(words: str, says: str, song: Path) -> None:
    ran = midi_bridge("play", song, "--fast", *words.split())
    assert ran.code == 2
    assert is_one_line(ran.err)
    assert says in ran.err
    assert list(song.parent.iterdir()) == [song]


@pytest.mark.parametrize(
    ("behind", "bars", "seconds"), [(0, 2, 4), (1, 2, 4), (500, 2, 4), (501, 3, 5), (2_000, 3, 6), (2_001, 3, 6)]
)
def test_a_track_that_ends_a_little_behind_a_bar_line_begins_no_bar(
    behind: int, bars: int, seconds: int, song: Path
) -> None:
    nothing = b"\xff\x01\0"  # an empty text: the track ends with it
    song.write_bytes(smf([*hit(60, 0, 4_000), (4_000 + behind, nothing)]))
    ran = midi_bridge("play", song, "--fast", "--loop", "1:99")
    assert ran.err.endswith(f"is no loop within the song; it has bars 1 to {bars}, and is {seconds}s long\n")


@pytest.mark.parametrize("loop", ["1:1", "0s:1s", "0.25s:0.5s", "0s:2s"])
def test_a_loop_is_bars_or_seconds(loop: str, song: Path, rigs: list[Rig]) -> None:
    assert midi_bridge("play", song, "--fast", "--loop", loop).code == 0
    assert is_silent(rigs[0])


def test_an_existing_session_stays_where_an_option_was_wrong(tmp_path: Path) -> None:
    session = corrected(tmp_path)
    before = load(session)
    for words in ("--loop", "9:9"), ("--track", "2"):
        assert midi_bridge("play", tmp_path / "song.mid", "--fast", "--source-name", "AI", *words).code == 2
        assert load(session) == before


def test_one_track_of_a_format_2_file_is_played_and_the_session_stays_with_it(song: Path, rigs: list[Rig]) -> None:
    song.write_bytes(SONG[:9] + b"\2" + SONG[10:])
    assert midi_bridge("play", song, "--fast", "--track", "3").code == 0
    assert midi_bridge("play", song, "--fast").code == 0
    assert [pitches_heard(rig) for rig in rigs] == [[40], [40]]
    other = midi_bridge("play", song, "--fast", "--track", "2")
    assert other.code == 2
    assert is_one_line(other.err)
    assert "another track" in other.err
    assert midi_bridge("play", song, "--fast", "--track", "9").code == 2


@pytest.mark.parametrize(
    "data",
    [NO_TRACKS, smf(), smf([]), smf([], tempi=[(0, 250_000), (900, 500_000)]), smf([(100, b"\xb0\x40\x7f")])],
    ids=["no tracks", "a tempo track without tempo", "an empty track", "tempo alone", "one pedal"],
)
@pytest.mark.parametrize("words", [(), ("--from", "twin:controller")])
def test_a_song_without_notes_is_over_at_once(data: bytes, words: tuple[str, ...], song: Path, rigs: list[Rig]) -> None:
    song.write_bytes(data)
    ran = midi_bridge("play", song, "--fast", *words)
    assert ran.code == 0
    assert is_silent(rigs[0])
    assert load(song.with_suffix(".bridge")).source.data == data


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_of_the_corpus_plays_to_its_end_and_nothing_stays_down(
    path: Path, tmp_path: Path, rigs: list[Rig]
) -> None:
    try:
        read(path.read_bytes())
    except NotMidi:
        assert midi_bridge("play", path, "--fast", "--session", tmp_path / "a.bridge").code == 2
        assert not list(tmp_path.iterdir())
        return
    ran = midi_bridge("play", path, "--fast", "--session", tmp_path / "a.bridge")
    assert ran.code == 0
    assert is_silent(rigs[0])
    assert ran.err.splitlines()[-2] == "midi-bridge: stopped"


def test_fast_is_not_for_what_needs_real_time(song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.ports.twin.TwinPort.capabilities", bridge.ports.base.Capabilities())
    ran = midi_bridge("play", song, "--fast")
    assert (ran.code, is_one_line(ran.err)) == (2, True)


def test_who_attaches_to_what_nobody_plays_is_told_so(song: Path) -> None:
    ran = midi_bridge("attach", song)
    assert (ran.code, is_one_line(ran.err)) == (2, True)
    assert f"nobody plays '{song}'" in ran.err
    assert midi_bridge("attach", "nope").err == "midi-bridge: 'nope': there is no such file; check the name\n"
    assert midi_bridge("attach", "/").err == "midi-bridge: '/': it is a folder; name a file in it\n"


def test_what_lies_in_a_sessions_place_and_is_none_is_refused_with_the_way_out(song: Path) -> None:
    session = song.with_suffix(".bridge")
    session.write_bytes(b"garbage")
    ran = midi_bridge("play", song, "--fast")
    says = f"'{session}' is no midi-bridge session; move it away, or keep the session elsewhere with --session"
    assert (ran.code, ran.err) == (1, f"midi-bridge: {says}\n")
    assert session.read_bytes() == b"garbage"


@pytest.mark.parametrize("text", ["fantom=x", "-1", "501", "nan", "module=", "=5"])
def test_a_latency_that_is_none_is_the_callers_mistake(text: str, song: Path) -> None:
    ran = midi_bridge("play", song, "--fast", "--latency", text)
    assert (ran.code, is_one_line(ran.err)) == (2, True)


def test_an_instrument_that_sounds_late_is_told_early(song: Path, tmp_path: Path) -> None:
    times = []
    for number, words in enumerate(([], ["--latency", "50"])):
        tape = tmp_path / f"{number}.tape"
        assert midi_bridge("play", song, "--fast", "--to", f"tape:{tape}", *words).code == 0
        lines = [line.split() for line in tape.read_text().splitlines() if " 90 " in line]
        times.append(int(lines[0][0]))
    assert times == [50_000_000, 50_000_000]  # the start waits for the slowest, so that all sound together


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ((), ""),
        (("--session", "song.bridge"), ""),
        (("--tool", "fix"), "--tool is not used: "),
        (("--to", "twin:bass", "--from", "twin:controller", "--loop", "1:2"), "--from, --loop, --to are not used: "),
    ],
)
def test_what_a_second_view_cannot_use_is_said(
    typed: tuple[str, ...], said: str, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.app.local.connect", lambda path: "a line")
    monkeypatch.setattr("bridge.faces.view.attach", lambda line, path: 0)
    ran = midi_bridge("play", song, *typed)
    first, *more = ran.err.splitlines()
    assert first.endswith("is being played already; this is a second view of it")
    way_out = "it goes on as it was begun; end it with Ctrl-C and play again, or see midi-bridge route"
    assert more == ([f"midi-bridge: {said}{way_out}"] if said else [])
