"""Google Chat: a local Google."""

from __future__ import annotations

from openclaw.channels.googlechat.manifest import GoogleChatPlugin
from openclaw.domain.envelope import ReplyRoute
from openclaw.ports.channel import WebhookRequest
from tests.contract.channels.worlds import NO_PLACE, SECRET
from tests.wire.googlechat import events
from tests.wire.googlechat.server import MAX_BYTES, Fault, GoogleServer, bearer, key_pair


class GoogleChatWorld:
    plugin = GoogleChatPlugin()
    route = ReplyRoute("googlechat", "default", "spaces/DM42")
    refused_chars = MAX_BYTES + 1

    def __init__(self) -> None:
        self.server = GoogleServer().start()
        self.account = self.plugin.open_account("default", self.server.section(), NO_PLACE)

    def taken(self) -> list[str]:
        return self.server.texts

    def typing_notes(self) -> int:
        return 0

    def rate_limit(self, seconds: int) -> None:
        details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{seconds}s"}]
        self.server.fail(Fault(code=429, status="RESOURCE_EXHAUSTED", details=details))

    def refuse(self) -> None:
        self.server.fail(Fault())

    def unplug(self) -> None:
        self.server.stop()

    def swallow_the_answer(self) -> None:
        self.server.fail(Fault("swallow"), Fault("swallow"))

    def inbound(self, text: str, event: int, secret: str = SECRET) -> WebhookRequest:
        """Google has no shared secret: a wrong one is somebody else's signature."""
        key = None if secret == SECRET else key_pair("somebody else")
        authorization = bearer(self.server, key=key) if secret.isascii() else f"Bearer {secret}"
        said = events.said(text, event, events.DIRECT)
        return WebhookRequest({"authorization": authorization if secret else ""}, events.body(said), {})

    def posted(self, body: bytes) -> WebhookRequest:
        return WebhookRequest({"authorization": bearer(self.server)}, body, {})

    def close(self) -> None:
        self.account.close()
        self.server.stop()


WORLD = GoogleChatWorld
