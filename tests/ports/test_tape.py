"""A tape is a port's traffic that a person can read, and plays what was recorded when it was recorded."""

import errno
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.clock import ManualClock
from bridge.core.message import control, note_off, note_on
from bridge.errors import BadFile, BridgeError, DriverError, RefusedOverwrite
from bridge.ports import tape
from bridge.ports.open import open_input, open_output
from bridge.ports.tape import HEAD, TapeOutput

SECOND_NS = 1_000_000_000
DATA = st.integers(0, 127)
MESSAGES = st.one_of(
    st.builds(lambda status, first, second: bytes((status, first, second)), st.integers(0x80, 0xBF), DATA, DATA),
    st.builds(lambda status, value: bytes((status, value)), st.integers(0xC0, 0xDF), DATA),
    st.builds(lambda data: b"\xf0" + bytes(data) + b"\xf7", st.lists(DATA, max_size=300)),
    st.sampled_from((b"\xf6", b"\xf8", b"\xfa", b"\xfc", b"\xff", b"\xf2\x01\x02")),
)
"""Whole messages as ports send them."""


def written(folder: Path, text: str | bytes) -> str:
    path = folder / "a.tape"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_a_line_is_a_time_since_the_start_and_bytes_that_a_person_can_read(tmp_path: Path) -> None:
    clock = ManualClock(5 * SECOND_NS)
    port = open_output(f"tape:{tmp_path}/a.tape", clock)
    clock.wait_until(6 * SECOND_NS)
    port.send(note_on(0, 60, 90), 0)
    assert (tmp_path / "a.tape").read_text() == f"{HEAD}1000000000 90 3C 5A\n"  # readable while it is recorded
    port.close()


def test_what_was_recorded_is_played_back_at_its_times(tmp_path: Path) -> None:
    clock = ManualClock(7)
    out = open_output(f"tape:{tmp_path}/a.tape", clock)
    played = [(0, control(1, 64, 127)), (500, note_on(1, 40, 9)), (500, note_on(1, 44, 9)), (9_000, note_off(1, 40))]
    for at_ns, message in played:
        clock.wait_until(7 + at_ns)
        out.send(message, 0)
    out.close()
    later = ManualClock(100)
    into = open_input(f"tape:{tmp_path}/a.tape", later)
    assert into.receive() == [(100, played[0][1])]
    assert getattr(into, "next_ns", None) == 600
    later.wait_until(599)
    assert into.receive() == []
    later.wait_until(60_000)  # asked for late: stamped as played
    assert into.receive() == [(100 + at_ns, message) for at_ns, message in played[1:]]
    assert getattr(into, "next_ns", 1) is None


