"""The Graph API over HTTP: one call, one answer or one ChannelError. The token travels in a header."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx2

from openclaw.channel_kit.http import DESCRIPTION_CHARS, ChannelHttp, answer_object, retry_after_seconds
from openclaw.channels.whatsapp.config import CloudConfig
from openclaw.channels.whatsapp.refusals import refusal
from openclaw.errors import ChannelOutcomeUnknown, ChannelRejected, ChannelUnreachable

#: Where Meta keeps files that people send. The token is sent to no other host but the API's own.
_MEDIA_DOMAINS = (".fbsbx.com", ".facebook.com", ".fbcdn.net", ".whatsapp.net")


class GraphClient:
    """Calls the Graph API for one number. Thread-safe; keeps its connections."""

    def __init__(self, config: CloudConfig) -> None:
        self._base = config.api_base
        self._root = f"{config.api_base}/{config.api_version}"
        self._number = config.phone_number_id
        self._token = config.access_token
        self._http = ChannelHttp(
            "whatsapp",
            connect_timeout_seconds=config.connect_timeout_seconds,
            read_timeout_seconds=config.read_timeout_seconds,
            secrets=(config.access_token, config.app_secret, config.verify_token),
            proxy=config.proxy,
        )

    def post(self, edge: str, *, timeout_seconds: float | None = None, **options: Any) -> dict[str, Any]:
        """Post to an edge of the number, such as ``messages``. Raises a ChannelError class.

        ``options`` are the HTTP client's.
        """
        return self._call("POST", f"{self._root}/{self._number}/{edge}", edge, timeout_seconds, options)

    def get(self, path: str, *, timeout_seconds: float | None = None, **options: Any) -> dict[str, Any]:
        """Read an object by its id; the number itself where ``path`` is empty. Raises a ChannelError class."""
        url = f"{self._root}/{quote(path, safe='') or self._number}"
        try:
            return self._call("GET", url, "media" if path else "number", timeout_seconds, options)
        except ChannelOutcomeUnknown as error:
            # To read again does no harm.
            raise ChannelUnreachable(str(error)) from error

    def download(self, url: str, max_bytes: int) -> bytes:
        """What a file of a person's message holds. Raises a ChannelError class."""
        if not self._is_metas(url):
            raise ChannelRejected("whatsapp media: the file is on a host that is not Meta's")
        return self._http.fetch(url, what="media", max_bytes=max_bytes, headers=self._headers())

    def close(self) -> None:
        self._http.close()

    def _call(
        self, method: str, url: str, what: str, timeout_seconds: float | None, options: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The answer's object.

        Raises ChannelUnreachable when the request did not leave or the server failed, ChannelOutcomeUnknown when it
        left and no readable answer came, ChannelRateLimited, or ChannelRejected.
        """
        response = self._http.request(
            method, url, what=what, timeout_seconds=timeout_seconds, headers=self._headers(), **options
        )
        body = answer_object(response)
        if response.status_code == HTTPStatus.OK:
            if body is None:
                raise ChannelOutcomeUnknown(f"whatsapp {what}: the answer cannot be read")
            return body
        given = (body or {}).get("error")
        error: dict[str, Any] = given if isinstance(given, dict) else {}
        words = self._http.clean(_words(error))[:DESCRIPTION_CHARS]
        raise refusal(what, response.status_code, error, words, retry_after_seconds(response.headers))

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token.reveal()}"}

    def _is_metas(self, url: str) -> bool:
        try:
            parts, base = httpx2.URL(url), httpx2.URL(self._base)
        except httpx2.InvalidURL:
            return False
        if (parts.scheme, parts.host, parts.port) == (base.scheme, base.host, base.port):
            return True
        return parts.scheme == "https" and not parts.userinfo and f".{parts.host}".endswith(_MEDIA_DOMAINS)


def _words(error: Mapping[str, Any]) -> str:
    """What Meta says; ``details`` is what it asks programs to show."""
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    said = [str(each) for each in (error.get("message"), details) if each]
    return ": ".join(dict.fromkeys(said))
