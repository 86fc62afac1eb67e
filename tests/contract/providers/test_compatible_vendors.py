"""Every vendor that speaks Chat Completions in its own way, asked at the address of our table by the real adapter.

Their servers refuse what the vendors refuse: a request that the adapter builds wrongly fails here.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from openclaw import providers
from openclaw.domain.run import Usage
from openclaw.domain.transcript import Block, Message, ThinkingBlock, ToolResultBlock, user_text
from openclaw.errors import (
    AuthFailed,
    BadModelRequest,
    BillingFailed,
    ContextOverflow,
    Overloaded,
    ProviderError,
    ProviderTimeout,
    RateLimited,
    RunAborted,
)
from openclaw.plugins.registry import Registry
from openclaw.ports.provider import (
    ModelEvent,
    Provider,
    ProviderConfig,
    TextDelta,
    ThinkingDelta,
    ThinkingDone,
    ToolCallDone,
    ToolChoice,
    ToolSpec,
)
from openclaw.ports.secrets import Secret
from openclaw.settings.vendor_defaults import BY_ID
from tests.contract.providers.calls import WEATHER, Asking, ask, calls_of, events_of, stop_of, text_of, usage_of
from tests.waiting import wait_until
from tests.wire.sse_server import BREAK, HANG, Reply, cut
from tests.wire.vendors.server import VendorServer
from tests.wire.vendors.table import VENDORS
from tests.wire.vendors.vendor import CompatibleVendor

pytestmark = pytest.mark.spec("F8", "F9", "F10", "F11", "F12")

CLOCK = ToolSpec("clock", "Tells the time.", {"type": "object", "properties": {}})
#: What a refusal about this is for us.
EXPECTED: dict[str, type[ProviderError]] = {
    "key": AuthFailed,
    "credit": BillingFailed,
    "limit": RateLimited,
    "overload": Overloaded,
    "overflow": ContextOverflow,
    "request": BadModelRequest,
}


def address_of(vendor: CompatibleVendor) -> str:
    """The vendor's own, but for the TLS."""
    named = BY_ID[vendor.id].base_url.format(account="acc0123", gateway="assistants")
    return named.replace("https://", "http://")


def opened(vendor: CompatibleVendor, base_url: str = "", key: str | None = None, **headers: str) -> Provider:
    registry = Registry()
    providers.register(registry)
    config = ProviderConfig(
        vendor.id,
        "openai-completions",
        base_url or address_of(vendor),
        Secret(vendor.key if key is None else key),
        {**vendor.headers, **headers},
    )
    return registry.providers["openai-completions"].open(config)


@dataclass(frozen=True)
class Talk:
    """A vendor's server, and a provider that talks to it."""

    vendor: CompatibleVendor
    server: VendorServer
    provider: Provider

    def events(self, *messages: Message | str, **fields: object) -> list[ModelEvent]:
        return events_of(self.provider, ask(*messages, **{"model": self.vendor.model, **fields}))

    def asking(self, *messages: Message | str) -> Asking:
        return Asking(self.provider, ask(*messages, model=self.vendor.model, idle_timeout_seconds=3600))

    def script(self, *steps: Any) -> None:
        self.server.script(Reply(steps))


@pytest.fixture(scope="module", params=sorted(VENDORS))
def _talk(request: pytest.FixtureRequest) -> Iterator[Talk]:
    """The vendor's name leads to its server, as in a file of hosts."""
    vendor = VENDORS[request.param]
    host, _, port = address_of(vendor).removeprefix("http://").partition("/")[0].partition(":")
    theirs, look_up = (host, int(port or 80)), socket.getaddrinfo

    def found(name: str, at: int, *more: int) -> list[Any]:
        return look_up("127.0.0.1", server.port, *more) if (name, at) == theirs else look_up(name, at, *more)

    with VendorServer(vendor) as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", found)
        with closing(opened(vendor)) as provider:
            yield Talk(vendor, server, provider)


@pytest.fixture
def talk(_talk: Talk) -> Talk:
    wait_until(lambda: _talk.server.stats()["active"] == 0, what="the streams of earlier tests to end")
    _talk.server.reset()
    return _talk


def answer_of(events: list[ModelEvent]) -> Message:
    """What is kept of an answer."""
    kept: list[Block] = [event.block for event in events if isinstance(event, ThinkingDone)]
    kept += [event.call for event in events if isinstance(event, ToolCallDone)]
    return Message("assistant", tuple(kept))


def results_of(events: list[ModelEvent]) -> Message:
    return Message("tool", tuple(ToolResultBlock(call.id, call.name, "sunny") for call in calls_of(events)))


# -- answers -------------------------------------------------------------------------------------------------


