"""A platform's HTTP API: what a failed call means for the message it carried."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx2

from openclaw.errors import (
    ChannelError,
    ChannelOutcomeUnknown,
    ChannelRateLimited,
    ChannelRejected,
    ChannelUnreachable,
    RunAborted,
)
from openclaw.net.connection import InFlight
from openclaw.net.interruptible import InterruptibleTransport
from openclaw.ports.cancel import CancelToken
from openclaw.ports.channel_connection import Tenure
from openclaw.ports.secrets import Secret

#: Failures that come before the first byte of the request has left.
_NOTHING_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
#: Connections of one account, and those kept while nothing is sent.
MAX_CONNECTIONS, MAX_IDLE_CONNECTIONS = 100, 20
#: How much of a platform's own words an error repeats.
DESCRIPTION_CHARS = 300


@dataclass(frozen=True, slots=True)
class Download:
    """What came of reading a file; header names are found whatever their case."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


class ChannelHttp:
    """Calls one platform for one account. Thread-safe; keeps its connections; follows no redirects.

    ``secrets`` are cut out of every error text.
    """

    def __init__(
        self,
        label: str,
        *,
        connect_timeout_seconds: float = 10.0,
        read_timeout_seconds: float = 30.0,
        secrets: tuple[Secret, ...] = (),
        proxy: Secret | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._label = label
        self._secrets = secrets
        self._connect_timeout_seconds = connect_timeout_seconds
        self._http = httpx2.Client(
            transport=transport or open_transport(proxy),
            timeout=httpx2.Timeout(read_timeout_seconds, connect=connect_timeout_seconds),
        )

    def request(
        self, method: str, url: str, *, what: str, timeout_seconds: float | None = None, **options: Any
    ) -> httpx2.Response:
        """Make one call and return its answer, whatever its status. ``what`` names the call in errors.

        ``options`` are the HTTP client's: ``json``, ``data``, ``files``, ``headers``, ``params``, ``content``. Raises
        ChannelUnreachable when the request did not leave, ChannelOutcomeUnknown when no readable answer came.
        """
        timeout = httpx2.USE_CLIENT_DEFAULT if timeout_seconds is None else httpx2.Timeout(timeout_seconds)
        try:
            return self._http.request(method, url, timeout=timeout, **options)
        except _NOTHING_SENT as error:
            raise ChannelUnreachable(f"{self._label} {what}: {self.clean(str(error))}") from error
        except httpx2.HTTPError as error:
            said = f"{type(error).__name__} {self.clean(str(error))}".rstrip()
            raise ChannelOutcomeUnknown(f"{self._label} {what}: no answer ({said})") from error

    def download(
        self,
        url: str,
        *,
        what: str,
        max_bytes: int,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        **options: Any,
    ) -> Download:
        """Read a file, but no more than ``max_bytes`` of it; the content is empty unless the status is a success.

        ``options`` are the HTTP client's. Raises ChannelRejected for a larger one, ChannelUnreachable when it could not
        be read to its end.
        """
        content = bytearray()
        try:
            with self._http.stream(method, url, headers=headers, **options) as response:
                for piece in response.iter_bytes() if response.is_success else ():
                    content += piece
                    if len(content) > max_bytes:
                        raise ChannelRejected(f"{self._label} {what}: it is larger than {max_bytes} bytes")
        except httpx2.HTTPError as error:
            said = f"{type(error).__name__} {self.clean(str(error))}".rstrip()
            raise ChannelUnreachable(f"{self._label} {what}: {said}") from error
        return Download(response.status_code, response.headers, bytes(content))

    def fetch(self, url: str, *, what: str, max_bytes: int, headers: Mapping[str, str] | None = None) -> bytes:
        """What a file holds. Raises as ``download``, and the refusal that an answer without success stands for."""
        answer = self.download(url, what=what, max_bytes=max_bytes, headers=headers)
        if answer.status_code != HTTPStatus.OK:
            raise self.refusal(what, answer, "the file cannot be fetched")
        return answer.content

    def follow(
        self, url: str, take: Callable[[bytes], None], *, what: str, silence_seconds: float, **options: Any
    ) -> None:
        """Read an answer that has no end, or not soon, until it ends after all.

        ``take`` is called with each piece as it comes, and first with nothing, when the answer has begun. Raises
        ChannelUnreachable when it breaks or says nothing for so long, and what ``refusal`` makes of another status.
        """
        timeout = httpx2.Timeout(silence_seconds, connect=self._connect_timeout_seconds)
        try:
            with self._http.stream("GET", url, timeout=timeout, **options) as response:
                if not response.is_success:
                    raise self.refusal(what, response, response.reason_phrase)
                take(b"")
                for piece in response.iter_bytes():
                    take(piece)
        except httpx2.HTTPError as error:
            said = f"{type(error).__name__} {self.clean(str(error))}".rstrip()
            raise ChannelUnreachable(f"{self._label} {what}: {said}") from error

    def refusal(self, what: str, response: httpx2.Response | Download, description: str) -> ChannelError:
        """The error that a status stands for: to wait, to try again, to give up, or not known."""
        status = response.status_code
        message = f"{self._label} {what}: {status} {self.clean(description)[:DESCRIPTION_CHARS]}".rstrip()
        return refusal(status, message, retry_after_seconds(response.headers))

    def clean(self, text: str) -> str:
        """The text without the account's secrets."""
        for secret in self._secrets:
            if secret:
                text = text.replace(secret.reveal(), "***")
        return text

    def close(self) -> None:
        self._http.close()


def open_transport(proxy: Secret | None = None) -> httpx2.BaseTransport:
    """Connections of one account, which ``until_over`` can end."""
    return InterruptibleTransport(
        max_connections=MAX_CONNECTIONS,
        max_idle_connections=MAX_IDLE_CONNECTIONS,
        proxy=proxy.reveal() if proxy else None,
    )


def until_over(tenure: Tenure, work: Callable[[], None]) -> None:
    """Do what asks a platform again and again; its calls end with the tenure, and that is no error.

    Raises a ChannelError class, or Unavailable.
    """
    token = CancelToken()
    tenure.on_over(lambda: token.cancel("stopped"))
    try:
        with InFlight(token) as call, call.sending():
            work()
    except (ChannelError, RunAborted):
        if not tenure.over:
            raise


#: What the next attempt waits when a platform asks to wait without saying how long. Seconds.
DEFAULT_RETRY_AFTER_SECONDS = 5.0


def refusal(status: int, message: str, retry_after: float | None = None) -> ChannelError:
    """The error of an HTTP status that is no success."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = DEFAULT_RETRY_AFTER_SECONDS if retry_after is None else retry_after
        return ChannelRateLimited(message, retry_after_seconds=wait)
    if status == HTTPStatus.GATEWAY_TIMEOUT:
        # Something in between gave up waiting: the message may have reached the chat.
        return ChannelOutcomeUnknown(message)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status < HTTPStatus.BAD_REQUEST:
        return ChannelUnreachable(message)
    return ChannelRejected(message)


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """``Retry-After`` in seconds; ``None`` when it is missing or is a date."""
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def answer_object(response: httpx2.Response) -> dict[str, Any] | None:
    """The JSON object of an answer; ``None`` for anything else."""
    try:
        data = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None
