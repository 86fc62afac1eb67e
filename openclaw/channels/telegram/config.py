"""One section ``[channels.telegram.accounts.<account>]``, validated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from openclaw.channel_kit.config import AccountSchema, ApiBase, SecretField, address, load_section
from openclaw.ports.secrets import Secret

Mode = Literal["webhook", "poll"]


@dataclass(frozen=True, slots=True)
class TelegramConfig:
    """A bot and how it is reached. Timeouts in seconds."""

    token: Secret
    #: ``poll`` is done by the connector; the gateway refuses webhook calls for it.
    mode: Mode = "webhook"
    webhook_secret: Secret | None = None
    #: The public address of this account's webhook; the gateway tells it to Telegram when it starts.
    webhook_url: str = ""
    api_base: str = "https://api.telegram.org"
    proxy: Secret | None = None
    connect_timeout_seconds: float = 10.0
    read_timeout_seconds: float = 30.0


class _AccountSchema(AccountSchema):
    # The token is part of a URL path, so nothing that could end or change the path may be in it.
    token = SecretField(r"\A[A-Za-z0-9:_-]+\Z", required=True)
    mode = fields.String(validate=validate.OneOf(("webhook", "poll")))
    # The characters and the length that setWebhook takes.
    webhook_secret = SecretField(r"\A[A-Za-z0-9_-]{1,256}\Z", allow_none=True)
    webhook_url = address()
    api_base = ApiBase()
    proxy = SecretField(r"\Ahttps?://\S+\Z", allow_none=True)
    connect_timeout_seconds = fields.Float(validate=validate.Range(min=0.1, max=120))
    read_timeout_seconds = fields.Float(validate=validate.Range(min=0.1, max=300))

    @validates_schema
    def _webhook_needs_a_secret(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("mode", "webhook") == "webhook" and not data.get("webhook_secret"):
            raise ValidationError("is required in webhook mode", "webhook_secret")

    @validates_schema
    def _only_webhooks_have_an_address(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("mode") == "poll" and data.get("webhook_url"):
            raise ValidationError('has no meaning with mode = "poll"', "webhook_url")

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> TelegramConfig:
        return TelegramConfig(**data)


def load_config(account_id: str, section: Mapping[str, Any]) -> TelegramConfig:
    """Validate an account's section. Raises ConfigError."""
    return cast("TelegramConfig", load_section(_AccountSchema(), "telegram", account_id, section))
