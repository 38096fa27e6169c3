"""What a person is told when the host of `play` fails as no host should."""

import os
import sys
from pathlib import Path

import pytest

from bridge.app import local
from bridge.session.stored import load
from tests.faces.person import Ran, corrected, is_one_line, python, spawned
from tests.kit import hit, smf

pytestmark = pytest.mark.skipif(os.name != "posix", reason="here play has no host of its own")
LONG = smf([event for at in range(0, 60_000, 10) for event in hit(60, at, at + 5)])
"""Its order is more than a pipe holds, so that a host which ends without reading it leaves a broken one."""
_PLAY = """
import sys
from bridge.faces.cli import main

sys.executable = sys.argv[1]
sys.argv = ["midi-bridge", "play", *sys.argv[2:]]
main()
"""


def played(song: Path, host: str) -> Ran:
    """`play` with a host that runs these lines in place of its own."""
    song.write_bytes(LONG)
    program = song.with_name("host")
    program.write_text(f"#!{sys.executable}\n{host}\n")
    program.chmod(0o700)
    return python(_PLAY, program, song)


def test_a_host_that_fails_says_the_reason_in_one_line_and_the_rest_is_in_its_log(song: Path) -> None:
    ran = played(
        song, "import sys\nfrom bridge.app import hosting\nhosting.Hosting = None\ndel sys.argv[1:3]\nhosting.main()"
    )
    log = local.log_of(song.with_suffix(".bridge"))
    assert (ran.code, ran.out) == (1, "")
    assert is_one_line(ran.err)
    assert f"the host failed: TypeError: 'NoneType' object is not callable; see '{log}'" in ran.err
    assert "Traceback" in log.read_text()


def test_a_host_that_does_not_start_leaves_its_log_and_nothing_is_said_to_have_been_played(song: Path) -> None:
    ran = played(song, "raise RuntimeError('no way')")
    log = local.log_of(song.with_suffix(".bridge"))
    assert ran.code == 1
    assert ran.err == f"midi-bridge: the host ended unexpectedly; nothing was played; see '{log}'\n"
    assert "RuntimeError: no way" in log.read_text()


def test_no_log_is_named_in_which_nothing_stands(song: Path) -> None:
    ran = played(song, "raise SystemExit(3)")
    assert (ran.code, ran.err) == (1, "midi-bridge: the host ended unexpectedly; nothing was played\n")


@pytest.mark.parametrize("how", [["--fast"], []])
def test_a_song_whose_name_leaves_no_room_for_its_session_is_refused_in_one_line(
    how: list[str], tmp_path: Path
) -> None:
    song = tmp_path / f"{'n' * 244}.mid"
    song.write_bytes(LONG)
    ran = spawned("play", *how, song)
    assert (ran.code, ran.out) == (2, "")
    assert is_one_line(ran.err)
    assert f"{'n' * 244}.bridge': its name is too long" in ran.err
    assert list(tmp_path.iterdir()) == [song]


def test_a_play_that_the_engine_refuses_leaves_no_trace_in_a_session_that_was_there(tmp_path: Path) -> None:
    session = corrected(tmp_path)
    before = load(session)
    ran = spawned("play", tmp_path / "song.mid", "--to", "din:/dev/none", "--source-name", "AI")
    assert (ran.code, is_one_line(ran.err)) == (1, True), ran.err
    assert load(session) == before


def test_a_host_that_could_not_rescue_what_is_played_does_not_begin(tmp_path: Path) -> None:
    song = tmp_path / f"{'n' * 240}.mid"  # room for SQLite's file, none for the rescue file
    song.write_bytes(LONG)
    ran = spawned("play", song)
    assert ran.code == 2
    assert is_one_line(ran.err)
    assert ".bridge': its name is too long" in ran.err
