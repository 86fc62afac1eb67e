"""The one tree of errors.

::

    OpenClawError
    ├── ConfigError              the operator's file or environment is wrong
    ├── InvalidRequest           the caller sent something malformed
    │   └── UnknownAgent
    ├── Forbidden                the caller may not do this
    ├── NotFound
    ├── Unavailable              try again later
    │   ├── StoreUnavailable     the database does not answer
    │   ├── RedisUnavailable     Redis does not answer
    │   ├── Busy                 a lane has as much work as it may hold
    │   └── Draining             this process is shutting down
    ├── StaleFence               another holder has claimed the lane since
    ├── LanesRolledBack          Redis has forgotten grants that SQL has seen
    ├── RunAborted               a person, an interrupt or a deadline ended the run
    ├── ProviderError            a model vendor's failure, one class per reason
    │   ├── RateLimited  AuthFailed  BillingFailed  Overloaded
    │   └── ProviderTimeout  ContextOverflow  BadModelRequest
    ├── ToolError                shown to the model, never fatal
    └── ChannelError
        ├── ChannelRateLimited   retry after the given seconds
        ├── ChannelUnreachable   retry later, nothing was sent
        ├── ChannelOutcomeUnknown  the request left, the answer never came
        ├── ChannelRejected      permanent: retrying cannot help
        └── WebhookRejected      a webhook that failed its verification

Every class says whether trying again can help (``retryable``), whose fault it is
(``fault``) and the code a client sees on the wire (``wire_code``).
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

Fault = Literal["caller", "operator", "vendor", "us"]


class OpenClawError(Exception):
    """Something OpenClaw can name went wrong."""

    retryable: ClassVar[bool] = False
    fault: ClassVar[Fault] = "us"
    wire_code: ClassVar[str] = "UNAVAILABLE"

    def __init__(
        self,
        message: str = "",
        *,
        details: dict[str, Any] | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message or (self.__doc__ or "").strip().splitlines()[0])
        self.details = details
        self.retry_after_seconds = retry_after_seconds


class ConfigError(OpenClawError):
    """The configuration cannot be used."""

    fault = "operator"
    wire_code = "INVALID_REQUEST"


class InvalidRequest(OpenClawError):
    """The request is malformed."""

    fault = "caller"
    wire_code = "INVALID_REQUEST"


class UnknownAgent(InvalidRequest):
    """No agent with this id is configured."""


class Forbidden(OpenClawError):
    """The caller lacks the permission."""

    fault = "caller"
    wire_code = "FORBIDDEN"


class NotFound(OpenClawError):
    """There is no such thing."""

    fault = "caller"
    wire_code = "INVALID_REQUEST"


class Unavailable(OpenClawError):
    """A part is away; try again later."""

    retryable = True


class StoreUnavailable(Unavailable):
    """The database does not answer."""


class RedisUnavailable(Unavailable):
    """Redis does not answer."""


class Busy(Unavailable):
    """The lane holds as much work as it may; try again later."""

    fault = "caller"


class Draining(Unavailable):
    """This process is shutting down."""


class StaleFence(OpenClawError):
    """Another holder has claimed the lane; this one may write nothing."""


class LanesRolledBack(OpenClawError):
    """Redis handed out a fence that SQL has already seen: it lost its last writes."""

    retryable = True


class RunAborted(OpenClawError):
    """The run was aborted."""

    fault = "caller"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the run was aborted: {reason}")
        #: One of ``rpc``, ``interrupt``, ``stop``, ``disconnect``, ``deadline``, ``no-progress``, ``drain``, ``fence``.
        self.reason = reason


class RunLimitReached(OpenClawError):
    """The run used up what one run may use, or went in circles."""

    fault: ClassVar[Fault] = "caller"

    def __init__(self, limit: str, message: str) -> None:
        super().__init__(message)
        #: One of ``loop``, ``model_calls``, ``tool_calls``, ``tokens``.
        self.limit = limit


class BudgetSpent(RunLimitReached):
    """A budget is used up. The text is for the person."""

    def __init__(self, message: str) -> None:
        super().__init__("budget", message)


class BudgetBusy(OpenClawError):
    """Calls in flight hold what is left of a budget; when they are settled there may be enough."""

    retryable = True


class ProviderError(OpenClawError):
    """A model vendor refused or failed."""

    fault: ClassVar[Fault] = "vendor"
    #: One of the seven kinds.
    reason: str = "bad_request"

    def __init__(
        self,
        message: str = "",
        *,
        http_status: int | None = None,
        retry_after_seconds: float | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message, details=details, retry_after_seconds=retry_after_seconds)
        self.http_status = http_status


class RateLimited(ProviderError):
    """The vendor's rate limit was hit."""

    retryable = True
    reason = "rate_limit"


class AuthFailed(ProviderError):
    """The vendor refused the credential."""

    fault = "operator"
    reason = "auth"


class BillingFailed(ProviderError):
    """The vendor's account has no credit."""

    fault = "operator"
    reason = "billing"


class Overloaded(ProviderError):
    """The vendor is overloaded or failing."""

    retryable = True
    reason = "overloaded"


class ProviderTimeout(ProviderError):
    """The vendor did not answer in time, or broke the connection off."""

    retryable = True
    reason = "timeout"


class ModelsResting(ProviderError):
    """Every model that could answer is left alone for a while, so none was asked. ``reason`` is that of the rest."""

    retryable = True

    def __init__(self, message: str = "", *, until_ms: int = 0, reason: str = "overloaded") -> None:
        super().__init__(message)
        self.reason = reason
        #: When the first of them may be asked again, in milliseconds since the epoch.
        self.until_ms = until_ms


class ContextOverflow(ProviderError):
    """The prompt does not fit the model's context window."""

    reason = "context_overflow"


class BadModelRequest(ProviderError):
    """The vendor says the request is wrong."""

    reason = "bad_request"


class ToolError(OpenClawError):
    """A tool could not do its work; the model sees why."""


class SpeechFailed(OpenClawError):
    """Nobody could make words into sound."""


class ChannelError(OpenClawError):
    """A channel could not do its work."""

    fault: ClassVar[Fault] = "vendor"


class ChannelRateLimited(ChannelError):
    """The platform asks to wait."""

    retryable = True


class ChannelUnreachable(ChannelError):
    """The platform did not take the request; nothing was sent."""

    retryable = True


class ChannelOutcomeUnknown(ChannelError):
    """The request left and no answer came: it may have been sent."""


class ChannelRejected(ChannelError):
    """The platform refuses for good."""


class WebhookRejected(ChannelError):
    """A webhook call failed its verification or cannot be read."""

    fault = "caller"
    wire_code = "FORBIDDEN"
    #: HTTP status for the caller: 401 for a wrong secret, 400 for an unreadable body.
    http_status: int = 401

    def __init__(self, message: str = "", *, http_status: int = 401) -> None:
        super().__init__(message)
        self.http_status = http_status
