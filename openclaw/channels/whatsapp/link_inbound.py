"""Messages that the link process tells of, as envelopes. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openclaw.channel_kit.shapes import Malformed, maybe_obj, string, text
from openclaw.channels.whatsapp.answering import answering
from openclaw.channels.whatsapp.link_protocol import PHONE_SERVER
from openclaw.domain.envelope import EventKind, InboundEnvelope, Peer, ReplyRoute, Sender

_KINDS: dict[str, EventKind] = {"message": "message", "edit": "edit", "delete": "delete", "reaction": "reaction"}
#: How much of a quoted message the model is shown.
_QUOTE_CHARS = 500


@dataclass(frozen=True, slots=True)
class Me:
    """Who the linked number is, by its JIDs without a device."""

    jid: str = ""
    lid: str = ""

    def is_one_of(self, jids: Any) -> bool:
        return bool({bare(str(jid)) for jid in jids if jid} & ({self.jid, self.lid} - {""}))


def bare(jid: str) -> str:
    """A JID without the number of a device: ``1555:12@s.whatsapp.net`` is ``1555@s.whatsapp.net``."""
    user, at, server = jid.partition("@")
    return user.partition(":")[0].partition(".")[0] + at + server


def id_of(jid: str) -> str:
    """How we call a person: the digits of the phone number, as the Cloud API does, or the JID of who hides it."""
    user, _, server = bare(jid).partition("@")
    return user if server == PHONE_SERVER else bare(jid)


def read_message(event: Mapping[str, Any], account: str, me: Me) -> InboundEnvelope | None:
    """One message as an envelope without its file, or ``None`` when there is nothing to answer. Raises Malformed."""
    own_id, kind = string(event, "id"), _KINDS.get(string(event, "kind"))
    target = text(event, "target") or own_id
    if kind is None:
        raise Malformed("kind is none that is known")
    if kind == "reaction":
        if not _is_to_us(event, me):
            return None
        kind = "reaction" if text(event, "text") else "unreaction"
    said = _without_salutation(text(event, "text").strip(), me)
    if kind == "message" and not said:
        return None
    group = event.get("group") is True
    sender = id_of(text(event, "sender_phone") or string(event, "sender"))
    chat = string(event, "chat") if group else sender
    quoted = maybe_obj(event, "quoted")
    return InboundEnvelope(
        channel="whatsapp",
        account=account,
        event_id=f"{sender}:{own_id}",
        peer=Peer("group" if group else "direct", chat),
        sender=Sender(sender, text(event, "name")),
        text=_with_quote(said, quoted, me) if kind == "message" else said,
        route=ReplyRoute("whatsapp", account, chat, reply_to=answering(target)),
        message_id=target,
        mentioned=_mentioned(event, quoted, me) if group else None,
        event=kind,
        extra=_extra(event, sender, quoted),
    )


def _is_to_us(event: Mapping[str, Any], me: Me) -> bool:
    """Whether a reaction is to a message of ours: where two talk, what is not the other's own is."""
    target_sender = text(event, "target_sender")
    return me.is_one_of([target_sender]) if event.get("group") is True else bool(target_sender)


def _mentioned(event: Mapping[str, Any], quoted: Mapping[str, Any], me: Me) -> bool:
    mentions = event.get("mentions")
    names = mentions if isinstance(mentions, list) else []
    return me.is_one_of([*names, quoted.get("sender", "")])


def _without_salutation(said: str, me: Me) -> str:
    """The text without our number in front, which is how a mention is written: what is left may be a command."""
    ours = "|".join(re.escape(jid.partition("@")[0]) for jid in (me.jid, me.lid) if jid)
    return re.sub(rf"\A@(?:{ours})\b[\s,:]*", "", said, count=1) or said if ours else said


def _with_quote(said: str, quoted: Mapping[str, Any], me: Me) -> str:
    # A command stays alone, else intake would not know it.
    words = text(quoted, "text")[:_QUOTE_CHARS]
    if not words or said.startswith("/"):
        return said
    author = text(quoted, "sender")
    name = "you" if me.is_one_of([author]) else id_of(author) if author else "a message"
    lines = "\n".join(f"> {line}" for line in words.splitlines())
    return f"{said}\n\n[In reply to {name}]\n{lines}"


def _extra(event: Mapping[str, Any], sender: str, quoted: Mapping[str, Any]) -> dict[str, Any]:
    sent_at = event.get("timestamp")
    facts: dict[str, Any] = {
        "sender_e164": f"+{sender}" if sender.isdecimal() else "",
        "reply_to": text(quoted, "id"),
        "sent_at_ms": sent_at * 1000 if isinstance(sent_at, int) else 0,
    }
    return {key: value for key, value in facts.items() if value}
