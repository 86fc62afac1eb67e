"""The Bot API over HTTP: one call, one answer or one ChannelError.

The token stands in the URL's path, where logs and error messages would show it. It is therefore put there by the
innermost transport only: every URL that the HTTP library logs or keeps in an exception is without it.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx2

from openclaw.channel_kit.http import DESCRIPTION_CHARS, ChannelHttp, answer_object, open_transport
from openclaw.channels.telegram.config import TelegramConfig
from openclaw.channels.telegram.refusals import refusal
from openclaw.errors import ChannelOutcomeUnknown
from openclaw.ports.secrets import Secret

#: The field of the form, and in it the name, the content and the MIME type.
UploadedFile = dict[str, tuple[str, bytes, str]]

#: Where a URL has the token, until it leaves.
_TOKEN_PLACE = "bot*"  # noqa: S105  (a place, no token)


class _TokenTransport(httpx2.BaseTransport):
    """Puts the token into its place in the path on the way out."""

    def __init__(self, token: Secret, proxy: Secret | None) -> None:
        self._token = token
        self._inner = open_transport(proxy)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        token = f"/bot{self._token.reveal()}/".encode()
        path = request.url.raw_path.replace(f"/{_TOKEN_PLACE}/".encode(), token, 1)
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
        self._api_base = config.api_base
        self._http = ChannelHttp(
            "telegram",
            connect_timeout_seconds=config.connect_timeout_seconds,
            read_timeout_seconds=config.read_timeout_seconds,
            secrets=(config.token,),
            transport=_TokenTransport(config.token, config.proxy),
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
        content: dict[str, Any] = {"json": payload} if file is None else {"data": _fields(payload), "files": file}
        url = f"{self._api_base}/{_TOKEN_PLACE}/{method}"
        response = self._http.request("POST", url, what=method, timeout_seconds=timeout_seconds, **content)
        body = answer_object(response)
        if body is not None and body.get("ok") is True and response.status_code == HTTPStatus.OK:
            return body.get("result")
        if response.status_code == HTTPStatus.OK:
            raise ChannelOutcomeUnknown(f"telegram {method}: the answer cannot be read")
        description = self._http.clean(str((body or {}).get("description", "")))[:DESCRIPTION_CHARS]
        raise refusal(method, response.status_code, body or {}, description)

    def download(self, path: str, max_bytes: int) -> bytes:
        """The file behind a path that getFile named.

        Raises ChannelRejected for one that is gone or larger, else ChannelUnreachable or ChannelRateLimited.
        """
        url = f"{self._api_base}/file/{_TOKEN_PLACE}/{quote(path)}"
        return self._http.fetch(url, what="file", max_bytes=max_bytes)

    def close(self) -> None:
        self._http.close()


def _fields(payload: dict[str, Any]) -> dict[str, str]:
    """As a form has it: what is no text is JSON."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in payload.items()}
