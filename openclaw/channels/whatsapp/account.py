"""One business number of the Cloud API: verified webhooks in, rendered replies out."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Mapping, Sequence

from openclaw.channel_kit.shapes import Malformed, json_object
from openclaw.channels.whatsapp import outbound
from openclaw.channels.whatsapp.client import GraphClient
from openclaw.channels.whatsapp.config import CloudConfig
from openclaw.channels.whatsapp.inbound import Failure, Number, read_update
from openclaw.channels.whatsapp.limits import MAX_COMMAND_CHARS, MAX_COMMAND_HINT_CHARS, MAX_COMMANDS
from openclaw.channels.whatsapp.refusals import hint_of
from openclaw.domain.envelope import RemoteFile, ReplyRoute
from openclaw.errors import ChannelError, ChannelRejected, ChannelUnreachable, WebhookRejected
from openclaw.ports.channel import OutboundFile, Probe, Received, SendReceipt, WebhookAnswer, WebhookRequest
from openclaw.ports.secrets import Secret

SIGNATURE_HEADER = "x-hub-signature-256"
_SCHEME = "sha256="

_log = logging.getLogger(__name__)


class CloudAccount:
    """A configured business number. Thread-safe."""

    def __init__(self, account_id: str, config: CloudConfig, client: GraphClient) -> None:
        self._account_id = account_id
        self._config = config
        self._client = client
        self._number = Number(account_id, config.phone_number_id)

    @property
    def account_id(self) -> str:
        return self._account_id

    def receive(self, request: WebhookRequest) -> Received:
        """Verify Meta's signature, then read the payload. Raises WebhookRejected with 401 or 400."""
        self._verify(request)
        try:
            update = read_update(json_object(request.body), self._number)
        except Malformed as error:
            raise WebhookRejected(f"whatsapp payload: {error}", http_status=400) from None
        if update.elsewhere:
            _log.info("whatsapp account %s: a call was for another number of the app", self._account_id)
        for reason in update.skipped:
            _log.warning("whatsapp account %s: a message was left out: %s", self._account_id, reason)
        for failure in update.failures:
            self._report(failure)
        return Received(tuple(update.envelopes))

    def shake_hands(self, query: Mapping[str, str]) -> WebhookAnswer:
        """Say back what Meta asks with, if it names our token. Raises WebhookRejected."""
        token, challenge = query.get("hub.verify_token", ""), query.get("hub.challenge", "")
        if query.get("hub.mode") != "subscribe" or not self._config.verify_token.matches(token) or not challenge:
            raise WebhookRejected("the verify token is missing or wrong", http_status=403)
        return WebhookAnswer(challenge, "text/plain; charset=utf-8")

    def send(self, route: ReplyRoute, markdown: str) -> SendReceipt:
        """Send one chunk in WhatsApp's markup. Raises a ChannelError class."""
        return outbound.send_text(self._client, route, markdown, previews=self._config.link_previews)

    def send_with_buttons(self, route: ReplyRoute, markdown: str, buttons: Sequence[tuple[str, str]]) -> SendReceipt:
        """The same with up to three buttons below it. Raises a ChannelError class."""
        return outbound.send_buttons(self._client, route, markdown, buttons, previews=self._config.link_previews)

    def send_file(self, route: ReplyRoute, file: OutboundFile, markdown: str) -> SendReceipt:
        """Send a file as picture, voice note, sound, film or document. Raises a ChannelError class."""
        return outbound.send_file(self._client, route, file, markdown, previews=self._config.link_previews)

    def react(self, route: ReplyRoute, message_id: str, emoji: str, *, remove: bool = False) -> None:
        """Put an emoji to a message in place of ours, or take ours away. Raises a ChannelError class."""
        outbound.react(self._client, route, message_id, "" if remove else emoji)

    def typing(self, route: ReplyRoute) -> None:
        """Mark the message as read and show "typing…" for up to 25 seconds; a failure is only logged."""
        if not self._config.read_receipts:
            return
        try:
            outbound.send_typing(self._client, route)
        except ChannelError as error:
            _log.debug("whatsapp account %s: no typing note: %s", self._account_id, error)

    def fetch_file(self, file: RemoteFile, max_bytes: int) -> bytes:
        """Ask where a file is, and fetch it from there. Raises a ChannelError class."""
        media = self._client.get(file.ref, params={"phone_number_id": self._config.phone_number_id})
        size, url = media.get("file_size"), media.get("url")
        if isinstance(size, int | str) and str(size).isdecimal() and int(size) > max_bytes:
            raise ChannelRejected(f"whatsapp media: the file is larger than {max_bytes} bytes")
        if not isinstance(url, str):
            raise ChannelUnreachable("whatsapp media: the answer names no address")
        return self._client.download(url, max_bytes)

    def offer_commands(self, commands: Sequence[tuple[str, str]]) -> None:
        """Show these when people type a slash; what is past Meta's limits is left out. Raises a ChannelError class."""
        fitting = [(name, what) for name, what in commands if len(name) <= MAX_COMMAND_CHARS][:MAX_COMMANDS]
        menu = [{"command_name": name, "command_description": what[:MAX_COMMAND_HINT_CHARS]} for name, what in fitting]
        self._client.post("conversational_automation", json={"commands": menu})

    def probe(self, timeout_seconds: float) -> Probe:
        """Ask Meta for the number and its name."""
        try:
            number = self._client.get(
                "", params={"fields": "display_phone_number,verified_name"}, timeout_seconds=timeout_seconds
            )
        except ChannelError as error:
            return Probe(ok=False, error=str(error))
        names = [str(number[key]) for key in ("verified_name", "display_phone_number") if number.get(key)]
        return Probe(ok=True, identity=" ".join(names))

    def close(self) -> None:
        self._client.close()

    def _verify(self, request: WebhookRequest) -> None:
        given = request.headers.get(SIGNATURE_HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(signature(self._config.app_secret, request.body).encode(), given):
            raise WebhookRejected("the signature is missing or wrong")

    def _report(self, failure: Failure) -> None:
        hint = hint_of(failure.code)
        _log.warning(
            "whatsapp account %s: message %s was not delivered: code %s %s%s",
            self._account_id,
            failure.message_id or "(none)",
            failure.code,
            failure.title,
            f" ({hint})" if hint else "",
        )


def signature(app_secret: Secret, body: bytes) -> str:
    """What Meta puts into the header for a body: over its bytes as they came, not over what they mean."""
    return _SCHEME + hmac.new(app_secret.reveal().encode(), body, hashlib.sha256).hexdigest()
