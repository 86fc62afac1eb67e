"""A summary is strictly smaller than what it stands for, whatever the model does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.agent.compaction import Summary, compact
from openclaw.agent.quiet import TooSlow
from openclaw.domain.compaction import REQUEST_TITLE, TITLE, as_text
from openclaw.domain.context_guard import GuardLimits, window_of
from openclaw.domain.run import Usage
from openclaw.domain.tokens import conversation_tokens, text_tokens
from openclaw.domain.transcript import Message, ToolCallBlock, ToolResultBlock, assistant_text, tool_result, user_text
from openclaw.errors import ContextOverflow, Overloaded

WINDOW = window_of(16_000, GuardLimits(keep_recent_tokens=200))


def placed(*messages: Message) -> list[Message]:
    return [replace(message, seq=number) for number, message in enumerate(messages, start=10)]


def says(text: str):
    return lambda told, material, most: Summary(text, Usage(100, 10))


LONG = placed(user_text("please sort my files " + "x" * 3_000), assistant_text("y" * 3_000), user_text("and now?"))


def test_the_newest_messages_stay_and_the_rest_becomes_one_entry() -> None:
    made = compact(LONG, WINDOW, says("They want their files sorted."))
    assert made is not None
    assert made.by_model
    assert made.history == (made.history[0], LONG[-1])
    assert made.history[0].role == "user"
    assert made.history[0].text == f"{TITLE}\nThey want their files sorted."
    assert made.record.first_kept_seq == LONG[-1].seq
    assert made.record.tokens_after < made.record.tokens_before
    assert made.usage == Usage(100, 10)


def test_what_is_asked_and_not_answered_is_kept_word_for_word() -> None:
    call = ToolCallBlock("c", "read", {"path": "a"})
    working = placed(
        user_text("rename all 40 pictures"),
        *(Message("assistant", (replace(call, id=str(n)),)) if n % 2 else tool_result(ToolResultBlock(str(n - 1), "read", "z" * 900))
          for n in range(1, 21)),
    )  # fmt: skip
    made = compact(working, WINDOW, says("Some are renamed."))
    assert made is not None
    assert made.history[0].text.endswith(f"{REQUEST_TITLE}\nrename all 40 pictures")
    # And once more, when the summary itself is summarized.
    again = compact([*made.history, *placed(*working[1:])], WINDOW, says("More are renamed."))
    assert again is not None
    assert again.history[0].text.count(REQUEST_TITLE) == 1
    assert again.history[0].text.endswith("rename all 40 pictures")


@pytest.mark.parametrize("failure", [Overloaded("busy"), TooSlow("120 s")])
def test_without_a_model_the_part_is_shortened_by_rule(failure: Exception) -> None:
    def fails(told: str, material: str, most: int) -> Summary:
        raise failure

    made = compact(LONG, WINDOW, fails)
    assert made is not None
    assert not made.by_model
    assert "please sort my files" in made.history[0].text
    assert made.record.tokens_after < made.record.tokens_before


def test_a_summary_that_is_no_shorter_is_not_used_but_paid_for() -> None:
    made = compact(LONG, WINDOW, says("blah " * 5_000))
    assert made is not None
    assert not made.by_model
    assert made.record.tokens_after < made.record.tokens_before
    assert made.usage == Usage(100, 10)


def test_material_that_does_not_fit_shrinks_until_it_does() -> None:
    sizes: list[int] = []

    def picky(told: str, material: str, most: int) -> Summary:
        sizes.append(text_tokens(material))
        if len(sizes) < 3:
            raise ContextOverflow("too long")
        return Summary("short", Usage())

    history = placed(*(user_text(f"{n} " + "w" * 4_000) for n in range(40)), user_text("end"))
    assert compact(history, WINDOW, picky) is not None
    assert sizes[0] > sizes[1] > sizes[2]
    assert sizes[0] <= WINDOW.room


def test_there_is_nothing_to_compact_in_a_single_exchange() -> None:
    assert compact(placed(user_text("x" * 90_000)), WINDOW, says("short")) is None
    assert compact([], WINDOW, says("short")) is None


@given(st.lists(st.text(max_size=300), min_size=1, max_size=30), st.integers(0, 400))
def test_material_never_weighs_more_than_it_may(texts: list[str], most: int) -> None:
    assert text_tokens(as_text([user_text(text) for text in texts], most)) <= max(most, 60)


@given(st.lists(st.text(min_size=1, max_size=2_000), min_size=2, max_size=20), st.text(max_size=3_000))
def test_a_compaction_always_wins_something(texts: list[str], summary: str) -> None:
    history = placed(*(user_text(text) for text in texts))
    made = compact(history, WINDOW, says(summary))
    if made is not None:
        assert conversation_tokens(made.history) < conversation_tokens(history)
        assert made.record.first_kept_seq in {message.seq for message in history[1:]}
