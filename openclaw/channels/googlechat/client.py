"""The Chat API over HTTP: one call, one answer or one ChannelError."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

import httpx2

from openclaw.channel_kit.http import ChannelHttp, Download, answer_object
from openclaw.channels.googlechat.config import GoogleChatConfig
from openclaw.channels.googlechat.limits import APP_SCOPE, PERSON_SCOPE
from openclaw.channels.googlechat.refusals import refusal
from openclaw.channels.googlechat.tokens import TokenSource
from openclaw.errors import ChannelOutcomeUnknown, ChannelRejected

T = TypeVar("T")


class GoogleChatClient:
    """Calls the API of one app. Thread-safe; keeps its connections and its tokens."""

    def __init__(self, config: GoogleChatConfig, http: ChannelHttp) -> None:
        self._api_base = config.api_base
        self._http = http
        self._app = TokenSource(config, http, APP_SCOPE)
        self._person = TokenSource(config, http, PERSON_SCOPE, config.delegate) if config.delegate else None

    def call(
        self, method: str, path: str, *, what: str, as_person: bool = False, again: bool = False, **options: Any
    ) -> dict[str, Any]:
        """Call a path of the API and return its JSON.

        ``again`` is for calls that Google does only once however often they come: one without an answer is repeated.
        Raises ChannelUnreachable when the request did not leave or the server failed, ChannelOutcomeUnknown when it
        left and no readable answer came, ChannelRateLimited, or ChannelRejected.
        """
        try:
            response = self._ask(method, path, what, as_person, options)
        except ChannelOutcomeUnknown:
            if not again:
                raise
            response = self._ask(method, path, what, as_person, options)
        body = answer_object(response)
        if not response.is_success:
            raise refusal(what, response.status_code, response.headers, body)
        if body is None:
            raise ChannelOutcomeUnknown(f"googlechat {what}: the answer cannot be read")
        return body

    def download(self, path: str, *, what: str, max_bytes: int) -> bytes:
        """What a file holds. Raises ChannelRejected for one that is gone or larger, else a ChannelError class."""

        def read(headers: dict[str, str]) -> Download:
            return self._http.download(f"{self._api_base}{path}", what=what, max_bytes=max_bytes, headers=headers)

        found = _with_token(self._app, read, lambda answer: answer.status_code)
        if found.status_code != HTTPStatus.OK:
            raise refusal(what, found.status_code, found.headers, None)
        return found.content

    def _ask(self, method: str, path: str, what: str, as_person: bool, options: dict[str, Any]) -> httpx2.Response:
        def make(headers: dict[str, str]) -> httpx2.Response:
            given = options | {"headers": options.get("headers", {}) | headers}
            return self._http.request(method, f"{self._api_base}{path}", what=what, **given)

        return _with_token(self._source(as_person), make, lambda answer: answer.status_code)

    def _source(self, as_person: bool) -> TokenSource:
        if not as_person:
            return self._app
        if self._person is None:
            raise ChannelRejected("googlechat: this needs a person whom the app may act for (delegate)")
        return self._person


def _with_token(source: TokenSource, make: Callable[[dict[str, str]], T], status: Callable[[T], int]) -> T:
    """Make a call with a token, and once more with a new one when Google does not take it."""
    token = source.token()
    answer = make({"Authorization": f"Bearer {token.reveal()}"})
    if status(answer) == HTTPStatus.UNAUTHORIZED:
        source.forget(token)
        answer = make({"Authorization": f"Bearer {source.token().reveal()}"})
    return answer