def test_comments_and_empty_lines_are_for_people(tmp_path: Path) -> None:
    name = written(tmp_path, "# Probe, Großer Saal\n\n 12  90 3c5a  # the first note\r\n12 f8#tick\n")
    assert tape.read(name) == [(12, note_on(0, 60, 90)), (12, b"\xf8")]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("90 3C 5A", "its time is before that of the line above"),
        ("soon 90 3C 5A", "it does not begin with a time in nanoseconds"),
        ("-5 90 3C 5A", "it does not begin with a time in nanoseconds"),
        ("99999999999999999999 90 3C 5A", "it does not begin with a time in nanoseconds"),
        ("900 90 3C G0", "behind the time there must be bytes in hex"),
        ("900 90 3C 5", "behind the time there must be bytes in hex"),
        ("900 90 3C", "its bytes are not one whole message"),
        ("900 3C 5A", "its bytes are not one whole message"),
        ("900", "its bytes are not one whole message"),
        ("900 90 3C 5A 80 3C 40", "its bytes are not one whole message"),
        ("900 90 3C 5A 3D 5A", "its bytes are not one whole message"),
        ("900 F0 7D 01", "its bytes are not one whole message"),
        ("900 F4", "its bytes are not one whole message"),
        ("900 90 F8 3C 5A", "its bytes are not one whole message"),
        ("\x00\xff", "it does not begin with a time in nanoseconds"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_by_its_number(line: str, what: str, tmp_path: Path) -> None:
    name = written(tmp_path, f"{HEAD}\n800 F8\n{line}\n")
    with pytest.raises(BadFile) as refused:
        open_input(f"tape:{name}", ManualClock())
    assert str(refused.value) == f"'{name}' is no tape: line 4: {what}"


@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_one_line(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    name = written(tmp_path_factory.getbasetemp(), data)
    refused = ""
    try:
        assert all(at_ns >= 0 and message for at_ns, message in tape.read(name))
    except BadFile as fault:
        refused = str(fault)
    assert refused.isprintable()


@given(messages=st.lists(MESSAGES, min_size=1, max_size=20))
def test_every_message_that_can_be_sent_comes_back(
    messages: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "every.tape"
    path.unlink(missing_ok=True)
    port = tape.open_output(str(path), ManualClock())
    for message in messages:
        port.send(message, 0)
    port.close()
    assert tape.read(str(path)) == [(0, message) for message in messages]


def test_a_tape_is_never_recorded_over_anything(tmp_path: Path) -> None:
    name = written(tmp_path, "precious")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for taken in (name, str(tmp_path), str(tmp_path / "link"), "/dev/null"):
        with pytest.raises(RefusedOverwrite, match="exists; record on a tape with another name"):
            tape.open_output(taken, ManualClock())
    assert Path(name).read_text() == "precious"
    assert not (tmp_path / "elsewhere").exists()


def test_a_tape_on_which_nothing_was_recorded_is_taken_away(tmp_path: Path) -> None:
    for _ in range(2):  # the second time as if there had been no first
        port = tape.open_output(f"{tmp_path}/a.tape", ManualClock())
        assert (tmp_path / "a.tape").exists()
        port.close()
        assert not (tmp_path / "a.tape").exists()


@pytest.mark.parametrize("name", ["", "a\0b", "missing/a.tape", "x" * 300, "a.tape/b"])
def test_a_path_that_can_be_no_tape_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, HEAD)
    for open_it in (tape.open_output, tape.open_input):
        with pytest.raises(BadFile):
            open_it(name, ManualClock())


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="it is a device or a pipe"):
        tape.open_input("/dev/zero", ManualClock())
    with pytest.raises(BadFile, match="it is a folder"):
        tape.open_input(str(tmp_path), ManualClock())


def test_a_disk_that_may_not_be_written_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(path: Path) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tape, "_new", read_only)
    with pytest.raises(DriverError) as refused:
        tape.open_output("a.tape", ManualClock())
    assert str(refused.value) == "tape 'a.tape' cannot be written: read-only file system; choose another file"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_ends_the_recording_in_one_line_and_every_send_after_it() -> None:
    file = open("/dev/full", "w", buffering=1)  # noqa: SIM115  # the port's to close
    with pytest.raises(DriverError, match="no space left on device; record on another disk"):
        TapeOutput("full", file, ManualClock())
    with pytest.raises(OSError, match="No space"):
        file.close()


def test_a_full_disk_while_it_records_is_a_fault_of_the_port(tmp_path: Path) -> None:
    port = tape.open_output(str(tmp_path / "a.tape"), ManualClock())
    port._file.close()
    port._file = open("/dev/full", "w", buffering=1)  # noqa: SIM115  # the port's to close
    for _ in range(2):
        with pytest.raises(DriverError, match=r"^tape '.*' cannot be written: no space left"):
            port.send(note_on(0, 60, 90), 0)
    with pytest.raises(BridgeError, match="no space left"):
        port.close()


def test_the_home_folder_is_found_behind_the_colon_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    port = tape.open_output("~/a.tape", ManualClock())
    port.send(note_on(0, 60, 90), 0)
    port.close()
    assert stat.S_ISREG((tmp_path / "a.tape").stat().st_mode)
