"""The body of ``POST /v1/chat/completions``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web.http.openai.body import Lenient, load, refuse, unsupported_value
from web.http.openai.content import text_of
from web.http.openai.errors import invalid
from web.http.openai.script import Script, tool_call
from web.validation import Anything, Flag, Listing, Nested, Params, Text, Whole

#: Read and left aside: they tune how a vendor samples, bills or caches, which is the agent's business.
IGNORED = (
    *("temperature", "top_p", "frequency_penalty", "presence_penalty", "seed", "stop", "logit_bias", "logprobs"),
    *("top_logprobs", "metadata", "store", "service_tier", "reasoning_effort", "verbosity", "prediction"),
    *("prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "safety_identifier", "moderation"),
)
#: They change what is asked for, and are not served.
UNSUPPORTED = ("functions", "function_call", "audio", "web_search_options")
MAX_USER = 512


class _StreamOptions(Lenient):
    include_usage = Flag()


class _Chat(Params):
    model = Text(required=True, min_length=1)
    messages = Listing(required=True)
    stream = Flag()
    stream_options = Nested(_StreamOptions)
    tools = Listing()
    tool_choice = Anything()
    parallel_tool_calls = Flag()
    max_tokens = Whole(minimum=1)
    max_completion_tokens = Whole(minimum=1)
    user = Text(max_length=MAX_USER)
    n = Whole(minimum=1, maximum=1)
    modalities = Anything()
    response_format = Anything()


_chat = _Chat.from_dict({name: Anything() for name in (*IGNORED, *UNSUPPORTED)}, name="ChatBody")()


class _Said(Lenient):
    role = Text(required=True)
    content = Anything(required=True)


class _Answered(Lenient):
    role = Text(required=True)
    content = Anything()
    refusal = Text(nullable=True)
    tool_calls = Listing(nullable=True)


class _Resulted(_Said):
    tool_call_id = Text(required=True, min_length=1)


class _Called(Lenient):
    name = Text(required=True, min_length=1)
    arguments = Text(required=True)


class _Call(Lenient):
    id = Text(required=True, min_length=1)
    function = Nested(_Called, required=True)


_said, _answered, _resulted, _call = _Said(), _Answered(), _Resulted(), _Call()


def read_chat(body: Mapping[str, Any]) -> dict[str, Any]:
    """Check the body's fields. Raises ApiError."""
    refuse(body, UNSUPPORTED)
    fields = load(_chat, body)
    if fields.get("modalities") not in (None, ["text"]):
        raise unsupported_value("modalities", fields["modalities"])
    wanted = fields.get("response_format")
    if wanted is not None and (not isinstance(wanted, dict) or wanted.get("type") != "text"):
        kind = wanted.get("type") if isinstance(wanted, dict) else wanted
        raise unsupported_value("response_format", kind)
    return fields


def read_messages(messages: list[Any]) -> Script:
    """Read the conversation. Raises ApiError."""
    script = Script("messages")
    for index, message in enumerate(messages):
        path = f"messages[{index}]"
        role = message.get("role") if isinstance(message, dict) else None
        reader = _READERS.get(role) if isinstance(role, str) else None
        if reader is None:
            raise invalid(f"Invalid value for '{path}.role': {role!r}.", f"{path}.role")
        reader(script, message, path)
    return script


def _system(script: Script, message: Any, path: str) -> None:
    script.instruct(text_of(load(_said, message, path)["content"], f"{path}.content"))


def _user(script: Script, message: Any, path: str) -> None:
    script.user(text_of(load(_said, message, path)["content"], f"{path}.content"))


def _assistant(script: Script, message: Any, path: str) -> None:
    fields = load(_answered, message, path)
    text = text_of(fields.get("content") or fields.get("refusal") or "", f"{path}.content")
    calls = []
    for index, item in enumerate(fields.get("tool_calls") or ()):
        call = load(_call, item, f"{path}.tool_calls[{index}]")
        calls.append(tool_call(call["id"], call["function"]["name"], call["function"]["arguments"]))
    script.assistant(text, calls)


def _tool(script: Script, message: Any, path: str) -> None:
    fields = load(_resulted, message, path)
    script.result(fields["tool_call_id"], text_of(fields["content"], f"{path}.content"))


_READERS = {"system": _system, "developer": _system, "user": _user, "assistant": _assistant, "tool": _tool}
