"""What every provider does, whatever it talks to: the same bodies over all families."""

from __future__ import annotations

import pytest

from openclaw.domain.transcript import Message, ToolResultBlock, tool_result
from openclaw.errors import ProviderTimeout, RunAborted
from openclaw.ports.cancel import CancelToken
from openclaw.ports.provider import Provider, TextDelta
from tests.contract.providers.calls import Asking, ask, calls_of, events_of, stop_of, text_of, usage_of
from tests.waiting import wait_until

#: Longer than any test may take: whatever ends sooner was ended.
FOREVER = "[[slow:3600]] hello"


def test_a_text_answer_comes_in_pieces_and_ends_with_its_stop_reason(provider: Provider) -> None:
    events = events_of(provider, ask("good morning"))
    assert "You said: good morning" in text_of(events)
    assert sum(isinstance(event, TextDelta) for event in events) > 1
    assert stop_of(events) == "stop"


def test_usage_is_reported_before_the_end(provider: Provider) -> None:
    usage = usage_of(events_of(provider, ask("good morning [[tokens:7]]")))
    assert usage.input_tokens > 0
    assert usage.output_tokens == 7


def test_text_beyond_ascii_survives(provider: Provider) -> None:
    assert "Grüße 你好 🦞" in text_of(events_of(provider, ask("Grüße 你好 🦞")))


def test_a_tool_is_called_and_its_result_answered(provider: Provider) -> None:
    question = ask('[[tool:weather {"city": "Bern", "days": [[1, 2]]}]]').messages[0]
    events = events_of(provider, ask(question))
    (call,) = calls_of(events)
    assert stop_of(events) == "tool_calls"
    assert (call.name, call.arguments, call.raw) == ("weather", {"city": "Bern", "days": [[1, 2]]}, "")
    assert call.id
    result = tool_result(ToolResultBlock(call.id, call.name, "sunny"))
    answer = events_of(provider, ask(question, Message("assistant", (call,)), result))
    assert stop_of(answer) == "stop"
    assert "sunny" in text_of(answer)
    assert not calls_of(answer)


def test_a_cancelled_turn_asks_nothing(provider: Provider) -> None:
    cancel = CancelToken()
    cancel.cancel("stop")
    with pytest.raises(RunAborted) as raised:
        list(provider.stream(ask("hello"), cancel))
    assert raised.value.reason == "stop"


def test_cancelling_from_another_thread_ends_a_slow_stream(provider: Provider) -> None:
    asking = Asking(provider, ask(FOREVER, idle_timeout_seconds=7200))
    asking.cancel.cancel("interrupt")
    error = asking.end()
    assert isinstance(error, RunAborted)
    assert error.reason == "interrupt"


def test_cancelling_after_the_first_piece_ends_the_stream(provider: Provider) -> None:
    asking = Asking(provider, ask("[[slow:300]] [[tokens:2000]] hello"))
    wait_until(lambda: text_of(asking.events), what="the first piece")
    asking.cancel.cancel("deadline")
    error = asking.end()
    assert isinstance(error, RunAborted)
    assert error.reason == "deadline"


def test_no_event_follows_a_cancel(provider: Provider) -> None:
    cancel = CancelToken()
    seen = []
    with pytest.raises(RunAborted):
        for event in provider.stream(ask("[[tokens:50]] hello"), cancel):
            seen.append(event)
            if isinstance(event, TextDelta):
                cancel.cancel("rpc")
    assert sum(isinstance(event, TextDelta) for event in seen) == 1


def test_a_cancel_after_the_end_changes_nothing(provider: Provider) -> None:
    cancel = CancelToken()
    first = list(provider.stream(ask("hello"), cancel))
    cancel.cancel("stop")
    assert stop_of(first) == "stop"
    assert stop_of(events_of(provider, ask("hello"))) == "stop"


def test_silence_beyond_the_idle_timeout_is_a_timeout(provider: Provider) -> None:
    with pytest.raises(ProviderTimeout):
        events_of(provider, ask(FOREVER, idle_timeout_seconds=0.1))


def test_many_threads_share_one_provider(provider: Provider) -> None:
    askings = [Asking(provider, ask(f"message {n}")) for n in range(40)]
    assert [asking.end() for asking in askings] == [None] * 40
    assert all(f"message {n}" in text_of(asking.events) for n, asking in enumerate(askings))


def test_a_cancel_hits_its_own_stream_only(provider: Provider) -> None:
    doomed = [Asking(provider, ask(FOREVER)) for _ in range(10)]
    others = [Asking(provider, ask(f"[[slow:0.3]] message {n}")) for n in range(10)]
    for asking in doomed:
        asking.cancel.cancel("stop")
    assert all(isinstance(asking.end(), RunAborted) for asking in doomed)
    assert [asking.end() for asking in others] == [None] * 10
