"""What was used by day: summed an hour at a time, and days that are over are summed once.

A database in this process lets nobody else run while it sums; an hour of a busy cluster takes it a few milliseconds.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator
from datetime import date, timedelta

from openclaw.ports.clock import Clock
from openclaw.ports.store import UsageQueries, UsageSums

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
#: Days that are remembered, in all time zones that were asked for.
MAX_REMEMBERED = 4_000
#: A run's end may be written this much later than it says, by another host's clock.
SETTLED_MS = HOUR_MS

_EPOCH = date(1970, 1, 1)


class UsageBook:
    """For one thread at a time. Days are given by their number since the epoch."""

    def __init__(self, usage: UsageQueries, clock: Clock) -> None:
        self._usage = usage
        self._clock = clock
        self._days: OrderedDict[tuple[int, int], UsageSums] = OrderedDict()

    def day(self, number: int, offset_minutes: int) -> UsageSums:
        """The sums of a day in the zone that is so many minutes east of UTC."""
        known = self._days.get((number, offset_minutes))
        if known is not None:
            return known
        start = number * DAY_MS - offset_minutes * 60_000
        now = self._clock()
        sums = UsageSums()
        for hour in range(start, min(start + DAY_MS, now + 1), HOUR_MS):
            sums += self._usage.between(hour, min(hour + HOUR_MS, start + DAY_MS))
            time.sleep(0)
        if start + DAY_MS + SETTLED_MS < now:
            self._days[number, offset_minutes] = sums
            while len(self._days) > MAX_REMEMBERED:
                self._days.popitem(last=False)
        return sums


def day_number(day: date) -> int:
    """Days since the epoch."""
    return (day - _EPOCH).days


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
