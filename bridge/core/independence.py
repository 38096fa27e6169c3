"""What is independent on a wire: what each message sets, what a newer one replaces, and what belongs together.

Called by the lanes, for messages of a channel; SysEx and the system's own have no lane.
"""

from typing import Final

from bridge.core.message import (
    ALL_NOTES_OFF,
    ALL_SOUND_OFF,
    BANK_LSB,
    BANK_MSB,
    BEND,
    CONTROL,
    KEY_PRESSURE,
    PEDALS,
    PRESSURE,
    PROGRAM,
    is_controller,
    is_note_off,
    is_note_on,
    is_pedal,
    is_pedal_down,
)

_RESET_CONTROLLERS: Final = 121
_FIRST_UNPAIRED: Final = 64  # controllers below are the halves of 14 bits: n and n + 32 (MIDI 1.0, table III)
_SELECTIONS: Final = frozenset((98, 99, 100, 101))  # which NRPN or RPN
_DATA: Final = frozenset((6, 38))  # coarse and fine, of the one that is selected
_ENTRIES: Final = _DATA | {96, 97}  # increment and decrement
_GROUPED: Final = _SELECTIONS | _ENTRIES
_PREFIXES: Final = frozenset((84, 88))  # the key that the next note glides from, and the fine part of its velocity
_STATES: Final = _GROUPED | _PREFIXES | frozenset(PEDALS) | {BANK_MSB, BANK_LSB} | frozenset(range(120, 128))
_MAX_GROUP: Final = 8  # messages in one RPN or NRPN group

Lane = tuple[int, int]
"""What a message sets: (status with channel, controller or key; 0 where the status says it all)."""


def is_value(message: bytes) -> bool:
    """True for a controller or pressure of which only the newest value counts."""
    kind = message[0] & 0xF0
    return kind in (KEY_PRESSURE, PRESSURE) or (kind == CONTROL and message[1] not in _STATES)


def is_data(message: bytes) -> bool:
    """True for data of an RPN or NRPN; where none has been selected, only the newest counts."""
    return message[0] & 0xF0 == CONTROL and message[1] in _DATA


def is_selection(message: bytes) -> bool:
    """True for what says which RPN or NRPN the data is for."""
    return message[0] & 0xF0 == CONTROL and message[1] in _SELECTIONS


def lane_of(message: bytes) -> Lane:
    """What a message sets; note-ons and note-offs of a key have one lane."""
    kind = message[0] & 0xF0
    if kind < KEY_PRESSURE:
        return message[0] & 15, message[1]
    return message[0], message[1] if kind in (KEY_PRESSURE, CONTROL) else 0


def thing_of(message: bytes) -> Lane:
    """What a newer message may take the place of: the lane, but of a value's 14 bits both halves."""
    is_half = message[0] & 0xF0 == CONTROL and message[1] < _FIRST_UNPAIRED and (is_value(message) or is_data(message))
    return (message[0], message[1] & 31) if is_half else lane_of(message)


def meant(message: bytes, values: dict[Lane, list[bytes]]) -> list[Lane]:
    """The waiting values that a message may not pass: it would change what they do."""
    if is_note_on(message) or is_note_off(message):
        pressure = (KEY_PRESSURE | message[0] & 15, message[1])
        return [pressure] if pressure in values else []
    if message[0] & 0xF0 == CONTROL and message[1] in _GROUPED:
        data = (message[0], 6)
        return [data] if data in values else []
    if message[0] & 0xF0 == PROGRAM or is_controller(message, _RESET_CONTROLLERS):
        return [lane for lane in values if lane[0] & 15 == message[0] & 15]
    return []


def is_selected(message: bytes, group: list[bytes]) -> bool:
    """True for a selection that the group before it has made already; one of the other kind would be in between."""
    if not _is_of_group(message, group) or not is_selection(message):
        return False
    selected = [one for one in group if one[1] in _SELECTIONS]
    same = [one for one in selected if one[1] == message[1]]
    return same[-1:] == [message] and all(one[1] // 2 == message[1] // 2 for one in selected)


def replaced(message: bytes, waiting: list[bytes]) -> int | None:
    """Where the bend or data right before this one is, which nothing of the channel would have sounded with."""
    if message[0] & 0xF0 == BEND:
        return 0 if waiting and waiting[0][0] == message[0] else None
    if not _is_of_group(message, waiting) or message[1] not in _DATA:
        return None
    for at, one in reversed(list(enumerate(waiting))):
        if one[1] == message[1]:
            return at
        if one[1] not in _DATA:  # an increment counts from it, a selection means another
            return None
    return None


def joins(message: bytes, group: list[bytes]) -> bool:
    """True for what belongs to the RPN or NRPN group before it: more of the selection, or its data."""
    if not _is_of_group(message, group) or len(group) >= _MAX_GROUP:
        return False
    return message[1] in _ENTRIES or all(one[1] in _SELECTIONS for one in group)


def _is_of_group(message: bytes, group: list[bytes]) -> bool:
    """True where both are of RPN or NRPN, on one channel."""
    is_grouped = message[0] & 0xF0 == CONTROL and message[1] in _GROUPED
    return is_grouped and bool(group) and group[0][0] == message[0] and group[0][1] in _GROUPED


def lets_go(message: bytes) -> bool:
    """True for what ends sound on a whole channel: a pedal that goes up, all notes or all sound off."""
    if message[0] & 0xF0 != CONTROL:
        return False
    return (is_pedal(message) and not is_pedal_down(message)) or message[1] in (ALL_NOTES_OFF, ALL_SOUND_OFF)
