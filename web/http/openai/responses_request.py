"""The body of ``POST /v1/responses``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web.http.openai.body import Lenient, load, refuse, unsupported_value
from web.http.openai.chat_request import MAX_USER
from web.http.openai.content import text_of
from web.http.openai.errors import invalid
from web.http.openai.script import Script, tool_call
from web.validation import Anything, Flag, Listing, Params, Text, Whole

#: Read and left aside: they tune how a vendor samples, bills or caches, or ask for what is done anyway.
IGNORED = (
    *("max_tool_calls", "reasoning", "metadata", "store", "truncation", "temperature", "top_p", "top_logprobs"),
    *("include", "service_tier", "stream_options", "prompt_cache_key", "prompt_cache_options"),
    *("prompt_cache_retention", "safety_identifier", "moderation", "context_management", "access_programs", "image"),
)
#: They change what is asked for, and are not served.
UNSUPPORTED = ("background", "background_options", "conversation", "prompt")


class _Responses(Params):
    model = Text(required=True, min_length=1)
    input = Anything(required=True)
    instructions = Text()
    stream = Flag()
    tools = Listing()
    tool_choice = Anything()
    parallel_tool_calls = Flag()
    max_output_tokens = Whole(minimum=1)
    previous_response_id = Text(min_length=1, max_length=128)
    user = Text(max_length=MAX_USER)
    text = Anything()


_responses = _Responses.from_dict({name: Anything() for name in (*IGNORED, *UNSUPPORTED)}, name="ResponsesBody")()


class _Message(Lenient):
    role = Text(required=True)
    content = Anything(required=True)


class _Call(Lenient):
    call_id = Text(required=True, min_length=1)
    name = Text(required=True, min_length=1)
    arguments = Text(required=True)


class _Output(Lenient):
    call_id = Text(required=True, min_length=1)
    output = Anything(required=True)


_item, _called, _resulted = _Message(), _Call(), _Output()


def read_responses(body: Mapping[str, Any]) -> dict[str, Any]:
    """Check the body's fields. Raises ApiError."""
    refuse(body, UNSUPPORTED)
    fields = load(_responses, body)
    text = fields.get("text") or {}
    form = text.get("format") if isinstance(text, dict) else text
    if form and (not isinstance(form, dict) or form.get("type") != "text"):
        raise unsupported_value("text.format", form.get("type") if isinstance(form, dict) else form)
    return fields


def read_input(given: Any, instructions: str) -> Script:
    """Read a text, or items in the order of the conversation. Raises ApiError."""
    script = Script("input")
    script.instruct(instructions)
    if isinstance(given, str):
        script.user(text_of(given, "input"))
        return script
    if not isinstance(given, list):
        raise invalid("Invalid value for 'input': must be a string or a list of items.", "input")
    for index, item in enumerate(given):
        path = f"input[{index}]"
        kind = item.get("type", "message") if isinstance(item, dict) else None
        reader = _READERS.get(kind) if isinstance(kind, str) else None
        if reader is None:
            raise unsupported_value(f"{path}.type", kind)
        reader(script, item, path)
    return script


def _message(script: Script, item: Any, path: str) -> None:
    fields = load(_item, item, path)
    text = text_of(fields["content"], f"{path}.content")
    match fields["role"]:
        case "user":
            script.user(text)
        case "assistant":
            script.assistant(text, go_on=True)
        case "system" | "developer":
            script.instruct(text)
        case other:
            raise invalid(f"Invalid value for '{path}.role': {other!r}.", f"{path}.role")


def _call(script: Script, item: Any, path: str) -> None:
    fields = load(_called, item, path)
    script.assistant("", [tool_call(fields["call_id"], fields["name"], fields["arguments"])], go_on=True)


def _output(script: Script, item: Any, path: str) -> None:
    fields = load(_resulted, item, path)
    script.result(fields["call_id"], text_of(fields["output"], f"{path}.output"))


def _reasoning(_script: Script, _item: Any, _path: str) -> None:
    """Another model's thoughts: no model takes them from anybody else."""


_READERS = {"message": _message, "function_call": _call, "function_call_output": _output, "reasoning": _reasoning}
