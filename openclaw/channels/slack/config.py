"""One section ``[channels.slack.accounts.<account>]``, validated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from openclaw.channel_kit.config import AccountSchema, ApiBase, SecretField, load_section
from openclaw.ports.secrets import Secret

Mode = Literal["socket", "http"]
#: What each mode needs beside the bot's token.
_NEEDS = {"socket": "app_token", "http": "signing_secret"}


@dataclass(frozen=True, slots=True)
class SlackConfig:
    """A Slack app and how it is reached. Timeouts in seconds."""

    bot_token: Secret
    #: ``socket`` is read by the connector process; ``http`` by the gateway.
    mode: Mode = "socket"
    #: Opens the connection of Socket Mode.
    app_token: Secret | None = None
    #: Signs what Slack posts.
    signing_secret: Secret | None = None
    api_base: str = "https://slack.com/api"
    proxy: Secret | None = None
    #: Whether a message of a channel that is in no thread begins one: a session of its own, and its answers in it.
    reply_in_thread: bool = False
    #: The slash command whose words are a message; every other one is itself a command.
    slash_command: str = "/openclaw"
    read_timeout_seconds: float = 30.0


class _AccountSchema(AccountSchema):
    mode = fields.String(validate=validate.OneOf(("socket", "http")))
    # Rotated tokens have something in front.
    bot_token = SecretField(r"\A(xoxe\.)?xoxb-[A-Za-z0-9-]+\Z", required=True)
    app_token = SecretField(r"\Axapp-[A-Za-z0-9-]+\Z", allow_none=True)
    signing_secret = SecretField(allow_none=True)
    api_base = ApiBase()
    proxy = SecretField(r"\Ahttps?://\S+\Z", allow_none=True)
    reply_in_thread = fields.Boolean()
    slash_command = fields.String(validate=validate.Regexp(r"\A/[^\s/]{1,31}\Z"))
    read_timeout_seconds = fields.Float(validate=validate.Range(min=0.1, max=300))

    @validates_schema
    def _each_mode_has_what_it_needs(self, data: dict[str, Any], **_: Any) -> None:
        mode = data.get("mode", "socket")
        if mode in _NEEDS and not data.get(_NEEDS[mode]):
            raise ValidationError(f"is required in {mode} mode", _NEEDS[mode])

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> SlackConfig:
        return SlackConfig(**data)


def load_config(account_id: str, section: Mapping[str, Any]) -> SlackConfig:
    """Validate an account's section. Raises ConfigError."""
    return cast("SlackConfig", load_section(_AccountSchema(), "slack", account_id, section))
