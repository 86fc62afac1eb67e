"""The function tools that a client offers and carries out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from openclaw.agent.client_tools import ClientTools
from openclaw.ports.provider import FREE_CHOICE, ToolChoice, ToolSpec
from web.http.openai.body import Lenient, load, unsupported_value
from web.http.openai.errors import invalid
from web.validation import Anything, Text

MAX_TOOLS = 128
#: Levels of a schema; every vendor takes fewer.
MAX_DEPTH = 64
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NO_PARAMETERS: dict[str, Any] = {"type": "object", "properties": {}}
_MODES = ("auto", "none", "required")


class _Function(Lenient):
    name = Text(required=True, min_length=1)
    description = Text(nullable=True)
    parameters = Anything()


_function = _Function()


def read_tools(tools: Sequence[Any], choice: Any, *, parallel: bool) -> ClientTools:
    """Read ``tools``, ``tool_choice`` and ``parallel_tool_calls``, in the form of either interface. Raises ApiError."""
    if len(tools) > MAX_TOOLS:
        raise invalid(f"There may be at most {MAX_TOOLS} tools.", "tools")
    specs = tuple(_tool(tool, f"tools[{index}]") for index, tool in enumerate(tools))
    names = [spec.name for spec in specs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise invalid(f"There is more than one tool '{twice}'.", "tools")
    mode, name, allowed = _choice(choice)
    if allowed is not None:
        specs = tuple(spec for spec in specs if spec.name in allowed)
    if mode == "required" and not specs:
        raise invalid("'tool_choice' insists on a tool, and there is none.", "tool_choice")
    if name and name not in names:
        raise invalid(f"'tool_choice' names '{name[:64]}', which is not among the tools.", "tool_choice")
    return ClientTools(specs, ToolChoice(mode, name, parallel) if specs or mode == "none" else FREE_CHOICE)


def _tool(tool: Any, param: str) -> ToolSpec:
    kind = tool.get("type") if isinstance(tool, dict) else None
    if kind != "function":
        raise unsupported_value(f"{param}.type", kind)
    # Chat Completions has the function in an object of its own, Responses does not.
    path = f"{param}.function" if "function" in tool else param
    function = load(_function, tool.get("function", tool), path)
    if not _NAME.fullmatch(function["name"]):
        raise invalid(f"Invalid value for '{path}.name': letters, digits, - and _, at most 64.", f"{path}.name")
    parameters = function.get("parameters") or _NO_PARAMETERS
    if not isinstance(parameters, dict) or parameters.get("type") != "object" or _is_deep(parameters, MAX_DEPTH):
        raise invalid(f"Invalid value for '{path}.parameters': must be a JSON schema of type object.", path)
    return ToolSpec(function["name"], function.get("description") or "", parameters)


def _is_deep(value: Any, levels: int) -> bool:
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_is_deep(item, levels - 1) for item in below)


def _choice(choice: Any) -> tuple[Any, str, frozenset[str] | None]:
    """Mode, the one tool that is meant, and the tools that are allowed."""
    if choice is None:
        return "auto", "", None
    if choice in _MODES:
        return choice, "", None
    if isinstance(choice, dict):
        kind = choice.get("type")
        inner = choice.get(kind, choice) if isinstance(kind, str) else None
        if kind == "function" and isinstance(inner, dict) and isinstance(inner.get("name"), str):
            return "required", inner["name"], None
        if kind == "allowed_tools" and isinstance(inner, dict) and inner.get("mode") in ("auto", "required"):
            return inner["mode"], "", frozenset(_allowed(inner.get("tools")))
    raise unsupported_value("tool_choice", choice)


def _allowed(tools: Any) -> list[str]:
    names = []
    for tool in tools if isinstance(tools, list) else ():
        function = tool.get("function", tool) if isinstance(tool, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise unsupported_value("tool_choice", tool)
        names.append(function["name"])
    return names
