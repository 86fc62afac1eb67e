"""How a turn ends: one finish request per way of ending."""

from __future__ import annotations

from collections.abc import Callable

from openclaw.domain.run import RunLimits, RunStatus
from openclaw.domain.transcript import ToolResultBlock, assistant_text
from openclaw.errors import BudgetSpent, ConfigError, OpenClawError, ProviderError, RunLimitReached
from openclaw.ports.store import FinishRequest, ReplyChunk, RunChanges

#: Errors that end a turn as failed; anything else is a bug and handled by the runner.
EXPECTED = (ProviderError, ConfigError, RunLimitReached)
#: From the reply's markdown to the rows of the outbox.
PlanReplies = Callable[[str], tuple[ReplyChunk, ...]]

#: Abort reasons that are limits and not wishes: the person is told.
LIMIT_REASONS = {
    "deadline": "This took longer than the time I am allowed for one answer, so I stopped.",
    "no-progress": "The model stopped responding, so I gave up on this answer.",
}
#: The kind of error of a run whose one call failed by itself.
TOOL_ERROR = "tool"
INTERRUPTED = "I was interrupted too often while working on this and stopped. Please ask again."
APOLOGIES = {
    "rate_limit": "The model is rate-limited right now. Please try again in a moment.",
    "overloaded": "The model is overloaded right now. Please try again in a moment.",
    "timeout": "The model did not answer in time. Please try again.",
    "auth": "The model refused our credentials. Please tell whoever runs this assistant.",
    "billing": "The model's account has run out of credit. Please tell whoever runs this assistant.",
    "context_overflow": "This conversation has grown too long for the model. Start a new one with /new.",
    "bad_request": "The model could not process this request.",
    "loop": "I was going in circles without getting anywhere, so I stopped.",
    "model_calls": "This took more steps than I am allowed for one answer, so I stopped.",
    "tool_calls": "This took more steps than I am allowed for one answer, so I stopped.",
    "tokens": "This used up all that one answer may use, so I stopped.",
    "internal": "Something went wrong on our side.",
}


def succeeded(
    text: str,
    changes: RunChanges,
    replies: tuple[ReplyChunk, ...],
    *,
    stop_reason: str,
    provider: str,
    model: str,
    now_ms: int,
) -> FinishRequest:
    """The model has answered."""
    return FinishRequest(
        status=RunStatus.SUCCEEDED,
        stop_reason=stop_reason,
        changes=changes,
        replies=replies,
        provider=provider,
        model=model,
        now_ms=now_ms,
        text=text,
    )


def told(text: str, plan: PlanReplies, now_ms: int) -> FinishRequest:
    """The run did what it was for, and this is what its person hears of it. The conversation does not."""
    return succeeded(text, RunChanges(), plan(text), stop_reason="stop", provider="", model="", now_ms=now_ms)


def called(result: ToolResultBlock, plan: PlanReplies, now_ms: int) -> FinishRequest:
    """The one call that the run consists of has ended."""
    if not result.is_error:
        return told(result.text, plan, now_ms)
    return FinishRequest(
        status=RunStatus.FAILED,
        stop_reason="error",
        changes=RunChanges(),
        replies=plan(result.text),
        error=result.text,
        error_kind=TOOL_ERROR,
        now_ms=now_ms,
    )


def aborted(reason: str, partial: str, plan: PlanReplies, limits: RunLimits, now_ms: int) -> FinishRequest:
    """Someone or a limit ended the turn; what was shown of the answer is kept in the transcript."""
    kept = RunChanges(messages=(assistant_text(partial),)) if partial else RunChanges()
    told = LIMIT_REASONS.get(reason)
    if told is None:
        return FinishRequest(status=RunStatus.ABORTED, stop_reason=reason, changes=kept, now_ms=now_ms, text=partial)
    seconds = limits.total_seconds if reason == "deadline" else limits.no_progress_seconds
    return FinishRequest(
        status=RunStatus.FAILED,
        stop_reason="error",
        changes=kept,
        replies=plan(told),
        error=f"{reason}: the limit is {seconds:g} seconds",
        error_kind="timeout",
        now_ms=now_ms,
        text=partial,
    )


def failed(error: Exception, plan: PlanReplies, now_ms: int, *, provider: str = "", model: str = "") -> FinishRequest:
    """The turn cannot go on. A bug's text stays in the log; the person sees an apology."""
    if isinstance(error, ProviderError):
        kind, text = error.reason, str(error)
    elif isinstance(error, RunLimitReached):
        kind, text = error.limit, str(error)
    else:
        kind = "internal"
        text = str(error) if isinstance(error, OpenClawError) else "internal error"
    return FinishRequest(
        status=RunStatus.FAILED,
        stop_reason="error",
        changes=RunChanges(),
        replies=plan(text if isinstance(error, BudgetSpent) else APOLOGIES[kind]),
        error=text,
        error_kind=kind,
        provider=provider,
        model=model,
        now_ms=now_ms,
    )


def interrupted(plan: PlanReplies, now_ms: int) -> FinishRequest:
    """Its workers died too often without a step of progress."""
    return FinishRequest(
        status=RunStatus.INTERRUPTED,
        stop_reason="error",
        changes=RunChanges(),
        replies=plan(INTERRUPTED),
        error="the run was interrupted too often without progress",
        error_kind="interrupted",
        now_ms=now_ms,
    )
