"""One section ``[channels.googlechat.accounts.<account>]``, validated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from openclaw.channel_kit.config import AccountSchema, ApiBase, SecretField, address, load_section
from openclaw.ports.secrets import Secret

AudienceType = Literal["app-url", "project-number"]

_NUMBER = r"\A\d{1,20}\Z"


@dataclass(frozen=True, slots=True)
class GoogleChatConfig:
    """An app and how it is reached. Timeouts in seconds."""

    #: What Google signs its calls for: the webhook's address, or the project's number.
    audience_type: AudienceType
    audience: str
    #: With ``app-url``: whose add-on's account may sign too.
    project_number: str = ""
    #: The service account's key, as JSON or as a file with it.
    service_account: Secret | None = None
    service_account_file: str = ""
    #: The person as whom files are sent: Google takes none from apps.
    delegate: str = ""
    #: Whether each thread of a space is a conversation of its own.
    thread_sessions: bool = True
    api_base: str = "https://chat.googleapis.com"
    #: Empty for the one that the key names.
    token_uri: str = ""
    oidc_certificates_url: str = "https://www.googleapis.com/oauth2/v1/certs"
    chat_certificates_url: str = (
        "https://www.googleapis.com/service_accounts/v1/metadata/x509/chat@system.gserviceaccount.com"
    )
    proxy: Secret | None = None
    connect_timeout_seconds: float = 10.0
    read_timeout_seconds: float = 30.0


class _AccountSchema(AccountSchema):
    audience_type = fields.String(required=True, validate=validate.OneOf(("app-url", "project-number")))
    audience = fields.String(required=True, validate=validate.Length(min=1, max=2_000))
    project_number = fields.String(validate=validate.Regexp(_NUMBER, error="is no number"))
    service_account = SecretField(r"\A\s*\{[\s\S]*\}\s*\Z", allow_none=True)
    service_account_file = fields.String()
    delegate = fields.Email()
    thread_sessions = fields.Boolean()
    api_base = ApiBase()
    token_uri = address()
    oidc_certificates_url = address()
    chat_certificates_url = address()
    proxy = SecretField(r"\Ahttps?://\S+\Z", allow_none=True)
    connect_timeout_seconds = fields.Float(validate=validate.Range(min=0.1, max=120))
    read_timeout_seconds = fields.Float(validate=validate.Range(min=0.1, max=300))

    @validates_schema
    def _goes_together(self, data: dict[str, Any], **_: Any) -> None:
        if bool(data.get("service_account")) == bool(data.get("service_account_file")):
            raise ValidationError("is required, or service_account_file; not both", "service_account")
        audience = data["audience"]
        if data["audience_type"] == "project-number" and not re.fullmatch(_NUMBER, audience):
            raise ValidationError("must be the project's number", "audience")
        if data["audience_type"] == "app-url" and not re.fullmatch(r"https?://\S+", audience):
            raise ValidationError("must be the address that the app is configured with", "audience")

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> GoogleChatConfig:
        return GoogleChatConfig(**data)


def load_config(account_id: str, section: Mapping[str, Any]) -> GoogleChatConfig:
    """Validate an account's section. Raises ConfigError."""
    return cast("GoogleChatConfig", load_section(_AccountSchema(), "googlechat", account_id, section))
