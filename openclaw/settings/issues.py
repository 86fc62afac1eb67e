"""What is wrong with a configuration, as clients are told."""

from __future__ import annotations

from typing import Any

from openclaw.errors import ConfigError


def issues_of(error: ConfigError) -> list[dict[str, Any]]:
    """``path``, ``message`` and, where the text has one, ``line`` of every problem."""
    problems = (error.details or {}).get("problems") or [{"message": str(error)}]
    return [_issue(problem) for problem in problems]


def _issue(problem: dict[str, Any]) -> dict[str, Any]:
    variable = problem.get("variable")
    message = f"environment variable {variable}: {problem['message']}" if variable else problem["message"]
    found = {"path": problem.get("path", ""), "message": message}
    return found | ({"line": problem["line"]} if problem.get("line") else {})
