"""One section ``[channels.whatsapp.accounts.<account>]``, validated. Its ``mode`` decides which keys there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import fields, post_load, validate

from openclaw.channel_kit.config import AccountSchema, ApiBase, SecretField, load_section
from openclaw.errors import ConfigError
from openclaw.ports.secrets import Secret

MODES = ("cloud", "link")


@dataclass(frozen=True, slots=True)
class CloudConfig:
    """A business number of the Cloud API. Timeouts in seconds."""

    access_token: Secret
    phone_number_id: str
    #: Signs what Meta posts; the webhook's answer to a wrong signature is 401.
    app_secret: Secret
    #: What Meta must name when it asks whether the webhook's address is right.
    verify_token: Secret
    api_base: str = "https://graph.facebook.com"
    #: Of the Graph API.
    api_version: str = "v26.0"
    proxy: Secret | None = None
    #: Whether a message that is worked on is marked as read; typing notes come with that only.
    read_receipts: bool = True
    #: Whether the first link of a message is shown with a picture and a title.
    link_previews: bool = True
    connect_timeout_seconds: float = 10.0
    read_timeout_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class LinkConfig:
    """A person's number, linked like WhatsApp Web."""

    #: A PostgreSQL address where the link is kept instead of in a file on this host.
    session_database_url: Secret | None = None
    #: What the phone's list of linked devices shows.
    device_name: str = "OpenClaw"
    read_receipts: bool = True
    #: Larger files of others are not fetched. Bytes.
    max_download_bytes: int = 20 * 1024 * 1024
    #: The program that speaks to WhatsApp; empty for our own.
    command: tuple[str, ...] = ()


class _CloudSchema(AccountSchema):
    mode = fields.String(validate=validate.Equal("cloud"))
    access_token = SecretField(required=True)
    # A part of the URL's path.
    phone_number_id = fields.String(required=True, validate=validate.Regexp(r"\A[0-9]{1,32}\Z"))
    app_secret = SecretField(required=True)
    verify_token = SecretField(required=True)
    api_base = ApiBase()
    api_version = fields.String(validate=validate.Regexp(r"\Av[0-9]{1,3}\.[0-9]{1,2}\Z"))
    proxy = SecretField(r"\Ahttps?://\S+\Z", allow_none=True)
    read_receipts = fields.Boolean()
    link_previews = fields.Boolean()
    connect_timeout_seconds = fields.Float(validate=validate.Range(min=0.1, max=120))
    read_timeout_seconds = fields.Float(validate=validate.Range(min=0.1, max=300))

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> CloudConfig:
        data.pop("mode", None)
        return CloudConfig(**data)


class _LinkSchema(AccountSchema):
    mode = fields.String(required=True, validate=validate.Equal("link"))
    session_database_url = SecretField(r"\Apostgres(ql)?://\S+\Z", allow_none=True)
    device_name = fields.String(validate=validate.Length(min=1, max=50))
    read_receipts = fields.Boolean()
    max_download_bytes = fields.Integer(validate=validate.Range(min=0, max=2 * 1024**3))
    command = fields.List(fields.String(validate=validate.Length(min=1)))

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> LinkConfig:
        data.pop("mode")
        return LinkConfig(**data | {"command": tuple(data.get("command", ()))})


def load_config(account_id: str, section: Mapping[str, Any]) -> CloudConfig | LinkConfig:
    """Validate an account's section. Raises ConfigError."""
    mode = section.get("mode", "cloud")
    if mode not in MODES:
        raise ConfigError(f"channels.whatsapp.accounts.{account_id}.mode: must be one of: {', '.join(MODES)}")
    loaded: CloudConfig | LinkConfig = load_section(
        _LinkSchema() if mode == "link" else _CloudSchema(), "whatsapp", account_id, section
    )
    return loaded
