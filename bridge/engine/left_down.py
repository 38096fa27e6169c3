"""What lets go of all that a device may still have down when it comes back: it may have kept its power, and sound on.

A playhead asks when its device is gone.
"""

from collections.abc import Mapping
from typing import Final

from bridge.core.ledger import Ledger
from bridge.core.message import NOTE_ON, note_off
from bridge.core.schedule import Lane

_UNSEEN_NS: Final = 1_000_000_000  # so long before a driver sees it a device may have been gone


def left_down(ledger: Ledger, sent_ns: Mapping[Lane, int]) -> list[bytes]:
    """What silences the ledger's port, with offs again for keys whose own may have gone into the void.

    `sent_ns` is when each key or lane was last sent something.
    """
    late_ns = max(sent_ns.values(), default=0) - _UNSEEN_NS
    recent = [lane for lane, at_ns in sent_ns.items() if at_ns >= late_ns and lane.kind >> 8 == NOTE_ON]
    keys = [(lane.channel, lane.kind & 0x7F) for lane in recent]
    return [*(note_off(*key) for key in keys if key not in ledger.voices), *ledger.silence(is_panic=False)]
