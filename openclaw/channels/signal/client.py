"""A signal-cli daemon over HTTP, after signal-cli-jsonrpc(5): one call, one answer or one ChannelError."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from openclaw.channel_kit.http import ChannelHttp, answer_object
from openclaw.channels.signal.config import SignalConfig
from openclaw.channels.signal.refusals import refusal
from openclaw.errors import ChannelOutcomeUnknown, ChannelRejected, ChannelUnreachable

#: What base64 and the object around it add to a file.
_BASE64_GROWTH, _AROUND_BYTES = 4 / 3, 4_096


class SignalClient:
    """Calls the daemon for one number. Thread-safe; keeps its connections."""

    def __init__(self, config: SignalConfig) -> None:
        self._base = config.api_base
        self._account = config.account
        self._silence_seconds = config.silence_seconds
        self._http = ChannelHttp(
            "signal",
            connect_timeout_seconds=config.connect_timeout_seconds,
            read_timeout_seconds=config.read_timeout_seconds,
        )

    def call(
        self,
        method: str,
        params: dict[str, Any] | None = None,
        *,
        repeatable: bool = False,
        timeout_seconds: float | None = None,
    ) -> Any:
        """Call one method for the number, and return its result.

        ``repeatable`` is said of calls that show nobody anything new when they are made twice: they are never of an
        unknown outcome. Raises a ChannelError class.
        """
        try:
            response = self._http.request(
                "POST",
                f"{self._base}/api/v1/rpc",
                what=method,
                timeout_seconds=timeout_seconds,
                json=self._request(method, params or {}),
            )
            if response.status_code != HTTPStatus.OK:
                raise self._http.refusal(method, response, response.reason_phrase)
            return self._result(method, answer_object(response))
        except ChannelOutcomeUnknown as error:
            if repeatable:
                raise ChannelUnreachable(str(error)) from error
            raise

    def attachment(self, params: dict[str, Any], max_bytes: int) -> bytes:
        """What a file that the daemon has fetched holds. Raises a ChannelError class."""
        method = "getAttachment"
        answer = self._http.download(
            f"{self._base}/api/v1/rpc",
            what=method,
            max_bytes=int(max_bytes * _BASE64_GROWTH) + _AROUND_BYTES,
            method="POST",
            json=self._request(method, params),
        )
        try:
            body = json.loads(answer.content)
        except (ValueError, RecursionError):
            body = None
        if answer.status_code != HTTPStatus.OK or not isinstance(body, dict):
            raise ChannelUnreachable(f"signal {method}: {answer.status_code}, the answer cannot be read")
        try:
            result = self._result(method, body)
            content = base64.b64decode(result["data"], validate=True)
        except ChannelOutcomeUnknown as error:
            raise ChannelUnreachable(str(error)) from error
        except (TypeError, KeyError, ValueError, binascii.Error) as error:
            raise ChannelUnreachable(f"signal {method}: the answer holds no file") from error
        if len(content) > max_bytes:
            raise ChannelRejected(f"signal {method}: the file is larger than {max_bytes} bytes")
        return content

    def follow_events(self, take: Callable[[bytes], None]) -> None:
        """Read the stream of events, until it ends; ``take`` is first called with nothing, when it has begun.

        Raises ChannelUnreachable when it breaks or is silent for too long, and ChannelRejected.
        """
        self._http.follow(
            f"{self._base}/api/v1/events",
            take,
            what="events",
            silence_seconds=self._silence_seconds,
            params={"account": self._account},
        )

    def check(self, timeout_seconds: float) -> None:
        """Ask whether the daemon runs. Raises a ChannelError class."""
        url = f"{self._base}/api/v1/check"
        response = self._http.request("GET", url, what="check", timeout_seconds=timeout_seconds)
        if not response.is_success:
            raise self._http.refusal("check", response, response.reason_phrase)

    def close(self) -> None:
        self._http.close()

    def _request(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        # A daemon of one number takes the account too.
        named = {"account": self._account} | params
        return {"jsonrpc": "2.0", "id": uuid.uuid4().hex, "method": method, "params": named}

    def _result(self, method: str, body: dict[str, Any] | None) -> Any:
        if body is None:
            raise ChannelOutcomeUnknown(f"signal {method}: the answer cannot be read")
        error = body.get("error")
        if isinstance(error, dict):
            raise refusal(method, error, str(error.get("message", "")))
        if "result" not in body:
            raise ChannelOutcomeUnknown(f"signal {method}: the answer holds no result")
        return body["result"]
