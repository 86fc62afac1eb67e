"""One app in one workspace: verified requests or a connection in, rendered replies out."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from openclaw.channel_kit.shapes import Malformed, json_object, string
from openclaw.channels.slack.asked import read_command, read_press
from openclaw.channels.slack.client import SlackClient
from openclaw.channels.slack.config import SlackConfig
from openclaw.channels.slack.connect import SocketMode, SocketModeParts
from openclaw.channels.slack.entities import Bot
from openclaw.channels.slack.files import fetch_file, send_file
from openclaw.channels.slack.inbound import Place, authorized_bot, read_event
from openclaw.channels.slack.limits import CONNECT_TIMEOUT_SECONDS
from openclaw.channels.slack.outbound import delete_message, edit_text, react, send_text, show_typing
from openclaw.channels.slack.signatures import RETRY_HEADER, verify
from openclaw.channels.slack.streams import start_stream
from openclaw.domain.envelope import InboundEnvelope, RemoteFile, ReplyRoute
from openclaw.errors import ChannelError, WebhookRejected
from openclaw.ports.channel import (
    OutboundFile,
    Probe,
    Received,
    ReplyStream,
    SendReceipt,
    WebhookAnswer,
    WebhookRequest,
)
from openclaw.ports.channel_connection import Inbox, Tenure

_FORM = "application/x-www-form-urlencoded"
#: To a command or a press any words would be shown as an answer.
_NOTHING_TO_SHOW = WebhookAnswer("", "text/plain")

_log = logging.getLogger(__name__)


class SlackAccount:
    """A configured app. Thread-safe."""

    def __init__(
        self, account_id: str, config: SlackConfig, client: SlackClient, now: Callable[[], float] = time.time
    ) -> None:
        self._account_id = account_id
        self._config = config
        self._client = client
        self._now = now
        self._place = Place(account_id, config.reply_in_thread)
        self._me: Bot | None = None

    @property
    def account_id(self) -> str:
        return self._account_id

    @property
    def keeps_connection(self) -> bool:
        return self._config.mode == "socket"

    @property
    def sends_over_connection(self) -> bool:
        return False

    def receive(self, request: WebhookRequest) -> Received:
        """Verify Slack's signature, then read the request. Raises WebhookRejected with 401, 400 or 503."""
        if self._config.mode != "http" or not self._config.signing_secret:
            raise WebhookRejected("this account takes no requests")
        verify(self._config.signing_secret, request.headers, request.body, self._now)
        if RETRY_HEADER in request.headers:
            _log.info("slack account %s: Slack sends an event again", self._account_id)
        try:
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM:
                return self._asked(_fields(request.body))
            return self._told(json_object(request.body))
        except Malformed as error:
            raise WebhookRejected(f"slack request: {error}", http_status=400) from None
        except ChannelError as error:
            # Sent again a little later, it can be told whether the message speaks to the bot.
            raise WebhookRejected(f"the bot's id cannot be asked for: {error}", http_status=503) from None

    def connect(self, inbox: Inbox, tenure: Tenure) -> None:
        """Hold the connection of Socket Mode. Raises a ChannelError class."""
        parts = SocketModeParts(self._account_id, self._client, self._read, lambda: self._bot().name)
        SocketMode(parts, inbox, tenure).hold()

    def send(self, route: ReplyRoute, markdown: str) -> SendReceipt:
        """Send one chunk as mrkdwn. Raises a ChannelError class."""
        return send_text(self._client, route, markdown)

    def send_with_buttons(self, route: ReplyRoute, markdown: str, buttons: Sequence[tuple[str, str]]) -> SendReceipt:
        """The same with buttons in a row below it. Raises a ChannelError class."""
        return send_text(self._client, route, markdown, buttons)

    def send_file(self, route: ReplyRoute, file: OutboundFile, markdown: str) -> SendReceipt:
        """Upload a file and share it. Raises a ChannelError class."""
        return send_file(self._client, route, file, markdown)

    def fetch_file(self, file: RemoteFile, max_bytes: int) -> bytes:
        """What a file holds. Raises a ChannelError class."""
        return fetch_file(self._client, file, max_bytes, self._config.api_base)

    def edit(self, route: ReplyRoute, message_id: str, markdown: str) -> None:
        """Put another text in a message's place. Raises a ChannelError class."""
        edit_text(self._client, route, message_id, markdown)

    def delete(self, route: ReplyRoute, message_id: str) -> None:
        """Take a message back. Raises a ChannelError class."""
        delete_message(self._client, route, message_id)

    def react(self, route: ReplyRoute, message_id: str, emoji: str, *, remove: bool = False) -> None:
        """Put an emoji to a message, or take it away. Raises a ChannelError class."""
        react(self._client, route, message_id, emoji, remove=remove)

    def start_stream(self, route: ReplyRoute) -> ReplyStream | None:
        """Begin a reply that Slack shows as it grows. Raises a ChannelError class."""
        return start_stream(self._client, route)

    def typing(self, route: ReplyRoute) -> None:
        """Show that the bot writes, in threads only; a failure is only logged."""
        try:
            show_typing(self._client, route)
        except ChannelError as error:
            _log.debug("slack account %s: no typing note: %s", self._account_id, error)

    def probe(self, timeout_seconds: float) -> Probe:
        """Ask Slack who the bot's token is."""
        try:
            me = self._client.call("auth.test", {}, repeatable=True, timeout_seconds=timeout_seconds)
        except ChannelError as error:
            return Probe(ok=False, error=str(error))
        return Probe(ok=True, identity=f"{me.get('user', '')} in {me.get('team', '')}")

    def close(self) -> None:
        self._client.close()

    def _told(self, body: dict[str, Any]) -> Received:
        if string(body, "type") == "url_verification":
            return Received(answer=WebhookAnswer(json.dumps({"challenge": string(body, "challenge")})))
        return Received(self._read("events_api", body))

    def _asked(self, form: Mapping[str, str]) -> Received:
        if "payload" in form:
            return Received(self._read("interactive", json_object(form["payload"])), _NOTHING_TO_SHOW)
        if form.get("ssl_check"):
            return Received(answer=_NOTHING_TO_SHOW)
        return Received(self._read("slash_commands", form), _NOTHING_TO_SHOW)

    def _read(self, kind: str, payload: Mapping[str, Any]) -> tuple[InboundEnvelope, ...]:
        """What a payload says, by the name that Socket Mode has for its kind.

        Raises Malformed, and a ChannelError class when nobody knows who the bot is.
        """
        found: InboundEnvelope | None = None
        if kind == "events_api":
            found = self._event(dict(payload))
        elif kind == "slash_commands":
            found = read_command(payload, self._place, self._config.slash_command)
        elif kind == "interactive":
            found = read_press(dict(payload), self._place)
        return () if found is None else (found,)

    def _event(self, body: dict[str, Any]) -> InboundEnvelope | None:
        kind = string(body, "type")
        if kind == "app_rate_limited":
            _log.warning("slack account %s: Slack holds events back, there were too many", self._account_id)
        return read_event(body, self._place, self._bot_of(body)) if kind == "event_callback" else None

    def _bot_of(self, callback: dict[str, Any]) -> Bot:
        """Who the bot is, as the event says, or else Slack, which is asked once."""
        said = authorized_bot(callback)
        if self._me is None and said:
            return Bot(said)
        return self._bot()

    def _bot(self) -> Bot:
        if self._me is None:
            me = self._client.call("auth.test", {}, repeatable=True, timeout_seconds=CONNECT_TIMEOUT_SECONDS)
            self._me = Bot(str(me.get("user_id") or ""), str(me.get("user") or ""))
        return self._me


def _fields(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=100))
    except ValueError:
        raise Malformed("the body is not a form") from None
