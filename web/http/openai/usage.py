"""Tokens as OpenAI counts them: what came from a cache is part of the input."""

from __future__ import annotations

from typing import Any

from openclaw.domain.run import Usage


def _input(usage: Usage) -> int:
    return usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens


def chat_usage(usage: Usage) -> dict[str, Any]:
    """``usage`` of a chat completion."""
    return {
        "prompt_tokens": _input(usage),
        "completion_tokens": usage.output_tokens,
        "total_tokens": _input(usage) + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read_tokens},
    }


def responses_usage(usage: Usage) -> dict[str, Any]:
    """``usage`` of a response."""
    cached = {"cached_tokens": usage.cache_read_tokens, "cache_write_tokens": usage.cache_write_tokens}
    return {
        "input_tokens": _input(usage),
        "input_tokens_details": cached,
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": _input(usage) + usage.output_tokens,
    }
