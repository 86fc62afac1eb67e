"""The SDK's exceptions as ours."""

from __future__ import annotations

import anthropic
import httpx2

from openclaw.errors import BadModelRequest, ProviderError, ProviderTimeout
from openclaw.providers.vendor_errors import Redactor, VendorFailure, to_error


def translate(provider: str, error: Exception, redactor: Redactor) -> ProviderError | None:
    """Say what an exception of the SDK or its HTTP client means; ``None`` for one that is neither's."""
    match error:
        case anthropic.APIStatusError():
            failure = VendorFailure.read(error.body, error.status_code, error.response.headers)
            return to_error(provider, failure, redactor)
        case anthropic.APITimeoutError() | httpx2.TimeoutException():
            return ProviderTimeout(f"{provider}: no answer in time")
        case anthropic.APIConnectionError() | httpx2.TransportError():
            return ProviderTimeout(f"{provider}: the connection failed or broke off")
        case anthropic.AnthropicError() | httpx2.HTTPError():
            return BadModelRequest(f"{provider}: {redactor.clean(str(error))}")
    return None
