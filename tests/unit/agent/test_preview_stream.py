"""What is shown of an answer in the making, and when: never at the cost of the turn."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from openclaw.agent import preview_stream
from openclaw.agent.preview_stream import FIRST_AFTER_MS, LATE_CALL_MS, PreviewStream
from openclaw.domain.reply_rules import PreviewMode
from openclaw.errors import ChannelRejected, ChannelUnreachable


class Surface:
    """A platform in memory, whose calls are made when the test says so."""

    interval_ms = 1_000
    grows = False
    closed = 0

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.removed: list[str] = []
        self.jobs: list[tuple[Callable[[], None], Future[None]]] = []
        self.error: Exception | None = None

    def fit(self, text: str) -> str:
        return text[:100]

    def show(self, message_id: str, text: str) -> str:
        self.calls.append((message_id, text))
        if self.error is not None:
            raise self.error
        return message_id or "m1"

    def close(self) -> None:
        self.closed += 1

    def remove(self, message_id: str) -> None:
        self.removed.append(message_id)

    def run(self, job: Callable[[], None]) -> Future[None]:
        self.jobs.append((job, Future()))
        return self.jobs[-1][1]

    def work(self) -> None:
        """Make the calls that wait."""
        while self.jobs:
            job, future = self.jobs.pop(0)
            if future.set_running_or_notify_cancel():
                job()
                future.set_result(None)


class Stage:
    def __init__(self, mode: PreviewMode = "partial", message_id: str = "") -> None:
        self.now = 0
        self.noted: list[str] = []
        self.takes_note = True
        self.ours = True
        self.surface = Surface()
        self.stream = PreviewStream(
            self.surface, mode, self._note, lambda: self.ours, lambda: self.now, lambda: "", message_id
        )

    def _note(self, message_id: str) -> bool:
        self.noted.append(message_id)
        return self.takes_note

    def say(self, text: str, after_ms: int = FIRST_AFTER_MS) -> None:
        self.now += after_ms
        self.stream.text(text)
        self.surface.work()

    @property
    def shown(self) -> list[tuple[str, str]]:
        return self.surface.calls


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_one_message_is_sent_and_then_edited(stage):
    stage.say("One")
    stage.say(" two")
    assert stage.shown == [("", "One"), ("m1", "One two")]
    assert stage.noted == ["m1"]


def test_a_turn_that_is_over_soon_shows_nothing(stage):
    stage.say("One", after_ms=FIRST_AFTER_MS - 1)
    assert stage.shown == []


def test_edits_keep_the_channels_distance(stage):
    stage.say("One")
    for _ in range(9):
        stage.say(".", after_ms=100)
    assert len(stage.shown) == 1
    stage.say("!", after_ms=100)
    assert stage.shown[1:] == [("m1", "One.........!")]


def test_while_a_call_is_on_its_way_no_other_is_made(stage):
    stage.now += FIRST_AFTER_MS
    stage.stream.text("One")
    stage.now += 5_000
    stage.stream.text(" two")
    assert len(stage.surface.jobs) == 1


@pytest.mark.parametrize("text", ["NO_", "NO_REPLY", "NO_REPLY: because", "[[tts", ""])
def test_silence_and_tags_are_never_shown(stage, text):
    stage.say(text)
    assert stage.shown == []


def test_what_is_void_is_not_shown(stage):
    stage.say("One")
    stage.stream.restart()
    stage.say("Another")
    assert stage.shown[-1] == ("m1", "Another")


def test_only_finished_parts_may_be_shown():
    stage = Stage("block")
    stage.say("One")
    assert stage.shown == []
    stage.say(".\n\nTwo")
    assert stage.shown == [("", "One.")]


def test_only_what_is_done_may_be_shown():
    stage = Stage("progress")
    stage.say("One")
    assert stage.shown == []
    stage.stream.tool("web_search")
    stage.surface.work()
    assert stage.shown == [("", "Working…\n- web_search")]


def test_a_platform_that_fails_is_asked_again_and_one_that_refuses_is_not(stage):
    stage.surface.error = ChannelUnreachable("down")
    stage.say("One")
    stage.surface.error = ChannelRejected("no")
    stage.say("")
    assert len(stage.shown) == 2
    stage.say(" two")
    assert len(stage.shown) == 2


def test_a_turn_that_is_not_ours_any_more_shows_nothing(stage):
    stage.now += FIRST_AFTER_MS
    stage.stream.text("One")
    stage.ours = False
    stage.surface.work()
    assert stage.shown == []


def test_a_message_that_came_too_late_for_its_turn_takes_itself_back(stage):
    stage.takes_note = False
    stage.say("One")
    assert stage.surface.removed == ["m1"]


def test_a_call_that_has_not_begun_is_not_made_at_the_end(stage):
    stage.now += FIRST_AFTER_MS
    stage.stream.text("One")
    assert stage.stream.settle() == 0
    stage.surface.work()
    assert stage.shown == []


def test_a_reply_waits_for_an_edit_that_is_on_its_way(stage, monkeypatch):
    monkeypatch.setattr(preview_stream, "PATIENCE_SECONDS", 0.01)
    stage.say("One")
    begun, go = threading.Event(), threading.Event()
    show = stage.surface.show

    def slow(message_id: str, text: str) -> str:
        begun.set()
        go.wait(10)
        return show(message_id, text)

    stage.surface.show = slow
    with ThreadPoolExecutor(1) as threads:
        stage.surface.run = threads.submit
        stage.say(" two")
        begun.wait(10)
        assert stage.stream.settle() == LATE_CALL_MS
        go.set()
    assert stage.stream.settle() == 0


def test_without_a_reply_the_message_is_taken_back(stage):
    stage.say("One")
    stage.stream.over(stays=False)
    stage.surface.work()
    assert stage.surface.removed == ["m1"]


def test_with_a_reply_it_stays(stage):
    stage.say("One")
    stage.stream.over(stays=True)
    stage.say(" two")
    assert stage.surface.removed == []
    assert len(stage.shown) == 1


def test_a_turn_that_goes_on_elsewhere_edits_the_same_message():
    stage = Stage(message_id="m7")
    stage.say("One")
    assert stage.shown == [("m7", "One")]
    assert stage.noted == []


def test_a_message_that_grows_is_closed_before_the_reply_takes_its_place(stage):
    stage.say("One")
    assert (stage.stream.settle(), stage.surface.closed) == (0, 0)
    stage.surface.grows = True
    with ThreadPoolExecutor(1) as threads:
        stage.surface.run = threads.submit
        assert (stage.stream.settle(), stage.surface.closed) == (0, 1)