def test_words_come_in_pieces_and_the_usage_before_the_end(talk: Talk) -> None:
    events = talk.events("Grüße 你好 🦞 [[tokens:7]]")
    assert "You said: Grüße 你好 🦞" in text_of(events)
    assert sum(isinstance(event, TextDelta) for event in events) == 7
    assert (usage_of(events).output_tokens, stop_of(events)) == (7, "stop")


def test_cached_input_is_counted_apart(talk: Talk) -> None:
    talk.script(talk.vendor.begin(), talk.vendor.say("Hi"), talk.vendor.end("stop", 1120, 42, 1000))
    assert usage_of(talk.events("hello")) == Usage(120, 42, 1000)


@pytest.mark.parametrize(("reason", "ours"), [("length", "length"), ("content_filter", "refusal")])
def test_reasons_to_stop_are_ours(talk: Talk, reason: str, ours: str) -> None:
    talk.script(talk.vendor.begin(), talk.vendor.say("Hi"), talk.vendor.end(reason))
    assert stop_of(talk.events("hello")) == ours


def test_a_tool_is_called_and_its_result_is_taken(talk: Talk) -> None:
    question = user_text('[[tool:weather {"city": "Genève", "days": [[1, 2]]}]]')
    events = talk.events(question)
    (call,) = calls_of(events)
    assert (call.name, call.arguments, stop_of(events)) == (
        "weather",
        {"city": "Genève", "days": [[1, 2]]},
        "tool_calls",
    )
    answer = talk.events(question, answer_of(events), results_of(events))
    assert "Tool said: sunny" in text_of(answer)


def test_parallel_calls_come_whole_and_their_results_are_taken(talk: Talk) -> None:
    weather = talk.vendor.call(0, "call_0", "weather", ['{"city"', ': "Be', 'rn"}'])
    talk.script(
        talk.vendor.begin(), weather + talk.vendor.call(1, "call_1", "clock", []), talk.vendor.end("tool_calls")
    )
    events = talk.events("hello", tools=(WEATHER, CLOCK))
    first, second = calls_of(events)
    assert [(call.name, call.arguments) for call in (first, second)] == [("weather", {"city": "Bern"}), ("clock", {})]
    assert first.id != second.id
    assert "Tool said: sunny" in text_of(talk.events("hello", answer_of(events), results_of(events)))


# -- thoughts ------------------------------------------------------------------------------------------------


def test_thoughts_come_apart_from_the_answer(talk: Talk) -> None:
    talk.script(talk.vendor.thinking(["Let me ", "think."], "Yes."))
    events = talk.events("hello", thinking="high")
    assert [event.text for event in events if isinstance(event, ThinkingDelta)] == ["Let me ", "think."]
    assert [event.block for event in events if isinstance(event, ThinkingDone)] == [ThinkingBlock("Let me think.")]
    assert text_of(events) == "Yes."


def test_a_conversation_with_thoughts_goes_on_while_tools_run_and_after(talk: Talk) -> None:
    thought = talk.vendor.begin() + talk.vendor.think("I need the tool.")
    talk.script(thought, talk.vendor.call(0, "call_0", "weather", ["{}"]), talk.vendor.end("tool_calls"))
    events = talk.events("hello", thinking="high")
    assert isinstance(answer_of(events).blocks[0], ThinkingBlock)
    so_far = ("hello", answer_of(events), results_of(events))
    assert "sunny" in text_of(talk.events(*so_far, thinking="high"))
    said = next(each for each in talk.server.requests[-1].body["messages"] if each["role"] == "assistant")
    assert said.get(talk.vendor.reads) == ("I need the tool." if talk.vendor.reads else None)
    # Another vendor's words have no thoughts that this one could take.
    elsewhere = Message("assistant", (ThinkingBlock("", "signed by another"), *calls_of(events)))
    later = (*so_far, user_text("again"), elsewhere, results_of(events), user_text("and now?"))
    assert "and now?" in text_of(talk.events(*later, thinking="high"))


@pytest.mark.parametrize("level", ["off", "minimal", "low", "medium", "xhigh"])
def test_every_level_of_thinking_is_taken(talk: Talk, level: str) -> None:
    assert text_of(talk.events("hello", thinking=level))


@pytest.mark.parametrize("thinking", ["", "high"])
@pytest.mark.parametrize("name", ["", "clock"])
def test_a_tool_may_be_demanded(talk: Talk, name: str, thinking: str) -> None:
    choice = ToolChoice("required", name)
    assert text_of(talk.events("hello", tools=(WEATHER, CLOCK), tool_choice=choice, thinking=thinking))
    body = talk.server.requests[-1].body
    assert body["tool_choice"] != "auto"
    if name and isinstance(body["tool_choice"], str):  # where it has no name it is the only one to choose
        assert [tool["function"]["name"] for tool in body["tools"]] == ["clock"]


