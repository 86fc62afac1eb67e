"""PRIVMSG lines as envelopes. Pure.

A NOTICE gives nothing: the protocol has it for what must never be answered. The sender is the account that the server
vouches for where it tells it (account-tag), else ``nick!user@host``, as anybody can take a nick that is free.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from openclaw.channels.irc.identity import Identity
from openclaw.channels.irc.line import Line
from openclaw.channels.irc.render import without_codes
from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute, Sender

_CTCP = "\x01"
#: What a nick may be made of, so that its ends can be found in a text (RFC 2812, 2.3.1).
_NICK_CHARS = r"A-Za-z0-9\[\]\\`_^{|}\-"
#: Tags of messages that a program sent (https://ircv3.net/specs/extensions/bot-mode and InspIRCd's own).
_BOT_TAGS = frozenset({"bot", "inspircd.org/bot"})


def read_message(line: Line, me: Identity, account: str, event_id: str) -> InboundEnvelope | None:
    """The envelope of a line, or ``None`` when there is nothing to answer.

    ``event_id`` is for servers that give messages no id of their own.
    """
    target, said = line.param(0), line.param(1)
    if line.command != "PRIVMSG" or not line.nick or me.is_me(line.nick) or not _BOT_TAGS.isdisjoint(line.tags):
        return None
    text = _text(said, line.nick)
    room = target.lstrip(me.status_marks) if me.status_marks else target
    in_room = me.is_room(room)
    if not text or not (in_room or me.is_me(target)):
        return None
    # Said to a room's operators alone, it is answered to them alone.
    answer_to = target if in_room else line.nick
    return InboundEnvelope(
        channel="irc",
        account=account,
        event_id=line.tags.get("msgid") or event_id,
        peer=Peer("group", me.fold(room)) if in_room else Peer("direct", me.fold(line.nick)),
        sender=Sender(line.tags.get("account") or line.prefix, line.nick),
        text=_without_salutation(text, me.nick) if in_room else text,
        route=ReplyRoute("irc", account, answer_to),
        message_id=line.tags.get("msgid"),
        mentioned=names(text, me.nick) if in_room else None,
        extra=_extra(line, room if in_room else ""),
    )


def ctcp_request(line: Line) -> tuple[str, str] | None:
    """What a CTCP request other than ACTION asks for, with its argument."""
    said = line.param(1)
    if line.command != "PRIVMSG" or not said.startswith(_CTCP):
        return None
    word, _, argument = said.strip(_CTCP).partition(" ")
    return None if word.upper() == "ACTION" else (word.upper(), argument)


def names(text: str, nick: str) -> bool:
    """Whether a text holds the nick as a word of its own."""
    pattern = rf"(?<![{_NICK_CHARS}]){re.escape(nick)}(?![{_NICK_CHARS}])"
    return re.search(pattern, text, re.IGNORECASE) is not None


def _text(said: str, nick: str) -> str:
    if not said.startswith(_CTCP):
        return without_codes(said).strip()
    word, _, rest = said.strip(_CTCP).partition(" ")
    action = without_codes(rest).strip()
    return f"* {nick} {action}" if word.upper() == "ACTION" and action else ""


def _without_salutation(text: str, nick: str) -> str:
    """The text without the nick in front: what is left may be a command."""
    found = re.match(rf"@?{re.escape(nick)}(?:[:,]|(?![{_NICK_CHARS}]))\s*", text, re.IGNORECASE)
    return (text[found.end() :] if found else text) or text


def _extra(line: Line, room: str) -> dict[str, Any]:
    facts = {"chat_title": room, "sender_username": line.nick, "sent_at_ms": _milliseconds(line.tags.get("time", ""))}
    return {key: value for key, value in facts.items() if value}


def _milliseconds(time: str) -> int:
    """Of server-time's ``2026-11-28T10:20:30.400Z``; 0 for anything else."""
    try:
        return round(datetime.fromisoformat(time).timestamp() * 1000)
    except ValueError:
        return 0
