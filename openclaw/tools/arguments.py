"""Check a call's arguments against the tool's schema, and tell the model what is wrong."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from openclaw.errors import ToolError
from openclaw.ports.provider import ToolSpec

_MAX_PROBLEMS = 5
_PROBLEM_CHARS = 200


def load_checker() -> None:
    """Import now what the first check would import: for processes in which nothing may wait for it."""
    import_module("jsonschema")


def check_arguments(spec: ToolSpec, arguments: dict[str, Any]) -> None:
    """Raise ToolError, naming every problem, unless ``arguments`` fits the schema."""
    # A slow import, and only processes that deal with calls need it.
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

    validator = Draft202012Validator(spec.parameters)
    problems = sorted(validator.iter_errors(arguments), key=lambda error: [str(part) for part in error.absolute_path])
    if not problems:
        return
    lines = [_describe(".".join(map(str, error.absolute_path)), error.message) for error in problems[:_MAX_PROBLEMS]]
    known = ", ".join(spec.parameters.get("properties", {})) or "none"
    raise ToolError(f"Invalid arguments for {spec.name}: {'; '.join(lines)}. Known arguments: {known}.")


def _describe(where: str, problem: str) -> str:
    text = problem if len(problem) <= _PROBLEM_CHARS else problem[: _PROBLEM_CHARS - 1] + "…"
    return f"{where}: {text}" if where else text
