"""An account's section in two parts: what all channels have in common, and what is the channel's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from openclaw.channel_kit.config import AccountSchema, problems_of
from openclaw.domain.account_rules import COMMON_KEYS, AccountRules, GroupAccess, RateLimit
from openclaw.domain.reply_target import ReplyToMode
from openclaw.domain.sender_names import KINDS
from openclaw.errors import ConfigError


class _Sender(fields.Field[str]):
    """An id; platforms have numbers, and people write them as numbers."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
            raise ValidationError("must be an id")
        text = str(value).strip()
        kind, colon, rest = text.partition(":")
        if colon and kind.lower() in KINDS and not rest.strip():
            raise ValidationError(f"{text!r} names nobody: write {kind}:VALUE")
        return text


class _GroupSchema(AccountSchema):
    require_mention = fields.Boolean(allow_none=True)
    allow_from = fields.List(_Sender())
    enabled = fields.Boolean()

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> GroupAccess:
        return GroupAccess(**data | {"allow_from": tuple(data.get("allow_from", ()))})


class _RateSchema(AccountSchema):
    per_sender = fields.Integer(strict=True, validate=validate.Range(min=0, max=100_000))
    per_account = fields.Integer(strict=True, validate=validate.Range(min=0, max=1_000_000))
    window_seconds = fields.Integer(strict=True, validate=validate.Range(min=1, max=86_400))

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> RateLimit:
        return RateLimit(**data)


class _RulesSchema(AccountSchema):
    dm_policy = fields.String(validate=validate.OneOf(("pairing", "allowlist", "open", "disabled")))
    allow_from = fields.List(_Sender())
    group_policy = fields.String(validate=validate.OneOf(("allowlist", "open", "disabled")))
    group_allow_from = fields.List(_Sender())
    reply_to_mode = fields.String(validate=validate.OneOf(get_args(ReplyToMode)))
    unknown_policy = fields.String(validate=validate.OneOf(("hold", "retry")))
    groups = fields.Dict(keys=_Sender(), values=fields.Nested(_GroupSchema))
    rate_limit = fields.Nested(_RateSchema)

    @validates_schema
    def _who(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("dm_policy") == "allowlist" and not data.get("allow_from"):
            says = 'is empty, and dm_policy = "allowlist" admits nobody else: name a sender, or use "pairing"'
            raise ValidationError(says, "allow_from")

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> AccountRules:
        for name in ("allow_from", "group_allow_from"):
            data[name] = tuple(data.get(name, ()))
        return AccountRules(**data)


def split_section(channel: str, account_id: str, section: Mapping[str, Any]) -> tuple[AccountRules, dict[str, Any]]:
    """The account's rules, and what is left for the channel. Raises ConfigError."""
    common = {key: section[key] for key in COMMON_KEYS if key in section}
    own = {key: value for key, value in section.items() if key not in common}
    try:
        return cast("AccountRules", _RulesSchema().load(common)), own
    except ValidationError as error:
        raise ConfigError(problems_of(f"channels.{channel}.accounts.{account_id}", error)) from None
