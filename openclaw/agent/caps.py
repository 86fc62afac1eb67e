"""What one run may use in all."""

from __future__ import annotations

from collections.abc import Sequence

from openclaw.agent.next_action import model_calls
from openclaw.domain.run import RunLimits, StepKind, Usage
from openclaw.errors import RunLimitReached
from openclaw.ports.store import StepRecord


def check_caps(steps: Sequence[StepRecord], usage: Usage, limits: RunLimits) -> None:
    """Raise RunLimitReached when the run may not ask a model once more."""
    asked = model_calls(steps)
    if asked >= limits.max_model_calls:
        raise RunLimitReached("model_calls", f"the run made all of its {asked} model calls")
    called = sum(step.kind is StepKind.TOOL for step in steps)
    if called >= limits.max_tool_calls:
        raise RunLimitReached("tool_calls", f"the run made all of its {called} tool calls")
    if limits.max_tokens and usage.total >= limits.max_tokens:
        raise RunLimitReached("tokens", f"the run used {usage.total} tokens, its limit is {limits.max_tokens}")
