"""The demo model that follows a script."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from openclaw.domain.run import StopReason, Usage
from openclaw.domain.scripted_reply import FAILURES
from openclaw.domain.transcript import Message, ThinkingBlock, ToolResultBlock, assistant_text, tool_result, user_text
from openclaw.errors import BadModelRequest, ConfigError, Overloaded, ProviderError, ProviderTimeout, RateLimited
from openclaw.ports.cancel import CancelToken
from openclaw.ports.provider import (
    FREE_CHOICE,
    ModelRequest,
    ProviderConfig,
    Stopped,
    TextDelta,
    ThinkingDelta,
    ThinkingDone,
    ToolCallDone,
    ToolChoice,
    ToolSpec,
    UsageReport,
)
from openclaw.providers.demo.errors import BY_REASON
from openclaw.providers.demo.plugin import DemoPlugin
from openclaw.settings.load import load_settings

TOOL = ToolSpec("clock", "Tells the time.", {"type": "object"})
PAGE = Path(__file__).resolve().parents[3] / "docs" / "models.md"


class Script:
    """A script as it is written, and what its model says."""

    def __init__(self, tmp_path: Path, text: str, provider: str = "demo") -> None:
        (tmp_path / "config.toml").write_text(text)
        self.settings = load_settings({"HOME": str(tmp_path), "OPENCLAW_HOME": str(tmp_path)}, cwd=tmp_path)
        self.model = DemoPlugin().open(self.settings.models.providers[provider])

    def events(self, *messages: Message | str, **more: Any) -> list[Any]:
        said = tuple(user_text(m) if isinstance(m, str) else m for m in messages)
        facts = {"tools": (TOOL,), "tool_choice": FREE_CHOICE, **more}
        return list(self.model.stream(ModelRequest("script", "", said, **facts), CancelToken()))

    def text(self, *messages: Message | str, **more: Any) -> str:
        return "".join(event.text for event in self.events(*messages, **more) if isinstance(event, TextDelta))


def replies(*bodies: str, provider: str = "demo") -> str:
    return "\n".join(f"[[models.providers.{provider}.replies]]\n{body}" for body in bodies)


def test_replies_follow_each_other_through_a_conversation_and_begin_again(tmp_path: Path) -> None:
    script = Script(tmp_path, replies('text = "one"', 'text = "two"'))
    said: list[Message | str] = []
    for expected in ("one", "two", "one"):
        said.append("go on")
        assert script.text(*said) == expected
        said.append(assistant_text(expected))


def test_a_reply_to_words_comes_when_they_are_said(tmp_path: Path) -> None:
    script = Script(tmp_path, replies('text = "hello"', 'when = "Weather"\ntext = "fine"'))
    assert script.text("how is the WEATHER?") == "fine"
    assert script.text("how is the weather?", assistant_text("fine"), "and you?") == "hello"


def test_it_thinks_speaks_calls_tools_and_goes_on_with_their_results(tmp_path: Path) -> None:
    first = 'when = "time"\nthinking = "let me see"\ntext = "One moment."\n'
    call = '[[models.providers.demo.replies.calls]]\ntool = "clock"\narguments = { zone = "UTC" }\n'
    script = Script(tmp_path, replies(first + call, 'when = "time"\ntext = "It is noon."'))
    events = script.events("what time is it?")
    thoughts = "".join(event.text for event in events if isinstance(event, ThinkingDelta))
    assert (thoughts, events[3]) == ("let me see", ThinkingDone(ThinkingBlock("let me see")))
    (called,) = [event.call for event in events if isinstance(event, ToolCallDone)]
    assert (called.name, called.arguments) == ("clock", {"zone": "UTC"})
    assert events[-1] == Stopped(StopReason.TOOL_CALLS)
    asked = (
        "what time is it?",
        Message("assistant", (called,)),
        tool_result(ToolResultBlock(called.id, "clock", "12")),
    )
    assert script.text(*asked) == "It is noon."
    # After its last reply it stays with that, rather than call the tool for ever.
    assert script.text(*asked, assistant_text("It is noon.")) == "It is noon."


def test_whoever_forbids_tools_gets_none(tmp_path: Path) -> None:
    call = 'text = "Look."\n[[models.providers.demo.replies.calls]]\ntool = "clock"\nraw = "{broken"'
    script = Script(tmp_path, replies(call))
    (called,) = [event.call for event in script.events("hi") if isinstance(event, ToolCallDone)]
    assert (called.arguments, called.raw) == (None, "{broken")
    for more in ({"tools": ()}, {"tool_choice": ToolChoice("none")}):
        assert script.events("hi", **more)[-1] == Stopped(StopReason.STOP)


def test_usage_is_as_written_or_estimated(tmp_path: Path) -> None:
    written = 'text = "a"\nusage = { input = 10, output = 2, cache_read = 7, cache_write = 1 }'
    script = Script(tmp_path, replies(written, 'text = "abcd"'))
    assert UsageReport(Usage(10, 2, 7, 1)) in script.events("one")
    assert UsageReport(Usage(5, 1)) in script.events("x" * 16, assistant_text("a"))


def test_the_request_limits_the_length(tmp_path: Path) -> None:
    script = Script(tmp_path, replies('text = "one two three"'))
    assert script.text("hi", max_output_tokens=2) == "one two"
    assert script.events("hi", max_output_tokens=2)[-1] == Stopped(StopReason.LENGTH)


def test_a_failure_comes_after_what_was_said(tmp_path: Path) -> None:
    failing = 'text = "I am ab"\nerror = "rate_limit"\nerror_text = "slow down"\nretry_after_seconds = 7'
    stream = Script(tmp_path, replies(failing)).model.stream(
        ModelRequest("script", "", (user_text("hi"),)), CancelToken()
    )
    assert [next(stream).text for _ in range(3)] == ["I", " am", " ab"]
    with pytest.raises(RateLimited, match="slow down") as raised:
        next(stream)
    assert raised.value.retry_after_seconds == 7


@pytest.mark.parametrize("reason", FAILURES)
def test_every_failure_can_be_staged(tmp_path: Path, reason: str) -> None:
    with pytest.raises(ProviderError) as raised:
        Script(tmp_path, replies(f'error = "{reason}"')).events("hi")
    assert type(raised.value) is BY_REASON[reason]


def test_the_reasons_are_those_of_the_errors() -> None:
    assert set(FAILURES) == set(BY_REASON)


def test_a_pause_longer_than_the_request_bears_is_no_answer_in_time(tmp_path: Path) -> None:
    script = Script(tmp_path, replies('text = "late"\ndelay_ms = 5000'))
    with pytest.raises(ProviderTimeout):
        script.events("hi", idle_timeout_seconds=0.01)


def test_a_message_without_a_reply_is_refused_by_the_name_of_the_script(tmp_path: Path) -> None:
    script = Script(tmp_path, replies('when = "weather"\ntext = "fine"'))
    with pytest.raises(BadModelRequest, match=r"models\.providers\.demo\.replies"):
        script.events("hi")


def test_any_vendor_of_the_demo_api_may_have_a_script(tmp_path: Path) -> None:
    text = '[models.providers.spare]\napi = "demo"\n' + replies('text = "from the spare"', provider="spare")
    script = Script(tmp_path, text, "spare")
    assert script.text("hi") == "from the spare"
    assert [model.id for model in script.settings.models.providers["spare"].models] == ["script"]
    # Without one, there is no such model.
    assert [model.id for model in script.settings.models.providers["demo"].models] == ["echo"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (replies(""), r"models\.providers\.demo\.replies\[0\]: says nothing"),
        (replies('text = "a"', 'txt = "b"'), r'replies\[1\]\.txt: unknown key; did you mean "text"'),
        (replies('error = "ratelimit"'), r"replies\[0\]\.error: expected one of .* did you mean \"rate_limit\""),
        (replies('text = "a"\ndelay_ms = -1'), r"replies\[0\]\.delay_ms: -1 is too small"),
        (replies('text = "a"\nretry_after_seconds = 1'), r"retry_after_seconds: counts only beside an error"),
        (replies("calls = [{ arguments = {} }]"), r"replies\[0\]\.calls\[0\]\.tool: is missing"),
        (replies('calls = [{ tool = "x", raw = "{", arguments = { a = 1 } }]'), r"calls\[0\]: has arguments and raw"),
        (replies('text = "a"', provider="openai"), r"openai\.replies: is for vendors with `api = \"demo\"`"),
    ],
)
def test_what_is_wrong_with_a_script_is_said_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Script(tmp_path, text)


def test_a_script_that_did_not_come_from_a_configuration_is_checked_as_well() -> None:
    for script in ("no JSON", '[{"words": "x"}]', "[1]"):
        with pytest.raises(ConfigError, match=r"models\.providers\.mine\.replies"):
            DemoPlugin().open(ProviderConfig("mine", "demo", options={"script": script}))


def test_the_example_of_the_documentation_works(tmp_path: Path) -> None:
    (example,) = [text for text in re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL) if "replies" in text]
    script = Script(tmp_path, example)
    assert str(script.settings.agents.default.model) == "demo/script"
    assert script.text("hello").startswith("Good morning.")
    assert script.events("show me the session")[-1] == Stopped(StopReason.TOOL_CALLS)
    with pytest.raises(Overloaded, match="too busy"):
        script.events("now fail")
