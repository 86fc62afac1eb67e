"""One bot: the gateway's events in, REST calls out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from copy import copy

from openclaw.channels.discord import outbound
from openclaw.channels.discord.client import DiscordClient
from openclaw.channels.discord.config import DiscordConfig
from openclaw.channels.discord.limits import INTENT_ADVICE
from openclaw.domain.envelope import RemoteFile, ReplyRoute
from openclaw.errors import ChannelError, ChannelRejected
from openclaw.ports.channel import OutboundFile, Probe, SendReceipt
from openclaw.ports.channel_connection import Inbox, Tenure

_log = logging.getLogger(__name__)

#: An application that may read messages, in under a hundred servers or by Discord's approval (resources/application).
_READS_MESSAGES = (1 << 18) | (1 << 19)
#: A person as a target, for messages that nobody wrote before.
_PERSON, _CHANNEL = "user:", "channel:"


class DiscordAccount:
    """A configured bot. Thread-safe. Any process sends; one holds the connection."""

    keeps_connection = True
    sends_over_connection = False

    def __init__(self, account_id: str, config: DiscordConfig, client: DiscordClient) -> None:
        self._account_id = account_id
        self._config = config
        self._client = client
        self._direct_channels: dict[str, str] = {}
        self.message_key = ""

    @property
    def account_id(self) -> str:
        return self._account_id

    def connect(self, inbox: Inbox, tenure: Tenure) -> None:
        """Hold the gateway connection until the tenure is over. Raises a ChannelError class."""
        from openclaw.channels.discord.connect import hold_connection

        hold_connection(self._account_id, self._config, inbox, tenure)

    def keyed(self, key: str) -> DiscordAccount:
        """The same account, sending under this key as a nonce."""
        account = copy(self)
        account.message_key = key
        return account

    def send(self, route: ReplyRoute, markdown: str) -> SendReceipt:
        """Send one chunk. Raises a ChannelError class."""
        return self._post(route, markdown)

    def send_with_buttons(self, route: ReplyRoute, markdown: str, buttons: Sequence[tuple[str, str]]) -> SendReceipt:
        """The same with buttons in a row below it. Raises a ChannelError class."""
        return self._post(route, markdown, buttons=buttons)

    def send_file(self, route: ReplyRoute, file: OutboundFile, markdown: str) -> SendReceipt:
        """The same with a file above the words. Raises a ChannelError class."""
        return self._post(route, markdown, file=file)

    def edit(self, route: ReplyRoute, message_id: str, markdown: str) -> None:
        """Put this text in place of a message's own. Raises a ChannelError class."""
        outbound.edit(self._client, self._channel(route), message_id, markdown)

    def delete(self, route: ReplyRoute, message_id: str) -> None:
        """Take a message back. Raises a ChannelError class."""
        outbound.delete(self._client, self._channel(route), message_id)

    def react(self, route: ReplyRoute, message_id: str, emoji: str, *, remove: bool = False) -> None:
        """Put an emoji to a message, or take the bot's own away. Raises a ChannelError class."""
        outbound.react(self._client, self._channel(route), message_id, emoji, remove=remove)

    def typing(self, route: ReplyRoute) -> None:
        """Show "typing…" for about ten seconds; a failure is only logged."""
        try:
            outbound.send_typing(self._client, self._channel(route))
        except ChannelError as error:
            _log.debug("discord account %s: no typing note: %s", self._account_id, error)

    def fetch_file(self, file: RemoteFile, max_bytes: int) -> bytes:
        """An attachment, from where Discord keeps it. Raises ChannelRejected, or another ChannelError."""
        return self._client.download(file.ref, max_bytes)

    def offer_commands(self, commands: Sequence[tuple[str, str]]) -> None:
        """Put these in place of the bot's slash commands. Raises a ChannelError class."""
        outbound.offer_commands(self._client, commands)

    def probe(self, timeout_seconds: float) -> Probe:
        """Whether the token is right, and whether the bot may read messages."""
        try:
            me = self._client.call("GET", "/users/@me", timeout_seconds=timeout_seconds)
            application = self._client.call("GET", "/applications/@me", timeout_seconds=timeout_seconds)
        except ChannelError as error:
            return Probe(ok=False, error=str(error))
        identity = str(me.get("username", "")) if isinstance(me, dict) else ""
        flags = application.get("flags", 0) if isinstance(application, dict) else 0
        if self._config.message_content and not (isinstance(flags, int) and flags & _READS_MESSAGES):
            return Probe(ok=False, identity=identity, error=INTENT_ADVICE)
        return Probe(ok=True, identity=identity)

    def close(self) -> None:
        self._client.close()

    def _post(
        self,
        route: ReplyRoute,
        markdown: str,
        *,
        buttons: Sequence[tuple[str, str]] = (),
        file: OutboundFile | None = None,
    ) -> SendReceipt:
        return outbound.send(
            self._client,
            self._channel(route),
            markdown,
            reply_to=route.reply_to,
            buttons=buttons,
            file=file,
            nonce=self.message_key,
        )

    def _channel(self, route: ReplyRoute) -> str:
        """Where a route leads: a thread is a channel of its own. Raises a ChannelError class."""
        target = route.thread_id or route.target
        if not target:
            raise ChannelRejected("discord: the route has no target")
        if not target.startswith(_PERSON):
            return outbound.number(target.removeprefix(_CHANNEL), "channel id")
        user_id = target.removeprefix(_PERSON)
        if user_id not in self._direct_channels:
            self._direct_channels[user_id] = outbound.open_direct(self._client, user_id)
        return self._direct_channels[user_id]
