"""A conversation is rung for when its next row is due, by a thread that lives no longer than it must."""

from __future__ import annotations

import time

from openclaw.reply.late_rings import FARTHEST_MS, LateRings
from tests.waiting import wait_until


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def test_what_is_due_is_rung_for_in_the_order_it_is_due():
    rung: list[str] = []
    rings = LateRings(rung.extend, now_ms)
    start = now_ms()
    rings.ring_at("later", start + 40)
    rings.ring_at("sooner", start + 20)
    rings.ring_at("overdue", start - 5)
    wait_until(lambda: len(rung) == 3, 5)
    assert rung == ["overdue", "sooner", "later"]
    assert now_ms() >= start + 40


def test_what_is_far_off_is_left_to_the_sweep():
    rings = LateRings(lambda conversations: None, lambda: 0)
    rings.ring_at("tomorrow", FARTHEST_MS + 1)
    assert not rings._due
    assert not rings._running


def test_a_conversation_is_rung_for_once_at_a_time():
    rung: list[list[str]] = []
    clock = [0]
    rings = LateRings(lambda conversations: rung.append(list(conversations)), lambda: clock[0])
    with rings._changed:
        for due in (5, 6, 7):
            rings.ring_at("one", due)
        clock[0] = 10
    wait_until(lambda: bool(rung), 5)
    assert rung == [["one"]]
