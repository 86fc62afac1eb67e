"""What a node answered, in words for a model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

#: A longer text inside an answer is data, such as a picture: the model is told that it is there.
DATA_CHARS = 20_000


def answer_text(command: str, result: Mapping[str, Any]) -> tuple[str, bool]:
    """The text, and whether it tells of a failure."""
    if not result.get("ok"):
        error = result.get("error") or {}
        return f"{command} failed: {error.get('message') or 'no reason was given'} ({error.get('code', 'ERROR')})", True
    payload = result.get("payload")
    if command == "system.run" and isinstance(payload, dict):
        return _run_text(payload)
    return json.dumps(_without_data(payload), ensure_ascii=False, indent=1), False


def _run_text(payload: Mapping[str, Any]) -> tuple[str, bool]:
    code = payload.get("exitCode")
    head = "timed out" if payload.get("timedOut") else f"exit code {code}"
    parts = [head]
    texts = {name: str(payload.get(name) or "").rstrip() for name in ("stdout", "stderr")}
    parts += [f"{name}:\n{text}" for name, text in texts.items() if text]
    if payload.get("truncated"):
        parts.append("(the output was longer)")
    return "\n".join(parts), code != 0


def _without_data(value: Any) -> Any:
    if isinstance(value, str) and len(value) > DATA_CHARS:
        return f"({len(value)} characters of data)"
    if isinstance(value, dict):
        return {key: _without_data(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_data(item) for item in value]
    return value
