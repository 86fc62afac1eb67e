"""How servers that speak Chat Completions differ, as data: by the host that is asked, so that a section of any name has
its vendor's dialect, or by the port that a program is known by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import httpx2

from openclaw.providers.oauth.vendors import COPILOT_HEADERS
from openclaw.providers.openai_compatible.effort import effort_of

#: How a level of thinking is asked for: OpenAI's ``reasoning_effort``, OpenRouter's ``reasoning``, DashScope's
#: ``enable_thinking``, ``thinking`` with a type as Moonshot and DeepSeek have it, or not at all.
Thinking = Literal["effort", "reasoning", "enable", "type", ""]
#: When reasoning goes back: while the tools of a turn run; with every message of the assistant, an empty one where it
#: has none; or never.
ReasoningBack = Literal["turn", "always", ""]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is particular about one vendor. The defaults are what most servers take."""

    tokens_field: str = "max_tokens"
    thinking: Thinking = "effort"
    #: Whether usage is to be asked for; some send it anyway and refuse fields that they do not know.
    asks_usage: bool = True
    reasoning_back: ReasoningBack = "turn"
    #: The fields of a message that it goes back in.
    reasoning_fields: tuple[str, ...] = ("reasoning_content",)
    #: The longest id of a tool call, and whether it is letters and digits of just this length.
    id_chars: int = 40
    exact_ids: bool = False
    #: Whether a tool can be demanded only of a model that does not think.
    demand_stops_thinking: bool = False
    #: Whether a tool can be demanded by its name.
    demands_by_name: bool = True
    #: Whether the assistant has to speak between a tool's result and the person's next words.
    speaks_after_tools: bool = False
    #: Whether the vendor's own key may be missing because a gateway in front of it has it.
    key_at_gateway: bool = False
    #: Headers that the vendor insists on.
    headers: Mapping[str, str] = field(default_factory=dict)


#: Of a server that is not known. vLLM leaves the older name unread: https://docs.vllm.ai/en/latest/features/interleaved_thinking
USUAL = Dialect(reasoning_fields=("reasoning_content", "reasoning"))
_MOONSHOT = Dialect(thinking="type", reasoning_back="always", demand_stops_thinking=True)
#: By what the host's name ends with.
BY_HOST: dict[str, Dialect] = {
    "api.openai.com": Dialect(tokens_field="max_completion_tokens", reasoning_back=""),
    # https://docs.mistral.ai/capabilities/function_calling: "a-z, A-Z, 0-9, with a length of 9"; what is refused is in
    # the validator of https://github.com/mistralai/mistral-common
    "api.mistral.ai": Dialect(
        thinking="", asks_usage=False, reasoning_back="", id_chars=9, exact_ids=True, speaks_after_tools=True
    ),
    # https://www.alibabacloud.com/help/en/model-studio/deep-thinking
    "aliyuncs.com": Dialect(thinking="enable", demand_stops_thinking=True),
    # https://platform.moonshot.ai/docs
    "api.moonshot.ai": _MOONSHOT,
    "api.moonshot.cn": _MOONSHOT,
    # https://api-docs.deepseek.com/guides/thinking_mode
    "api.deepseek.com": Dialect(thinking="type", reasoning_back="always", demand_stops_thinking=True),
    # A message must not have a property that it does not know: https://console.groq.com/docs/reasoning
    "api.groq.com": Dialect(reasoning_back=""),
    # https://openrouter.ai/docs/use-cases/reasoning-tokens
    "openrouter.ai": Dialect(thinking="reasoning", reasoning_fields=("reasoning",)),
    # Most of its models refuse an effort.
    "api.x.ai": Dialect(thinking=""),
    "githubcopilot.com": Dialect(headers=COPILOT_HEADERS),
    # https://developers.cloudflare.com/ai-gateway/configuration/authentication
    "gateway.ai.cloudflare.com": Dialect(key_at_gateway=True),
}


#: Of servers of one's own.
BY_PORT: dict[int, Dialect] = {
    # LM Studio: https://lmstudio.ai/docs/app/api/endpoints/openai
    1234: replace(USUAL, demands_by_name=False),
}


def dialect_of(base_url: str) -> Dialect:
    """The dialect spoken at an address."""
    url = httpx2.URL(base_url)
    known = (dialect for end, dialect in BY_HOST.items() if url.host == end or url.host.endswith(f".{end}"))
    return next(known, BY_PORT.get(url.port or 0, USUAL))


def thinking_fields(dialect: Dialect, model: str, level: str) -> dict[str, Any]:
    """What asks for a level of ``domain.dials.THINKING``."""
    off = level == "off"
    match dialect.thinking:
        case "effort":
            return {"reasoning_effort": effort_of(model, level)}
        case "reasoning":
            return {"reasoning": {"enabled": False} if off else {"effort": effort_of("", level)}}
        case "enable":
            return {"enable_thinking": not off}
        case "type":
            return {"thinking": {"type": "disabled" if off else "enabled"}}
    return {}
