"""What of the configuration no agent may change, even if a person lets it: what holds agents back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Keys by path; what is below them counts too.
GUARDED: tuple[tuple[str, ...], ...] = (
    ("approvals",),
    ("gateway", "auth"),
    ("gateway", "tools"),
    ("tools", "exec", "ask"),
    ("tools", "exec", "host"),
    ("tools", "exec", "security"),
    ("tools", "message"),
    ("tools", "web", "allow_private"),
    ("tools", "profile"),
    ("tools", "allow"),
    ("tools", "also_allow"),
    ("tools", "deny"),
    ("tools", "by_provider"),
    ("tools", "groups"),
    ("tools", "subagents"),
    ("tools", "sessions"),
    ("tools", "agent_to_agent"),
    ("memory", "private_sessions"),
    ("budgets",),
    ("mcp",),
    ("database",),
    ("redis",),
)


def guarded_in(patch: Mapping[str, Any]) -> list[str]:
    """Which of those a merge patch would change, with dots between."""
    return [".".join(path) for path in GUARDED if _touches(patch, path)]


def _touches(patch: Any, path: tuple[str, ...]) -> bool:
    for step in path:
        if not isinstance(patch, Mapping):
            # The table around it is removed or replaced as a whole.
            return True
        if step not in patch:
            return False
        patch = patch[step]
    return True
