"""The same questions to every channel: a world is an account together with the platform behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from openclaw.channels.loopback.account import SECRET_HEADER as LOOPBACK_HEADER
from openclaw.channels.loopback.manifest import LoopbackPlugin
from openclaw.channels.telegram.account import SECRET_HEADER as TELEGRAM_HEADER
from openclaw.channels.telegram.manifest import TelegramPlugin
from openclaw.domain.envelope import ReplyRoute
from openclaw.errors import ChannelOutcomeUnknown, ChannelRateLimited, ChannelRejected, ChannelUnreachable
from openclaw.ports.channel import AccountPlace, ChannelAccount, ChannelPlugin, WebhookRequest
from tests.wire.telegram import updates
from tests.wire.telegram.server import BotApiServer, Fault

SECRET = "a-webhook-secret"
#: For accounts that keep no files.
NO_PLACE = AccountPlace(Path("/nowhere"))


class World(Protocol):
    plugin: ChannelPlugin
    account: ChannelAccount
    route: ReplyRoute

    def taken(self) -> list[str]:
        """The visible texts the platform holds, in order."""
        ...

    def typing_notes(self) -> int: ...

    def rate_limit(self, seconds: int) -> None: ...

    def refuse(self) -> None: ...

    def unplug(self) -> None: ...

    def swallow_the_answer(self) -> None: ...

    def inbound(self, text: str, event: int, secret: str = SECRET) -> WebhookRequest: ...

    def close(self) -> None: ...


class TelegramWorld:
    plugin = TelegramPlugin()
    route = ReplyRoute("telegram", "default", "42")

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

    def close(self) -> None:
        self.account.close()
        self.server.stop()


class LoopbackWorld:
    plugin = LoopbackPlugin()
    route = ReplyRoute("loopback", "default", "42")

    def __init__(self) -> None:
        self.account = self.plugin.open_account("default", {"webhook_secret": SECRET}, NO_PLACE)

    def taken(self) -> list[str]:
        return [message.text for message in self.account.sent]

    def typing_notes(self) -> int:
        return len(self.account.typing_notes)

    def rate_limit(self, seconds: int) -> None:
        self.account.fail_next(ChannelRateLimited("slow down", retry_after_seconds=float(seconds)))

    def refuse(self) -> None:
        self.account.fail_next(ChannelRejected("blocked"))

    def unplug(self) -> None:
        self.account.fail_next(ChannelUnreachable("unplugged"))

    def swallow_the_answer(self) -> None:
        self.account.fail_next(ChannelOutcomeUnknown("no answer"))

    def inbound(self, text: str, event: int, secret: str = SECRET) -> WebhookRequest:
        data = {"event_id": str(event), "text": text, "peer": {"kind": "direct", "id": "42"}}
        return WebhookRequest({LOOPBACK_HEADER: secret}, updates.body(data), {})

    def close(self) -> None:
        self.account.close()


WORLDS: dict[str, Callable[[], World]] = {"telegram": TelegramWorld, "loopback": LoopbackWorld}


@pytest.fixture(params=sorted(WORLDS))
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    made = WORLDS[request.param]()
    yield made
    made.close()
