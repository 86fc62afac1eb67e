"""The Bot API over HTTP: one call, one answer or one ChannelError.

The token stands in the URL's path, where logs and error messages would show it. It is therefore put there by the
innermost transport only: every URL that the HTTP library logs or keeps in an exception is without it.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import httpx2

from openclaw.channels.telegram.config import TelegramConfig
from openclaw.channels.telegram.refusals import refusal
from openclaw.errors import ChannelOutcomeUnknown, ChannelUnreachable
from openclaw.ports.secrets import Secret

#: Failures that come before the first byte of the request has left.
_NOTHING_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
_DESCRIPTION_CHARS = 300


#: The field of the form, and in it the name, the content and the MIME type.
UploadedFile = dict[str, tuple[str, bytes, str]]


class _TokenTransport(httpx2.BaseTransport):
    """Puts the token into the path on the way out."""

    def __init__(self, token: Secret, proxy: Secret | None) -> None:
        self._token = token
        self._inner = httpx2.HTTPTransport(proxy=proxy.reveal() if proxy else None)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        base, _, method = request.url.raw_path.rpartition(b"/")
        path = base + b"/bot" + self._token.reveal().encode() + b"/" + method
        return self._inner.handle_request(
            httpx2.Request(
                request.method,
                request.url.copy_with(raw_path=path),
                headers=request.headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        )

    def close(self) -> None:
        self._inner.close()


class TelegramClient:
    """Calls methods of one bot. Thread-safe; keeps its connections."""

    def __init__(self, config: TelegramConfig) -> None:
        self._token = config.token
        self._api_base = config.api_base
        self._http = httpx2.Client(
            transport=_TokenTransport(config.token, config.proxy),
            timeout=httpx2.Timeout(config.read_timeout_seconds, connect=config.connect_timeout_seconds),
        )

    def call(
        self,
        method: str,
        payload: dict[str, Any],
        *,
        timeout_seconds: float | None = None,
        file: UploadedFile | None = None,
    ) -> Any:
        """Call one method and return its ``result``; a file goes along as a form.

        Raises ChannelUnreachable when the request did not leave or the server failed, ChannelOutcomeUnknown when it
        left and no readable answer came, ChannelRateLimited, or ChannelRejected.
        """
        timeout = httpx2.USE_CLIENT_DEFAULT if timeout_seconds is None else httpx2.Timeout(timeout_seconds)
        try:
            if file is None:
                response = self._http.post(f"{self._api_base}/{method}", json=payload, timeout=timeout)
            else:
                response = self._http.post(f"{self._api_base}/{method}", data=_fields(payload), files=file)
        except _NOTHING_SENT as error:
            raise ChannelUnreachable(f"telegram {method}: {self._clean(str(error))}") from error
        except httpx2.HTTPError as error:
            what = f"{type(error).__name__} {self._clean(str(error))}".rstrip()
            raise ChannelOutcomeUnknown(f"telegram {method}: no answer ({what})") from error
        body = _object(response.content)
        if body is not None and body.get("ok") is True and response.status_code == HTTPStatus.OK:
            return body.get("result")
        if response.status_code == HTTPStatus.OK:
            raise ChannelOutcomeUnknown(f"telegram {method}: the answer cannot be read")
        description = self._clean(str((body or {}).get("description", "")))[:_DESCRIPTION_CHARS]
        raise refusal(method, response.status_code, body or {}, description)

    def close(self) -> None:
        self._http.close()

    def _clean(self, text: str) -> str:
        return text.replace(self._token.reveal(), "***")


def _fields(payload: dict[str, Any]) -> dict[str, str]:
    """As a form has it: what is no text is JSON."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in payload.items()}


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None