def test_what_the_person_says_while_tools_run_is_taken(talk: Talk) -> None:
    question = user_text("[[tool:weather {}]]")
    events = talk.events(question)
    said = (question, answer_of(events), results_of(events), user_text("And hurry."))
    assert "And hurry." in text_of(talk.events(*said))


# -- refusals ------------------------------------------------------------------------------------------------

REFUSALS = [(vendor.id, about) for vendor in VENDORS.values() for about in vendor.refusals]


@pytest.mark.parametrize(("_talk", "about"), REFUSALS, indirect=["_talk"], scope="module")
def test_each_refusal_has_its_class(talk: Talk, about: str) -> None:
    talk.server.script(talk.vendor.refusals[about].reply())
    with pytest.raises(ProviderError) as raised:
        talk.events("hello")
    assert type(raised.value) is EXPECTED[about.split(maxsplit=1)[0]]
    assert "{" not in str(raised.value)


#: In seconds.
WAITS = [
    ("groq", "limit", 7.0),
    ("groq", "limit without a wait", 7.66),
    ("openrouter", "limit", 17.0),
    ("together", "limit", None),
]


@pytest.mark.parametrize(("_talk", "about", "seconds"), WAITS, indirect=["_talk"], scope="module")
def test_a_limit_says_when_it_is_over_where_the_vendor_does(talk: Talk, about: str, seconds: float | None) -> None:
    talk.server.script(talk.vendor.refusals[about].reply())
    with pytest.raises(RateLimited) as raised:
        talk.events("hello")
    assert raised.value.retry_after_seconds == seconds


@pytest.mark.parametrize("_talk", [vendor for vendor, about in REFUSALS if about == "key"], indirect=True)
def test_a_wrong_key_is_refused_and_not_shown(talk: Talk) -> None:
    wrong = "sk-wrong-0123456789"
    headers = dict.fromkeys(talk.vendor.headers, wrong)
    with closing(opened(talk.vendor, key=wrong, **headers)) as provider, pytest.raises(AuthFailed) as raised:
        events_of(provider, ask("hello", model=talk.vendor.model))
    assert wrong not in f"{raised.value} {raised.value.details}"


def test_a_wrong_path_is_a_request_that_cannot_be_answered(talk: Talk) -> None:
    base_url = f"{address_of(talk.vendor)}/wrong"
    with closing(opened(talk.vendor, base_url)) as provider, pytest.raises(BadModelRequest, match="/wrong/chat"):
        events_of(provider, ask("hello", model=talk.vendor.model))


# -- streams -------------------------------------------------------------------------------------------------


def test_characters_split_across_chunks_are_put_together(talk: Talk) -> None:
    talk.script(*cut(talk.vendor.begin() + talk.vendor.say("Grüße, 你好 🦞") + talk.vendor.end(), 5))
    assert text_of(talk.events("hello")) == "Grüße, 你好 🦞"


def test_what_keeps_the_connection_open_is_no_event(talk: Talk) -> None:
    silence, said = talk.vendor.silence(), talk.vendor.say("Hi")
    talk.script(silence * 2, talk.vendor.begin(), silence, said, silence, talk.vendor.end())
    assert text_of(talk.events("hello")) == "Hi"


def test_a_breakdown_inside_the_stream_is_the_vendors_failure(talk: Talk) -> None:
    talk.script(talk.vendor.begin(), talk.vendor.say("Hel"), talk.vendor.breakdown())
    asking = talk.asking("hello")
    assert isinstance(asking.end(), Overloaded)
    assert text_of(asking.events) == "Hel"


@pytest.mark.parametrize("ending", [(BREAK,), ()], ids=["cut", "closed politely"])
def test_a_stream_that_stops_short_is_a_timeout(talk: Talk, ending: tuple[Any, ...]) -> None:
    talk.script(talk.vendor.begin(), talk.vendor.say("Hel"), *ending)
    asking = talk.asking("hello")
    assert isinstance(asking.end(), ProviderTimeout)
    assert text_of(asking.events) == "Hel"


def test_a_cancel_ends_the_stream(talk: Talk) -> None:
    talk.script(talk.vendor.begin(), talk.vendor.say("Hi"), HANG)
    asking = talk.asking("hello")
    wait_until(lambda: text_of(asking.events), what="the first piece")
    asking.cancel.cancel("stop")
    assert isinstance(asking.end(), RunAborted)
    wait_until(lambda: talk.server.stats()["aborted"] == 1, what="the vendor to see it")
