"""One section ``[channels.imessage.accounts.<account>]``, validated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from marshmallow import fields, post_load, validate

from openclaw.channel_kit.config import AccountSchema, load_section

Service = Literal["auto", "imessage", "sms"]

#: ssh must ask nobody, and notice that the Mac is gone. ``-T``: no terminal, which would change what is sent.
_SSH_OPTIONS = ("-T", "-o", "BatchMode=yes", "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=3")
#: What the Mac's shell leaves as it is.
_PLAIN = r"\A[A-Za-z0-9_./~@=+,:%-]+\Z"


@dataclass(frozen=True, slots=True)
class IMessageConfig:
    """A Mac with imsg: this host, or one that ssh reaches."""

    #: ``user@host``; empty for this host.
    ssh_host: str = ""
    #: How ssh is called, without the host; it never asks for a password.
    ssh_command: tuple[str, ...] = ("ssh",)
    #: imsg on that host.
    imsg_path: str = "imsg"
    #: Of Messages; empty for imsg's own idea.
    database_path: str = ""
    #: Nothing outside of it is read.
    attachments_path: str = "~/Library/Messages/Attachments"
    #: Where files wait on a Mac behind ssh until Messages has taken them.
    outgoing_path: str = "/private/tmp"
    service: Service = "auto"
    #: For telephone numbers without a country's code.
    region: str = "US"
    #: Larger files of others are not read. Bytes.
    max_download_bytes: int = 20 * 1024 * 1024

    @property
    def on_host(self) -> tuple[str, ...]:
        """What stands before a program so that it runs on the Mac; nothing where that is here."""
        if not self.ssh_host:
            return ()
        program, *options = self.ssh_command
        return (program, *_SSH_OPTIONS, *options, self.ssh_host)

    @property
    def command(self) -> tuple[str, ...]:
        """The child process."""
        database = ("--db", self.database_path) if self.database_path else ()
        return (*self.on_host, self.imsg_path, "rpc", *database)


class _AccountSchema(AccountSchema):
    ssh_host = fields.String(
        validate=validate.Regexp(r"\A([A-Za-z0-9._][A-Za-z0-9._-]*@)?[A-Za-z0-9._:][A-Za-z0-9._:-]*\Z")
    )
    ssh_command = fields.List(
        fields.String(validate=validate.Regexp(r"\A[^\x00-\x1f]+\Z")), validate=validate.Length(min=1)
    )
    imsg_path = fields.String(validate=validate.Regexp(_PLAIN))
    database_path = fields.String(validate=validate.Regexp(_PLAIN))
    attachments_path = fields.String(validate=validate.Regexp(r"\A[~/][^\x00-\x1f]*\Z"))
    outgoing_path = fields.String(validate=validate.Regexp(r"\A/[A-Za-z0-9_./-]*\Z"))
    service = fields.String(validate=validate.OneOf(("auto", "imessage", "sms")))
    region = fields.String(validate=validate.Regexp(r"\A[A-Z]{2}\Z"))
    max_download_bytes = fields.Integer(validate=validate.Range(min=0, max=2 * 1024**3))

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> IMessageConfig:
        return IMessageConfig(**data | {"ssh_command": tuple(data.get("ssh_command", ("ssh",)))})


def load_config(account_id: str, section: Mapping[str, Any]) -> IMessageConfig:
    """Validate an account's section. Raises ConfigError."""
    return cast("IMessageConfig", load_section(_AccountSchema(), "imessage", account_id, section))
