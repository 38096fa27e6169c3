"""What lets go of all that a device may still have down when it comes back: it may have kept its power, and sound on.

A playhead asks when its device is gone.
"""

from collections.abc import Mapping
from typing import Final

from bridge.core.ledger import Ledger
from bridge.core.message import CONTROL, NOTE_ON, PEDALS, is_pedal_down, note_off
from bridge.core.schedule import Lane

_UNSEEN_NS: Final = 1_000_000_000  # so long before a driver sees it a device may have been gone


def left_down(ledger: Ledger, sent_ns: Mapping[Lane, int]) -> list[bytes]:
    """What silences the ledger's port, and again what let go of keys and pedals, which may have gone into the void.

    `sent_ns` is when each key or lane was last sent something.
    """
    late_ns = max(sent_ns.values(), default=0) - _UNSEEN_NS
    recent = [(lane, lane.kind >> 8, lane.kind & 0x7F) for lane, at_ns in sent_ns.items() if at_ns >= late_ns]
    keys = [(lane.channel, number) for lane, kind, number in recent if kind == NOTE_ON]
    lifted = [ledger.lanes.get(lane, b"") for lane, kind, number in recent if kind == CONTROL and number in PEDALS]
    offs = [note_off(*key) for key in keys if key not in ledger.voices]
    return [*offs, *(one for one in lifted if one and not is_pedal_down(one)), *ledger.silence(is_panic=False)]
