"""The right to hold a connection."""

from __future__ import annotations

import random
import threading

from openclaw.connector.back_off import BackOff
from openclaw.connector.tenure import LeaseTenure


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_ends_by_its_own_clock_before_the_lease_does():
    clock = Clock()
    tenure = LeaseTenure(10.0, clock(), clock)
    clock.now += 8.9
    assert not tenure.over
    assert 0 < tenure.remaining_seconds() < 0.2
    clock.now += 0.2
    assert tenure.over, "a process that was stopped and wakes up must see it at once"
    assert tenure.remaining_seconds() == 0
    assert tenure.wait(60)


def test_a_renewal_counts_from_when_it_was_asked_for():
    clock = Clock()
    tenure = LeaseTenure(10.0, clock(), clock)
    clock.now += 5
    tenure.prolong(clock())
    clock.now += 8
    assert not tenure.over
    clock.now += 5
    tenure.prolong(clock())
    assert tenure.over, "too late: somebody else may hold it"


def test_it_can_be_ended_and_tells_once():
    tenure = LeaseTenure(60.0, 0.0, lambda: 0.0)
    told: list[str] = []
    tenure.on_over(lambda: told.append("first"))
    threading.Thread(target=tenure.end).start()
    assert tenure.wait(20)
    tenure.end()
    tenure.on_over(lambda: told.append("late"))
    assert told == ["first", "late"]


def test_waiting_less_than_it_lasts_says_that_it_goes_on():
    assert not LeaseTenure(60.0, 0.0, lambda: 0.0).wait(0.0)


def test_the_back_off_doubles_to_five_minutes_and_varies():
    chance = random.Random(3)
    steady = BackOff(jitter=0)
    assert [steady.delay_seconds(n, chance) for n in (1, 2, 3, 7, 8, 1000)] == [5, 10, 20, 300, 300, 300]
    delays = {BackOff().delay_seconds(1, chance) for _ in range(50)}
    assert len(delays) > 40
    assert all(4.5 <= delay <= 5.5 for delay in delays)
