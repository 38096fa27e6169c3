"""The local socket: found by the session's path, open to its owner alone, and never in the music's way."""

import json
import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from bridge.app import local
from bridge.errors import BridgeError, CallerError, DriverError
from bridge.ports.clock import SystemClock

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no local sockets")


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:  # short: a socket's path must be
        yield Path(folder) / "it.sock"


@pytest.fixture
def server(place: Path) -> Iterator[local.Server]:
    made = local.Server(lambda message: {"answer": message["do"]} if message.get("do") else {"error": "no", "code": 2})
    made.listen(place)
    yield made
    made.close()


def asked(server: local.Server, place: Path, words: bytes) -> bytes:
    """What comes back for raw bytes."""
    with socket.socket(socket.AF_UNIX) as end:
        end.connect(str(place))
        end.sendall(words)
        for _ in range(3):
            server.step(0)
        end.settimeout(1)
        try:
            return end.recv(4_096)
        except ConnectionResetError:
            return b""


def dialled(place: Path) -> local.Line:
    line = local.dial(place)
    assert line
    return line


def test_what_is_asked_is_answered_line_by_line(server: local.Server, place: Path) -> None:
    assert asked(server, place, b'{"do": "undo"}\n{"do": "save"}\n') == b'{"answer": "undo"}\n{"answer": "save"}\n'


@pytest.mark.parametrize("junk", [b"\n", b"[]\n", b"7\n", b"\xff\xfe\n", b"{" + b"x" * (1 << 17)])
def test_who_talks_nonsense_is_let_go_and_the_others_are_not(junk: bytes, server: local.Server, place: Path) -> None:
    assert asked(server, place, junk) == b""
    assert asked(server, place, b'{"do": "save"}\n') == b'{"answer": "save"}\n'
    assert len(server.clients) == 1 or not server.clients


def test_only_its_owner_can_open_it(server: local.Server, place: Path) -> None:
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_who_watches_hears_what_happens_and_who_does_not_is_left_in_peace(server: local.Server, place: Path) -> None:
    watcher, other = dialled(place), dialled(place)
    watcher.ask({"do": "watch"})
    server.step(0)
    server.tell({"news": "correction", "text": "C4 → D4"})
    assert watcher.read() == {"answer": "watch"}
    assert watcher.read() == {"news": "correction", "text": "C4 → D4"}
    server.close()
    assert watcher.read() is None
    assert other.read() is None
    watcher.close()
    other.close()


def test_a_watcher_that_does_not_read_is_let_go_before_it_costs_anything(server: local.Server, place: Path) -> None:
    line = dialled(place)
    line.ask({"do": "watch"})
    server.step(0)
    for _ in range(200):
        server.tell({"text": "x" * 20_000})
    server.step(0)
    assert not server.clients
    line.close()


def test_a_socket_that_a_killed_host_left_is_taken_over(place: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(place))
    left.close()
    assert local.dial(place) is None
    server = local.Server(lambda message: {"answer": 1})
    server.listen(place)
    dialled(place).close()
    server.close()
    assert not place.exists()


def test_one_session_has_one_socket_however_its_name_is_written(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    assert local.socket_of(tmp_path / "a.bridge") == local.socket_of(tmp_path / "link" / "." / "a.bridge")
    assert local.socket_of(tmp_path / "a.bridge") != local.socket_of(tmp_path / "b.bridge")


def test_a_refusal_comes_back_as_the_error_it_was() -> None:
    assert isinstance(local.refusal({"error": "nothing to undo", "code": 2}), CallerError)
    assert not isinstance(local.refusal({"error": "the disk is full", "code": 1}), CallerError)
    assert isinstance(local.refusal({"error": "what", "code": "x"}), BridgeError)


def test_a_folder_that_others_may_enter_or_have_made_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory() as runtime:
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        local.folder().chmod(0o755)
        with pytest.raises(DriverError, match="open to others; remove it"):
            local.folder()
        local._made().chmod(0o700)
        monkeypatch.setattr("os.getuid", lambda: os.geteuid() + 1)
        with pytest.raises(DriverError, match="open to others; remove it"):
            local.folder()


@pytest.fixture(name="temporary")
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(local, "_LONGEST_FOLDER", len(str(tmp_path)) + 20)
    return tmp_path


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/nope", "long"])
def test_where_no_runtime_folder_can_be_made_a_temporary_one_serves(
    place: str, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (temporary / "file").touch()
    runtime = temporary / ("n" * 99 if place == "long" else place)
    monkeypatch.setattr("bridge.profiles.places.runtime", lambda: runtime)
    assert local.folder() == temporary / f"midi-bridge-{os.getuid()}"
    assert stat.S_IMODE(local.folder().stat().st_mode) == 0o700
    assert local.running() == []


@pytest.mark.parametrize("spare", ["file", "missing"])
def test_where_no_folder_can_be_made_at_all_one_line_says_what_to_do(
    spare: str, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (temporary / "file").touch()
    monkeypatch.setattr("bridge.profiles.places.runtime", lambda: temporary / "file")
    monkeypatch.setattr("tempfile.tempdir", str(temporary / spare))
    with pytest.raises(DriverError, match=r"^there is no folder for .* set XDG_RUNTIME_DIR to a folder .*alone$"):
        local.folder()


def test_who_has_no_patience_is_told_that_nobody_answers(server: local.Server, place: Path) -> None:
    line = local.dial(place, patience_s=0.01)
    assert line
    with pytest.raises(DriverError, match="does not answer"):
        local.ask_on(line, "panic")


def test_what_was_asked_in_vain_is_not_done_later(server: local.Server, place: Path) -> None:
    line = dialled(place)
    for until_ns, do in ((5, "late"), (7, "in time"), ("x", "no time")):
        line.ask({"do": do, "until_ns": until_ns})
    server.step(6)
    assert [line.read(), line.read()] == [{"answer": "in time"}, {"answer": "no time"}]
    line.close()


def test_what_was_asked_with_patience_is_not_done_behind_its_end(place: Path) -> None:
    done: list[local.Message] = []

    def answer(message: local.Message) -> local.Message:
        done.append(message)
        return {"answer": None}

    server = local.Server(answer)
    server.listen(place)
    line = local.dial(place, patience_s=0.01)
    assert line
    with pytest.raises(DriverError, match="does not answer"):
        local.ask_on(line, "panic")
    server.step(SystemClock().now_ns())  # it wakes
    server.close()
    assert done == []


def test_a_host_of_whose_process_this_system_knows_no_number_is_not_ended_by_one() -> None:
    class Elsewhere:
        """A connection into another namespace of processes."""

        def getsockopt(self, level: int, option: int, size: int) -> bytes:
            return bytes(size)

    assert "or end it: the instruments fall silent" in str(local._silent(cast(socket.socket, Elsewhere())))


def test_where_nobody_plays_nobody_answers(tmp_path: Path) -> None:
    assert local.connect(tmp_path / "a.bridge") is None
    assert local.ask(tmp_path / "a.bridge", "save") is None
    assert json.dumps(local.ask(tmp_path / "a.bridge", "undo", author="x")) == "null"
