"""The queue in front of one connection."""

from __future__ import annotations

import json
import threading
from typing import Any

from web.ws.sending import PING, ClosePlease, OutgoingEvent, OutgoingQueue, PongPlease


def queue(max_bytes: int = 1000, delta_bytes: int = 100) -> tuple[OutgoingQueue, list[int]]:
    dropped: list[int] = []
    return OutgoingQueue(max_bytes, delta_bytes, lambda: dropped.append(1)), dropped


def event(size: int = 10, key: str = "", replacement: bytes = b"") -> OutgoingEvent:
    head = b'{"p":"' + b"x" * size + b'"'
    return OutgoingEvent("chat", head, delta_key=key, make_replacement=lambda: replacement)


def seq_of(frame: Any) -> int:
    seq: int = json.loads(frame)["seq"]
    return seq


def test_frames_leave_in_order_and_events_are_counted_as_they_leave() -> None:
    waiting, _ = queue()
    waiting.push_event(event())
    waiting.push(b"answer")
    waiting.push_event(event())
    assert (seq_of(waiting.pop()), waiting.pop(), seq_of(waiting.pop())) == (1, b"answer", 2)
    assert waiting.waiting_bytes == 0


def test_deltas_give_way_and_the_next_one_replaces() -> None:
    waiting, dropped = queue()
    waiting.push(b"x" * 95)
    waiting.push_event(event(key="chat:r"))
    waiting.push_event(event(key="chat:r"))
    assert len(dropped) == 2
    assert waiting.pop() == b"x" * 95
    waiting.push_event(event(key="chat:other", replacement=b'{"p":"never"'))
    waiting.push_event(event(key="chat:r", replacement=b'{"p":"all"'))
    frames = [json.loads(waiting.pop()) for _ in range(2)]  # type: ignore[arg-type]
    waiting.push_event(event(key="chat:r", replacement=b'{"p":"never"'))
    frames.append(json.loads(waiting.pop()))  # type: ignore[arg-type]
    assert [frame["seq"] for frame in frames] == [1, 2, 3], "what was left out leaves no hole"
    assert [frame["p"] == "all" for frame in frames] == [False, True, False]


def test_a_delta_that_has_not_left_makes_way_for_the_next_one_with_the_whole_text() -> None:
    waiting, dropped = queue()
    waiting.push_event(event(key="chat:r"))
    waiting.push_event(event(key="chat:other"))
    waiting.push(b"answer")
    waiting.push_event(event(key="chat:r", replacement=b'{"p":"all"'))
    assert len(dropped) == 1
    other, answer, whole = (waiting.pop() for _ in range(3))
    assert (seq_of(other), answer) == (1, b"answer")
    assert (seq_of(whole), json.loads(whole)["p"]) == (2, "all")  # type: ignore[arg-type]
    waiting.push_event(event(key="chat:r", replacement=b'{"p":"never"'))
    assert json.loads(waiting.pop())["p"] != "never"  # type: ignore[arg-type]
    assert waiting.waiting_bytes == 0


def test_one_big_delta_passes_when_nothing_waits() -> None:
    waiting, dropped = queue(delta_bytes=10)
    waiting.push_event(event(500, key="chat:r"))
    assert not dropped


def test_past_the_limit_everything_waiting_is_given_up_for_the_close() -> None:
    waiting, _ = queue(max_bytes=100)
    waiting.push(b"x" * 60)
    waiting.push_event(event(60))
    assert waiting.closing
    waiting.push(b"too late")
    assert waiting.pop() == ClosePlease(1008, "slow consumer")
    assert waiting.waiting_bytes == 0


def test_a_close_comes_after_what_waits_or_at_once() -> None:
    polite, _ = queue()
    polite.push(b"refused")
    polite.close(1008, "because")
    polite.close(1000)
    assert (polite.pop(), polite.pop()) == (b"refused", ClosePlease(1008, "because"))
    rude, _ = queue()
    rude.push(b"never")
    rude.close(1009, flush=False)
    assert rude.pop() == ClosePlease(1009)


def test_only_the_latest_ping_is_answered_and_first() -> None:
    waiting, _ = queue()
    waiting.push(b"frame")
    waiting.push_pong(b"1")
    waiting.push_pong(b"2")
    waiting.push_ping()
    assert [waiting.pop() for _ in range(3)] == [PongPlease(b"2"), b"frame", PING]


def test_the_writer_sleeps_until_there_is_something() -> None:
    waiting, _ = queue()
    popped: list[object] = []
    writer = threading.Thread(target=lambda: popped.extend(waiting.pop() for _ in range(2)))
    writer.start()
    waiting.push(b"wake up")
    waiting.gone()
    writer.join(10)
    assert popped in ([b"wake up", ClosePlease(0)], [ClosePlease(0), ClosePlease(0)])


def test_many_pushers_lose_nothing() -> None:
    waiting, _ = queue(max_bytes=10_000_000)
    pushers = [threading.Thread(target=lambda: [waiting.push_event(event()) for _ in range(500)]) for _ in range(4)]
    for pusher in pushers:
        pusher.start()
    assert [seq_of(waiting.pop()) for _ in range(2000)] == list(range(1, 2001))
    for pusher in pushers:
        pusher.join()
