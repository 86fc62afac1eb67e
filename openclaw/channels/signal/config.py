"""One section ``[channels.signal.accounts.<account>]``, validated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from marshmallow import fields, post_load, validate

from openclaw.channel_kit.config import AccountSchema, ApiBase, load_section

_NUMBER = r"\+[1-9][0-9]{4,18}"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@dataclass(frozen=True, slots=True)
class SignalConfig:
    """A number at a signal-cli daemon. Timeouts in seconds."""

    #: The number, as the daemon knows it: ``+4917…``.
    account: str
    #: Signal's own id of the number, by which people without its number mention it.
    uuid: str = ""
    #: Where ``signal-cli daemon --http`` listens.
    api_base: str = "http://127.0.0.1:8080"
    #: Whether a message that is worked on is marked as read.
    read_receipts: bool = True
    connect_timeout_seconds: float = 10.0
    #: How long an answer may take: signal-cli asks Signal first.
    read_timeout_seconds: float = 60.0
    #: How long the stream of events may be silent: the daemon sends something every 15 seconds.
    silence_seconds: float = 50.0


class _AccountSchema(AccountSchema):
    account = fields.String(
        required=True, validate=validate.Regexp(rf"\A{_NUMBER}\Z", error="must be a number such as +491701234567")
    )
    uuid = fields.String(validate=validate.Regexp(rf"\A{_UUID}\Z", error="must be a UUID in lower case"))
    api_base = ApiBase()
    read_receipts = fields.Boolean()
    connect_timeout_seconds = fields.Float(validate=validate.Range(min=0.1, max=120))
    read_timeout_seconds = fields.Float(validate=validate.Range(min=0.1, max=600))
    silence_seconds = fields.Float(validate=validate.Range(min=0.1, max=600))

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> SignalConfig:
        return SignalConfig(**data)


def load_config(account_id: str, section: Mapping[str, Any]) -> SignalConfig:
    """Validate an account's section. Raises ConfigError."""
    return cast("SignalConfig", load_section(_AccountSchema(), "signal", account_id, section))
