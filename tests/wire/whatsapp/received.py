"""Messages as neonize's client hands them to us."""

from __future__ import annotations

from typing import Any

from tests.wire.whatsapp.protobufs import wire


def jid(text: str, device: int = 0) -> Any:
    user, _, server = text.partition("@")
    return wire.JID(User=user, Server=server, Device=device, RawAgent=0, Integrator=0, IsEmpty=False)


PERSON, HIDDEN = jid("16505551234@s.whatsapp.net"), jid("55443322@lid")
GROUP = jid("120363040469423382@g.us")


def received(message: Any, chat: Any = PERSON, sender: Any = PERSON, **source: Any) -> Any:
    """A received message."""
    info = wire.MessageInfo(
        MessageSource=wire.MessageSource(Chat=chat, Sender=sender, **{"IsFromMe": False, "IsGroup": False} | source),
        ID="3A0001",
        Pushname="Ann",
        Timestamp=1_767_225_600,
    )
    return wire.Message(Info=info, Message=message)
