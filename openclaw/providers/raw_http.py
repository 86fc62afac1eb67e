"""Vendors without an SDK of use here: one JSON request, one streamed answer, errors as ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import httpx2

from openclaw.errors import BadModelRequest, ProviderError, ProviderTimeout
from openclaw.providers.vendor_errors import Redactor, VendorFailure, to_error


def send(
    client: httpx2.Client,
    url: str,
    content: bytes,
    headers: Mapping[str, str],
    timeout: httpx2.Timeout,
) -> httpx2.Response:
    """Post JSON and give the answer with its body yet to be read. Raises httpx2.HTTPStatusError for a refusal."""
    request = client.build_request(
        "POST", url, content=content, headers={"content-type": "application/json", **headers}, timeout=timeout
    )
    response = client.send(request, stream=True)
    if response.status_code != HTTPStatus.OK:
        try:
            response.read()
        finally:
            response.close()
        raise httpx2.HTTPStatusError(f"HTTP {response.status_code}", request=request, response=response)
    return response


def to_bytes(body: Mapping[str, Any]) -> bytes:
    """A body as it is sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def translate(provider: str, error: Exception, redactor: Redactor) -> ProviderError | None:
    """Say what an exception of the HTTP client means; ``None`` for one that is not its."""
    match error:
        case httpx2.HTTPStatusError():
            failure = VendorFailure.read(_json(error.response), error.response.status_code, error.response.headers)
            return to_error(provider, failure, redactor)
        case httpx2.TimeoutException():
            return ProviderTimeout(f"{provider}: no answer in time")
        case httpx2.TransportError():
            return ProviderTimeout(f"{provider}: the connection failed or broke off")
        case httpx2.HTTPError() | httpx2.InvalidURL():
            return BadModelRequest(f"{provider}: {redactor.clean(str(error))}")
    return None


def _json(response: httpx2.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return response.text
