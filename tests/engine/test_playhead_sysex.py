"""The song's SysEx: before the first note, in its place, or when it stops; and how late anything was."""

from bridge.core.arrival import Loop
from bridge.core.message import PROGRAM, control, note_on
from bridge.core.schedule import NO_END, Item
from bridge.core.sysex import RESET_PAUSE_NS, taken_ns
from bridge.core.tempo import tempo_map
from bridge.engine.hands import Hand
from bridge.engine.playhead import Playhead
from bridge.engine.transport import Transport
from bridge.errors import Refused
from tests.kit import MS, PEDAL_DOWN, PEDAL_UP, Recorder, Timed, off, on

GM_ON = bytes.fromhex("f07e7f0901f7")
MASTER_VOLUME = bytes.fromhex("f07f7f04010040f7")
DUMP = bytes((0xF0, 0x7D, *range(128), *range(127), 0xF7))  # 258 bytes, 82.56 ms
PIECE = DUMP[:-3] + b"\xf7"  # 256 bytes, which a dump is cut into
START_MS = 200
PROGRAM_5 = bytes((PROGRAM, 5))


def items(*events: Timed) -> list[Item]:
    """Notes of 60 that last 100 ticks, and events, numbered from 0; a tick is a millisecond."""
    return [
        Item(tick, 0, n, 1, 0, 0, n, 0, tick + 100 if message[0] & 0xF0 == 0x90 else NO_END, message)
        for n, (tick, message) in enumerate(events)
    ]


class Alone:
    """A playhead with nothing around it, whose song was asked for at 0 and sounds from `START_MS`."""

    def __init__(self, *events: Timed, tick: int = 0, loop: Loop | None = None, output: Recorder | None = None) -> None:
        self.transport = Transport()
        self.transport.tempo = tempo_map(500)
        self.output = output or Recorder()
        self.hand = Hand()
        self.playhead = Playhead(0, self.output, self.transport, self.hand)
        self.playhead.load(items(*events), 0)
        self.setup_ns = self.playhead.setup_ns(tick)
        self.playhead.begin(self.transport.roll(START_MS * MS, tick, loop, 0), 0, is_start=True)

    def run(self, tick: int) -> "Alone":
        """Play when it is due, up to and with a millisecond of the first pass."""
        while (at := self.playhead.next_ns) is not None and at <= (START_MS + tick) * MS:
            self.playhead.play(at)
        self.playhead.play((START_MS + tick) * MS)
        return self

    def stop(self, tick: int) -> "Alone":
        self.playhead.stop(self.transport.stop((START_MS + tick) * MS), (START_MS + tick) * MS)
        return self

    @property
    def heard(self) -> list[tuple[float, bytes]]:
        """What was sent, and the millisecond of the pass at which it was due."""
        return [(due_ns / MS - START_MS, message) for due_ns, message in self.output.sent]


def test_sysex_at_the_start_goes_first_and_a_reset_has_its_pause_before_what_is_set() -> None:
    alone = Alone((0, PROGRAM_5), (0, GM_ON), (0, MASTER_VOLUME), (0, on()))
    pause = taken_ns(GM_ON) / MS
    assert alone.setup_ns == taken_ns(GM_ON) + taken_ns(MASTER_VOLUME) > RESET_PAUSE_NS
    assert alone.heard == [(-START_MS, GM_ON)]
    assert alone.playhead.next_ns == taken_ns(GM_ON)
    assert alone.run(0).heard == [
        (-START_MS, GM_ON),
        (pause - START_MS, MASTER_VOLUME),
        (alone.setup_ns / MS - START_MS, PROGRAM_5),
        (0, on()),
    ]


def test_without_sysex_nothing_is_waited_for() -> None:
    assert Alone((0, PROGRAM_5), (10, GM_ON)).setup_ns == 0


def test_a_start_within_sends_the_sysex_before_it_and_what_was_set_since_its_reset() -> None:
    alone = Alone((0, control(0, 7, 30)), (10, GM_ON), (20, control(0, 10, 9)), (300, on()), tick=100)
    assert [message for _, message in alone.run(0).heard] == [GM_ON, control(0, 10, 9)]


