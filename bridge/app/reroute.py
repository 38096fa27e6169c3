"""Which part of a session goes where, asked and changed from outside: through its host while it is played.

Called by the command `route`. Where nobody plays it, the instruments are those of the rig, whether they are there or
not, and those that the session remembers.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bridge.app import local
from bridge.app.rig import BUILT_IN, instruments_of, rig_of
from bridge.app.routing import RoutingTable, chosen, remember, remembered
from bridge.app.sessions import restored
from bridge.arrange.route_parts import anything, propose
from bridge.core.clock import Clock
from bridge.profiles.rig import RigFile
from bridge.session.journal import Journal
from bridge.session.stored import Stored, load

Rows = list[dict[str, Any]]


def reroute(path: Path, changes: Sequence[str], rig: str | None, clock: Clock, run_id: str) -> Rows:
    """Where each part goes, once these changes are made.

    Raises BadOption, BadRig, BadFile, BadSession, SessionLocked, DiskError.
    """
    answered = local.ask(path, "route", changes=json.dumps(list(changes)))
    if answered:
        rows: Rows = answered["answer"]
        return rows
    file = rig_of(rig)
    if not changes:
        return _table(load(path), file).as_data()
    with Journal.open(path, run_id, clock.wall_ns(), clock.now_ns()) as journal:
        table = _table(journal.stored, file)
        for part in [table.change(text) for text in changes]:  # all of them or none
            remember(journal, table, part)
        journal.wait(journal.commit())
    return table.as_data()


def _table(stored: Stored, rig: RigFile) -> RoutingTable:
    """Where the next `play` on that rig would send each part; without a rig, where the last one did."""
    song, instruments = restored(stored).song, instruments_of(rig)
    known = {one.name for one in instruments}
    others = dict.fromkeys(where.port for where in stored.routing.values() if where.port not in known)
    ports = max((one.port for one in instruments), default=-1) + 1
    everything = (*instruments, *(anything(name, port) for port, name in enumerate(others, ports)))
    lasting = chosen(stored) if rig is not BUILT_IN else frozenset(stored.routing)
    kept = remembered(stored, (), everything)
    stays = {part: where for part, where in kept.items() if part in lasting or where.port < ports}
    routing = propose(song, instruments or everything, stays)
    return RoutingTable(song, everything, routing, chosen(stored))
