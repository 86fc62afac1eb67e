"""Discord's REST API: one call, one answer or one ChannelError."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from openclaw.channel_kit.http import DESCRIPTION_CHARS, ChannelHttp, answer_object
from openclaw.channels.discord.config import DiscordConfig
from openclaw.channels.discord.limits import CDN_HOSTS
from openclaw.channels.discord.refusals import description, refusal
from openclaw.errors import ChannelOutcomeUnknown, ChannelRejected
from openclaw.ports.channel import OutboundFile

#: Discord asks for this form, and blocks others (reference, "User Agent").
USER_AGENT = "DiscordBot (https://openclaw.ai, 1)"


class DiscordClient:
    """Calls of one bot. Thread-safe; keeps its connections."""

    def __init__(self, config: DiscordConfig) -> None:
        self._api_base = config.api_base
        self._token = config.token
        self._http = ChannelHttp(
            "discord",
            connect_timeout_seconds=config.connect_timeout_seconds,
            read_timeout_seconds=config.read_timeout_seconds,
            secrets=(config.token,),
            proxy=config.proxy,
        )

    def call(
        self,
        method: str,
        path: str,
        payload: Any = None,
        *,
        file: OutboundFile | None = None,
        timeout_seconds: float | None = None,
    ) -> Any:
        """Make one call and return what its answer holds; an empty object where it holds nothing.

        Raises ChannelUnreachable when nothing was sent or the server failed, ChannelOutcomeUnknown when the call left
        and no readable answer came, ChannelRateLimited, or DiscordRefused.
        """
        what = f"{method} {path}"
        options: dict[str, Any] = {}
        if file is not None:
            form = ("payload_json", (None, json.dumps(payload).encode(), "application/json"))
            options["files"] = [form, ("files[0]", (file.name, file.content, file.mime))]
        elif payload is not None:
            options["json"] = payload
        response = self._http.request(
            method,
            self._api_base + path,
            what=what,
            timeout_seconds=timeout_seconds,
            headers={"authorization": f"Bot {self._token.reveal()}", "user-agent": USER_AGENT},
            **options,
        )
        if response.status_code == HTTPStatus.NO_CONTENT:
            return {}
        if response.is_success:
            return self._content(what, response.content)
        body = answer_object(response) or {}
        words = self._http.clean(description(body))[:DESCRIPTION_CHARS]
        raise refusal(
            response.status_code, response.headers, body, f"discord {what}: {response.status_code} {words}".rstrip()
        )

    def download(self, url: str, max_bytes: int) -> bytes:
        """A file from where Discord keeps them, without the token. Raises ChannelRejected, or another ChannelError."""
        try:
            address = urlsplit(url)
        except ValueError:
            raise ChannelRejected("discord: a file's address is none") from None
        own = urlsplit(self._api_base)
        at_cdn = address.scheme == "https" and address.netloc in CDN_HOSTS
        if not at_cdn and (address.scheme, address.netloc) != (own.scheme, own.netloc):
            raise ChannelRejected("discord: the file lies elsewhere than with Discord")
        return self._http.fetch(url, what="file", max_bytes=max_bytes, headers={"user-agent": USER_AGENT})

    def close(self) -> None:
        self._http.close()

    def _content(self, what: str, content: bytes) -> Any:
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise ChannelOutcomeUnknown(f"discord {what}: the answer cannot be read") from None
