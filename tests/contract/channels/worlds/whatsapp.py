"""WhatsApp: a Cloud API server."""

from __future__ import annotations

from openclaw.channels.whatsapp.manifest import WhatsAppPlugin
from openclaw.domain.envelope import ReplyRoute
from openclaw.ports.channel import WebhookRequest
from tests.contract.channels.worlds import NO_PLACE, SECRET
from tests.wire.whatsapp import payloads
from tests.wire.whatsapp.server import CloudApiServer, Fault


class WhatsAppWorld:
    refused_chars = 8_192
    plugin = WhatsAppPlugin()
    route = ReplyRoute("whatsapp", "default", payloads.PHONE, reply_to="~wamid.THEIRS")

    def __init__(self) -> None:
        self.server = CloudApiServer("EAAG-token", payloads.NUMBER_ID).start()
        self.account = self.plugin.open_account(
            "default",
            {
                "access_token": "EAAG-token",
                "phone_number_id": payloads.NUMBER_ID,
                "app_secret": SECRET,
                "verify_token": "verify",
                "api_base": self.server.url,
            },
            NO_PLACE,
        )

    def taken(self) -> list[str]:
        return self.server.texts

    def typing_notes(self) -> int:
        return len(self.server.chat.read)

    def rate_limit(self, seconds: int) -> None:
        self.server.fail(Fault(status=429, code=130429, message="(#130429) Rate limit hit", retry_after=seconds))

    def refuse(self) -> None:
        self.server.fail(Fault(code=131026, message="(#131026) Message undeliverable"))

    def unplug(self) -> None:
        self.server.stop()

    def swallow_the_answer(self) -> None:
        self.server.fail(Fault("close-after-request"))

    def inbound(self, text: str, event: int, secret: str = SECRET) -> WebhookRequest:
        body = payloads.body(payloads.of(payloads.message(event, text={"body": text})))
        return WebhookRequest(payloads.signed(body, secret), body, {})

    def posted(self, body: bytes) -> WebhookRequest:
        return WebhookRequest(payloads.signed(body, SECRET), body, {})

    def close(self) -> None:
        self.account.close()
        self.server.stop()


WORLD = WhatsAppWorld
