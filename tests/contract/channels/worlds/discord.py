"""Discord: a local REST API and gateway."""

from __future__ import annotations

import re

from openclaw.channels.discord.manifest import DiscordPlugin
from openclaw.domain.envelope import ReplyRoute
from tests.contract.channels.worlds import NO_PLACE
from tests.wire.discord.server import DiscordServer, Fault

_ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")


class DiscordWorld:
    refused_chars = 4_000
    plugin = DiscordPlugin()
    route = ReplyRoute("discord", "default", "42")

    def __init__(self) -> None:
        self.server = DiscordServer("a.secret-token").start()
        section = {"token": "a.secret-token", "api_base": self.server.url, "connect_timeout_seconds": 5}
        self.account = self.plugin.open_account("default", section | {"read_timeout_seconds": 10}, NO_PLACE)

    def taken(self) -> list[str]:
        return [_ESCAPE.sub(r"\1", message["content"]) for message in self.server.messages]

    def typing_notes(self) -> int:
        return len(self.server.called("POST", "/channels/42/typing"))

    def rate_limit(self, seconds: int) -> None:
        self.server.fail(Fault("rate-limit", retry_after=float(seconds)))

    def refuse(self) -> None:
        body = {"code": 50007, "message": "Cannot send messages to this user"}
        self.server.fail(Fault("refuse", body=body))

    def unplug(self) -> None:
        self.server.stop()

    def swallow_the_answer(self) -> None:
        self.server.fail(Fault("close-after-request"))

    def close(self) -> None:
        self.account.close()
        self.server.stop()


WORLD = DiscordWorld
