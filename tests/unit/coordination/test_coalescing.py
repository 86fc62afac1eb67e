"""Many small deltas become few events, in order and without delay where it counts."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from openclaw.coordination.coalescing import CoalescingEmitter
from openclaw.coordination.memory_stream import MemoryRunStream
from openclaw.domain.events import EventKind, RunEvent, RunRef
from openclaw.errors import RedisUnavailable

RUN = RunRef("run-1", 7, "agent:main:main", "main", 1)
TOOL = RunEvent(EventKind.TOOL_START, {"call_id": "c1", "name": "read", "args": {}})


class BatchingStream(MemoryRunStream):
    """Remembers the batches, and can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[RunEvent]] = []
        self.away = False

    def emit(self, run: RunRef, events: Sequence[RunEvent]) -> None:
        if self.away:
            raise RedisUnavailable
        super().emit(run, events)
        self.batches.append(list(events))


class Bench:
    def __init__(self) -> None:
        self.now = 1_000
        self.stream = BatchingStream()
        self.emitter = CoalescingEmitter(self.stream, RUN, lambda: self.now, window_ms=30)

    @property
    def shown(self) -> list[list[tuple[object, ...]]]:
        """The batches: texts as (item, offset, delta), other events as (kind,)."""
        return [
            [
                (event.data["item"], event.data["offset"], event.data["delta"])
                if event.kind is EventKind.TEXT
                else (event.kind,)
                for event in batch
            ]
            for batch in self.stream.batches
        ]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_the_first_delta_goes_out_at_once(bench: Bench) -> None:
    bench.emitter.text("Hello", 1)

    assert bench.shown == [[(1, 0, "Hello")]]
    assert bench.stream.batches[0][0].data["replace"] is False


def test_deltas_within_the_window_go_out_merged_with_the_next_after_it(bench: Bench) -> None:
    for moment, delta in ((0, "a"), (5, "b"), (29, "c"), (30, "d"), (31, "e")):
        bench.now = 1_000 + moment
        bench.emitter.text(delta, 1)

    assert bench.shown == [[(1, 0, "a")], [(1, 1, "bcd")]]


def test_another_event_takes_the_kept_text_along_before_it(bench: Bench) -> None:
    bench.emitter.text("a", 1)
    bench.emitter.text("b", 1)
    bench.emitter.emit(TOOL, TOOL)

    assert bench.shown[1:] == [[(1, 1, "b"), (EventKind.TOOL_START,), (EventKind.TOOL_START,)]]


def test_a_lone_tail_goes_out_when_its_window_is_over(bench: Bench) -> None:
    bench.emitter.text("a", 1)
    bench.now += 10
    bench.emitter.text("b", 1)

    assert bench.emitter.flush_due() == 20
    assert len(bench.shown) == 1
    bench.now += 20
    assert bench.emitter.flush_due() is None
    assert bench.shown[1:] == [[(1, 1, "b")]]
    assert bench.emitter.flush_due() is None


def test_flush_sends_the_rest_once(bench: Bench) -> None:
    bench.emitter.text("a", 1)
    bench.emitter.text("b", 1)
    bench.emitter.flush()
    bench.emitter.flush()

    assert bench.shown == [[(1, 0, "a")], [(1, 1, "b")]]


def test_items_keep_their_order_and_their_own_offsets_in_characters(bench: Bench) -> None:
    bench.emitter.text("🙂é", 1)
    bench.emitter.text("x", 1)
    bench.emitter.text("yy", 2)
    bench.emitter.text("z", 2)
    bench.emitter.text("w", 1)
    bench.emitter.flush()

    assert bench.shown == [[(1, 0, "🙂é")], [(1, 2, "x"), (2, 0, "yyz"), (1, 3, "w")]]


def test_a_restarted_item_begins_anew_and_its_kept_text_is_void(bench: Bench) -> None:
    bench.emitter.text("wrong", 1)
    bench.emitter.text(" answer", 1)
    bench.emitter.restart(1)
    bench.now += 30
    bench.emitter.text("right", 1)
    bench.now += 30
    bench.emitter.text("!", 1)

    assert bench.shown == [[(1, 0, "wrong")], [(1, 0, "right")], [(1, 5, "!")]]
    assert [batch[0].data["replace"] for batch in bench.stream.batches] == [False, True, False]


def test_text_that_could_not_be_emitted_goes_out_later_in_order(bench: Bench) -> None:
    bench.emitter.text("a", 1)
    bench.now += 30
    bench.stream.away = True
    with pytest.raises(RedisUnavailable):
        bench.emitter.text("b", 1)
    bench.stream.away = False
    bench.emitter.text("c", 1)
    bench.emitter.emit(TOOL)

    assert bench.shown == [[(1, 0, "a")], [(1, 1, "bc"), (EventKind.TOOL_START,)]]


def test_a_clock_that_was_set_back_holds_text_no_longer_than_the_window(bench: Bench) -> None:
    bench.emitter.text("a", 1)
    bench.now -= 3_600_000
    bench.emitter.text("b", 1)

    assert bench.emitter.flush_due() == 30


def test_empty_deltas_are_nothing(bench: Bench) -> None:
    bench.emitter.text("", 1)

    assert bench.shown == []
