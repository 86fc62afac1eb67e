"""The failures that ``[[fail:…]]`` and scripts can ask for, by the reason of their class."""

from __future__ import annotations

from openclaw.errors import (
    AuthFailed,
    BadModelRequest,
    BillingFailed,
    ContextOverflow,
    Overloaded,
    ProviderError,
    ProviderTimeout,
    RateLimited,
)

BY_REASON: dict[str, type[ProviderError]] = {
    kind.reason: kind
    for kind in (
        RateLimited,
        AuthFailed,
        BillingFailed,
        Overloaded,
        ProviderTimeout,
        ContextOverflow,
        BadModelRequest,
    )
}


def requested_failure(reason: str) -> ProviderError:
    """Build the error; an unknown reason is a bad request of its own."""
    kind = BY_REASON.get(reason)
    if kind is None:
        return BadModelRequest(f"[[fail:{reason}]]: expected one of {', '.join(BY_REASON)}")
    return kind(
        f"the message asked for this failure: {reason}", retry_after_seconds=1.0 if kind is RateLimited else None
    )
