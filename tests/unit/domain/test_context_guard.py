"""What a window takes, where a conversation is cut, and how old tool results are trimmed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.domain.context_guard import GuardLimits, first_kept, window_of
from openclaw.domain.pruning import KEPT_CHARS, PLACEHOLDER, prunable_until, prune, squeeze
from openclaw.domain.tokens import conversation_tokens, message_tokens, text_tokens
from openclaw.domain.transcript import (
    Message,
    TextBlock,
    ToolCallBlock,
    ToolResultBlock,
    assistant_text,
    repair_pairs,
    tool_result,
    user_text,
)


def asked(call_id: str) -> Message:
    return Message("assistant", (TextBlock("let me look"), ToolCallBlock(call_id, "read", {"path": "a"})))


def found(call_id: str, text: str) -> Message:
    return tool_result(ToolResultBlock(call_id, "read", text))


@st.composite
def conversations(draw: st.DrawFn) -> list[Message]:
    """Whole exchanges: people speak, the assistant answers or calls tools and gets their results."""
    messages: list[Message] = []
    for number in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(["user", "answer", "tool"]))
        text = "x" * draw(st.integers(0, 400))
        match kind:
            case "user":
                messages.append(user_text(text))
            case "answer":
                messages.append(assistant_text(text or "yes"))
            case _:
                messages += [asked(f"c{number}"), found(f"c{number}", text)]
    return messages


@pytest.mark.parametrize(
    ("model", "limits", "size", "room"),
    [
        (200_000, GuardLimits(), 200_000, 180_000),
        (200_000, GuardLimits(max_tokens=50_000), 50_000, 37_500),
        (32_000, GuardLimits(), 32_000, 24_000),
        (32_000, GuardLimits(max_tokens=100_000, reserve_tokens=1_000), 32_000, 31_000),
    ],
)
def test_a_window_keeps_a_reserve_that_shrinks_with_it(model: int, limits: GuardLimits, size: int, room: int) -> None:
    window = window_of(model, limits)
    assert (window.size, window.room) == (size, room)


@pytest.mark.parametrize(
    ("size", "refused", "small"), [(15_999, True, True), (16_000, False, True), (32_000, False, False)]
)
def test_which_windows_are_refused_and_which_are_small(size: int, refused: bool, small: bool) -> None:
    window = window_of(size, GuardLimits())
    assert (window.refused, window.small) == (refused, small)


@given(conversations(), st.integers(1, 800))
def test_a_cut_never_parts_a_call_from_its_result_and_keeps_what_it_can(messages: list[Message], keep: int) -> None:
    at = first_kept(messages, keep)
    cut, kept = messages[:at], messages[at:]
    assert repair_pairs(cut) == tuple(cut)
    assert repair_pairs(kept) == tuple(kept)
    if at:
        # Either what is kept is light enough, or it is the newest exchange alone.
        newest = max(i for i, message in enumerate(messages) if message.role != "tool")
        assert conversation_tokens(kept) <= keep or at == newest
        # One exchange more would have been too heavy.
        before = max((i for i in range(1, at) if messages[i].role != "tool"), default=0)
        assert not before or conversation_tokens(messages[before:]) > keep


def test_an_exchange_that_is_all_there_is_cannot_be_cut() -> None:
    assert first_kept([user_text("x" * 9000)], 10) == 0
    assert first_kept([], 10) == 0


def test_the_estimate_is_near_what_vendors_count() -> None:
    prose = "The quick brown fox jumps over the lazy dog, and then it goes home to sleep. " * 10
    assert 170 <= text_tokens(prose) <= 260
    # Each of these characters is about a token.
    assert 60 <= text_tokens("今天天气很好我们去公园" * 7) <= 100
    assert message_tokens(user_text("")) > 0


def test_old_results_are_trimmed_from_a_good_part_of_the_window_on() -> None:
    long = "a" * 10_000
    messages = [user_text("go"), asked("1"), found("1", long), asked("2"), found("2", "short"), asked("3")]
    messages += [found("3", long), assistant_text("done")]
    until = prunable_until(messages)
    assert until == 3
    assert prune(messages, 200_000, until) == tuple(messages)
    trimmed = prune(messages, 16_000, until)
    assert len(trimmed[2].blocks[0].text) < 2 * KEPT_CHARS + 100
    assert trimmed[3:] == tuple(messages[3:])


def test_many_old_results_are_left_out_when_half_the_window_is_full() -> None:
    messages = [user_text("go")]
    for n in range(40):
        messages += [asked(str(n)), found(str(n), "b" * 3_900)]
    pruned = prune(messages, 16_000, prunable_until(messages))
    assert pruned[2].blocks[0].text == PLACEHOLDER
    assert pruned[-1] == messages[-1]
    assert pruned[0] == messages[0]


def test_nothing_that_anybody_said_is_ever_trimmed() -> None:
    said = [user_text("u" * 50_000), assistant_text("a" * 50_000), assistant_text("b"), assistant_text("c")]
    assert prune(said, 16_000, prunable_until(said)) == tuple(said)
    assert squeeze(said, 10) == tuple(said)


def test_squeezing_cuts_the_newest_result_too() -> None:
    squeezed = squeeze([asked("1"), found("1", "z" * 9_000)], 1_000)
    assert len(squeezed[1].blocks[0].text) < 1_100
