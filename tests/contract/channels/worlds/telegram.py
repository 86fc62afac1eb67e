"""Telegram: a Bot API server."""

from __future__ import annotations

from openclaw.channels.telegram.account import SECRET_HEADER as TELEGRAM_HEADER
from openclaw.channels.telegram.manifest import TelegramPlugin
from openclaw.domain.envelope import ReplyRoute
from openclaw.ports.channel import WebhookRequest
from tests.contract.channels.worlds import NO_PLACE, SECRET
from tests.wire.telegram import updates
from tests.wire.telegram.server import BotApiServer, Fault


class TelegramWorld:
    plugin = TelegramPlugin()
    route = ReplyRoute("telegram", "default", "42")
    refused_chars = 8_000

    def __init__(self) -> None:
        self.server = BotApiServer(token="7:secret-token").start()
        self.account = self.plugin.open_account(
            "default",
            {
                "token": "7:secret-token",
                "webhook_secret": SECRET,
                "api_base": self.server.url,
                "connect_timeout_seconds": 5,
                "read_timeout_seconds": 10,
            },
            NO_PLACE,
        )

    def taken(self) -> list[str]:
        return [message.text for message in self.server.sent]

    def typing_notes(self) -> int:
        return len(self.server.calls("sendChatAction"))

    def rate_limit(self, seconds: int) -> None:
        self.server.fail(Fault("rate-limit", retry_after=seconds))

    def refuse(self) -> None:
        self.server.fail(Fault("refuse", code=403, description="Forbidden: bot was blocked by the user"))

    def unplug(self) -> None:
        self.server.stop()

    def swallow_the_answer(self) -> None:
        self.server.fail(Fault("close-after-request"))

    def inbound(self, text: str, event: int, secret: str = SECRET) -> WebhookRequest:
        return WebhookRequest({TELEGRAM_HEADER: secret}, updates.body(updates.message(event, text=text)), {})

    def posted(self, body: bytes) -> WebhookRequest:
        return WebhookRequest({TELEGRAM_HEADER: SECRET}, body, {})

    def close(self) -> None:
        self.account.close()
        self.server.stop()


WORLD = TelegramWorld
