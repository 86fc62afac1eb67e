"""One section ``[channels.telegram.accounts.<account>]``, validated.

An unknown key is an error that names the nearest known one. No error shows a value: it may be the token.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from openclaw.errors import ConfigError
from openclaw.ports.secrets import Secret

Mode = Literal["webhook", "poll"]
DmPolicy = Literal["pairing", "allowlist", "open", "disabled"]
ReplyToMode = Literal["off", "all"]


@dataclass(frozen=True, slots=True)
class TelegramConfig:
    """A bot and how it is reached. Timeouts in seconds."""

    token: Secret
    #: ``poll`` is read by the connector process; the gateway refuses webhook calls for it.
    mode: Mode = "webhook"
    webhook_secret: Secret | None = None
    api_base: str = "https://api.telegram.org"
    proxy: Secret | None = None
    dm_policy: DmPolicy = "pairing"
    #: Whether an answer quotes the message it answers.
    reply_to_mode: ReplyToMode = "off"
    connect_timeout_seconds: float = 10.0
    read_timeout_seconds: float = 30.0


class _SecretField(fields.Field[Secret]):
    """A string, or a secret that the settings have resolved already."""

    def __init__(self, pattern: str, **options: Any) -> None:
        super().__init__(**options)
        self._matches = validate.Regexp(pattern, error="has characters that are not allowed there, or is empty")

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Secret:
        secret = value if isinstance(value, Secret) else Secret(value) if isinstance(value, str) else None
        if secret is None:
            raise ValidationError("must be a string")
        self._matches(secret.reveal())
        return secret


class _AccountSchema(Schema):
    class Meta:
        unknown = RAISE

    # The token is part of a URL path, so nothing that could end or change the path may be in it.
    token = _SecretField(r"\A[A-Za-z0-9:_-]+\Z", required=True)
    mode = fields.String(validate=validate.OneOf(("webhook", "poll")))
    # The characters and the length that setWebhook takes.
    webhook_secret = _SecretField(r"\A[A-Za-z0-9_-]{1,256}\Z", allow_none=True)
    api_base = fields.URL(schemes={"http", "https"}, require_tld=False)
    proxy = _SecretField(r"\Ahttps?://\S+\Z", allow_none=True)
    dm_policy = fields.String(validate=validate.OneOf(("pairing", "allowlist", "open", "disabled")))
    reply_to_mode = fields.String(validate=validate.OneOf(("off", "all")))
    connect_timeout_seconds = fields.Float(validate=validate.Range(min=0.1, max=120))
    read_timeout_seconds = fields.Float(validate=validate.Range(min=0.1, max=300))

    @validates_schema
    def _webhook_needs_a_secret(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("mode", "webhook") == "webhook" and not data.get("webhook_secret"):
            raise ValidationError("is required in webhook mode", "webhook_secret")

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> TelegramConfig:
        data["api_base"] = data.get("api_base", TelegramConfig.__dataclass_fields__["api_base"].default).rstrip("/")
        return TelegramConfig(**data)


def load_config(account_id: str, section: Mapping[str, Any]) -> TelegramConfig:
    """Validate an account's section. Raises ConfigError that names the key and, for a misspelt one, the nearest."""
    where = f"channels.telegram.accounts.{account_id}"
    known = _AccountSchema().fields
    for key in section:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known keys: {', '.join(sorted(known))}"
            raise ConfigError(f"{where}: unknown key {str(key)!r}{hint}")
    try:
        return cast("TelegramConfig", _AccountSchema().load(dict(section)))
    except ValidationError as error:
        problems = cast("dict[str, list[str]]", error.messages)
        raise ConfigError("; ".join(f"{where}.{key}: {' '.join(texts)}" for key, texts in problems.items())) from None
