"""One bot: verified webhooks in, rendered replies out."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Any

from openclaw.channel_kit.shapes import Malformed, json_object
from openclaw.channels.telegram.client import TelegramClient
from openclaw.channels.telegram.config import TelegramConfig
from openclaw.channels.telegram.connect import poll_updates
from openclaw.channels.telegram.files import fetch_file
from openclaw.channels.telegram.inbound import migration, pressed_button, read_update
from openclaw.channels.telegram.mentions import Bot, names_somebody
from openclaw.channels.telegram.outbound import (
    delete_message,
    edit_text,
    send_file,
    send_text,
    send_typing,
    set_reaction,
)
from openclaw.channels.telegram.reactions import read_reactions
from openclaw.channels.telegram.webhook import probe, set_webhook
from openclaw.domain.envelope import InboundEnvelope, RemoteFile, ReplyRoute
from openclaw.errors import ChannelError, WebhookRejected
from openclaw.ports.channel import OutboundFile, Probe, Received, SendReceipt, WebhookRequest
from openclaw.ports.channel_connection import Inbox, Tenure

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105  (a header's name)

_log = logging.getLogger(__name__)


class TelegramAccount:
    """A configured bot. Thread-safe."""

    def __init__(self, account_id: str, config: TelegramConfig, client: TelegramClient) -> None:
        self._account_id = account_id
        self._config = config
        self._client = client
        bot_id = config.token.reveal().partition(":")[0]
        self._me = Bot(int(bot_id) if bot_id.isdecimal() else 0)

    @property
    def account_id(self) -> str:
        return self._account_id

    def receive(self, request: WebhookRequest) -> Received:
        """Verify the shared secret, then read the update. Raises WebhookRejected with 401, 400 or 503."""
        self._verify(request.headers.get(SECRET_HEADER, ""))
        try:
            return Received(self._read(json_object(request.body)))
        except Malformed as error:
            raise WebhookRejected(f"telegram update: {error}", http_status=400) from None
        except ChannelError as error:
            # Delivered again a little later, it can be told whether the message speaks to the bot.
            raise WebhookRejected(f"the bot's name cannot be asked for: {error}", http_status=503) from None

    def send(self, route: ReplyRoute, markdown: str) -> SendReceipt:
        """Send one chunk as HTML, or plain where Telegram cannot parse it. Raises a ChannelError class."""
        return send_text(self._client, route, markdown)

    def send_with_buttons(self, route: ReplyRoute, markdown: str, buttons: Sequence[tuple[str, str]]) -> SendReceipt:
        """The same with buttons in a row below it. Raises a ChannelError class."""
        return send_text(self._client, route, markdown, buttons)

    def send_file(self, route: ReplyRoute, file: OutboundFile, markdown: str) -> SendReceipt:
        """Send a file as picture, voice note, music or document. Raises a ChannelError class."""
        return send_file(self._client, route, file, markdown)

    def edit(self, route: ReplyRoute, message_id: str, markdown: str) -> None:
        """Put another text in place of a message's. Raises a ChannelError class."""
        edit_text(self._client, route, message_id, markdown)

    def delete(self, route: ReplyRoute, message_id: str) -> None:
        """Take back a message of the bot. Raises a ChannelError class: Telegram allows it for 48 hours."""
        delete_message(self._client, route, message_id)

    def react(self, route: ReplyRoute, message_id: str, emoji: str, *, remove: bool = False) -> None:
        """Put the bot's one reaction to a message, or take it away. Raises a ChannelError class."""
        set_reaction(self._client, route, message_id, "" if remove else emoji)

    def fetch_file(self, file: RemoteFile, max_bytes: int) -> bytes:
        """What a file holds. Raises ChannelRejected for one that is gone or larger, else a ChannelError class."""
        return fetch_file(self._client, file, max_bytes)

    def probe(self, timeout_seconds: float) -> Probe:
        """Who the bot is, and whether its updates arrive."""
        return probe(self._client, self._config, timeout_seconds)

    def register_webhook(self) -> None:
        """Tell Telegram the section's ``webhook_url``, if there is one. Raises a ChannelError class."""
        set_webhook(self._client, self._config)

    def typing(self, route: ReplyRoute) -> None:
        """Show "typing…" for about five seconds; a failure is only logged."""
        try:
            send_typing(self._client, route)
        except ChannelError as error:
            _log.debug("telegram account %s: no typing note: %s", self._account_id, error)

    def offer_commands(self, commands: Sequence[tuple[str, str]]) -> None:
        """Put these into the menu that Telegram shows beside the text field. Raises a ChannelError class."""
        menu = [{"command": name, "description": description} for name, description in commands]
        self._client.call("setMyCommands", {"commands": menu})

    @property
    def keeps_connection(self) -> bool:
        return self._config.mode == "poll"

    @property
    def sends_over_connection(self) -> bool:
        return False

    def connect(self, inbox: Inbox, tenure: Tenure) -> None:
        """Ask for updates until the tenure is over. Raises a ChannelError class."""
        poll_updates(self._client, inbox, tenure, self._read)

    def close(self) -> None:
        self._client.close()

    def _read(self, update: dict[str, Any]) -> tuple[InboundEnvelope, ...]:
        """What one update brings, and a press acknowledged. Raises Malformed, or a ChannelError class."""
        envelope = read_update(update, self._account_id, bot=self._bot(update))
        pressed = pressed_button(update)
        if pressed:
            # The platform waits for a word that the press arrived; what brought it must not wait for that.
            threading.Thread(target=self._acknowledge, args=(pressed,), name="telegram-press", daemon=True).start()
        moved = migration(update)
        if moved is not None:
            _log.warning(
                "telegram account %s: the group %d is now the supergroup %d; name the new id in bindings and groups",
                self._account_id,
                *moved,
            )
        return (*read_reactions(update, self._account_id), *((envelope,) if envelope is not None else ()))

    def _bot(self, update: dict[str, Any]) -> Bot:
        """Who the bot is, with its name once somebody's name is used: that is asked for once."""
        if self._me.username or not names_somebody(update):
            return self._me
        me = self._client.call("getMe", {})
        self._me = Bot(self._me.id, str(me.get("username", "")) if isinstance(me, dict) else "")
        return self._me

    def _acknowledge(self, press_id: str) -> None:
        try:
            self._client.call("answerCallbackQuery", {"callback_query_id": press_id})
        except ChannelError as error:
            _log.debug("telegram account %s: a press was not acknowledged: %s", self._account_id, error)

    def _verify(self, candidate: str) -> None:
        secret = self._config.webhook_secret
        if self._config.mode != "webhook" or not secret:
            raise WebhookRejected("this account takes no webhooks")
        if not candidate.isascii() or not secret.matches(candidate):
            raise WebhookRejected("the webhook secret is missing or wrong")
