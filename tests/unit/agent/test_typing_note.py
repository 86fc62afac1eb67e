"""The typing note begins when its mode says so, lives as long as the turn works, and no longer than it means something."""

from __future__ import annotations

import pytest

from openclaw.agent.typing_note import TypingNote
from openclaw.domain.reply_rules import TypingMode


class Stage:
    def __init__(self, mode: TypingMode) -> None:
        self.now_ms = 1_000_000
        self.shown = 0
        self.note = TypingNote(self._show, mode, lambda: self.now_ms)

    def _show(self) -> None:
        self.shown += 1

    def run_for(self, seconds: int) -> None:
        for _ in range(seconds * 10):
            self.now_ms += 100
            self.note.refresh()


@pytest.mark.parametrize(
    ("mode", "begun", "at_work", "said"),
    [("never", 0, 0, 0), ("instant", 1, 1, 1), ("thinking", 0, 1, 1), ("message", 0, 0, 1)],
)
def test_it_begins_when_its_mode_says_so(mode, begun, at_work, said):
    stage = Stage(mode)
    stage.note.begin()
    assert stage.shown == begun
    stage.note.tick()
    assert stage.shown == at_work
    stage.note.text("Hello")
    assert stage.shown == said


def test_it_is_kept_alive():
    stage = Stage("instant")
    stage.note.begin()
    stage.run_for(20)
    assert stage.shown == 4


def test_it_does_nothing_before_it_begins():
    stage = Stage("message")
    stage.run_for(10)
    assert stage.shown == 0


def test_it_ends_after_two_minutes():
    stage = Stage("instant")
    stage.note.begin()
    stage.run_for(300)
    assert stage.shown == 20
    stage.note.text("still there")
    assert stage.shown == 20


def test_it_ends_when_the_turn_ends():
    stage = Stage("instant")
    stage.note.begin()
    stage.note.stop()
    stage.run_for(20)
    stage.note.text("late")
    assert stage.shown == 1


def test_silence_is_not_typed():
    stage = Stage("message")
    for part in ("NO_", "REPLY", ": nothing"):
        stage.note.text(part)
    assert stage.shown == 0


def test_what_is_void_was_not_said():
    stage = Stage("message")
    stage.note.text("NO")
    stage.note.restart()
    stage.note.text("Hello")
    assert stage.shown == 1
