"""Loopback: the account is the platform."""

from __future__ import annotations

from openclaw.channels.loopback.account import SECRET_HEADER as LOOPBACK_HEADER
from openclaw.channels.loopback.manifest import LoopbackPlugin
from openclaw.domain.envelope import ReplyRoute
from openclaw.errors import ChannelOutcomeUnknown, ChannelRateLimited, ChannelRejected, ChannelUnreachable
from openclaw.ports.channel import WebhookRequest
from tests.contract.channels.worlds import NO_PLACE, SECRET
from tests.wire.telegram import updates


class LoopbackWorld:
    plugin = LoopbackPlugin()
    route = ReplyRoute("loopback", "default", "42")
    refused_chars = 8_000

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
        data = {"event_id": str(event), "message_id": f"m{event}", "text": text}
        data |= {"peer": {"kind": "direct", "id": "42"}}
        return WebhookRequest({LOOPBACK_HEADER: secret}, updates.body(data), {})

    def posted(self, body: bytes) -> WebhookRequest:
        return WebhookRequest({LOOPBACK_HEADER: SECRET}, body, {})

    def close(self) -> None:
        self.account.close()


WORLD = LoopbackWorld
