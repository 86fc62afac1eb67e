"""The one clock, and the one thread for work that may wait."""

from __future__ import annotations

import logging
import threading

import pytest

from openclaw.errors import StoreUnavailable
from web.ws.background import MAX_WAITING, Background
from web.ws.timekeeper import Timekeeper

WAIT_SECONDS = 10


@pytest.fixture
def timekeeper() -> Timekeeper:
    return Timekeeper()


def test_callbacks_come_in_the_order_of_their_times(timekeeper: Timekeeper) -> None:
    called: list[str] = []
    done = threading.Event()
    timekeeper.after(0.06, done.set)
    timekeeper.after(0.04, lambda: called.append("later"))
    timekeeper.start()
    timekeeper.after(0.0, lambda: called.append("now"))
    assert done.wait(WAIT_SECONDS)
    timekeeper.stop()
    assert called == ["now", "later"]


def test_what_repeats_goes_on_after_a_failure_and_stops_when_cancelled(
    timekeeper: Timekeeper, caplog: pytest.LogCaptureFixture
) -> None:
    called: list[int] = []
    done = threading.Event()

    def sometimes() -> None:
        called.append(1)
        if len(called) == 1:
            raise ZeroDivisionError
        if len(called) == 3:
            timer.cancel()
            timekeeper.after(0.05, done.set)

    with caplog.at_level(logging.ERROR):
        timer = timekeeper.every(0.005, sometimes)
        timekeeper.start()
        assert done.wait(WAIT_SECONDS)
        timekeeper.stop()
    assert len(called) == 3
    assert "a timed task failed" in caplog.text


def test_a_cancelled_callback_does_not_come(timekeeper: Timekeeper) -> None:
    called: list[int] = []
    done = threading.Event()
    timekeeper.after(0.01, lambda: called.append(1)).cancel()
    timekeeper.after(0.03, done.set)
    timekeeper.start()
    assert done.wait(WAIT_SECONDS)
    timekeeper.stop()
    assert not called


def test_background_work_goes_on_after_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    background = Background()
    done = threading.Event()

    def away() -> None:
        raise StoreUnavailable

    def bug() -> None:
        raise ZeroDivisionError

    for work in (away, bug, done.set):
        assert background.put(work)
    background.start()
    assert done.wait(WAIT_SECONDS)
    background.stop()
    assert "background work failed" in caplog.text
    assert not background.put(done.set)


def test_too_much_background_work_is_refused() -> None:
    background = Background()
    taken = [background.put(bool) for _ in range(MAX_WAITING + 1)]  # type: ignore[arg-type]
    assert taken == [True] * MAX_WAITING + [False]