def test_a_loop_does_not_send_the_sysex_of_its_start_again() -> None:
    alone = Alone((0, GM_ON), (0, on()), (150, MASTER_VOLUME), loop=Loop(0, 200)).run(599)
    assert [message for _, message in alone.heard if message[0] == 0xF0] == [GM_ON, *[MASTER_VOLUME] * 3]


def test_a_short_one_is_sent_in_its_place_also_under_notes() -> None:
    assert (50, MASTER_VOLUME) in Alone((0, on()), (50, MASTER_VOLUME)).run(60).heard


def test_a_piece_of_a_dump_is_sent_in_its_place_under_notes() -> None:
    assert (50, PIECE) in Alone((0, on()), (50, PIECE)).run(60).heard


def test_a_long_one_under_a_note_waits_for_stop_and_is_then_sent_once() -> None:
    alone = Alone((0, on()), (50, DUMP), loop=Loop(0, 150)).run(220)
    assert DUMP not in [message for _, message in alone.heard]
    assert alone.stop(225).heard[-2:] == [(225, off()), (225, DUMP)]
    alone.stop(230)
    assert [message for _, message in alone.heard].count(DUMP) == 1


def test_a_long_one_that_a_note_would_meet_waits_for_stop_and_one_with_room_does_not() -> None:
    alone = Alone((100, DUMP), (182, on()), (300, DUMP), (383, on())).run(400)
    assert [at for at, message in alone.heard if message == DUMP] == [300]
    assert [at for at, message in alone.stop(410).heard if message == DUMP] == [300, 410]


def test_those_that_waited_are_sent_in_the_order_of_the_song_and_a_panic_drops_them() -> None:
    other = DUMP[:-2] + bytes((1, 0xF7))
    life = Alone((0, on()), (10, DUMP), (20, other)).run(50)
    assert [message for _, message in life.stop(60).heard][-2:] == [DUMP, other]
    quiet = Alone((0, on()), (10, DUMP)).run(50)
    quiet.playhead.silence((START_MS + 55) * MS)
    assert DUMP not in [message for _, message in quiet.stop(60).heard]


def test_a_reset_within_the_song_is_followed_by_all_settings_at_the_next_turn() -> None:
    alone = Alone((0, control(0, 7, 30)), (50, on()), (180, GM_ON), loop=Loop(20, 200), tick=20).run(180)
    assert [message for _, message in alone.heard] == [control(0, 7, 30), on(), off(), GM_ON, control(0, 7, 30)]


def test_a_sysex_that_its_port_refuses_stops_nothing_else() -> None:
    class Short(Recorder):
        def send(self, message: bytes, due_ns: int) -> None:
            if len(message) > 4:
                raise Refused("too long")
            super().send(message, due_ns)

    alone = Alone((0, GM_ON), (0, on()), output=Short()).run(0)
    assert (str(alone.playhead.sender.refusal), alone.playhead.sender.fault) == ("too long", None)
    assert alone.heard == [(0, on())]


# Lateness


def test_nothing_is_late_that_is_played_when_it_is_due() -> None:
    lateness = Alone((0, on()), (50, PEDAL_DOWN)).run(100).playhead.lateness
    assert (lateness.sent, lateness.late, lateness.worst_ns) == (3, 0, 0)


def test_what_is_sent_over_a_millisecond_late_is_counted_and_the_worst_is_kept() -> None:
    alone = Alone((0, on()), (0, on(62)), (9, PEDAL_DOWN))
    alone.playhead.play(START_MS * MS + 5 * MS)
    alone.playhead.play(START_MS * MS + 9 * MS + MS)
    lateness = alone.playhead.lateness
    assert (lateness.sent, lateness.late, lateness.worst_ns) == (3, 2, 5 * MS)


def test_what_a_locate_passes_over_is_not_late() -> None:
    alone = Alone((0, on()), (500, on()))
    now_ns = (START_MS + 50) * MS
    alone.playhead.latency_ns = 20 * MS
    alone.playhead.begin(alone.transport.locate(now_ns, 500), now_ns)
    alone.playhead.play(now_ns)
    assert alone.output.sent[-1][1] == on()
    assert alone.playhead.lateness.late == 0


# Unplugged and back


