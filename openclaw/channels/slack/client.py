"""Slack's Web API by its own SDK: one call, one answer or one ChannelError.

The SDK repeats calls whose connection broke, which could post a message twice, and logs what it sends: both are off.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, Literal
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from openclaw.channel_kit.http import ChannelHttp, Download, retry_after_seconds
from openclaw.channels.slack.config import SlackConfig
from openclaw.channels.slack.refusals import refusal
from openclaw.errors import ChannelError, ChannelOutcomeUnknown, ChannelUnreachable
from openclaw.ports.secrets import Secret

Speaker = Literal["bot", "app"]

#: The SDK writes whole requests and answers into its log, among them addresses that let their reader connect. What
#: goes wrong is raised, and whoever catches it logs it.
QUIET = logging.getLogger(f"{__name__}.sdk")
QUIET.setLevel(logging.CRITICAL + 1)


class SlackClient:
    """Calls methods for one app. Thread-safe."""

    def __init__(self, config: SlackConfig) -> None:
        self._config = config
        tokens = (config.bot_token, *([config.app_token] if config.app_token else []))
        self._http = ChannelHttp(
            "slack", read_timeout_seconds=config.read_timeout_seconds, secrets=tokens, proxy=config.proxy
        )

    def call(
        self,
        method: str,
        payload: dict[str, Any],
        *,
        repeatable: bool = False,
        speaker: Speaker = "bot",
        timeout_seconds: float | None = None,
    ) -> dict[str, Any]:
        """Call one method and return its answer.

        ``repeatable`` is said of calls that show nobody anything: they are never of an unknown outcome. Raises
        ChannelUnreachable, ChannelOutcomeUnknown, ChannelRateLimited or SlackRefused.
        """
        try:
            return self._ask(method, payload, speaker, timeout_seconds or self._config.read_timeout_seconds)
        except ChannelOutcomeUnknown as error:
            if repeatable:
                raise ChannelUnreachable(str(error)) from error
            raise

    def upload(self, url: str, content: bytes) -> None:
        """Put a file where ``files.getUploadURLExternal`` said. Raises a ChannelError class."""
        headers = {"content-type": "application/octet-stream"}
        try:
            response = self._http.request("POST", url, what="upload", content=content, headers=headers)
        except ChannelOutcomeUnknown as error:
            # Nobody sees a file before it is completed.
            raise ChannelUnreachable(str(error)) from error
        if not response.is_success:
            raise self._http.refusal("upload", response, response.reason_phrase)

    def download(self, url: str, max_bytes: int) -> Download:
        """Read a file with the bot's token, following nothing. Raises a ChannelError class."""
        headers = {"authorization": f"Bearer {self._config.bot_token.reveal()}"}
        return self._http.download(url, what="file", max_bytes=max_bytes, headers=headers)

    @property
    def proxy(self) -> str | None:
        """What the SDK goes through: the account's, or else the environment's."""
        return self._web("bot", self._config.read_timeout_seconds).proxy

    def close(self) -> None:
        self._http.close()

    def _ask(self, method: str, payload: dict[str, Any], speaker: Speaker, timeout_seconds: float) -> dict[str, Any]:
        # Slack takes JSON everywhere but for files.
        form = method.startswith("files.")
        web = self._web(speaker, timeout_seconds)
        try:
            answer = web.api_call(method, params=payload if form else None, json=None if form else payload).data
        except SlackApiError as error:
            raise _refusal_of(method, error.response, self._http) from None
        except URLError as error:
            raise ChannelUnreachable(f"slack {method}: {self._http.clean(str(error.reason))}") from error
        except (OSError, HTTPException) as error:
            said = f"{type(error).__name__} {self._http.clean(str(error))}".rstrip()
            raise ChannelOutcomeUnknown(f"slack {method}: no answer ({said})") from error
        except (AttributeError, ValueError, RecursionError) as error:
            # What the SDK stumbles over when the answer is not an object.
            raise ChannelOutcomeUnknown(f"slack {method}: the answer cannot be read") from error
        if not isinstance(answer, dict):
            raise ChannelOutcomeUnknown(f"slack {method}: the answer cannot be read")
        return answer

    def _web(self, speaker: Speaker, timeout_seconds: float) -> WebClient:
        token: Secret | None = self._config.bot_token if speaker == "bot" else self._config.app_token
        return WebClient(
            token.reveal() if token else None,
            base_url=f"{self._config.api_base}/",
            timeout=timeout_seconds,  # type: ignore[arg-type]  # the socket below takes fractions
            proxy=self._config.proxy.reveal() if self._config.proxy else None,
            logger=QUIET,
            retry_handlers=[],
        )


def _refusal_of(method: str, response: SlackResponse, http: ChannelHttp) -> ChannelError:
    status = response.status_code
    answer = response.data if isinstance(response.data, dict) else {}
    code = str(answer.get("error", ""))
    if " " in code:
        # No word of Slack's, but what the SDK says of an answer that is no JSON.
        code = ""
    if status == HTTPStatus.OK and not code:
        return ChannelOutcomeUnknown(f"slack {method}: the answer cannot be read")
    headers = {name.lower(): value for name, value in response.headers.items()}
    needed = http.clean(str(answer.get("needed", "")))
    return refusal(method, status, http.clean(code), retry_after=retry_after_seconds(headers), needed=needed)
