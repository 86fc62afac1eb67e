"""The typing note lives as long as the turn works, and no longer than it means something."""

from __future__ import annotations

from openclaw.channels.loopback.account import LoopbackAccount
from openclaw.domain.envelope import ReplyRoute
from openclaw.reply.typing import TypingIndicator

ROUTE = ReplyRoute("loopback", "default", "42")


class Clock:
    def __init__(self) -> None:
        self.now_ms = 1_000_000

    def __call__(self) -> int:
        return self.now_ms


class SlowAccount(LoopbackAccount):
    """A platform that needs its time to take a note."""

    def __init__(self, clock: Clock) -> None:
        super().__init__("default")
        self.clock = clock

    def typing(self, route: ReplyRoute) -> None:
        self.clock.now_ms += 3_000
        super().typing(route)


def run_for(indicator: TypingIndicator, clock: Clock, seconds: int) -> None:
    for _ in range(seconds * 10):
        clock.now_ms += 100
        indicator.refresh()


def test_it_shows_at_once_and_is_kept_alive():
    account, clock = LoopbackAccount("default"), Clock()
    indicator = TypingIndicator(account, ROUTE, clock)
    indicator.start()
    assert account.typing_notes == (ROUTE,)
    run_for(indicator, clock, 20)
    assert len(account.typing_notes) == 5


def test_it_does_nothing_before_it_is_started():
    account, clock = LoopbackAccount("default"), Clock()
    run_for(TypingIndicator(account, ROUTE, clock), clock, 10)
    assert account.typing_notes == ()


def test_it_ends_after_two_minutes():
    account, clock = LoopbackAccount("default"), Clock()
    indicator = TypingIndicator(account, ROUTE, clock)
    indicator.start()
    run_for(indicator, clock, 300)
    assert not indicator.active
    assert len(account.typing_notes) == 24


def test_it_ends_when_the_turn_ends():
    account, clock = LoopbackAccount("default"), Clock()
    indicator = TypingIndicator(account, ROUTE, clock)
    indicator.start()
    indicator.stop()
    run_for(indicator, clock, 20)
    assert len(account.typing_notes) == 1


def test_a_slow_platform_is_not_asked_again():
    clock = Clock()
    account = SlowAccount(clock)
    indicator = TypingIndicator(account, ROUTE, clock)
    indicator.start()
    run_for(indicator, clock, 30)
    assert len(account.typing_notes) == 1