def test_while_the_device_is_gone_time_goes_on_and_nothing_is_sent() -> None:
    alone = Alone((0, on()), (50, control(0, 7, 9)), (200, on(62)), (210, on(64))).run(30)
    alone.playhead.lose()
    alone.output.sent.clear()
    alone.playhead.hand(on(70), (START_MS + 40) * MS)
    alone.run(205)
    assert (alone.heard, alone.playhead.ledger.voices, alone.playhead.is_lost) == ([], {}, True)
    assert alone.playhead.next_ns == (START_MS + 210) * MS


def test_back_again_it_is_set_where_the_song_is_and_notes_sound_from_their_next_onset() -> None:
    alone = Alone((0, PROGRAM_5), (0, control(0, 7, 9)), (50, PEDAL_DOWN), (60, on()), (220, on(62)))
    alone.run(70).playhead.lose()
    alone.run(100).output.sent.clear()
    alone.playhead.regain((START_MS + 110) * MS)
    alone.run(400)
    settings = [PROGRAM_5, control(0, 7, 9), PEDAL_DOWN]
    assert alone.heard[-5:] == [*((110, message) for message in settings), (220, on(62)), (320, off(62))]
    assert alone.heard[:2] == [(110, off()), (110, PEDAL_UP)]  # it kept its power, and sounded on


def test_back_again_the_pedal_that_the_hand_holds_is_down() -> None:
    alone = Alone((0, note_on(1, 60, 90)), (100, PEDAL_UP)).run(10)
    alone.playhead.hand(PEDAL_DOWN, (START_MS + 20) * MS)
    alone.playhead.lose()
    alone.output.sent.clear()
    alone.playhead.regain((START_MS + 50) * MS)
    assert alone.heard[-1] == (50, PEDAL_DOWN)


def test_back_while_the_song_stands_it_is_set_and_no_pedal_goes_down() -> None:
    alone = Alone((0, control(0, 7, 9)), (10, PEDAL_DOWN), (20, on())).run(50).stop(60)
    alone.playhead.lose()
    alone.output.sent.clear()
    alone.playhead.regain((START_MS + 90) * MS)
    assert alone.heard == [(90, off()), (90, control(0, 64, 0)), (90, control(0, 7, 9))]  # once more: who knows


# Set up again


PAUSE_MS = taken_ns(GM_ON) / MS
SET_UP = ((0, GM_ON), (0, PROGRAM_5), (0, control(0, 7, 9)))


def back_at(alone: Alone, gone: int, back: int) -> Alone:
    """Pull the device out at one tick and plug it in again at another; only what is heard from then on is kept."""
    alone.run(gone).playhead.lose()
    alone.run(back).output.sent.clear()
    alone.playhead.regain((START_MS + back) * MS)
    return alone


def settings_at(tick: float) -> list[tuple[float, bytes]]:
    return [(tick, PROGRAM_5), (tick, control(0, 7, 9))]


def test_back_again_it_is_reset_as_at_a_start_then_set_and_notes_sound_behind_that() -> None:
    alone = Alone(*SET_UP, (60, on()), (150, on(62)), (300, on(64)))
    back_at(alone, 70, 110).run(310)
    ready = 110 + PAUSE_MS
    assert alone.heard[:1] == [(110, off())]
    assert alone.heard[-4:] == [(110, GM_ON), *settings_at(ready), (300, on(64))]


def test_what_the_song_does_while_the_device_is_set_up_is_caught_up_with() -> None:
    alone = Alone(*SET_UP, (120, control(0, 7, 50)), (130, MASTER_VOLUME), (140, on()))
    back_at(alone, 70, 110).run(400)
    ready = 110 + PAUSE_MS + taken_ns(MASTER_VOLUME) / MS
    sysex = [(110, GM_ON), (110 + PAUSE_MS, MASTER_VOLUME)]
    assert alone.heard == [*sysex, (ready, PROGRAM_5), (ready, control(0, 7, 50))]


def test_a_step_that_comes_late_sends_no_note_from_before_the_end_of_the_set_up() -> None:
    alone = back_at(Alone(*SET_UP, (150, on(62)), (300, on(64))), 70, 110)
    alone.playhead.play((START_MS + 310) * MS)
    assert alone.heard == [(110, GM_ON), *settings_at(110 + PAUSE_MS), (300, on(64))]


