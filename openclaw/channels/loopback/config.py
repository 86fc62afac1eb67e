"""One section ``[channels.loopback.accounts.<account>]``, validated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from openclaw.channel_kit.config import AccountSchema, SecretField, load_section
from openclaw.ports.secrets import Secret


class _AccountSchema(AccountSchema):
    webhook_secret = SecretField(allow_none=True)


def load_config(account_id: str, section: Mapping[str, Any]) -> Secret | None:
    """The webhook secret of a section that is valid. Raises ConfigError."""
    return cast("Secret | None", load_section(_AccountSchema(), "loopback", account_id, section).get("webhook_secret"))
