"""What an answer refers to. Typing notes and read receipts need the id of the message that is answered.

An envelope's route therefore always names it; a mark before it says that answers do not quote it. Where they do, the
runtime puts the id without the mark in its place.
"""

from __future__ import annotations

from openclaw.domain.envelope import ReplyRoute

_NOT_QUOTED = "~"


def answering(message_id: str) -> str:
    """The ``reply_to`` of a route that answers this message without quoting it."""
    return _NOT_QUOTED + message_id


def answered(route: ReplyRoute) -> str:
    """The message that the route answers; empty where there is none."""
    return (route.reply_to or "").removeprefix(_NOT_QUOTED)


def quoted(route: ReplyRoute) -> str:
    """The message that what leaves by this route quotes; empty for none."""
    return "" if (route.reply_to or "").startswith(_NOT_QUOTED) else route.reply_to or ""
