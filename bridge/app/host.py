"""The host: one object with `step(now)`; it owns a session and decides what the player's gestures mean.

Called by one loop in one thread; it talks with the engine through two pipes and keeps what happens in the
journal. A correction goes to the engine first, then to disk. What it decides depends only on the song and on
the arrivals' epoch, pass and tick, in order of arrival; so it does not matter how long a frame is under way.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from bridge.app import rescue
from bridge.app.routing import RoutingTable, chosen, instrument_at, name_of, remember
from bridge.app.thru import routes_for
from bridge.arrange.compile import Destination, changed, items, moved
from bridge.arrange.route_parts import Instrument
from bridge.core.arrival import Arrival, Epoch, Loop
from bridge.core.edit import Id
from bridge.core.schedule import Item
from bridge.core.song import Part
from bridge.core.wish import Joins, Wish
from bridge.engine.link import (
    Acknowledged,
    Answer,
    Ask,
    Fault,
    Frame,
    Late,
    Patch,
    Plug,
    Request,
    Route,
    Routes,
    Tempo,
)
from bridge.engine.pipe import Receives, Sends
from bridge.errors import BadEdit, CannotRevert, DiskError
from bridge.session.journal import Journal
from bridge.session.session import PLAYER, Correction, Outcome, Session
from bridge.surface.surface import Action, Onward, Selected, Surface, Undo

_BATCH_NS: Final = 100_000_000  # arrivals that change nothing are committed this often
_REMEMBERED: Final = 64  # epochs; arrivals of older ones have long been taken
SLICE: Final = 12
"""Changes in one patch: the engine takes one between two looks at its ports, and needs less than 0.5 ms for it."""


@dataclass(frozen=True, slots=True)
class News:
    """One thing that a face may want to show.

    `kind` is correction, more (one goes on), undo, selected, routed, refused, epoch, plug, late, fault or saved.
    """

    kind: str
    text: str


class Host:
    """Owns the session; `news` is what has happened since a face last took it."""

    def __init__(
        self,
        session: Session,
        journal: Journal,
        surface: Surface,
        routing: Mapping[Part, Destination],
        down: Sends,
        up: Receives,
        *,
        instruments: Sequence[Instrument] = (),
        rules: Sequence[Route] = (),
        waits_for_disk: bool = False,
    ) -> None:
        self.session = session
        self.journal = journal
        self.surface = surface
        self.routing = routing
        self.instruments = tuple(instruments)
        self.chosen = chosen(journal.stored)
        self.down = down
        self.up = up
        self.rules = tuple(rules)
        self.waits_for_disk = waits_for_disk
        self.news: list[News] = []
        self.epoch = Epoch(0, 0, 0, 0, rolling=False)
        self.has_stopped = False
        self.has_failed = False
        self.has_quit = False
        self._is_stopped_by_hand = False
        self._quit = 0
        self._epochs: dict[int, Epoch] = {0: self.epoch}
        self._version = 0
        self._request = 0
        self._seq = 0
        self._commit_ns: int | None = None
        self._fault: DiskError | None = None
        self._unacknowledged: deque[tuple[int, int]] = deque()

    @property
    def next_ns(self) -> int | None:
        """When the host has something to do next, None for nothing in sight."""
        return min((at for at in (self.up.next_ns, self._commit_ns) if at is not None), default=None)

    def open(self, now_ns: int) -> None:
        """Give the engine the song as it is."""
        self.down.send(Tempo(self.session.song.tempo), now_ns)
        self._patch((), tuple(items(self.session.song, self.routing)), now_ns)
        self._send_routes(now_ns)

    def request(self, ask: Ask, now_ns: int, tick: int = 0, loop: Loop | None = None, passes: int = 0) -> None:
        """Ask something of the transport; the answer comes as news if it is a refusal."""
        self._request += 1
        if ask in (Ask.FINISH, Ask.QUIT):
            self._quit = self._request
        self.down.send(Request(self._request, ask, tick, loop, passes), now_ns)

    def undo(self, author: str, now_ns: int) -> Correction:
        """Take back an author's newest correction, as somebody asked who is not at the controller.

        Raises CannotRevert.
        """
        outcome = self.session.undo(author)
        self._corrected("undo", outcome, now_ns)
        return outcome.correction

    @property
    def table(self) -> RoutingTable:
        """Where each part goes, to be looked at and changed."""
        return RoutingTable(self.session.song, self.instruments, self.routing, self.chosen)

    def route(self, changes: Sequence[str], now_ns: int) -> list[dict[str, object]]:
        """Send parts elsewhere, each as `PART=INSTRUMENT[:CHANNEL]`: all of them or none; where each part goes then.

        What sounds of them ends, and what is set on their channels is set on the new ones. Raises BadOption.
        """
        table = self.table
        self._reroute(table, [table.change(text) for text in changes], now_ns)
        return table.as_data()

    def step(self, now_ns: int) -> None:
        """Take what the engine says, keep it, act on it."""
        for frame in self.up.receive(now_ns):
            self._hear(frame, now_ns)
        if self._commit_ns is not None and now_ns >= self._commit_ns:
            self._commit(now_ns)
        self._acknowledge(now_ns)
        self._watch_disk()

    def close(self, now_ns: int) -> None:
        """Finish what the hand had begun and put everything on disk.

        Raises DiskError where that failed; its line names the rescue session that has everything instead.
        """
        try:
            self._act(self.surface.stop(self.epoch.tick), now_ns)
            self._commit(now_ns)
        finally:
            rescue.close(self.journal, self.session)
        self.down.send(Acknowledged(self._seq), now_ns)

    def _hear(self, frame: Frame, now_ns: int) -> None:
        match frame:
            case Arrival():
                self._arrive(frame, now_ns)
            case Epoch():
                self._turn(frame, now_ns)
            case Answer() if frame.refusal:
                self.news.append(News("refused", frame.refusal))
            case Answer():
                self._is_stopped_by_hand = self._is_stopped_by_hand or not frame.request
                self.has_quit = self.has_quit or frame.request == self._quit > 0
            case Plug():
                self.news.append(News("plug", f"{frame.port}: {'back' if frame.is_connected else 'unplugged'}"))
            case Late():
                worst = f"{frame.worst_ns / 1e6:.1f} ms at most"
                self.news.append(News("late", f"{frame.port}: {frame.count} messages left late, {worst}"))
            case Fault():
                self.has_failed = True
                self.news.append(News("fault", f"{frame.port}: {frame.text}"))

    def _arrive(self, arrival: Arrival, now_ns: int) -> None:
        self.journal.arrival(arrival)
        if arrival.seq > self._seq + 1:
            self.has_failed = True
            lost = arrival.seq - self._seq - 1
            self.news.append(News("fault", f"{lost} messages from the controller were not kept: too many at once"))
        self._seq = arrival.seq
        self._act(self.surface.take(arrival, self._epochs[arrival.epoch]), now_ns)
        if self._commit_ns is None:
            self._commit_ns = now_ns + _BATCH_NS

    def _turn(self, epoch: Epoch, now_ns: int) -> None:
        self._epochs[epoch.number] = epoch
        self._epochs.pop(epoch.number - _REMEMBERED, None)
        self.epoch = epoch
        self._is_stopped_by_hand = self._is_stopped_by_hand and not epoch.rolling
        self.has_stopped = not (epoch.rolling or self._is_stopped_by_hand)
        self.news.append(News("epoch", _words(epoch)))
        self._act(self.surface.turn(epoch), now_ns)

    def _act(self, actions: list[Action], now_ns: int) -> None:
        for action in actions:
            try:
                self._do(action, now_ns)
            except (BadEdit, CannotRevert) as error:
                self.news.append(News("refused", str(error)))

    def _do(self, action: Action, now_ns: int) -> None:
        match action:
            case Wish():
                kind = "more" if action.joins is Joins.EXTENDS else "correction"
                self._corrected(kind, self.session.correct(PLAYER, action), now_ns)
            case Undo():
                self._corrected("undo", self.session.undo(PLAYER), now_ns)
            case Onward():
                table = self.table
                table.onward(action.part)
                self._reroute(table, [action.part], now_ns)
            case Selected():
                self._send_routes(now_ns)
                self.news.append(News("selected", f"{self.part_name(action.part)}: {action.tool}"))

    def _corrected(self, kind: str, outcome: Outcome | None, now_ns: int) -> None:
        """To the engine first, then to disk, then to whoever looks."""
        if outcome is None:
            return
        self._patch(*changed(self.session.song, self.routing, outcome.edits), now_ns)
        self.journal.correction(outcome.correction)
        self._commit(now_ns)
        state = "" if outcome.correction.live else "taken back: "
        self.news.append(News(kind, f"{state}{outcome.correction}: {outcome.correction.label}"))

    def _reroute(self, table: RoutingTable, parts: Sequence[Part], now_ns: int) -> None:
        """Have these parts played where the table says now."""
        self._patch(*moved(self.session.song, self.routing, table.routing), now_ns)
        self.routing, self.chosen = table.routing, frozenset(table.chosen)
        self._send_routes(now_ns)
        for part in parts:
            remember(self.journal, table, part)
            self.news.append(News("routed", f"{self.part_name(part)} to {self.place_name(self.routing[part])}"))
        self._commit(now_ns)

    def part_name(self, part: Part) -> str:
        """A part as a person knows it: its track's name, or its number and channel."""
        number = list(self.session.song.parts()).index(part) + 1
        return f"part {number} ({name_of(self.session.song, part)})"

    def place_name(self, where: Destination) -> str:
        """A destination as a person knows it: its instrument, and the channel there."""
        return f"'{instrument_at(self.instruments, where).name}', channel {where.channel + 1}"

    def _patch(self, drops: tuple[Id, ...], puts: tuple[Item, ...], now_ns: int) -> None:
        """The whole song in one, and a small change too; a great one in slices, first what goes, then what comes."""
        slices = [(drops, puts)]
        if self._version and len(drops) + len(puts) > SLICE:
            slices = [(drops[at : at + SLICE], ()) for at in range(0, len(drops), SLICE)]
            slices += [((), some) for some in _slices(puts)]
        for some_drops, some_puts in slices:
            self._version += 1
            self.down.send(Patch(self._version, some_drops, some_puts), now_ns)

    def _send_routes(self, now_ns: int) -> None:
        target = self.routing.get(self.surface.part) if self.surface.part else None
        self.down.send(Routes(routes_for(self.surface.profile, self.surface.thru, target, self.rules)), now_ns)

    def _commit(self, now_ns: int) -> None:
        self._commit_ns = None
        ticket = self.journal.commit()
        self._unacknowledged.append((ticket, self._seq))
        if self.waits_for_disk:
            with suppress(DiskError):  # nothing is lost by it: it waits for the next commit, and is shown as a fault
                self.journal.wait(ticket)

    def _watch_disk(self) -> None:
        """Say at once that nothing is saved any more, and that all is saved again."""
        fault = self.journal.fault
        if (fault is None) == (self._fault is None):
            return
        self._fault = fault
        if fault:
            self.has_failed = True
            self.news.append(News("fault", f"{fault}; what you play is kept meanwhile"))
        else:
            self.news.append(News("saved", f"'{self.journal.path}' is saved again, with all that waited"))

    def _acknowledge(self, now_ns: int) -> None:
        seq = 0
        while self._unacknowledged and self._unacknowledged[0][0] <= self.journal.done:
            seq = self._unacknowledged.popleft()[1]
        if seq:
            self.down.send(Acknowledged(seq), now_ns)


def _slices(puts: Sequence[Item]) -> Iterator[tuple[Item, ...]]:
    """Some at a time; what goes to several ports stays together, since whoever has an item twice has the later."""
    some: list[Item] = []
    for _, same in groupby(puts, key=lambda item: item.id):
        some += same
        if len(some) >= SLICE:
            yield tuple(some)
            some = []
    if some:
        yield tuple(some)


def _words(epoch: Epoch) -> str:
    if not epoch.rolling:
        return "stopped"
    return f"pass {epoch.turn + 1}" if epoch.loop else "playing"
