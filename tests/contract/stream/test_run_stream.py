"""What every run stream promises."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from openclaw.domain.events import Cursor, EventKind, RunEvent, RunRef, StreamedEvent
from openclaw.errors import StaleFence
from openclaw.ports.stream import Notice, RunStream
from tests.contract.stream.conftest import MAXLEN, Streams
from tests.waiting import wait_until

FENCE = (3 << 32) + 1
RUN = RunRef("run-1", 7, "agent:main:main", "main", FENCE)
LATER_RUN = RunRef("run-1", 7, "agent:main:main", "main", FENCE + 5)


def text(delta: str) -> RunEvent:
    return RunEvent(EventKind.TEXT, {"delta": delta, "offset": 0, "item": 1, "replace": False}, 1_700_000_000_000)


def deltas(events: Sequence[object]) -> list[str]:
    return [event.event.data["delta"] for event in events if isinstance(event, StreamedEvent)]


@pytest.fixture
def stream(streams: Streams) -> RunStream:
    streams.claim(7, FENCE)
    return streams.stream


@pytest.fixture
def collect(streams: Streams) -> Iterator[Callable[[], list[object]]]:
    """Start a listener and wait until it is live; gives the list that it fills."""
    stopping = threading.Event()
    threads: list[threading.Thread] = []

    def start() -> list[object]:
        items: list[object] = []
        live = threading.Event()

        def run() -> None:
            for item in streams.stream.listen(stopping.is_set):
                items.append(item)
                live.set()

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        assert live.wait(10)
        return items

    yield start
    stopping.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def test_events_come_back_in_order_as_they_were_emitted(stream: RunStream) -> None:
    events = [RunEvent(EventKind.START, {"session_id": 7, "resumed": False}, 5), text("Grüße 🙂"), text("\ud83d")]

    stream.emit(RUN, events[:1])
    stream.emit(RUN, events[1:])

    replay = stream.replay("run-1")
    assert [streamed.event for streamed in replay.events] == events
    assert {streamed.run for streamed in replay.events} == {RUN}
    assert not replay.gap


def test_cursors_carry_the_fence_and_have_no_holes(stream: RunStream) -> None:
    stream.emit(RUN, [text("a"), text("b")])
    stream.emit(RUN, [text("c")])

    assert [streamed.cursor for streamed in stream.replay("run-1").events] == [
        Cursor(FENCE, 1),
        Cursor(FENCE, 2),
        Cursor(FENCE, 3),
    ]


def test_an_empty_batch_is_nothing(stream: RunStream) -> None:
    stream.emit(RUN, [])

    assert stream.replay("run-1").events == ()


def test_a_holder_with_an_old_fence_writes_and_publishes_nothing(
    stream: RunStream, streams: Streams, collect: Callable[[], list[object]]
) -> None:
    heard = collect()
    streams.claim(7, LATER_RUN.fence)

    with pytest.raises(StaleFence):
        stream.emit(RUN, [text("zombie")])
    stream.emit(LATER_RUN, [text("holder")])

    wait_until(lambda: deltas(heard))
    assert deltas(heard) == deltas(stream.replay("run-1").events) == ["holder"]


def test_a_lane_that_does_not_run_takes_no_events(stream: RunStream, streams: Streams) -> None:
    streams.release(7)

    with pytest.raises(StaleFence):
        stream.emit(RUN, [text("late")])


def test_a_cursor_gets_what_follows_it(stream: RunStream) -> None:
    stream.emit(RUN, [text("a"), text("b"), text("c")])

    replay = stream.replay("run-1", Cursor(FENCE, 1))

    assert (deltas(replay.events), replay.gap) == (["b", "c"], False)


def test_a_cursor_at_the_end_gets_nothing_and_no_gap(stream: RunStream) -> None:
    stream.emit(RUN, [text("a")])

    replay = stream.replay("run-1", Cursor(FENCE, 1))

    assert (replay.events, replay.gap) == ((), False)


def test_a_long_stream_is_read_in_pieces(stream: RunStream) -> None:
    stream.emit(RUN, [text(str(n)) for n in range(5)])

    first = stream.replay("run-1", limit=3)
    second = stream.replay("run-1", first.events[-1].cursor, limit=3)

    assert deltas(first.events + second.events) == ["0", "1", "2", "3", "4"]


def test_a_second_attempt_goes_on_in_the_same_stream_without_a_gap(stream: RunStream, streams: Streams) -> None:
    stream.emit(RUN, [text("a"), text("b")])
    streams.claim(7, LATER_RUN.fence)
    stream.emit(LATER_RUN, [text("c")])

    replay = stream.replay("run-1", Cursor(FENCE, 1))

    assert (deltas(replay.events), replay.gap) == (["b", "c"], False)
    assert [streamed.run.fence for streamed in replay.events] == [FENCE, LATER_RUN.fence]


def test_a_cursor_older_than_what_is_kept_gets_a_gap_and_then_what_is_kept(stream: RunStream) -> None:
    for n in range(5 * MAXLEN):
        stream.emit(RUN, [text(str(n))])

    replay = stream.replay("run-1", Cursor(FENCE, 1))

    assert replay.gap
    assert deltas(replay.events)[-1] == str(5 * MAXLEN - 1)
    assert MAXLEN <= len(replay.events) < 5 * MAXLEN


def test_asking_a_trimmed_stream_for_everything_gets_a_gap(stream: RunStream) -> None:
    for n in range(5 * MAXLEN):
        stream.emit(RUN, [text(str(n))])

    assert stream.replay("run-1").gap
    assert stream.replay("run-1", Cursor(0, 0)).gap


def test_a_cursor_just_before_what_is_kept_has_no_gap(stream: RunStream) -> None:
    for n in range(5 * MAXLEN):
        stream.emit(RUN, [text(str(n))])
    oldest = stream.replay("run-1", limit=1).events[0].cursor

    replay = stream.replay("run-1", Cursor(oldest.fence, oldest.number - 1), limit=1)

    assert (replay.events[0].cursor, replay.gap) == (oldest, False)


def test_an_expired_stream_is_a_gap_for_a_cursor_and_empty_without_one(stream: RunStream, streams: Streams) -> None:
    stream.emit(RUN, [text("a")])
    streams.expire("run-1")

    assert stream.replay("run-1", Cursor(FENCE, 1)).gap
    assert not stream.replay("run-1").gap
    assert not stream.replay("run-1", Cursor(0, 0)).gap


def test_a_stream_that_was_lost_and_began_anew_is_a_gap_for_an_older_cursor(
    stream: RunStream, streams: Streams
) -> None:
    stream.emit(RUN, [text("a")])
    streams.expire("run-1")
    streams.claim(7, LATER_RUN.fence)
    stream.emit(LATER_RUN, [text("b")])

    replay = stream.replay("run-1", Cursor(FENCE, 1))

    assert (deltas(replay.events), replay.gap) == (["b"], True)


def test_runs_do_not_mix(stream: RunStream, streams: Streams) -> None:
    streams.claim(8, FENCE + 1)
    stream.emit(RUN, [text("a")])
    stream.emit(RunRef("run-2", 8, "agent:main:other", "main", FENCE + 1), [text("b")])

    assert deltas(stream.replay("run-1").events) == ["a"]
    assert deltas(stream.replay("run-2").events) == ["b"]


def test_a_listener_is_live_from_its_first_item_on(stream: RunStream, collect: Callable[[], list[object]]) -> None:
    heard = collect()
    stream.emit(RUN, [text("a"), text("b")])
    stream.emit(RUN, [text("c")])

    wait_until(lambda: len(deltas(heard)) == 3)
    assert heard[0] is None
    assert [item for item in heard if isinstance(item, StreamedEvent)] == list(stream.replay("run-1").events)


def test_every_listener_hears_everything(stream: RunStream, collect: Callable[[], list[object]]) -> None:
    first, second = collect(), collect()
    stream.emit(RUN, [text("a")])
    stream.notify(Notice("sessions.changed", {"key": "agent:main:main"}))

    for heard in (first, second):
        wait_until(lambda heard=heard: len([item for item in heard if item is not None]) == 2)
        assert deltas(heard) == ["a"]
        assert Notice("sessions.changed", {"key": "agent:main:main"}) in heard


def test_an_idle_listener_ticks(stream: RunStream, collect: Callable[[], list[object]]) -> None:
    heard = collect()

    wait_until(lambda: len(heard) >= 3)
    assert heard[:3] == [None, None, None]


def test_who_listens_and_then_replays_misses_nothing(stream: RunStream, collect: Callable[[], list[object]]) -> None:
    total = 60
    underway = threading.Event()

    def write() -> None:
        for n in range(total):
            stream.emit(RUN, [text(str(n))])
            if n == 10:
                underway.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert underway.wait(10)
    heard = collect()
    replayed = stream.replay("run-1").events
    writer.join(10)
    wait_until(lambda: str(total - 1) in deltas([*replayed, *heard]))

    live = [item for item in heard if isinstance(item, StreamedEvent) and item.cursor > replayed[-1].cursor]
    assert deltas([*replayed, *live]) == [str(n) for n in range(total)]
