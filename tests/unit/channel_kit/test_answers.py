"""Questions to a program and the answers to them, in any order."""

from __future__ import annotations

import io
import queue

import pytest

from openclaw.channel_kit.line_child import Answers, ChildEnded, lines_of


def test_an_answer_reaches_the_one_who_asked():
    answers = Answers()
    assert answers.ask(lambda number: answers.give(number, {"ok": number}), 5) == {"ok": 1}


def test_an_answer_to_nobody_is_dropped():
    answers = Answers()
    answers.give(7, {"ok": 7})
    answers.give("x", {})
    with pytest.raises(queue.Empty):
        answers.ask(lambda number: None, 0)


def test_who_waits_when_all_are_let_go_hears_of_no_answer():
    answers = Answers()
    assert answers.ask(lambda number: answers.release(), 5) is None


def test_once_closed_nothing_more_is_said():
    answers, said = Answers(), []
    answers.close()
    assert answers.closed
    with pytest.raises(ChildEnded):
        answers.ask(said.append, 5)
    assert said == []


def test_who_asked_before_it_was_closed_is_still_answered():
    answers = Answers()

    def close_and_give(number: int) -> None:
        answers.close()
        answers.give(number, {"ok": True})

    assert answers.ask(close_and_give, 5) == {"ok": True}


def test_a_line_that_is_too_long_is_cut_and_its_rest_is_no_line():
    assert list(lines_of(io.BytesIO(b"one\n" + b"x" * 25 + b"\ntwo\nthree"), 10)) == [
        b"one\n",
        b"x" * 10,
        b"two\n",
        b"three",
    ]


def test_lines_without_a_bound_are_kept_whole():
    assert list(lines_of(io.BytesIO(b"x" * 25 + b"\nend"), -1)) == [b"x" * 25 + b"\n", b"end"]
