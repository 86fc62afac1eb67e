"""One section ``[channels.irc.accounts.<account>]``, validated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from openclaw.channel_kit.config import AccountSchema, SecretField, load_section
from openclaw.ports.secrets import Secret

Sasl = Literal["none", "plain", "external"]

_TLS_PORT, _PLAIN_PORT = 6697, 6667
_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")
#: RFC 2812, 2.3.1, without its limit of nine characters.
_NICK = re.compile(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]{0,63}")
_ROOM = re.compile(r"[^\s,:\x00-\x1f]{1,200}")
#: A secret that is one word of a line.
_WORD = r"\A[^\s,\x00-\x1f\x7f:][^\s,\x00-\x1f\x7f]*\Z"
#: A secret that is the last word of a line, or goes as base64.
_PHRASE = r"\A[^\x00-\x1f\x7f]+\Z"


@dataclass(frozen=True, slots=True)
class IrcConfig:
    """A server, who we are there, and which rooms we are in. Times in seconds."""

    host: str
    nick: str
    port: int = _TLS_PORT
    tls: bool = True
    #: A file of certificates to trust beside the system's, for a server that signs its own.
    ca_file: str = ""
    #: What we show the server, for SASL EXTERNAL: certificate and key in PEM.
    certificate_file: str = ""
    key_file: str = ""
    server_password: Secret | None = None
    #: Tried in this order while the nick is in use.
    nick_alternatives: tuple[str, ...] = ()
    username: str = ""
    realname: str = "OpenClaw"
    sasl: Sasl = "none"
    #: Whose password it is; the nick when it is empty.
    sasl_account: str = ""
    sasl_password: Secret | None = None
    #: For servers without SASL: told to NickServ once the server has welcomed us.
    nickserv_password: Secret | None = None
    nickserv_nick: str = "NickServ"
    channels: tuple[str, ...] = ()
    channel_keys: Mapping[str, Secret] = field(default_factory=dict)
    rejoin_seconds: float = 10.0
    #: How long a silent server is left alone, and then how long it may take to answer.
    ping_seconds: float = 90.0
    #: How many lines leave at once, and how many a second after that.
    burst_lines: int = 4
    lines_per_second: float = 1.0
    connect_timeout_seconds: float = 20.0
    #: How long the server may take to confirm a message.
    confirm_timeout_seconds: float = 60.0

    def nicks(self) -> tuple[str, ...]:
        """The nicks to try, the wanted one first."""
        others = self.nick_alternatives or tuple(self.nick + end for end in ("_", "__", "-1", "-2"))
        return (self.nick, *others)


def _matching(pattern: re.Pattern[str], what: str) -> validate.Regexp:
    return validate.Regexp(rf"\A(?:{pattern.pattern})\Z", error=f"is no {what}")


class _AccountSchema(AccountSchema):
    host = fields.String(required=True, validate=validate.Regexp(r"\A[A-Za-z0-9._:-]{1,253}\Z", error="is no host"))
    port = fields.Integer(validate=validate.Range(min=1, max=65535))
    tls = fields.Boolean()
    ca_file = fields.String()
    certificate_file = fields.String()
    key_file = fields.String()
    server_password = SecretField(_PHRASE, allow_none=True)
    nick = fields.String(required=True, validate=_matching(_NICK, "nick"))
    nick_alternatives = fields.List(fields.String(validate=_matching(_NICK, "nick")))
    username = fields.String(validate=validate.Regexp(r"\A[A-Za-z0-9._-]{1,10}\Z", error="is no user name"))
    realname = fields.String(validate=validate.Regexp(r"\A[^\x00-\x1f]{1,100}\Z", error="is no name"))
    sasl = fields.String(validate=validate.OneOf(("none", "plain", "external")))
    sasl_account = fields.String(validate=validate.Regexp(r"\A[^\s\x00-\x1f]{1,100}\Z", error="is no account"))
    sasl_password = SecretField(_PHRASE, allow_none=True)
    nickserv_password = SecretField(_PHRASE, allow_none=True)
    nickserv_nick = fields.String(validate=_matching(_NICK, "nick"))
    channels = fields.List(fields.String(validate=_matching(_ROOM, "room")))
    channel_keys = fields.Dict(keys=fields.String(), values=SecretField(_WORD))
    rejoin_seconds = fields.Float(validate=validate.Range(min=0, max=3600))
    ping_seconds = fields.Float(validate=validate.Range(min=1, max=600))
    burst_lines = fields.Integer(validate=validate.Range(min=1, max=100))
    lines_per_second = fields.Float(validate=validate.Range(min=0.05, max=10_000))
    connect_timeout_seconds = fields.Float(validate=validate.Range(min=0.1, max=120))
    confirm_timeout_seconds = fields.Float(validate=validate.Range(min=0.1, max=110))

    @validates_schema
    def _goes_together(self, data: dict[str, Any], **_: Any) -> None:
        sasl = data.get("sasl", "none")
        if sasl == "plain" and not data.get("sasl_password"):
            raise ValidationError("is required for SASL PLAIN", "sasl_password")
        if sasl == "external" and not (data.get("certificate_file") and data.get("tls", True)):
            raise ValidationError("is required for SASL EXTERNAL, with tls", "certificate_file")
        if unknown := set(data.get("channel_keys", ())) - set(data.get("channels", ())):
            raise ValidationError(f"names a room that is not joined: {min(unknown)}", "channel_keys")
        secrets = ("server_password", "sasl_password", "nickserv_password")
        if not data.get("tls", True) and not _LOOPBACK.fullmatch(data["host"]):
            for name in secrets:
                if data.get(name):
                    raise ValidationError("would travel unprotected: it needs tls = true", name)

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> IrcConfig:
        data.setdefault("port", _TLS_PORT if data.get("tls", True) else _PLAIN_PORT)
        for name in ("nick_alternatives", "channels"):
            data[name] = tuple(data.get(name, ()))
        return IrcConfig(**data)


def load_config(account_id: str, section: Mapping[str, Any]) -> IrcConfig:
    """Validate an account's section. Raises ConfigError."""
    return cast("IrcConfig", load_section(_AccountSchema(), "irc", account_id, section))
