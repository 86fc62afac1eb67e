"""The SDK's exceptions as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import openai

from openclaw.errors import BadModelRequest, ProviderError, ProviderTimeout
from openclaw.providers.vendor_errors import Redactor, VendorFailure, to_error


def translate(provider: str, error: Exception, redactor: Redactor) -> ProviderError | None:
    """Say what an exception of the SDK or its HTTP client means; ``None`` for one that is neither's."""
    match error:
        case openai.APIStatusError():
            failure = VendorFailure.read(error.body, error.status_code, error.response.headers)
            return to_error(provider, failure, redactor)
        case openai.APITimeoutError() | httpx2.TimeoutException():
            return ProviderTimeout(f"{provider}: no answer in time")
        case openai.APIConnectionError() | httpx2.TransportError():
            return ProviderTimeout(f"{provider}: the connection failed or broke off")
        case openai.OpenAIError() | httpx2.HTTPError():
            return BadModelRequest(f"{provider}: {redactor.clean(str(error))}")
    return None


@contextmanager
def translated(provider: str, redactor: Redactor) -> Iterator[None]:
    """Raise what an exception of the SDK means in its place; others pass."""
    try:
        yield
    except Exception as error:
        known = translate(provider, error, redactor)
        if known is None:
            raise
        raise known from None
