"""A host that fails before it is ready: nothing is left of a play that never was."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from bridge.app import hosting, local
from bridge.app.player import Wanted
from bridge.core.clock import Clock
from bridge.engine import unsaved
from bridge.engine.link import Acknowledged, Frame, decode, encode
from bridge.engine.process import Ports
from bridge.errors import DriverError
from bridge.ports.clock import WakingClock
from bridge.session.session import Source
from tests.kit import hit, smf


class NeverReady:
    """An engine whose watchdog does not start."""

    def __init__(self) -> None:
        self.channel = self
        self.heard: list[Frame] = []
        self.has_ended = False

    def send(self, frame: Frame, now_ns: int) -> None:
        assert not self.has_ended, "who is gone hears nothing"
        self.heard.append(decode(encode(frame)))

    def ports(self, clock: Clock) -> Ports:
        raise DriverError("the engine's watchdog did not start")

    def end(self) -> None:
        self.has_ended = True


def test_of_a_play_that_never_was_no_rescue_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, session = NeverReady(), tmp_path / "song.bridge"
    monkeypatch.setattr("bridge.app.engines.start", lambda *_: engine)
    order = hosting.Order.of(Source.of("song.mid", smf(hit(60, 0, 400))), session, Wanted())
    with pytest.raises(DriverError, match="watchdog"), ExitStack() as undo:
        hosting.Hosting(order, local.Server(lambda _: {}), WakingClock(), undo)
    acknowledged = [frame for frame in engine.heard if isinstance(frame, Acknowledged)]
    assert acknowledged, "what it would keep would be of a run that nobody knows"
    assert acknowledged[-1].seq == 0xFFFF_FFFF, "the last that a frame can name"
    assert engine.has_ended
    assert not session.exists()
    assert unsaved.paths_of(session) == []
