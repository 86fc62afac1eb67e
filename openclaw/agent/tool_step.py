"""One tool step: run a call, or decide what its result is without running it.

A tool records its start before it acts. One that was recorded as started when its worker died is run again only if
its replay policy says that it has no effects; otherwise the model is told that nobody knows.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType

from openclaw.domain.run import ReplayPolicy
from openclaw.domain.tool_policy import Removal
from openclaw.domain.transcript import ToolCallBlock, ToolResultBlock
from openclaw.errors import OpenClawError, RunAborted, ToolError
from openclaw.ports.tool import Recovering, Suspension, Tool, ToolContext, ToolOutcome

log = logging.getLogger(__name__)

#: A result is cut to this many characters before it is stored.
RESULT_CHARS = 64_000

OUTCOME_UNKNOWN = (
    "This tool was interrupted while it ran and its outcome is unknown: it may or may not have taken effect. "
    "Check before doing it again."
)
DO_NOT_REPEAT = OUTCOME_UNKNOWN + " Do not call it again for the same purpose; ask the person."
SKIPPED = "Not run: a new message from the person arrived first."
WAIT_CANCELLED = "The wait was ended by a new message from the person."


def run_call(
    tools: Mapping[str, Tool],
    call: ToolCallBlock,
    context: ToolContext,
    *,
    began: bool,
    removed: Mapping[str, Removal] = MappingProxyType({}),
) -> ToolResultBlock | Suspension:
    """Produce the call's result. Never raises for what the model or the tool did wrong; RunAborted passes."""
    tool = tools.get(call.name)
    if tool is None and call.name in removed:
        return _error(call, f"{call.name} may not be used here: {removed[call.name].text}.")
    if tool is None:
        known = ", ".join(sorted(tools)) or "none"
        return _error(call, f"There is no tool named {call.name!r}. Available tools: {known}.")
    if call.arguments is None:
        return _error(call, f"The arguments were not a JSON object: {call.raw[:500]!r}. Call the tool again.")
    try:
        outcome: ToolOutcome | Suspension | None
        if began and tool.replay is not ReplayPolicy.SAFE:
            outcome = tool.recover(call.arguments, context) if isinstance(tool, Recovering) else None
        else:
            outcome = tool.run(call.arguments, context)
    except RunAborted:
        raise
    except ToolError as error:
        return _error(call, str(error))
    except OpenClawError as error:
        return _error(call, f"{call.name} failed: {error}")
    except Exception:
        # A stranger's tool may raise anything; the turn goes on, the operator finds it in the log.
        log.exception("tool %s failed unexpectedly", call.name)
        return _error(call, f"{call.name} failed because of an internal error.")
    if outcome is None:
        return _error(call, OUTCOME_UNKNOWN if tool.replay is ReplayPolicy.ASK else DO_NOT_REPEAT)
    if isinstance(outcome, Suspension):
        return outcome
    return ToolResultBlock(call.id, call.name, _cap(outcome.text), outcome.is_error)


def skipped(call: ToolCallBlock) -> ToolResultBlock:
    """The result of a call that a steer made void before it started."""
    return _error(call, SKIPPED)


def waited(call: ToolCallBlock, answer: Mapping[str, object] | None) -> ToolResultBlock:
    """The result of a call that had suspended its run."""
    if answer is None:
        return _error(call, WAIT_CANCELLED)
    text = str(answer.get("text") or answer.get("outcome") or "done")
    return ToolResultBlock(call.id, call.name, _cap(text), bool(answer.get("is_error", False)))


def _error(call: ToolCallBlock, text: str) -> ToolResultBlock:
    return ToolResultBlock(call.id, call.name, text, is_error=True)


def _cap(text: str) -> str:
    if len(text) <= RESULT_CHARS:
        return text
    half = RESULT_CHARS // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half} characters left out …]\n{text[-half:]}"
