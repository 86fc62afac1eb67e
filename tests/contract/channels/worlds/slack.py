"""Slack: a workspace with its Web API, in HTTP mode."""

from __future__ import annotations

from openclaw.channels.slack.manifest import SlackPlugin
from openclaw.domain.envelope import ReplyRoute
from openclaw.ports.channel import WebhookRequest
from tests.contract.channels.worlds import NO_PLACE, SECRET
from tests.wire.slack import events
from tests.wire.slack.server import BOT_TOKEN, Fault, SlackServer

THREAD = "1700000000.000900"


class SlackWorld:
    plugin = SlackPlugin()
    #: Slack shows that somebody writes in threads only.
    route = ReplyRoute("slack", "default", "D42", THREAD)
    refused_chars = 12_001

    def __init__(self) -> None:
        self.server = SlackServer().start()
        self.account = self.plugin.open_account(
            "default",
            {
                "mode": "http",
                "bot_token": BOT_TOKEN,
                "signing_secret": SECRET,
                "api_base": self.server.url,
                "read_timeout_seconds": 10,
            },
            NO_PLACE,
        )

    def taken(self) -> list[str]:
        return [message.visible for message in self.server.workspace.messages.values()]

    def typing_notes(self) -> int:
        return len(self.server.calls("assistant.threads.setStatus"))

    def rate_limit(self, seconds: int) -> None:
        self.server.fail(Fault("rate-limit", retry_after=seconds))

    def refuse(self) -> None:
        self.server.fail(Fault("refuse", error="not_in_channel"))

    def unplug(self) -> None:
        self.server.stop()

    def swallow_the_answer(self) -> None:
        self.server.fail(Fault("close-after-request"))

    def inbound(self, text: str, event: int, secret: str = SECRET) -> WebhookRequest:
        said = events.message(text=text, ts=f"1700000001.{event:06d}", thread_ts=THREAD)
        return events.as_json(events.callback(said, f"Ev{event}"), secret)

    def posted(self, body: bytes) -> WebhookRequest:
        return events.signed(body, SECRET)

    def close(self) -> None:
        self.account.close()
        self.server.stop()


WORLD = SlackWorld
