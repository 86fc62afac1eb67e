"""Templates of inbound hooks: ``New mail from {{messages[0].from}}``.

Only look-ups: an expression is a path into the call, what is not there is empty, and nothing is computed or called.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_EXPRESSION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_STEP = re.compile(r"\.?([^.\[\]{}\s]+)|\[(\d{1,6})\]")
#: Rendered text is cut to this many characters, however often a template repeats a payload.
MAX_CHARS = 262_144

Step = str | int


@dataclass(frozen=True, slots=True)
class HookCall:
    """What a template may look at. Header names are lower-cased; those that carry credentials are left out."""

    path: str
    payload: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    #: The time of the call, ISO 8601.
    now: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """Text and look-ups in turn."""

    parts: tuple[str | tuple[Step, ...], ...] = ()

    @property
    def is_fixed(self) -> bool:
        """Whether every call gives the same."""
        return all(isinstance(part, str) for part in self.parts)

    def __bool__(self) -> bool:
        return bool(self.parts)

    def render(self, call: HookCall) -> str:
        """The text for a call."""
        texts = (part if isinstance(part, str) else as_text(look_up(call, part)) for part in self.parts)
        return "".join(texts)[:MAX_CHARS]


def parse_template(text: str) -> Template:
    """Read a template. Raises ValueError that says what is wrong."""
    parts: list[str | tuple[Step, ...]] = []
    position = 0
    for match in _EXPRESSION.finditer(text):
        parts += [text[position : match.start()], parse_path(match[1])]
        position = match.end()
    rest = text[position:]
    if "{{" in rest:
        raise ValueError("a {{ is never closed")
    return Template(tuple(part for part in (*parts, rest) if part))


def parse_path(text: str) -> tuple[Step, ...]:
    """Read ``a[0].b`` as steps. Raises ValueError."""
    path, steps, position = text.strip(), [], 0
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None or (position == 0 and match[0].startswith((".", "["))):
            raise ValueError(f"{text.strip()!r} is no path such as a[0].b")
        steps.append(int(match[2]) if match[1] is None else match[1])
        position = match.end()
    if not steps:
        raise ValueError("an expression is empty")
    return tuple(steps)


def look_up(call: HookCall, path: tuple[Step, ...]) -> Any:
    """What a path leads to, ``None`` when nothing is there."""
    head, rest = path[0], path[1:]
    if head in ("path", "now") and not rest:
        return call.path if head == "path" else call.now
    if head == "headers":
        return _walk(call.headers, tuple(step.lower() if isinstance(step, str) else step for step in rest))
    if head == "query":
        return _walk(call.query, rest)
    return _walk(call.payload, rest if head == "payload" else path)


def _walk(value: Any, path: tuple[Step, ...]) -> Any:
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
    return value


def as_text(value: Any) -> str:
    """A value inside a text: text as it is, nothing as nothing, anything else as JSON."""
    if value is None:
        return ""
    return (
        value
        if isinstance(value, str)
        else json.dumps(dict(value) if isinstance(value, Mapping) else value, ensure_ascii=False)
    )
