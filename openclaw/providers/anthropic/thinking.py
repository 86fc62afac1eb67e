"""How much Claude shall think, in the words of the model that is asked.

Since Claude 4.6 models decide themselves how much to think and are told how much effort is wanted; older ones, and
whoever else speaks this format, are given a budget of tokens.
https://platform.claude.com/docs/en/build-with-claude/extended-thinking
"""

from __future__ import annotations

import re
from typing import Any

from openclaw.domain.transcript import Message, ThinkingBlock
from openclaw.ports.provider import ModelRequest
from openclaw.providers.signatures import is_marked

#: Thinking by itself is given these tokens; they are part of what the answer may take.
BUDGETS = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16_384, "xhigh": 32_768}
#: The API's smallest budget.
SMALLEST_BUDGET = 1024
#: What is left for the answer itself, as a share of all it may take.
ANSWER_SHARE = 0.25
EFFORTS = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh"}

_ADAPTIVE_SINCE = (4, 6)
_XHIGH_SINCE = (4, 7)
#: ``claude-opus-4-7``, ``claude-sonnet-5``, ``claude-3-7-sonnet-20250219``: a date is no version.
_VERSION = re.compile(r"claude-(?:[a-z]+-)?(\d{1,2})(?:-(\d{1,2})(?!\d))?")
#: Those that cannot be kept from thinking.
_ALWAYS_THINKING = ("claude-fable", "claude-mythos")

Json = dict[str, Any]


def thinking_of(request: ModelRequest) -> Json:
    """What a request's body says of thinking; nothing where the model's own default holds."""
    if not request.thinking:
        return {}
    version = _version(request.model)
    if version >= _ADAPTIVE_SINCE or request.model.startswith(_ALWAYS_THINKING):
        return _effort(request, version)
    return _budget(request)


def _effort(request: ModelRequest, version: tuple[int, int]) -> Json:
    if request.thinking == "off":
        if request.model.startswith(_ALWAYS_THINKING):
            return {"output_config": {"effort": "low"}}
        return {"thinking": {"type": "disabled"}}
    effort = EFFORTS[request.thinking]
    if effort == "xhigh" and version < _XHIGH_SINCE:
        effort = "high"
    said: Json = {"output_config": {"effort": effort}}
    return said if _hindered(request) else {"thinking": {"type": "adaptive"}, **said}


def _budget(request: ModelRequest) -> Json:
    """A budget below what the answer may take; none where thinking cannot begin, which is off by itself."""
    most = int(request.max_output_tokens * (1 - ANSWER_SHARE))
    budget = min(BUDGETS.get(request.thinking, 0), most)
    if budget < SMALLEST_BUDGET or _hindered(request):
        return {}
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


def _hindered(request: ModelRequest) -> bool:
    """Whether the API would refuse to let the model think now.

    It does when a tool call is demanded, and in the middle of a turn whose calls were made without thinking: by
    another model, or before thinking was turned on.
    """
    if request.tools and request.tool_choice.mode == "required":
        return True
    for message in reversed(request.messages):
        if message.role == "user":
            return False
        if message.tool_calls:
            return not _thought(message)
    return False


def _thought(message: Message) -> bool:
    return any(
        isinstance(block, ThinkingBlock) and block.signature and not is_marked(block.signature)
        for block in message.blocks
    )


def _version(model: str) -> tuple[int, int]:
    match = _VERSION.match(model)
    return (int(match[1]), int(match[2] or 0)) if match else (0, 0)
