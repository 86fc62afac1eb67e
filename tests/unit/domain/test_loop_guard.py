"""Circles are noticed, and progress is not taken for one."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from openclaw.domain.loop_guard import BLOCKED, LoopLimits, MadeCall, Verdict, call_digest, judge

LIMITS = LoopLimits()


def same(count: int, result: str = "r") -> list[MadeCall]:
    return [MadeCall("a", result)] * count


def test_a_call_that_changes_nothing_is_warned_about_then_not_made_then_the_end() -> None:
    verdicts = [judge(same(count), "a", LIMITS)[0] for count in (0, 9, 10, 19, 20, 29, 30)]
    assert verdicts == [Verdict.GO, Verdict.GO, Verdict.WARN, Verdict.WARN, Verdict.BLOCK, Verdict.BLOCK, Verdict.END]


def test_polling_that_brings_something_new_is_no_circle() -> None:
    made = [MadeCall("poll", str(number)) for number in range(30)]
    assert judge(made, "poll", LIMITS)[0] is Verdict.GO


def test_other_calls_between_do_not_hide_a_repetition() -> None:
    made = [each for number in range(12) for each in (MadeCall("a", "r"), MadeCall(f"other-{number}", "x"))]
    assert judge(made, "a", LIMITS)[0] is Verdict.WARN


def test_two_calls_in_turn_are_a_circle() -> None:
    made = [MadeCall("a", "1"), MadeCall("b", "2")] * 10
    assert judge(made, "a", LIMITS) == (Verdict.BLOCK, 21)
    assert judge(made, "c", LIMITS)[0] is Verdict.GO


def test_two_calls_in_turn_with_new_results_are_none() -> None:
    made = [each for n in range(10) for each in (MadeCall("edit", str(n)), MadeCall("test", str(n)))]
    assert judge(made, "edit", LIMITS)[0] is Verdict.GO


def test_calls_that_were_not_made_count_on() -> None:
    made = [*same(20), *same(9, BLOCKED)]
    assert judge(made, "a", LIMITS) == (Verdict.BLOCK, 30)
    assert judge([*made, MadeCall("a", BLOCKED)], "a", LIMITS)[0] is Verdict.END


def test_it_can_be_turned_off() -> None:
    assert judge(same(30), "a", replace(LIMITS, enabled=False)) == (Verdict.GO, 0)


def test_the_order_of_arguments_does_not_matter() -> None:
    assert call_digest("read", {"a": 1, "b": 2}) == call_digest("read", {"b": 2, "a": 1})
    assert call_digest("read", {"a": 1}) != call_digest("write", {"a": 1})


@given(st.lists(st.builds(MadeCall, st.sampled_from("abc"), st.uuids().map(str)), max_size=40))
def test_a_run_whose_results_always_change_is_never_stopped(made: list[MadeCall]) -> None:
    assert judge(made, "a", LIMITS)[0] is Verdict.GO
