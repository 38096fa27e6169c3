"""Whoever looks on sees each message once with its time, and each port as it comes and goes."""

from collections.abc import Iterable
from pathlib import Path

from bridge.app.listen import Attention, Listener, Watcher
from bridge.core.clock import ManualClock
from bridge.core.message import note_on
from bridge.ports.listing import Listed, Listing
from bridge.ports.open import open_input, open_output

MS = 1_000_000


def port(name: str, is_output: bool = True) -> Listed:
    return Listed("rtmidi", is_output, name, f"rtmidi:{name}", name)


def watched(looks: Iterable[Listing], clock: ManualClock) -> tuple[list[str], list[str]]:
    """What a watcher shows and tells of these listings, one after the other."""
    shown: list[str] = []
    told: list[str] = []
    attention, coming = Attention(clock), iter(looks)

    def look() -> Listing:
        found = next(coming, None)
        if found is None:
            attention.stop()
            return last[0]
        last[0] = found
        return found

    last = [Listing((), {})]
    attention.pay(
        Watcher(look, lambda sign, one: shown.append(f"{sign} {one.name}"), lambda key, text: told.append(text))
    )
    return shown, told


def test_ports_that_come_and_go_are_seen_once_each() -> None:
    synth, keys = port("synth"), port("keys", False)
    looks = [Listing((synth,), {}), Listing((synth, keys), {}), Listing((keys,), {}), Listing((keys,), {})]
    clock = ManualClock()
    assert watched(looks, clock)[0] == ["= synth", "+ keys", "- synth"]
    assert clock.now_ns() >= 4 * 500 * MS  # a listing costs something: twice a second is enough


def test_an_output_is_not_taken_for_the_input_of_its_name() -> None:
    looks = [Listing((port("keys", False),), {}), Listing((port("keys", True),), {})]
    assert watched(looks, ManualClock())[0] == ["= keys", "- keys", "+ keys"]


def test_a_driver_that_falls_silent_is_heard_once_and_its_ports_go() -> None:
    broken = Listing((), {"rtmidi": "the service is gone"})
    looks = [Listing((port("synth"),), {}), broken, broken, Listing((port("synth"),), {}), broken]
    shown, told = watched(looks, ManualClock())
    assert shown == ["= synth", "- synth", "+ synth", "- synth"]
    assert told == ["the service is gone", "the service is gone"]


def test_each_message_is_shown_with_the_time_since_the_start(tmp_path: Path) -> None:
    clock = ManualClock(9 * MS)
    (tmp_path / "a.tape").write_text("2000000 90 3C 5A\n5000000 80 3C 40\n")
    shown: list[tuple[int, int]] = []
    listener = Listener(open_input(f"tape:{tmp_path}/a.tape", clock), 8 * MS, lambda *one: shown.append((one[0], 0)))
    Attention(clock).pay(listener)
    assert [at_ns for at_ns, _ in shown] == [3 * MS, 6 * MS]
    assert listener.has_ended


def test_an_input_that_cannot_say_when_it_wakes_is_asked_every_millisecond() -> None:
    clock = ManualClock()
    attention = Attention(clock)
    out, into = open_output("loop:listen", clock), open_input("loop:listen", clock)
    seen: list[int] = []

    def show(at_ns: int, message: bytes) -> None:
        seen.append(at_ns)
        attention.stop()

    out.send(note_on(0, 60, 90), 0)
    clock.wait_until(5 * MS)
    listener = Listener(into, 0, show)
    assert listener.poll_ns == MS
    attention.pay(listener)
    assert (seen, listener.has_ended) == ([0], False)
    out.close()
