"""One section ``[channels.discord.accounts.<account>]``, validated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from marshmallow import fields, post_load, validate

from openclaw.channel_kit.config import AccountSchema, ApiBase, SecretField, load_section
from openclaw.ports.secrets import Secret


@dataclass(frozen=True, slots=True)
class DiscordConfig:
    """A bot and how it is reached. Timeouts in seconds."""

    token: Secret
    api_base: str = "https://discord.com/api/v10"
    proxy: Secret | None = None
    #: Whether to ask for the text of messages that do not mention the bot: a privileged intent.
    message_content: bool = True
    #: How long the gateway may be silent until its connection counts as dead.
    heartbeat_timeout_seconds: float = 60.0
    connect_timeout_seconds: float = 10.0
    read_timeout_seconds: float = 30.0


class _AccountSchema(AccountSchema):
    token = SecretField(r"\A[A-Za-z0-9._-]+\Z", required=True)
    api_base = ApiBase()
    proxy = SecretField(r"\Ahttps?://\S+\Z", allow_none=True)
    message_content = fields.Boolean()
    heartbeat_timeout_seconds = fields.Float(validate=validate.Range(min=0.1, max=300))
    connect_timeout_seconds = fields.Float(validate=validate.Range(min=0.1, max=120))
    read_timeout_seconds = fields.Float(validate=validate.Range(min=0.1, max=300))

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> DiscordConfig:
        return DiscordConfig(**data)


def load_config(account_id: str, section: Mapping[str, Any]) -> DiscordConfig:
    """Validate an account's section. Raises ConfigError."""
    return cast("DiscordConfig", load_section(_AccountSchema(), "discord", account_id, section))