def test_a_dump_holds_up_no_note_of_a_device_that_is_back_and_is_sent_once_at_stop() -> None:
    alone = back_at(Alone((0, DUMP), (0, PROGRAM_5), (170, on())), 70, 110).run(200)
    assert alone.heard == [(110, PROGRAM_5), (170, on())]
    assert alone.stop(210).heard[2:] == [(210, off()), (210, DUMP)]
    alone.stop(220)
    assert alone.output.sent[-1][1] == DUMP
    assert len(alone.heard) == 4


def test_no_note_passes_the_settings_of_a_device_that_is_back() -> None:
    alone = back_at(Alone((0, PROGRAM_5), (0, control(0, 7, 9)), (112, on()), (159, on(62)), (160, on(64))), 70, 110)
    assert alone.run(170).heard == [*settings_at(110), (160, on(64))]


def test_back_while_the_song_stands_it_gets_the_dumps_too() -> None:
    alone = Alone((0, DUMP), (10, on())).run(50).stop(60)
    alone.playhead.lose()
    alone.output.sent.clear()
    alone.playhead.regain((START_MS + 90) * MS)
    assert [message for _, message in alone.heard] == [off(), DUMP]


def test_pulled_out_again_in_the_middle_it_is_set_up_from_the_first() -> None:
    alone = back_at(Alone(*SET_UP, (300, on(64))), 70, 110)
    back_at(alone, 120, 150).run(310)
    assert alone.heard == [(150, GM_ON), *settings_at(150 + PAUSE_MS), (300, on(64))]


def test_the_turn_of_a_loop_does_not_cut_it_off_and_resends_nothing() -> None:
    alone = back_at(Alone(*SET_UP, (0, on()), (100, on(62)), loop=Loop(0, 200)), 150, 190).run(310)
    assert alone.heard[-4:] == [(190, GM_ON), *settings_at(190 + PAUSE_MS), (300, on(62))]


def test_a_locate_in_the_middle_begins_it_anew() -> None:
    alone = back_at(Alone(*SET_UP, (520, on()), (640, on(62))), 70, 110)
    now_ns = (START_MS + 120) * MS
    alone.playhead.begin(alone.transport.locate(now_ns, 500), now_ns)
    alone.run(265)
    assert alone.heard == [(110, GM_ON), (120, GM_ON), *settings_at(120 + PAUSE_MS), (260, on(62))]


def test_a_panic_in_the_middle_begins_it_anew_and_an_end_does_not() -> None:
    alone = back_at(Alone(*SET_UP, (300, on(64))), 70, 110)
    alone.playhead.silence((START_MS + 120) * MS)
    heard = [one for one in alone.run(310).heard if one[1][0] != 0xB0 or one[1][1] == 7]
    assert heard == [(110, GM_ON), (120, GM_ON), *settings_at(120 + PAUSE_MS), (300, on(64))]
    ended = back_at(Alone(*SET_UP, (300, on(64))), 70, 110)
    ended.playhead.silence((START_MS + 120) * MS, is_panic=False)
    assert ended.playhead.next_ns == (START_MS + 300) * MS


def test_behind_a_reset_the_pedal_that_the_hand_holds_is_down_again() -> None:
    alone = Alone(*SET_UP, (100, PEDAL_UP), (300, on())).run(10)
    alone.playhead.hand(PEDAL_DOWN, (START_MS + 20) * MS)
    back_at(alone, 30, 110).run(200)
    assert alone.heard[-4:] == [(110, GM_ON), (110 + PAUSE_MS, PEDAL_DOWN), *settings_at(110 + PAUSE_MS)]


def test_what_is_patched_while_it_is_set_up_is_set_in_the_end() -> None:
    alone = back_at(Alone(*SET_UP, (300, on(64))), 70, 110)
    (changed,) = [item for item in items(*SET_UP) if item.message == control(0, 7, 9)]
    alone.playhead.patch((), [changed._replace(message=control(0, 7, 77))], (START_MS + 120) * MS)
    assert alone.run(310).heard[-3:] == [
        settings_at(110 + PAUSE_MS)[0],
        (110 + PAUSE_MS, control(0, 7, 77)),
        (300, on(64)),
    ]
