"""A person who writes to the bot: updates as Telegram posts them, and what the chat then shows."""

from __future__ import annotations

import itertools
import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.configs import WEBHOOK_SECRET
from tests.stack import Stack
from tests.waiting import wait_until
from tests.wire.telegram import updates
from tests.wire.telegram.server import BotApiServer, Sent

_update_ids = itertools.count(50_000)
_chat_ids = itertools.count(9_000)


@dataclass(frozen=True)
class Answer:
    """What the gateway answered to a webhook call."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def post(
    stack: Stack, body: bytes, *, account: str = "telegram/default", secret: str | None = WEBHOOK_SECRET
) -> Answer:
    """Call a webhook as the platform does."""
    headers = {"content-type": "application/json"}
    if secret is not None:
        headers["x-telegram-bot-api-secret-token"] = secret
    request = urllib.request.Request(f"{stack.url}/webhooks/{account}", data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=15) as response:
            return Answer(response.status, json.load(response), dict(response.headers))
    except urllib.error.HTTPError as error:
        with error:
            text = error.read()
            try:
                body_read = json.loads(text)
            except ValueError:
                body_read = {"text": text.decode(errors="replace")}
            return Answer(error.code, body_read, dict(error.headers))


@dataclass
class Chat:
    """One private chat of its own, so that tests do not see each other's messages."""

    stack: Stack
    bot: BotApiServer
    id: int = field(default_factory=lambda: next(_chat_ids))

    @property
    def session_key(self) -> str:
        return f"agent:main:telegram:default:direct:{self.id}"

    def update(self, text: str, update_id: int | None = None) -> dict[str, Any]:
        number = next(_update_ids) if update_id is None else update_id
        return updates.message(
            number,
            message_id=number,
            text=text,
            chat={**updates.PRIVATE, "id": self.id},
            **{"from": {**updates.ANN, "id": self.id}},
        )

    def write(self, text: str, update_id: int | None = None, **options: Any) -> Answer:
        """Send a text; the gateway's answer to the platform."""
        return post(self.stack, updates.body(self.update(text, update_id)), **options)

    @property
    def shown(self) -> list[Sent]:
        """What the bot has sent here."""
        return [sent for sent in self.bot.sent if sent.chat_id in {self.id, str(self.id)}]

    def wait_shown(self, count: int = 1, seconds: float = 20) -> list[Sent]:
        """Wait until the bot has sent this many messages here."""
        wait_until(lambda: len(self.shown) >= count, seconds, what=f"{count} messages in the chat, has {self.shown}")
        return self.shown

    def calls(self, method: str) -> list[dict[str, Any]]:
        """The Bot API calls about this chat."""
        return [call for call in self.bot.calls(method) if str(call.get("chat_id")) == str(self.id)]
