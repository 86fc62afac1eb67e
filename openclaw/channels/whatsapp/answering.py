"""What an answer refers to. Typing notes and read receipts need the id of the message that is answered.

An envelope's route therefore always names it; a mark before it says that answers do not quote it. Where they do, the
runtime puts the id without the mark in its place.
"""

from __future__ import annotations

from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.reply_target import UNQUOTED, is_quoting


def answering(message_id: str) -> str:
    """The ``reply_to`` of a route that answers this message without quoting it."""
    return UNQUOTED + message_id


def answered(route: ReplyRoute) -> str:
    """The message that the route answers; empty where there is none."""
    return (route.reply_to or "").removeprefix(UNQUOTED)


def quoted(route: ReplyRoute) -> str:
    """The message that what leaves by this route quotes; empty for none."""
    return (route.reply_to or "") if is_quoting(route.reply_to) else ""
