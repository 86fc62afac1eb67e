"""The text of a message's content. Agents read text so far: other kinds of content are refused, not left out."""

from __future__ import annotations

from typing import Any

from web.http.openai.errors import invalid

#: The kinds of parts that are text, and the key that it is under.
_TEXT_KEYS = {"text": "text", "input_text": "text", "output_text": "text", "refusal": "refusal"}


def text_of(content: Any, param: str) -> str:
    """A string, or a list of parts whose texts follow each other. Raises ApiError."""
    if isinstance(content, str):
        return _storable(content, param)
    if not isinstance(content, list):
        raise invalid(f"Invalid value for '{param}': must be a string or a list of content parts.", param)
    return "\n".join(_part(part, f"{param}[{index}]") for index, part in enumerate(content))


def _part(part: Any, param: str) -> str:
    if isinstance(part, str):
        return _storable(part, param)
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(kind, str):
        raise invalid(f"Invalid value for '{param}': must be a content part with a type.", param)
    key = _TEXT_KEYS.get(kind)
    if key is None:
        message = f"Content of type '{kind[:50]}' is not supported: agents take text."
        raise invalid(message, param, "unsupported_content")
    text = part.get(key)
    if not isinstance(text, str):
        raise invalid(f"Missing required parameter: '{param}.{key}'.", f"{param}.{key}", "missing_required_parameter")
    return _storable(text, f"{param}.{key}")


def _storable(text: str, param: str) -> str:
    if "\0" in text:
        raise invalid("A text must not contain null bytes.", param)
    return text
