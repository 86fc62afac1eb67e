"""One app: verified events in, rendered replies out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from uuid import uuid4

from openclaw.channel_kit.http import ChannelHttp, open_transport
from openclaw.channel_kit.shapes import Malformed, json_object
from openclaw.channels.googlechat.client import GoogleChatClient
from openclaw.channels.googlechat.config import GoogleChatConfig
from openclaw.channels.googlechat.events import read_event
from openclaw.channels.googlechat.inbound import read_envelope
from openclaw.channels.googlechat.outbound import delete_message, download, edit_text, send_file, send_text
from openclaw.channels.googlechat.refusals import Gone
from openclaw.channels.googlechat.tokens import read_key
from openclaw.channels.googlechat.verify import CallVerifier
from openclaw.domain.envelope import RemoteFile, ReplyRoute
from openclaw.errors import ChannelError, WebhookRejected
from openclaw.ports.channel import OutboundFile, Probe, Received, SendReceipt, WebhookAnswer, WebhookRequest

#: An empty object: the reply comes by the API, whenever it is ready.
_NOTHING_YET = WebhookAnswer("{}")
_log = logging.getLogger(__name__)


class GoogleChatAccount:
    """A configured app. Thread-safe."""

    def __init__(self, account_id: str, config: GoogleChatConfig) -> None:
        self._account_id = account_id
        self._config = config
        self._http = ChannelHttp(
            "googlechat",
            connect_timeout_seconds=config.connect_timeout_seconds,
            read_timeout_seconds=config.read_timeout_seconds,
            transport=open_transport(config.proxy),
        )
        self._verifier = CallVerifier(config, self._http)
        self._client = GoogleChatClient(config, self._http)
        self.message_key = ""

    @property
    def account_id(self) -> str:
        return self._account_id

    def receive(self, request: WebhookRequest) -> Received:
        """Verify the token, then read the event. Raises WebhookRejected with 401, 400 or 503."""
        self._verifier.verify(request.headers.get("authorization", ""))
        try:
            event = read_event(json_object(request.body))
            if event is None:
                return Received(answer=_NOTHING_YET)
            thread_sessions = self._config.thread_sessions
            envelope = read_envelope(event, self._account_id, thread_sessions=thread_sessions)
        except Malformed as error:
            raise WebhookRejected(f"googlechat event: {error}", http_status=400) from None
        if event.kind in ("added", "removed"):
            _log.info("googlechat account %s was %s: %s", self._account_id, event.kind, event.space.get("name"))
        return Received(() if envelope is None else (envelope,), _NOTHING_YET)

    def keyed(self, key: str) -> GoogleChatAccount:
        """The same account, asking for one message under this key however often it asks."""
        account = copy(self)
        account.message_key = key
        return account

    def send(self, route: ReplyRoute, markdown: str) -> SendReceipt:
        """Create one message. Raises a ChannelError class."""
        return send_text(self._client, self._config, route, markdown, request_id=self._request_id())

    def send_with_buttons(self, route: ReplyRoute, markdown: str, buttons: Sequence[tuple[str, str]]) -> SendReceipt:
        """The same with a card of buttons below it. Raises a ChannelError class."""
        return send_text(self._client, self._config, route, markdown, buttons, request_id=self._request_id())

    def send_file(self, route: ReplyRoute, file: OutboundFile, markdown: str) -> SendReceipt:
        """Send a file as the person whom the app may act for; without one, say that there is a file."""
        return send_file(self._client, self._config, route, file, markdown, request_id=self._request_id())

    def fetch_file(self, file: RemoteFile, max_bytes: int) -> bytes:
        """What a file of a message holds. Raises a ChannelError class."""
        return download(self._client, file, max_bytes)

    def edit(self, route: ReplyRoute, message_id: str, markdown: str) -> None:
        """Put this text in place of a message's own. Raises a ChannelError class."""
        del route
        edit_text(self._client, message_id, markdown)

    def delete(self, route: ReplyRoute, message_id: str) -> None:
        """Take back a message of ours; one that is gone is no error. Raises a ChannelError class."""
        del route
        with suppress(Gone):
            delete_message(self._client, message_id)

    def typing(self, route: ReplyRoute) -> None:
        """Google Chat shows nobody that an app writes."""

    def probe(self, timeout_seconds: float) -> Probe:
        """Whether Google takes the service account's key, and lets the app list where it is."""
        try:
            self._client.call(
                "GET", "/v1/spaces", what="probe", params={"pageSize": 1}, timeout_seconds=timeout_seconds
            )
            return Probe(ok=True, identity=str(read_key(self._config)["client_email"]))
        except ChannelError as error:
            return Probe(ok=False, error=str(error))

    def close(self) -> None:
        self._http.close()

    def _request_id(self) -> str:
        return self.message_key or str(uuid4())
